"""The generalised Lanchester law (Bracken 1995, Naval Research Logistics 42; Helmbold 1965).

    dA/dt = -EB B^p A^q,    dB/dt = -EA A^p B^q,    w = p - q + 1
    EA A^w - EB B^w = c constant (w not 0);  EA ln A - EB ln B for w = 0

The invariant gives one force from the other, so time is one integral over the force that loses:
t = integral of B^-q A(B)^-p / EA dB, taken over ln B, or over B^(1-q) where the force can come to 0.
"""

from __future__ import annotations

import math

import numpy as np

from salient.laws.base import Law, Pair, exactly


class Generalised:
    """A battle with exponents p of the enemy's numbers and q of one's own."""

    def __init__(
        self, strength: Pair, effectiveness: Pair, p: float = 0.5, q: float = 0.75
    ) -> None:
        self.start, self.e, self.p, self.q = strength, effectiveness, p, q
        self.w = round(p - q + 1, 12)  # 0.4 - 1.4 + 1 is not 0 in binary, but is meant to be
        self.invariant = self._invariant()
        self.loser = 1 if self.invariant >= 0 else 0
        if self.w <= 0:  # numbers at the end of the battle do not decide it: nobody is left
            self.loser, self.end = 1, (0.0, 0.0)
        else:
            rest = (abs(self.invariant) / self.e[1 - self.loser]) ** (1 / self.w)
            self.end = (rest, 0.0) if self.loser == 1 else (0.0, rest)

    def _invariant(self) -> float:
        (a, b), (ea, eb) = self.start, self.e
        if self.w == 0:
            return ea * math.log(a) - eb * math.log(b)
        if self.w in (1.0, 2.0):
            n = int(self.w)
            return float(exactly(ea) * exactly(a) ** n - exactly(eb) * exactly(b) ** n)
        x, y = math.log(ea) + self.w * math.log(a), math.log(eb) + self.w * math.log(b)
        gap = y - x if abs(y - x) > 1e-14 * (1 + abs(x)) else 0.0  # closer than that is parity
        return float(-math.exp(x) * math.expm1(gap))

    def other(self, n: float) -> float:
        """Strength of the other side when the losing one is n."""
        i = self.loser
        e, e_other, start = self.e[i], self.e[1 - i], self.start[1 - i]
        if self.w == 0:
            return float(start * math.exp(e / e_other * math.log(n / self.start[i])))
        lost = e / e_other * (self.start[i] ** self.w - (n**self.w if n > 0 else 0.0))
        left = start**self.w - lost
        if (
            self.w > 0 and n**self.w < 0.5 * self.start[i] ** self.w
        ):  # from the end, where nothing cancels
            left = (abs(self.invariant) + e * n**self.w) / e_other
        return float(max(left, 0.0) ** (1 / self.w))

    def spent(self, n: float) -> float:
        """Time in which the losing side falls to n."""
        from scipy.integrate import quad

        i = self.loser
        start, rate, power = self.start[i], self.e[1 - i], 1 - self.q
        if n >= start:
            return 0.0
        if power <= 0:
            if n <= 0:
                return math.inf
            speed = lambda u: math.exp(power * u) / (rate * self.other(math.exp(u)) ** self.p)  # noqa: E731
            return float(
                quad(speed, math.log(n), math.log(start), epsabs=0, epsrel=1e-11, limit=200)[0]
            )
        low = (n / start) ** power
        pace = lambda s: self.other(start * s ** (1 / power)) ** -self.p  # noqa: E731
        area = quad(pace, low, 1.0, epsabs=0, epsrel=1e-11, limit=200)[0]
        return float(start**power / (power * rate) * area)

    def at(self, t: np.ndarray) -> np.ndarray:
        """Strengths at times t, dims time, side."""
        pairs = [self._at(float(x)) for x in t]
        return np.array([pair if self.loser == 0 else pair[::-1] for pair in pairs]).reshape(-1, 2)

    def _at(self, t: float) -> Pair:
        """(losing side, other side) at one time."""
        from scipy.optimize import brentq

        start = self.start[self.loser]
        if t <= 0:
            return start, self.start[1 - self.loser]
        if t >= self.when(self.loser, 0.0):
            return 0.0, self.end[1 - self.loser]
        low = 0.5 * start
        while self.spent(low) < t and low > start * 1e-300:
            low *= 1e-3
        u = brentq(
            lambda u: self.spent(math.exp(u)) - t,
            math.log(low),
            math.log(start),
            xtol=1e-14,
            rtol=1e-14,
        )
        n = math.exp(u)
        return n, self.other(n)

    def when(self, side: int, level: float) -> float:
        """First time at which a side is at `level`."""
        if self.start[side] <= level:
            return 0.0
        if side == self.loser:
            if level <= 0 and (self.q >= 1 or self.w <= 0 or self._never()):
                return math.inf
            return self.spent(level)
        i = self.loser
        if level == 0 and self.invariant == 0:
            return self.when(i, 0.0)
        if self.w == 0:
            n = self.start[i] * (level / self.start[side]) ** (self.e[side] / self.e[i])
            return self.spent(n) if level > 0 else math.inf
        left = self.start[i] ** self.w - self.e[side] / self.e[i] * (
            self.start[side] ** self.w - level**self.w
        )
        if left <= 0:
            return math.inf
        return self.when(i, left ** (1 / self.w))

    def _never(self) -> bool:
        """At parity both sides fade together, and reach 0 only if p + q < 1."""
        return self.invariant == 0 and self.p + self.q >= 1


class Helmbold(Generalised):
    """Helmbold's scaling: dA/dt = -EB (A/B)^(1-W) B, the generalised law with p = W and q = 1 - W."""

    def __init__(self, strength: Pair, effectiveness: Pair, weiss: float = 0.35) -> None:
        super().__init__(strength, effectiveness, weiss, 1 - weiss)


LAW = Law(
    "generalised",
    "Generalised Lanchester law",
    Generalised,
    "dA/dt = -EB B^p A^q, dB/dt = -EA A^p B^q",
    "Bracken 1995",
    ("p", "q"),
)
HELMBOLD = Law(
    "helmbold",
    "Helmbold's scaling of the square law",
    Helmbold,
    "dA/dt = -EB (A/B)^(1-W) B, dB/dt = -EA (B/A)^(1-W) A",
    "Helmbold 1965",
    ("weiss",),
)
