"""Hughes' salvo equations: strikes that are exchanged at once, against a defence that can be saturated.

    units of A out of action = max(0, e_B B - z_A A) / h_A ,    and the same for B

e is the well-aimed missiles that a unit sends in a salvo, z those that a unit stops, h the hits that put a unit out
(Hughes 1995, Naval Research Logistics 42). With draws, missiles sent and stopped are Poisson numbers with those means
(the limit of many shots with a small chance each; Armstrong 2005, Operations Research 53, has binomials).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError
from salient.laws.base import INFINITE, A, B, Course, Ending, Floats, Forces, Law
from salient.laws.chance import generator, summary

_MOST = 10_000
_SAME = 1e-12
_LARGEST_DRAWN = 200
"""Salvos followed with draws; a battle that is not decided by then counts as undecided."""


def salvo(forces: Forces, options: Mapping[str, Any]) -> Course:
    """Salvo after salvo until a side is out, or neither side's strikes get through any more."""
    stops, staying = (
        _positive(options["defence"], "--defence", True),
        _positive(options["staying"], "--staying", False),
    )
    sends = np.array(forces.effectiveness)
    draws = options.get("draws")
    if draws:
        return _drawn(forces, sends, stops, staying, int(draws), int(options["seed"]))
    rows, n = [np.array(forces.strength)], np.array(forces.strength)
    for _ in range(_MOST):
        after = np.maximum(n - np.maximum((sends * n)[::-1] - stops * n, 0.0) / staying, 0.0)
        if np.array_equal(after, n):
            break
        rows.append(after)
        # Under a staying share of 1e-12 of what it was, a force is out: proportions never reach 0 by themselves.
        n = np.where(after < _SAME * np.array(forces.strength), 0.0, after)
        rows[-1] = n
        if (n == 0.0).any():
            break
    return _course(np.array(rows), {}, ())


def _positive(pair: tuple[float, float], key: str, zero: bool) -> Floats:
    low = "0 or more" if zero else "over 0"
    for value in pair:
        if not (0.0 <= value < INFINITE) or (value == 0.0 and not zero):
            raise SalientError(
                Problem(f"{value:g} cannot be used", key=key, hint=f"two numbers, {low}")
            )
    return np.array(pair, dtype=float)


def _course(rows: Floats, more: Mapping[str, Any], notes: tuple[str, ...]) -> Course:
    def strength(t: Floats) -> Floats:
        at = np.minimum(np.floor(t + 1e-9), len(rows) - 1).astype(int)
        return rows[at]

    a, b = (float(x) for x in rows[-1])
    decided = a == 0.0 or b == 0.0
    winner = None if a == b or not decided else (A if a > b else B)
    if not decided:
        notes = (*notes, "A stand-off: neither side's salvos get through the other's defence.")
    end = Ending(
        winner, float(len(rows) - 1) if decided else INFINITE, max(a, b) if decided else 0.0
    )
    return Course(strength, end, (a, b), 1.0, notes=notes, more=more)


def _drawn(
    forces: Forces, sends: Floats, stops: Floats, staying: Floats, draws: int, seed: int
) -> Course:
    """Many battles at once, dims side, draws; the rows are their means."""
    random = generator(seed, "salvo")
    start = np.array(forces.strength)[:, None]
    n = np.repeat(start, draws, axis=1)
    rows, lengths = [start[:, 0]], np.full(draws, np.inf)
    for salvo_number in range(1, _LARGEST_DRAWN + 1):
        fighting = np.flatnonzero((n > 0.0).all(axis=0))
        if not fighting.size:
            break
        now = n[:, fighting]
        coming = random.poisson(sends[:, None] * now)[::-1]
        stopped = random.poisson(stops[:, None] * now)
        after = np.maximum(now - np.maximum(coming - stopped, 0) / staying[:, None], 0.0)
        n[:, fighting] = after
        lengths[fighting[(after == 0.0).any(axis=0)]] = salvo_number
        rows.append(n.mean(axis=1))
    chances = summary(n[A], n[B], lengths)
    left, winner = chances["survivors"], chances["likelier"]
    table = np.array(rows)

    def strength(t: Floats) -> Floats:
        return table[np.minimum(np.floor(t + 1e-9), len(table) - 1).astype(int)]

    return Course(
        strength,
        Ending(winner, chances["duration"], left),
        (float(table[-1, A]), float(table[-1, B])),
        1.0,
        notes=("Strengths are means over all draws; winner is the likelier one.",),
        more=chances["more"],
    )


LAWS = (
    Law(
        "salvo",
        "Hughes' salvo equations",
        "units of A out = max(0, e_B B - z_A A) / h_A in each salvo, and the same for B",
        "Hughes 1995, Naval Research Logistics 42; with chance after Armstrong 2005",
        salvo,
        {"defence": (0.0, 0.0), "staying": (1.0, 1.0), "draws": None, "seed": 1},
        rate_unit="well-aimed missiles per unit and salvo",
        time_unit="salvos",
    ),
)
