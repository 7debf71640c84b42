"""Proper scores of a forecast against what happened."""

from __future__ import annotations

import numpy as np


def crps(draws: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of equally weighted draws, in the unit of the truth; less is better.

    draws: [..., draws]; truth: [...]. E|X - y| - E|X - X'| / 2 over all pairs (Gneiting and Raftery 2007).
    """
    x = np.sort(draws, axis=-1)
    n = x.shape[-1]
    weight = 2.0 * np.arange(1, n + 1) - n - 1.0
    spread = (weight * x).sum(axis=-1) / n**2
    return np.abs(draws - truth[..., None]).mean(axis=-1) - spread


def covered(draws: np.ndarray, truth: np.ndarray, level: float) -> np.ndarray:
    """Whether the truth lies in the central interval of that level; [...] of bool."""
    tail = 0.5 * (1.0 - level)
    low, high = np.quantile(draws, [tail, 1.0 - tail], axis=-1)
    return (low <= truth) & (truth <= high)
