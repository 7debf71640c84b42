"""`salient.engage` against what one would write otherwise: python -m benchmarks.engage.

Stochastic battles against a plain Gillespie loop, and the square law's course against SciPy's `solve_ivp` at the same
error. Both sides of each pair must come to the same answer, or nothing is timed.
"""

from __future__ import annotations

import numpy as np

from benchmarks.timing import Case, arguments, measure, show

STRENGTH, RATES = (100, 80), (1.0, 1.44)
DRAWS, LOOP_DRAWS = 1_000_000, 300
TIMES = np.linspace(0.0, 1.5, 50)


def gillespie(draws: int, seed: int = 1) -> float:
    """Share of battles that A wins, one battle after another, one loss after another."""
    rng = np.random.default_rng(seed)
    won = 0
    for _ in range(draws):
        a, b = STRENGTH
        clock = 0.0
        while a and b:
            by_b, by_a = RATES[1] * b, RATES[0] * a
            clock += rng.exponential(1.0 / (by_a + by_b))
            if rng.random() * (by_a + by_b) < by_b:
                a -= 1
            else:
                b -= 1
        won += a > 0
    return won / draws


def ours(draws: int) -> float:
    """The same share by Salient."""
    import salient

    battle = salient.engage("stochastic", STRENGTH, RATES, draws=draws, seed=1)
    return float(battle.more["simulated"]["chance"]["A"])


def course() -> np.ndarray:
    """The square law's course by Salient, to the closed form."""
    import salient

    return np.asarray(salient.engage("square", STRENGTH, RATES, times=TIMES).strength)


def integrated() -> np.ndarray:
    """The same by SciPy, at a relative error of 1e-9."""
    from scipy.integrate import solve_ivp

    def rate(_: float, n: np.ndarray) -> list[float]:
        return [-RATES[1] * n[1], -RATES[0] * n[0]]

    found = solve_ivp(rate, (0.0, TIMES[-1]), STRENGTH, t_eval=TIMES, rtol=1e-9, atol=1e-9)
    return np.asarray(found.y.T)


def agree() -> None:
    """Stop when a pair does not come to the same answer."""
    spread = 4 * np.sqrt(0.25 / LOOP_DRAWS)
    if abs(gillespie(LOOP_DRAWS) - ours(DRAWS)) > spread:
        raise SystemExit("the loop and Salient do not agree on who wins")
    if np.abs(course() - integrated()).max() > 1e-5:
        raise SystemExit("SciPy and Salient do not agree on the course")


def main() -> None:
    """Compare, pair by pair."""
    given = arguments("salient.engage against a Gillespie loop and solve_ivp", 5)
    agree()
    chance = [
        Case(f"Salient, {DRAWS:,} battles", lambda: ours(DRAWS), DRAWS, "battles"),
        Case("Gillespie in Python", lambda: gillespie(LOOP_DRAWS), LOOP_DRAWS, "battles"),
    ]
    closed = [
        Case("Salient, square law, 50 times", course, 1, "courses"),
        Case("SciPy solve_ivp, 1e-9", integrated, 1, "courses"),
    ]
    for cases in (chance, closed):
        show(measure(cases, given.repeat), given.json)


if __name__ == "__main__":
    main()
