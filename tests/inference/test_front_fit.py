"""A whole front calibrated to its weekly maps: the start changes the way to the posterior and not the posterior."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from salient.cli.tables import show_fit
from salient.engine.ensemble import prior_draws
from salient.errors import DataError, SalientError, ScenarioError
from salient.evidence.vintage import read_front
from salient.inference import kept, smc, start
from salient.inference.fit import diagnose, fit, hindcasts, mean_paces, prepare
from salient.inference.posterior import Posterior
from salient.mechanisms.advance import root
from salient.scenario.library import path
from salient.scenario.loading import load

AS_OF = dt.date(2025, 3, 10)
ON = ("attrition", "advance")
TWO = ("pokrovsk", "velyka-novosilka-huliaipole")


@pytest.fixture(scope="module")
def scenario():
    return load("ukraine-front").scenario


@pytest.fixture(scope="module")
def front(scenario):
    """The front with attrition and advance alone, which is quick to compile."""
    on = [slot for slot, name in scenario.mechanisms.items() if name != "off"]
    return prepare(scenario, AS_OF, off=tuple(slot for slot in on if slot not in ON))


@pytest.fixture(scope="module")
def fitted(front):
    return fit(front, seed=1, draws=800)


def test_each_sector_is_what_the_maps_leave_its_holder(scenario, front):
    maps, known = front.seen.maps, read_front(AS_OF)
    names = front.campaign.setting.names["sector"]
    opening = [scenario.sectors[s].initial_area.centre for s in names]
    assert maps.km2[0, 1].tolist() == pytest.approx(opening)
    for j, s in enumerate(names):
        lost = known.net[:, known.sectors.index(s.replace("-", "_"))].sum()
        assert maps.km2[0, front.origin, j] == pytest.approx(opening[j] - lost)
    assert np.isnan(maps.km2[0, front.origin + 1 :]).all()
    assert front.seen.checksums == {"front-weekly": known.sha256}


def test_a_week_without_a_map_of_its_own_is_left_out(scenario, tmp_path):
    """The weeks are bridged for a forecast; here they are simply not seen."""
    text = (path("ukraine-front").parents[2] / "evidence/data/front-weekly.csv").read_text()
    lines = text.splitlines(keepends=True)
    gap = [line for line in lines if not line.startswith(("2024-09-02", "2024-09-09"))]
    (tmp_path / "front-weekly.csv").write_text("".join(gap))
    seen = prepare(scenario, AS_OF, tmp_path).seen
    weeks = [(dt.date(2024, 9, d) - scenario.period.start).days // 7 for d in (2, 9)]
    assert np.isnan(seen.maps.km2[0, weeks]).all()
    assert np.isfinite(seen.maps.km2[0, weeks[1] + 1]).all()


def test_maps_that_contradict_themselves_are_refused(scenario, tmp_path):
    (tmp_path / "front-weekly.csv").write_text("date,sector\n2024-07-08,pokrovsk\n")
    with pytest.raises(DataError, match="occupied_km2"):
        prepare(scenario, AS_OF, tmp_path)


def test_maps_without_a_mechanism_that_moves_the_line_are_refused(scenario):
    with pytest.raises(SalientError, match="no mechanism moves it"):
        prepare(scenario, AS_OF, off=("advance",))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("forecast=null", "write 'forecast: panel'"),
        (
            "observe.area=[{sector: pokrovsk, dataset: kursk-area, column: best_km2, mapper: x}]",
            "there are maps under observe.area too",
        ),
        ("sectors.siversk.holder=russia", "the sectors have more than one holder"),
    ],
)
def test_maps_of_a_front_stand_alone_and_are_what_its_brief_forecasts_from(change, said):
    with pytest.raises(ScenarioError, match=said):
        load("ukraine-front", [change])


def test_the_start_is_near_the_maps_and_its_weight_is_exact(front):
    begin = start.of(front)
    assert begin is not None
    e = prior_draws(front.names, 200, 3)
    z = begin.z(e)
    other = np.setdiff1d(np.arange(len(z)), begin.rows)
    assert (z[other] == e[other]).all()
    assert np.median(front.evaluate(z)) > np.median(front.evaluate(e)) + 200.0
    density = lambda x: -0.5 * (x**2).sum(axis=0)  # noqa: E731
    assert begin.log_weight(e) == pytest.approx(density(z) - density(e))
    assert begin.log_volume == pytest.approx(np.linalg.slogdet(begin.factor)[1])


def test_with_and_without_the_start_the_posterior_is_the_same(front):
    """Two sectors' maps, so that the way from the prior is short enough to go."""
    names = front.campaign.setting.names["sector"]
    only = np.isin(names, TWO)
    maps = front.seen.maps
    used = maps.used & only[None, None]
    two = Posterior(
        front.campaign, replace(front.seen, maps=replace(maps, used=used)), front.origin
    )
    near = fit(two, seed=1, draws=800)
    far = smc.sample(two.names, two.evaluate, 2, smc.Plan(800, moves=8, last_moves=48))
    assert near.log_evidence == pytest.approx(far.log_evidence, abs=1.5)
    own = [f"advance.{k}[{s}]" for k in ("pace", "jolt", "drift") for s in TWO]
    rows = [two.names.index(n) for n in own]
    a, b = near.flat[rows], far.z.reshape(len(two.names), -1)[rows]
    assert np.abs(a.mean(axis=1) - b.mean(axis=1)).max() < 0.25 * b.std(axis=1).max()


def test_one_sector_begins_at_its_prior(front):
    used = front.seen.maps.used.copy()
    used[:, :, 1:] = False
    seen = replace(front.seen, maps=replace(front.seen.maps, used=used))
    assert start.of(Posterior(front.campaign, seen, front.origin)) is None


def test_the_fit_of_a_front_passes_its_checks_and_knows_which_sectors_move(front, fitted):
    checks = diagnose(fitted)
    failed = [r.name for r in checks.rows if not r.ok]
    assert failed in ([], ["effective draws, worst parameter"]), checks.sentences
    paces = {p.sector: p for p in mean_paces(fitted)}
    assert len(paces) == 12
    fast, slow = paces["pokrovsk"], paces["kherson-dnipro"]
    assert np.median(fast.fitted) > 5.0 * np.median(slow.fitted)
    at = front.campaign.setting.names["sector"].index("pokrovsk")
    x = root(front.seen.path(front.campaign))[:, at]
    weeks = front.origin - 1
    assert fast.observed == pytest.approx((x[1] - x[front.origin]) / weeks)
    back = hindcasts(fitted)
    assert {h.sector for h in back} == set(paces)
    assert np.mean([h.inside90 for h in back]) > 0.7


def test_the_table_of_a_front_has_every_sector_and_fits_the_terminal(fitted, capsys):
    show_fit(fitted, as_json=False)
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    assert all(s[:22] in said for s in fitted.campaign.setting.names["sector"])
    assert "-0.000" not in said
    assert "of 24 hindcasts, from 4 and 13 weeks before" in said.replace("\n", " ")


def test_a_fit_is_read_again_and_a_damaged_one_is_made_anew(fitted, tmp_path, monkeypatch):
    kept.write(fitted, 800, tmp_path)
    again = kept.read(fitted.posterior, 1, 800, tmp_path)
    assert again is not None
    assert (again.z == fitted.z).all()
    assert again.log_evidence == fitted.log_evidence
    assert kept.read(fitted.posterior, 2, 800, tmp_path) is None
    (file,) = tmp_path.glob("*.npz")
    file.write_bytes(file.read_bytes()[:100])
    assert kept.read(fitted.posterior, 1, 800, tmp_path) is None
    monkeypatch.setattr(kept, "make", lambda *a: fitted)
    assert kept.fit(fitted.posterior, 1, 800, None, tmp_path) is fitted
    assert kept.read(fitted.posterior, 1, 800, tmp_path) is not None


def test_only_the_newest_fits_are_kept(fitted, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    for draws in (100, 200, 300):
        kept.write(fitted, draws, tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 2
