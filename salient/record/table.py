"""Reading tables of battles: only what was knowable before the battle is kept, and each bad row has its reason.

Columns of hindsight (outcome, losses, duration, advance, judgements) are dropped while the file is read.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from salient.errors import Problem, SalientError

NUMBERS = (
    "att_strength", "def_strength", "att_artillery", "def_artillery", "att_tanks", "def_tanks",
    "att_air_sorties", "def_air_sorties", "att_cavalry", "def_cavalry", "front_width_att_km",
    "year", "surprise", "war_initiator_attacks",
)  # fmt: skip
WORDS = (
    "battle_id", "war_std", "attacker", "defender", "start_date", "def_posture1", "terrain1",
    "terrain2", "weather1", "weather3",
)  # fmt: skip
READ = (*WORDS, *NUMBERS)
"""Every column that is ever read for a prediction."""

CHUNK = 5_000
"""Rows in memory at once."""

_UNITS: dict[str, tuple[float, float, str]] = {
    "att_strength": (50, 1e7, "people"), "def_strength": (50, 1e7, "people"),
    "att_artillery": (0, 1e5, "guns"), "def_artillery": (0, 1e5, "guns"),
    "att_tanks": (0, 5e4, "tanks"), "def_tanks": (0, 5e4, "tanks"),
    "att_air_sorties": (0, 1e5, "sorties"), "def_air_sorties": (0, 1e5, "sorties"),
    "att_cavalry": (0, 1e6, "people"), "def_cavalry": (0, 1e6, "people"),
    "front_width_att_km": (0.02, 2000, "km"), "year": (-4000, 2100, "a year of our era"),
    "surprise": (-4, 4, "the attacker's advantage"), "war_initiator_attacks": (0, 1, "0 or 1"),
}  # fmt: skip
"""Range in which a number must lie, and its unit: beyond it the unit is likely another, such as thousands or metres."""
_MISSING = {"", "na", "nan", "null", "none"}


@dataclass
class Row:
    """One battle: its words and numbers (NaN where missing), or the reason why it cannot be used."""

    battle_id: str
    line: int
    words: dict[str, str]
    numbers: dict[str, float]
    reason: str | None = None


def read(path: Path, hindsight: tuple[str, ...] = ()) -> Iterator[list[Row]]:
    """Rows of a CSV file in blocks. `hindsight` columns are added for fitting only.

    Raises SalientError when the file is missing, empty, not a CSV text or has neither column of strengths.
    """
    seen: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            places, width = _header(next(lines, []), path, hindsight)
            block: list[Row] = []
            for cells in lines:
                if not any(cells):
                    continue
                block.append(_row(cells, places, width, lines.line_num, seen))
                if len(block) == CHUNK:
                    yield block
                    block = []
            if not seen:
                raise SalientError(Problem("the table has no rows", file=str(path)))
            if block:
                yield block
    except OSError as error:
        raise SalientError(Problem(f"cannot be read: {error.strerror}", file=str(path))) from error
    except (UnicodeDecodeError, csv.Error) as error:
        hint = "a CSV table in UTF-8 is expected"
        raise SalientError(
            Problem(f"not a CSV table: {error}", file=str(path), hint=hint)
        ) from error


def _header(
    header: list[str], path: Path, hindsight: tuple[str, ...]
) -> tuple[dict[str, int], int]:
    """Where each column that is read stands."""
    names = [name.strip() for name in header]
    if not any(names):
        hint = "columns as in `salient data show cdb90-battles`"
        raise SalientError(Problem("the file is empty", file=str(path), hint=hint))
    missing = [c for c in ("att_strength", "def_strength") if c not in names]
    if missing:
        message = (
            f"the columns att_strength and def_strength are needed; {', '.join(missing)} not found"
        )
        hint = "a CSV table with the columns of `salient data show cdb90-battles`"
        raise SalientError(Problem(message, file=str(path), line=1, hint=hint))
    return {name: names.index(name) for name in (*READ, *hindsight) if name in names}, len(names)


def _row(
    cells: list[str], places: dict[str, int], width: int, line: int, seen: dict[str, int]
) -> Row:
    """A row with its numbers, or its reason."""
    given = {n: cells[at].strip() for n, at in places.items() if at < len(cells)}
    key = given.get("battle_id", "") or f"line {line}"
    row = Row(key, line, {n: given.get(n, "") for n in WORDS}, {})
    row.words = {n: "" if v.lower() in _MISSING else v for n, v in row.words.items()}
    reasons: list[str] = []
    if len(cells) != width:
        reasons.append(f"{width} values were expected, {len(cells)} were found")
    if key in seen:
        reasons.append(f"battle_id {key} was already given in line {seen[key]}")
    seen.setdefault(key, line)
    for name in places:
        if name == "split_group":
            row.words[name] = given.get(name, "")
        elif name not in WORDS:
            row.numbers[name] = _number(name, given.get(name, ""), reasons)
    for name in NUMBERS:
        row.numbers.setdefault(name, math.nan)
    if math.isnan(row.numbers["year"]) and row.words["start_date"][:4].isdecimal():
        row.numbers["year"] = float(row.words["start_date"][:4])
    if not reasons and all(math.isnan(row.numbers[f"{s}_strength"]) for s in ("att", "def")):
        reasons.append("the strength of both sides is missing; at least one is needed")
    row.reason = "; ".join(reasons) or None
    return row


def _number(name: str, text: str, reasons: list[str]) -> float:
    """A number or NaN; what is wrong with it is added to the reasons."""
    if text.lower() in _MISSING:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        grouped = text.replace(",", "").replace(" ", "").isdecimal()
        hint = "; write its digits together, such as 45000" if grouped else ""
        reasons.append(f"{name}: a number was expected, '{text[:40]}' was found{hint}")
        return math.nan
    signed = -10_000.0 if name in ("wina", "advance_km") else 0.0
    low, high, unit = _UNITS.get(name, (signed, 1e9, ""))
    if not low <= value <= high:
        of, guess = f" ({unit})" if unit else "", _wrong_unit(name, value)
        between = f"{low:,.10g} to {high:,.10g} was expected"
        reasons.append(f"{name}{of}: {between}, {text[:40]} was found{guess}")
    return value


def _wrong_unit(name: str, value: float) -> str:
    """What the unit may have been instead."""
    if name.endswith("_strength") and 0 < value < _UNITS[name][0]:
        return "; was it in thousands?"
    return "; was it in metres?" if name == "front_width_att_km" and value > 0 else ""


__all__ = ["CHUNK", "NUMBERS", "READ", "WORDS", "Row", "read"]
