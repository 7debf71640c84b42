"""Lanchester's linear law: area fire, or duels (Lanchester 1914).

dA/dt = -EB A B,    dB/dt = -EA A B,    c = EA A - EB B constant
A(t) = A0 / (1 + EB B0 f(c)),  B(t) = B0 / (1 + EA A0 f(-c)),  f(c) = (1 - exp(-c t)) / c
"""

from __future__ import annotations

import math

import numpy as np

from salient.laws.base import Law, Pair, exactly


class Linear:
    """A battle of area fire: the loser melts away without end."""

    def __init__(self, strength: Pair, effectiveness: Pair) -> None:
        (a, b), (ea, eb) = strength, effectiveness
        self.start, self.kill = strength, (eb * b, ea * a)
        gap = exactly(ea) * exactly(a) - exactly(eb) * exactly(b)
        self.invariant = float(gap)
        self.end = (max(float(gap) / ea, 0.0), max(-float(gap) / eb, 0.0))

    def at(self, t: np.ndarray) -> np.ndarray:
        """Strengths at times t, dims time, side."""
        c = self.invariant
        with np.errstate(over="ignore"):
            a = self.start[0] / (1 + self.kill[0] * _f(c, t))
            b = self.start[1] / (1 + self.kill[1] * _f(-c, t))
        return np.stack([a, b], axis=-1)

    def when(self, side: int, level: float) -> float:
        """First time at which a side is at `level`; never for 0."""
        if self.start[side] <= level:
            return 0.0
        if level <= max(self.end[side], 0.0):
            return math.inf
        c = self.invariant if side == 0 else -self.invariant
        f = (self.start[side] / level - 1) / self.kill[side]
        return f if c == 0 else -math.log1p(-c * f) / c if c * f < 1 else math.inf


def _f(c: float, t: np.ndarray) -> np.ndarray:
    return t if c == 0 else -np.expm1(-c * t) / c


LAW = Law(
    "linear",
    "Lanchester's linear law: area fire",
    Linear,
    "dA/dt = -EB A B, dB/dt = -EA A B",
    "Lanchester 1914",
)
