"""Campaigns of several sectors, and parameters far out."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import run_numpy
from salient.mechanisms.base import CHANNELS
from salient.mechanisms.registry import choices
from salient.scenario.schema import Scenario

NAMES = [f"sector-{i}" for i in range(12)]
TERRAINS = ("open", "rolling", "rolling-forest", "forest", "urban", "river", "rugged")
Normals = Callable[..., np.ndarray]


def everything(campaign: Campaign) -> tuple[str, ...]:
    """Every name that a run can record."""
    parts = [x.name for m in campaign.mechanisms for x in (*m.stocks, *m.signals)]
    return ("area", "strength", *CHANNELS, *parts)


def with_sectors(plain: dict[str, Any], n: int) -> Scenario:
    """The scenario with copies of its sector; the sides take turns to hold, on every kind of ground."""
    one = plain["sectors"]["kursk"]
    for i, name in enumerate(NAMES[: n - 1]):
        plain["sectors"][name] = deepcopy(one) | {
            "name": name, "terrain": TERRAINS[i % len(TERRAINS)], "holder": ("russia", "ukraine")[i % 2],
        }  # fmt: skip
    return Scenario.model_validate(plain)


@pytest.mark.parametrize("n", [2, 12])
def test_many_sectors_compile_and_run(n: int, plain: dict[str, Any], normals: Normals) -> None:
    campaign = compile_scenario(with_sectors(plain, n))
    z = normals(campaign, 6)
    out = run_numpy(campaign, z, seed=1, record=everything(campaign))
    assert out["area"].shape == (campaign.steps, n, 6)
    assert out["power"].shape == (campaign.steps, 2, n, 6)
    for name, value in out.items():
        assert np.isfinite(value).all(), name
    assert (out["area"] <= campaign.setting.contested).all()


def test_a_copy_under_another_name_has_its_own_noise(
    plain: dict[str, Any], normals: Normals
) -> None:
    campaign = compile_scenario(with_sectors(plain, 2))
    out = run_numpy(campaign, normals(campaign, 40), seed=1, record=("deviation",))
    one, two = out["deviation"][-1]
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.6
    assert not np.array_equal(one, two)


def test_a_sector_does_not_hear_of_another(plain: dict[str, Any], normals: Normals) -> None:
    """Without what belongs to a side as a whole, a second sector changes nothing in the first."""
    plain |= {"supporters": {}, "contingents": {}, "events": [], "branches": {}}
    plain["observe"] = {"area": plain["observe"]["area"], "losses": []}
    plain["mechanisms"] |= {"ammunition": "off", "equipment": "off"}
    alone = compile_scenario(Scenario.model_validate(deepcopy(plain)))
    beside = compile_scenario(with_sectors(plain, 2))
    z = dict(zip([r.name for r in beside.priors.free], normals(beside, 10), strict=True))

    def first(campaign: Campaign) -> np.ndarray:
        free = np.stack([z[r.name] for r in campaign.priors.free])
        return run_numpy(campaign, free, seed=2, record=("area",))["area"][:, 0]

    assert first(alone).tobytes() == first(beside).tobytes()


@pytest.mark.parametrize("law", sorted(choices()["attrition"]))
@pytest.mark.parametrize("kind", ["all-low", "all-high", "corners", "wide"])
def test_nothing_overflows_six_deviations_out(law: str, kind: str, plain: dict[str, Any]) -> None:
    plain["mechanisms"]["attrition"] = law
    campaign = compile_scenario(Scenario.model_validate(plain))
    n = len(campaign.priors.free)
    rng = np.random.default_rng(1)
    z = {
        "all-low": np.full((n, 1), -6.0),
        "all-high": np.full((n, 1), 6.0),
        "corners": rng.choice([-6.0, 6.0], size=(n, 400)),
        "wide": np.clip(4 * rng.standard_normal((n, 400)), -6, 6),
    }[kind]
    out = run_numpy(campaign, z, seed=1, record=everything(campaign))
    for name, value in out.items():
        assert np.isfinite(value).all(), name
    for name in (
        "strength",
        "shells",
        "vehicles",
        "damaged",
        "store",
        "wounded",
        "troops",
        "area",
        "works",
        "cut",
    ):
        assert out[name].min() >= 0, name


EXTREME: list[dict[str, Any]] = [
    {"kind": "surge", "side": "russia", "level": 20},
    {"kind": "surge", "side": "russia", "level": 0},
    {"kind": "posture", "side": "ukraine", "level": 20},
    {"kind": "surprise", "side": "russia", "level": 20},
    {"kind": "interdiction", "line": "sudzha-road", "level": 20},
    {"kind": "withdrawal", "side": "ukraine", "level": 20},
    {"kind": "sanctions", "side": "russia", "level": 20},
    {"kind": "support", "supporter": "united-states", "level": 20},
    {"kind": "support", "supporter": "north-korea", "level": 0},
    {"kind": "contingent", "contingent": "kpa", "level": 20},
    {"kind": "reinforcement", "side": "russia", "rate": "1000000 soldiers/week"},
]


@pytest.mark.parametrize(
    "event", EXTREME, ids=[f"{e['kind']}-{e.get('level', 'most')}" for e in EXTREME]
)
def test_nothing_overflows_at_the_ends_of_what_an_event_may_say(
    event: dict[str, Any], plain: dict[str, Any], normals: Normals
) -> None:
    plain["events"].append(event | {"id": "extreme", "text": "x", "date": "2024-12-02"})
    campaign = compile_scenario(Scenario.model_validate(plain))
    out = run_numpy(campaign, normals(campaign, 40), seed=1, record=everything(campaign))
    for name, value in out.items():
        assert np.isfinite(value).all(), name
    for name in ("strength", "shells", "vehicles", "wounded", "troops", "pace_of_work"):
        assert out[name].min() >= 0, name


def test_lines_that_carry_more_than_all_never_carry_less_than_nothing(
    plain: dict[str, Any], normals: Normals
) -> None:
    plain["supply_lines"]["second"] = deepcopy(plain["supply_lines"]["sudzha-road"])
    plain["events"] += [
        {"id": f"cut-{i}", "kind": "interdiction", "line": line, "level": 20, "text": "x", "date": "2024-09-02"}
        for i, line in enumerate(plain["supply_lines"])
    ]  # fmt: skip
    campaign = compile_scenario(Scenario.model_validate(plain))
    out = run_numpy(campaign, normals(campaign, 50), seed=1, record=("supply", "cut"))
    assert (out["supply"][:, 0] <= 1 + 1e-12).all()
    falling = np.diff(out["supply"][4:12, 0, 0], axis=0)
    assert (falling[np.diff(out["cut"][4:12].min(axis=1), axis=0) > 0] < 0).all()


def test_without_allies_lines_and_supporters_a_campaign_runs(
    plain: dict[str, Any], normals: Normals
) -> None:
    plain |= {"supporters": {}, "contingents": {}, "supply_lines": {}, "events": [], "branches": {}}
    plain["observe"] = {"area": plain["observe"]["area"], "losses": []}
    campaign = compile_scenario(Scenario.model_validate(plain))
    out = run_numpy(campaign, normals(campaign, 5), seed=1, record=("area", "supply", "fires"))
    assert all(np.isfinite(v).all() for v in out.values())
    assert (out["supply"][0] == 1).all()
