"""Whether something acted at all: Bayes factors with and without, intervals drawn out to 0, claims that data moved."""

import datetime as dt

import numpy as np
import pytest

from salient.questions import acted, attribution, audit, worlds
from salient.questions.basis import Assumed, after
from salient.scenario.schema import Alternative

SURE, STRONG, WEAK = acted.Acted(1e12, 100), acted.Acted(20.0, 100), acted.Acted(18.0, 100)


def test_even_odds_before_the_data_and_what_they_make_of_it():
    assert acted.UNKNOWN.chance == acted.EVEN
    assert acted.Acted(10.0, 100).chance == pytest.approx(10 / 11)
    assert acted.Acted(0.1, 100).chance == pytest.approx(1 / 11)


def test_odds_are_the_inverse_of_the_mean_ratio():
    """Normal mean with prior N(0, 1), one observation of it with error 1: the Bayes factor is known."""
    rng = np.random.default_rng(3)
    y = 1.5
    z = rng.normal(y / 2, np.sqrt(0.5), 200_000)  # the posterior
    ratio = -0.5 * y**2 + 0.5 * (y - z) ** 2
    exact = np.exp(-0.5 * y**2 / 2) / np.sqrt(2) / np.exp(-0.5 * y**2)
    assert acted.of_ratios(ratio).odds == pytest.approx(exact, rel=0.02)


def test_of_a_cause_that_did_nothing_strong_evidence_is_rare():
    rng = np.random.default_rng(4)
    strong = []
    for _ in range(400):
        y = rng.normal()
        z = rng.normal(y * 16 / 17, np.sqrt(16 / 17), 1000)
        strong.append(acted.of_ratios(-0.5 * y**2 + 0.5 * (y - z) ** 2).strong)
    assert np.mean(strong) <= 1.0 - acted.SURE


def test_evidence_for_a_cause_counts_only_where_enough_draws_would_do_without():
    few = np.r_[np.full(499, -60.0), -4.0]
    assert acted.of_ratios(few).unsure
    assert acted.of_ratios(few).odds == 1.0
    against = np.r_[np.zeros(499), 20.0]
    assert acted.of_ratios(against).odds < 1.0
    assert acted.of_ratios(np.full(500, -4.0)).odds == pytest.approx(np.exp(4.0))
    assert acted.of_ratios(np.full(500, -np.inf)) == acted.UNKNOWN


def test_copies_of_a_draw_do_not_count_as_draws():
    same = np.full(100, -4.0)
    assert not acted.of_ratios(same, 1.0).unsure
    assert acted.of_ratios(same, 0.1).unsure


def test_an_interval_holds_0_unless_the_data_speak():
    draws = np.linspace(5.0, 105.0, 1001)
    sure = acted.mixed(draws, "km2", SURE)
    assert (sure.low, sure.median, sure.high) == pytest.approx((10.0, 55.0, 100.0))
    assert acted.mixed(draws, "km2", STRONG).low > 5.0
    assert acted.mixed(draws, "km2", WEAK).low == 0.0
    assert acted.mixed(-draws, "km2", WEAK).high == 0.0


def test_an_interval_has_nine_tenths_of_the_mixture():
    """Against draws of the mixture itself, for effects of one sign and of both."""
    rng = np.random.default_rng(5)
    for draws in (rng.gamma(2.0, 10.0, 20_000), rng.normal(3.0, 10.0, 20_000)):
        for odds in (0.3, 1.0, 5.0, 40.0):
            it = acted.Acted(odds, 100)
            there = rng.random(draws.size) < it.chance
            low, high = np.quantile(np.where(there, draws, 0.0), [0.05, 0.95])
            got = acted.mixed(draws, "km2", it)
            assert (got.low, got.high) == pytest.approx((low, high), abs=1.0)
            assert got.low <= got.median <= got.high


def test_a_cause_that_hardly_acted_has_no_effect_in_nine_draws_of_ten():
    got = acted.mixed(np.linspace(5.0, 105.0, 1001), "km2", acted.Acted(0.04, 100))
    assert (got.low, got.median, got.high) == (0.0, 0.0, 0.0)


def test_without_a_map_nothing_is_known_of_what_acted(kursk):
    basis = Assumed.of(kursk.scenario, dt.date(2025, 3, 31), 1, 4)
    past = after(basis, 4)
    world = worlds.factual_world(basis.campaign)
    assert acted.weighed(basis, past, [world, world]) == [acted.UNKNOWN, acted.UNKNOWN]


def test_what_changes_nothing_makes_the_maps_no_likelier(kursk_fit):
    past = after(kursk_fit, 60)
    maker = worlds.Maker(past.campaign, worlds.factual_world(past.campaign))
    same, calm = acted.weighed(
        kursk_fit,
        past,
        [maker.world([]), maker.world([Alternative(without=["assault-in-all-directions"])])],
    )
    assert same.odds == pytest.approx(1.0)
    assert calm.odds != pytest.approx(1.0, abs=1e-6)


def test_reports_of_losses_do_not_say_what_was_done_to_the_ground(kursk_fit):
    """That a contingent lost people shows that it was there, and no more."""
    past = after(kursk_fit, 60)
    maker = worlds.Maker(past.campaign, worlds.factual_world(past.campaign))
    gone = [maker.world([Alternative(absent=["kpa"])])]
    by_maps = worlds.log_likelihood(kursk_fit.posterior, past.z, gone[0], maps=True)
    by_all = worlds.log_likelihood(kursk_fit.posterior, past.z, gone[0])
    usual = worlds.log_likelihood(kursk_fit.posterior, past.z, maker.world([]))
    assert np.allclose(usual, past.loglik)
    assert (by_all < by_maps).mean() > 0.9


def test_an_effect_has_the_direction_of_the_assumptions_where_nearly_all_draws_have_it():
    draws = np.full(100, 5.0)
    draws[:5] = -5.0
    assert attribution.one_way(draws)
    draws[:6] = -5.0
    assert not attribution.one_way(draws)


@pytest.mark.parametrize(
    ("after_data", "before", "draws", "says"),
    [
        (0.5, 0.24, 500, True),
        (0.5, 0.26, 500, False),
        (0.24, 0.5, 500, True),
        (0.5, 0.5, 500, False),
        (0.0, 0.01, 500, True),
        (0.0, 0.005, 100, False),
    ],
)
def test_data_move_a_claim_when_its_odds_change_threefold(after_data, before, draws, says):
    assert audit.moved(after_data, before, draws) is says


def test_a_mean_beyond_the_interval_is_said():
    draws = np.r_[np.full(97, -1.0), np.full(3, -900.0)]
    span = acted.mixed(draws, "km2", WEAK)
    assert span.low == pytest.approx(-1.0)
    assert "-28 km2" in audit._skewed(draws, span)
    assert audit._skewed(draws[:97], acted.mixed(draws[:97], "km2", WEAK)) == ""


def test_what_the_assumptions_had_decided_is_decided_by_data_only_if_they_turn_it():
    assert audit._decided(0.04, 0.01)
    assert not audit._decided(0.04, 0.6)
    assert not audit._decided(0.06, 0.01)
    assert audit._decided(0.96, 0.99)
