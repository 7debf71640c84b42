"""Data come in up to the as-of date and no further."""

import datetime as dt

import numpy as np
import pytest

from salient.engine.compile import compile_scenario
from salient.errors import DataError, SalientError
from salient.inference.fit import prepare
from salient.inference.observations import observe
from salient.scenario.loading import load


@pytest.fixture(scope="module")
def scenario():
    return load("kursk-2024").scenario


def test_no_map_after_the_as_of_date(scenario):
    campaign = compile_scenario(scenario, dt.date(2025, 1, 13))
    seen = observe(campaign)
    assert np.isfinite(seen.maps.km2[:, : campaign.origin + 1]).any()
    assert np.isnan(seen.maps.km2[:, campaign.origin + 1 :]).all()


def test_a_report_counts_from_the_day_it_was_made(scenario):
    """The mid-January figure for the contingent became public on 23 January."""
    before = observe(compile_scenario(scenario, dt.date(2025, 1, 20))).losses
    after = observe(compile_scenario(scenario, dt.date(2025, 1, 27))).losses
    assert not [r for r in before if r.of == "contingent"]
    assert [r.figure for r in after if r.of == "contingent"] == [4000.0]


def test_only_the_newest_of_growing_totals_is_used(scenario):
    seen = observe(compile_scenario(scenario, dt.date(2025, 3, 11)))
    assert len([r for r in seen.losses if r.of == "side"]) == 2


def test_the_early_map_lag_is_not_fitted_but_forces_the_states(scenario):
    campaign = compile_scenario(scenario, dt.date(2025, 3, 11))
    seen = observe(campaign)
    assert not seen.maps.used[:, :4].any()
    path = seen.path(campaign)[:, 0]
    assert path[1] == pytest.approx(446.5 - 11)
    assert (path[campaign.origin :] == path[campaign.origin]).all()


def test_an_as_of_date_before_any_map_is_refused(scenario):
    with pytest.raises(DataError, match="2024-09-02 or later"):
        prepare(scenario, dt.date(2024, 8, 20))


def test_an_as_of_date_outside_the_period_is_refused(scenario):
    with pytest.raises(SalientError, match="outside the scenario's period"):
        prepare(scenario, dt.date(2026, 1, 1))


def test_priors_of_breakthroughs_come_from_other_sectors_and_move_with_the_date(scenario):
    early, late = (
        prepare(scenario, d).campaign.priors for d in (dt.date(2024, 10, 28), dt.date(2025, 3, 11))
    )
    row = early.rows[early.index["breakthrough.base"]]
    assert "2024-10-28" in row.source
    assert row.mu != late.rows[late.index["breakthrough.base"]].mu
