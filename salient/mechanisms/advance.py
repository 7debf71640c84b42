"""Advance: how the line moves between positional fighting and its persistent deviations (mechanisms, section 7)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from salient.mechanisms.base import Mechanism, Noise, Parameter, Signal, Stock
from salient.numerics import Array, maximum, sinh, sqrt, tanh, where, zeros_like

_SATURATION = 2.5
OUTLIER_CHANCE, OUTLIER_SPREAD = 0.1, 3.0
WITH_OUTLIERS = 1.0 - OUTLIER_CHANCE + OUTLIER_CHANCE * OUTLIER_SPREAD**2
"""Variance of a week's jolt over that of a usual one."""


def pressure(w: Any, p: Any) -> Array:
    """u = 1 + d log(power of the side that presses / power of the holder), saturated smoothly; dims sector, draws.

    u <- tanh(u / 2.5) / tanh(1 / 2.5): 0 and 1 stay what they are, and the most is 2.63.
    """
    ratio = w.setting.of_other(w.power) - w.setting.of_holder(w.power)
    return tanh((1.0 + p.response * ratio) / _SATURATION) / math.tanh(1.0 / _SATURATION)


def expected_pace(u: Array, p: Any) -> Array:
    """km a week that the line goes back: v_ref sinh(eta u) / sinh(eta). At the reference state, v_ref."""
    return p.pace * sinh(p.eta * u) / sinh(p.eta)


def root(area: Array) -> Array:
    """Twice the square root of an area, km: weekly change in it has a nearly constant spread."""
    return 2.0 * sqrt(maximum(area, 0.0))


def squared(x: Array) -> Array:
    """The area that `root` came from, km2; below 0 it is 0."""
    return 0.25 * maximum(x, 0.0) ** 2


def rule(w: Any, p: Any) -> dict[str, Array]:
    """d(2 sqrt A) = -(v + e + outlying noise), e a slow AR(1) deviation of tempo.

    v is slowed by the going, whichever way the line moves. Where a breakthrough is under way the other mechanism of
    that name moves the line instead.
    """
    u = pressure(w, p)
    expected = w.going * expected_pace(u, p)
    wide = where(w.advance_outlier < OUTLIER_CHANCE, OUTLIER_SPREAD, 1.0)
    pace = expected + w.deviation + p.jolt * wide * w.advance_noise
    change = squared(root(w.area) - pace) - w.area
    return {
        "pressure": u,
        "expected_pace": expected,
        "positional_change": change,
        "area_flow": change,
    }


def close(w: Any, p: Any) -> dict[str, Array]:
    """e' = phi e + sigma sqrt(1 - phi^2) n: the deviation that lasts."""
    kick = p.drift * sqrt(1.0 - p.memory**2) * w.deviation_noise
    return {"deviation": p.memory * w.deviation + kick}


_POWER_RATIO = Mechanism(
    slot="advance",
    name="power-ratio",
    title="Advance by the ratio of power",
    rule=rule,
    close=close,
    reads=(
        "power",
        "going",
        "area",
        "deviation",
        "advance_noise",
        "advance_outlier",
        "deviation_noise",
    ),
    writes=("pressure", "expected_pace", "positional_change", "area_flow", "deviation"),
    parameters=(
        Parameter(
            "pace",
            0.8,
            0.3,
            2.1,
            "km/week",
            "pace at the reference state, of twice the root of the area",
            "positional weeks of other sectors",
            "M",
            per=("sector",),
        ),
        Parameter("eta", 1.2, 0.6, 2.2, "1", "curvature of pace in pressure", "prototype", "A"),
        Parameter(
            "response",
            1.0,
            0.5,
            1.8,
            "1",
            "pressure for each log of the ratio of power",
            "assumption",
            "A",
        ),
        Parameter(
            "jolt",
            0.5,
            0.2,
            1.2,
            "km/week",
            "spread of a week's move that does not last",
            "positional weeks of other sectors",
            "M",
        ),
        Parameter(
            "drift",
            0.6,
            0.25,
            1.3,
            "km/week",
            "spread of the deviation of tempo that lasts",
            "positional weeks of other sectors",
            "M",
        ),
        Parameter(
            "memory",
            0.85,
            0.6,
            0.95,
            "1",
            "share of that deviation that lasts a week",
            "front as a whole, July 2024 on",
            "M",
            "fraction",
        ),
    ),
    stocks=(
        Stock(
            "deviation",
            ("sector",),
            "km/week",
            "deviation of tempo that lasts",
            lambda p, s: zeros_like(p.pace),
        ),
    ),
    signals=(
        Signal("pressure", ("sector",), "1", "pressure on the holder, 1 at the reference state"),
        Signal(
            "expected_pace", ("sector",), "km/week", "pace that the balance of power gives", 0.0
        ),
        Signal("positional_change", ("sector",), "km2/week", "change by positional fighting", 0.0),
    ),
    noise=(
        Noise("advance_noise", ("sector",)),
        Noise("advance_outlier", ("sector",), "uniform"),
        Noise("deviation_noise", ("sector",)),
    ),
    citation="Own form; evidence in Helmbold 1990 (CAA) that advance depends little on force ratio",
)

_OWN = ("jolt", "drift", "memory")

MECHANISMS = (
    _POWER_RATIO,
    replace(
        _POWER_RATIO,
        name="by-sector",
        title="Advance by the ratio of power, each sector with its own unrest",
        parameters=tuple(
            replace(p, per=("sector",)) if p.name in _OWN else p for p in _POWER_RATIO.parameters
        ),
    ),
)
