"""Pages of the site as text: heads and pages of streams, all filters, the frame of a brief. All is escaped."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from salient.brief import forms
from salient.brief.content import AnyBrief
from salient.brief.countries import country_name
from salient.brief.page import as_script
from salient.site.catalogue import AXES, Axis, Entry, Group
from salient.site.words import BUNDLE, EMBED, SHARE_PICTURE

ASSETS = ("site.css", "frame.css", "more.js", "icon.svg")
_NAMES: dict[Axis, str] = {"category": "Category", "country": "Country", "scenario": "Scenario"}
_SHOWN = 12


@dataclass(frozen=True)
class Stream:
    """Which stream a page belongs to: all briefs, or those of a category, country or scenario."""

    axis: Axis | None = None
    slug: str = ""
    name: str = ""

    @property
    def folder(self) -> str:
        """Where its head is, below the site; ends with a slash unless it is the top."""
        return "" if self.axis is None else f"{self.axis}/{self.slug}/"

    def page(self, k: int) -> str:
        """Where its page k is, below the site."""
        return f"{self.folder}page/{k}/"

    @property
    def title(self) -> str:
        """What stands over it."""
        if self.axis is None:
            return "Campaign briefs"
        name = country_name(self.name) if self.axis == "country" else self.name
        return f"{_NAMES[self.axis]}: {name}"


ALL = Stream()


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("salient.site"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["when"] = when
    found.filters["country"] = country_name
    found.globals["names"] = _NAMES
    return found


def when(stamp: str) -> str:
    """A time of UTC for people: 2025-03-11 06:00 UTC."""
    return f"{stamp[:10]} {stamp[11:16]} UTC"


def up(place: str) -> str:
    """The way from a page's folder to the top of the site: '../' for each folder."""
    return "../" * place.count("/")


def head(
    stream: Stream,
    entries: list[Entry],
    next_page: int | None,
    total: int,
    groups: dict[Axis, list[Group]] | None,
    base_url: str | None,
) -> str:
    """The head of a stream: the newest brief as lead, the rest as cards, Load more. The front page has the filters."""
    return (
        _environment()
        .get_template("head.html.j2")
        .render(
            stream=stream,
            lead=entries[0] if entries else None,
            cards=entries[1:],
            next=None if next_page is None else stream.page(next_page),
            total=total,
            groups={a: g[:_SHOWN] for a, g in (groups or {}).items()},
            top=up(stream.folder),
            canonical=_absolute(base_url, stream.folder),
        )
    )


def page(
    stream: Stream, k: int, entries: list[Entry], next_page: int | None, base_url: str | None
) -> str:
    """Page k of a stream, which never changes again."""
    place = stream.page(k)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            stream=stream,
            k=k,
            cards=entries,
            next=None if next_page is None else stream.page(next_page),
            top=up(place),
            canonical=_absolute(base_url, place),
        )
    )


def browse(groups: dict[Axis, list[Group]], base_url: str | None) -> str:
    """All filters with their counts."""
    return (
        _environment()
        .get_template("browse.html.j2")
        .render(groups=groups, axes=AXES, top="../", canonical=_absolute(base_url, "browse/"))
    )


def latest(entry: Entry, base_url: str | None) -> str:
    """The page at the `latest` address of a scenario: it leads to the brief that stands for it now."""
    return (
        _environment()
        .get_template("latest.html.j2")
        .render(e=entry, canonical=_absolute(base_url, entry.folder + "/"))
    )


def cards(entries: list[Entry], top: str) -> str:
    """The cards alone, as items of a list."""
    module: Any = _environment().get_template("cards.html.j2").module
    return str(module.cards(entries, top))


_CSP = re.compile(rb'(http-equiv="Content-Security-Policy" content=")[^"]*(")')
BRIEF_CSP = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)


def body(brief: AnyBrief, entry: Entry) -> bytes:
    """A brief's page without its place in the site."""
    headline = brief.headline or entry.headline
    page = forms.page(brief.model_copy(update={"superseded_by": None, "headline": headline}))
    return page.encode("utf-8", "replace")


_DATA = b'<script type="application/ld+json">'
_MAIN = b'<main id="main">'


@dataclass(frozen=True)
class Shown:
    """A figure of a brief's page: its id and its name, both escaped, and where it stands in the page's bytes."""

    id: str
    name: Markup
    start: int
    end: int


_FIGURE, _NAME = b'<figure id="', b'<span class="fignum">'


def figures_in(body: bytes) -> list[Shown]:
    """The figures of a brief's page in their order."""
    found, start = [], body.find(_FIGURE)
    while start >= 0:
        at, end = start + len(_FIGURE), body.index(b"</figure>", start)
        said = body.index(_NAME, at) + len(_NAME)
        name = Markup(body[said : body.index(b"</p>", said)].decode().replace("</span>", ":", 1))
        id_ = body[at : body.index(b'"', at)].decode()
        found.append(Shown(id_, escape(name.striptags()), start, end))
        start = body.find(_FIGURE, end)
    return found


def embed(body: bytes, brief: AnyBrief, entry: Entry) -> bytes:
    """The brief's figures as a page of their own, small enough for a frame in someone else's article.

    It shows the main figure or, with `#` and the id of another one at the end of its address, that one; the main one
    comes last, so that its style can know of the others. It carries what a number must not travel without: interval,
    credit, day of the data, warning, way to the brief.
    """
    style = body.index(b"<style>") + len(b"<style>")
    main = str(escape(brief.figures.fan.id))
    figures = []
    for f in sorted(figures_in(body), key=lambda f: f.id == main):
        end = f.end if f.id == main else body.find(b"<details>", f.start, f.end)
        figures.append(Markup(body[f.start : end if end >= 0 else f.end].decode() + "</figure>"))
    text = (
        _environment()
        .get_template("embed.html.j2")
        .render(
            e=entry,
            brief=brief,
            style=Markup(body[style : body.index(b"</style>", style)].decode()),
            figures=figures,
        )
    )
    return text.encode("utf-8", "replace")


def snippets(
    entry: Entry, base_url: str, extras: tuple[str, ...], figures: list[Shown]
) -> list[tuple[Markup, str]]:
    """What to copy to show a brief elsewhere, with its credit: a name and the markup of each way."""
    place = f"{base_url}{entry.folder}/"
    name = f"{entry.number}: {entry.number_label}"
    credit = Markup('{}, data to {}. <a href="{}">{}</a>, Salient. {}').format(
        name, entry.as_of, place, entry.title, entry.credit
    )
    found: list[tuple[Markup, Markup]] = []
    if EMBED in extras:
        frame = Markup(
            '<iframe src="{}{}#{}" title="{}" width="100%" height="720" loading="lazy"></iframe>'
        )
        found += [(f.name, frame.format(place, EMBED, Markup(f.id), f.name)) for f in figures]
    if SHARE_PICTURE in extras:
        picture = Markup(
            '<figure><a href="{0}"><img src="{0}{1}" alt="{2}" width="1200" height="630" style="width: 100%; '
            'height: auto"></a><figcaption>{3}</figcaption></figure>'
        )
        found.append(
            (
                Markup("The picture, with its credit"),
                picture.format(place, SHARE_PICTURE, entry.alt, credit),
            )
        )
    return [(name, str(code)) for name, code in found]


def framed(
    body: bytes,
    entry: Entry,
    stands: Entry,
    more: list[Entry],
    base_url: str | None,
    extras: tuple[str, ...] = (),
) -> bytes:
    """A brief's page within the site: where it is, whether a newer one stands for its scenario, what to read next.

    `stands` is the brief at the scenario's latest address; `extras` are files that lie beside the page. A page is
    large and what is put into it small, so it stays in bytes.
    """
    top = up(entry.folder + "/")
    template: Any = _environment().get_template("frame.html.j2").module
    canonical = _absolute(base_url, entry.folder + "/")
    image = (
        _absolute(base_url, f"{entry.folder}/{SHARE_PICTURE}") if SHARE_PICTURE in extras else None
    )
    data = body.index(_DATA) + len(_DATA)
    data_end = body.index(b"</script>", data)
    head_end = body.index(b"</head>", data_end)
    main = body.index(_MAIN, head_end)
    main_end = body.rindex(b"</main>")
    plain = body[data:data_end].decode()
    ways = [] if base_url is None else snippets(entry, base_url, extras, figures_in(body))
    parts: list[str | bytes] = [
        _CSP.sub(rb"\g<1>" + BRIEF_CSP.encode() + rb"\g<2>", body[:data], count=1),
        _dated(plain, entry, canonical, image),
        body[data_end:head_end],
        str(template.into_head(entry, top, canonical, image)),
        body[head_end:main],
        str(template.before_main(entry, stands, top)),
        body[main:main_end],
        str(template.after_brief(entry, more, top, BUNDLE in extras, ways)),
        body[main_end:],
    ]
    return b"".join(p.encode("utf-8", "replace") if isinstance(p, str) else p for p in parts)


def _dated(plain: str, entry: Entry, url: str | None, image: str | None) -> str:
    """The linked data with what only the site knows: when and where it was published."""
    data = json.loads(plain)
    data |= {"datePublished": entry.dated, "dateCreated": entry.made, "identifier": entry.id}
    if url:
        data["url"] = url
    if image:
        data["image"] = image
    return str(as_script(data))


def _absolute(base_url: str | None, place: str) -> str | None:
    return None if base_url is None else base_url + place


def asset(name: str) -> str:
    """A style sheet or script of the site."""
    return resources.files("salient.site").joinpath("assets", name).read_text(encoding="utf-8")
