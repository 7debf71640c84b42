"""Numbers into words: bounds of the scale, rounding, ranges."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salient.brief import words
from salient.brief.words import DASH, MINUS, NBSP, THIN
from salient.questions.findings import Interval


@pytest.mark.parametrize(
    ("p", "word"),
    [
        (0.0, "almost no chance"),
        (0.0499, "almost no chance"),
        (0.05, "very unlikely"),
        (0.1999, "very unlikely"),
        (0.2, "unlikely"),
        (0.4499, "unlikely"),
        (0.45, "roughly even chance"),
        (0.5, "roughly even chance"),
        (0.55, "roughly even chance"),
        (0.5501, "likely"),
        (0.8, "likely"),
        (0.8001, "very likely"),
        (0.95, "very likely"),
        (0.9501, "almost certain"),
        (1.0, "almost certain"),
    ],
)
def test_the_word_changes_at_the_bounds_of_icd_203(p, word):
    assert words.likelihood(p) == word


MIRROR = {
    "almost no chance": "almost certain",
    "very unlikely": "very likely",
    "unlikely": "likely",
    "roughly even chance": "roughly even chance",
}
MIRROR |= {b: a for a, b in MIRROR.items()}


@given(st.integers(0, 1000))
def test_a_chance_and_its_opposite_have_opposite_words(k):
    assert words.likelihood(1 - k / 1000) == MIRROR[words.likelihood(k / 1000)]


@given(st.integers(0, 4000), st.sampled_from([50, 400, 1000, 4000]))
def test_word_and_number_never_disagree(k, draws):
    said = words.chance(min(k, draws) / draws, draws)
    if "%" in said.number:
        assert words.likelihood(int(said.number.split(THIN)[0]) / 100) == said.word


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_chance_is_refused(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        words.likelihood(p)
    with pytest.raises(ValueError, match="between 0 and 1"):
        words.chance(p, 4000)


@pytest.mark.parametrize(
    ("p", "draws", "text"),
    [
        (0.0, 4000, f"fewer than 1 in 1{THIN}000"),
        (0.0, 100, "fewer than 1 in 20"),
        (1.0, 4000, f"more than 999 in 1{THIN}000"),
        (0.0004, 4000, "fewer than 1 in 100"),
        (0.9996, 4000, "more than 99 in 100"),
        (0.733, 4000, f"73{THIN}%"),
        (0.733, 400, f"75{THIN}%"),
        (0.733, 50, f"70{THIN}%"),
        (0.0, 4, "no draw"),
    ],
)
def test_a_chance_says_no_more_than_the_draws_support(p, draws, text):
    assert words.chance(p, draws).number == text


def test_a_judgement_is_a_range_with_both_its_words():
    said = words.judged(0.45, 0.2, 0.7)
    assert said.text == f"unlikely to likely (20{DASH}70{THIN}%)"
    assert words.judged(0.3, 0.3, 0.3).text == f"unlikely (30{THIN}%)"


@pytest.mark.parametrize(
    ("value", "digits", "sign", "text"),
    [
        (1234567, 0, False, f"1{THIN}234{THIN}567"),
        (-12.34, 1, False, f"{MINUS}12.3"),
        (12.34, 1, True, "+12.3"),
        (-0.04, 1, True, "0.0"),
        (0, 0, True, "0"),
        (999.6, 0, False, f"1{THIN}000"),
    ],
)
def test_numbers(value, digits, sign, text):
    assert words.number(value, digits, sign) == text


def test_an_interval_is_rounded_to_what_the_draws_support():
    found = Interval(213.4, 14.2, 481.3, unit="km2")
    assert words.estimate(found, 4000).text == f"215{NBSP}km² (15{DASH}480)"
    assert words.estimate(found, 40).text == f"200{NBSP}km² (under 50 to 500)"


def test_what_is_not_nothing_is_not_written_as_nothing():
    assert "under 5 to" in words.estimate(Interval(213, 1.2, 481, unit="km2"), 4000).text
    assert f"(0{DASH}" in words.estimate(Interval(213, 0.0, 481, unit="km2"), 4000).text


def test_a_difference_carries_signs():
    text = words.estimate(Interval(-13, -202, 5, unit="km2"), 1000, sign=True).text
    assert text == f"{MINUS}15{NBSP}km² ({MINUS}200 to +5)"


def test_people_and_areas_are_whole():
    assert (
        words.estimate(Interval(4.4, 3.2, 5.1, unit="people"), 4000).text
        == f"4{NBSP}people (3{DASH}5)"
    )
    assert (
        words.estimate(Interval(12.4, 12.2, 12.9, unit="km2"), 4000).text
        == f"12{NBSP}km² (12{DASH}13)"
    )


def test_a_certain_number_has_no_interval():
    assert words.estimate(Interval(5, 5, 5, unit="km2"), 4000).text == f"5{NBSP}km²"


@given(st.floats(1e-6, 1e6), st.integers(1, 100_000))
def test_the_step_is_not_finer_than_the_error_of_the_draws(width, draws):
    error = 0.64 * width / np.sqrt(draws)
    step = words.step(width, draws)
    assert error * 0.999 <= step <= error * 10.001
    assert f"{step:.0e}"[0] in "15"


@pytest.mark.parametrize(
    ("contraction", "text"),
    [
        (0.9, "mostly settled by the data"),
        (0.5, "mostly settled by the data"),
        (0.49, "partly settled by the data"),
        (0.2, "partly settled by the data"),
        (0.199, "set by assumption"),
        (-0.2, "set by assumption"),
    ],
)
def test_share_settled(contraction, text):
    assert words.share_settled(contraction) == text


def test_a_contraction_below_zero_is_none():
    assert words.contraction_text(-0.2) == "none"
    assert words.contraction_text(0.9) == f"90{THIN}%"


def test_small_words():
    assert words.count(0, "week") == "no weeks"
    assert words.count(1, "branch", "branches") == f"1{NBSP}branch"
    assert words.count(2, "branch", "branches") == f"2{NBSP}branches"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed(["a"]) == "a"
    assert words.day(dt.date(2025, 3, 1)) == f"1{NBSP}March 2025"
    assert words.sentence("it rained") == "It rained."
    assert words.sentence("did it?") == "Did it?"
    assert words.exact(1.004) == "1.004"
    assert words.exact(-0.4) == f"{MINUS}0.4"


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(0.0155, 0.006, 0.04, unit="1/week"), f"0.016{NBSP}a week (0.006{DASH}0.040)"),
        (Interval(0.1, 0.02, 0.5), f"0.10 (0.02{DASH}0.50)"),
        (Interval(-4.61, -5.98, -3.25), f"{MINUS}4.6 ({MINUS}6.0 to {MINUS}3.2)"),
        (Interval(122, 50, 300, unit="soldiers/km"), f"120{NBSP}soldiers a km (50{DASH}300)"),
        (Interval(1, 1, 1), "1"),
    ],
)
def test_numbers_of_the_model(interval, text):
    assert words.quantity(interval) == text


def test_an_interval_of_draws():
    found = Interval.of(np.arange(1001.0), "km2")
    assert (found.low, found.median, found.high) == pytest.approx((50.0, 500.0, 950.0))
