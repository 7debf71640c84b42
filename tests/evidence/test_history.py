"""Base rates, lengths, sizes and spreads as of a day, against the table that was computed when the record was made."""

import inspect

import numpy as np
import pytest

from salient.errors import DataError
from salient.evidence.history import (
    GONE,
    breakthrough_base_rate,
    breakthrough_length,
    breakthrough_size,
    positional_spread,
)

PERIODS = [
    # since, as of, sector-weeks, Russian weeks, Russian starts, Ukrainian weeks, Ukrainian starts
    ("2022-05-16", "2025-08-04", 1642, 26, 10, 20, 6),
    ("2022-07-18", "2025-08-04", 1543, 12, 6, 19, 6),
    ("2022-05-16", "2022-12-31", 342, 14, 4, 19, 5),
    ("2023-01-01", "2023-10-02", 360, 0, 0, 1, 1),
    ("2023-10-09", "2024-04-22", 261, 0, 0, 0, 0),
    ("2024-04-29", "2025-08-04", 679, 12, 6, 0, 0),
]


@pytest.mark.parametrize(("since", "as_of", "exposure", "rw", "rs", "uw", "us"), PERIODS)
def test_counts_of_the_base_rate_table(since, as_of, exposure, rw, rs, uw, us):
    found = [
        breakthrough_base_rate(as_of, side, since, count)
        for side in ("russia", "ukraine")
        for count in ("weeks", "starts")
    ]
    assert [rate.n for rate in found] == [rw, rs, uw, us]
    assert {rate.exposure for rate in found} == {exposure}


@pytest.mark.parametrize(
    ("side", "count", "mean", "low", "high"),
    [
        ("russia", "weeks", 16.1, 11.4, 21.6),
        ("russia", "starts", 6.4, 3.5, 9.9),
        ("ukraine", "weeks", 12.5, 8.3, 17.3),
        ("ukraine", "starts", 4.0, 1.8, 6.8),
    ],
)
def test_rates_per_thousand_sector_weeks(side, count, mean, low, high):
    rate = breakthrough_base_rate("2025-08-04", side, "2022-05-16", count)
    assert [round(1000 * v, 1) for v in (rate.mean, rate.low, rate.high)] == [mean, low, high]
    assert rate.shape == rate.n + 0.5


def test_a_rate_knows_nothing_of_later_days():
    before = breakthrough_base_rate("2024-08-05", "russia")
    after = breakthrough_base_rate("2025-03-11", "russia")
    assert (before.n, before.exposure) == (1, 1012)
    assert (after.n, after.exposure) == (4, 1322)
    assert before.high > before.mean > before.low > 0


def test_no_event_still_gives_a_rate_over_zero():
    rate = breakthrough_base_rate("2024-04-22", "russia", "2023-10-09")
    assert rate.n == 0
    assert 0 <= rate.low < rate.mean < rate.high


def test_an_operation_under_way_is_not_taken_as_ended():
    under_way = breakthrough_length("2024-10-28", "russia")
    assert (under_way.starts, under_way.weeks, under_way.ongoing) == (3, 3, 1)
    later = breakthrough_length("2024-11-04", "russia")
    assert later.starts == 4


def test_lengths_over_the_whole_record():
    length = breakthrough_length("2025-08-04")
    assert (length.starts, length.weeks, length.ongoing) == (12, 31, 0)
    assert length.mean_weeks == pytest.approx(31 / 12)
    assert length.exit == pytest.approx(12.5 / 32)
    assert length.low < length.exit < length.high
    assert length.mean_span >= length.mean_weeks


def test_sizes_on_both_bases():
    contested = breakthrough_size("2025-08-04")
    at_stake = breakthrough_size("2025-08-04", basis="at-stake")
    assert contested.n == at_stake.n == 31
    assert at_stake.mean > contested.mean  # what is left is less than what was ever contested
    assert at_stake.capped == 3
    assert at_stake.high == pytest.approx(-np.log1p(-GONE))
    assert 0 < contested.low < contested.median < contested.high


def test_a_single_week_has_no_spread():
    size = breakthrough_size("2024-08-05", "russia")
    assert (size.n, size.sd, size.spread) == (1, 0.0, 0.0)


def test_nothing_known_is_an_error():
    with pytest.raises(
        DataError, match="no counted week is known between 2023-10-09 and 2024-04-22"
    ):
        breakthrough_size("2024-04-22", since="2023-10-09")
    with pytest.raises(DataError, match="no counted week"):
        breakthrough_length("2024-04-22", since="2023-10-09")
    with pytest.raises(DataError, match="nothing was known"):
        positional_spread("2022-05-01")


def test_an_unknown_side():
    with pytest.raises(DataError, match=r"'rusia' is not a side.*'russia'"):
        breakthrough_base_rate("2025-03-11", "rusia")


@pytest.mark.parametrize(
    ("since", "as_of", "n", "mean", "sd", "points"),
    [
        ("2022-05-16", "2025-08-04", 1578, 1.04, 2.18, (-1.9, 0, 0.5, 2.2, 5.1, 7.1)),
        ("2022-05-16", "2022-12-31", 294, 0.83, 3.15, (-4.6, 0, 0.0, 2.7, 6.2, 7.7)),
        ("2023-01-01", "2023-10-02", 358, 0.27, 1.77, (-2.9, -0.4, 0, 1.2, 3.4, 4.8)),
        ("2023-10-09", "2024-04-22", 261, 0.63, 1.20, (-1.0, 0, 0, 1.2, 2.6, 4.3)),
        ("2024-04-29", "2025-08-04", 665, 1.70, 1.96, (0, 0, 1.2, 3.0, 5.5, 7.2)),
    ],
)
def test_ordinary_weeks_of_the_table(since, as_of, n, mean, sd, points):
    spread = positional_spread(as_of, since)
    assert spread.n == n
    assert spread.mean == pytest.approx(mean, abs=0.0151)
    assert spread.sd == pytest.approx(sd, abs=0.0151)
    found = [spread.quantiles[p] for p in (5, 25, 50, 75, 95, 99)]
    assert found == pytest.approx(points, abs=0.06)


def test_about_a_third_of_ordinary_weeks_are_zero():
    assert positional_spread("2025-08-04", "2022-05-16").zero == pytest.approx(0.35, abs=0.005)


def test_redraws_are_left_out_unless_asked_for():
    assert positional_spread("2025-08-04", "2022-05-16", redraws=True).n == 1596


def test_persistence_and_the_parts_of_the_spread():
    spread = positional_spread("2025-08-04")
    assert 0.2 < spread.ar1 < 0.5
    assert spread.kurtosis > 0
    assert spread.within < spread.sd
    assert 0 < spread.between < spread.within


@pytest.mark.parametrize(
    "function", [breakthrough_base_rate, breakthrough_length, breakthrough_size, positional_spread]
)
def test_every_function_takes_an_as_of_date_and_a_folder(function):
    assert {"as_of", "since", "data_dir"} <= set(inspect.signature(function).parameters)
