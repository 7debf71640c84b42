"""Laws with chance: Lanchester's square law one casualty at a time, and Hughes' salvo.

Stochastic square law (Kingman 2002; Washburn and Kress 2009): with a and b left, A loses a soldier at rate EB b and
B at rate EA a. Which of the two is next does not depend on when, so the chance of every ending is exact: the next
casualty is A's with probability EB b / (EB b + EA a).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salient.laws.base import Pair

MOST_STATES = 4_000_000
"""States up to which the exact chain is worked out."""


@dataclass(frozen=True)
class Endings:
    """How a battle of chance ends. survivors: soldiers of a side when it has won, with the chance of each number."""

    p_a_wins: float
    survivors_a: np.ndarray
    survivors_b: np.ndarray

    def mean(self) -> Pair:
        """Expected survivors of A and B, over all endings."""
        return tuple(
            float((np.arange(len(s)) * s).sum()) for s in (self.survivors_a, self.survivors_b)
        )  # type: ignore[return-value]


def exact_endings(strength: tuple[int, int], effectiveness: Pair) -> Endings:
    """Chance of each ending of the stochastic square law, state by state (row a from row a + 1)."""
    (a0, b0), (ea, eb) = strength, effectiveness
    survivors_a, survivors_b = np.zeros(a0 + 1), np.zeros(b0 + 1)
    arriving = np.zeros(b0 + 1)  # chance that the row a is entered with b left
    arriving[b0] = 1.0
    for a in range(a0, 0, -1):
        on, leaving, here = _next_is_b(a, b0, ea, eb), np.zeros(b0 + 1), 0.0
        for b in range(b0, 0, -1):
            here += arriving[b]
            leaving[b] = here * (1 - on[b])
            here *= on[b]
        survivors_a[a] = here
        arriving = leaving
    survivors_b[1:] = arriving[1:]
    return Endings(float(survivors_a.sum()), survivors_a, survivors_b)


def _next_is_b(a: int, b0: int, ea: float, eb: float) -> np.ndarray:
    """Chance that the next casualty is B's, for b = 0 .. b0."""
    b = np.arange(b0 + 1)
    return ea * a / (ea * a + eb * b)


@dataclass(frozen=True)
class Simulated:
    """Battles of chance, one a draw. left: survivors, dims side, draws; duration: time units, dims draws."""

    left: np.ndarray
    duration: np.ndarray


def simulate(strength: tuple[int, int], effectiveness: Pair, draws: int, seed: int) -> Simulated:
    """Stochastic square law casualty by casualty, all draws together; each lasts at most A + B - 1 casualties."""
    random = np.random.Generator(np.random.PCG64(seed))
    (a0, b0), (ea, eb) = strength, effectiveness
    a, b = np.full(draws, a0, np.float32), np.full(draws, b0, np.float32)
    time = np.zeros(draws, np.float32)
    left, duration, index = np.zeros((2, draws)), np.zeros(draws), np.arange(draws)
    scale = np.float32(max(ea * a0, eb * b0))
    fa, fb = np.float32(ea) / scale, np.float32(eb) / scale
    while index.size:
        rate_a, rate_b = fb * b, fa * a
        total = rate_a + rate_b
        time += random.standard_exponential(len(a), np.float32) / total
        hit_a = random.random(len(a), np.float32) * total < rate_a
        a -= hit_a
        b -= ~hit_a
        over = (a == 0) | (b == 0)
        if over.any():
            left[:, index[over]] = a[over], b[over]
            duration[index[over]] = time[over] / scale
            go = ~over
            a, b, time, index = a[go], b[go], time[go], index[go]
    return Simulated(left, duration)


@dataclass(frozen=True)
class Salvo:
    """Hughes' salvo equations (Hughes 1995, Naval Research Logistics 42), a salvo of both sides at once each round.

    hits on a side = max(0, shots of the other - shots that its defence stops), out of action = hits / staying power.
    """

    strength: Pair
    striking: Pair
    defence: Pair = (0.0, 0.0)
    staying: Pair = (1.0, 1.0)

    def rounds(self, n: int) -> np.ndarray:
        """Units in action after 0 .. n salvos, dims round, side."""
        rows = [np.array(self.strength, float)]
        for _ in range(n):
            rows.append(self._after(rows[-1], rows[-1][::-1] * self.striking[::-1]))
        return np.array(rows)

    def _after(self, now: np.ndarray, shots: np.ndarray) -> np.ndarray:
        hits = np.maximum(shots - now * self.defence, 0.0)
        return np.maximum(now - hits / np.array(self.staying), 0.0)

    def by_chance(self, n: int, draws: int, seed: int) -> np.ndarray:
        """The same with shots that hit by chance (Poisson about their mean), dims round, side, draws."""
        random = np.random.Generator(np.random.PCG64(seed))
        now = np.repeat(np.array(self.strength, float)[:, None], draws, axis=1)
        rows = [now]
        for _ in range(n):
            shots = random.poisson(now[::-1] * np.array(self.striking[::-1])[:, None])
            hits = np.maximum(shots - now * np.array(self.defence)[:, None], 0.0)
            now = np.maximum(now - hits / np.array(self.staying)[:, None], 0.0)
            rows.append(now)
        return np.array(rows)
