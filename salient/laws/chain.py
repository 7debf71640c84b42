"""Stochastic Lanchester: soldiers fall one at a time, a Markov chain on whole numbers of both sides.

From (m, n) the chain goes to (m-1, n) at the rate e_B n^p m^q and to (m, n-1) at the rate e_A m^p n^q, until a side is
gone. Chances, survivors and moments of the duration are exact, by one sweep over the numbers fallen so far. Strengths
over time are exact too, by uniformisation, where that is quick; elsewhere they are means of simulated battles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError
from salient.laws.base import A, B, Course, Ending, Floats, Forces, Law
from salient.laws.chance import generator, interval, likelier
from salient.laws.equation import hazard

MOST_STATES = 4_000_000
_MOST_WORK = 60_000_000
_MOST_MOVES = 40_000_000
_BLOCK = 1 << 15
_SHOWN_BATTLES = 400


@dataclass(frozen=True)
class _Chain:
    start: tuple[int, int]
    effectiveness: tuple[float, float]
    p: float
    q: float

    def rates(self, m: Floats, n: Floats) -> Floats:
        """Losses per unit of time of A and of B in the states (m, n), dims side, state; both at least 1."""
        numbers = np.stack([np.asarray(m, dtype=float), np.asarray(n, dtype=float)])
        shape = (2,) + (1,) * (numbers.ndim - 1)
        rate = np.array(self.effectiveness[::-1]).reshape(shape)
        return numbers * hazard(rate, numbers, self.p, self.q)

    @cached_property
    def layers(self) -> list[tuple[int, int, Floats, Floats]]:
        """By the number fallen so far: the range of A's, the mean stay in a state, the chance that one of A is next."""
        big_m, big_n = self.start
        found = []
        for fallen in range(big_m + big_n - 1):
            low, high = max(0, fallen - big_n + 1), min(fallen, big_m - 1) + 1
            i = np.arange(low, high, dtype=float)
            rate = self.rates(big_m - i, big_n - (fallen - i))
            stay = 1.0 / (rate[A] + rate[B])
            found.append((low, high, stay, rate[A] * stay))
        return found


@dataclass(frozen=True)
class _Outcome:
    """Chances of each number of survivors (index = soldiers left), and the moments of the duration."""

    left: tuple[Floats, Floats]
    mean: float
    sd: float

    @property
    def chance(self) -> tuple[float, float]:
        return float(self.left[A].sum()), float(self.left[B].sum())


def stochastic(forces: Forces, options: Mapping[str, Any]) -> Course:
    """The chain from whole numbers of soldiers."""
    chain = _checked(forces, options)
    outcome = _sweep(chain)
    draws, seed = options.get("draws"), int(options["seed"])
    curve, how, spread = _over_time(chain, outcome, seed)
    side = likelier(*outcome.chance)
    left = _mean_left(outcome.left[side]) if side is not None else 0.0
    more: dict[str, Any] = {
        "chance": {"A": outcome.chance[A], "B": outcome.chance[B]},
        "survivors_90": _quantiles(outcome.left[side]) if side is not None else None,
        "duration_sd": outcome.sd,
        "duration_90": spread,
        "method": how,
    }
    if draws:
        more["simulated"] = simulate(chain, int(draws), seed, side)
    return Course(
        curve,
        Ending(side, outcome.mean, left),
        _limits(outcome),
        outcome.mean,
        notes=(
            "Strengths are means; the winner is the likelier side, survivors are its mean when it wins, "
            "duration is the mean.",
        ),
        more=more,
    )


def _checked(forces: Forces, options: Mapping[str, Any]) -> _Chain:
    p, q = float(options["p"]), float(options["q"])
    for name, value in (("--p", p), ("--q", q)):
        if not 0.0 <= value <= 10.0:
            raise SalientError(Problem(f"{value:g} is not an exponent", key=name, hint="0 to 10"))
    for n in forces.strength:
        if n != math.floor(n):
            raise SalientError(
                Problem(
                    f"{n:g} is not a whole number of soldiers",
                    key="--strength",
                    hint="the stochastic law counts people",
                )
            )
    m, n_ = (int(n) for n in forces.strength)
    if m * n_ > MOST_STATES:
        raise SalientError(
            Problem(
                f"{m:,} against {n_:,} is too large for the exact chain",
                key="--strength",
                hint=f"at most {MOST_STATES:,} for the one times the other; chance matters little at "
                "this size: use --law square or --law generalised",
            )
        )
    return _Chain((m, n_), forces.effectiveness, p, q)


def _sweep(chain: _Chain) -> _Outcome:
    """Chances of being in each state, and with them the first two moments of the time of getting there."""
    big_m, big_n = chain.start
    here = np.zeros((3, big_m + 1))
    here[0, 0] = 1.0
    left = np.zeros(big_m + 1), np.zeros(big_n + 1)
    moments = np.zeros(3)
    for fallen, (low, high, stay, falls) in enumerate(chain.layers):
        now = here[:, low:high]
        spent = np.stack(
            [
                now[0],
                now[1] + now[0] * stay,
                now[2] + 2.0 * stay * (now[1] + now[0] * stay),
            ]
        )
        here[:, low:high] = spent * (1.0 - falls)
        here[:, low + 1 : high + 1] += spent * falls
        if high == big_m:
            left[B][big_n - (fallen + 1 - big_m)] = here[0, big_m]
            moments += here[:, big_m]
            here[:, big_m] = 0.0
        alive = fallen + 1 - big_n
        if alive >= 0:
            left[A][big_m - alive] = here[0, alive]
            moments += here[:, alive]
            here[:, alive] = 0.0
    mean = moments[1]
    return _Outcome(left, float(mean), math.sqrt(max(moments[2] - mean * mean, 0.0)))


def _mean_left(chances: Floats) -> float:
    return float(chances @ np.arange(len(chances)) / chances.sum())


def _limits(outcome: _Outcome) -> tuple[float, float]:
    a, b = (float(c @ np.arange(len(c))) for c in outcome.left)
    return a, b


def _quantiles(chances: Floats) -> list[float]:
    share = np.cumsum(chances) / chances.sum()
    return [float(np.searchsorted(share, x)) for x in (0.05, 0.95)]


_Curve = Callable[[Floats], Floats]


def _over_time(
    chain: _Chain, outcome: _Outcome, seed: int
) -> tuple[_Curve, str, list[float] | None]:
    """Mean strengths over time, how they were had, and the central 90 % of the duration."""
    big_m, big_n = chain.start
    fastest = float(chain.rates(np.array([big_m]), np.array([big_n])).sum())
    jumps = fastest * (outcome.mean + 12.0 * outcome.sd)
    if jumps * big_m * big_n > _MOST_WORK:
        curve, lengths = _battles(chain, seed)
        return curve, f"means of {_SHOWN_BATTLES} simulated battles", interval(lengths)
    series = _uniformised(chain, fastest, math.ceil(jumps))
    curve = _mixture(series, fastest)
    return curve, "exact", _times_of(series, fastest, outcome)


def _all_rates(chain: _Chain) -> Floats:
    m, n = np.meshgrid(
        np.arange(1.0, chain.start[A] + 1), np.arange(1.0, chain.start[B] + 1), indexing="ij"
    )
    return chain.rates(m, n)


def _uniformised(chain: _Chain, fastest: float, jumps: int) -> Floats:
    """Means of A, B and the chance that the battle is over, after each jump of the uniformised chain."""
    big_m, big_n = chain.start
    lost = np.zeros((2, big_m + 1, big_n + 1))
    lost[:, 1:, 1:] = _all_rates(chain) / fastest
    kept = 1.0 - lost.sum(axis=0)
    here = np.zeros((big_m + 1, big_n + 1))
    here[big_m, big_n] = 1.0
    m, n = np.arange(big_m + 1.0), np.arange(big_n + 1.0)
    rows = np.empty((jumps + 1, 3))
    for k in range(jumps + 1):
        over = here[0].sum() + here[:, 0].sum()
        rows[k] = here.sum(axis=1) @ m, here.sum(axis=0) @ n, over
        if 1.0 - over < 1e-15:
            return rows[: k + 1]
        after = here * kept
        after[:-1] += (here * lost[A])[1:]
        after[:, :-1] += (here * lost[B])[:, 1:]
        here = after
    return rows


def _mixed(series: Floats, fastest: float, t: Floats) -> Floats:
    """The series at the Poisson number of jumps that there are by each time."""
    count = len(series)
    out = np.empty((len(t), series.shape[1]))
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1.0, max(count, 2))))])
    for row, mean in enumerate(fastest * np.asarray(t, dtype=float)):
        if mean == 0.0:
            out[row] = series[0]
            continue
        reach = 12.0 * math.sqrt(mean) + 40.0
        low, high = int(max(0.0, min(mean - reach, count))), int(min(count, mean + reach))
        k = np.arange(low, high)
        weight = np.exp(k * math.log(mean) - mean - log_factorial[low:high])
        out[row] = weight @ series[low:high] + max(0.0, 1.0 - weight.sum()) * series[-1]
    return out


def _mixture(series: Floats, fastest: float) -> _Curve:
    return lambda t: _mixed(series, fastest, t)[:, :2]


def _times_of(series: Floats, fastest: float, outcome: _Outcome) -> list[float]:
    """Times by which 5 % and 95 % of the battles are over, by halving."""
    found = []
    for share in (0.05, 0.95):
        low, high = 0.0, outcome.mean + 12.0 * outcome.sd
        for _ in range(50):
            middle = (low + high) / 2.0
            over = _mixed(series, fastest, np.array([middle]))[0, 2]
            low, high = (middle, high) if over < share else (low, middle)
        found.append(high)
    return found


def _battles(chain: _Chain, seed: int) -> tuple[_Curve, Floats]:
    """Mean strengths at any time from some simulated battles, and their lengths."""
    random = generator(seed, "stochastic curve")
    big_m, big_n = chain.start
    times = np.zeros((big_m + big_n, _SHOWN_BATTLES))
    fallen_a = np.zeros((big_m + big_n, _SHOWN_BATTLES))
    steps = np.zeros(_SHOWN_BATTLES, dtype=int)
    a, t = np.zeros(_SHOWN_BATTLES, dtype=int), np.zeros(_SHOWN_BATTLES)
    for k, (low, high, stay, falls) in enumerate(chain.layers):
        fighting = (a >= low) & (a < high) & (steps == k)
        at = a[fighting] - low
        t[fighting] += random.standard_exponential(at.size) * stay[at]
        a[fighting] += random.random(at.size) < falls[at]
        steps += fighting
        times[k + 1], fallen_a[k + 1] = np.where(fighting, t, np.inf), a

    def curve(when: Floats) -> Floats:
        sums = np.zeros((len(when), 2))
        for b in range(_SHOWN_BATTLES):
            at = np.searchsorted(times[: steps[b] + 1, b], when, side="right") - 1
            lost = fallen_a[at, b]
            sums += np.stack([big_m - lost, big_n - (at - lost)], axis=1)
        return sums / _SHOWN_BATTLES

    return curve, t


def simulate(chain: _Chain, draws: int, seed: int, side: int | None) -> dict[str, Any]:
    """Battles by exact jumps. All draws give winners and survivors; times are followed for as many as is quick."""
    left = _simulate_outcomes(chain, draws, generator(seed, "stochastic outcome"))
    timed = max(1, min(draws, _MOST_MOVES // sum(chain.start)))
    lengths = _simulate_lengths(chain, timed, generator(seed, "stochastic time"))
    won = left[side] if side is not None and left[side].any() else None
    return {
        "draws": draws,
        "chance": {"A": float(left[A].sum() / draws), "B": float(left[B].sum() / draws)},
        "survivors": _mean_left(won) if won is not None else 0.0,
        "survivors_90": _quantiles(won) if won is not None else None,
        "timed_draws": timed,
        "duration": float(lengths.mean()),
        "duration_90": interval(lengths),
    }


def _simulate_outcomes(
    chain: _Chain, draws: int, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """How many draws end with how many survivors. Draws in one state are alike: a binomial says how many go where."""
    big_m, big_n = chain.start
    here = np.zeros(big_m + 1, dtype=np.int64)
    here[0] = draws
    left = np.zeros(big_m + 1), np.zeros(big_n + 1)
    for fallen, (low, high, _, falls) in enumerate(chain.layers):
        now = here[low:high].copy()
        moved = random.binomial(now, falls)
        here[low:high] = now - moved
        here[low + 1 : high + 1] += moved
        if high == big_m:
            left[B][big_n - (fallen + 1 - big_m)] = here[big_m]
            here[big_m] = 0
        alive = fallen + 1 - big_n
        if alive >= 0:
            left[A][big_m - alive] = here[alive]
            here[alive] = 0
    return left


def _simulate_lengths(chain: _Chain, draws: int, random: np.random.Generator) -> Floats:
    """The lengths of that many battles, followed jump by jump, a block that fits the cache at a time."""
    layers = [
        (low, high, stay.astype(np.float32), falls.astype(np.float32))
        for low, high, stay, falls in chain.layers
    ]
    lengths = np.empty(draws)
    for first in range(0, draws, _BLOCK):
        count = min(_BLOCK, draws - first)
        a, t = np.zeros(count, dtype=np.intp), np.zeros(count)
        done: list[Floats] = []
        for low, high, stay, falls in layers:
            out = (a < low) | (a >= high)
            if out.any():
                done.append(t[out])
                a, t = a[~out], t[~out]
                if not a.size:
                    break
            at = a - low
            t += random.standard_exponential(a.size, dtype=np.float32) * stay[at]
            a += random.random(a.size, dtype=np.float32) < falls[at]
        lengths[first : first + count] = np.concatenate([*done, t])
    return lengths


LAWS = (
    Law(
        "stochastic",
        "Stochastic Lanchester law",
        "A falls by one at the rate e_B B^p A^q, B at the rate e_A A^p B^q",
        "Taylor 1983, Lanchester Models of Warfare; Washburn and Kress 2009, Combat Modeling",
        stochastic,
        {"p": 1.0, "q": 0.0, "draws": None, "seed": 1},
    ),
)
