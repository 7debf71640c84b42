"""Iwo Jima 1945: Engel's square law with arrivals, and what the shipped columns can and cannot tell.

    dM/dt = P(t) - A N^p M^q ,    dN/dt = -B M^p N^q          M United States, N Japanese; Engel: p = 1, q = 0

Engel's own daily column is not to be had. Two facts remain beside the arrivals: the garrison was gone on day 36, and
about how many were ashore then. They fix A and B under any (p, q), and nothing is left that could tell the laws apart:
the steps of the United States strength are a rough reading, which leaves the losses of the first week out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from salient.evidence.readers import read
from salient.record.daily import LAWS
from salient.record.rows import row

Array = np.ndarray[Any, np.dtype[np.float64]]
Pair = tuple[float, float]

ENGEL: Pair = (0.0544, 0.0106)
"""A and B a day, as two later works quote Engel 1954."""
LAST = 36
LEFT = 0.01
"""Share of the garrison that still fights on the last day: "gone", for laws under which nobody is ever quite gone."""
SCALE: Pair = (60_000.0, 20_000.0)
"""Strengths at which a law's losses a day are `a` and `b`, so that rates of different laws can be compared."""
STEPS_A_DAY = 4


@lru_cache(maxsize=1)
def columns() -> tuple[tuple[float, ...], float, Array]:
    """Arrivals by day, the garrison, and the steps of the United States strength."""
    table = read("iwo-jima-1945")
    arrivals = tuple(float(v) for v in table["us_arrivals"])
    return arrivals, float(table["japanese_strength_start"][0]), table["us_strength_step_approx"]


def course(losses: Pair, p: float, q: float) -> Array:
    """Strengths at the end of each day, dims day, side (United States, Japanese), by Runge-Kutta of fourth order.

    losses: people a day that each side loses at `SCALE`. Those landed on day 0 are there at the start; later arrivals
    come evenly over their day. N goes on below 0 under a law that takes it there, so that an end can be solved for.
    """
    arrivals, n, _ = columns()
    m = arrivals[0]
    rows, h = [(m, n)], 1.0 / STEPS_A_DAY

    def rate(m: float, n: float, landed: float) -> Pair:
        u, v = max(m, 0.0) / SCALE[0], max(n, 0.0) / SCALE[1]
        return landed - losses[0] * v**p * u**q, -losses[1] * u**p * v**q

    for day in range(LAST):
        landed = arrivals[day] if day else 0.0
        for _ in range(STEPS_A_DAY):
            a = rate(m, n, landed)
            b = rate(m + h / 2 * a[0], n + h / 2 * a[1], landed)
            c = rate(m + h / 2 * b[0], n + h / 2 * b[1], landed)
            d = rate(m + h * c[0], n + h * c[1], landed)
            m += h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
            n += h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
        rows.append((m, n))
    return np.array(rows)


def engel(rates: Pair = ENGEL) -> Array:
    """Strengths at the end of each day by Engel's equations with A and B."""
    return course((rates[0] * SCALE[1], rates[1] * SCALE[0]), 1.0, 0.0)


@lru_cache(maxsize=8)
def meet_the_ends(p: float, q: float) -> Pair:
    """Losses a day at `SCALE` with which a law leaves `LEFT` of the garrison, and the last step's number ashore."""
    from scipy.optimize import root

    _, garrison, steps = columns()

    def missed(logs: Array) -> Array:
        m, n = course((float(np.exp(logs[0])), float(np.exp(logs[1]))), p, q)[-1]
        return np.array([m / steps[-1] - 1.0, n / garrison - LEFT])

    found = root(missed, np.log([1000.0, 600.0]), tol=1e-9)
    return float(np.exp(found.x[0])), float(np.exp(found.x[1]))


def iwo_jima() -> list[dict[str, Any]]:
    """Engel's A and B against the two ends, A and B from the ends, and how far apart the laws are between them."""
    name, (_, garrison, steps) = "iwo-jima-1945", columns()
    curve = engel()
    left, ashore = max(curve[-1, 1], 0.0), curve[-1, 0]
    a, b = meet_the_ends(1.0, 0.0)
    a, b = a / SCALE[1], b / SCALE[0]
    curves = {law: course(meet_the_ends(*pq), *pq)[:, 0] for law, pq in LAWS.items()}
    apart = np.ptp(list(curves.values()), axis=0).max()
    gap = {law: float(np.sqrt(np.mean((c[:-1] - steps[1:]) ** 2))) for law, c in curves.items()}
    others = ", ".join(f"{gap[law]:,.0f} {law}" for law in ("linear", "logarithmic"))
    best = min(gap, key=lambda law: gap[law])
    return [
        row(name, "Japanese left on day 36, Engel's A and B", "0", left, f"{garrison:,.0f} on day 0",
            _within(left, 0.0, 0.02 * garrison)),
        row(name, "US ashore on day 36, Engel's A and B", f"{steps[-1]:,.0f}, a rough reading", ashore, "",
            _within(ashore, steps[-1], 3_000)),
        row(name, "A from the two ends, square law", "0.0544 (Engel); 0.040, 0.0548 (Antonov)", a, "",
            _within(a, 0.0474, 0.0074)),
        row(name, "B from the two ends, square law", "0.0106 (Engel); 0.0099, 0.0106 (Antonov)", b, "",
            _within(b, 0.01025, 0.00035)),
        row(name, "most that the laws' US curves differ, people", "", apart, "both ends met by each",
            "only Engel's daily column, not to be had, could tell"),
        row(name, "RMS gap to the steps of US strength, square", "", gap["square"], others,
            f"{best} is nearest, but no evidence: the steps leave out losses"),
    ]  # fmt: skip


def _within(value: float, middle: float, half: float) -> str:
    return "agrees" if abs(value - middle) <= half else "does NOT agree"


__all__ = ["ENGEL", "columns", "course", "engel", "iwo_jima", "meet_the_ends"]
