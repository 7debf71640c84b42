"""Lanchester's square law, with reinforcement at a constant rate (Lanchester 1914; Washburn and Kress 2009, chapter 5).

    dA/dt = -EB B + RA,    dB/dt = -EA A + RB

About the rest point A* = RB / EA, B* = RA / EB the sum sqrt(EA) a + sqrt(EB) b dies away and the difference grows, both
at the rate k = sqrt(EA EB): written so, nothing cancels, however long the battle or close the forces.
"""

from __future__ import annotations

import math

import numpy as np

from salient.laws.base import Law, Pair, exactly


class Square:
    """A battle of aimed fire."""

    def __init__(
        self, strength: Pair, effectiveness: Pair, reinforcement: Pair = (0.0, 0.0)
    ) -> None:
        (a, b), (ea, eb), (ra, rb) = strength, effectiveness, reinforcement
        self.start = strength
        self.root = (math.sqrt(ea), math.sqrt(eb))
        self.k = self.root[0] * self.root[1]
        self.rest = (rb / ea, ra / eb)
        x = exactly(a) - exactly(rb) / exactly(ea)
        y = exactly(b) - exactly(ra) / exactly(eb)
        gap = exactly(ea) * x * x - exactly(eb) * y * y
        self.invariant = float(gap)
        self.falling, self.growing = self._modes(float(x), float(y), float(gap))
        self.end = self._end(reinforcement)

    def _modes(self, x: float, y: float, gap: float) -> Pair:
        """The sum and the difference of sqrt(EA) x and sqrt(EB) y: the smaller one from their exact product."""
        p, q = self.root[0] * x, self.root[1] * y
        if (p >= 0) == (q >= 0):
            total = p + q
            return total, gap / total if total else 0.0
        difference = p - q
        return (gap / difference if difference else 0.0), difference

    def _end(self, reinforcement: Pair) -> Pair:
        left = (self.when(0, 0.0), self.when(1, 0.0))
        if math.isinf(min(left)):
            return self.rest if any(reinforcement) else (0.0, 0.0)
        if not any(reinforcement):
            rest = math.sqrt(abs(self.invariant))
            return (rest / self.root[0], 0.0) if self.invariant > 0 else (0.0, rest / self.root[1])
        a, b = self.at(np.array([min(left)]))[0]
        return (0.0, float(b)) if left[0] < left[1] else (float(a), 0.0)

    def at(self, t: np.ndarray) -> np.ndarray:
        """Strengths at times t, dims time, side."""
        with np.errstate(over="ignore"):
            down, up = self.falling * np.exp(-self.k * t), self.growing * _grown(self.k * t)
            up = np.where(self.growing == 0.0, 0.0, up)
            a = self.rest[0] + (down + up) / (2 * self.root[0])
            b = self.rest[1] + (down - up) / (2 * self.root[1])
        return np.stack([a, b], axis=-1)

    def when(self, side: int, level: float) -> float:
        """First time at which a side is at `level`: the smallest root y = exp(k t) >= 1 of up y^2 + c y + down = 0."""
        if self.start[side] <= level:
            return 0.0
        up = self.growing if side == 0 else -self.growing
        c = 2 * self.root[side] * (self.rest[side] - level)
        if level == 0.0 and c == 0.0:
            weak = self.root[side] * self.start[side]
            return math.log1p(-2 * weak / up) / (2 * self.k) if up < 0 else math.inf
        inside = c * c - 4 * up * self.falling
        if inside < 0:
            return math.inf
        far = -(c + math.copysign(math.sqrt(inside), c)) / 2
        roots = [far / up if up else math.inf, self.falling / far if far else math.inf]
        times = [math.log(y) / self.k for y in roots if 1.0 <= y < math.inf]
        return min(times, default=math.inf)


def _grown(x: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(x, 700.0))


LAW = Law(
    "square",
    "Lanchester's square law: aimed fire",
    Square,
    "dA/dt = -EB B, dB/dt = -EA A",
    "Lanchester 1914",
    ("reinforcement",),
)
