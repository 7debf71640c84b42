"""Ratio analogues: what happened to ground held when past fronts were as active as this one is now.

For each past week u and sector, r = (net change of the h weeks after u, per week) / a(u), a activity in km2 a week:

    a = w mean|y| over 40 weeks + (1 - w) |EWMA of y with half-life m weeks, by day where days are known| + 1

and the forecast for h weeks is h a(now) times the weighted quantiles of all r of all sectors, with weight
exp(-(log a(u) - log a(now))^2 / (2 0.8^2)). Quantiles are averaged over six settings of w and m. No point forecast is
fitted: zeros, skew and reversion come with the analogues. Where less than a year of maps is known, weeks of an older
archive of the same map stand before them.
"""

from __future__ import annotations

import itertools

import numpy as np

from salient.forecasting.rules import FIRST
from salient.forecasting.scores import LEVELS

SHARES = (0.3, 0.5)
HALF_LIVES = (0.5, 0.7, 1.5)
WINDOW = 40
BANDWIDTH = 0.8
LEAST_YEAR = 52
"""Weeks of maps below which older weeks are put before them."""


def activity(
    past: np.ndarray, share: float, half_life: float, daily: np.ndarray | None = None
) -> np.ndarray:
    """Activity of each sector at the end of `past` [weeks, sectors]: km2 a week, at least 1; [sectors].

    daily: the same past by day [7 x weeks, sectors], where it is known.
    """
    recent = ewma(past, half_life) if daily is None else 7.0 * ewma(daily, 7.0 * half_life)
    size = np.abs(past[-WINDOW:]).mean(axis=0)
    return np.asarray(share * size + (1.0 - share) * np.abs(recent) + 1.0)


def ewma(past: np.ndarray, half_life: float) -> np.ndarray:
    """Mean of the rows, the weight of a row halved with each half-life of rows before the last."""
    weight = 0.5 ** (np.arange(len(past))[::-1] / half_life)
    return np.asarray(weight @ past / weight.sum())


def weighted_quantiles(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Quantiles at LEVELS of sorted values [n] with weights [..., n]; linear between midpoints of the steps."""
    steps = np.cumsum(weights, axis=-1) - 0.5 * weights
    steps /= weights.sum(axis=-1, keepdims=True)
    return np.stack([np.interp(LEVELS, s, values) for s in steps])


def _one(
    net: np.ndarray, horizons: int, share: float, half_life: float, daily: np.ndarray | None
) -> np.ndarray:
    """Quantiles [horizons, sectors, levels] under one setting."""
    n = len(net)

    def at(u: int) -> np.ndarray:
        return activity(net[:u], share, half_life, None if daily is None else daily[: 7 * u])

    then = np.stack([at(u) for u in range(FIRST, n + 1)])
    now = then[-1]
    sums = np.concatenate([np.zeros((1, net.shape[1])), np.cumsum(net, axis=0)])
    out = []
    for h in range(1, horizons + 1):
        windows = n - h + 1 - FIRST
        change = sums[FIRST + h : n + 1] - sums[FIRST : n + 1 - h]
        ratio, size = (change / h / then[:windows]).ravel(), np.log(then[:windows]).ravel()
        order = np.argsort(ratio, kind="stable")
        away = size[order][None, :] - np.log(now)[:, None]
        weight = np.exp(-(away**2) / (2.0 * BANDWIDTH**2))
        out.append(h * now[:, None] * weighted_quantiles(ratio[order], weight))
    return np.stack(out)


def forecast(
    net: np.ndarray,
    horizons: int,
    daily: np.ndarray | None = None,
    before: np.ndarray | None = None,
) -> np.ndarray:
    """Quantiles of the net change of the next 1..horizons weeks, km2 [horizons, sectors, levels].

    net: weekly net change up to the origin, km2 [weeks, sectors]; daily: the same by day [7 x weeks, sectors]; before:
    weeks that came before `net`, of which as many are taken as make a year of both.
    """
    lead = max(LEAST_YEAR - len(net), 0)
    if before is not None and lead > 0:
        older = before[-lead:]
        net = np.concatenate([older, net])
        if daily is not None:
            daily = np.concatenate([np.repeat(older / 7.0, 7, axis=0), daily])
    settings = itertools.product(SHARES, HALF_LIVES)
    return np.mean([_one(net, horizons, w, m, daily) for w, m in settings], axis=0)
