"""What a law of attrition is: the strengths of two forces at any time, and when one of them breaks.

A loses at a rate that side B's effectiveness sets, and the reverse. Under the square law dA/dt = -EB B, dB/dt = -EA A.
Times are in the unit of the rates, strengths in soldiers (or whatever is counted).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

Pair = tuple[float, float]


class Path(Protocol):
    """A battle under one law. `end` is what remains in the end, `when` says when a side has fallen to a level."""

    invariant: float
    end: Pair

    def at(self, t: np.ndarray) -> np.ndarray:
        """Strengths of A and B at times t, dims time, side."""

    def when(self, side: int, level: float) -> float:
        """First time at which a side is down to `level`, infinite if it never is."""


@dataclass(frozen=True)
class Law:
    """A law that can be chosen by name. `path(strength, effectiveness, **options)` gives the battle."""

    name: str
    title: str
    path: Callable[..., Path]
    equation: str
    citation: str
    options: tuple[str, ...] = ()


def exactly(x: float) -> Fraction:
    """The decimal number that was written, so that parity is parity and a difference of two squares loses nothing."""
    return Fraction(repr(float(x)))
