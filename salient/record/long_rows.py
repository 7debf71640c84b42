"""The long record as rows of `salient validate`: base rates of breakthroughs, and what support has been seen to do."""

from __future__ import annotations

import math
from typing import Any

from salient.evidence import history
from salient.evidence.vintage import read_front
from salient.mechanisms.base import Z90
from salient.record import settles, support
from salient.record.bases import SIDES, bases
from salient.record.rows import row

BREAKTHROUGHS, SUPPORT, DRIVERS = "breakthroughs", "support", "drivers"
ASSUMED = "set by assumption"


def breakthroughs() -> list[dict[str, Any]]:
    """Starts per 1,000 sector-weeks by side and kind, their rate for a side that presses, and weeks of an operation."""
    name = f"{BREAKTHROUGHS}: starts per 1,000 sector-weeks"
    table = [
        _row(name, f"{b.side}, {b.kind}", b.rate, (b.low, b.high), f"{b.n} in {b.weeks:,}")
        for b in bases()
    ]
    day = read_front().last_map
    rates = history.pressing_base_rate(day)
    for who, r in zip(("a side that presses", "a side that does not"), rates, strict=True):
        span = (1000 * r.low, 1000 * r.high)
        table.append(_row(name, who, 1000 * r.mean, span, f"{r.n} in {r.exposure:,}"))
    for side in SIDES:
        n = history.breakthrough_length(day, side)
        span = (100 * n.low, 100 * n.high)
        said = f"{n.weeks} weeks of {n.starts} starts"
        part = f"{BREAKTHROUGHS}: chance to end in a week, %"
        table.append(_row(part, f"{side}, in a sector", 100 * n.exit, span, said))
    return table


def effects() -> list[dict[str, Any]]:
    """Effect of one switch in favour of its side, all switches of all flows at once."""
    parts = (
        ("Russian pace, weeks compared; % of the mean, for a switch", support.on_pace()),
        ("Russian pace, sectors compared; % of the mean, for a switch", support.within_weeks()),
        ("claimed Russian losses; %, for a switch", support.on_claims()),
    )
    table = [_effect(f"{SUPPORT}: {what}", e) for what, found in parts for e in found]
    name = f"{SUPPORT}: statements; %, for a doubling"
    for what, (mean, sd) in (
        ("Russian pace, of the shell ratio", support.of_fires()),
        ("claimed losses, of the shell ratio", support.of_fires("claims")),
        ("Russian pace, of Russian troops", support.of_troops()),
    ):
        mean, sd = 100 * math.log(2.0) * mean, 100 * math.log(2.0) * sd
        span = (mean - Z90 * sd, mean + Z90 * sd)
        table.append(_row(name, what, mean, span, _shown(span)))
    return table


def _effect(name: str, e: support.Effect) -> dict[str, Any]:
    low, high = (100 * v for v in e.interval)
    said = _shown((low, high))
    if e.placebo is not None:
        said += f"; {e.placebo:.0%} of moved calendars give more"
    return _row(name, f"{e.driver} (n = {e.switches})", 100 * e.mean, (low, high), said)


def _shown(span: tuple[float, float]) -> str:
    return "no effect shown" if span[0] < 0.0 < span[1] else "differs from 0"


def drivers() -> list[dict[str, Any]]:
    """Share of the prior variance of each number of the drivers that each data set removes, in %."""
    return [
        {
            **row(f"{DRIVERS}: % of prior variance removed by {r.data}", r.number, "", round(100 * r.share, 1),
                  f"{_span(r.before)} before, {_span(r.after)} after", ""),
            "verdict": ASSUMED if r.share < settles.SETTLED else "partly settled",
        }
        for r in settles.removed()
    ]  # fmt: skip


def _row(
    name: str, measure: str, ours: float, span: tuple[float, float], said: str
) -> dict[str, Any]:
    return row(name, measure, "", round(ours, 1), f"90 %: {span[0]:.1f} to {span[1]:.1f}", said)


def _span(points: tuple[float, float, float]) -> str:
    low, middle, high = points
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"
