"""What stands beside the weekly maps of the front: change by day, and the weeks before the first map.

Both sharpen a forecast and neither is needed for it, so what does not fit the weekly maps is left out and said.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from salient.evidence.catalogue import DATA
from salient.evidence.vintage import TOLERANCE, WEEK, Front, read_front

DAYS_FILE = "front-daily.csv"
DAYS_PLACES = ("territory/deepstate_daily.csv", "deepstate_daily.csv", DAYS_FILE)
BEFORE_FILE = "front-before.csv"


def known_front(as_of: dt.date | None = None, data_dir: str | Path | None = None) -> Front:
    """The front as it was known on a day, with change by day where there is a table of it. Raises as read_front."""
    return with_days(read_front(as_of, data_dir), data_dir)


def with_days(front: Front, data_dir: str | Path | None = None) -> Front:
    """The front with the change of each day, where a table of days is there and its weeks are those of the maps.

    A day without a map has no row, and its change comes with the next. Rows dated after the last week, and rows whose
    date cannot be read, are not looked at. Where a week of days differs from its week by more than TOLERANCE the days
    are left out, with a note that names the first such week.
    """
    path = _days_path(data_dir)
    if path is None:
        return front
    days = _days(path, front)
    _bridge(front, days)
    away = np.abs(days.reshape(len(front.dates), 7, -1).sum(axis=1) - front.net)
    wrong = np.argwhere(~(away <= TOLERANCE))
    if len(wrong):
        week, sector = front.dates[wrong[0][0]], front.sectors[wrong[0][1]]
        note = (
            f"{path.name}: the days of {sector} in the week to {week} do not add up to that week of "
            f"the weekly maps; the daily table is left out."
        )
        return replace(front, notes=(*front.notes, note))
    sha = hashlib.sha256(front.sha256.encode() + np.round(days, 3).tobytes()).hexdigest()
    return replace(front, daily=days, sha256=sha)


def weeks_before(front: Front, weeks: int) -> np.ndarray:
    """Net change by sector in the weeks before the first, km2 [at most weeks, sectors], from an older archive.

    Empty where the shipped archive does not end on the map that the front begins with, or lacks one of its sectors.
    """
    table = _before()
    days = sorted({day for day, _ in table})
    kept = days[-weeks:] if weeks > 0 else []
    fits = bool(days) and days[-1] + WEEK == front.dates[0]
    if not fits or any((day, s) not in table for day in kept for s in front.sectors):
        kept = []
    found = [[table[day, s] for s in front.sectors] for day in kept]
    return np.array(found).reshape(len(kept), len(front.sectors))


def _days_path(data_dir: str | Path | None) -> Path | None:
    """The table of days of a vintage; that shipped when no folder is given."""
    if data_dir is None:
        return DATA / DAYS_FILE
    return next((p for name in DAYS_PLACES if (p := Path(data_dir) / name).is_file()), None)


def _days(path: Path, front: Front) -> np.ndarray:
    """Net change, km2 [7 x weeks, sectors], from the day after the first map on; NaN where a value is no number."""
    start = front.dates[0] - WEEK
    out = np.zeros((7 * len(front.dates), len(front.sectors)))
    column = {s: i for i, s in enumerate(front.sectors)}
    for row in _read(path):
        day = _date(row.get("date"))
        at = (day - start).days - 1 if day else -1
        if 0 <= at < len(out) and row.get("sector") in column:
            out[at, column[row["sector"]]] += _net(row)
    return out


def _bridge(front: Front, days: np.ndarray) -> None:
    """Weeks that the weekly maps lack are shared evenly among their days too, in place."""
    for i in front.bridged:
        days[7 * i : 7 * i + 7] = front.net[i] / 7.0


def _net(row: dict[str, str]) -> float:
    try:
        if row.get("net_km2"):
            return float(row["net_km2"])
        return float(row.get("gained_km2") or 0.0) - float(row.get("lost_km2") or 0.0)
    except ValueError:
        return float("nan")


def _read(path: Path) -> list[dict[str, str]]:
    lines = path.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
    head = next(csv.reader(lines[:1]), [])
    rows = []
    for line in lines[1:]:
        try:
            cells = next(csv.reader(io.StringIO(line)), [])
        except csv.Error:
            continue
        rows.append(dict(zip(head, cells, strict=False)))
    return rows


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat((text or "").strip())
    except ValueError:
        return None


@cache
def _before() -> dict[tuple[dt.date, str], float]:
    rows = _read(DATA / BEFORE_FILE)
    return {(dt.date.fromisoformat(r["date"]), r["sector"]): float(r["net_km2"]) for r in rows}
