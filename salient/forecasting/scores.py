"""Scores of quantile forecasts: weighted interval score, coverage that counts ties fairly, PIT, and block bootstrap.

Quantiles stand in the last dimension, in the order of LEVELS; values are in the unit of the truth.
"""

from __future__ import annotations

import numpy as np

LEVELS = np.array(
    [0.025, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.975]
)
LEVELS.setflags(write=False)
TIE_KM2 = 0.05
"""Half the width within which a map's change counts as tied with an atom of the forecast, km2."""
PIT_BINS = 10


def wis(quantiles: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Weighted interval score, twice the mean pinball loss over LEVELS; [...], less is better.

    quantiles: [..., levels]; truth: [...]. Bracher et al. 2021, with the median once, as the hubs compute it.
    """
    error = truth[..., None] - quantiles
    return 2.0 * np.maximum(LEVELS * error, (LEVELS - 1.0) * error).mean(axis=-1)


def distribution(quantiles: np.ndarray, at: float) -> float:
    """F(at) of one forecast [levels], linear between its quantiles, 0 below the lowest and 1 above the highest."""
    return float(np.interp(at, quantiles, LEVELS, left=0.0, right=1.0))


def tied(quantiles: np.ndarray, truth: float) -> tuple[float, float]:
    """The stretch [F(y - 0.05), F(y + 0.05)] over which a value tied with an atom is spread."""
    low = distribution(quantiles, truth - TIE_KM2)
    return low, max(low, distribution(quantiles, truth + TIE_KM2))


def coverage(quantiles: np.ndarray, truth: np.ndarray, level: float) -> np.ndarray:
    """The share of each tied stretch that lies inside the central interval of that level; [...] in 0..1.

    42 % of weekly changes are exactly zero, where a right forecast has an atom: a closed interval would count it all.
    """
    left, right = 0.5 * (1.0 - level), 0.5 * (1.0 + level)
    flat = quantiles.reshape(-1, len(LEVELS))
    inside = np.empty(len(flat))
    for k, (q, y) in enumerate(zip(flat, truth.ravel(), strict=True)):
        low, high = tied(q, float(y))
        if high - low < 1e-12:
            inside[k] = float(left <= low <= right)
        else:
            inside[k] = max(0.0, min(high, right) - max(low, left)) / (high - low)
    return inside.reshape(truth.shape)


def pit(quantiles: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Share of forecasts whose probability integral transform falls in each tenth, ties spread evenly; [10]."""
    edges = np.linspace(0.0, 1.0, PIT_BINS + 1)
    mass = np.zeros(PIT_BINS)
    flat = quantiles.reshape(-1, len(LEVELS))
    for q, y in zip(flat, truth.ravel(), strict=True):
        low, high = tied(q, float(y))
        high = max(high, low + 1e-9) if low < 1.0 else high
        low = min(low, 1.0 - 1e-9)
        part = np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0.0, None)
        mass += part / part.sum()
    return mass / len(flat)


def ratio_interval(
    ours: np.ndarray, theirs: np.ndarray, block: int, seed: int = 0, times: int = 2000
) -> tuple[float, float]:
    """90 % interval of mean(ours) / mean(theirs) by a circular block bootstrap over origins; both [origins].

    Origins overlap, so they are redrawn in runs of `block` that wrap around. With few blocks the interval is rough.
    """
    n = len(ours)
    size = min(block, n)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, n, size])))
    starts = rng.integers(0, n, (times, -(-n // size)))
    index = ((starts[..., None] + np.arange(size)) % n).reshape(times, -1)[:, :n]
    below = theirs[index].mean(axis=1)
    ratios = ours[index].mean(axis=1) / np.where(below > 0.0, below, np.nan)
    low, high = np.nanquantile(ratios, [0.05, 0.95]) if np.isfinite(ratios).any() else (np.nan,) * 2
    return float(low), float(high)
