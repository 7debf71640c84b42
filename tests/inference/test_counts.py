"""Counted casualties: the fit by the day agrees with exact integrals, and recovers what made the data."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from salient.engine.ensemble import prior_draws
from salient.errors import DataError
from salient.inference.counts import prepare_counts
from salient.inference.fit import diagnose, fit_counts, parameter_rows
from salient.inference.step_ahead import step_ahead
from salient.scenario.loading import load


@pytest.fixture(scope="module")
def scenario():
    return load("ardennes-1944").scenario


@pytest.fixture(scope="module")
def posterior(scenario):
    return prepare_counts(scenario)


@pytest.fixture(scope="module")
def fitted(posterior):
    return fit_counts(posterior, seed=1, draws=1000)


def test_the_engine_and_the_exact_integrals_agree(fitted):
    """Two programs for one model: SMC on the campaign engine, and sums over a grid with closed forms."""
    from salient.record.daily import OURS
    from salient.record.daily import fitted as exact

    grid = exact(OURS)
    rows = {r.name: r for r in parameter_rows(fitted)}
    for name, values in (("attrition.p", grid.grid.p), ("attrition.q", grid.grid.q)):
        _, low, high = grid.interval(values)
        assert rows[name].posterior.low == pytest.approx(low, abs=0.15)
        assert rows[name].posterior.high == pytest.approx(high, abs=0.3)
        assert rows[name].contraction < 0.2


def test_the_fit_passes_its_own_checks(fitted):
    checks = {c.name: c for c in diagnose(fitted).rows}
    assert checks["R-hat, worst parameter"].ok
    assert not any("pace" in name for name in checks)


def test_one_day_ahead_beats_yesterday(posterior):
    ahead = step_ahead(posterior, draws=400)
    assert ahead.r2(ahead.yesterday) == pytest.approx(0.294, abs=0.0005)
    assert ahead.r2(ahead.median) > 0.29
    assert 0.8 <= ahead.covered <= 1.0


def test_a_later_count_changes_nothing_before_it(posterior):
    z = prior_draws(posterior.names, 50, 1)
    before = posterior.one_ahead(z)[0]
    c = posterior.seen[0]
    changed = replace(c, log_count=np.where(np.arange(len(c.log_count)) >= 20, 1.0, c.log_count))
    after = replace(posterior, seen=(changed, posterior.seen[1])).one_ahead(z)[0]
    assert np.array_equal(before[:20], after[:20])
    assert not np.allclose(before[20:], after[20:])


def test_days_after_the_as_of_date_are_not_read(scenario):
    early = prepare_counts(scenario, dt.date(1944, 12, 25))
    assert early.origin == 10
    assert not early.seen[0].used[10:].any()


def test_before_the_first_count_there_is_nothing(scenario):
    later = scenario.period.model_copy(update={"start": dt.date(1944, 11, 1)})
    with pytest.raises(DataError, match="nothing had been counted by 1944-11-20"):
        prepare_counts(scenario.model_copy(update={"period": later}), dt.date(1944, 11, 20))


def test_the_rates_that_made_the_data_are_found(posterior):
    """Counts made from known rates, without scatter: the posterior closes in on them."""
    names = posterior.names
    z = np.zeros((len(names), 1))
    z[names.index("attrition.rate[german]")] = 1.0
    index = posterior.campaign.priors.index
    truth = posterior.campaign.priors.natural(z)[index["attrition.rate[german]"], 0]
    middle = posterior.one_ahead(z)[1][..., 0]
    unseen = replace(posterior, origin=0).one_ahead(z)[1][..., 0]
    assert not np.allclose(middle, unseen), "memory carries the day before"
    made = tuple(replace(c, log_count=unseen[:, k]) for k, c in enumerate(posterior.seen))
    rows = parameter_rows(fit_counts(replace(posterior, seen=made), seed=2, draws=800))
    rate = next(r for r in rows if r.name == "attrition.rate[german]")
    assert rate.posterior.low < truth < rate.posterior.high
    assert rate.contraction > 0.8
