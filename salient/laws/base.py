"""What a law of battle is: two forces, the course of their strengths, and how it ends.

Side A has index 0 and side B index 1. Effectiveness is what one soldier of a side does to the other side: under the
square law A falls at the rate e_B B and B at the rate e_A A. A `Law` turns `Forces` into a `Course`; everything that
surrounds it (breakpoints, tables, pictures) is the same for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

A, B = 0, 1
NAMES = ("A", "B")
INFINITE = float("inf")

EXACT = Context(prec=60, Emax=10**9, Emin=-(10**9))
"""Sixty digits: differences of nearly equal forces keep all the digits of the answer."""

PARITY = Decimal("4e-15")
"""Where roots make exact equality a matter of rounding, sides whose relative difference is below this are equal."""


@dataclass(frozen=True)
class Forces:
    """Strengths at the start (soldiers) and effectiveness of the two sides (units depend on the law)."""

    strength: tuple[float, float]
    effectiveness: tuple[float, float]

    def swapped(self) -> Forces:
        """The same battle with the sides' names exchanged."""
        return Forces(self.strength[::-1], self.effectiveness[::-1])


@dataclass(frozen=True)
class Ending:
    """How a battle ends: who is left (None: neither), after how long (infinite: never), and with how many."""

    winner: int | None
    duration: float
    survivors: float


@dataclass(frozen=True)
class Course:
    """A solved battle.

    `strength(t)` gives a row [A, B] for each time, dims time, side, up to `ending.duration`. `limit` is where the
    strengths go if nothing stops the battle. `scale` is a time in which much happens, for searches and pictures.
    `invariant` is what the law keeps constant, said in `kept`; None when it keeps nothing.
    """

    strength: Callable[[Floats], Floats]
    ending: Ending
    limit: tuple[float, float]
    scale: float
    invariant: float | None = None
    kept: str = ""
    monotone: bool = True
    notes: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def swapped(self) -> Course:
        """The same course with the sides' names exchanged."""
        winner = None if self.ending.winner is None else 1 - self.ending.winner
        return Course(
            lambda t: self.strength(t)[:, ::-1],
            Ending(winner, self.ending.duration, self.ending.survivors),
            self.limit[::-1],
            self.scale,
            None if self.invariant is None else -self.invariant,
            self.kept,
            self.monotone,
            self.notes,
            self.more,
        )


@dataclass(frozen=True)
class Law:
    """A law of battle that can be chosen by name.

    `solve(forces, options)` gives the course. `options` names the options that it takes with what stands when they
    are left out. `rate_unit` is the unit of effectiveness and `time_unit` that of time. A law may also take `draws`
    and `seed` as options, when it is a matter of chance.
    """

    name: str
    title: str
    equation: str
    citation: str
    solve: Callable[[Forces, Mapping[str, Any]], Course]
    options: Mapping[str, Any] = field(default_factory=dict)
    rate_unit: str = "enemy soldiers per soldier and time unit"
    time_unit: str = "time units of the rates"


def exact(x: float) -> Decimal:
    """The decimal number that was written, so that parity is parity: 1.44 is 1.44 and not its nearest binary."""
    return Decimal(repr(float(x)))


def gap(forces: Forces, w: float) -> tuple[Decimal, Decimal]:
    """(a N_a^w, b N_b^w), the two sides of the invariant, to sixty digits."""
    n_a, n_b = (exact(n) for n in forces.strength)
    a, b = (exact(e) for e in forces.effectiveness)
    power = exact(w)
    return (
        EXACT.multiply(a, EXACT.power(n_a, power)),
        EXACT.multiply(b, EXACT.power(n_b, power)),
    )


def equal(x: Decimal, y: Decimal, w: float) -> bool:
    """Whether the sides a N_a^w and b N_b^w are equal: to the last digit for whole w, else within rounding."""
    return x == y or (w != math.floor(w) and abs(EXACT.subtract(x, y)) <= PARITY * max(x, y))


def column(a: Floats, b: Floats) -> Floats:
    """Two series as rows [A, B]."""
    return np.stack([a, b], axis=1)
