"""Sensitivity against functions whose indices are known in closed form."""

import numpy as np
import pytest
from scipy.special import ndtri

from salient.questions.sensitivity import CHANCE, OTHERS, indices, screen

pytest.importorskip("SALib")


def ishigami(u, chance):
    x = np.pi * (2.0 * u - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_ishigami():
    shares, y = indices(ishigami, ["a", "b", "c"], [0, 1, 2], 2048, seed=1)
    found = {s.name: s for s in shares}
    assert list(found) == ["a", "b", "c", CHANCE]
    assert len(y) == 2048 * 6
    for name, first, total in (
        ("a", 0.3139, 0.5576),
        ("b", 0.4424, 0.4424),
        ("c", 0.0, 0.2437),
        (CHANCE, 0.0, 0.0),
    ):
        assert found[name].first == pytest.approx(first, abs=0.04)
        assert found[name].total == pytest.approx(total, abs=0.03)
        assert found[name].total_low - 0.02 <= total <= found[name].total_high + 0.02


def g_function(u, chance, a=(0.0, 1.0, 4.5, 9.0, 99.0)):
    a = np.array(a)
    return np.prod((np.abs(4.0 * u - 2.0) + a) / (1.0 + a), axis=1)


def test_g_function_with_the_unimportant_as_one_group():
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
    part = 1.0 / (3.0 * (1.0 + a) ** 2)
    whole = np.prod(1.0 + part) - 1.0
    total = part * np.prod(1.0 + part) / (1.0 + part) / whole
    rest = (np.prod(1.0 + part) - (1.0 + part[0]) * (1.0 + part[1])) / whole
    names = list("abcde")
    shares, _ = indices(g_function, names, [0, 1], 2048, seed=2)
    found = {s.name: s.total for s in shares}
    assert list(found) == ["a", "b", OTHERS, CHANCE]
    assert found["a"] == pytest.approx(total[0], abs=0.04)
    assert found["b"] == pytest.approx(total[1], abs=0.04)
    assert found[OTHERS] == pytest.approx(rest, abs=0.03)
    order = np.argsort(-screen(g_function, names, 60, seed=2))
    assert list(order) == [0, 1, 2, 3, 4]


def test_chance_is_a_factor_of_its_own():
    def luck(ids):
        return ndtri((np.asarray(ids, dtype=float) + 0.5) / 2.0**32)

    def half_chance(u, chance):
        return ndtri(np.clip(u[:, 0], 1e-9, 1 - 1e-9)) + luck(chance)

    shares, _ = indices(half_chance, ["a", "b"], [0, 1], 2048, seed=3)
    found = {s.name: s.total for s in shares}
    assert found["a"] == pytest.approx(0.5, abs=0.05)
    assert found[CHANCE] == pytest.approx(0.5, abs=0.05)
    assert found["b"] == pytest.approx(0.0, abs=0.01)


def test_screening_holds_chance_still_along_a_trajectory():
    def mostly_chance(u, chance):
        return u[:, 0] + 1000.0 * np.sin(chance)

    effect = screen(mostly_chance, ["a", "b"], 10, seed=1)
    assert effect[0] == pytest.approx(
        0.9, rel=0.1
    )  # 1 for a whole prior's width, over its middle 90 %
    assert effect[1] == pytest.approx(0.0, abs=1e-9)


def test_an_answer_that_never_varies_has_no_shares():
    shares, _ = indices(lambda u, chance: np.ones(len(u)), ["a"], [0], 64, seed=1)
    assert {s.total for s in shares} == {0.0}
