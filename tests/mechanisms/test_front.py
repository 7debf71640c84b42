"""What a front of several sectors adds: nobody is made or lost on the way, sides are alike, any number of sectors."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import run, run_numpy
from salient.engine.step import noise_at
from salient.errors import ScenarioError
from salient.mechanisms import manpower, reserves
from salient.scenario.loading import load
from salient.scenario.schema import Scenario

SEEDS = st.integers(0, 2**32 - 1)
some = settings(max_examples=8, deadline=None)


OTHER = {"ukraine": "russia", "russia": "ukraine"}


def renamed(value: Any) -> Any:
    """The data with the two sides' names swapped wherever they stand, as key or as value."""
    if isinstance(value, dict):
        return {OTHER.get(k, k): renamed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [renamed(v) for v in value]
    return OTHER.get(value, value) if isinstance(value, str) else value


def other_name(row: str) -> str:
    """The name of a parameter with the sides swapped."""
    head, bracket, cell = row.partition("[")
    return head + bracket + re.sub(r"ukraine|russia", lambda m: OTHER[m.group()], cell)


def people(state: dict[str, np.ndarray]) -> np.ndarray:
    """All soldiers of each side wherever they are, dims side, draws."""
    return (state["strength"] + state["marching"]).sum(axis=1) + state["reserve"] + state["away"]


@given(seed=SEEDS, sectors=st.integers(1, 12))
@some
def test_reserves_move_people_and_make_none(seed: int, sectors: int, fronts: Any) -> None:
    """Whatever the parameters and however many leave, the sum over sectors, march, reserve and elsewhere stays."""
    made = fronts.world(fronts.campaign(sectors), seed)
    only = tuple(
        m for m in made.campaign.mechanisms if m.slot in ("reserves", "attrition", "manpower")
    )
    after, week = made.step(only)
    alone, _ = made.step(tuple(m for m in only if m.slot == "reserves"))
    np.testing.assert_allclose(people(alone), people(made.state), rtol=1e-12)
    replaced = manpower.arrivals(week, made.p["manpower"]).sum(axis=1) - week.casualties.sum(axis=1)
    np.testing.assert_allclose(people(after), people(made.state) + replaced, rtol=1e-12)
    for name in ("strength", "marching", "reserve", "away"):
        assert after[name].min() >= 0, name


def test_who_left_is_away_and_no_more_return_than_went(fronts: Any) -> None:
    made = fronts.world(fronts.campaign(3), 5).having(away=0.0, returning=500.0, detached=2_000.0)
    only = tuple(m for m in made.campaign.mechanisms if m.slot == "reserves")
    after, _ = made.step(only)
    most = made.state["reserve"] + 0.25 * made.state["strength"].sum(axis=1)
    np.testing.assert_allclose(after["away"], np.minimum(2_000.0, most))
    later, _ = made.having(away=300.0, detached=0.0).step(only)
    np.testing.assert_array_equal(later["away"], 0.0)


@given(seed=SEEDS, more=st.floats(0.05, 1.0))
@some
def test_soldiers_are_called_to_where_the_balance_turned_worse(
    seed: int, more: float, fronts: Any
) -> None:
    made = fronts.world(fronts.campaign(4), seed)
    _, week = made.step()
    before = reserves.wanted(week, made.p["reserves"])
    np.testing.assert_allclose(before.sum(axis=1), 1.0)
    week.power = week.power.copy()
    week.power[0, 2] -= more
    after = reserves.wanted(week, made.p["reserves"])
    assert (after[0, 2] >= before[0, 2]).all()
    assert (after[1, 2] <= before[1, 2]).all()
    assert (after[0, [0, 1, 3]] <= before[0, [0, 1, 3]]).all()


BY_SECTOR = ("area", "strength", "power", "casualties", "marching")


def results(campaign: Campaign, z: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What a run of a front gives, sides in the order of their names."""
    free = np.stack([z[r.name] for r in campaign.priors.free])
    out = run_numpy(campaign, free, seed=11, record=BY_SECTOR)
    order = np.argsort(campaign.setting.names["side"])
    return {k: v if k == "area" else v[:, order] for k, v in out.items()}


def test_sides_of_a_front_that_swap_everything_swap_their_results(fronts: Any) -> None:
    data = fronts.plain(4)
    one = compile_scenario(Scenario.model_validate(data))
    two = compile_scenario(Scenario.model_validate(renamed(deepcopy(data))))
    rng = np.random.default_rng(5)
    z = {r.name: rng.standard_normal(12) for r in one.priors.free}
    first, second = results(one, z), results(two, {other_name(k): v for k, v in z.items()})
    for name, value in first.items():
        swapped = second[name] if name == "area" else second[name][:, ::-1]
        assert value.tobytes() == swapped.tobytes(), name


@pytest.mark.parametrize("sectors", [1, 5])
def test_a_front_compiles_and_says_what_numpy_says(sectors: int, fronts: Any) -> None:
    data = fronts.plain(sectors)
    own = data["mechanisms"].keys() - load("kursk-2024").scenario.mechanisms.keys()
    data["period"] = {"start": "2024-08-05", "end": "2024-10-28"}
    keep = (*own, "advance", "attrition", "posture")
    data["mechanisms"] = {k: v for k, v in data["mechanisms"].items() if k in keep}
    data |= {"supporters": {}, "contingents": {}, "branches": {}, "events": [], "drivers": {}}
    data["observe"] = {"area": [], "losses": []}
    del data["attribution"]
    campaign = compile_scenario(Scenario.model_validate(data))
    z = np.random.default_rng(1).standard_normal((len(campaign.priors.free), 6))
    record = ("area", "strength", "power")
    plain, jitted = (f(campaign, z, seed=3, record=record) for f in (run_numpy, run))
    for name in record:
        assert np.isfinite(plain[name]).all()
        np.testing.assert_allclose(jitted[name], plain[name], rtol=1e-9, atol=1e-9, err_msg=name)


KURSK_LINKS = {
    "ukrainian-reserves-to-kursk": "ukrainian-reserves-arrive",
    "russian-reserves-to-kursk": "russian-reserves-arrive",
}


def test_what_leaves_the_front_for_kursk_is_what_arrives_there() -> None:
    """Same weeks, and never more than arrives; no more come back than went."""
    front_events = {e.id: e for e in load("ukraine-front").scenario.events}
    kursk = {e.id: e for e in load("kursk-2024").scenario.events}
    for left, arrived in KURSK_LINKS.items():
        a, b = front_events[left], kursk[arrived]
        assert (a.date, a.until, a.side, a.kind) == (b.date, b.until, b.side, "detachment")
        assert a.rate is not None
        assert b.rate is not None
        assert a.rate.low <= b.rate.low
        assert a.rate.high <= b.rate.high
    force = front_events["ukrainian-force-for-kursk"]
    there = load("kursk-2024").scenario.sectors["kursk"].forces["ukraine"].strength
    assert force.rate is not None
    assert isinstance(force.until, date)
    assert force.rate.high * (force.until - force.date).days / 7 <= there.high
    for side in ("ukraine", "russia"):
        went, came = (
            sum(
                e.rate.centre * (e.until - e.date).days / 7
                for e in front_events.values()
                if e.kind == kind and e.side == side and e.rate is not None and e.until is not None
            )
            for kind in ("detachment", "return")
        )
        assert came <= 1.2 * went, side


def test_who_goes_to_kursk_is_missing_here() -> None:
    """The same draws with and without the Ukrainian detachment: fewer soldiers in the sectors, less ground held."""
    scenario = load("ukraine-front").scenario
    z: dict[str, np.ndarray] = {}
    sums = []
    for kept in (True, False):
        events = [
            e
            for e in scenario.events
            if kept or not (e.kind == "detachment" and e.side == "ukraine")
        ]
        campaign = compile_scenario(
            scenario.model_copy(update={"events": events}), date(2024, 10, 7)
        )
        rng = np.random.default_rng(2)
        z = z or {r.name: rng.standard_normal(30) for r in campaign.priors.free}
        free = np.stack([z[r.name] for r in campaign.priors.free])
        out = run_numpy(campaign, free, seed=4, record=("area", "strength"))
        sums.append((out["strength"][12, 0].sum(axis=0), out["area"][20].sum(axis=0)))
    assert (sums[0][0] < sums[1][0]).all()
    assert np.mean(sums[0][1] < sums[1][1]) > 0.8


@given(seed=SEEDS, sectors=st.integers(1, 12))
@some
def test_a_line_that_moves_on_takes_people_along_and_makes_none(
    seed: int, sectors: int, fronts: Any
) -> None:
    made = fronts.world(fronts.campaign(sectors), seed)
    only = tuple(m for m in made.campaign.mechanisms if m.slot == "handover")
    after, week = made.step(only)
    np.testing.assert_allclose(after["strength"].sum(axis=1), made.state["strength"].sum(axis=1))
    assert after["strength"].min() >= 0.5 * made.state["strength"].min() - 1e-9
    assert week.line_left.min() >= 0
    assert week.line_left.max() <= 1


def test_who_has_no_line_left_goes_to_the_neighbours(fronts: Any) -> None:
    made = fronts.world(fronts.campaign(3), 3)
    area = np.full_like(made.state["area"], 580.0)
    only = tuple(m for m in made.campaign.mechanisms if m.slot == "handover")
    calm, _ = made.having(area=area).step(only)
    np.testing.assert_array_equal(calm["strength"], made.state["strength"])
    area[0] = 0.0
    moved, _ = made.having(area=area).step(only)
    assert (moved["strength"][:, 0] < made.state["strength"][:, 0]).all()
    assert (moved["strength"][:, 1] > made.state["strength"][:, 1]).all()
    np.testing.assert_array_equal(moved["strength"][:, 2], made.state["strength"][:, 2])


@given(seed=SEEDS, more=st.floats(1.0, 300.0))
@some
def test_a_neighbour_that_goes_back_opens_a_flank_and_never_helps(
    seed: int, more: float, fronts: Any
) -> None:
    made = fronts.world(fronts.campaign(3), seed)
    level = made.having(area=580.0)
    only = tuple(m for m in made.campaign.mechanisms if m.slot == "handover")
    _, even = level.step(only)
    assert not even.open_flank.any()
    area = level.state["area"].copy()
    area[0] -= more  # the first sector is Ukraine's to hold
    ukraine, russia = (level.campaign.setting.names["side"].index(x) for x in ("ukraine", "russia"))
    _, bent = level.having(area=area).step(only)
    assert (bent.power[ukraine, 1] < even.power[ukraine, 1]).all()
    assert (bent.power[russia, 0] < even.power[russia, 0]).all()  # who ran ahead has a flank too
    np.testing.assert_array_equal(bent.power[:, 2], even.power[:, 2])
    assert (bent.power <= even.power).all()


@pytest.mark.parametrize(
    ("near", "says"),
    [
        (["sector-2"], "does not name 'kursk' back"),
        (["kursk"], "cannot be beside itself"),
        (["secter-1"], "'secter-1' is not a sector"),
    ],
)
def test_neighbours_that_are_wrong_are_said_in_words(
    near: list[str], says: str, fronts: Any, tmp_path: Path
) -> None:
    data = fronts.plain(3)
    data["sectors"]["kursk"]["neighbours"] = near
    file = tmp_path / "scenario.yaml"
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ScenarioError, match=says):
        load(file)


@given(seed=SEEDS, more=st.floats(0.01, 0.5), line=st.integers(0, 50))
@some
def test_a_line_cut_further_never_adds_power(
    seed: int, more: float, line: int, fronts: Any
) -> None:
    made = fronts.world(fronts.campaign(3), seed)
    cut = made.state["cut"].copy()
    cut[line % len(cut)] = np.minimum(cut[line % len(cut)] + more, 0.9)
    _, whole = made.step()
    _, hurt = made.having(cut=cut).step()
    for name in ("supply", "power", "lethality"):
        assert (getattr(hurt, name) <= getattr(whole, name) + 1e-12).all(), name
    assert (hurt.break_hazard >= whole.break_hazard - 1e-12).all()


def test_supply_is_full_at_the_reference_state(fronts: Any) -> None:
    made = fronts.world(fronts.campaign(3), 2).without("offensives")
    setting = made.campaign.setting
    made = made.having(
        cut=0.0, strength=setting.reference, troops=0.0, mud=0.0, surge=1.0, stance=0.0
    )
    _, week = made.step()
    np.testing.assert_allclose(week.supply, 1.0, rtol=1e-12)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"from": "one-hub", "to": "kursk"}, "needs a capacity"),
        ({"from": "one-hub", "capacity": "9000 soldiers"}, "needs 'to'"),
        (
            {"from": "two-hub", "to": "kursk", "capacity": "9000 soldiers"},
            "is a place of 'russia'",
        ),
        ({"from": "kursk", "to": "one-hub", "capacity": "9000 soldiers"}, "not a supply node"),
        (
            {"from": "one-hub", "to": "kusk", "capacity": "9000 soldiers"},
            "not a supply node or",
        ),
        ({}, "leads nowhere"),
    ],
)
def test_lines_that_are_wrong_are_said_in_words(
    line: dict[str, str], says: str, fronts: Any, tmp_path: Path
) -> None:
    data = fronts.plain(3)
    data["supply_lines"]["new"] = {"name": "New", "side": "ukraine", **line}
    file = tmp_path / "scenario.yaml"
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ScenarioError, match=says):
        load(file)


def test_a_sector_that_no_depot_reaches_is_said(fronts: Any, tmp_path: Path) -> None:
    data = fronts.plain(2)
    data["supply_nodes"]["lone"] = {"name": "Lone", "side": "ukraine"}
    data["supply_lines"] = {
        "one": {
            "name": "One", "side": "ukraine", "from": "lone", "to": "kursk", "capacity": "9000 soldiers",
        }
    }  # fmt: skip
    data["events"], data["drivers"] = [], {}
    data.pop("claims")
    file = tmp_path / "scenario.yaml"
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ScenarioError, match="no depot of 'ukraine' is joined to 'kursk'"):
        load(file)


@given(seed=SEEDS)
@some
def test_a_belt_helps_its_side_where_the_line_stands_in_it_and_nobody_else(
    seed: int, fronts: Any
) -> None:
    made = fronts.world(fronts.campaign(4), seed).given("belts", depth=np.full((4, 1), 6.0))
    only = tuple(m for m in made.campaign.mechanisms if m.slot == "belts")
    setting = made.campaign.setting
    away = made.having(area=580.0).given("belts", width=1.0, depth=np.full((4, 1), 50.0))
    assert np.abs(away.step(only)[1].power).max() < 1e-12
    for belt, (side, sector) in enumerate(setting.belt_at):
        back = 6.0 * setting.front_length[sector] * (1 if setting.holder[sector] == side else -1)
        area = np.full_like(made.state["area"], 580.0)
        area[sector] -= back
        _, week = (
            made.having(area=area).given("belts", width=1.0, depth=np.full((4, 1), 6.0)).step(only)
        )
        assert (week.power[side, sector] > 0).all(), belt
        assert (week.exposure[side, sector] < 0).all()
        others = week.power.copy()
        others[side, sector] = 0.0
        assert np.abs(others).max() < 1e-6


@given(seed=SEEDS, lost=st.floats(0.0, 500.0))
@some
def test_a_belt_never_grows_and_is_gone_when_it_lies_behind_the_enemy(
    seed: int, lost: float, fronts: Any
) -> None:
    made = fronts.world(fronts.campaign(2), seed)
    only = tuple(m for m in made.campaign.mechanisms if m.slot == "belts")
    after, _ = made.having(area=580.0 - lost).step(only)
    assert (after["standing"] <= made.state["standing"]).all()
    assert (after["standing"] >= 0).all()
    first = made.campaign.setting.names["belt"].index(
        "belt-0"
    )  # Ukraine's, in the first sector, which it holds
    passed, _ = (
        made.having(area=0.0).given("belts", width=1.0, depth=np.full((4, 1), 2.0)).step(only)
    )
    assert (passed["standing"][first] < 1e-9).all()


def test_offensives_last_as_long_as_is_said_and_come_as_often(fronts: Any) -> None:
    """Over many weeks of rested sides: the share of time on, and the mean length, of a two-state chain."""
    made = fronts.world(fronts.campaign(3), 1, draws=400)
    made = made.given("offensives", press=0.06, counter=0.02, end=0.1).having(offensive=0.0)
    setting = made.campaign.setting
    press, hold = setting.to_other(np.ones((3, 1))), setting.to_holder(np.ones((3, 1)))
    on, ended, weeks, state = 0.0, 0.0, 300, made.state["offensive"]
    for t in range(weeks):
        shocks = noise_at(
            made.campaign, np.uint32(7), np.arange(400, dtype=np.uint32), np.uint32(t)
        )
        now = replace(made.having(offensive=state), shocks=shocks)
        after, _ = now.step(tuple(m for m in made.campaign.mechanisms if m.slot == "offensives"))
        ended = ended + ((state == 1.0) & (after["offensive"] == 0.0)) * (t >= 50)
        state = after["offensive"]
        on = on + state * (t >= 50)
    share = (on / (weeks - 50)).mean(axis=-1, keepdims=True)
    length = on.sum(axis=-1, keepdims=True) / ended.sum(axis=-1, keepdims=True)  # type: ignore[union-attr, attr-defined]
    expected = press * 0.06 / 0.16 + hold * 0.02 / 0.12
    np.testing.assert_allclose(share, expected, atol=0.02)
    np.testing.assert_allclose(length, 10.0, rtol=0.08)


@given(seed=SEEDS)
@some
def test_an_offensive_adds_tempo_power_and_losses_and_wears(seed: int, fronts: Any) -> None:
    made = fronts.world(fronts.campaign(3), seed).having(surge=1.0)
    quiet = made.given("offensives", press=0.0, counter=0.0).having(offensive=0.0)
    loud = made.given("offensives", end=0.0, press=1.0, counter=1.0).having(offensive=1.0)
    loud = replace(loud, shocks={k: 0.0 * v + 1.0 - 1e-9 for k, v in loud.shocks.items()})
    quiet = replace(quiet, shocks=loud.shocks)
    rested = {"ready": 1.0}
    (calm, week), (worn, push) = quiet.having(**rested).step(), loud.having(**rested).step()
    assert not week.on_offensive.any()
    np.testing.assert_array_equal(week.launched, 1.0)
    on = push.on_offensive == 1.0
    assert on.mean() > 0.99
    assert (push.pace_of_work >= week.pace_of_work).all()
    assert (push.exposure >= week.exposure).all()
    assert (worn["ready"] <= calm["ready"]).all()


def test_offensives_begin_the_same_whatever_the_other_draws_are(fronts: Any) -> None:
    """Keyed by draw, week, sector and role: fewer draws give the same offensives."""
    campaign = fronts.campaign(2)
    z = np.random.default_rng(0).standard_normal((len(campaign.priors.free), 6))
    many, few = (run_numpy(campaign, x, seed=5, record=("on_offensive",)) for x in (z, z[:, :2]))
    assert many["on_offensive"][..., :2].tobytes() == few["on_offensive"].tobytes()
    assert 0.02 < many["on_offensive"].mean() < 0.6
