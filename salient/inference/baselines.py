"""What a simple rule would have said: the forecasts that the model has to beat. All see only the past of one series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from salient.engine.noise import normal, stream, uniform

Baseline = Callable[[np.ndarray, int, int, int], np.ndarray]


def _uniforms(name: str, weeks: int, draws: int, seed: int) -> np.ndarray:
    key = np.array([stream("baseline", name)], dtype=np.uint32)
    ids = np.arange(draws, dtype=np.uint32)
    return np.stack(
        [np.asarray(uniform(np.uint32(seed), key, ids, np.uint32(t)))[0] for t in range(weeks)]
    )


def _bootstrapped(past: np.ndarray, weeks: int, draws: int, seed: int, name: str) -> np.ndarray:
    """Sums of weekly changes about their mean, redrawn from the past with signs as they were; [weeks, draws]."""
    changes = np.diff(past)
    centred = changes - changes.mean()
    pick = (_uniforms(name, weeks, draws, seed) * len(centred)).astype(int)
    return np.cumsum(centred[pick], axis=0)


def persistence(past: np.ndarray, weeks: int, draws: int, seed: int) -> np.ndarray:
    """The last value, with past weekly changes about their mean redrawn. past: km2 by week; returns [weeks, draws]."""
    return np.maximum(past[-1] + _bootstrapped(past, weeks, draws, seed, "persistence"), 0.0)


def drift(past: np.ndarray, weeks: int, draws: int, seed: int) -> np.ndarray:
    """The mean change of the last eight weeks goes on, with past changes about their mean redrawn."""
    recent = np.diff(past)[-8:].mean()
    line = past[-1] + recent * np.arange(1, weeks + 1)[:, None]
    return np.maximum(line + _bootstrapped(past, weeks, draws, seed, "drift"), 0.0)


def logistic(past: np.ndarray, weeks: int, draws: int, seed: int) -> np.ndarray:
    """A logistic decline from the peak, A = peak / (1 + exp(k (t - t0))), by least squares, with its scatter and error.

    The spread is the residual scatter plus the standard error of the two numbers, drawn normal.
    """
    from scipy.optimize import curve_fit

    peak = past.max() * 1.02

    def curve(t: Any, k: Any, t0: Any) -> Any:
        return peak / (1.0 + np.exp(np.clip(k * (t - t0), -50.0, 50.0)))

    t = np.arange(len(past), dtype=float)
    best, cov = curve_fit(curve, t, past, p0=(0.1, len(past)), bounds=([0.001, 0.0], [1.0, 200.0]))
    ids = np.arange(draws, dtype=np.uint32)
    keys = np.array([stream("baseline", k) for k in ("logistic-k", "logistic-t0")], dtype=np.uint32)
    kick = np.linalg.cholesky(cov + 1e-12 * np.eye(2)) @ np.asarray(
        normal(np.uint32(seed), keys, ids, np.uint32(0))
    )
    later = np.arange(len(past), len(past) + weeks, dtype=float)
    k, t0 = np.clip(best[0] + kick[0], 0.001, 1.0), best[1] + kick[1]
    line = np.stack([curve(s, k, t0) for s in later])
    scatter = np.std(past - curve(t, *best))
    noise_key = np.array([stream("baseline", "logistic-noise")], dtype=np.uint32)
    noise = np.stack(
        [
            np.asarray(normal(np.uint32(seed), noise_key, ids, np.uint32(i + 1)))[0]
            for i in range(weeks)
        ]
    )
    return np.maximum(line + scatter * noise, 0.0)


BASELINES: dict[str, Baseline] = {
    "persistence": persistence,
    "eight-week drift": drift,
    "logistic decline": logistic,
}
