"""The generalised law with any p and q, and Helmbold's one-parameter family, by quadrature along the invariant.

    dA/dt = -e_B B^p A^q ,   dB/dt = -e_A A^p B^q ,   w = p - q + 1

Let y be the side that falls faster and s = ln(y_0 / y). With rho = (e_y y_0^w) / (e_x x_0^w), at most 1, the invariant
is

    ln(x/x_0) = ln(1 + rho (exp(-w s) - 1)) / w ,   and time   dt/ds = y^(1-q) / (e_x x^p)

is smooth in s, so panels of Gauss and Legendre give it to rounding, and Newton's steps turn it into s at a time. In s
nothing underflows: a force may shrink by any factor. (Bracken 1995, Naval Research Logistics 42; Helmbold 1965.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError
from salient.laws.base import (
    EXACT,
    INFINITE,
    A,
    Course,
    Ending,
    Floats,
    Forces,
    Law,
    column,
    equal,
    exact,
    gap,
)

LARGEST = 10.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(14)
_NODES, _WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0
_DIGITS = 42.0
_MOST_PANELS = 200_000
_NEVER = "Under this law neither side is annihilated in a finite time; set a breakpoint to end it."
_EVEN = "The sides are at parity: neither outlasts the other."
_FLAT = "With q >= p + 1 both sides dwindle together, so neither is annihilated; set a breakpoint to end it."


@dataclass(frozen=True)
class _Path:
    """The battle as a path in s. x outlasts y; `log_rho` and `log_rest` are ln rho and ln(1 - rho)."""

    x: float
    y: float
    e_x: float
    p: float
    q: float
    log_rho: float
    log_rest: float

    @property
    def w(self) -> float:
        return self.p - self.q + 1.0

    def log_x(self, s: Floats) -> Floats:
        """ln(x / x_0) after y has fallen by exp(-s)."""
        if self.w == 0.0:
            return -math.exp(self.log_rho) * s
        return np.logaddexp(self.log_rest, self.log_rho - self.w * s) / self.w

    def pace(self, s: Floats) -> Floats:
        """dt/ds."""
        log_y = math.log(self.y) - s
        log_x = math.log(self.x) + self.log_x(s)
        with np.errstate(over="ignore", under="ignore"):
            return np.exp((1.0 - self.q) * log_y - self.p * log_x - math.log(self.e_x))

    @property
    def ends(self) -> bool:
        """Whether y is gone in a finite time."""
        return self.q < 1.0 and self.w > 0.0

    @cached_property
    def last(self) -> float:
        """The s from which x no longer changes, or at which y is under the least number that can be written."""
        vanished = 760.0 + math.log(self.y)
        if self.w <= 0.0:
            return vanished
        settled = (_DIGITS + max(0.0, self.log_rho - self.log_rest)) / self.w
        return settled if self.ends else max(vanished, 1.0)

    @cached_property
    def edges(self) -> Floats:
        width = 0.5 / max(0.05, abs(self.w), self.p, abs(1.0 - self.q))
        count = min(math.ceil(self.last / width), _MOST_PANELS)
        return np.linspace(0.0, self.last, count + 1)

    @cached_property
    def clock(self) -> Floats:
        """The time at each edge."""
        width = np.diff(self.edges)
        at = self.edges[:-1, None] + width[:, None] * _NODES
        with np.errstate(over="ignore"):
            return np.concatenate([[0.0], np.cumsum(self.pace(at) @ _WEIGHTS * width)])

    @cached_property
    def tail(self) -> float:
        """The time from the last edge until y is gone: x stays, so y^(1-q) falls evenly."""
        return float(self.pace(self.edges[-1:])[0]) / (1.0 - self.q) if self.ends else INFINITE

    @property
    def duration(self) -> float:
        """The time until y is gone."""
        return float(self.clock[-1]) + self.tail

    def fallen(self, t: Floats) -> Floats:
        """s at each time."""
        t = np.asarray(t, dtype=float)
        panel = np.clip(np.searchsorted(self.clock, t, side="right") - 1, 0, len(self.edges) - 2)
        low, high = self.edges[panel], self.edges[panel + 1]
        rest = t - self.clock[panel]
        with np.errstate(all="ignore"):
            share = rest / (self.clock[panel + 1] - self.clock[panel])
        s = low + (high - low) * np.clip(np.nan_to_num(share), 0.0, 1.0)
        for _ in range(8):
            step = s - low
            spent = (self.pace(low[:, None] + step[:, None] * _NODES) @ _WEIGHTS) * step
            with np.errstate(all="ignore"):
                s = np.clip(s + np.nan_to_num((rest - spent) / self.pace(s)), low, high)
        return np.where(t > self.clock[-1], self._beyond(t), s)

    def _beyond(self, t: Floats) -> Floats:
        """After the last edge: the closed form of the tail, or gone."""
        if not self.ends:
            return np.full_like(t, INFINITE)
        with np.errstate(all="ignore"):
            left = np.maximum(1.0 - (t - self.clock[-1]) / self.tail, 0.0)
            return self.edges[-1] - np.log(left) / (1.0 - self.q)


def generalised(forces: Forces, options: Mapping[str, Any]) -> Course:
    """dA/dt = -e_B B^p A^q, dB/dt = -e_A A^p B^q."""
    p, q = float(options["p"]), float(options["q"])
    for name, value in (("--p", p), ("--q", q)):
        if not 0.0 <= value <= LARGEST:
            raise SalientError(
                Problem(f"{value:g} is not an exponent", key=name, hint=f"0 to {LARGEST:g}")
            )
    return solve(forces, p, q)


def helmbold(forces: Forces, options: Mapping[str, Any]) -> Course:
    """dA/dt = -e_B (A/B)^(1-W) B and the same for B: p = W, q = 1 - W (Helmbold 1965)."""
    weiss = float(options["weiss"])
    if not 0.0 <= weiss <= 1.0:
        raise SalientError(
            Problem(
                f"{weiss:g} is not a Weiss parameter",
                key="--weiss",
                hint="1 is square, 0.5 linear, 0 logarithmic",
            )
        )
    return solve(forces, weiss, 1.0 - weiss)


def solve(forces: Forces, p: float, q: float) -> Course:
    """The course for p and q."""
    w = p - q + 1.0
    one, two = gap(forces, w)
    if two > one:
        return solve(forces.swapped(), p, q).swapped()
    kept, said = _invariant(forces, one, two, w)
    if equal(one, two, w):
        return _even(forces, p, q, 0.0, said)
    rho = EXACT.divide(two, one)
    path = _Path(
        forces.strength[0],
        forces.strength[1],
        forces.effectiveness[0],
        p,
        q,
        float(EXACT.ln(rho)),
        float(EXACT.ln(EXACT.subtract(Decimal(1), rho))),
    )

    def strength(t: Floats) -> Floats:
        s = path.fallen(t)
        with np.errstate(under="ignore"):
            return column(path.x * np.exp(path.log_x(s)), path.y * np.exp(-s))

    left = path.x * math.exp(path.log_rest / w) if w > 0 else 0.0
    duration = path.duration if path.ends else INFINITE
    notes = () if path.ends else ((_NEVER,) if w > 0 else (_FLAT,))
    return Course(
        strength,
        Ending(A if w > 0 else None, duration, left),
        (left, 0.0),
        float(path.pace(np.zeros(1))[0]),
        kept,
        said,
        notes=notes,
    )


def _invariant(forces: Forces, one: Decimal, two: Decimal, w: float) -> tuple[float, str]:
    if w == 0.0:
        (a, b), (n_a, n_b) = forces.effectiveness, forces.strength
        return a * math.log(n_a) - b * math.log(n_b), "e_A ln A - e_B ln B"
    return float(EXACT.subtract(one, two)), f"e_A A^{w:g} - e_B B^{w:g}"


def _even(forces: Forces, p: float, q: float, kept: float, said: str) -> Course:
    """At parity both sides shrink by one factor f with f' = -h f^(p+q), h the hazard at the start."""
    (n_a, n_b), e_b = forces.strength, forces.effectiveness[1]
    h = float(
        EXACT.multiply(
            exact(e_b),
            EXACT.multiply(
                EXACT.power(exact(n_b), exact(p)), EXACT.power(exact(n_a), exact(q - 1.0))
            ),
        )
    )
    m = 1.0 - p - q
    start = np.array([n_a, n_b])

    def strength(t: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            log_f = -h * t if m == 0.0 else np.log1p(-np.minimum(m * h * t, 1.0)) / m
            return start * np.exp(log_f)[:, None]

    duration = 1.0 / (m * h) if m > 0.0 else INFINITE
    return Course(
        strength,
        Ending(None, duration, 0.0),
        (0.0, 0.0),
        1.0 / h,
        kept,
        said,
        notes=(_EVEN,),
    )


_EQUATION = "dA/dt = -e_B B^p A^q,  dB/dt = -e_A A^p B^q"

LAWS = (
    Law(
        "generalised",
        "Generalised Lanchester law",
        _EQUATION,
        "Bracken 1995, Naval Research Logistics 42",
        generalised,
        {"p": 0.5, "q": 0.75},
        rate_unit="soldiers^(1-p-q) per time unit",
    ),
    Law(
        "helmbold",
        "Helmbold's family",
        "dA/dt = -e_B (A/B)^(1-W) B,  dB/dt = -e_A (B/A)^(1-W) A",
        "Helmbold 1965",
        helmbold,
        {"weiss": 0.35},
    ),
)
