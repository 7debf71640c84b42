"""`engage`: a battle of two forces under a classical law, from its start to its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError, nearest
from salient.laws.base import (
    INFINITE,
    NAMES,
    A,
    B,
    Course,
    Ending,
    Floats,
    Forces,
    Law,
)
from salient.laws.registry import law_named

MOST_TIMES = 1_000_000
MOST_DRAWS = 10_000_000
_SHOWN = 41
_LONGEST = 1e300


@dataclass(frozen=True, eq=False)
class Engagement:
    """What a battle came to.

    `times` and `strength` (soldiers, dims time, side) are the course; `winner` is "A", "B" or None;
    `survivors` are the winner's; `duration` is None when the battle never ends; `losses` are those of A and B until it
    ends, or in the limit. `ended_by` is "annihilation", "breakpoint" or None. `invariant` is what the law keeps
    constant, written out in `kept`.
    """

    law: str
    times: Floats
    strength: Floats
    winner: str | None
    survivors: float
    duration: float | None
    invariant: float | None
    kept: str
    losses: list[float]
    ended_by: str | None
    forces: Forces
    rule: Law = field(repr=False)
    notes: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    at: Callable[[Floats], Floats] = field(repr=False, default=lambda t: np.zeros((len(t), 2)))
    horizon: float = 1.0

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data, with nothing that JSON cannot hold."""
        return {
            "law": self.law,
            "start": list(self.forces.strength),
            "effectiveness": list(self.forces.effectiveness),
            "units": {
                "strength": "soldiers",
                "effectiveness": self.rule.rate_unit,
                "times": self.rule.time_unit,
            },
            "times": self.times.tolist(),
            "strength": self.strength.tolist(),
            "winner": self.winner,
            "survivors": self.survivors,
            "duration": self.duration,
            "ended_by": self.ended_by,
            "losses": {"A": self.losses[A], "B": self.losses[B]},
            "invariant": self.invariant,
            "invariant_formula": self.kept or None,
            "equation": self.rule.equation,
            "citation": self.rule.citation,
            "notes": list(self.notes),
            **{k: v for k, v in self.more.items()},
        }


def engage(
    law: str,
    strength: Iterable[float],
    effectiveness: Iterable[float],
    times: Iterable[float] | None = None,
    breakpoint: Iterable[float] | None = None,
    **options: Any,
) -> Engagement:
    """Solve a battle of A against B.

    `law` is a name such as "square". `strength` is (A, B) in soldiers at the start, `effectiveness` (e_A, e_B):
    under the square law A falls at the rate e_B B and B at the rate e_A A. `times` are those at which strengths are
    wanted; when left out, evenly over the battle. `breakpoint` (f_A, f_B) ends the battle when a side is down to
    that share of its start; 0 is to fight to the end. Other options belong to a law: `reinforce` (square), `p` and
    `q` (generalised, stochastic), `weiss` (helmbold), `hidden` (deitchman), `tolerance` and `pace` (epstein),
    `defence` and `staying` (salvo), `draws` and `seed` (salvo, stochastic). Raises SalientError for what cannot be
    used.
    """
    rule = law_named(law)
    forces = Forces(
        _pair(strength, "--strength", "soldiers"),
        _pair(effectiveness, "--effectiveness", rule.rate_unit),
    )
    wanted = None if times is None else _times(times)
    shares = _shares((0.0, 0.0) if breakpoint is None else breakpoint)
    course = _finite(rule.solve(forces, _options(rule, options)))
    end, by = course.ending, "annihilation" if course.ending.duration < INFINITE else None
    if any(shares):
        if {"chance", "simulated"} & set(course.more):
            raise SalientError(
                Problem(
                    "a law with chance ends with the last soldier",
                    key="--breakpoint",
                    hint="leave --breakpoint out",
                )
            )
        end, by = _broken(course, forces, shares, by)
    return _told(rule, forces, course, end, by, wanted)


def _told(
    rule: Law,
    forces: Forces,
    course: Course,
    end: Ending,
    by: str | None,
    wanted: Floats | None,
) -> Engagement:
    chance = "chance" in course.more

    def at(t: Floats) -> Floats:
        """Strengths at any time; what is left when the battle ends stays."""
        with np.errstate(over="ignore"):  # a time without bound is where the strengths have settled
            rows = course.strength(np.minimum(t, np.inf if chance else end.duration))
        if chance or end.duration == INFINITE:
            return rows
        over = t >= end.duration
        if by == "annihilation" and over.any():
            last = np.zeros(2)
            if end.winner is not None:
                last[end.winner] = end.survivors
            rows[over] = last
        return rows

    horizon = _horizon(course, end, chance)
    t = np.linspace(0.0, horizon, _SHOWN) if wanted is None else wanted
    final = (
        np.array(course.limit)
        if chance or end.duration == INFINITE
        else at(np.array([end.duration]))[0]
    )
    if end.winner is not None and course.monotone:  # rounding may not bring anyone back
        end = replace(end, survivors=min(end.survivors, forces.strength[end.winner]))
    notes = course.notes if by != "breakpoint" else ()
    more = course.more
    return Engagement(
        law=rule.name,
        times=t,
        strength=at(t),
        winner=None if end.winner is None else NAMES[end.winner],
        survivors=float(end.survivors),
        duration=None if end.duration == INFINITE else float(end.duration),
        invariant=course.invariant,
        kept=course.kept,
        losses=[float(n - f) for n, f in zip(forces.strength, final, strict=True)],
        ended_by=by,
        forces=forces,
        rule=rule,
        notes=notes,
        more=more,
        at=at,
        horizon=horizon,
    )


def _horizon(course: Course, end: Ending, chance: bool) -> float:
    """As much of the battle as is worth a picture."""
    if end.duration < INFINITE:
        return end.duration * (1.6 if chance else 1.0) or course.scale
    return 5.0 * course.scale


def _finite(course: Course) -> Course:
    """The course, if its numbers can be written. Raises SalientError when they overflow."""
    if not (0.0 < course.scale < _LONGEST):
        raise SalientError(
            Problem(
                "the battle is too fast or too slow to reckon with",
                key="--effectiveness",
                hint="choose a unit of time in which a battle takes 1 to 1000",
            )
        )
    return course


def _broken(
    course: Course, forces: Forces, shares: tuple[float, float], by: str | None
) -> tuple[Ending, str | None]:
    """The ending with breakpoints: the side that is first down to its share has lost."""
    levels = [share * n for share, n in zip(shares, forces.strength, strict=True)]
    found = [_first(course, side, levels[side]) if levels[side] else INFINITE for side in (A, B)]
    first = min(found)
    if first >= course.ending.duration or first == INFINITE:
        return course.ending, by
    if abs(found[A] - found[B]) <= 1e-12 * first:
        return Ending(None, first, 0.0), "breakpoint"
    winner = B if found[A] < found[B] else A
    left = float(course.strength(np.array([first]))[0, winner])
    return Ending(winner, first, left), "breakpoint"


def _first(course: Course, side: int, level: float) -> float:
    """When that side is first down to that strength, or infinite. By halving, to the last digit."""

    def above(t: float) -> bool:
        return float(course.strength(np.array([t]))[0, side]) > level

    grid = _search_grid(course)
    values = course.strength(grid)[:, side]
    below = np.flatnonzero(values <= level)
    if not below.size:
        return INFINITE
    k = int(below[0])
    low, high = (float(grid[k - 1]) if k else 0.0), float(grid[k])
    for _ in range(200):
        middle = (low + high) / 2.0
        if not low < middle < high:
            break
        low, high = (middle, high) if above(middle) else (low, middle)
    return high


def _search_grid(course: Course) -> Floats:
    """Times among which the first crossing lies: finely to the end, or ever further where there is none."""
    end = course.ending.duration
    if end < INFINITE:
        return np.linspace(0.0, end, 2 if course.monotone else 4001)
    steps = course.scale * np.geomspace(1e-12, 1e30, 2000)
    return np.concatenate([[0.0], steps[steps < _LONGEST]])


def _numbers(values: Any, key: str) -> list[float]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise SalientError(Problem(f"{values!r} is not a list of numbers", key=key))
    found = list(values)
    for x in found:
        if isinstance(x, bool) or not isinstance(x, Real):
            raise SalientError(Problem(f"{x!r} is not a number", key=key))
        if not math.isfinite(x):
            raise SalientError(
                Problem(f"{float(x)} cannot be used", key=key, hint="give a finite number")
            )
    return [float(x) for x in found]


def _pair(values: Iterable[float], key: str, unit: str) -> tuple[float, float]:
    found = _numbers(values, key)
    if len(found) != 2:
        raise SalientError(
            Problem(
                f"{len(found)} numbers, where there are two sides",
                key=key,
                hint="one for A, one for B",
            )
        )
    for name, x in zip(NAMES, found, strict=True):
        if x <= 0.0:
            raise SalientError(
                Problem(f"{x:g} for side {name} cannot be used", key=key, hint=f"over 0, in {unit}")
            )
        if not 1e-100 <= x <= 1e100:
            raise SalientError(
                Problem(f"{x:g} for side {name} is out of range", key=key, hint="1e-100 to 1e100")
            )
    return found[0], found[1]


def _times(values: Iterable[float]) -> Floats:
    found = _numbers(values, "--times")
    if not found:
        raise SalientError(Problem("no times", key="--times", hint="such as 0 1 2 5"))
    if len(found) > MOST_TIMES:
        raise SalientError(
            Problem(f"{len(found):,} times", key="--times", hint=f"at most {MOST_TIMES:,}")
        )
    for x in found:
        if x < 0.0:
            raise SalientError(
                Problem(f"{x:g} is before the battle", key="--times", hint="0 or later")
            )
    return np.array(found)


def _shares(values: Iterable[float]) -> tuple[float, float]:
    found = _numbers(values, "--breakpoint")
    if len(found) != 2 or not all(0.0 <= x < 1.0 for x in found):
        raise SalientError(
            Problem(
                f"{' '.join(f'{x:g}' for x in found)} cannot be used",
                key="--breakpoint",
                hint="two shares of the start, from 0 to below 1, such as 0.7 0.8",
            )
        )
    return found[0], found[1]


def _options(rule: Law, given: Mapping[str, Any]) -> dict[str, Any]:
    """The law's options with what was given. Raises SalientError for one that the law does not take."""
    chosen = dict(rule.options)
    for name, value in given.items():
        if value is None:
            continue
        if name not in chosen:
            near = nearest(name, chosen)
            takes = ", ".join(f"--{n}" for n in chosen) or "none"
            raise SalientError(
                Problem(
                    f"the law '{rule.name}' has no such option",
                    key=f"--{name}",
                    hint=f"nearest: --{near}" if near else f"its options: {takes}",
                )
            )
        chosen[name] = _checked(name, value)
    return chosen


def _checked(name: str, value: Any) -> Any:
    """An option's value: two numbers, one number, a whole number, or a side."""
    key = f"--{name}"
    if name in ("reinforce", "defence", "tolerance", "staying"):
        pair = _numbers(value, key)
        if len(pair) != 2 or min(pair) < 0.0:
            raise SalientError(
                Problem(
                    f"{' '.join(f'{x:g}' for x in pair)} cannot be used",
                    key=key,
                    hint="two numbers, 0 or more: one for A, one for B",
                )
            )
        return tuple(pair)
    if name == "hidden":
        if value not in NAMES:
            raise SalientError(Problem(f"'{value}' is not a side", key=key, hint="A or B"))
        return value
    if name in ("draws", "seed"):
        most = MOST_DRAWS if name == "draws" else 2**32 - 1
        least = 1 if name == "draws" else 0
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise SalientError(
                Problem(
                    f"{value} cannot be used", key=key, hint=f"a whole number, {least} to {most:,}"
                )
            )
        return int(value)
    return _numbers([value], key)[0]
