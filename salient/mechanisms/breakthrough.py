"""Breakthrough: the rare regime in which ground goes by shares, not by kilometres (mechanisms, section 7)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Mechanism, Noise, Parameter, Signal, Stock
from salient.numerics import Array, exp, expit, expm1, maximum, softplus, where

POSITIONAL, OTHER_BREAKS_IN, HOLDER_BREAKS_OUT = 0.0, 1.0, 2.0
_WIDTH = 0.2


def hazards(w: Any, p: Any) -> tuple[Array, Array]:
    """Weekly chance that the pressing side, and that the holder, breaks through from a positional week.

    logit P = b0 + b_u (u+ - its value at the reference state) + what supply, thin lines, surprise and losses add.
    b0 of either side is the base rate of such operations in other sectors.
    """
    push = softplus(w.pressure, _WIDTH) - softplus(1.0 + 0.0 * w.pressure, _WIDTH)
    pull = softplus(-w.pressure, _WIDTH) - softplus(-1.0 + 0.0 * w.pressure, _WIDTH)
    into_holder = w.setting.of_other(p.base) + p.steep * push + w.setting.of_holder(w.break_hazard)
    into_other = w.setting.of_holder(p.base) + p.steep * pull + w.setting.of_other(w.break_hazard)
    return expit(into_holder), expit(into_other)


def rule(w: Any, p: Any) -> dict[str, Array]:
    """Regime by one uniform a week; in a breakthrough the loser gives up 1 - exp(-size x spread) of its ground."""
    into_holder, into_other = hazards(w, p)
    u = w.break_noise
    entered = where(u < into_holder, OTHER_BREAKS_IN, where(u > 1.0 - into_other, HOLDER_BREAKS_OUT, POSITIONAL))
    stays = where(u < p.exit, POSITIONAL, w.broken)
    regime = where(w.broken == POSITIONAL, entered, stays)
    share = -expm1(-p.size * exp(p.scatter * w.size_noise))
    rest = maximum(w.setting.contested - w.area, 0.0)
    by_other = -share * w.area - w.positional_change
    by_holder = share * rest - w.positional_change
    change = where(regime == OTHER_BREAKS_IN, by_other, where(regime == HOLDER_BREAKS_OUT, by_holder, 0.0))
    return {"regime": regime, "break_chance": into_holder, "break_out_chance": into_other, "area_flow": change}


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
        reads=("pressure", "break_hazard", "area", "broken", "positional_change", "break_noise", "size_noise", "regime"),
        writes=("regime", "break_chance", "break_out_chance", "area_flow", "broken"),
        parameters=(
            Parameter("base", -4.6, -5.6, -3.6, "1", "logit of the weekly chance of breaking through, at the reference state", "base rate in other sectors, before the as-of date", "M", "real", ("side",)),
            Parameter("steep", 1.5, 0.7, 3.0, "1", "logit for each unit of pressure above the reference", "prototype", "A"),
            Parameter("exit", 0.3, 0.15, 0.5, "1", "weekly chance that a breakthrough ends", "length of operations in other sectors", "M", "fraction"),
            Parameter("size", 0.6, 0.25, 1.2, "1", "log share of the loser's ground that goes in a week", "operations in other sectors", "M"),
            Parameter("scatter", 0.5, 0.3, 0.8, "1", "spread of that log share from week to week", "operations in other sectors", "M"),
        ),
        stocks=(Stock("broken", ("sector",), "1", "regime of last week: 0 positional, 1 the other breaks in, 2 the holder breaks out", _opening),),
        signals=(
            Signal("regime", ("sector",), "1", "regime: 0 positional, 1 the other breaks in, 2 the holder breaks out", 0.0),
            Signal("break_chance", ("sector",), "1/week", "weekly chance that the pressing side breaks through", 0.0),
            Signal("break_out_chance", ("sector",), "1/week", "weekly chance that the holder breaks through", 0.0),
        ),
        noise=(Noise("break_noise", ("sector",), "uniform"), Noise("size_noise", ("sector",))),
        citation="Two-regime form after CSIS 2025-26 on positional and breakthrough pace; base rates counted by us",
    ),
)
