"""The comparator for the present war: its equations, its data, and that an origin knows nothing later."""

from __future__ import annotations

import numpy as np
import pytest

from salient.evidence.readers import read
from salient.record import awm


def theta(
    use=0.3,
    pace=0.1,
    claims=30.0,
    ceiling=(500.0, 800.0),
    supply=(400.0, 900.0),
    at_first=(450.0, 1000.0),
):
    return np.log([use, pace, claims, *ceiling, *supply, *at_first])[:, None]


def test_a_stock_at_rest_stays():
    same = (600.0, 700.0)
    used = awm.course(theta(ceiling=same, supply=same, at_first=same), 50)[..., 0]
    assert used == pytest.approx(np.tile(same, (50, 1)))


def test_use_goes_to_the_ceiling_of_supply():
    assert awm.course(theta(), 400)[-1, :, 0] == pytest.approx([500.0, 800.0], rel=1e-6)


def test_materiel_is_not_made_from_nothing():
    """What is used and what is left in stock is what was there and what came."""
    use, pace, months = 1 - np.exp(-0.3), 1 - np.exp(-0.1), 30
    used = awm.course(theta(use=0.3, pace=0.1), months + 1)[:, 0, 0]
    supply, came = 400.0, 0.0
    for _ in range(months):
        came += supply
        supply += pace * (500.0 - supply)
    assert used[:months].sum() + used[months] / use == pytest.approx(450.0 / use + came)


def test_each_side_loses_by_what_the_other_uses():
    log = awm.told(theta(), 2)[..., 0]
    assert log[0, 1] < log[0, 0], "Russia uses less at first here"
    assert log[:, 2] - log[:, 0] == pytest.approx(np.log([30.0, 30.0]))


def test_quarters_add_up_to_the_tables():
    seen = read("losses-visual-monthly")
    of = (seen["side"] == "russia") & (seen["date"] < np.datetime64("2025-06-01"))
    assert np.nansum(awm.quarters()[:, 0]) == pytest.approx(np.nansum(seen["newly_recorded"][of]))
    assert not np.isfinite(awm.quarters()[13:, :2]).any(), (
        "the record stops in the middle of a quarter"
    )


def test_an_origin_knows_nothing_later(monkeypatch):
    before = awm.fitted(6).ahead(6)
    changed = awm.quarters().copy()
    changed[6:] *= 3
    monkeypatch.setattr(awm, "quarters", lambda: changed)
    assert np.array_equal(awm.fitted(6).ahead(6)[:, :2], before[:, :2])


def test_it_is_scored_against_the_last_quarter_and_says_when_it_is_worse():
    said, _ = awm.hindcasts()
    ok = np.isfinite(said[0, :, 0])
    assert ok.sum() == 9
    rows = {r["measure"].split(",")[0]: r for r in awm.present_war()}
    error = rows["RMSE of log"]
    base = float(error["baseline"].split()[0])
    assert error["verdict"].startswith("better" if error["ours"] < base else "worse")
