"""Salvos, Epstein's model, battles of chance, and the campaign's own attrition."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from salient import engage
from salient.mechanisms.attrition import MECHANISMS


def test_a_salvo_by_hand():
    """A: 10 x 2 - 8 x 1 = 12 leak, 3 hits each: 4 of B out. B: 8 x 2 - 10 x 1 = 6 leak, 2 hits each: 3 of A out."""
    found = engage(
        "salvo", (10, 8), (2, 2), defence=(1, 1), staying=(2, 3), times=[0, 0.9, 1, 2, 50]
    )
    assert found.strength[:3].tolist() == [[10, 8], [10, 8], [7, 4]]
    assert found.strength[3] == pytest.approx([6.5, 2 / 3])
    assert (found.winner, found.duration) == ("A", 3.0)


def test_salvos_that_do_not_get_through_are_a_stand_off():
    found = engage("salvo", (10, 10), (1, 1), defence=(2, 2))
    assert (found.winner, found.duration) == (None, None)
    assert found.losses == [0, 0]
    assert "stand-off" in found.notes[-1]


def test_salvos_of_chance_come_to_the_salvo_by_hand_in_large_numbers():
    case = {
        "strength": (1e6, 8e5),
        "effectiveness": (0.2, 0.2),
        "defence": (0.1, 0.1),
        "times": [1],
    }
    sure, drawn = engage("salvo", **case), engage("salvo", **case, draws=50)
    np.testing.assert_allclose(drawn.strength, sure.strength, rtol=2e-3)


def test_epstein_without_intolerable_losses_gives_no_ground():
    found = engage("epstein", (1000, 500), (0.01, 0.02), tolerance=(0.02, 0.5), times=[1, 2])
    assert found.more["ground_km"] == 0
    assert found.strength == pytest.approx(np.array([[980, 490], [980 * 0.98, 490 - 9.8]]))


def test_epstein_trades_ground_for_lives():
    case = {"strength": (1000, 500), "effectiveness": (0.05, 0.05), "times": [30]}
    stands = engage("epstein", **case, tolerance=(0.05, 0.99))
    yields = engage("epstein", **case, tolerance=(0.05, 0.03))
    assert yields.more["ground_km"] > 0
    assert yields.strength[0][1] > stands.strength[0][1]


def by_recursion(m, n, ea, eb):
    """Chance that A wins from (m, n) under the square law, straight from the definition."""
    table = {}
    for i, j in itertools.product(range(m + 1), range(n + 1)):
        if i == 0 or j == 0:
            table[i, j] = float(i > 0)
            continue
        falls = eb * j / (eb * j + ea * i)
        table[i, j] = falls * table[i - 1, j] + (1 - falls) * table[i, j - 1]
    return table[m, n]


def test_chances_are_exact():
    found = engage("stochastic", (13, 9), (1.0, 1.7))
    assert found.more["chance"]["A"] == pytest.approx(by_recursion(13, 9, 1.0, 1.7), rel=1e-12)
    assert sum(found.more["chance"].values()) == pytest.approx(1, rel=1e-12)


def test_one_against_one():
    """The battle is over at the first fall: at the rate e_A + e_B."""
    found = engage("stochastic", (1, 1), (3.0, 1.0), times=[0.0, 0.2])
    assert found.more["chance"] == {"A": pytest.approx(0.75), "B": pytest.approx(0.25)}
    assert found.duration == pytest.approx(0.25)
    assert found.more["duration_sd"] == pytest.approx(0.25)
    over = 1 - np.exp(-0.8)
    assert found.strength[1] == pytest.approx([1 - 0.25 * over, 1 - 0.75 * over], rel=1e-10)
    assert found.more["duration_90"] == pytest.approx(-np.log([0.95, 0.05]) / 4, rel=1e-6)


def test_strengths_over_time_solve_the_master_equation():
    from scipy.linalg import expm

    m, n, ea, eb, p, q, t = 4, 3, 0.6, 0.9, 0.5, 0.75, 0.7
    at = {s: k for k, s in enumerate(itertools.product(range(m + 1), range(n + 1)))}
    flow = np.zeros((len(at), len(at)))
    for (i, j), k in at.items():
        if i and j:
            for to, rate in (((i - 1, j), eb * j**p * i**q), ((i, j - 1), ea * i**p * j**q)):
                flow[at[to], k] += rate
                flow[k, k] -= rate
    chances = expm(flow * t)[:, at[m, n]]
    known = [sum(c * s[x] for s, c in zip(at, chances, strict=True)) for x in (0, 1)]
    found = engage("stochastic", (m, n), (ea, eb), p=p, q=q, times=[t])
    assert found.more["method"] == "exact"
    assert found.strength[0] == pytest.approx(known, rel=1e-9)


def test_simulated_battles_agree_with_the_exact_chain():
    found = engage("stochastic", (30, 25), (1.0, 1.3), draws=40_000, seed=3)
    drawn, chance = found.more["simulated"], found.more["chance"]["A"]
    assert abs(drawn["chance"]["A"] - chance) < 4 * (chance * (1 - chance) / 40_000) ** 0.5
    assert abs(drawn["duration"] - found.duration) < 4 * found.more["duration_sd"] / 200
    assert drawn["duration_90"] == pytest.approx(found.more["duration_90"], rel=0.03)
    again = engage("stochastic", (30, 25), (1.0, 1.3), draws=40_000, seed=3)
    other = engage("stochastic", (30, 25), (1.0, 1.3), draws=40_000, seed=4)
    assert again.more["simulated"] == drawn
    assert other.more["simulated"] != drawn


def test_curves_of_large_battles_of_chance_are_near_the_sure_law():
    case = {"strength": (900, 500), "effectiveness": (1.0, 1.0), "times": [0.2, 0.5]}
    chance, sure = engage("stochastic", **case), engage("square", **case)
    assert "simulated battles" in chance.more["method"]
    np.testing.assert_allclose(chance.strength, sure.strength, rtol=0.02)
    assert chance.more["chance"]["A"] > 0.999


@pytest.mark.parametrize(
    ("mechanism", "law", "p", "q"),
    [
        ("lanchester-square", "square", 1.0, 0.0),
        ("lanchester-linear", "linear", 1.0, 1.0),
        ("logarithmic", "logarithmic", 0.0, 1.0),
        ("generalised", "generalised", 0.5, 0.75),
    ],
)
def test_the_campaign_has_the_same_law(mechanism, law, p, q):
    """Weekly steps of the campaign's attrition, made small, come to the course of the classical law."""
    rule = {m.name: m.rule for m in MECHANISMS}[mechanism]
    start, reference = np.array([24_000.0, 15_000.0]), np.array([20_000.0, 12_000.0])
    rate = np.array([0.03, 0.05])
    loss = rate * reference[::-1] ** -p * reference ** (1.0 - q)
    options = {"p": p, "q": q} if law == "generalised" else {}
    known = np.array(engage(law, start, loss[::-1], times=[8.0], **options).strength[0])
    errors = []
    for steps in (100, 400):
        zero = np.zeros((2, 1, 1))
        parameters = SimpleNamespace(
            rate=rate[:, None],
            killed=np.full((2, 1), 0.25),
            p=np.array([p]),
            q=np.array([q]),
        )
        week = SimpleNamespace(
            setting=SimpleNamespace(reference=reference[:, None, None], step_weeks=8.0 / steps),
            allied_soldiers=zero,
        )
        n = start
        for _ in range(steps):
            week.strength = n[:, None, None]
            n = n + rule(week, parameters)["strength_flow"][:, 0, 0]
        errors.append(np.abs(n / known - 1).max())
    assert errors[1] < 1e-3
    assert errors[1] < max(0.3 * errors[0], 1e-12)
