"""Offensives as persistent surges: each side in each sector is on one or not, from week to week (section 9)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Mechanism, Noise, Parameter, Signal, Stock
from salient.numerics import Array, exp, where, zeros_like


def chances(w: Any, p: Any) -> tuple[Array, Array]:
    """Weekly chance that an offensive begins, and that one ends; dims side, sector.

    A side begins one more often where it presses than where it holds, and the less often the more worn it is; a worn
    side breaks off sooner.
    """
    begins = w.setting.to_other(p.press + 0.0 * w.area) + w.setting.to_holder(
        p.counter + 0.0 * w.area
    )
    return begins * w.stamina, 1.0 - (1.0 - p.end) * w.stamina


def rule(w: Any, p: Any) -> dict[str, Array]:
    """on' = on with chance 1 - end, begun with chance press or counter; while on, tempo is exp(gain) of the usual.

    The random numbers are keyed by draw, week, sector and whether the side holds or presses there.
    """
    u = _by_role(w.setting, w.offensive_noise, w.counter_noise)
    begins, ends = chances(w, p)
    on = where(w.offensive > 0.5, where(u < ends, 0.0, 1.0), where(u < begins, 1.0, 0.0))
    return {"on_offensive": on, "launched": exp(p.gain * on)}


def _by_role(setting: Any, pressing: Array, holding: Array) -> Array:
    """The number of the role that each side has in each sector: sector -> side, sector."""
    return setting.to_other(pressing) + setting.to_holder(holding)


def close(w: Any, p: Any) -> dict[str, Array]:
    """Keep the state."""
    return {"offensive": w.on_offensive}


MECHANISMS = (
    Mechanism(
        slot="offensives",
        name="two-state",
        title="Offensives that last",
        rule=rule,
        close=close,
        reads=(
            "area",
            "stamina",
            "offensive",
            "offensive_noise",
            "counter_noise",
            "on_offensive",
        ),
        writes=("on_offensive", "launched", "offensive"),
        parameters=(
            Parameter(
                "press",
                0.04,
                0.015,
                0.1,
                "1",
                "weekly chance that a side that presses begins an offensive in a sector",
                "assumption: one in some months",
                "A",
                "fraction",
            ),
            Parameter(
                "counter",
                0.008,
                0.002,
                0.025,
                "1",
                "weekly chance that a side that holds begins one",
                "assumption: a few a year on a front of twelve sectors",
                "A",
                "fraction",
            ),
            Parameter(
                "end",
                0.08,
                0.04,
                0.16,
                "1",
                "weekly chance that an offensive of a rested side ends",
                "assumption: they last some three months",
                "A",
                "fraction",
            ),
            Parameter(
                "gain",
                0.5,
                0.2,
                0.95,
                "1",
                "log tempo of an offensive over usual operations",
                "assumption: 1.2 to 2.6 times",
                "A",
            ),
        ),
        stocks=(
            Stock(
                "offensive",
                SIDE_SECTOR,
                "1",
                "1 where the side was on an offensive last week",
                lambda p, s: zeros_like(s.reference + 0.0 * p.gain),
            ),
        ),
        signals=(
            Signal("on_offensive", SIDE_SECTOR, "1", "1 where the side is on an offensive", 0.0),
            Signal("launched", SIDE_SECTOR, "1", "tempo that offensives add, 1 none"),
        ),
        noise=(
            Noise("offensive_noise", ("sector",), "uniform"),
            Noise("counter_noise", ("sector",), "uniform"),
        ),
        citation="Own form: a two-state Markov chain for each side and sector; chances assumed",
    ),
)
