"""Atom, JSON Feed 1.1, sitemap and robots."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

from salient.brief.countries import country_name
from salient.site.catalogue import Entry
from salient.site.words import PICTURE, SHARE_PICTURE

_ATOM = "http://www.w3.org/2005/Atom"
_MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TITLE = "Salient: campaign briefs"
MAP_SIZE = 2000


def _name(entry: Entry) -> str:
    """An id that stays the same wherever the site is: feeds ask for it."""
    return f"urn:salient:{entry.scenario_slug}:{entry.id}"


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)


def atom(entries: list[Entry], place: str, next_place: str | None, base_url: str | None) -> str:
    """A page of the Atom feed; `place` and `next_place` are names of files at the top of the site.

    The head holds the newest briefs and leads on to pages that never change (RFC 5005, section 3). Without a base
    address its links are relative to the feed.
    """
    base = base_url or ""
    feed = ET.Element("feed", {"xmlns": _ATOM})
    _add(feed, "id", base or "urn:salient:briefs")
    _add(feed, "title", TITLE)
    _add(feed, "updated", entries[0].dated if entries else "1970-01-01T00:00:00Z")
    pages = {"self": place, "first": "atom.xml", "next": next_place}
    for rel, name in pages.items():
        if name is not None:
            link = {"rel": rel, "type": "application/atom+xml", "href": base + name}
            ET.SubElement(feed, "link", link)
    ET.SubElement(
        feed, "link", {"rel": "alternate", "type": "text/html", "href": base or "index.html"}
    )
    author = ET.SubElement(feed, "author")
    _add(author, "name", "The Salient authors")
    for e in entries:
        item = ET.SubElement(feed, "entry")
        _add(item, "id", _name(e))
        _add(item, "title", e.headline)
        _add(item, "published", e.dated)
        _add(item, "updated", e.dated)
        ET.SubElement(
            item, "link", {"rel": "alternate", "type": "text/html", "href": f"{base}{e.folder}/"}
        )
        ET.SubElement(item, "category", {"term": _plain(e.category), "label": _plain(e.category)})
        ET.SubElement(
            item, "category", {"term": _plain(e.country), "label": _plain(country_name(e.country))}
        )
        _add(item, "summary", f"{e.summary} {e.number}: {e.number_label}.")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _plain(text)


def json_feed(
    entries: list[Entry], place: str, next_place: str | None, base_url: str | None, png: bool
) -> str:
    """A page of the JSON Feed; `place` and `next_place` are names of files at the top of the site."""
    base = base_url or ""
    picture = SHARE_PICTURE if png else PICTURE
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "home_page_url": base or "index.html",
        "feed_url": base + place,
        "language": "en",
        "authors": [{"name": "The Salient authors"}],
        "items": [
            {
                "id": _name(e),
                "url": f"{base}{e.folder}/",
                "title": e.headline,
                "summary": e.summary,
                "content_text": f"{e.summary}\n{e.number}: {e.number_label}.\n",
                "image": f"{base}{e.folder}/{picture}",
                "date_published": e.dated,
                "tags": [e.category, country_name(e.country), e.scenario],
            }
            for e in entries
        ],
    }
    if next_place is not None:
        feed["next_url"] = base + next_place
    return json.dumps(feed, ensure_ascii=False, indent=1) + "\n"


def sitemap(entries: list[Entry], base_url: str, extra: list[str] | None = None) -> str:
    """Addresses of briefs with their days, and of further pages."""
    root = ET.Element("urlset", {"xmlns": _MAP})
    for place in extra or []:
        _add(ET.SubElement(root, "url"), "loc", base_url + place)
    for e in entries:
        url = ET.SubElement(root, "url")
        _add(url, "loc", f"{base_url}{e.folder}/")
        _add(url, "lastmod", e.dated)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def sitemap_index(names: list[str], base_url: str) -> str:
    """The list of the sitemaps."""
    root = ET.Element("sitemapindex", {"xmlns": _MAP})
    for name in names:
        _add(ET.SubElement(root, "sitemap"), "loc", base_url + name)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def robots(base_url: str | None) -> str:
    """Everything may be read by machines."""
    where = f"\nSitemap: {base_url}sitemap.xml\n" if base_url else ""
    return f"User-agent: *\nAllow: /\n{where}"
