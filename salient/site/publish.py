"""`publish`: run folders into the site, one more or ten thousand at once.

What stands between a reader and a broken site is the order. Every run folder is read, checked and made ready aside;
only when all are, each gets its place as a whole; the catalogue takes them all in one transaction; pages are written
aside and renamed, the front page after all that it leads to; `site.json` says last how far the pages reach. Stopped at
any point, the next call goes on from what the catalogue holds and `site.json` says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from salient import __version__
from salient.brief import forms
from salient.brief.content import AnyBrief
from salient.errors import Problem, SalientError
from salient.runs.folder import BRIEF, PAGE
from salient.site import feeds, pages, pictures, stream
from salient.site.catalogue import AXES, Axis, Catalogue, Entry, Shelf, address
from salient.site.crew import MANY, Crew, Progress, crew
from salient.site.files import Writer, fill, locked, plain_errors, write, write_new
from salient.site.intake import Draft, Glance, brief_of, drawn, glance, read
from salient.site.pages import ALL, Stream
from salient.site.words import BUNDLE, EMBED, PICTURE, SHARE_PICTURE

STATE = "site.json"
INCOMING = ".incoming"
FORMAT = "salient-site/1"


@dataclass(frozen=True)
class Published:
    """What a call did: briefs that are new, briefs that were there before, files changed, briefs in all."""

    new: list[Entry]
    known: int
    changed: int
    total: int
    base_url: str | None


@dataclass(frozen=True)
class State:
    """How far the pages of a site reach, and what they were written with."""

    n: int = 0
    stamp: str = ""
    base_url: str | None = None


def publish(
    dirs: Sequence[Path],
    site: Path,
    base_url: str | None = None,
    database: str | None = None,
    progress: Progress = lambda stage, share: None,
) -> Published:
    """Publish run folders into a site. Without any, finish or renew the pages of what the catalogue holds.

    Raises SalientError for everything that a user can mend; the site stays whole.
    """
    base = _base(base_url)
    with locked(site), plain_errors(site), crew() as hands:
        before = _state(site)
        base = base or before.base_url
        seen = hands.work(_glance, list(dirs), "looking at the runs", progress)
        catalogue = Catalogue(address(site, database))
        try:
            now = dt.datetime.now(dt.UTC)
            planned = catalogue.planned([g.entry for g in seen if isinstance(g, Glance)], now)
            places = _places(catalogue, planned, base)
            with _taken_in(list(dirs), seen, places, site, hands, progress) as drafts:
                changed = sum(_placed(d, site) for d in drafts)
                new = catalogue.add(((d.entry, d.run) for d in drafts), now)
                made = {d.entry.id for d in drafts if d.ready is not None}
                whole = made & {p.entry.id for p in places} if new == planned else set()
                changed += _build(catalogue, site, before, base, whole, hands, progress)
            total = catalogue.count()
        finally:
            catalogue.close()
    return Published(new, len(drafts) - len(new), changed, total, base)


def _base(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise SalientError(
            Problem(
                f"'{url}' is not the address of a site",
                key="--url",
                hint="such as https://example.org/briefs/",
            )
        )
    return url.rstrip("/") + "/"


def _state(site: Path) -> State:
    try:
        found = json.loads((site / STATE).read_text(encoding="utf-8"))
        return State(int(found["n"]), str(found["stamp"]), found["base_url"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return State()


def _stamp(base_url: str | None) -> str:
    """What a page depends on besides its brief: a site written with another one is written anew."""
    parts = [
        FORMAT,
        __version__,
        str(base_url),
        str(pictures.can_share()),
        *(pages.asset(name) for name in pages.ASSETS),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


# --- taking in -------------------------------------------------------------------------------------------------


def _glance(folder: Path) -> Glance | SalientError:
    try:
        return glance(folder)
    except SalientError as e:
        return e


@dataclass(frozen=True)
class Place:
    """Where a brief stands in the site: all that its page says of other briefs."""

    entry: Entry
    stands: Entry
    more: list[Entry]
    base: str | None


def _places(catalogue: Catalogue, planned: list[Entry], base: str | None) -> list[Place]:
    """Where many new briefs will stand, so that their pages are written once. Few are soon written again."""
    if len(planned) < MANY:
        return []
    shelf = Shelf([*catalogue.since(0), *planned])
    return [Place(e, shelf.latest(e.scenario_slug), read_more(shelf, e), base) for e in planned]


@contextmanager
def _taken_in(
    dirs: list[Path],
    seen: list[Glance | SalientError],
    places: list[Place],
    site: Path,
    hands: Crew,
    progress: Progress,
) -> Iterator[list[Draft]]:
    """Run folders read, checked and made ready in `site/.incoming`, which goes again, however this ends."""
    incoming = site / INCOMING
    shutil.rmtree(incoming, ignore_errors=True)  # of a call that was killed
    known = {p.entry.id: p for p in places}
    tasks = [
        _Task(site, folder, incoming / str(k), g, known.get(g.entry.id))
        for k, (folder, g) in enumerate(zip(dirs, seen, strict=True))
        if isinstance(g, Glance)
    ]
    try:
        found = hands.work(_take_in, tasks, "reading the runs", progress)
        rest = iter(found)
        told = [next(rest) if isinstance(g, Glance) else g for g in seen]
        if problems := [p for t in told if isinstance(t, SalientError) for p in t.problems]:
            raise SalientError(*problems)
        yield found
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


@dataclass(frozen=True)
class _Task:
    """All that a worker needs to make a brief ready aside."""

    site: Path
    run: Path
    aside: Path
    seen: Glance
    place: Place | None


def _take_in(task: _Task) -> Draft | SalientError:
    """Read a run folder and, if the site does not have it, put all that it will hold into a folder aside.

    Its page is made too, though it is kept only if its place in the site is known: what cannot be shown is not taken.
    """
    try:
        draft, brief = read(task.run, task.seen)
        if (task.site / draft.entry.folder).is_dir():
            return replace(draft, files={})
        with drawn(task.run / BRIEF):
            body = pages.body(brief, draft.entry)
            made = {PICTURE: pictures.card(brief).encode(), SHARE_PICTURE: pictures.share(brief)}
            made[EMBED] = pages.embed(body, brief, draft.entry)
    except SalientError as e:
        return e
    known = fill(task.aside, draft.files)
    made[BUNDLE] = bundle(task.aside, known)
    there = {n: content for n, content in made.items() if content is not None}
    if task.place is not None:
        there[PAGE] = _framed(body, task.place, {*known, *there})
    for name, content in there.items():
        if name not in known:
            write_new(task.aside / name, content)
    return replace(draft, files={}, ready=task.aside)


def _framed(body: bytes, place: Place, beside: Container[str]) -> bytes:
    """The page of a brief at its place, with links to what lies beside it."""
    extras = tuple(name for name in (SHARE_PICTURE, BUNDLE, EMBED) if name in beside)
    return pages.framed(body, place.entry, place.stands, place.more, place.base, extras)


def _placed(draft: Draft, site: Path) -> int:
    """Give a folder that is ready its place, unless one is there. Returns how many files the site gained."""
    to = site / draft.entry.folder
    if draft.ready is None or to.is_dir():
        return 0
    to.parent.mkdir(parents=True, exist_ok=True)
    os.replace(draft.ready, to)
    return len(os.listdir(to))


# --- pages -----------------------------------------------------------------------------------------------------


def _build(
    catalogue: Catalogue,
    site: Path,
    before: State,
    base: str | None,
    whole: Container[str],
    hands: Crew,
    progress: Progress,
) -> int:
    """Write every page that is not as it should be. Returns how many files changed.

    whole: ids of new briefs whose pages have just been written.
    """
    stamp = _stamp(base)
    since = before.n if before.stamp == stamp else 0
    new = catalogue.since(since)
    out = Writer(site)
    if not new and (site / "index.html").is_file() and before.stamp == stamp:
        return 0
    for name in pages.ASSETS:
        out.text(f"assets/{name}", pages.asset(name))
    out.changed += _briefs(catalogue, site, new, since, base, whole, hands, progress)
    _check_files(site, new)
    for slug in sorted({e.scenario_slug for e in new}):
        if (stands := catalogue.latest(slug)) is not None:
            out.text(f"briefs/{slug}/latest/index.html", pages.latest(stands, base))
    _streams(catalogue, out, new, since, base, hands, progress)
    last = catalogue.count()
    state = {"format": FORMAT, "n": last, "stamp": stamp, "base_url": base}
    out.text(STATE, json.dumps(state, indent=1) + "\n")
    return out.changed


def _check_files(site: Path, entries: list[Entry]) -> None:
    """Nothing leads to a brief whose page is not there."""
    gone = [e for e in entries if not (site / e.folder / "index.html").is_file()]
    if gone:
        raise _gone(site, gone)


def _gone(site: Path, gone: Sequence[Entry]) -> SalientError:
    return SalientError(
        *[
            Problem(
                f"the catalogue has {e.scenario} {e.id}, but its files are not in this site",
                file=str(site / e.folder),
                hint="publish its run folder again into this site, or give the site that has it",
            )
            for e in gone[:10]
        ]
    )


@dataclass(frozen=True)
class _Page:
    """A page of a stream that became full."""

    stream: Stream
    k: int
    entries: list[Entry]


def _streams(
    catalogue: Catalogue,
    out: Writer,
    new: list[Entry],
    since: int,
    base: str | None,
    hands: Crew,
    progress: Progress,
) -> None:
    """Every stream that grew: its pages that became full, then its head; the front page after all of them."""
    grown = [
        Stream(axis, slug, name)
        for axis in AXES
        for slug, name in sorted({(getattr(e, f"{axis}_slug"), getattr(e, axis)) for e in new})
    ]
    full = [p for s in [*grown, ALL] for p in _full(catalogue, s, since)]
    work = partial(_write_page, out.root, base)
    out.changed += sum(hands.work(work, full, "writing the stream", progress))
    for s in grown:
        _head(catalogue, out, s, base)
    groups: dict[Axis, Any] = {axis: catalogue.groups(axis) for axis in AXES}
    out.text("browse/index.html", pages.browse(groups, base))
    _feeds(catalogue, out, since, base)
    _head(catalogue, out, ALL, base, groups)


def _full(catalogue: Catalogue, s: Stream, since: int) -> Iterator[_Page]:
    """The pages of a stream that became full."""
    total = catalogue.count(s.axis, s.slug)
    ks = stream.new_pages(catalogue.count(s.axis, s.slug, up_to=since), total)
    if not ks:
        return
    first = stream.page_span(ks[0]).first
    found = catalogue.places(first, stream.page_span(ks[-1]).last, s.axis, s.slug)[::-1]
    for k in ks:
        span = stream.page_span(k)
        yield _Page(s, k, found[span.first - first : span.last - first + 1][::-1])


def _write_page(site: Path, base: str | None, p: _Page) -> int:
    text = pages.page(p.stream, p.k, p.entries, stream.after_page(p.k), base)
    return write(site / p.stream.page(p.k) / "index.html", text.encode("utf-8", "replace"))


def _head(
    catalogue: Catalogue,
    out: Writer,
    s: Stream,
    base: str | None,
    groups: dict[Axis, Any] | None = None,
) -> None:
    """The head of a stream."""
    total = catalogue.count(s.axis, s.slug)
    span = stream.head_span(total)
    found = catalogue.places(span.first, span.last, s.axis, s.slug)
    text = pages.head(s, found, stream.after_head(total), total, groups, base)
    out.text(f"{s.folder}index.html", text)


def _feeds(catalogue: Catalogue, out: Writer, since: int, base: str | None) -> None:
    total, size = catalogue.count(), stream.FEED_SIZE
    for k in stream.new_pages(since, total, size):
        span = stream.page_span(k, size)
        _feed_page(out, catalogue.places(span.first, span.last), k, stream.after_page(k), base)
    span = stream.head_span(total, size)
    newest, older = catalogue.places(span.first, span.last), stream.after_head(total, size)
    _feed_page(out, newest, None, older, base)
    out.text("robots.txt", feeds.robots(base))
    if base is not None:
        _sitemaps(catalogue, out, since, total, base)


def _feed_page(
    out: Writer, entries: list[Entry], k: int | None, older: int | None, base: str | None
) -> None:
    """A page of both feeds, or with k None their head; `older` is the page that follows."""

    def name(form: str, number: int | None) -> str:
        start, end = form.split(".")
        return form if number is None else f"{start}-{number}.{end}"

    def following(form: str) -> str | None:
        return None if older is None else name(form, older)

    text = feeds.json_feed(
        entries, name("feed.json", k), following("feed.json"), base, pictures.can_share()
    )
    out.text(name("feed.json", k), text)
    out.text(
        name("atom.xml", k), feeds.atom(entries, name("atom.xml", k), following("atom.xml"), base)
    )


def _sitemaps(catalogue: Catalogue, out: Writer, since: int, total: int, base: str) -> None:
    count = -(-total // feeds.MAP_SIZE)
    for k in range(since // feeds.MAP_SIZE, count):
        span = stream.page_span(k, feeds.MAP_SIZE)
        found = catalogue.places(span.first, span.last)
        out.text(f"sitemap-{k}.xml", feeds.sitemap(found, base))
    heads = ["", "browse/", *(f"{a}/{g.slug}/" for a in AXES for g in catalogue.groups(a))]
    out.text("sitemap-pages.xml", feeds.sitemap([], base, heads))
    names = ["sitemap-pages.xml", *(f"sitemap-{k}.xml" for k in range(count))]
    out.text("sitemap.xml", feeds.sitemap_index(names, base))


# --- the pages of briefs ---------------------------------------------------------------------------------------


def _briefs(
    catalogue: Catalogue,
    site: Path,
    new: list[Entry],
    since: int,
    base: str | None,
    whole: Container[str],
    hands: Crew,
    progress: Progress,
) -> int:
    """The pages of the briefs that are new or touched by new ones, but for those that are whole."""
    touched = [e for e in (new if since == 0 else _touched(catalogue, new)) if e.id not in whole]
    stands: dict[str, Entry] = {}
    for slug in {e.scenario_slug for e in touched}:
        if (found := catalogue.latest(slug)) is not None:
            stands[slug] = found
    shelf = catalogue if len(touched) < MANY else Shelf(catalogue.since(0))
    places = [Place(e, stands[e.scenario_slug], read_more(shelf, e), base) for e in touched]
    return sum(hands.work(partial(_write_brief, site), places, "writing the briefs", progress))


def _touched(catalogue: Catalogue, new: list[Entry]) -> list[Entry]:
    """The new briefs, their neighbours, who may show them under "read more", and who stood for their scenarios."""
    found = {e.n: e for e in new}
    for e in new:
        beside = catalogue.around(e.n) + catalogue.around(e.n, "scenario", e.scenario_slug)
        found |= {o.n: o for o in beside}
    oldest: dict[str, int] = {}
    for e in new:
        oldest.setdefault(e.scenario_slug, e.n)
    for slug, n in oldest.items():
        if (stood := catalogue.latest(slug, below=n)) is not None:
            found[stood.n] = stood
    return [found[n] for n in sorted(found)]


def read_more(catalogue: Catalogue | Shelf, entry: Entry, most: int = 6) -> list[Entry]:
    """What to read after a brief: up to three of its scenario, then those published around it, newest first."""
    related = catalogue.around(entry.n, "scenario", entry.scenario_slug)[:3]
    seen = {e.n for e in related}
    others = [e for e in catalogue.around(entry.n) if e.n not in seen]
    return [*related, *others][:most]


def _write_brief(site: Path, place: Place) -> int:
    """Write the page of a brief from the brief.json of the site. Returns how many files changed."""
    folder = site / place.entry.folder
    brief = _brief_in(site, place.entry)
    with drawn(folder / BRIEF):
        body = pages.body(brief, place.entry)
        changed = _beside(folder, brief, body, place.entry)
    return changed + write(folder / PAGE, _framed(body, place, os.listdir(folder)))


def _brief_in(site: Path, entry: Entry) -> AnyBrief:
    file = site / entry.folder / BRIEF
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise _gone(site, [entry]) from None
    return brief_of(content, str(file), forms.read)


def _beside(folder: Path, brief: AnyBrief, body: bytes, entry: Entry) -> int:
    """Make what lies beside a page and is not there: pictures and the archive. Returns how many files."""
    made = 0
    if not (folder / PICTURE).is_file():
        made += write(folder / PICTURE, pictures.card(brief).encode())
    if not (folder / SHARE_PICTURE).is_file() and (png := pictures.share(brief)) is not None:
        made += write(folder / SHARE_PICTURE, png)
    if not (folder / BUNDLE).is_file():
        made += write(folder / BUNDLE, bundle(folder))
    if not (folder / EMBED).is_file():
        made += write(folder / EMBED, pages.embed(body, brief, entry))
    return made


_MADE_HERE = (PAGE, PICTURE, SHARE_PICTURE, BUNDLE, EMBED)


def bundle(folder: Path, known: Mapping[str, bytes] | None = None) -> bytes:
    """All files of a run as one archive with their checksums; the same files give the same bytes.

    Stored, not packed: of an archive's 9 MB the text that would pack is 0.3 MB, and the draws and the fit are packed
    already. `known`: what is in files of the folder, for those that were just read.
    """
    with os.scandir(folder) as found:
        names = sorted(f.name for f in found if f.is_file(follow_symlinks=False))
    out, sums = io.BytesIO(), []
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            if name in _MADE_HERE or name.startswith("."):
                continue
            content = (known or {}).get(name) or (folder / name).read_bytes()
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
            archive.writestr(zipfile.ZipInfo(name), content)
        archive.writestr(zipfile.ZipInfo("SHA256SUMS"), "".join(sums))
    return out.getvalue()
