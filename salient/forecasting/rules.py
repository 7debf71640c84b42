"""What a simple rule would have said: eight point rules with two kinds of spread, the opponents of every forecast.

A rule sees weekly net change `past` [weeks, series], km2, and gives the net change of the next h weeks [series].
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np

from salient.forecasting.scores import LEVELS

Rule = Callable[[np.ndarray, int], np.ndarray]
Spread = Literal["A", "B"]
FIRST = 12
"""Weeks of past that a rule needs before its errors count."""
_PHI = 0.8


def zero(past: np.ndarray, h: int) -> np.ndarray:
    """Nothing changes."""
    return np.zeros(past.shape[1])


def mean_of(past: np.ndarray, h: int, weeks: int) -> np.ndarray:
    """The mean of the last weeks goes on."""
    return np.asarray(h * past[-weeks:].mean(axis=0))


def smoothed(past: np.ndarray, h: int, alpha: float) -> np.ndarray:
    """Simple exponential smoothing of weekly change, from the first week on."""
    level = past[0].copy()
    for row in past[1:]:
        level += alpha * (row - level)
    return np.asarray(h * level)


def blend(past: np.ndarray, h: int) -> np.ndarray:
    """Half the mean of the last 4 weeks, half that of the last 26."""
    return np.asarray(h * 0.5 * (past[-4:].mean(axis=0) + past[-26:].mean(axis=0)))


def reverting(past: np.ndarray, h: int) -> np.ndarray:
    """AR(1): the mean of the last 4 weeks returns to that of the last 52 by 0.8 a week."""
    mean = past[-52:].mean(axis=0)
    away = past[-4:].mean(axis=0) - mean
    return np.asarray(h * mean + away * _PHI * (1.0 - _PHI**h) / (1.0 - _PHI))


RULES: dict[str, Rule] = {
    "zero": zero,
    "last 4": partial(mean_of, weeks=4),
    "last 8": partial(mean_of, weeks=8),
    "last 13": partial(mean_of, weeks=13),
    "SES 0.1": partial(smoothed, alpha=0.1),
    "SES 0.2": partial(smoothed, alpha=0.2),
    "half 4 half 26": blend,
    "AR(1) 0.8": reverting,
}

BEST_SECTORS = {1: "half 4 half 26, B"}
"""The opponent by horizon, fixed beforehand: the blend at 1 week, AR(1) with spread B at all others."""
BEST_TOTAL = {8: "zero, A", 13: "zero, A"}
"""The opponent for the sum: AR(1) with its own errors to 7 weeks, its own past sums after that."""


def opponent(h: int, total: bool = False) -> str:
    """The name of the fixed opponent at a horizon, as `rule, spread`."""
    if total:
        return "AR(1) 0.8, A" if h < 8 else "zero, A"
    return BEST_SECTORS.get(h, "AR(1) 0.8, B")


def names() -> list[str]:
    """Every rule with each spread, as `rule, spread`."""
    return [f"{rule}, {spread}" for rule in RULES for spread in ("A", "B")]


def activity(past: np.ndarray) -> np.ndarray:
    """Mean size of weekly change over 26 weeks plus 1 km2, [series]; the scale of spread B."""
    return np.asarray(np.abs(past[-26:]).mean(axis=0) + 1.0)


def quantiles(name: str, net: np.ndarray, h: int) -> np.ndarray:
    """The forecast of a rule for the h weeks after `net` [weeks, series]: km2 [series, levels].

    Spread A adds the past errors of the rule for that series; B those of all series, divided by activity then and
    multiplied by activity now (the factor h^0.7 of the protocol cancels at one horizon).
    """
    rule, spread = name.rsplit(", ", 1)
    say, n = RULES[rule], len(net)
    origins = range(FIRST, n - h + 1)
    errors = np.array([net[u : u + h].sum(axis=0) - say(net[:u], h) for u in origins])
    point = say(net, h)[:, None]
    if spread == "A":
        return np.asarray(point + np.quantile(errors, LEVELS, axis=0).T)
    scaled = errors / np.array([activity(net[:u]) for u in origins])
    return np.asarray(point + activity(net)[:, None] * np.quantile(scaled, LEVELS)[None])
