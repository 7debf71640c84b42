"""Claimed losses 26 weeks ahead: right where the truth is made up, blind to the future, plain about bad rows."""

import csv
import datetime as dt
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from salient.cli import app
from salient.errors import DataError, SalientError
from salient.evidence.claims import Claimed, read_claims
from salient.forecasting import claims
from salient.forecasting.scores import LEVELS

ORIGIN = dt.date(2025, 3, 10)


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)))


def daily(folder, rows):
    (folder / "ukraine-war").mkdir(exist_ok=True)
    file = folder / "ukraine-war" / "losses_daily.csv"
    head = "date,side,category,daily,cumulative,correction,daily_corrected,flag,source,source_side"
    lines = [f"{d},russia,personnel,{v},,0,{v},,general_staff_ua,ukraine" for d, v in rows]
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return folder


def made_up(weeks=60, each=1000):
    start = dt.date(2024, 1, 2)
    return [(start + dt.timedelta(days=k), each) for k in range(7 * weeks)]


def test_intervals_hold_what_followed_where_the_model_is_true():
    inside = []
    for k in range(60):
        rng = np.random.default_rng(k)
        level = np.log(7000) + np.cumsum(rng.normal(0, 0.06, 126))
        weekly = np.exp(level + rng.normal(0, 0.08, 126))
        q = np.quantile(claims.futures(weekly[:100], 26, 1, 500), [0.05, 0.95], axis=1)[:, 25]
        inside.append(q[0] <= weekly[100:].sum() <= q[1])
    assert 0.8 <= np.mean(inside) <= 1.0


def test_the_filter_finds_drift_and_noise():
    rng = np.random.default_rng(3)
    quiet = np.log(7000) + rng.normal(0, 0.1, 150)
    restless = np.log(7000) + np.cumsum(rng.normal(0, 0.1, 150))
    means = []
    for y in (quiet, restless):
        weight, drift, *_ = claims.posterior(y)
        means.append(weight @ drift)
    assert means[0] < 0.04 < 0.08 < means[1]


def test_a_rule_by_hand():
    weekly = np.full(40, 100.0)
    assert claims.rule(weekly, 3, 4) == pytest.approx(np.full(len(LEVELS), 300.0))


def test_it_writes_what_a_hub_reads_and_knows_no_future(tmp_path):
    rows = made_up()
    files = []
    for name, more in (("a", []), ("b", [("2025-03-11", 999999), ("2031-01-01", "x")])):
        (tmp_path / name).mkdir()
        data = daily(tmp_path / name, [*rows, *more])
        known = read_claims(dt.date(2025, 2, 24), data)
        files.append(claims.forecast(known, 26))
    assert (files[0] == files[1]).all()
    out = tmp_path / "c.csv"
    made = run(
        "forecast",
        "ukraine-front",
        "--target",
        "claims",
        "--as-of",
        ORIGIN,
        "--horizon",
        "26w",
        "--out",
        out,
    )
    assert made.exit_code == 0, made.exception or made.output
    said = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert len(said) == 26 * len(LEVELS)
    assert {r["location"] for r in said} == {"russia"}
    assert said[-1]["target_end_date"] == "2025-09-08"
    for i in range(0, len(said), len(LEVELS)):
        values = [float(r["value"]) for r in said[i : i + len(LEVELS)]]
        assert values == sorted(values)


def test_past_intervals_26_weeks_ahead_held_what_followed(tmp_path):
    words = (
        "backtest",
        "ukraine-front",
        "--target",
        "claims",
        "--from",
        "2025-03-10",
        "--out",
        tmp_path,
    )
    rows = json.loads(run(*words, "--json").stdout)["rows"]
    at = {(r["horizon"], r["forecaster"]): r for r in rows}
    assert at[26, "published"]["cover90"] >= 0.85
    assert at[26, "published"]["ratio"] < 1.0
    assert at[26, "last 4"]["ratio"] == 1.0
    shown = run(*words).stdout
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("day", "value", "said"),
    [
        ("2024-03-05", "nan", "not a number"),
        ("2024-03-05", "many", "not a number"),
        ("2024-03-05", "-400", "less than none"),
        ("2024-03-04", "1000", "twice"),
        ("soon", "1000", "not a date"),
    ],
)
def test_a_spoilt_row_is_named(tmp_path, day, value, said):
    rows = made_up()
    rows[63] = (day, value)
    with pytest.raises(DataError) as refused:
        read_claims(None, daily(tmp_path, rows))
    problem = refused.value.problems[0]
    assert said in str(problem)
    assert "losses_daily.csv:65" in str(problem)


def test_a_gap_is_bridged_and_a_long_one_refused(tmp_path):
    rows = made_up()
    short = read_claims(None, daily(tmp_path, rows[:140] + rows[161:]))
    assert len(short.days) == 60
    assert short.weekly == pytest.approx(np.full(60, 7000.0))
    assert "3 weeks" in short.notes[0]
    with pytest.raises(DataError, match="no claimed losses for"):
        read_claims(None, daily(tmp_path, rows[:140] + rows[210:]))


def test_too_little_is_said():
    days = tuple(dt.date(2024, 1, 1) + dt.timedelta(weeks=k) for k in range(10))
    with pytest.raises(SalientError, match="at least"):
        claims.forecast(Claimed(days, np.full(10, 100.0), ()), 4)
    made = run(
        "forecast", "ukraine-front", "--target", "claims", "--as-of", "2027-01-01", "--out", "c.csv"
    )
    assert "days before" in str(made.exception.problems[0])
    made = run("forecast", "ukraine-front", "--target", "weather", "--out", "c.csv")
    assert "no target" in str(made.exception.problems[0])
