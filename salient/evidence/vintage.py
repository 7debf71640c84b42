"""The front by sector as it was known on a day: weekly maps read row by row, and refused where they contradict.

A vintage is a folder with `territory/deepstate_weekly.csv` (or `front-weekly.csv`), or the table that is shipped. Rows
dated after the as-of date are dropped before anything in them but the date is looked at.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import math
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from salient.errors import DataError, Problem
from salient.evidence.catalogue import DATA

FILE = "front-weekly.csv"
PLACES = ("territory/deepstate_weekly.csv", "deepstate_weekly.csv", FILE)
COLUMNS = ("date", "sector", "occupied_km2", "gained_km2", "lost_km2")
TOTAL = "total"
WEEK = dt.timedelta(weeks=1)
LONGEST_GAP = 8
"""Weeks between two maps beyond which the series is not one series any more."""
TOLERANCE = 0.5
"""km2 by which gained less lost may differ from the change of the area; the maps agree to 0.01."""
LARGEST = 64_000_000
"""Bytes; the table of ten years is under one million."""


@dataclass(frozen=True)
class Front:
    """Weekly change by sector up to a day, every week on the same weekday and none missing.

    dates: the end of each week [weeks]; gained, lost: km2 [weeks, sectors], gross, neither negative; last_map: the
    day of the last map; notes: what was mended, in sentences; sha256: of the rows used; bridged: indices of weeks that
    had no map of their own; daily: net change by day, km2 [7 x weeks, sectors], where a table of days was read.
    """

    dates: tuple[dt.date, ...]
    sectors: tuple[str, ...]
    gained: np.ndarray
    lost: np.ndarray
    last_map: dt.date
    notes: tuple[str, ...]
    sha256: str
    bridged: tuple[int, ...] = ()
    daily: np.ndarray | None = None

    @property
    def net(self) -> np.ndarray:
        """Net change of the occupied area, km2 [weeks, sectors]."""
        return self.gained - self.lost

    def until(self, day: dt.date) -> Front:
        """The same, known up to a day. Raises DataError when there is no week by then."""
        n = sum(d <= day for d in self.dates)
        if n == 0:
            raise DataError(Problem(f"no week of maps is known by {day}"))
        return replace(
            self,
            dates=self.dates[:n],
            gained=self.gained[:n],
            lost=self.lost[:n],
            last_map=self.dates[n - 1],
            bridged=tuple(i for i in self.bridged if i < n),
            daily=None if self.daily is None else self.daily[: 7 * n],
        )


def name_in_maps(sector: str) -> str:
    """The name of a scenario's sector in the maps, which have no hyphens."""
    return sector.replace("-", "_")


@dataclass(frozen=True)
class _Row:
    line: int
    day: dt.date
    sector: str
    cells: dict[str, str]


def find(data_dir: str | Path | None) -> Path:
    """The file of a vintage; that shipped when no folder is given. Raises DataError when the folder has none."""
    if data_dir is None:
        return DATA / FILE
    folder = Path(data_dir)
    if not folder.is_dir():
        hint = "give a folder that holds territory/deepstate_weekly.csv"
        raise DataError(Problem("there is no such folder of data", file=str(folder), hint=hint))
    for place in PLACES:
        if (folder / place).is_file():
            return folder / place
    hint = f"one of {', '.join(PLACES)}"
    raise DataError(
        Problem("the weekly maps of the front are missing", file=str(folder), hint=hint)
    )


def read_front(as_of: dt.date | None = None, data_dir: str | Path | None = None) -> Front:
    """The weekly change by sector from the maps dated up to `as_of` (all when None).

    Raises DataError, with every problem found by file and line, for a file that is missing or unreadable, a column
    that is missing, a value that is no area, a sector that comes or goes, a date that is not in step, and gains and
    losses that do not add up to the change of the area.
    """
    path = find(data_dir)
    rows, problems = _rows(path, as_of)
    if not rows and not problems:
        known = f"no map is dated by {as_of}" if as_of else "there is no row"
        raise DataError(Problem(known, file=str(path), hint="take a later as-of date"))
    weeks, more = _weeks(path, rows)
    problems += more
    if not problems:
        front, problems = _front(path, weeks)
        if front is not None and not problems:
            return front
    raise DataError(*_few(path, problems))


def front_lengths(
    as_of: dt.date | None = None, data_dir: str | Path | None = None
) -> dict[str, float]:
    """Length of the front by sector on the last map dated up to `as_of`, km; empty where the file does not say.

    A length that is missing or is no number is left out: no forecast rests on it.
    """
    rows, _ = _rows(find(data_dir), as_of)
    last = max((r.day for r in rows), default=None)
    found = {}
    for row in rows:
        if row.day == last and row.sector != TOTAL:
            try:
                km = float(row.cells.get("front_km", ""))
            except ValueError:
                continue
            if math.isfinite(km) and km >= 0.0:
                found[row.sector] = km
    return found


def _few(path: Path, problems: list[Problem], most: int = 20) -> list[Problem]:
    """The first problems, and how many more there are."""
    if len(problems) <= most:
        return problems
    return [*problems[:most], Problem(f"and {len(problems) - most} more", file=str(path))]


def _rows(path: Path, as_of: dt.date | None) -> tuple[list[_Row], list[Problem]]:
    """The rows by sector dated up to `as_of`, and what is wrong with the form of the file.

    A row whose date cannot be read is wrong only if a row known by `as_of` follows it: else it stands in the future.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(Problem(f"larger than {LARGEST / 1e6:.0f} MB", file=str(path)))
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as e:
        message = f"cannot be read: {e.strerror}"
        raise DataError(Problem(message, file=str(path))) from None
    lines = text.splitlines()
    head = next(csv.reader(lines[:1]), [])
    missing = [c for c in COLUMNS if c not in head]
    if missing:
        hint = f"the first row must have {', '.join(COLUMNS)}"
        return [], [
            Problem(f"there is no column '{c}'", file=str(path), line=1, hint=hint) for c in missing
        ]
    rows: list[_Row] = []
    pending: list[Problem] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = _cells(line)  # a line at a time: a stray quote cannot swallow those that follow
        day = _day(cells[head.index("date")] if len(cells) > head.index("date") else "")
        if day is None:
            message = f"'{line[:40]}' does not begin with a date that can be read"
            pending.append(Problem(message, file=str(path), line=number, hint="write 2025-03-10"))
            continue
        if as_of is not None and day > as_of:
            continue
        problems += pending
        pending = []
        if len(cells) != len(head):
            message = f"{len(cells)} cells where the first row has {len(head)}"
            problems.append(Problem(message, file=str(path), line=number))
            continue
        said = dict(zip(head, (c.strip() for c in cells), strict=True))
        snapshot = _day(said.get("snapshot_date", ""))
        if snapshot is not None and snapshot > day:
            message = f"the map of {day} is said to be from {snapshot}, which was in the future"
            problems.append(Problem(message, file=str(path), line=number, key="snapshot_date"))
        rows.append(_Row(number, day, said["sector"], said))
    if as_of is None:
        problems += pending
    return rows, problems


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line)))
    except (csv.Error, StopIteration):
        return line.split(",")


def _day(text: str) -> dt.date | None:
    text = text.strip()
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _number(path: Path, row: _Row, name: str, problems: list[Problem]) -> float:
    """An area of a row, km2, or NaN with the problem noted."""
    text = row.cells[name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        message = f"{row.sector}: '{text}' is not a number" if text else f"{row.sector}: no value"
    elif value < 0.0:
        message = f"{row.sector}: an area of {text} km2 is negative"
    elif value > 1e6:
        message = f"{row.sector}: {text} km2 is more than there is"
    else:
        return value
    problems.append(Problem(message, file=str(path), line=row.line, key=name))
    return math.nan


def _weeks(path: Path, rows: list[_Row]) -> tuple[dict[dt.date, dict[str, _Row]], list[Problem]]:
    """The rows by week and sector, and what is wrong with which weeks and sectors there are."""
    weeks: dict[dt.date, dict[str, _Row]] = {}
    problems: list[Problem] = []
    for row in rows:
        there = weeks.setdefault(row.day, {})
        if row.sector in there:
            message = f"{row.sector} on {row.day} stands already in line {there[row.sector].line}"
            problems.append(Problem(message, file=str(path), line=row.line, key="sector"))
        there[row.sector] = row
    days = sorted(weeks)
    known = set().union(*(set(weeks[d]) for d in days)) - {TOTAL} if days else set()
    for day in days:
        line = min(r.line for r in weeks[day].values())
        for sector in sorted(known - set(weeks[day])):
            message = f"sector '{sector}' is missing on {day}, and is there in other weeks"
            problems.append(Problem(message, file=str(path), line=line, key="sector"))
    for before, day in pairwise(days):
        step, line = (day - before).days, min(r.line for r in weeks[day].values())
        if step % 7:
            message = f"{day} is {step} days after {before}"
            hint = "maps must be whole weeks apart"
            problems.append(Problem(message, file=str(path), line=line, key="date", hint=hint))
        elif step > 7 * LONGEST_GAP:
            message = f"no map for {step // 7} weeks before {day}"
            hint = f"at most {LONGEST_GAP} weeks can be bridged"
            problems.append(Problem(message, file=str(path), line=line, key="date", hint=hint))
    return {d: weeks[d] for d in days}, problems


def _front(path: Path, weeks: dict[dt.date, dict[str, _Row]]) -> tuple[Front | None, list[Problem]]:
    """Gains and losses by week; a gap is shared evenly among its weeks and said in a note."""
    days, problems, notes = list(weeks), list[Problem](), list[str]()
    if len(days) < 2:
        return None, [Problem("one map has no change; at least two are needed", file=str(path))]
    sectors = tuple(s for s in weeks[days[0]] if s != TOTAL)
    area = np.array(
        [[_number(path, weeks[d][s], "occupied_km2", problems) for s in sectors] for d in days]
    )
    if any(TOTAL in weeks[d] for d in days):
        for d in days:
            if TOTAL in weeks[d]:
                _number(path, weeks[d][TOTAL], "occupied_km2", problems)
    dates, gained, lost = list[dt.date](), list[np.ndarray](), list[np.ndarray]()
    bridged = list[int]()
    for k in range(1, len(days)):
        span, here = (days[k] - days[k - 1]).days // 7, weeks[days[k]]
        change = area[k] - area[k - 1]
        up = np.array([_number(path, here[s], "gained_km2", problems) for s in sectors])
        down = np.array([_number(path, here[s], "lost_km2", problems) for s in sectors])
        if span == 1:
            problems += _contradictions(path, here, sectors, up - down, change)
        else:
            bridged += range(len(dates), len(dates) + span)
            up, down = np.maximum(change, 0.0) / span, np.maximum(-change, 0.0) / span
            notes.append(
                f"No map for {span - 1} week{'s' if span > 2 else ''} before {days[k]}: "
                f"the net change of {span} weeks is shared evenly among them."
            )
        for j in range(1, span + 1):
            dates.append(days[k - 1] + j * WEEK)
            gained.append(up)
            lost.append(down)
    sha = hashlib.sha256(repr((days, sectors, area.tolist())).encode()).hexdigest()
    up_, down_ = np.array(gained), np.array(lost)
    front = Front(tuple(dates), sectors, up_, down_, days[-1], tuple(notes), sha, tuple(bridged))
    return front, problems


def _contradictions(
    path: Path,
    here: dict[str, _Row],
    sectors: tuple[str, ...],
    said: np.ndarray,
    change: np.ndarray,
) -> list[Problem]:
    """Rows whose area moved otherwise than gained less lost: a value was revised, or a row altered."""
    return [
        Problem(
            f"{s}: the area changed by {change[i]:.2f} km2 since the week before, gained less lost is {said[i]:.2f}",
            file=str(path),
            line=here[s].line,
            key="occupied_km2",
            hint="a value was revised in one place only; take the whole series from one vintage",
        )
        for i, s in enumerate(sectors)
        if abs(said[i] - change[i]) > TOLERANCE
    ]
