"""Losses that nobody counted: truth found again, what sources can settle and what not, both sides alike."""

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np
import pytest

from salient.inference import losses
from salient.inference.losses import Claims, Report, Witnesses, edges_of, fit

AS_OF = dt.date(2025, 12, 1)
SIDES = ("north", "south")


def made_up(rng):
    """A war with known losses, seen through speakers whose factors are drawn from their priors."""
    edges = edges_of(AS_OF)
    n = len(edges) - 1
    steps = rng.normal(0, losses.STEP, (2, n))
    rate = np.exp(np.log(4000) + np.cumsum(steps, axis=1))[:, ::-1]
    weeks = np.array([(a - b).days / 7 for a, b in itertools.pairwise(edges)])
    share = np.exp(rng.normal(*losses._normal(losses.KILLED_SHARE), 2))
    common = np.exp(rng.normal(*losses._normal(losses.PRIORS["outsiders"]), 2))
    reports = []
    for speaker in ("one", "two", "three", "four"):
        for s, side in enumerate(SIDES):
            for measure in ("casualties", "deaths"):
                factor = np.exp(rng.normal(*losses._normal(losses.PRIORS["outsider"])))
                for k in (0, 3, 7):
                    total = (rate[s, k:] * weeks[k:]).sum() * (
                        share[s] if measure == "deaths" else 1
                    )
                    said = total * factor * common[s] * np.exp(rng.normal(0, losses.NOISE))
                    reports.append(Report(side, measure, edges[k], said, 0.0, speaker, "outsider"))
    drift = np.cumsum(rng.normal(0, losses.DRIFT, n)) + rng.normal(
        *losses._normal(losses.PRIORS["claim"])
    )
    weekly = rate[1] * np.exp(drift + rng.normal(0, losses.CLAIM_NOISE, n))
    totals = np.concatenate([[0.0], np.cumsum((weekly * weeks)[::-1])])
    claims = Claims("south", "north", tuple(reversed(edges)), totals)
    seen = Witnesses(AS_OF, SIDES, claims, tuple(reports), 0, 0, ())
    return seen, {"rate": rate, "total": (rate * weeks).sum(axis=1)}


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = []
    for k in range(30):
        seen, truth = made_up(np.random.default_rng(k))
        found = fit(seen, 400, 1)
        for s, side in enumerate(SIDES):
            pairs = [
                (found.total(side), truth["total"][s]),
                (found.weekly(side, 1), truth["rate"][s, 0]),
            ]
            for draws, true in pairs:
                low, high = np.quantile(draws, [0.05, 0.95])
                inside.append(low <= true <= high)
    assert 0.82 <= np.mean(inside) <= 0.97


def test_claims_alone_settle_nothing_of_their_own_factor():
    seen, _ = made_up(np.random.default_rng(1))
    alone = fit(replace(seen, reports=()), 200, 1)
    beside = fit(seen, 200, 1)
    assert alone.contraction < 0.05
    assert beside.contraction > alone.contraction + 0.1


def test_all_outsiders_together_leave_the_level_open():
    """A hundred speakers who share a factor are one witness of the level, however well they agree."""
    seen, _ = made_up(np.random.default_rng(2))
    many = [replace(r, speaker=f"{r.speaker}{k}") for r in seen.reports for k in range(8)]
    found = fit(replace(seen, reports=tuple(many), claims=None), 400, 1)
    assert found.claim is None
    spread = np.std(np.log(found.total("north")))
    assert spread > 0.9 * losses._normal(losses.PRIORS["outsiders"])[1]


def test_the_sides_are_treated_alike():
    seen, _ = made_up(np.random.default_rng(3))
    swap = {"north": "south", "south": "north"}
    other = tuple(replace(r, side=swap[r.side]) for r in seen.reports)
    one = fit(replace(seen, claims=None), 4000, 1)
    two = fit(replace(seen, claims=None, reports=other), 4000, 1)
    assert np.median(one.total("north")) == pytest.approx(np.median(two.total("south")), rel=0.02)
    assert np.median(one.weekly("south", 1)) == pytest.approx(
        np.median(two.weekly("north", 1)), rel=0.05
    )


def test_same_seed_same_numbers():
    seen, _ = made_up(np.random.default_rng(4))
    assert np.array_equal(fit(seen, 40, 7).rate, fit(seen, 40, 7).rate)
    assert not np.array_equal(fit(seen, 40, 7).rate, fit(seen, 40, 8).rate)


def test_blocks_count_back_from_the_day():
    edges = edges_of(AS_OF)
    assert edges[0] == AS_OF
    assert edges[-1] == losses.START
    assert all((a - b).days == 91 for a, b in itertools.pairwise(edges[:-1]))
    assert 0 < (edges[-2] - edges[-1]).days <= 91


def test_the_shipped_sources_are_read_as_they_are_meant():
    seen = losses.witnesses(dt.date(2026, 2, 23), ("ukraine", "russia"), "russia")
    kinds = {(r.speaker, r.kind) for r in seen.reports}
    assert ("Russian Ministry of Defense", "claim") in kinds
    assert ("Office of the President of Ukraine", "own") in kinds
    assert ("UAlosses", "named") in kinds
    assert ("CSIS", "outsider") in kinds
    assert not {r.speaker for r in seen.reports} & set(losses.ALIASES)
    assert not any(r.speaker.startswith("UK ") and r.measure == "casualties" for r in seen.reports)
    assert seen.claims is not None
    assert seen.claims.totals[-1] == pytest.approx(1_251_000, rel=0.01)
    assert seen.claims.between(dt.date(2026, 2, 16), dt.date(2026, 2, 23)) == 6050
    assert seen.claims.between(dt.date(2026, 2, 23), dt.date(2026, 6, 1)) is None


def test_what_was_said_later_is_not_known():
    early = losses.witnesses(dt.date(2025, 3, 11), ("ukraine", "russia"), "russia")
    assert max(r.date for r in early.reports) <= dt.date(2025, 3, 11)
    assert all(r.speaker != "CSIS" or r.date.year == 2023 for r in early.reports)
