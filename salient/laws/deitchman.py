"""Deitchman's guerrilla law: one side fires at what it sees, the other at an area (Deitchman 1962).

    regulars dA/dt = -EB B,    hidden dB/dt = -EA A B,    c = EA A^2 / 2 - EB B constant

With m^2 = A0^2 - 2 EB B0 / EA the regulars follow a Riccati equation, and B = B0 / (cosh x + A0 sinh x / m)^2 with
x = EA m t / 2; for m^2 < 0 the same with cos and sin, and the regulars are gone when tan x = A0 / m.
"""

from __future__ import annotations

import math

import numpy as np

from salient.laws.base import Law, Pair, exactly


class Deitchman:
    """A battle of regulars against a hidden force. hidden: "B" (as given) or "A"."""

    def __init__(self, strength: Pair, effectiveness: Pair, hidden: str = "B") -> None:
        self.flipped = hidden == "A"
        (a, b), (ea, eb) = (strength, effectiveness)
        if self.flipped:
            a, b, ea, eb = b, a, eb, ea
        self.a, self.b, self.ea, self.eb = a, b, ea, eb
        gap = exactly(ea) * exactly(a) ** 2 / 2 - exactly(eb) * exactly(b)
        c = float(gap)
        self.m = math.sqrt(2 * abs(c) / ea)
        self.sign = (c > 0) - (c < 0)
        self.invariant = -c if self.flipped else c
        end = (self.m, 0.0) if c > 0 else (0.0, -c / eb)
        self.end = end[::-1] if self.flipped else end

    def at(self, t: np.ndarray) -> np.ndarray:
        """Strengths at times t, dims time, side; meant up to the time at which the regulars are gone."""
        m, x = self.m, 0.5 * self.ea * self.m * t
        if self.sign == 0:
            grow = 1 + 0.5 * self.a * self.ea * t
            a, b = self.a / grow, self.b / grow**2
        elif self.sign > 0:
            th = np.tanh(x)
            a = m * (self.a + m * th) / (m + self.a * th)
            with np.errstate(over="ignore"):
                b = self.b / (np.cosh(x) + self.a / m * np.sinh(x)) ** 2
        else:
            c, s = np.cos(x), np.sin(x)
            a = (self.a * c - m * s) / (c + self.a / m * s)
            b = self.b / (c + self.a / m * s) ** 2
        return np.stack([b, a] if self.flipped else [a, b], axis=-1)

    def when(self, side: int, level: float) -> float:
        """First time at which a side is at `level`."""
        regulars = (side == 0) != self.flipped
        start = self.a if regulars else self.b
        if start <= level:
            return 0.0
        a = level if regulars else self._regulars_at(level)
        if math.isnan(a) or a < 0 or (self.sign >= 0 and a <= self.m):
            return math.inf
        return self._time(a)

    def _regulars_at(self, hidden: float) -> float:
        """Regulars when so many of the hidden are left; NaN if they are gone before."""
        left = self.a**2 - 2 * self.eb * (self.b - hidden) / self.ea
        return math.sqrt(left) if left >= 0 else math.nan

    def _time(self, a: float) -> float:
        """When the regulars are a: from dA/dt = -(EA / 2)(A^2 - m^2)."""
        if self.sign == 0:
            return (self.a / a - 1) / (0.5 * self.a * self.ea) if a else math.inf
        if self.sign > 0:
            x = math.atanh(self.m * (self.a - a) / (self.a * a - self.m**2))
        else:
            x = math.atan2(self.m * (self.a - a), self.m**2 + self.a * a)
        return 2 * x / (self.ea * self.m)


LAW = Law(
    "deitchman",
    "Deitchman's guerrilla law: regulars in view, the other side hidden",
    Deitchman,
    "regulars dA/dt = -EB B, hidden dB/dt = -EA A B",
    "Deitchman 1962",
    ("hidden",),
)
