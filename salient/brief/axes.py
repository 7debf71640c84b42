"""Axes: round ends and marks for numbers, months for dates."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

from salient.brief import words
from salient.brief.content import Axis, DateTick, Tick, TimeAxis


def round_step(span: float, about: int) -> float:
    """A step of 1, 2 or 5 times a power of ten that cuts the span into about so many parts."""
    if span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / about))
    return next(float(f"{m * power:.6g}") for m in (1, 2, 5, 10) if m * power * about >= span * 0.8)


def axis(
    values: Iterable[float], label: str, about: int = 5, sign: bool = False, zero: bool = True
) -> Axis:
    """An axis that holds all the values, with zero on it unless asked otherwise."""
    found = [float(v) for v in values if math.isfinite(v)] or [0.0]
    low, high = min(found), max(found)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    by = round_step(high - low, about)
    first, last = math.floor(low / by + 1e-9), math.ceil(high / by - 1e-9)
    last = max(last, first + 1)
    digits = max(0, -math.floor(math.log10(by)))
    ticks = [
        Tick(at=round(k * by, 9), text=words.number(k * by, digits, sign))
        for k in range(first, last + 1)
    ]
    return Axis(label=label, low=ticks[0].at, high=ticks[-1].at, ticks=ticks)


def time_axis(start: dt.date, end: dt.date) -> TimeAxis:
    """An axis of dates with a mark at the start of each month, or of each quarter where there are many."""
    months = (end.year - start.year) * 12 + end.month - start.month
    every = 1 if months <= 14 else 3 if months <= 42 else 12
    year, month = start.year, start.month
    ticks: list[DateTick] = []
    while (at := dt.date(year, month, 1)) <= end:
        if at >= start and (month - 1) % every == 0:
            named = month == 1 or not ticks
            ticks.append(
                DateTick(at=at, text=f"{at:%b}{words.NBSP}{year}" if named else f"{at:%b}")
            )
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return TimeAxis(start=start, end=end, ticks=ticks)
