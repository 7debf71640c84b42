"""Scores and baselines against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from salient.inference.baselines import BASELINES
from salient.inference.scores import covered, crps


@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-4, 4))
def test_crps_of_normal_draws_is_the_closed_form(mean, sd, truth):
    draws = mean + sd * norm.ppf((np.arange(4000) + 0.5) / 4000)
    z = (truth - mean) / sd
    exact = sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert crps(draws[None], np.array([truth]))[0] == pytest.approx(exact, abs=0.004 * sd)


def test_crps_of_a_sure_forecast_is_the_absolute_error():
    assert crps(np.full((1, 50), 3.0), np.array([5.5]))[0] == pytest.approx(2.5)


def test_coverage_counts_what_lies_between_the_quantiles():
    draws = np.tile(np.arange(101.0), (3, 1))
    assert covered(draws, np.array([4.0, 5.0, 96.0]), 0.9).tolist() == [False, True, False]


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_sees_only_the_past_and_is_repeatable(name):
    past = 1000 - 20.0 * np.arange(25) + 8 * np.sin(np.arange(25))
    first = BASELINES[name](past, 10, 400, 1)
    assert first.shape == (10, 400)
    assert (first >= 0).all()
    assert np.array_equal(first, BASELINES[name](past, 10, 400, 1))
    assert not np.array_equal(first, BASELINES[name](past, 10, 400, 2))


def test_persistence_stays_and_drift_goes_on():
    past = 1000 - 20.0 * np.arange(25)
    assert np.allclose(BASELINES["persistence"](past, 5, 50, 1), past[-1])
    assert np.allclose(BASELINES["eight-week drift"](past, 5, 50, 1)[-1], past[-1] - 100)


def test_logistic_decline_recovers_a_logistic():
    t = np.arange(40.0)
    curve = 1020 / (1 + np.exp(0.15 * (t - 25)))
    ahead = BASELINES["logistic decline"](curve[:30], 10, 2000, 1)
    assert np.median(ahead, axis=1) == pytest.approx(curve[30:], rel=0.15)
