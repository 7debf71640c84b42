"""What briefs of every form carry in the same way: sources, citation, time to read, the fixed words of use."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from salient.brief import reference, words
from salient.brief.content import AUTHORS, Citation, Part, SourceNote
from salient.questions.findings import SourceRow
from salient.scenario.schema import Scenario

WORDS_A_MINUTE = 220
FIXED = {
    "licence": reference.LICENCE,
    "must_not": reference.MUST_NOT,
    "funding": reference.FUNDING,
    "contact": reference.CONTACT,
    "corrections_text": reference.NO_CORRECTIONS,
}


def version(versions: Mapping[str, str]) -> str:
    """The version of Salient that made the findings."""
    return versions.get("salient-model", versions.get("salient", ""))


def source_note(s: SourceRow) -> SourceNote:
    """A series that the run used, as a source on the page."""
    return SourceNote(
        key=s.key,
        title=s.title,
        publisher=s.publisher[:1].upper() + s.publisher[1:],
        url=s.url,
        licence=s.licence,
        retrieved="" if s.retrieved is None else f"retrieved {s.retrieved.isoformat()}",
        **bias(s.bias),
    )


def bias(text: str) -> dict[str, str]:
    """A known bias: its first sentence, and the rest."""
    first, *rest = re.split(r"(?<=[.;])\s+", words.sentence(text), maxsplit=1)
    return {"bias": words.sentence(first.rstrip(";")), "more": words.sentence("".join(rest))}


def authors(scenario: Scenario) -> list[str]:
    """Who signs the brief: whom the scenario names, or the authors of Salient."""
    return list(scenario.authors) or [AUTHORS]


def citation(
    title: str, name: str, as_of: dt.date, seed: int, made_with: str, by: Sequence[str]
) -> Citation:
    """How to cite a brief. name: of the scenario; made_with: the version of Salient; by: who signs it."""
    note = f"Salient {made_with}, scenario {name}, data to {as_of.isoformat()}, seed {seed}"
    note = note.replace(" ,", ",")
    key = re.sub(r"\W", "", f"salient{name}{as_of.isoformat()}")
    signed = " and ".join("{" + _tex(name) + "}" for name in by)
    return Citation(
        text=f"{words.listed(by)}. “{title}.” Model brief. {note}.",
        bibtex=f"@techreport{{{key},\n  author = {{{signed}}},\n"
        f"  title = {{{_tex(title)}}},\n"
        f"  type = {{Model brief}},\n  note = {{{note}}},\n  year = {{{as_of.year}}}\n}}",
    )


def _tex(text: str) -> str:
    """A text as BibTeX takes it."""
    plain = re.sub(r"([&%$#_{}])", r"\\\1", re.sub(r"\\", "", text))
    return plain.replace(words.THIN, "\\,")


def reading(content: Mapping[str, Any]) -> dict[str, Any]:
    """How long the prose of a brief takes to read; tables are not counted."""
    prose = ("headline", "deck", "takeaways", "sections")
    n = sum(1 for name in prose for _ in _texts(content[name]))
    minutes = max(1, round(n / WORDS_A_MINUTE))
    text = f"{words.count(minutes, 'minute')} to read"
    return {"reading_minutes": minutes, "reading_text": text}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.split()
    elif isinstance(value, Part):
        for name in type(value).model_fields:
            yield from _texts(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
