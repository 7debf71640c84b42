"""A campaign by the day: steps are days, rates a week are cut to a seventh, and Engel's equations come out."""

from __future__ import annotations

import numpy as np
import pytest

from salient.engine.compile import compile_scenario
from salient.engine.ensemble import run, run_numpy
from salient.record.iwo_jima import engel
from salient.scenario.loading import load


@pytest.fixture(scope="module")
def iwo_jima():
    return compile_scenario(load("iwo-jima-1945").scenario)


def at_the_centre(campaign):
    """The run of one draw at the centre of every prior, strengths [day, side]."""
    z = np.zeros((len(campaign.priors.free), 1))
    return run_numpy(campaign, z, seed=1, record=("strength",))["strength"][:, :, 0, 0]


def test_steps_are_days(iwo_jima):
    assert iwo_jima.steps == 36
    assert (iwo_jima.weeks[1] - iwo_jima.weeks[0]).days == 1
    assert iwo_jima.weeks[0].isoformat() == "1945-02-19"


def test_the_engine_follows_engels_equations(iwo_jima):
    """Steps of a day against the differential equation: it stays within 2 and 5 % of the start."""
    ours, exact = at_the_centre(iwo_jima), np.maximum(engel()[1:], 0.0)
    assert np.abs(ours[:, 0] - exact[:, 0]).max() < 0.02 * 54_000
    assert np.abs(ours[:, 1] - exact[:, 1]).max() < 0.05 * 21_500


def test_all_who_land_are_counted(iwo_jima):
    from dataclasses import replace

    peace = {
        f"attrition.rate[{side}]": replace(
            iwo_jima.priors.rows[iwo_jima.priors.index[f"attrition.rate[{side}]"]], mu=-40.0
        )
        for side in ("united-states", "japan")
    }
    quiet = replace(iwo_jima, priors=iwo_jima.priors.with_rows(peace))
    assert at_the_centre(quiet)[-1] == pytest.approx([54_000 + 6_000 + 13_000, 21_500], rel=1e-9)


def test_jax_and_numpy_agree(iwo_jima):
    z = np.zeros((len(iwo_jima.priors.free), 2))
    z[:, 1] = 1.0
    fast = run(iwo_jima, z, seed=1, record=("strength", "casualties"))
    slow = run_numpy(iwo_jima, z, seed=1, record=("strength", "casualties"))
    for name in fast:
        assert fast[name] == pytest.approx(slow[name], rel=1e-6)


def test_a_week_of_days_is_a_week(iwo_jima):
    """Seven days at a constant hazard leave what one week leaves: exp(-h) either way, under the logarithmic law."""
    scenario = load("ardennes-1944").scenario
    mechanisms = {"attrition": "logarithmic"}
    days = scenario.model_copy(update={"mechanisms": mechanisms})
    period = scenario.period.model_copy(update={"step": "1 week"})
    weeks = days.model_copy(update={"period": period})
    by_day, by_week = (at_the_centre(compile_scenario(s)) for s in (days, weeks))
    assert by_day[6] / by_day[-1] == pytest.approx((by_day[0] / by_day[7]) ** (25 / 7), rel=1e-9)
    assert by_week[0] == pytest.approx(by_day[6], rel=1e-9)
