"""Forecasts of the front: nothing from the future, quantiles in order, scores by hand, hostile vintages."""

import csv
import datetime as dt
import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from salient.cli import app
from salient.errors import DataError
from salient.evidence.vintage import FILE, find, read_front
from salient.forecasting import analogues, backtest, panel, rules, scores, tempo

ORIGIN = dt.date(2025, 9, 1)


@pytest.fixture
def vintage(tmp_path):
    """A folder of maps that a test may spoil."""
    (tmp_path / "territory").mkdir()
    file = tmp_path / "territory" / "deepstate_weekly.csv"
    shutil.copy(find(None), file)
    return file


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)))


def hub(vintage, out, model="analogues", as_of=ORIGIN, horizon="13w"):
    made = run(
        "forecast", "ukraine-front", "--as-of", as_of, "--data", vintage.parent.parent,
        "--model", model, "--horizon", horizon, "--out", out,
    )  # fmt: skip
    assert made.exit_code == 0, made.exception or made.output
    return out.read_text(encoding="utf-8")


def test_it_writes_what_a_hub_reads(vintage, tmp_path):
    rows = list(csv.DictReader(hub(vintage, tmp_path / "f.csv").splitlines()))
    assert len(rows) == 13 * 13 * 15
    assert {r["location"] for r in rows} == {*read_front().sectors, "total"}
    assert {r["target"] for r in rows} == {"net change km2"}
    first = rows[0]
    assert (first["origin_date"], first["horizon"], first["target_end_date"]) == (
        "2025-09-01",
        "1",
        "2025-09-08",
    )
    assert first["output_type"] == "quantile"
    assert sorted({float(r["output_type_id"]) for r in rows}) == scores.LEVELS.tolist()
    for i in range(0, len(rows), 15):
        values = [float(r["value"]) for r in rows[i : i + 15]]
        assert values == sorted(values)


def test_nothing_after_the_origin_matters(vintage, tmp_path):
    before = hub(vintage, tmp_path / "a.csv")
    lines = vintage.read_text().splitlines()
    head, rows = lines[0], lines[1:]
    known = [r for r in rows if r[:10] <= str(ORIGIN)]
    poison = [r.replace(r.split(",")[2], "999999") for r in rows if r[:10] > str(ORIGIN)]
    vintage.write_text(
        "\n".join([head, *known, *poison, "2031-01-01,mars,x,,,,", '"broken']) + "\n"
    )
    assert hub(vintage, tmp_path / "b.csv") == before
    vintage.write_text("\n".join([head, *known]) + "\n")
    assert hub(vintage, tmp_path / "c.csv") == before


@pytest.mark.slow
def test_the_state_space_is_seen_in_the_sum_and_is_repeatable(vintage, tmp_path, monkeypatch):
    monkeypatch.setattr(tempo, "WARMUP", 20)
    monkeypatch.setattr(tempo, "KEPT", 20)
    one, two = (hub(vintage, tmp_path / n, "both", horizon="4w") for n in ("a.csv", "b.csv"))
    assert one == two
    assert one != hub(vintage, tmp_path / "c.csv", horizon="4w")


def test_jumps_add_up_to_their_density():
    """The atom at zero and the density of gains come to one, with the mean that was asked."""
    grid = np.linspace(1e-6, 400, 400_001)
    density = np.exp(np.asarray(tempo.log_density(grid, 6.0, 1.5)))
    mass = np.exp(float(tempo.log_density(0.0, 6.0, 1.5))) + np.trapezoid(density, grid)
    assert mass == pytest.approx(1.0, abs=1e-4)
    assert np.trapezoid(density * grid, grid) == pytest.approx(6.0, rel=1e-3)


@pytest.mark.slow
def test_a_part_held_at_a_value_is_out_of_the_model():
    front = read_front(ORIGIN)
    draws = tempo.sample(front.gained[-13:, :3], 1, warmup=10, kept=10, held={"sd": 0.0})
    assert (draws["sd"] == 0.0).all()
    steps = np.diff(draws["log_tempo"], axis=1)
    assert steps == pytest.approx(np.repeat(steps[:, :, :1], 3, axis=2), abs=1e-4)


def test_what_changed_yesterday_weighs_more_than_what_changed_a_week_ago():
    front = read_front(ORIGIN)
    late, early = np.zeros((2, 7 * len(front.net), 12))
    late[-1], early[-7] = 9.0, 9.0
    active = [analogues.activity(front.net, 0.3, 0.7, days) for days in (late, early)]
    assert (active[0] > active[1] + 1.0).all()


def test_older_weeks_are_taken_only_to_make_up_a_year():
    front = read_front()
    older = np.full((52, 12), 5.0)
    short, year = front.net[:40], front.net[:52]
    assert np.array_equal(analogues.forecast(year, 2), analogues.forecast(year, 2, None, older))
    filled = analogues.forecast(np.concatenate([older[-12:], short]), 2)
    assert np.array_equal(analogues.forecast(short, 2, None, older), filled)


def test_the_ar_in_steps_is_that_week_by_week():
    z = np.random.Generator(np.random.PCG64(4)).standard_normal((29, 3))
    plain = [z[0] / np.sqrt(1.0 - 0.9**2)]
    for row in z[1:]:
        plain.append(0.9 * plain[-1] + row)
    assert np.asarray(tempo.ar(0.9, z)) == pytest.approx(np.array(plain), rel=1e-4, abs=1e-4)


def test_a_busy_sector_gets_a_wider_fan_than_a_quiet_one():
    front = read_front(ORIGIN)
    said = analogues.forecast(front.net, 13)
    busy, quiet = (
        np.abs(front.net[-26:]).mean(axis=0).argmax(),
        np.abs(front.net[-26:]).mean(axis=0).argmin(),
    )
    width = said[..., -2] - said[..., 1]
    assert (width[:, busy] > 2 * width[:, quiet]).all()
    assert (
        np.diff(said.mean(axis=1)[:, 7]) > 0
    ).all()  # on a front that is pressed, more time is more ground


def test_scores_by_hand():
    q = np.linspace(0, 14, 15)
    y = 20.0
    by_hand = 2 * np.mean([level * (y - v) for level, v in zip(scores.LEVELS, q, strict=True)])
    assert scores.wis(q, np.array(y)) == pytest.approx(by_hand)
    atom = np.array([0.0] * 11 + [1.0, 2, 3, 4])  # three quarters of the chance stand on 0
    inside = scores.coverage(atom[None], np.array([0.0]), 0.5)[0]
    assert 0.4 < inside < 0.75  # a closed interval would count all of it
    assert scores.pit(q[None], np.array([7.0])).sum() == pytest.approx(1)
    assert scores.ratio_interval(np.ones(20), 2 * np.ones(20), 4) == (0.5, 0.5)


def test_rules_by_hand():
    past = np.arange(60.0)[:, None]
    assert rules.RULES["last 4"](past, 2)[0] == 2 * 57.5
    assert rules.RULES["zero"](past, 9)[0] == 0
    mean = past[-52:].mean()
    expected = 2 * mean + (57.5 - mean) * (0.8 + 0.64)
    assert rules.RULES["AR(1) 0.8"](past, 2)[0] == pytest.approx(expected)


def test_the_protocol_gives_the_scores_that_were_published():
    """At one week from 2025-03-10 the fixed opponent scores 4.28 km2 (4.3 to 4.5 with origins a week later)."""
    front = read_front()
    days = backtest.origins(front, dt.date(2025, 3, 10), dt.date(2026, 2, 16))
    assert len(days) == 50
    score = []
    for day in days[::5]:
        known = front.until(day)
        i = front.dates.index(day)
        score.append(
            scores.wis(rules.quantiles("half 4 half 26, B", known.net, 1), front.net[i + 1]).mean()
        )
    assert 3.0 < np.mean(score) < 6.0


def test_a_backtest_goes_on_where_it_stopped(tmp_path):
    words = ("backtest", "ukraine-front", "--from", "2025-10-06", "--to", "2025-10-20", "--model", "analogues",
             "--out", tmp_path, "--workers", 1)  # fmt: skip
    first = run(*words, "--json")
    said = json.loads(first.stdout)
    assert said["origins"] == 3
    assert {r["horizon"] for r in said["rows"]} == {1, 4, 8, 13}
    published = next(r for r in said["rows"] if r["forecaster"] == "published")
    assert published["wis_km2"] > 0
    files = sorted((tmp_path / "origins").iterdir())
    stamp = files[0].stat().st_mtime_ns
    files[1].unlink()
    assert json.loads(run(*words, "--json").stdout) == said
    assert files[0].stat().st_mtime_ns == stamp
    shown = run(*words).stdout
    assert max(map(len, shown.splitlines())) <= 80


def test_an_origin_that_fails_is_a_row_with_its_reason(vintage):
    made = backtest.forecasts(
        backtest.Job(dt.date(2024, 7, 8), str(vintage.parent.parent), 1, "analogues")
    )
    assert "failed" in made
    assert backtest.table(read_front(), [made]) == []


def spoil(vintage, old, new):
    text = vintage.read_text()
    assert old in text
    vintage.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("occupied_km2", "occupied", "no column 'occupied_km2'"),
        ("2024-07-15,sumy_border,0.0", "2024-07-15,sumy_border,nan", "is not a number"),
        ("2024-07-15,sumy_border,0.0", "2024-07-15,sumy_border,-3", "negative"),
        ("2024-07-15,sumy_border,0.0", "2024-07-15,sumy_border,50", "gained less lost"),
        ("2024-07-15,sumy_border,", "2024-07-15,elsewhere,", "missing on"),
    ],
)
def test_a_spoilt_vintage_is_refused_by_row(vintage, old, new, said):
    spoil(vintage, old, new)
    with pytest.raises(DataError) as refused:
        read_front(ORIGIN, vintage.parent.parent)
    assert any(said in str(p) for p in refused.value.problems)
    assert "deepstate_weekly.csv:" in str(refused.value.problems[0])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2026-02-23,siversk,", "2031-02-24,siversk,", "can be bridged"),
        ("2025-06-09,siversk,", "2025-06-11,siversk,", "whole weeks apart"),
        ("2025-06-09,siversk,", "2025-06-09,lyman_borova,", "stands already in line"),
        ("2025-06-09,siversk,", "not a date,siversk,", "can be read"),
        (
            "2025-06-09,siversk,",
            "2025-06-09,siversk,1e9,0,0,0,0,0,0,0,0\n2025-06-09,siversk,",
            "cells",
        ),
    ],
)
def test_a_date_out_of_place_is_refused_by_row(vintage, old, new, said):
    """A map from the future, one out of step, a sector twice, no date, a row too long: each with its place."""
    spoil(vintage, old, new)
    with pytest.raises(DataError) as refused:
        read_front(None, vintage.parent.parent)
    assert any(said in str(p) for p in refused.value.problems)
    assert all("deepstate_weekly.csv:" in str(p) for p in refused.value.problems)


def test_a_map_said_to_be_from_the_future_is_refused(vintage):
    lines = vintage.read_text().splitlines()
    column = lines[0].split(",").index("snapshot_date")
    row = next(i for i, line in enumerate(lines) if line.startswith("2025-06-09,siversk,"))
    cells = lines[row].split(",")
    cells[column] = "2025-06-20"
    vintage.write_text("\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]]) + "\n")
    with pytest.raises(DataError) as refused:
        read_front(None, vintage.parent.parent)
    assert f"deepstate_weekly.csv:{row + 1}" in str(refused.value.problems[0])
    assert "which was in the future" in str(refused.value.problems[0])


def test_a_folder_without_the_maps_and_an_empty_file_are_said(vintage, tmp_path):
    vintage.write_text(vintage.read_text().splitlines()[0] + "\n")
    with pytest.raises(DataError, match="no map is dated by"):
        read_front(ORIGIN, tmp_path)
    vintage.unlink()
    with pytest.raises(DataError, match="weekly maps of the front are missing"):
        read_front(ORIGIN, tmp_path)


def test_a_gap_of_three_weeks_is_bridged_and_said(vintage):
    gone = ("2025-06-09", "2025-06-16")
    lines = [line for line in vintage.read_text().splitlines() if not line.startswith(gone)]
    vintage.write_text("\n".join(lines) + "\n")
    front, whole = read_front(ORIGIN, vintage.parent.parent), read_front(ORIGIN)
    assert front.dates == whole.dates
    assert front.net.sum() == pytest.approx(whole.net.sum())
    assert "shared evenly" in front.notes[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ukraine-front", "--horizon", "13 years"), "whole weeks"),
        (("ukraine-front", "--model", "oracle"), "there is no model"),
        (("kursk-2024",), "no sector of"),
        (("ukraine-front", "--data", "nowhere"), "no such folder"),
        (("ukraine-front", "--as-of", "2027-01-01"), "days before"),
        (("ukraine-front", "--as-of", "2024-08-01"), "weeks of maps"),
    ],
)
def test_what_cannot_be_forecast_is_said(words, said, tmp_path):
    made = run("forecast", *words, "--out", tmp_path / "f.csv")
    assert made.exception is not None
    assert said in "\n".join(str(p) for p in made.exception.problems)
    assert not (tmp_path / "f.csv").exists()


def test_the_table_that_is_shipped_is_found():
    assert find(None).name == FILE
    assert panel.forecast(read_front(ORIGIN), 2, model="analogues").horizons == 2
