"""The value of information against closed forms."""

import numpy as np
import pytest

from salient.errors import SalientError
from salient.questions.voi import as_json, explained, sentences, value


def linear(z, noise):
    return 3.0 * z[0] + 2.0 * z[1] + z[2] + 2.0 * noise


@pytest.mark.parametrize("precision", [0.0, 0.25, 1.0])
def test_linear_and_gaussian(function_study, precision):
    """Var Y = 9 + 4 + 1 + 4; a measurement with error s takes off a^2 / (1 + s^2)."""
    found = value(function_study(linear, 6), precision, 8000)
    rows = {r.name: r for r in found.rows}
    for name, a in (("p0", 3.0), ("p1", 2.0), ("p2", 1.0)):
        right = a**2 / (1.0 + precision**2) / 18.0
        assert rows[name].reduction == pytest.approx(right, abs=0.03)
        assert rows[name].low <= rows[name].reduction <= rows[name].high
        assert rows[name].width == pytest.approx(np.sqrt(1.0 - right), abs=0.04)
    assert found.rows[0].name == "p0"
    assert max(rows[n].reduction for n in ("p3", "p4", "p5")) < 0.005
    assert found.width == pytest.approx(3.29 * np.sqrt(18.0), rel=0.05)
    assert "number 0" in sentences(found)[0]


def test_what_acts_both_ways_counts_too():
    """y = z^2 - 1 is the second Hermite polynomial: a measurement keeps rho^4 of its variance."""
    z = np.random.default_rng(0).standard_normal(8000)
    rho2 = 1.0 / (1.0 + 0.5**2)
    found, low, high, _ = explained(z, z**2 - 1.0, rho2, seed=1)
    assert found == pytest.approx(rho2**2, abs=0.03)
    assert low < rho2**2 < high
    noisy = z**2 - 1.0 + np.random.default_rng(5).standard_normal(8000)
    found, low, high, _ = explained(z, noisy, rho2, seed=1)
    assert low < 2.0 * rho2**2 / 3.0 < high


def test_intervals_hold_the_truth_as_often_as_they_say():
    """y = z + z^2 - 1 + noise: Var 4, of which a perfect measurement takes off 3. Heavy tails, 500 runs."""
    held = 0
    for seed in range(100):
        z, e = np.random.default_rng(seed).standard_normal((2, 500))
        _, low, high, _ = explained(z, z + z**2 - 1.0 + e, 1.0, 1)
        held += low <= 0.75 <= high
    assert 80 <= held <= 97


def test_noise_alone_is_worth_nothing():
    rng = np.random.default_rng(1)
    found = [explained(*rng.standard_normal((2, 400)), 1.0, 1) for _ in range(80)]
    assert np.mean([f[0] for f in found]) < 0.005  # without the correction it would be 3 / 400
    assert np.mean([f[1] > 0.0 for f in found]) <= 0.1


def test_among_many_numbers_luck_is_not_called_a_finding(function_study):
    named = 0
    for seed in range(4):
        found = value(function_study(lambda z, e: e, 40, seed=seed), 0.25, 400)
        assert (
            max(r.reduction for r in found.rows) > 0.01
        )  # the luckiest of forty looks like something
        named += bool(found.clear)
    assert named <= 1
    assert bool(value(function_study(linear, 40), 0.25, 400).clear)


def test_a_number_that_the_fit_has_settled_is_worth_less(function_study):
    z = np.random.default_rng(2).standard_normal((2, 4000)) * np.array([[0.1], [1.0]])
    found = value(function_study(lambda z, e: 10.0 * z[0] + z[1], 2, posterior=z), 0.5, 4000)
    rows = {r.name: r.reduction for r in found.rows}
    assert rows["p0"] == pytest.approx(0.5 * 0.01 / (0.01 + 0.25), abs=0.02)
    assert rows["p1"] == pytest.approx(0.5 / 1.25, abs=0.03)


def test_json_and_same_seed_same_numbers(function_study):
    one, two = (as_json(value(function_study(linear, 3), 0.25, 1000)) for _ in range(2))
    assert one == two
    assert {"name", "label", "value", "low", "high"} <= set(one["rows"][0])


@pytest.mark.parametrize("precision", [-1.0, float("nan"), 11.0])
def test_no_precision(function_study, precision):
    with pytest.raises(SalientError, match="is no precision"):
        value(function_study(linear, 3), precision, 1000)


def test_too_few_runs(function_study):
    with pytest.raises(SalientError, match="too few"):
        value(function_study(linear, 3), 0.25, 100)
