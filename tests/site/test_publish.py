"""Publishing: order, pages that never change, permalinks, banners, feeds, bad input, interruptions."""

from __future__ import annotations

import copy
import errno
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import salient.site.publish as publishing
from salient.brief import forms
from salient.errors import SalientError
from salient.site import files, pictures, stream
from salient.site.catalogue import Catalogue, address
from salient.site.crew import MANY
from salient.site.intake import brief_of, drawn
from salient.site.publish import publish

BASE = "https://example.org/b/"
SVG_OK = re.compile(
    r"<script(?! type=\"application/ld\+json\"| src=\"[./]*assets/more\.js\" defer)", re.I
)


def ids(text: str) -> list[int]:
    return [int(n) for n in re.findall(r'data-n="(\d+)"', text)]


def walk(site: Path, start: str = "index.html") -> list[int]:
    """The numbers of all cards that the chain of Load more leads to."""
    path, seen = site / start, []
    while True:
        text = path.read_text(encoding="utf-8")
        seen += ids(text)
        link = re.search(r'class="load-more" rel="next" href="([^"]+)"', text)
        if link is None:
            return seen
        path = path.parent / link[1]


def tree(site: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(p.relative_to(site)): (p.stat().st_mtime_ns, p.read_bytes())
        for p in site.rglob("*")
        if p.is_file() and p.name != ".lock"
    }


@pytest.mark.parametrize("total", [0, 1, 11, 12, 13, 24, 25, 36, 100])
def test_the_pages_hold_each_place_once(total):
    places, k = [*range(stream.head_span(total).first, total + 1)][::-1], stream.after_head(total)
    while k is not None:
        span = stream.page_span(k)
        places += [*range(span.first, span.last + 1)][::-1]
        k = stream.after_page(k)
    assert places == [*range(total, 0, -1)]


def test_a_site_of_one(runs, tmp_path, brief):
    site = tmp_path / "public"
    done = publish([runs.make()], site, "https://example.org/b")
    (entry,) = done.new
    folder = site / entry.folder
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert brief.headline in page.replace("&#39;", "'")
    assert "replaced this brief" not in page
    assert f'<link rel="canonical" href="{BASE}{entry.folder}/">' in page
    assert f'property="og:image" content="{BASE}{entry.folder}/share.png"' in page
    assert (folder / "share.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads(re.search(r'ld\+json">(.*?)</script>', page)[1])
    assert (data["@type"], data["isBasedOn"]["@type"]) == ("Report", "Dataset")
    assert data["datePublished"] == entry.dated
    assert "secret" not in (folder / "manifest.json").read_text()
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        assert "outlook.csv" in archive.namelist()
        assert "brief.json" in archive.read("SHA256SUMS").decode()
    latest = (site / "briefs/kursk-2024/latest/index.html").read_text()
    assert f'content="0; url=../{entry.id}/index.html"' in latest
    assert walk(site) == [1]


def test_newest_first_without_repeat_or_loss_in_every_stream(runs, tmp_path):
    site = tmp_path / "public"
    publish([*runs.many(20), *runs.many(15, country="UA", scenario="other")], site)
    publish(runs.many(5, category="siege"), site)
    assert walk(site) == [*range(40, 0, -1)]
    assert walk(site, "country/ua/index.html") == [*range(35, 20, -1)]
    assert walk(site, "category/siege/index.html") == [*range(40, 35, -1)]
    other = walk(site, "scenario/kursk-2024/index.html")
    assert other == [*range(40, 35, -1), *range(20, 0, -1)]


def test_a_reader_in_the_middle_loses_nothing_while_briefs_come_in(runs, tmp_path):
    site = tmp_path / "public"
    publish(runs.many(50), site)
    path, seen = site / "index.html", []
    text = path.read_text()
    while True:
        seen += ids(text)
        link = re.search(r'class="load-more" rel="next" href="([^"]+)"', text)
        if link is None:
            break
        publish(runs.many(3), site)  # between two clicks
        path = path.parent / link[1]
        text = path.read_text()
    assert seen == [*range(50, 0, -1)]


def test_one_more_touches_only_what_changes(runs, tmp_path):
    site = tmp_path / "public"
    publish([*runs.many(40), *runs.many(3, country="SD", scenario="far", category="siege")], site)
    before = tree(site)
    publish(runs.many(1), site)
    after = tree(site)
    changed = {p for p, state in after.items() if before.get(p) != state}
    briefs = {p.split("/")[2] for p in changed if p.startswith("briefs/")}
    assert len(briefs) <= 9
    assert not any(re.match(r"(.*/)?page/", p) for p in changed)
    assert not any(p.startswith(("country/sd", "scenario/far", "category/siege")) for p in changed)
    assert publish([], site).changed == 0


def test_the_same_run_again_changes_nothing(runs, tmp_path):
    site, folder = tmp_path / "public", runs.make()
    publish([folder], site, BASE)
    before = tree(site)
    again = publish([folder, folder], site)
    assert (again.new, again.known, again.changed, again.base_url) == ([], 2, 0, BASE)
    assert tree(site) == before


def test_a_superseded_brief_says_so_and_keeps_its_address(runs, tmp_path):
    site = tmp_path / "public"
    old = publish([runs.make()], site).new[0]
    new = publish([runs.make()], site).new[0]
    past = publish([runs.make(as_of="2025-01-06")], site).new[0]
    changed = publish([runs.make(changes=["a=1"])], site).new[0]

    def page(entry):
        return (site / entry.folder / "index.html").read_text()

    assert "A newer version has replaced" in page(old)
    assert "A newer version has replaced" in page(past)
    assert "made with changed numbers" in page(changed)
    assert 'class="superseded"' not in page(new)
    assert new.id in (site / "briefs/kursk-2024/latest/index.html").read_text()


def test_read_more_is_related_first_then_newest(runs, tmp_path):
    site = tmp_path / "public"
    publish([runs.make(scenario=s, headline=f"H{k}") for k, s in enumerate("aabbbabb")], site)
    entry = Catalogue(address(site)).newest("scenario", "a")[0]
    page = (site / entry.folder / "index.html").read_text()
    shown = re.findall(r'class="headline"><a [^>]*>(H\d)<', page)
    assert shown == ["H1", "H0", "H7", "H6", "H4", "H3"]


def test_feeds(runs, tmp_path):
    site = tmp_path / "public"
    publish(runs.many(60), site, BASE)
    atom = feedparser.parse((site / "atom.xml").read_bytes())
    assert not atom.bozo
    assert atom.version == "atom10"
    assert atom.entries[0].title == "Finding 60"
    assert atom.entries[0].link.startswith(f"{BASE}briefs/kursk-2024/2025-03-11-")
    assert len({e.id for e in atom.entries}) == len(atom.entries)
    titles, name = [], "atom.xml"
    while name:
        page = feedparser.parse((site / name).read_bytes())
        assert not page.bozo
        titles += [e.title for e in page.entries]
        links = {li.rel: li.href.removeprefix(BASE) for li in page.feed.links}
        assert (links["self"], links["first"]) == (name, "atom.xml")
        name = links.get("next")
    assert titles == [f"Finding {k}" for k in range(60, 0, -1)]
    items, name = [], "feed.json"
    while name:
        page = json.loads((site / name).read_text())
        assert page["version"] == "https://jsonfeed.org/version/1.1"
        items += page["items"]
        name = page.get("next_url", "").removeprefix(BASE)
    assert [i["title"] for i in items] == [f"Finding {k}" for k in range(60, 0, -1)]
    assert all((site / i["image"].removeprefix(BASE)).is_file() for i in items)
    maps = ET.parse(site / "sitemap.xml").getroot()
    places = [
        loc.text.removeprefix(BASE)
        for m in maps.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
        for loc in ET.parse(site / m.text.removeprefix(BASE)).getroot().iter(f"{maps.tag[:-12]}loc")
    ]
    assert len(places) == len(set(places)) >= 60
    assert all((site / p / "index.html").is_file() for p in places)
    assert f"Sitemap: {BASE}sitemap.xml" in (site / "robots.txt").read_text()


def test_every_link_leads_somewhere(runs, tmp_path):
    site = tmp_path / "public"
    publish(
        [*runs.many(30), *runs.many(2, scenario="../x", country="", category="Größe & <b>")], site
    )
    for path in site.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"#]+)"', path.read_text()):
            if not link.startswith(("http", "data:")):
                assert (path.parent / link).resolve().is_relative_to(site.resolve())
                assert (path.parent / link).is_file(), (path, link)


BAD = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&]]>",
    "right to left": "\u202eevil\u202c \u0645\u0631\u062d\u0628\u0627 \u200f!",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 300,
    "long": "x" * 10_000,
    "long words": "word " * 2_000,
    "nothing": "",
    "no character": "a\ufffe\u0001b",
}


@pytest.mark.parametrize("kind", BAD)
def test_words_of_every_kind_are_words(runs, tmp_path, kind):
    site, bad = tmp_path / "public", BAD[kind]
    words = dict.fromkeys(
        ("headline", "title", "deck", "country", "category", "region", "scenario"), bad
    )
    publish([runs.make(**words), runs.make(**{**words, "question": bad})], site, BASE)
    for path in [*site.rglob("*.html"), *site.rglob("*.svg")]:
        text = path.read_text()
        assert not SVG_OK.search(text), path
        assert "<img src=x" not in text
        assert "\u202e" not in text
        assert not re.search(r"<a [^>]*></a>|<h1[^>]*></h1>", text), path
    assert not feedparser.parse((site / "atom.xml").read_bytes()).bozo
    assert len(json.loads((site / "feed.json").read_text())["items"]) == 2
    assert len(gzip.compress((site / "index.html").read_bytes())) < 20_000


def test_a_page_that_someone_wrote_into_is_not_published(runs, tmp_path):
    site, folder = tmp_path / "public", runs.make()
    (folder / "index.html").write_text("<script>alert(1)</script>")
    entry = publish([folder], site).new[0]
    assert "alert" not in (site / entry.folder / "index.html").read_text()


def damage(folder: Path, how: str) -> None:
    content = (folder / "brief.json").read_text()
    if how == "cut":
        (folder / "brief.json").write_text(content[: len(content) // 2])
    elif how == "other":
        (folder / "brief.json").write_text('{"format": "salient-brief/1"}')
    elif how == "bytes":
        (folder / "brief.json").write_bytes(b"\xff\xfe" + content.encode())
    elif how == "outside":
        listed = json.loads(content)
        listed["downloads"].append({"file": "../../etc/passwd", "what": "", "media_type": ""})
        (folder / "brief.json").write_text(json.dumps(listed))
    elif how == "link":
        (folder / "outlook.csv").unlink()
        (folder / "outlook.csv").symlink_to("/etc/hostname")
    elif how == "uneven":
        listed = json.loads(content)
        listed["checks"]["rows"][0] = ["one cell"]
        (folder / "brief.json").write_text(json.dumps(listed))
    elif how == "time":
        (folder / "manifest.json").write_text('{"salient": "brief", "created": "yesterday"}')
    elif how == "manifest":
        (folder / "manifest.json").write_text("[1, 2]")
    else:
        (folder / how).unlink()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("cut", "not a whole brief"),
        ("other", "not a whole brief"),
        ("bytes", "not a whole brief"),
        ("outside", "not the name of a plain file"),
        ("link", "not the name of a plain file"),
        ("uneven", "not a whole brief.*cells in each row"),
        ("time", "'created' is not a time"),
        ("manifest", "not the manifest of a brief"),
        ("manifest.json", "manifest.json is missing"),
        ("brief.json", "brief.json is missing"),
        ("outlook.csv", "outlook.csv is missing"),
    ],
)
def test_a_damaged_run_stops_all_and_changes_nothing(runs, tmp_path, how, said):
    site = tmp_path / "public"
    publish([runs.make()], site)
    before = tree(site)
    bad = runs.make()
    damage(bad, how)
    with pytest.raises(SalientError, match=said) as e:
        publish([runs.make(), bad, tmp_path / "none"], site)
    assert [p.file.startswith(str(bad)) for p in e.value.problems] == [True, False]
    assert "there is no such folder" in str(e.value)
    assert tree(site) == before


WEIRD = [
    None, "", [], {}, [None], [[]], 0, -1, 1e308, 5e-324, 10**30, True, float("nan"), float("inf"),
    "<script>alert(1)</script>", "javascript:alert(1)", '"><img src=x onerror=alert(1)>', "\u202e\u0000",
    "x" * 10_000, "0001-01-01", "9999-12-31", "2025-13-01",
]  # fmt: skip


def places(node, path=()):
    """The way to every value of plain data."""
    yield path
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in pairs:
        yield from places(value, (*path, key))


def broken(content, random: Random):
    """Plain data with one or two values made odd, taken out or put there twice; each kind of place as often."""
    content = copy.deepcopy(content)
    for _ in range(random.choice([1, 1, 2])):
        kinds: dict = {}
        for path in places(content):
            if path:
                kinds.setdefault(tuple("#" if isinstance(k, int) else k for k in path), []).append(
                    path
                )
        *way, last = random.choice(random.choice(list(kinds.values())))
        holder = content
        for key in way:
            holder = holder[key]
        match random.choice(["set", "set", "take", "twice"]):
            case "set":
                holder[last] = random.choice(WEIRD)
            case "take":
                del holder[last]
            case _ if isinstance(holder, list):
                holder.append(holder[last])
    return content


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_brief_that_is_damaged_anywhere_is_refused_in_words_or_shown_harmless(brief, random):
    content = json.dumps(broken(json.loads(brief.model_dump_json()), random)).encode()
    page = b""
    with suppress(SalientError):
        seen = brief_of(content, "brief.json", forms.read)
        with drawn(Path("brief.json")):
            page = forms.page(seen).encode("utf-8", "replace")
            pictures.card(seen)
            pictures.share(seen)
    for bad in (b"<script>alert", b"<img", b'href="javascript:', b'src="javascript:'):
        assert bad not in page


def test_a_brief_that_cannot_be_drawn_stops_all_and_changes_nothing(runs, tmp_path, monkeypatch):
    site = tmp_path / "public"
    publish([runs.make()], site)
    before, bad = tree(site), runs.make()

    def wrong(*_):
        raise IndexError("list index out of range")

    monkeypatch.setattr(publishing.pages, "body", wrong)
    with pytest.raises(SalientError, match=r"parts do not fit together.*make it again") as e:
        publish([bad], site)
    assert e.value.problems[0].file == str(bad / "brief.json")
    assert tree(site) == before


def test_two_made_in_the_same_second(runs, tmp_path):
    site, moment = tmp_path / "public", "2025-03-11T06:00:00+00:00"
    publish([runs.make(made=moment) for _ in range(3)], site)
    publish([runs.make(made=moment) for _ in range(30)], site)
    assert walk(site) == [*range(33, 0, -1)]


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org", "https://", "https://x/?q=1"])
def test_an_address_that_is_none(tmp_path, url):
    with pytest.raises(SalientError, match="not the address of a site"):
        publish([], tmp_path / "public", url)


def test_a_figure_to_show_elsewhere(runs, tmp_path):
    bad = '"><script>alert(1)</script>'
    site = tmp_path / "public"
    publish([runs.make(headline=bad, warning="Do not rely on it.")], site, BASE)
    folder = next(site.glob("briefs/*/2*"))
    page = (folder / "embed.html").read_text(encoding="utf-8")
    brief = (folder / "index.html").read_text(encoding="utf-8")
    ids = re.findall(r'<figure id="([^"]*)"', brief)
    assert sorted(re.findall(r'<figure id="([^"]*)"', page)) == sorted(ids)
    assert page.rindex('<figure id="outlook"') == page.rindex("<figure")
    assert page.count("<figure") == page.count("</figure>") == len(ids) > 4
    assert len(gzip.compress(page.encode())) < 60_000
    assert "<svg" in page
    assert "Do not rely on it." in page
    assert "not a prediction of events" in page
    assert 'href="index.html" target="_top"' in page
    assert "<script" not in page
    place = f"{BASE}{folder.relative_to(site)}/"
    for name in ids:
        assert (
            brief.count(f"&lt;iframe src=&#34;{place}embed.html#{name}&#34; title=&#34;Figure ")
            == 1
        )
    assert f"&lt;img src=&#34;{place}share.png&#34;" in brief
    assert "<iframe" not in brief
    with zipfile.ZipFile(folder / "bundle.zip") as packed:
        assert "embed.html" not in packed.namelist()


def test_without_an_address_there_is_nothing_to_copy(runs, tmp_path):
    publish([runs.make()], tmp_path / "public")
    page = next((tmp_path / "public").glob("briefs/*/2*/index.html"))
    assert "iframe" not in page.read_text(encoding="utf-8")


class Full:
    """A disk that is full after so many writes."""

    def __init__(self, monkeypatch, after: int) -> None:
        self.left = after
        self.write, self.copy, self.part = Path.write_bytes, shutil.copyfile, os.write
        monkeypatch.setattr(files.os, "write", lambda h, b: self.spend() or self.part(h, b))
        monkeypatch.setattr(Path, "write_bytes", lambda p, b: self.spend() or self.write(p, b))
        monkeypatch.setattr(files.shutil, "copyfile", lambda a, b: self.spend() or self.copy(a, b))

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_at_any_write_loses_nothing(runs, tmp_path):
    folders = runs.many(14)
    publish(folders[:12], tmp_path / "twelve")
    front = (tmp_path / "twelve/index.html").read_bytes()
    site, catalogue = tmp_path / "public", tmp_path / "public.catalogue.sqlite"
    after, ended = 0, False
    while not ended:
        shutil.copytree(tmp_path / "twelve", site)
        shutil.copyfile(tmp_path / "twelve.catalogue.sqlite", catalogue)
        with pytest.MonkeyPatch.context() as m:
            Full(m, after)
            try:
                publish(folders, site)
                said = ""
            except SalientError as e:
                said = str(e)
        ended = not said
        assert ended or re.search("the disk is full.*give the same command again", said)
        if not ended:
            assert (site / "index.html").read_bytes() == front or walk(site) == [*range(14, 0, -1)]
            assert walk(site)[-12:] == [*range(12, 0, -1)]
            assert not list(site.rglob(".index.html.partial"))
            assert not (site / ".incoming").exists()
        publish(folders, site)
        assert walk(site) == [*range(14, 0, -1)]
        shutil.rmtree(site)
        after += 7
    assert after > 28


def test_killed_anywhere_nothing_is_lost(runs, tmp_path):
    site, published = tmp_path / "public", 0
    publish(runs.many(11), site)
    code = (
        "import sys; from pathlib import Path; from salient.site.publish import publish; "
        "print('go', flush=True); publish([Path(p) for p in sys.argv[2:]], Path(sys.argv[1]))"
    )
    for k in range(8):
        batch = [str(p) for p in runs.many(2)]
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(site), *batch], stdout=subprocess.PIPE
        )
        process.stdout.readline()
        time.sleep(0.06 * k)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        seen = walk(site)  # whatever a reader gets at this moment is whole
        assert seen == [*range(len(seen), 0, -1)]
        assert len(seen) >= 11 + published
        publish([Path(p) for p in batch], site)
        published += 2
        assert walk(site) == [*range(11 + published, 0, -1)]


def test_stopped_before_the_catalogue_has_what_was_placed(runs, tmp_path, monkeypatch):
    """Pages of many briefs are made for the places that they will have; after a stop those may be others."""

    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    monkeypatch.setattr(publishing, "MANY", 2)
    site, other, folders = tmp_path / "public", tmp_path / "other", runs.many(5)
    with pytest.MonkeyPatch.context() as m:
        m.setattr(Catalogue, "add", killed)
        with pytest.raises(Killed):
            publish(folders[2:], site)
    publish(folders[:2], site)
    publish(folders, site)
    assert walk(site) == [5, 4, 3, 2, 1]
    assert not list(site.rglob("*.partial"))
    publish(folders[:2], other)
    publish(folders, other)
    for page in other.rglob("briefs/**/*.html"):
        assert (site / page.relative_to(other)).read_bytes() == page.read_bytes()


def test_pages_are_the_same_however_many_come_at_once(runs, tmp_path, monkeypatch):
    folders = runs.many(4)
    publish(folders, tmp_path / "few", "https://example.org/")
    monkeypatch.setattr(publishing, "MANY", 2)
    publish(folders, tmp_path / "many", "https://example.org/")
    few, many = (
        {
            p.relative_to(tmp_path / k): p.read_bytes()
            for p in (tmp_path / k).rglob("*")
            if p.is_file()
        }
        for k in ("few", "many")
    )
    assert few == many


def test_another_site_with_the_same_catalogue_says_what_is_missing(runs, tmp_path):
    shared = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    folders = runs.many(3)
    publish(folders, tmp_path / "one", database=shared)
    with pytest.raises(SalientError, match="its files are not in this site"):
        publish([], tmp_path / "two", database=shared)
    publish(folders, tmp_path / "two", database=shared)
    assert walk(tmp_path / "two") == [3, 2, 1]


def test_a_site_that_was_lost_comes_back_among_new_briefs(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(publishing, "MANY", 2)
    site, folders = tmp_path / "public", runs.many(5)
    publish(folders[:2], site)
    shutil.rmtree(site)
    publish(folders, site)
    assert walk(site) == [5, 4, 3, 2, 1]
    publish(folders, tmp_path / "other")
    assert {p: c for p, (_, c) in tree(site).items()} == {
        p: c for p, (_, c) in tree(tmp_path / "other").items()
    }


def test_in_postgresql_by_the_environment(runs, tmp_path, database, monkeypatch):
    monkeypatch.setenv("SALIENT_DATABASE", database)
    publish(runs.many(2), tmp_path / "public")
    assert publish(runs.many(1), tmp_path / "public").total == 3
    assert walk(tmp_path / "public") == [3, 2, 1]
    assert not (tmp_path / "public.catalogue.sqlite").exists()


def test_pages_are_light(runs, tmp_path):
    site = tmp_path / "public"
    publish([runs.make(deck=f"Words of brief {k}. " * 40) for k in range(36)], site)
    assert len(gzip.compress((site / "index.html").read_bytes())) < 60_000
    assert len(gzip.compress((site / "page/0/index.html").read_bytes())) < 20_000


def test_many_at_once_are_the_same_as_one_by_one(runs, tmp_path):
    folders = runs.many(MANY)
    publish(folders, tmp_path / "one")
    for folder in folders:
        publish([folder], tmp_path / "two")
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    assert {p: c for p, (_, c) in one.items()} == {p: c for p, (_, c) in two.items()}
