"""The track record: by hand, only what had come true, the same as the table of the backtest."""

import datetime as dt
import json

import pytest

from salient.errors import DataError
from salient.evidence.vintage import read_front
from salient.forecasting import backtest, record, rules

LAST = dt.date(2026, 2, 23)


@pytest.fixture(scope="module")
def made():
    days = [dt.date(2025, 9, 1), dt.date(2025, 9, 29), dt.date(2025, 12, 1)]
    return [backtest.forecasts(backtest.Job(d, None, 1, "analogues")) for d in days]


@pytest.fixture(scope="module")
def file(made, tmp_path_factory):
    out = tmp_path_factory.mktemp("record") / "r.json"
    failed = {"origin": "2025-10-06", "failed": "no reason"}
    out.write_text(json.dumps(record.build(read_front(), [*made, failed], {"seed": 1})))
    return out


def test_it_says_what_the_table_of_the_backtest_says(made, file):
    known = record.known(LAST, file)
    table = backtest.table(read_front(), made)
    compared = 0
    for line in known.lines:
        row = next(
            r
            for r in table
            if (r["part"], r["horizon"], r["forecaster"])
            == (line.part, line.horizon, line.forecaster)
        )
        assert line.wis == pytest.approx(row["wis_km2"], abs=2e-3)
        assert line.ratio == pytest.approx(row["ratio"], abs=2e-3)
        assert (line.cover50, line.cover90) == pytest.approx(
            (row["cover50"], row["cover90"]), abs=2e-3
        )
        compared += 1
    assert compared >= 16


def test_a_forecast_counts_from_the_day_on_which_it_came_true(file):
    day = dt.date(2025, 9, 1) + dt.timedelta(weeks=4)
    assert record.known(day - dt.timedelta(days=1), file).line("sectors", 4) is None
    line = record.known(day, file).line("sectors", 4)
    assert line is not None
    assert line.origins == 1
    assert line.ratio_low is None
    assert record.known(day, file).longest == 4
    assert record.known(dt.date(2025, 9, 1), file).lines == ()


def test_a_failed_origin_is_counted_once_its_day_has_come(file):
    assert record.known(dt.date(2025, 10, 5), file).failed == 0
    assert record.known(LAST, file).failed == 1


def test_what_followed_is_what_the_maps_show(file):
    front = read_front()
    for p in record.known(LAST, file).past:
        at = front.dates.index(p.origin)
        assert p.truth == pytest.approx(front.net[at + 1 : at + 1 + p.horizon].sum(), abs=0.06)
        assert p.low <= p.low50 <= p.median <= p.high50 <= p.high


def test_the_best_rule_is_not_worse_than_the_fixed_one(file):
    for line in record.known(LAST, file).lines:
        assert line.best in rules.names()
        assert line.ratio_best >= line.ratio - 1e-9


def test_the_record_that_ships_is_whole_and_of_these_maps():
    known = record.known(LAST)
    front = read_front()
    assert known.about["maps_sha256"] == front.sha256
    assert {one.forecaster for one in known.lines} >= {"published", "analogues", "tempo"}
    assert [h for h in backtest.HORIZONS if known.line("sectors", h)] == [1, 4, 8, 13]


def test_a_damaged_record_is_said(tmp_path):
    for text in ("", "{}", '{"format": "other"}'):
        file = tmp_path / f"r{len(text)}.json"
        file.write_text(text)
        with pytest.raises(DataError, match="track record"):
            record.known(LAST, file)
