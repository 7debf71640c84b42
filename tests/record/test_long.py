"""The long record: effects found again where they were put in, none where there are none, tables as on the page."""

import datetime as dt
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from salient.cli import app
from salient.record import long, settles, support
from salient.record.bases import KINDS, bases
from salient.record.rows import plain_markdown
from salient.record.verdicts import all_verdicts

DAYS = tuple(dt.date(2022, 7, 18) + dt.timedelta(weeks=k) for k in range(180))


def drifting(rng, n=180):
    """A front that drifts for reasons of its own, without any effect."""
    slow = np.zeros(n)
    for t in range(1, n):
        slow[t] = 0.9 * slow[t - 1] + rng.normal(0, 0.2)
    return 1.0 + slow + rng.normal(0, 0.3, n)


def test_switches_rise_fade_and_have_a_sign():
    driver = next(iter(long.DRIVERS))
    up = long.Switch(DAYS[10], driver, 1)
    level = long.level(DAYS, [up], 26.0)[:, 0]
    assert (level[:11] == 0).all()
    assert level[10 + long.RAMP] == pytest.approx(1.0)
    assert level[10 + long.RAMP + 26] == pytest.approx(0.5)
    both = long.level(DAYS, [up, long.Switch(DAYS[10], driver, -1)], 26.0)
    assert both == pytest.approx(np.zeros(both.shape))


def test_every_switch_counts_once_and_stated_levels_do_not():
    found = long.switches()
    assert len(found) == 122
    assert {s.sign for s in found} == {-1, 1}
    assert {s.driver for s in found} == set(long.DRIVERS)


def test_an_effect_that_was_put_in_is_found_and_none_is_not_invented():
    inside, shown = [], 0
    for k in range(8):
        rng = np.random.default_rng(k)
        true = np.array([-0.25, 0, 0, 0, 0, 0, 0.0])
        x = long.level(DAYS, long.switches(), 26.0)
        y = drifting(rng) + x @ true
        mean, covariance = support.between_weeks(DAYS, y, half_lives=(26.0,))
        sd = np.sqrt(np.diag(covariance))
        inside.append(np.abs(mean - true) < 1.645 * sd)
        shown += mean[0] + 1.645 * sd[0] < 0
    assert np.mean(inside) > 0.8
    assert shown >= 3


def test_sectors_as_controls_find_what_was_put_into_the_heavy_ones():
    rng = np.random.default_rng(1)
    heavy = rng.normal(0, 1, (120, 8))
    x = np.linspace(0, 1, 120)[:, None] * heavy
    y = 3.0 * rng.normal(0, 1, (120, 1)) + rng.normal(0, 1, (1, 8)) + 0.5 * heavy - 0.8 * x
    y = y + rng.normal(0, 0.1, y.shape)
    seen = rng.random(y.shape) < 0.9
    found = support._two_way(y, np.stack([heavy, x]), seen)
    assert found == pytest.approx([0.5, -0.8], abs=0.05)


def test_pooling_draws_loose_estimates_in_and_leaves_firm_ones():
    mean, sd = support.pooled(np.array([1.0, 1.0, 0.9]), np.array([0.01, 5.0, 0.01]))
    assert mean[0] == pytest.approx(1.0, abs=0.01)
    assert abs(mean[1]) < 0.1
    assert sd[1] < 1.0


def test_weights_remove_what_an_estimate_says():
    z = np.random.default_rng(2).standard_normal(40_000)
    sure = settles._removed("d", "n", z, np.exp(z), -0.5 * (z / 0.1) ** 2)
    loose = settles._removed("d", "n", z, np.exp(z), -0.5 * (z / 10.0) ** 2)
    assert sure.share == pytest.approx(1 - 0.01 / 1.01, abs=0.01)
    assert abs(loose.share) < 0.05
    assert sure.after[1] == pytest.approx(1.0, abs=0.02)
    assert loose.after == pytest.approx(loose.before, rel=0.03)


def test_base_rates_count_each_operation_once_and_lean_on_each_other():
    found = {(b.side, b.kind): b for b in bases()}
    for side in ("russia", "ukraine"):
        assert sum(found[side, k].n for k in KINDS) == found[side, "all"].n == 6
        rates = [found[side, k].rate for k in KINDS]
        raw = [1000 * found[side, k].n / found[side, k].weeks for k in KINDS]
        assert max(rates) - min(rates) < max(raw) - min(raw)
    assert found["russia", "all"].weeks == 1543


def test_the_panel_has_every_week_and_no_water():
    p = long.panel()
    assert len(p.days) == 189
    assert "kherson_dnipro" not in p.sectors
    late = np.array([d >= long.REFERENCE for d in p.days])
    assert np.nanmean(p.pace[late]) == pytest.approx(1.0, abs=0.1)


def test_the_command_shows_base_rates():
    made = CliRunner().invoke(app, ["validate", "breakthroughs"])
    assert made.exit_code == 0
    assert "southern steppe" in made.stdout
    assert max(map(len, made.stdout.splitlines())) <= 80
    wrong = CliRunner().invoke(app, ["validate", "suport"])
    assert "did you mean 'support'" in str(wrong.exception.problems[0])


@pytest.mark.parametrize(
    "name", ["breakthroughs", *(pytest.param(n, marks=pytest.mark.slow) for n in ("support", "drivers"))]
)  # fmt: skip
def test_the_page_has_what_the_command_computes(name, root):
    page = (root / "docs/explanation/what-the-long-record-settles.md").read_text(encoding="utf-8")
    shown = re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", page, re.S)[1]
    assert shown == plain_markdown(all_verdicts([name]))
