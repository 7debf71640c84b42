"""The fit as a whole: it recovers what made the data, two samplers agree, and the future cannot reach it."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from salient.engine.ensemble import Start
from salient.engine.ensemble import run as run_draws
from salient.inference import nuts
from salient.inference.fit import diagnose, fit, hindcasts, parameter_rows, prepare
from salient.inference.observations import Maps
from salient.mechanisms.advance import root, squared
from salient.scenario.loading import load
from salient.scenario.schema import Event

AS_OF = dt.date(2025, 2, 24)
OFF = (
    "will", "support", "production", "training", "readiness", "posture", "supply", "ammunition", "contingents",
    "manpower", "equipment", "terrain", "fortification", "surprise", "withdrawal", "intelligence",
)  # fmt: skip
"""A small campaign, attrition, advance and breakthrough alone: quick to compile, with the parameters
that data settle.
"""


@pytest.fixture(scope="module")
def scenario():
    loaded = load("kursk-2024").scenario
    observe = loaded.observe.model_copy(update={"losses": []})
    return loaded.model_copy(update={"observe": observe})


@pytest.fixture(scope="module")
def small(scenario):
    return prepare(scenario, AS_OF, off=OFF)


@pytest.fixture(scope="module")
def fitted(small):
    return fit(small, seed=1, draws=2000)


@pytest.mark.slow
def test_the_samplers_agree(small, fitted):
    """Tempered SMC against NUTS: means within 0.15 posterior sd, sds within a fifth."""
    chains = nuts.sample(small, seed=2, chains=4, warmup=200, draws=250)
    assert chains.divergences < 0.1 * chains.z[0].size
    a, b = fitted.flat, chains.z.reshape(len(small.names), -1)
    shift = np.abs(a.mean(axis=1) - b.mean(axis=1)) / b.std(axis=1)
    assert shift.max() <= 0.15
    ratio = a.std(axis=1) / b.std(axis=1)
    assert ratio.min() >= 0.8
    assert ratio.max() <= 1.2


def test_the_fit_passes_its_own_checks(fitted):
    checks = diagnose(fitted)
    assert checks.ok, checks.sentences
    assert {r.name for r in checks.rows} >= {
        "R-hat, worst parameter",
        "share of draws that are unique",
    }


def test_a_fit_that_has_not_converged_says_so(fitted):
    stuck = replace(fitted, z=fitted.z + np.array([0.0, 0.0, 0.0, 3.0])[None, :, None], unique=0.2)
    checks = diagnose(stuck)
    assert not checks.ok
    assert any("has not converged" in s for s in checks.sentences)


def test_the_table_says_what_the_data_settled(fitted):
    rows = {r.name: r for r in parameter_rows(fitted)}
    assert rows["advance.pace[kursk]"].contraction > 0.3
    assert rows["attrition.rate[russia]"].contraction < 0.2
    for r in rows.values():
        assert r.prior.low <= r.prior.median <= r.prior.high
        assert r.posterior.low <= r.posterior.median <= r.posterior.high


def test_hindcasts_look_back_four_and_thirteen_weeks(fitted):
    assert [h.horizon for h in hindcasts(fitted)] == [4, 13]


def test_known_parameters_are_recovered(small):
    """Maps simulated from known numbers; the truth lies in the 95 % interval of what the data settle."""
    truth = {
        "advance.pace[kursk]": 0.6,
        "observe.area.0.noise": -1.0,
        "observe.area.1.noise": -0.5,
        "advance.jolt": -0.8,
    }
    z = np.zeros((len(small.names), 1))
    for name, value in truth.items():
        z[small.names.index(name)] = value
    campaign = small.campaign
    index = campaign.priors.index
    natural = np.asarray(campaign.priors.natural(z))[:, 0]
    start = Start(small.seen.path(campaign), 5, {})
    area = run_draws(campaign, z, seed=11, record=("area",), start=start)["area"][:, 0, 0]
    area = np.concatenate([[small.seen.path(campaign)[0, 0]], area])
    rng = np.random.default_rng(5)
    km2, used = np.full_like(small.seen.maps.km2, np.nan), np.zeros_like(small.seen.maps.used)
    for m in range(2):
        noise = natural[index[f"observe.area.{m}.noise"]] * rng.standard_normal(len(area))
        km2[m, : campaign.origin + 1, 0] = (
            squared(root(area) + noise) + small.seen.maps.floor[m, 0]
        )[: campaign.origin + 1]
    used[:, 5 : campaign.origin + 1] = True
    old = small.seen.maps
    simulated = replace(
        small, seen=replace(small.seen, maps=Maps(km2, used, old.floor, old.noise, old.mappers))
    )
    found = fit(simulated, seed=1, draws=1000)
    for name, value in truth.items():
        low, high = np.quantile(found.flat[small.names.index(name)], [0.025, 0.975])
        assert low < value < high, name


def test_nothing_reported_later_matters(scenario, small):
    """An event, a report and a map dated after the as-of date change no byte of the fit."""
    later = Event(
        id="from-the-future", date=dt.date(2025, 2, 1), reported=dt.date(2025, 3, 1), kind="surge",
        side="russia", sector="kursk", level="2", text="told only later",
    )  # fmt: skip
    with_event = scenario.model_copy(update={"events": [*scenario.events, later]})
    other = prepare(with_event, AS_OF, off=OFF)
    assert other.names == small.names
    assert fit(other, seed=1, draws=500).z.tobytes() == fit(small, seed=1, draws=500).z.tobytes()


def test_an_event_known_by_then_does_matter(scenario):
    known = Event(
        id="known", date=dt.date(2025, 2, 1), kind="surge", side="russia", sector="kursk", level="1.5 .. 2",
        text="known",
    )  # fmt: skip
    with_event = scenario.model_copy(update={"events": [*scenario.events, known]})
    assert "events.known" in prepare(with_event, AS_OF).names
    assert "events.known" not in prepare(scenario, AS_OF).names
