"""PRIM finds a corner that was planted, and none where there is none."""

import numpy as np
import pytest

from salient.errors import SalientError
from salient.questions import discovery
from salient.questions.discovery import as_json, discover, in_words, sentences


def planted(z, noise):
    inside = (z[0] < -0.3) & (z[1] > 0.2)
    return np.where(inside, 10.0, 100.0) + 25.0 * noise


def test_a_planted_box_is_found_with_its_shares(function_study):
    found = discover(function_study(planted, 12), 40.0, "below", 6000)
    limits = {(x.prior.name, x.side): x for x in found.limits}
    assert set(limits) == {("p0", "below"), ("p1", "above")}
    assert limits["p0", "below"].value == pytest.approx(-0.3, abs=0.15)
    assert limits["p1", "above"].value == pytest.approx(0.2, abs=0.15)
    assert all(x.quasi_p < 0.001 and x.found > 0.9 for x in found.limits)
    assert all(x.low <= x.value <= x.high for x in found.limits)
    assert found.inside.share == pytest.approx(0.885, abs=0.06)  # P(10 + 25 e < 40)
    assert found.outside.share < 0.06
    assert found.coverage > 0.8
    assert found.inside.runs + found.outside.runs == 2000
    first = sentences(found)[0]
    assert "number 0 is below" in first
    assert "elsewhere" in first
    rows = as_json(found)["rows"]
    assert {"name", "label", "value", "low", "high"} <= set(rows[0])


def test_the_shares_that_are_told_are_not_flattered(function_study, monkeypatch):
    """In the corner that was found the true chance is known; 90 % intervals of runs kept back hold it."""
    monkeypatch.setattr(discovery, "RESAMPLES", 1)
    held, gap = 0, 0.0
    for seed in range(12):
        study = function_study(planted, 6, seed=100 + seed)
        found = discover(study, 40.0, "below", 1800)
        z = np.random.default_rng(seed).standard_normal((6, 30_000))
        keep = np.ones(z.shape[1], dtype=bool)
        for x in found.limits:
            j = int(x.prior.name[1:])
            keep &= z[j] <= x.value if x.side == "below" else z[j] >= x.value
        inside = (z[0] < -0.3) & (z[1] > 0.2)
        true = np.where(inside, 0.88493, 0.00820)[keep].mean()
        held += found.inside.low <= true <= found.inside.high
        gap += (found.inside.share - true) / 12
    assert held >= 9
    assert abs(gap) < 0.02


def test_where_nothing_matters_no_corner_is_claimed(function_study):
    claimed = 0
    for seed in range(10):
        found = discover(function_study(lambda z, e: e, 8, seed=seed), 0.0, "below", 1500)
        firm = [x for x in found.limits if x.found >= 0.5]
        claimed += bool(firm) and found.inside.low > found.outside.high
    assert claimed <= 1


def test_a_logit_of_a_chance_is_told_as_the_chance(function_study):
    from dataclasses import replace

    found = discover(function_study(planted, 3), 40.0, "below", 3000)
    one = found.limits[0]
    prior = replace(one.prior, label="logit of the weekly chance that a side breaks", mu=0.0)
    assert "the weekly chance that a side breaks is" in in_words(replace(one, prior=prior))
    assert "50.0 %" in in_words(replace(one, prior=prior, value=0.0))


def test_an_answer_that_nearly_all_runs_give_is_refused(function_study):
    with pytest.raises(SalientError, match="runs lie below 4,000"):
        discover(function_study(planted, 3), 4000.0, "below", 1000)


def test_an_outcome_that_never_varies_is_refused(function_study):
    with pytest.raises(SalientError, match="nothing to explain"):
        discover(function_study(lambda z, e: 0.0 * e, 2), 1.0, "below", 500)
