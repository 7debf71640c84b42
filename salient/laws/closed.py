"""Laws with a closed form: square (with reinforcement), linear, logarithmic, Deitchman's ambush.

Each form is written so that nothing cancels: differences of the two sides are taken once, in sixty digits, and the
strengths are then sums and products of numbers of one sign. So it holds to rounding at any size, and next to parity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np

from salient.laws.base import (
    EXACT,
    INFINITE,
    PARITY,
    A,
    B,
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

_NEVER = "Under this law neither side is annihilated in a finite time; set a breakpoint to end it."
_EVEN = "The sides are at parity: neither outlasts the other."


def square(forces: Forces, options: Mapping[str, Any]) -> Course:
    """dA/dt = -e_B B + r_A, dB/dt = -e_A A + r_B: aimed fire, with reinforcement at a given rate (Lanchester 1914)."""
    arriving = options.get("reinforce") or (0.0, 0.0)
    if any(arriving):
        return _reinforced(forces, arriving)
    one, two = gap(forces, 2.0)
    if equal(one, two, 2.0):
        return _square_parity(forces)
    return _square_won(forces) if one > two else _square_won(forces.swapped()).swapped()


def _modes(forces: Forces) -> tuple[Decimal, Decimal]:
    """u = sqrt(e_A) A and v = sqrt(e_B) B, for which u' = -k v, v' = -k u."""
    roots = (EXACT.sqrt(exact(e)) for e in forces.effectiveness)
    u, v = (EXACT.multiply(r, exact(n)) for r, n in zip(roots, forces.strength, strict=True))
    return u, v


def _pace(forces: Forces) -> float:
    """k = sqrt(e_A e_B), per unit of time."""
    return math.sqrt(forces.effectiveness[A]) * math.sqrt(forces.effectiveness[B])


def _square_invariant(forces: Forces) -> float:
    one, two = gap(forces, 2.0)
    return float(EXACT.subtract(one, two))


_SQUARE_KEPT = "e_A A^2 - e_B B^2"


def _square_won(forces: Forces) -> Course:
    """A wins. With r = sqrt(u^2 - v^2) and k T = artanh(v/u):  u = r cosh k(T-t),  v = r sinh k(T-t)."""
    u, v = _modes(forces)
    total, difference = EXACT.add(u, v), EXACT.subtract(u, v)
    k = _pace(forces)
    left = float(EXACT.sqrt(EXACT.multiply(total, difference)))
    ratio = float(EXACT.divide(EXACT.add(v, v), difference))
    k_end = math.log1p(ratio) / 2.0
    root_a, root_b = (math.sqrt(e) for e in forces.effectiveness)

    def strength(t: Floats) -> Floats:
        to_go = np.maximum(k_end - k * t, 0.0)
        return column(left / root_a * np.cosh(to_go), left / root_b * np.sinh(to_go))

    end = Ending(A, k_end / k, left / root_a)
    return Course(
        strength, end, (end.survivors, 0.0), 1.0 / k, _square_invariant(forces), _SQUARE_KEPT
    )


def _square_parity(forces: Forces) -> Course:
    """Both fall by exp(-kt)."""
    k = _pace(forces)
    start = np.array(forces.strength)
    return Course(
        lambda t: start * np.exp(-k * t)[:, None],
        Ending(None, INFINITE, 0.0),
        (0.0, 0.0),
        1.0 / k,
        0.0,
        _SQUARE_KEPT,
        notes=(_EVEN,),
    )


def _reinforced(forces: Forces, arriving: tuple[float, float]) -> Course:
    """About the balance A* = r_B / e_A, B* = r_A / e_B the deviations follow the square law."""
    e_a, e_b = (exact(e) for e in forces.effectiveness)
    root_a, root_b = EXACT.sqrt(e_a), EXACT.sqrt(e_b)
    balance = (EXACT.divide(exact(arriving[1]), e_a), EXACT.divide(exact(arriving[0]), e_b))
    u = EXACT.multiply(root_a, EXACT.subtract(exact(forces.strength[A]), balance[A]))
    v = EXACT.multiply(root_b, EXACT.subtract(exact(forces.strength[B]), balance[B]))
    size = EXACT.add(
        EXACT.add(abs(u), abs(v)),
        EXACT.add(EXACT.multiply(root_a, balance[A]), EXACT.multiply(root_b, balance[B])),
    )
    total, difference = EXACT.add(u, v), EXACT.subtract(u, v)
    kept = float(EXACT.multiply(total, difference))
    said = "e_A (A - r_B/e_A)^2 - e_B (B - r_A/e_B)^2"
    if abs(difference) <= PARITY * size:
        return _balanced(forces, balance, kept, said, float(total))
    if difference < 0:
        return _reinforced(forces.swapped(), arriving[::-1]).swapped()
    k, both, apart = _pace(forces), float(total), float(difference)
    half = np.array([0.5 / float(root_a), 0.5 / float(root_b)])
    level = np.array([float(b) for b in balance])

    def strength(t: Floats) -> Floats:
        shrinking, growing = both * np.exp(-k * t), apart * np.exp(k * t)
        n = level + half * column(shrinking + growing, shrinking - growing)
        return np.maximum(n, 0.0)

    duration = _time_until_gone(forces, difference, EXACT.multiply(root_b, balance[B]), root_b) / k
    left = float(strength(np.array([duration]))[0, A])
    return Course(
        strength,
        Ending(A, duration, left),
        (left, 0.0),
        1.0 / k,
        kept,
        said,
        monotone=False,
    )


def _time_until_gone(forces: Forces, d: Decimal, held: Decimal, root_b: Decimal) -> float:
    """k T for which B is 0: with exp(kT) = 1 + z,  d z^2 + 2 (d - sqrt(e_B) B*) z - 2 sqrt(e_B) B_0 = 0, z > 0."""
    two_v = EXACT.multiply(EXACT.multiply(Decimal(2), root_b), exact(forces.strength[B]))
    h = EXACT.subtract(d, held)
    root = EXACT.sqrt(EXACT.add(EXACT.multiply(h, h), EXACT.multiply(two_v, d)))
    z = (
        EXACT.divide(two_v, EXACT.add(h, root))
        if h > 0
        else EXACT.divide(EXACT.subtract(root, h), d)
    )
    return math.log1p(float(z))


def _balanced(
    forces: Forces, balance: tuple[Decimal, Decimal], kept: float, said: str, total: float
) -> Course:
    """Neither wins: both settle at the balance."""
    k = _pace(forces)
    level = np.array([float(b) for b in balance])
    away = 0.5 * total / np.sqrt(np.array(forces.effectiveness))

    def strength(t: Floats) -> Floats:
        return np.maximum(level + away * np.exp(-k * t)[:, None], 0.0)

    return Course(
        strength,
        Ending(None, INFINITE, 0.0),
        (float(level[A]), float(level[B])),
        1.0 / k,
        kept,
        said,
        monotone=False,
        notes=(
            "The sides are at balance: losses equal reinforcement in the end, and neither wins.",
        ),
    )


def linear(forces: Forces, options: Mapping[str, Any]) -> Course:
    """dA/dt = -e_B A B, dB/dt = -e_A A B: area fire, or duels (Lanchester 1914)."""
    one, two = gap(forces, 1.0)
    if two > one:
        return linear(forces.swapped(), options).swapped()
    even = equal(one, two, 1.0)
    x, y = float(one), float(two)
    d = 0.0 if even else float(EXACT.subtract(one, two))
    e_a, e_b = forces.effectiveness

    def strength(t: Floats) -> Floats:
        """x = x_0 / (1 + y_0 s), y = y_0 exp(-D t) / (1 + y_0 s) with s = (1 - exp(-D t)) / D, or t at parity."""
        s = -np.expm1(-d * t) / d if d else t
        faded = 1.0 + y * s
        return column(x / faded / e_a, y * np.exp(-d * t) / faded / e_b)

    left = d / e_a
    more = {"time_to_one_soldier": None if even else _linear_time(x, y, d, e_b)}
    return Course(
        strength,
        Ending(None if even else A, INFINITE, 0.0 if even else left),
        (left, 0.0),
        1.0 / (x + y),
        d,
        "e_A A - e_B B",
        notes=(_EVEN,) if even else (_NEVER,),
        more=more,
    )


def _linear_time(x: float, y: float, d: float, e_b: float) -> float:
    """When B is down to one soldier: y/x = (y_0/x_0) exp(-D t) and x = y + D, so D t = ln[(y_0/x_0) (D + y)/y]."""
    return math.log(y / x * (d + e_b) / e_b) / d if y > e_b else 0.0


def logarithmic(forces: Forces, options: Mapping[str, Any]) -> Course:
    """dA/dt = -e_B A, dB/dt = -e_A B: numbers do not count (Peterson 1953)."""
    e_a, e_b = forces.effectiveness
    start, rate = np.array(forces.strength), np.array([e_b, e_a])
    even = e_a == e_b
    note = (
        "Both shrink in the same proportion: neither outlasts the other."
        if even
        else f"Both dwindle; {'A' if e_a > e_b else 'B'} loses the smaller share in any time. {_NEVER}"
    )
    return Course(
        lambda t: start * np.exp(-rate * t[:, None]),
        Ending(None, INFINITE, 0.0),
        (0.0, 0.0),
        1.0 / max(e_a, e_b),
        e_a * math.log(forces.strength[A]) - e_b * math.log(forces.strength[B]),
        "e_A ln A - e_B ln B",
        notes=(note,),
    )


def deitchman(forces: Forces, options: Mapping[str, Any]) -> Course:
    """Ambush: the side in view R loses -e_G G, the hidden side G loses -e_R R G (Deitchman 1962)."""
    if options["hidden"] == "A":
        course = _ambush(forces.swapped()).swapped()
        return replace(course, invariant=-float(course.invariant or 0.0))
    return _ambush(forces)


def _ambush(forces: Forces) -> Course:
    """A is in view, B hidden. C = (e_A/2) A^2 - e_B B is kept, so dA/dt = -(e_A/2) A^2 + C, a Riccati equation."""
    e_a, e_b = forces.effectiveness
    one, two = gap(Forces(forces.strength, (e_a, 1.0)), 2.0)[0] / 2, gap(forces, 1.0)[1]
    c = float(EXACT.subtract(one, two))
    a0, b0 = forces.strength
    half = e_a / 2.0
    kept = "(e_R/2) R^2 - e_G G, R in view and G hidden"
    scale = 1.0 / (half * a0 + e_b * b0 / a0)
    if equal(one, two, 1.0):

        def even(t: Floats) -> Floats:
            a = a0 / (1.0 + half * a0 * t)
            return column(a, half / e_b * a * a)

        return Course(
            even, Ending(None, INFINITE, 0.0), (0.0, 0.0), scale, 0.0, kept, notes=(_EVEN,)
        )
    m = math.sqrt(abs(c) / half)
    if c > 0:

        def seen_wins(t: Floats) -> Floats:
            """A - m falls to 0 and never reaches it; at the start it is (2 e_B/e_A) B_0 / (A_0 + m)."""
            theta = half * m * t
            with np.errstate(over="ignore"):
                fading = 2.0 / (np.exp(2.0 * theta) + 1.0)
            above = 2.0 * e_b / e_a * b0 / (a0 + m) * fading / (1.0 + a0 / m * np.tanh(theta))
            return column(m + above, half / e_b * above * (2.0 * m + above))

        return Course(seen_wins, Ending(A, INFINITE, m), (m, 0.0), scale, c, kept, notes=(_NEVER,))
    left, angle = -c / e_b, math.atan2(a0, m)

    def hidden_wins(t: Floats) -> Floats:
        a = m * np.tan(np.maximum(angle - half * m * t, 0.0))
        return column(a, left + half / e_b * a * a)

    return Course(hidden_wins, Ending(B, angle / (half * m), left), (0.0, left), scale, c, kept)


LAWS = (
    Law(
        "square",
        "Lanchester's square law",
        "dA/dt = -e_B B + r_A,  dB/dt = -e_A A + r_B",
        "Lanchester 1914; Osipov 1915; reinforcement: Engel 1954, Operations Research 2",
        square,
        {"reinforce": None},
    ),
    Law(
        "linear",
        "Lanchester's linear law",
        "dA/dt = -e_B A B,  dB/dt = -e_A A B",
        "Lanchester 1914",
        linear,
        rate_unit="per enemy soldier and time unit",
    ),
    Law(
        "logarithmic",
        "Logarithmic law",
        "dA/dt = -e_B A,  dB/dt = -e_A B",
        "Peterson 1953",
        logarithmic,
        rate_unit="share of the enemy per time unit",
    ),
    Law(
        "deitchman",
        "Deitchman's law of ambush",
        "dR/dt = -e_G G,  dG/dt = -e_R R G, R in view, G hidden",
        "Deitchman 1962, Operations Research 10",
        deitchman,
        {"hidden": "B"},
        rate_unit="hidden: enemy soldiers per soldier and time unit; in view: per enemy soldier and time unit",
    ),
)
