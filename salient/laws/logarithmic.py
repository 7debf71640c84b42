"""The logarithmic law: losses follow own numbers only (Peterson 1953).

dA/dt = -EB A,    dB/dt = -EA B
"""

from __future__ import annotations

import math

import numpy as np

from salient.laws.base import Law, Pair


class Logarithmic:
    """A battle in which numbers do not count: nobody is ever wholly gone."""

    def __init__(self, strength: Pair, effectiveness: Pair) -> None:
        (a, b), (ea, eb) = strength, effectiveness
        self.start, self.rate = strength, (eb, ea)
        self.invariant = ea * math.log(a) - eb * math.log(b)
        self.end = (0.0, 0.0)

    def at(self, t: np.ndarray) -> np.ndarray:
        """Strengths at times t, dims time, side."""
        return np.stack(
            [n * np.exp(-r * t) for n, r in zip(self.start, self.rate, strict=True)], -1
        )

    def when(self, side: int, level: float) -> float:
        """First time at which a side is at `level`; never for 0."""
        if level <= 0:
            return math.inf
        return max(math.log(self.start[side] / level) / self.rate[side], 0.0)


LAW = Law(
    "logarithmic",
    "Logarithmic law: numbers do not count",
    Logarithmic,
    "dA/dt = -EB A, dB/dt = -EA B",
    "Peterson 1953",
)
