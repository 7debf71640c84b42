"""From events to inputs by week: sevenths, who comes later, and what the as-of date knows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salient.engine.compile import Campaign, compile_scenario, week_starts
from salient.engine.paths import known, known_end
from salient.engine.rows import cell_name
from salient.engine.step import inputs_at
from salient.errors import ScenarioError
from salient.scenario.schema import Event, Scenario

START = dt.date(2024, 8, 5)
AS_OF = dt.date(2025, 2, 24)
SIDE = {"ukraine": 0, "russia": 1}


def with_events(plain: dict[str, Any], *events: dict[str, Any], **more: Any) -> Scenario:
    """The scenario with only these events, on which it has no branches."""
    base = {"kind": "surge", "side": "russia", "sector": "kursk", "text": "x", "level": 2}
    listed = [base | {"id": f"e{i}"} | e for i, e in enumerate(events)]
    return Scenario.model_validate(plain | {"events": listed, "branches": {}} | more)


def path(campaign: Campaign, name: str, z: float = 0.0) -> np.ndarray:
    """An input by week, at one value of every parameter; dims week and those of the input."""
    values = campaign.priors.natural(np.full((len(campaign.priors.free), 1), z))
    p = campaign.paths[name]
    return np.stack(
        [inputs_at(b, w, values[p.rows]) for b, w in zip(p.base, p.weights, strict=True)]
    )[..., 0]


def surge(scenario: Scenario, **how: Any) -> np.ndarray:
    """The tempo that Russia orders, by week."""
    return path(compile_scenario(scenario, **how), "surge")[:, SIDE["russia"], 0]


def day(offset: int) -> str:
    return (START + dt.timedelta(days=offset)).isoformat()


@given(first=st.integers(0, 300), days=st.integers(1, 40), level=st.floats(0, 5))
@settings(max_examples=15)
def test_an_event_counts_for_the_sevenths_of_a_week_that_it_covers(
    first: int, days: int, level: float, kursk: Scenario
) -> None:
    event = Event(
        id="e", kind="surge", side="russia", sector="kursk", level=level, text="x",
        date=START + dt.timedelta(days=first), until=START + dt.timedelta(days=first + days),
    )  # fmt: skip
    scenario = kursk.model_copy(update={"events": [event], "branches": {}})
    found = surge(scenario)
    covered = np.zeros(7 * 47)
    covered[first : first + days] = 1
    share = covered.reshape(47, 7).mean(axis=1)
    np.testing.assert_allclose(found, 1 + share * (level - 1), atol=1e-12)


def test_the_other_side_and_other_inputs_stay_neutral(plain: dict[str, Any]) -> None:
    campaign = compile_scenario(with_events(plain, {"date": day(10), "until": day(20)}))
    assert (path(campaign, "surge")[:, SIDE["ukraine"]] == 1).all()
    for name in ("interdiction", "stance", "surprised", "leaving", "reinforcement"):
        assert not path(campaign, name).any()
    for name in ("support_level", "presence", "sanctions"):
        assert (path(campaign, name) == 1).all()


def test_a_later_event_takes_over_and_hands_back(plain: dict[str, Any]) -> None:
    events = ({"date": day(0), "level": 3}, {"date": day(14), "until": day(21), "level": 1.5})
    found = surge(with_events(plain, *events))
    assert found[:4].tolist() == [3, 3, 1.5, 3]
    assert (found[4:] == 3).all()
    np.testing.assert_array_equal(found, surge(with_events(plain, *events[::-1])))


def test_an_event_without_a_sector_holds_in_all(plain: dict[str, Any]) -> None:
    second = plain["sectors"]["kursk"] | {"name": "Second"}
    plain["sectors"]["second"] = second
    everywhere = compile_scenario(with_events(plain, {"date": day(0), "sector": None}))
    assert (path(everywhere, "surge")[:, SIDE["russia"]] == 2).all()
    one = compile_scenario(with_events(plain, {"date": day(0), "sector": "second"}))
    assert (path(one, "surge")[:, SIDE["russia"]] == [1, 2]).all()


def test_a_supporter_without_a_flow_means_all_its_flows(plain: dict[str, Any]) -> None:
    stop = {"kind": "support", "side": None, "sector": None, "supporter": "europe", "level": 0}
    campaign = compile_scenario(with_events(plain, {"date": day(0)} | stop))
    flows = campaign.setting.names["flow"]
    found = path(campaign, "support_level")
    for f, name in enumerate(flows):
        assert (found[:, f] == (0 if name.startswith("europe.") else 1)).all()


def test_an_end_acts_only_once_it_is_reported(plain: dict[str, Any]) -> None:
    event = {"date": day(7), "until": day(21), "until_reported": day(70)}
    scenario = with_events(plain, event)
    before = surge(scenario, as_of=START + dt.timedelta(days=69))
    after = surge(scenario, as_of=START + dt.timedelta(days=70))
    assert (before[1:] == 2).all()
    assert after[:5].tolist() == [1, 2, 2, 1, 1]
    assert (after[3:] == 1).all()


def test_lasting_holds_until_an_end_is_known(plain: dict[str, Any]) -> None:
    event = {"date": day(7), "until": day(42), "lasting": "2 weeks"}
    scenario = with_events(plain, event)
    assumed = surge(scenario, as_of=START + dt.timedelta(days=41))
    told = surge(scenario, as_of=START + dt.timedelta(days=42))
    assert assumed[:5].tolist() == [1, 2, 2, 1, 1]
    assert told[:8].tolist() == [1, 2, 2, 2, 2, 2, 1, 1]


@given(
    date=st.dates(START, AS_OF),
    lag=st.integers(0, 60) | st.none(),
    as_of=st.dates(START, dt.date(2025, 6, 30)),
)
@settings(max_examples=40)
def test_what_is_known_is_what_was_reported(date: dt.date, lag: int | None, as_of: dt.date) -> None:
    reported = None if lag is None else date + dt.timedelta(days=lag)
    event = Event(id="e", kind="note", date=date, reported=reported, text="x")
    assert known(event, as_of) == ((reported or date) <= as_of)
    ends = Event(
        id="e",
        kind="note",
        date=date,
        until=date + dt.timedelta(days=3),
        until_reported=reported,
        text="x",
    )
    told = reported or date + dt.timedelta(days=3)
    assert (known_end(ends, as_of) is not None) == (told <= as_of)


def same_arrays(one: Campaign, two: Campaign) -> bool:
    """Whether two campaigns hand the same bytes to a run."""
    if one.priors.rows != two.priors.rows or one.paths.keys() != two.paths.keys():
        return False
    return all(
        getattr(one.paths[k], part).tobytes() == getattr(two.paths[k], part).tobytes()
        for k in one.paths
        for part in ("base", "weights", "rows")
    ) and all(
        np.array_equal(one.parameter_rows[s][k], two.parameter_rows[s][k])
        for s in one.parameter_rows
        for k in one.parameter_rows[s]
    )


LATER: list[dict[str, Any]] = [
    {"kind": "surge", "side": "russia", "sector": "kursk", "level": "2 .. 3"},
    {"kind": "support", "supporter": "united-states", "level": 0},
    {"kind": "interdiction", "line": "sudzha-road", "level": "0.2 .. 0.4"},
    {"kind": "withdrawal", "side": "ukraine", "level": 0.4},
    {"kind": "contingent", "contingent": "kpa", "level": 0},
    {"kind": "sanctions", "side": "russia", "level": 2},
    {"kind": "reinforcement", "side": "ukraine", "sector": "kursk", "rate": "100 .. 500 soldiers/week"},
]  # fmt: skip


@pytest.mark.parametrize("event", LATER, ids=[e["kind"] for e in LATER])
@pytest.mark.parametrize("branch", [None, "support-wanes"])
def test_an_event_reported_later_changes_no_byte(
    event: dict[str, Any], branch: str | None, plain: dict[str, Any]
) -> None:
    blind = compile_scenario(Scenario.model_validate(plain), AS_OF, branch)
    plain["events"].append(
        event | {"id": "later", "text": "x", "date": "2024-12-01", "reported": "2025-02-25"}
    )
    assert same_arrays(compile_scenario(Scenario.model_validate(plain), AS_OF, branch), blind)
    told = compile_scenario(Scenario.model_validate(plain), AS_OF + dt.timedelta(days=1), branch)
    assert not same_arrays(told, blind)


def test_an_arrival_reported_later_changes_no_byte(plain: dict[str, Any]) -> None:
    blind = compile_scenario(Scenario.model_validate(plain), AS_OF)
    plain["contingents"]["kpa"]["arrivals"].append(
        {"date": "2025-02-01", "reported": "2025-03-01", "soldiers": "100 .. 200 soldiers"}
    )
    assert same_arrays(compile_scenario(Scenario.model_validate(plain), AS_OF), blind)


def test_a_report_of_an_end_that_comes_later_changes_no_byte(plain: dict[str, Any]) -> None:
    blind = compile_scenario(Scenario.model_validate(plain), AS_OF)
    for event in plain["events"]:
        if event["id"] == "drone-unit-on-the-road":
            event |= {"until": "2025-03-20"}
    assert same_arrays(compile_scenario(Scenario.model_validate(plain), AS_OF), blind)


def test_arrivals_of_a_contingent_add_up(campaign: Campaign) -> None:
    values = campaign.priors.natural(np.zeros((len(campaign.priors.free), 1)))
    came = path(campaign, "arriving").sum()
    index = campaign.priors.index
    said = sum(float(values[index[f"contingents.kpa.arrivals.{i}"], 0]) for i in range(3))
    assert came == pytest.approx(said)


BRANCHES = ["under-way", "support-resumes", "support-wanes", "local-defence"]


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_branch_changes_nothing_before_the_as_of_date(branch: str, kursk: Scenario) -> None:
    plain_run, branched = compile_scenario(kursk, AS_OF), compile_scenario(kursk, AS_OF, branch)
    assert branched.priors.rows == plain_run.priors.rows
    until = plain_run.origin
    for name in plain_run.paths:
        if name != "free_flow":
            np.testing.assert_array_equal(
                path(plain_run, name)[:until], path(branched, name)[:until]
            )


def test_branches_have_arrays_of_one_shape(kursk: Scenario) -> None:
    """So that they share one compiled program."""
    made = [compile_scenario(kursk, AS_OF, b) for b in BRANCHES]
    for name in made[0].paths:
        assert len({(c.paths[name].base.shape, c.paths[name].weights.shape) for c in made}) == 1


def test_a_change_of_a_branch_begins_the_day_after(kursk: Scenario) -> None:
    """2025-02-24 is a Monday: six days of its week are after it, and a change a week later takes six of the next."""
    now = compile_scenario(kursk, AS_OF, "support-resumes")
    wanes = compile_scenario(kursk, AS_OF, "support-wanes")
    f = now.setting.names["flow"].index("united-states.weapons")
    after = path(wanes, "support_level")[now.origin :, f]
    np.testing.assert_allclose(after[:4], [1, 1 - 6 / 7, 0, 0], atol=1e-12)
    defence = path(compile_scenario(kursk, AS_OF, "local-defence"), "stance")
    np.testing.assert_allclose(defence[now.origin :, 0, 0][:3], [0, 6 / 7, 1])


def test_supporters_decide_only_after_the_as_of_date(kursk: Scenario) -> None:
    campaign = compile_scenario(kursk, AS_OF, "under-way")
    free = path(campaign, "free_flow")
    flows = campaign.setting.names["flow"]
    assert not free[: campaign.origin + 1].any()
    for f, name in enumerate(flows):
        decides = kursk.supporters[name.split(".")[0]].will is not None
        assert (free[campaign.origin + 1 :, f] == float(decides)).all()


def test_a_branch_that_fixes_a_flow_takes_it_from_the_supporter(kursk: Scenario) -> None:
    campaign = compile_scenario(kursk, AS_OF, "support-resumes")
    assert not path(campaign, "free_flow").any()


def test_weeks_begin_on_mondays_and_cover_the_period(plain: dict[str, Any]) -> None:
    plain["period"] = {"start": "2024-08-08", "end": "2025-07-03"}
    weeks = week_starts(Scenario.model_validate(plain))
    assert weeks[0] == START
    assert all(w.weekday() == 0 for w in weeks)
    assert weeks[-2] < dt.date(2025, 7, 3) <= weeks[-1]


@pytest.mark.parametrize("as_of", [dt.date(2024, 8, 4), dt.date(2025, 7, 1)])
def test_an_as_of_date_outside_the_period_is_refused(as_of: dt.date, kursk: Scenario) -> None:
    with pytest.raises(ScenarioError, match="outside the scenario's period"):
        compile_scenario(kursk, as_of)


def test_an_unknown_branch_is_refused(kursk: Scenario) -> None:
    with pytest.raises(ScenarioError, match="no branch 'nowhere'"):
        compile_scenario(kursk, AS_OF, "nowhere")


def test_every_parameter_finds_its_row(campaign: Campaign) -> None:
    for slot, table in campaign.parameter_rows.items():
        for name, rows in table.items():
            for i, row in np.ndenumerate(rows):
                found = campaign.priors.rows[int(row)].name
                assert found.startswith(f"{slot}.{name}"), i


def test_the_scenario_overrides_a_prior(plain: dict[str, Any]) -> None:
    plain["parameters"] = {
        "advance.eta": "1.5",
        "attrition.rate[russia]": "0.02 (0.01 .. 0.04) 1/week",
        "supply.range": "6 .. 10 miles",
    }
    priors = compile_scenario(Scenario.model_validate(plain)).priors
    rows = dict(zip(priors.names, priors.rows, strict=True))
    assert not rows["advance.eta"].free
    assert rows["advance.eta"].natural(0) == 1.5
    low, high = rows["attrition.rate[russia]"].interval[1:]
    assert (low, high) == pytest.approx((0.01, 0.04))
    assert rows["attrition.rate[ukraine]"].interval[2] == pytest.approx(0.04)
    assert rows["supply.range"].interval[1] == pytest.approx(6 * 1.609344)


def test_priors_reach_their_stated_ends(campaign: Campaign) -> None:
    z = np.array([-1.6448536269514722, 0.0, 1.6448536269514722])
    values = campaign.priors.natural(np.tile(z, (len(campaign.priors.free), 1)))
    for i, row in enumerate(campaign.priors.rows):
        middle, low, high = row.interval
        np.testing.assert_allclose(values[i], [low, middle, high], rtol=1e-12)


def test_the_table_is_in_the_order_of_names(campaign: Campaign) -> None:
    priors = campaign.priors
    free, fixed = priors.names[: len(priors.free)], priors.names[len(priors.free) :]
    assert list(free) == sorted(free)
    assert list(fixed) == sorted(fixed)
    assert len(set(priors.names)) == len(priors.names)


def test_names_of_cells() -> None:
    assert cell_name("advance.pace", ("kursk",)) == "advance.pace[kursk]"
    assert cell_name("advance.eta", ()) == "advance.eta"
