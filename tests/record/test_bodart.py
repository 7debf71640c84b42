"""Bodart's battles: labels change nothing, periods lean on each other, a known slope is found, failures are told."""

from __future__ import annotations

import numpy as np
import pytest

from salient.evidence.readers import read
from salient.record.bodart import PERIODS, Battles, battles, bodart, loss_slopes, win_slopes


def made(n, slope, seed=0, period=1):
    rng = np.random.default_rng(seed)
    force = rng.normal(0.0, 0.6, n)
    return Battles(force, slope * force + rng.standard_t(6, n), np.full(n, period))


def joined(*parts):
    return Battles(
        *(np.concatenate([getattr(p, k) for p in parts]) for k in ("force", "loss", "period"))
    )


def test_the_label_r_tells_the_outcome():
    t = read("bodart-battles")
    smaller = t["r_casualties"] / t["r_strength"] < t["b_casualties"] / t["b_strength"]
    assert smaller.mean() > 0.97


def test_swapping_labels_changes_no_slope_of_losses():
    b = battles()
    turn = np.random.default_rng(1).choice([-1.0, 1.0], len(b.force))
    turned = Battles(turn * b.force, turn * b.loss, b.period)
    for k in PERIODS:
        assert loss_slopes(turned).period(k) == pytest.approx(loss_slopes(b).period(k), abs=1e-4)


def test_a_known_slope_is_found():
    found = loss_slopes(joined(*(made(2000, 0.3, k, k) for k in range(1, 5))))
    for k in range(1, 5):
        middle, sd = found.period(k)
        assert middle == pytest.approx(0.3, abs=4 * sd)
        assert sd < 0.06


def test_a_period_of_few_battles_leans_on_the_others():
    few = made(6, 1.5, 9, period=2)
    many = made(3000, 0.2, 3, period=1)
    together = loss_slopes(joined(few, many)).period(2)[0]
    alone = loss_slopes(few).period(2)[0]
    assert abs(together - 0.2) < abs(alone - 0.2)


def test_the_side_that_always_has_more_is_said_to_win():
    rng = np.random.default_rng(4)
    force = np.abs(rng.normal(0.5, 0.3, 500))
    middle, sd = win_slopes(Battles(force, -force, np.ones(500, dtype=int))).period(1)
    assert middle > 3 * sd
    middle, sd = win_slopes(Battles(-force, force, np.ones(500, dtype=int))).period(1)
    assert middle < -3 * sd


def test_every_period_the_pool_and_the_failures_are_told():
    rows = bodart()
    assert sum("q - p" in r["measure"] for r in rows) == 6
    assert any("NOT" in r["verdict"] for r in rows)
    inside = next(r for r in rows if r["measure"].startswith("90 %"))
    assert 0.85 <= inside["ours"] <= 0.95
    brier = next(r for r in rows if r["measure"].startswith("Brier"))
    assert 0.15 < brier["ours"] < 0.25
