"""The historical record in a terminal of 80 columns: a line for each measure, long words as notes below."""

from __future__ import annotations

import re
import textwrap
from typing import Any

WIDTH = 80
_MEASURE, _CELLS, _VERDICT = 39, (9, 10, 9), 8
_LONG = (35, 8, 16, 17)
"""Widths of measure, ours, interval and verdict in the long record."""
_GLUE = "\x1f"
_COLUMNS = ("ours", "published", "baseline")
_LEADING = re.compile(r"(?:about |over )?-?[\d.,]*\d(?:(?: to |-)[\d.,]*\d)?")
_MARKS = {
    "reached": "reached",
    "NOT reached": "MISSED",
    "agrees": "agrees",
    "does NOT agree": "DIFFERS",
    "better": "better",
    "worse": "WORSE",
    "level": "level",
}
"""First words of a verdict and how they stand in its column; failures in capitals."""


def lines(rows: list[dict[str, Any]], titles: dict[str, str], long: bool = False) -> list[str]:
    """The whole table. `long`: rows of the long record, which have intervals where others have baselines."""
    if long:
        return _long(rows)
    out: list[str] = []
    for part in dict.fromkeys(row["set"] for row in rows):
        out += _part(part, titles.get(part, ""), [row for row in rows if row["set"] == part])
    star = (
        "* in words, in the note. "
        if any("*" in _cell(r[c]) for r in rows for c in _COLUMNS[1:])
        else ""
    )
    return [*out, *textwrap.wrap(star + count(rows), WIDTH)]


def _part(name: str, title: str, rows: list[dict[str, Any]]) -> list[str]:
    """A data set: its title, a line for each measure, and the notes."""
    head = f"{name}: {title}" if title else name
    out = [head, _line("", _COLUMNS, "verdict"), "-" * WIDTH]
    notes: list[str] = []
    for row in rows:
        said = _note(row)
        if said and said not in notes:
            notes.append(said)
        out += _measure(row, f"{_GLUE}[{notes.index(said) + 1}]" if said else "")
    return [*out, *_said_below(notes), ""]


def _long(rows: list[dict[str, Any]]) -> list[str]:
    """Each set of the long record: a line for each measure with its interval and what it says."""
    out: list[str] = []
    for part in dict.fromkeys(row["set"] for row in rows):
        out += [
            *textwrap.wrap(part, WIDTH),
            _long_line("", "ours", "90 % interval", ""),
            "-" * WIDTH,
        ]
        notes: list[str] = []
        for row in (r for r in rows if r["set"] == part):
            said, _, rest = row["verdict"].partition("; ")
            between = row["baseline"].removeprefix("90 %: ")
            fits = len(between) <= _LONG[2]
            note = "; ".join(
                x
                for x in ("" if fits else between, "" if len(said) <= _LONG[3] else said, rest)
                if x
            )
            if note and note not in notes:
                notes.append(note)
            mark = f"{_GLUE}[{notes.index(note) + 1}]" if note else ""
            *above, last = textwrap.wrap(row["measure"] + mark, _LONG[0], subsequent_indent="  ")
            said = said if len(said) <= _LONG[3] else "see note"
            figure = f"{row['ours']:,}"
            out += [
                *above,
                _long_line(last.replace(_GLUE, " "), figure, between if fits else "*", said),
            ]
        out += [*_said_below(notes), ""]
    return out[:-1]


def _long_line(measure: str, ours: str, between: str, said: str) -> str:
    a, b, c, _ = _LONG
    return f"{measure:<{a}} {ours:>{b}} {between:>{c}}  {said}".rstrip()


def _said_below(notes: list[str]) -> list[str]:
    """Notes with their numbers."""
    out: list[str] = []
    for k, note in enumerate(notes, 1):
        out += textwrap.wrap(
            f"[{k}] {note}", WIDTH, initial_indent="  ", subsequent_indent="      "
        )
    return out


def _measure(row: dict[str, Any], mark: str) -> list[str]:
    """A measure in one line, or two where its name is long. The mark of its note stays with its last word."""
    name = _short_name(row["measure"]) + mark
    *above, last = textwrap.wrap(name, _MEASURE, subsequent_indent="  ")
    cells = (_figure(row["ours"]), _cell(row["published"]), _cell(row["baseline"]))
    return [*above, _line(last.replace(_GLUE, " "), cells, verdict_mark(row["verdict"]))]


def _line(measure: str, cells: tuple[str, ...], verdict: str) -> str:
    middle = " ".join(f"{c:>{w}}" for c, w in zip(cells, _CELLS, strict=True))
    return f"{measure:<{_MEASURE}} {middle}  {verdict}".rstrip()


def _figure(value: float) -> str:
    return (
        f"{value:,.0f}"
        if abs(value) >= 100
        else f"{value:.3f}"
        if abs(value) >= 0.1
        else f"{value:.4f}"
    )


def _leading(text: str) -> str:
    """The number or range that a text begins with, if any."""
    found = _LEADING.match(text)
    return found[0].strip() if found else ""


def _cell(text: str) -> str:
    """That number in short; a dash where the text says nothing, a star where it needs its note."""
    number = _leading(text).replace("about ", "~").replace("over ", ">")
    return "-" if not text else number if 0 < len(number) <= _CELLS[1] else "*"


def _short_name(measure: str) -> str:
    """The measure without its count and interval, which stand in the notes."""
    bare = re.sub(r"(, n = \d+| \((?:9[05] %:|from) [^)]*\))", "", measure)
    return bare.replace("90 % interval covers", "90 % covers")


def _note(row: dict[str, Any]) -> str:
    """What does not fit into the line, in words."""
    said = re.findall(r"n = \d+|9[05] %: [^)]*|(?<=\()from [^)]*", row["measure"])
    for column in ("published", "baseline"):
        rest = _rest(row[column])
        if rest:
            said.append(f"{column}: {rest}")
    if row["verdict"] != verdict_mark(row["verdict"]) and row["verdict"] not in _MARKS:
        said.append(row["verdict"])
    return "; ".join(said)


def _rest(text: str) -> str:
    """What a cell leaves out: the words behind its number, or the whole where more numbers follow."""
    if _cell(text) == "*" or re.search(r", -?\d", text):
        return text
    rest = text[len(_leading(text)) :].strip(" ,;")
    whole = re.fullmatch(r"\(([^()]*)\)", rest)
    return "" if rest == "is right" else whole[1] if whole else rest


def verdict_mark(verdict: str) -> str:
    """The verdict in at most eight characters."""
    for begins, mark in _MARKS.items():
        if verdict.startswith(begins):
            return mark
    first = re.split(r"[\s;:,]", verdict, maxsplit=1)[0]
    return (
        verdict
        if len(verdict) <= _VERDICT
        else first
        if verdict[len(first)] in ";:,"
        else "see note"
    )


def count(rows: list[dict[str, Any]]) -> str:
    """How many goals were reached and how many published figures agree."""
    marks = [verdict_mark(row["verdict"]) for row in rows]
    said = []
    for good, bad, words in (
        ("reached", "MISSED", "goals are reached"),
        ("agrees", "DIFFERS", "published or exact figures agree"),
    ):
        yes, no = marks.count(good), marks.count(bad)
        if yes + no:
            said.append(f"{yes} of {yes + no} {words}")
    return "; ".join(said) + "." if said else ""


__all__ = ["count", "lines", "verdict_mark"]
