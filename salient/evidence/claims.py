"""Weekly losses of personnel as one side claims them of the other, known up to a day; a vintage folder or what ships.

A vintage is a folder with `ukraine-war/losses_daily.csv`, daily and by category; else the weekly table that ships is
read, or a file of its name in the folder. Rows dated after the as-of date are dropped before anything else is read.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from salient.errors import DataError, Problem
from salient.evidence.readers import read

KEY = "losses-claimed-weekly"
PLACES = ("ukraine-war/losses_daily.csv", "losses_daily.csv")
CATEGORY = "personnel"
FIRST = dt.date(2022, 7, 4)
"""Before it figures were rounded and came in irregular batches."""
LONGEST_GAP = 4
"""Weeks without a figure that are bridged."""
_WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True)
class Claimed:
    """Soldiers claimed in each week, none missing. days: the last of each week; notes: what was mended."""

    days: tuple[dt.date, ...]
    weekly: np.ndarray
    notes: tuple[str, ...]

    def until(self, day: dt.date) -> Claimed:
        """The same, known up to a day."""
        n = sum(d <= day for d in self.days)
        return Claimed(self.days[:n], self.weekly[:n], self.notes)


def read_claims(as_of: dt.date | None = None, data_dir: str | Path | None = None) -> Claimed:
    """What was claimed week by week, up to `as_of`.

    Raises DataError by file and row for what is no count, and where more than LONGEST_GAP weeks are missing.
    """
    folder = Path(data_dir) if data_dir is not None else None
    daily = next((folder / p for p in PLACES if (folder / p).is_file()), None) if folder else None
    if daily is not None:
        found, source = _from_daily(daily, as_of), str(daily)
    else:
        table = read(KEY, as_of, data_dir, empty_ok=True)
        found, source = _weekly(table.rows()), str(table.file)
    return _whole({d: v for d, v in found.items() if d >= FIRST}, source)


def _weekly(rows: object) -> dict[dt.date, float]:
    return {r["date"]: float(r[CATEGORY]) for r in rows if r[CATEGORY] is not None}  # type: ignore[attr-defined]


def _from_daily(path: Path, as_of: dt.date | None) -> dict[dt.date, float]:
    """Sums over the seven days to each Monday; a day that is missing is filled by the mean of the others."""
    days = _days(path, as_of)
    if not days:
        return {}
    first, last = min(days), max(days)
    monday = first + dt.timedelta(days=(7 - first.weekday()) % 7)
    sums: dict[dt.date, float] = {}
    while monday <= last:
        week = [days[d] for k in range(7) if (d := monday - dt.timedelta(days=k)) in days]
        if len(week) >= 5:
            sums[monday] = 7.0 * sum(week) / len(week)
        monday += _WEEK
    return sums


def _days(path: Path, as_of: dt.date | None) -> dict[dt.date, float]:
    problems: list[Problem] = []
    found: dict[dt.date, float] = {}
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as f:
            reader = csv.DictReader(f)
            column = next(
                (c for c in ("daily_corrected", "daily") if c in (reader.fieldnames or ())), None
            )
            if column is None or not {"date", "category"} <= set(reader.fieldnames or ()):
                hint = "the first row must have date, category and daily_corrected"
                raise DataError(Problem("a column is missing", file=str(path), line=1, hint=hint))
            for line, row in enumerate(reader, start=2):
                if row["category"] != CATEGORY:
                    continue
                day = _date(row["date"])
                if day is None:
                    text = f"'{row['date']}' is not a date"
                    problems.append(Problem(text, file=str(path), line=line, key="date"))
                elif as_of is None or day <= as_of:
                    _take(found, day, row[column], path, line, column, problems)
    except OSError as e:
        raise DataError(Problem(f"cannot be read: {e.strerror}", file=str(path))) from None
    if problems:
        raise DataError(*problems[:20])
    return found


def _take(
    found: dict[dt.date, float], day: dt.date, text: str | None, path: Path, line: int, key: str,
    problems: list[Problem],
) -> None:  # fmt: skip
    """One day's figure; an empty cell is missing."""
    if not text:
        return
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    said = ""
    if not math.isfinite(value):
        said = f"'{text}' is not a number"
    elif value < 0:
        said = f"{text} soldiers is less than none; leave the correction out of the day's figure"
    elif day in found:
        said = f"{day} stands there twice"
    if said:
        problems.append(Problem(said, file=str(path), line=line, key=key))
    else:
        found[day] = value


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None


def _whole(found: dict[dt.date, float], source: str) -> Claimed:
    """Every week in its place; a short gap takes the values between its ends."""
    days, notes = sorted(found), list[str]()
    for before, day in pairwise(days):
        step = (day - before).days
        if step % 7:
            message = f"the week to {day} ends {step} days after the one before"
            raise DataError(Problem(message, file=source, key="date"))
        if step > 7 * (LONGEST_GAP + 1):
            message = f"no claimed losses for {step // 7 - 1} weeks before {day}"
            hint = f"at most {LONGEST_GAP} weeks can be bridged"
            raise DataError(Problem(message, file=source, key="date", hint=hint))
        if step > 7:
            notes.append(f"No claimed losses for {step // 7 - 1} weeks before {day}: bridged.")
    if not days:
        return Claimed((), np.zeros(0), ())
    weeks = [days[0] + k * _WEEK for k in range((days[-1] - days[0]).days // 7 + 1)]
    at = [d.toordinal() for d in days]
    values = np.interp([d.toordinal() for d in weeks], at, [found[d] for d in days])
    return Claimed(tuple(weeks), np.maximum(values, 1.0), tuple(notes))
