"""Run folders as they come in: read whole and checked before anything of the site is touched."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import TemplateError
from pydantic import ValidationError

from salient.brief import forms
from salient.brief.content import AnyBrief, Cover, clean, is_plain_file
from salient.errors import DataError, Problem
from salient.runs.folder import BRIEF, MANIFEST, PAGE, key_of
from salient.site.catalogue import Entry, Run
from salient.site.words import cut, slug

TITLE, LINES = 180, 300
T = TypeVar("T")


@dataclass(frozen=True)
class Draft:
    """A run folder that can be published: its entry, not yet numbered, its run, and the files beside the page.

    `ready` is the folder that holds all of it, where one was made.
    """

    entry: Entry
    run: Run
    files: dict[str, Path | bytes]
    ready: Path | None = None


@dataclass(frozen=True)
class Glance:
    """What a run folder says of itself, before its brief is read whole: its entry, not yet numbered, and its run."""

    entry: Entry
    run: Run
    digest: str


def glance(folder: Path) -> Glance:
    """The entry of a run folder, from the manifest and the first words of its brief.

    Raises DataError that names the file and what is wrong with it.
    """
    manifest = _manifest(folder)
    manifest.pop("argv", None)  # it may name folders of a person's machine
    content = _bytes(folder, BRIEF)
    cover = brief_of(content, str(folder / BRIEF), Cover.model_validate_json)
    digest = hashlib.sha256(content).hexdigest()
    run = Run(
        id=key_of({"manifest": manifest, "brief": digest}),
        scenario=cover.scenario,
        as_of=cover.as_of.isoformat(),
        command=clean(str(manifest.get("command", ""))),
        made=_made(manifest, folder),
        manifest=manifest,
    )
    return Glance(_entry(cover, digest, run, bool(manifest.get("changes"))), run, digest)


def read(folder: Path, seen: Glance | None = None) -> tuple[Draft, AnyBrief]:
    """Read a run folder: what will be published and its brief.

    Raises DataError that names the file and what is wrong with it.
    """
    seen = seen or glance(folder)
    content = _bytes(folder, BRIEF)
    if hashlib.sha256(content).hexdigest() != seen.digest:
        raise DataError(
            Problem(
                "this changed while it was read",
                file=str(folder / BRIEF),
                hint="give the same command again",
            )
        )
    brief = brief_of(content, str(folder / BRIEF), forms.read)
    files: dict[str, Path | bytes] = dict(_files(folder, brief))
    files[BRIEF] = content
    files[MANIFEST] = (json.dumps(seen.run.manifest, indent=1) + "\n").encode()
    return Draft(seen.entry, seen.run, files), brief


def brief_of(content: bytes, place: str, parse: Callable[[bytes], T]) -> T:
    """What `parse` makes of a brief.json. Raises DataError with its first fault."""
    try:
        return parse(content)
    except ValidationError as e:
        first = e.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(p) for p in first["loc"]) or None
        raise DataError(
            Problem(
                f"this is not a whole brief: {first['msg'].removeprefix('Value error, ')}",
                file=place,
                key=at,
                hint="make it again with `salient brief`",
            )
        ) from None


@contextmanager
def drawn(file: Path) -> Iterator[None]:
    """Turn what goes wrong while a brief is drawn into one message: its form is right, its parts do not fit together.

    A brief.json comes from anywhere. Its models refuse nearly all that cannot be drawn; this is for the rest.
    """
    try:
        yield
    except (ArithmeticError, LookupError, TypeError, ValueError, TemplateError) as e:
        raise DataError(
            Problem(
                f"this brief cannot be drawn: its parts do not fit together ({cut(str(e), 120)})",
                file=str(file),
                hint="make it again with `salient brief`",
            )
        ) from e


def _entry(brief: Cover, digest: str, run: Run, changed: bool) -> Entry:
    name = brief.title.strip() or brief.scenario.strip() or "Untitled campaign"
    headline = brief.headline.strip() or f"{name}: outlook with data to {brief.as_of.isoformat()}"
    first = brief.takeaways[0]
    return Entry(
        id=f"{brief.as_of.isoformat()}-{digest[:12]}",
        run=run.id,
        scenario=cut(brief.scenario, TITLE) or "unnamed",
        scenario_slug=slug(brief.scenario),
        title=cut(name, TITLE),
        country=cut(brief.country, TITLE) or "unnamed",
        country_slug=slug(brief.country),
        category=cut(brief.category, TITLE) or "unnamed",
        category_slug=slug(brief.category),
        region=cut(brief.region, TITLE),
        headline=cut(headline, TITLE),
        summary=cut(brief.deck.strip() or brief.question, LINES),
        number=cut(first.number, 120),
        number_label=cut(first.label, 120),
        alt=cut(brief.figures.fan.alt, 400),
        credit=cut(brief.figures.fan.credit, 160),
        as_of=brief.as_of.isoformat(),
        made=run.made,
        changed=changed,
    )


def _files(folder: Path, brief: AnyBrief) -> dict[str, Path]:
    """What is copied: brief.json and the downloads that the page names. Nothing from outside the folder."""
    names = dict.fromkeys([BRIEF, MANIFEST, *(d.file for d in brief.downloads)])
    found: dict[str, Path] = {}
    with os.scandir(folder) as seen:
        there = {f.name: f for f in seen}
    for name in names:
        path, file = folder / name, there.get(name)
        linked = file is not None and file.is_symlink()
        if not is_plain_file(name) or name == PAGE or linked:
            raise DataError(
                Problem(
                    f"'{cut(name, 80)}' is not the name of a plain file in the folder",
                    file=str(folder / BRIEF),
                    key="downloads",
                )
            )
        if file is None or not file.is_file():
            raise DataError(
                Problem(
                    f"{name} is missing: this run folder is not whole",
                    file=str(folder),
                    hint="make it again with `salient brief`",
                )
            )
        found[name] = path
    return found


def _manifest(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise DataError(Problem("there is no such folder", file=str(folder)))
    if folder.name.endswith(".partial"):
        raise DataError(
            Problem(
                "this run was stopped before its end",
                file=str(folder),
                hint="give its `salient brief` again: it goes on from there",
            )
        )
    try:
        manifest = json.loads(_bytes(folder, MANIFEST))
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("salient") != "brief":
        raise DataError(Problem("this is not the manifest of a brief", file=str(folder / MANIFEST)))
    return manifest


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise DataError(
            Problem(
                f"{name} is missing: this is not a whole run folder",
                file=str(folder),
                hint="give the folder that `salient brief` wrote",
            )
        ) from None
    except OSError as e:
        raise DataError(Problem(f"cannot be read: {e.strerror}", file=str(folder / name))) from None


def _made(manifest: dict[str, Any], folder: Path) -> str:
    try:
        moment = dt.datetime.fromisoformat(str(manifest["created"]))
        if moment.tzinfo is None:
            raise ValueError
    except (KeyError, ValueError):
        raise DataError(
            Problem(
                "'created' is not a time with its zone",
                file=str(folder / MANIFEST),
                hint="such as 2025-03-11T06:00:00+00:00",
            )
        ) from None
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
