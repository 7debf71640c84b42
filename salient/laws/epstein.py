"""Epstein's adaptive model: losses make the defender withdraw, and withdrawal lowers losses.

Reconstructed from its published equations (Epstein 1985, The Calculus of Conventional War; 1990), day by day, with A
the attacker and B the defender. It was never validated against campaigns, and its results are sensitive (Kupchan 1989).

    W(t) = W(t-1) + (W_max - W(t-1)) / (1 - d_T) (d(t-1) - d_T)      if d(t-1) > d_T, else 0
    alpha(t) = alpha(t-1) + (alpha_T - alpha(t-1)) / alpha_T (alpha_T - l(t-1))
    loss of A = alpha(t) (1 - W(t)/W_max) A ,     loss of B = loss of A / rho

d and l are the shares that the defender and the attacker lost on the day before, d_T and alpha_T what they tolerate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError
from salient.laws.base import INFINITE, A, B, Course, Ending, Floats, Forces, Law

_LONGEST = 3650
_GONE = 1.0


def epstein(forces: Forces, options: Mapping[str, Any]) -> Course:
    """e_B is the attacker's share lost on the first day; rho = e_B / e_A attackers fall per defender."""
    attacker, defender = _shares(options["tolerance"])
    pace = float(options["pace"])
    if not 0 < pace < INFINITE:
        raise SalientError(
            Problem(f"{pace:g} is not a pace", key="--pace", hint="kilometres a day, over 0")
        )
    share, rho = forces.effectiveness[B], forces.effectiveness[B] / forces.effectiveness[A]
    if share >= 1.0:
        raise SalientError(
            Problem(
                f"the attacker would lose {share:g} of itself on the first day",
                key="--effectiveness",
                hint="under epstein the second value is a share a day, below 1, such as 0.02",
            )
        )
    rows, ground = _days(forces.strength, share, rho, attacker, defender, pace)
    end = _ending(rows)
    days = np.arange(len(rows), dtype=float)

    def strength(t: Floats) -> Floats:
        return np.stack([np.interp(t, days, rows[:, k]) for k in (A, B)], axis=1)

    return Course(
        strength,
        end,
        (float(rows[-1, A]), float(rows[-1, B])),
        1.0,
        notes=(
            f"The defender gives up {ground:,.1f} km. Reckoned by the day; between days on a straight line.",
            *(
                ()
                if end.duration < INFINITE
                else (f"Neither side is down to one soldier in {_LONGEST} days.",)
            ),
        ),
        more={"ground_km": ground},
    )


def _shares(tolerance: tuple[float, float]) -> tuple[float, float]:
    for value in tolerance:
        if not 0.0 < value < 1.0:
            raise SalientError(
                Problem(
                    f"{value:g} is not a tolerated loss",
                    key="--tolerance",
                    hint="shares a day of attacker and defender, such as 0.05 0.04",
                )
            )
    return tolerance


def _days(
    start: tuple[float, float],
    alpha: float,
    rho: float,
    alpha_t: float,
    delta_t: float,
    w_max: float,
) -> tuple[Floats, float]:
    """Strengths by day until a side is down to one soldier, and the ground given up, km."""
    a, b = start
    rows, ground, w = [(a, b)], 0.0, 0.0
    for _ in range(_LONGEST):
        loss = min(alpha * (1.0 - w / w_max) * a, a, rho * b)
        lost_a, lost_b = loss / a, loss / rho / b
        a, b, ground = a - loss, max(b - loss / rho, 0.0), ground + w
        a, b = (0.0 if n < _GONE else n for n in (a, b))
        rows.append((a, b))
        if a == 0.0 or b == 0.0:
            break
        w = w + (w_max - w) / (1.0 - delta_t) * (lost_b - delta_t) if lost_b > delta_t else 0.0
        alpha = min(max(alpha + (alpha_t - alpha) / alpha_t * (alpha_t - lost_a), 0.0), 1.0)
    return np.array(rows), ground


def _ending(rows: Floats) -> Ending:
    a, b = rows[-1]
    if a > 0.0 and b > 0.0:
        return Ending(None, INFINITE, 0.0)
    winner = None if a == b else (A if a > b else B)
    return Ending(winner, float(len(rows) - 1), float(max(a, b)))


LAWS = (
    Law(
        "epstein",
        "Epstein's adaptive model",
        "loss of A = alpha (1 - W/W_max) A,  loss of B = loss of A / rho, rho = e_B / e_A",
        "Epstein 1985, The Calculus of Conventional War; reconstructed, not validated",
        epstein,
        {"tolerance": (0.05, 0.04), "pace": 10.0},
        rate_unit="e_B: share of the attacker a day at first; e_A: defenders per attacker and day",
        time_unit="days",
    ),
)
