"""The Ardennes and Iwo Jima: closed forms against brute force, no look ahead, and the picture."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from salient.cli.app import app
from salient.record import daily
from salient.record.daily import OURS, Days, Fitted, Grid, days, fitted, grid, r2, yesterday
from salient.record.iwo_jima import SCALE, columns, course, engel, iwo_jima, meet_the_ends


def cut(d: Days, kept) -> Days:
    return Days(d.casualties[kept], d.own[kept], d.foe[kept], d.level)


def test_yesterday_is_the_published_baseline():
    assert r2(yesterday()) == pytest.approx(0.294, abs=0.0005)


def test_ours_beats_yesterday_with_exponents_in_their_range():
    f = fitted(OURS)
    assert r2(f.ahead()[0]) > 0.29
    assert 0.2 <= f.interval(f.grid.p)[0] <= 1.0
    assert 0.3 <= f.interval(f.grid.q)[0] <= 1.2


def test_a_forecast_knows_no_later_day():
    whole, d = fitted("linear").ahead(), days()
    changed = Days(d.casualties.copy(), d.own, d.foe, d.level)
    changed.casualties[20:] *= 3
    other = Fitted(grid("linear"), changed).ahead()
    assert np.array_equal(whole[:, 1:21], other[:, 1:21])
    assert not np.allclose(whole[:, 21:], other[:, 21:])


def test_leaving_one_out_is_what_fitting_without_it_gives():
    g, d = (
        Grid.of(np.array([0.3, 0.9]), np.array([0.5, 1.0]), np.zeros(1)),
        cut(days(), slice(0, 9)),
    )
    quick = Fitted(g, d).left_out()
    for t in (0, 4, 8):
        # rho is 0: days are exchangeable, so the day in question can be put last and foretold from the others
        order = [i for i in range(9) if i != t] + [t]
        slow = Fitted(g, cut(d, order))
        for side in (0, 1):
            told = (
                np.cumsum(slow.log_next.sum(axis=2), axis=1)[:, 7] + slow.log_next[:, 8, 1 - side]
            )
            w = g.weight * np.exp(told)
            density = (w * np.exp(slow.log_next[:, 8, side])).sum() / w.sum()
            assert quick[t, side] == pytest.approx(math.log(density), abs=1e-9)


def test_the_evidence_is_the_integral_over_rate_and_scatter():
    d, g = (
        cut(days(), slice(0, 4)),
        Grid.of(np.array([0.5]), np.array([0.7]), np.array([0.6]), flat=True),
    )
    f = Fitted(g, d)
    rng = np.random.default_rng(7)
    n = 400_000
    variance = 1 / rng.gamma(daily.SHAPE, 1 / (daily.SHAPE * daily.SCATTER**2), n)
    m = d.level[0] + np.sqrt(variance) * daily.RATE_SD / daily.SCATTER * rng.standard_normal(n)
    e = np.log(d.casualties[:, 0]) - 0.5 * d.foe[:, 0] - 0.7 * d.own[:, 0]
    log = np.zeros(n)
    for t in range(4):
        mean = m if t == 0 else m + 0.6 * (e[t - 1] - m)
        v = variance / (1 - 0.36) if t == 0 else variance
        log += -0.5 * (np.log(2 * np.pi * v) + (e[t] - mean) ** 2 / v)
    assert f.log_next[0, :, 0].sum() == pytest.approx(np.log(np.exp(log).mean()), abs=0.02)


def test_waic_is_near_leaving_one_out():
    f = fitted("linear")
    assert f.waic().sum() == pytest.approx(f.left_out().sum(), abs=1.0)


def test_the_posterior_of_known_exponents_is_found_when_numbers_vary():
    rng = np.random.default_rng(3)
    strength = np.exp(rng.normal(0, 1, (200, 2)))
    own, foe = np.log(strength), np.log(strength[:, ::-1])
    log = math.log(900) + 0.4 * foe + 0.9 * own + 0.2 * rng.standard_normal((200, 2))
    f = Fitted(grid("generalised"), Days(np.exp(log), own, foe, np.full(2, math.log(900))))
    assert f.interval(f.grid.p)[0] == pytest.approx(0.4, abs=0.06)
    assert f.interval(f.grid.q)[0] == pytest.approx(0.9, abs=0.06)


def test_engels_equations_follow_the_square_law_where_nobody_arrives():
    curve = engel((0.0544, 0.0106))
    k, (m, n) = math.sqrt(0.0544 * 0.0106), curve[10]
    t = 20.0
    expected = m * math.cosh(k * t) - math.sqrt(0.0544 / 0.0106) * n * math.sinh(k * t)
    assert curve[30, 0] == pytest.approx(expected, rel=1e-6)


def test_arrivals_are_all_counted():
    assert course((0.0, 0.0), 1.0, 0.0)[-1, 0] == pytest.approx(sum(columns()[0]))


@pytest.mark.parametrize(("p", "q"), [(1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
def test_each_law_meets_both_ends(p, q):
    end = course(meet_the_ends(p, q), p, q)[-1]
    assert end[0] == pytest.approx(54_000, rel=1e-4)
    assert end[1] == pytest.approx(215, rel=1e-2)


def test_iwo_jima_says_what_it_cannot_tell():
    rows = iwo_jima()
    assert [r["verdict"] for r in rows[:2]] == ["agrees", "agrees"]
    assert any("not to be had" in r["verdict"] for r in rows)
    assert SCALE == (60_000.0, 20_000.0)


def test_the_picture_is_a_drawing_with_the_studies_that_were_read(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "salient.record.campaign.ardennes_by_engine", list
    )  # the picture needs no fit by the engine
    done = CliRunner().invoke(app, ["validate", "ardennes", "--out", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    root = ET.parse(tmp_path / "ardennes-1944.svg").getroot()
    words = " ".join(root.itertext())
    assert "Wiper" in words
    assert "could not be read: Bracken 1995" in words
    assert all(law in words for law in ("square", "linear", "logarithmic"))


def test_the_picture_is_of_the_ardennes_only(tmp_path):
    done = CliRunner().invoke(app, ["validate", "bodart", "--out", str(tmp_path / "a.svg")])
    assert done.exit_code != 0
    assert not list(tmp_path.iterdir())
