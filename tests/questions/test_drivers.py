"""Games among drivers: shares sum to the whole, and the three ways of sharing are what their authors say."""

import datetime as dt
from itertools import permutations

import numpy as np
import pytest

from salient.engine.compile import compile_scenario
from salient.errors import SalientError
from salient.questions.causes import known_drivers
from salient.questions.drivers import (
    effect_rows,
    first_in,
    interaction,
    last_out,
    owen,
    settled,
    shapley,
)
from salient.scenario.loading import load


def by_orders(v, orders):
    """Shares as the mean marginal over orders, the definition itself."""
    k = int(np.log2(len(v)))
    out = np.zeros(k)
    for order in orders:
        s = 0
        for i in order:
            out[i] += v[s | 1 << i] - v[s]
            s |= 1 << i
    return out / len(orders)


@pytest.fixture
def v():
    return np.random.Generator(np.random.PCG64(3)).normal(size=16)


def test_shapley_is_the_mean_over_all_orders(v):
    assert shapley(4) @ v == pytest.approx(by_orders(v, list(permutations(range(4)))), abs=1e-12)


def test_shares_sum_to_the_total_for_each_draw():
    v = np.random.Generator(np.random.PCG64(1)).normal(scale=400, size=(256, 500))
    total = v[-1] - v[0]
    for w in (shapley(8), owen(8, [[0, 1], *([i] for i in range(2, 8))])):
        assert np.abs((w @ v).sum(axis=0) - total).max() < 1e-9


def test_owen_keeps_a_group_together(v):
    orders = [
        o for o in permutations(range(4)) if abs(o.index(0) - o.index(1)) == 1
    ]  # 0 and 1 come in one after another
    assert owen(4, [[0, 1], [2], [3]]) @ v == pytest.approx(by_orders(v, orders), abs=1e-12)


def test_causes_come_first(v):
    orders = [o for o in permutations(range(4)) if o.index(0) < o.index(2)]
    assert shapley(4, [0, 0, 1, 0]) @ v == pytest.approx(by_orders(v, orders), abs=1e-12)


def test_causes_in_a_circle_are_refused():
    with pytest.raises(SalientError, match="circle"):
        shapley(3, [0b010, 0b100, 0b001])


def test_first_in_last_out_and_interaction():
    v = np.array([[0.0], [1.0], [2.0], [7.0]])
    assert first_in(2, v)[:, 0].tolist() == [1.0, 2.0]
    assert last_out(2, v)[:, 0].tolist() == [5.0, 6.0]
    assert interaction(v, 0, 1)[0] == 4.0


def test_contraction_counts_the_parameter_that_decides():
    rng = np.random.Generator(np.random.PCG64(2))
    before = rng.normal(size=(2, 4000))
    after = np.stack([0.1 * rng.normal(size=4000), rng.normal(size=4000)])
    many = np.array([4000.0, 4000.0])
    assert settled(after, many, [0, 1], before[0], before).share > 0.9
    assert settled(after, many, [0, 1], before[0], before).identified
    assert settled(after, many, [0, 1], before[1], before).share < 0.1
    assert not settled(after, many, [], before[0], before).identified


def test_few_independent_draws_do_not_make_an_effect_identified():
    rng = np.random.Generator(np.random.PCG64(4))
    before = rng.normal(size=(1, 4000))
    copies = np.repeat(0.7 * rng.normal(size=(1, 5)), 100, axis=1)
    found = settled(copies, np.array([5.0]), [0], before[0], before)
    assert found.share > 0.2
    assert not found.identified
    assert "too few draws" in found.words


@pytest.mark.parametrize("day", ["2024-09-02", "2024-12-02", "2025-02-10", "2025-03-11"])
def test_what_was_not_known_yet_acts_through_nothing(day):
    campaign = compile_scenario(load("kursk-2024").scenario, dt.date.fromisoformat(day))
    names = [r.name for r in campaign.priors.free]
    drivers = known_drivers(campaign)
    assert "foreign-shells" in drivers
    for d in drivers.values():
        acting = {names[i] for i in effect_rows(campaign, d.alternative, d.effect)}
        assert {n for n in acting if n.startswith("events.")} <= {*d.effect}


def test_a_mechanism_that_is_off_acts_through_nothing():
    scenario = load("kursk-2024").scenario
    campaign = compile_scenario(scenario, dt.date(2025, 3, 11), None, ("supply",))
    road = scenario.drivers["road-under-fire"]
    acting = effect_rows(campaign, road.alternative, road.effect)
    assert not any(campaign.priors.free[i].group == "supply" for i in acting)
    with pytest.raises(SalientError, match=r"no mechanism has a parameter 'supplies\.hit'"):
        effect_rows(campaign, road.alternative, ["supplies.hit"])
