"""What laws with chance share: streams of random numbers keyed by name, and what many battles come to."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from salient.laws.base import INFINITE, A, B, Floats

INTERVAL = (0.05, 0.95)


def generator(seed: int, name: str) -> np.random.Generator:
    """The random stream of that name: same seed and name, same numbers."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))
    )


def likelier(chance_a: float, chance_b: float) -> int | None:
    """The side that is likelier to win; None when neither is."""
    if abs(chance_a - chance_b) <= 1e-12:
        return None
    return A if chance_a > chance_b else B


def interval(values: Floats) -> list[float] | None:
    """The central 90 % of the values, or None when there are none."""
    return [float(x) for x in np.quantile(values, INTERVAL)] if values.size else None


def summary(left_a: Floats, left_b: Floats, lengths: Floats) -> dict[str, Any]:
    """Chances, survivors and durations of many battles, one value of each for a draw."""
    won = (left_b == 0.0) & (left_a > 0.0), (left_a == 0.0) & (left_b > 0.0)
    chance = [float(w.mean()) for w in won]
    side = likelier(*chance)
    ended = lengths[np.isfinite(lengths)]
    left = (left_a, left_b)[side][won[side]] if side is not None else np.zeros(0)
    return {
        "likelier": side,
        "survivors": float(left.mean()) if left.size else 0.0,
        "duration": float(ended.mean()) if ended.size == lengths.size else INFINITE,
        "more": {
            "chance": {"A": chance[A], "B": chance[B], "neither": max(0.0, 1.0 - sum(chance))},
            "survivors_90": interval(left),
            "duration_90": interval(ended),
            "draws": int(lengths.size),
        },
    }
