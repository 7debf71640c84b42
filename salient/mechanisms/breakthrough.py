"""Breakthrough: the rare regime in which ground goes by shares, not by kilometres (mechanisms, section 7)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Mechanism, Noise, Parameter, Signal, Stock
from salient.numerics import Array, exp, expit, expm1, maximum, where

TYPICAL_PRESSURE = 0.5
POSITIONAL, OTHER_BREAKS_IN, HOLDER_BREAKS_OUT = 0.0, 1.0, 2.0


def hazards(w: Any, p: Any) -> tuple[Array, Array]:
    """Weekly chance that the pressing side, and that the holder, breaks through from a positional week.

    logit P = b0 + b_u (u - u_typical) + what supply, thin lines, surprise and losses add, with u
    the pressure of the side that
    would break through: the pressing side's is `pressure`, the holder's is its negative. b0 is the base rate of a
    side that presses, counted in other sectors; such a side moves the line by some 0.35 km a week
    in the median, which is the
    pace at about half of the reference pressure.
    """
    into_holder = (
        p.base + p.steep * (w.pressure - TYPICAL_PRESSURE) + w.setting.of_holder(w.break_hazard)
    )
    into_other = (
        p.base - p.steep * (w.pressure + TYPICAL_PRESSURE) + w.setting.of_other(w.break_hazard)
    )
    return expit(into_holder), expit(into_other)


def rule(w: Any, p: Any) -> dict[str, Array]:
    """Regime by one uniform a week; in a breakthrough the loser gives up 1 - exp(-size x spread) of its ground."""
    into_holder, into_other = hazards(w, p)
    u = w.break_noise
    entered = where(
        u < into_holder, OTHER_BREAKS_IN, where(u > 1.0 - into_other, HOLDER_BREAKS_OUT, POSITIONAL)
    )
    stays = where(u < p.exit, POSITIONAL, w.broken)
    regime = where(w.broken == POSITIONAL, entered, stays)
    share = -expm1(-p.size * exp(p.scatter * w.size_noise))
    rest = maximum(w.setting.contested - w.area, 0.0)
    by_other = -share * w.area - w.positional_change
    by_holder = share * rest - w.positional_change
    change = where(
        regime == OTHER_BREAKS_IN, by_other, where(regime == HOLDER_BREAKS_OUT, by_holder, 0.0)
    )
    return {
        "regime": regime,
        "break_chance": into_holder,
        "break_out_chance": into_other,
        "area_flow": change,
    }


def close(w: Any, p: Any) -> dict[str, Array]:
    """Keep the regime."""
    return {"broken": w.regime}


def _opening(p: Any, setting: Any) -> Array:
    return setting.opening_regime + 0.0 * p.size


MECHANISMS = (
    Mechanism(
        slot="breakthrough",
        name="regime",
        title="Breakthrough regime",
        rule=rule,
        close=close,
        reads=(
            "pressure",
            "break_hazard",
            "area",
            "broken",
            "positional_change",
            "break_noise",
            "size_noise",
            "regime",
        ),
        writes=("regime", "break_chance", "break_out_chance", "area_flow", "broken"),
        parameters=(
            Parameter(
                "base",
                -4.5,
                -5.9,
                -3.1,
                "1",
                "logit of the weekly chance that a pressing side breaks through",
                "base rate in other sectors, before the as-of date",
                "M",
                "real",
            ),
            Parameter(
                "steep",
                1.5,
                0.7,
                3.0,
                "1",
                "logit for each unit of pressure",
                "sectors whose side pressed against those whose side did not, 2022 to 2025",
                "A",
            ),
            Parameter(
                "exit",
                0.3,
                0.15,
                0.5,
                "1",
                "weekly chance that a breakthrough ends",
                "length of operations in other sectors",
                "M",
                "fraction",
            ),
            Parameter(
                "size",
                0.6,
                0.25,
                1.2,
                "1",
                "log share of the loser's ground that goes in a week",
                "operations in other sectors",
                "M",
            ),
            Parameter(
                "scatter",
                0.5,
                0.3,
                0.8,
                "1",
                "spread of that log share from week to week",
                "operations in other sectors",
                "M",
            ),
        ),
        stocks=(
            Stock(
                "broken",
                ("sector",),
                "1",
                "regime of last week: 0 positional, 1 the other breaks in, 2 the holder breaks out",
                _opening,
            ),
        ),
        signals=(
            Signal(
                "regime",
                ("sector",),
                "1",
                "regime: 0 positional, 1 the other breaks in, 2 the holder breaks out",
                0.0,
            ),
            Signal(
                "break_chance",
                ("sector",),
                "1/week",
                "weekly chance that the pressing side breaks through",
                0.0,
            ),
            Signal(
                "break_out_chance",
                ("sector",),
                "1/week",
                "weekly chance that the holder breaks through",
                0.0,
            ),
        ),
        noise=(Noise("break_noise", ("sector",), "uniform"), Noise("size_noise", ("sector",))),
        citation="Two-regime form after CSIS 2025-26 on positional and breakthrough pace; base rates counted by us",
    ),
)
