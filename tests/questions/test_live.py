"""Changes of a question keep every array's shape, and change what they name and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from salient.engine.compile import compile_scenario
from salient.engine.ensemble import prior_draws
from salient.questions.live import (
    Changes,
    adjustable,
    bounds,
    changed_campaign,
    known_events,
    with_numbers,
)
from salient.scenario.loading import load


@pytest.fixture(scope="module")
def campaign():
    scenario = load("kursk-2024").scenario
    return compile_scenario(scenario, scenario.period.as_of)


def differing(campaign, changed):
    """Names of the inputs that are not the same; shapes must be, so that no program is compiled again."""
    out = set()
    for name, path in campaign.paths.items():
        other = changed.paths[name]
        assert (path.base.shape, path.weights.shape) == (other.base.shape, other.weights.shape)
        same = np.array_equal(path.base, other.base) and np.array_equal(path.weights, other.weights)
        if not (same and np.array_equal(path.rows, other.rows)):
            out.add(name)
    return out


def test_nothing_asked_is_nothing_changed(campaign):
    assert differing(campaign, changed_campaign(campaign, Changes())) == set()


def test_each_event_can_be_left_out(campaign):
    for event in known_events(campaign):
        changed = changed_campaign(campaign, Changes(without=frozenset([event.id])))
        assert len(differing(campaign, changed)) <= 1


def test_an_event_left_out_is_gone(campaign):
    changed = changed_campaign(campaign, Changes(without=frozenset(["drone-unit-on-the-road"])))
    assert differing(campaign, changed) == {"interdiction"}
    row = campaign.priors.index["events.drone-unit-on-the-road"]
    weights = changed.paths["interdiction"].weights[..., changed.paths["interdiction"].rows == row]
    assert not weights.any()


def test_support_is_held_from_the_first_whole_week(campaign):
    changed = changed_campaign(campaign, Changes(support={"united-states.weapons": 0.5}))
    assert differing(campaign, changed) == {"support_level", "free_flow"}
    at = campaign.setting.names["flow"].index("united-states.weapons")
    first = campaign.origin + 1
    assert (changed.paths["support_level"].base[first:, at] == 0.5).all()
    assert not changed.paths["free_flow"].base[first:, at].any()
    before = (
        campaign.paths["support_level"].base[:first],
        changed.paths["support_level"].base[:first],
    )
    assert np.array_equal(*before)


def test_a_number_is_the_same_in_every_draw(campaign):
    rows = campaign.priors.free
    z = prior_draws(tuple(r.name for r in rows), 20, 1)
    for row in adjustable(campaign):
        low, high = bounds(row)
        value = 0.3 * low + 0.7 * high
        moved = with_numbers(campaign, z, {row.name: value})
        i = campaign.priors.index[row.name]
        assert campaign.priors.natural(moved)[i] == pytest.approx(np.full(20, value))
        assert np.array_equal(np.delete(moved, i, 0), np.delete(z, i, 0))
