"""Names and order mean nothing; two sides that swap everything swap their results."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import run_numpy
from salient.mechanisms.registry import choices
from salient.scenario.schema import Scenario

BY_SIDE = ("strength", "power", "lethality", "exposure", "casualties", "supply", "allied", "fires")
BY_SECTOR = ("area", "regime", "pressure")
DRAWS = 12
LAWS = sorted(choices()["attrition"])


def compiled(data: dict[str, Any]) -> Campaign:
    """A campaign of plain data."""
    return compile_scenario(Scenario.model_validate(data))


def results(campaign: Campaign, z: dict[str, np.ndarray]) -> dict[tuple[str, ...], np.ndarray]:
    """Results by name, side and sector, from normal values by the name of the parameter."""
    free = np.stack([z[r.name] for r in campaign.priors.free])
    out = run_numpy(campaign, free, seed=11, record=(*BY_SIDE, *BY_SECTOR))
    sides, sectors = campaign.setting.names["side"], campaign.setting.names["sector"]
    found = {}
    for j, sector in enumerate(sectors):
        found |= {(name, sector): out[name][:, j] for name in BY_SECTOR}
        for i, side in enumerate(sides):
            found |= {
                (n, side, sector): out[n][:, i, j] if out[n].ndim == 4 else out[n][:, i]
                for n in BY_SIDE
            }
    return found


def random_z(campaign: Campaign, seed: int = 5) -> dict[str, np.ndarray]:
    """Normal values by the name of the parameter."""
    rng = np.random.default_rng(seed)
    return {r.name: rng.standard_normal(DRAWS) for r in campaign.priors.free}


def two_sectors(data: dict[str, Any]) -> dict[str, Any]:
    """The scenario with a second sector, of which the other side holds the ground."""
    second = deepcopy(data["sectors"]["kursk"])
    second |= {"holder": "russia", "name": "Second", "terrain": "forest"}
    second["forces"]["russia"]["strength"] = "20000 .. 30000 soldiers"
    data["sectors"]["second"] = second
    data["supply_lines"]["rail"] = {
        "name": "Railway", "side": "russia", "sectors": ["second", "kursk"], "share": "0.4 (0.2 .. 0.6)",
    }  # fmt: skip
    data["contingents"]["kpa"]["sectors"] = ["kursk", "second"]
    return data


def reordered(mapping: dict[str, Any]) -> dict[str, Any]:
    """The same entries in the opposite order."""
    return dict(reversed(mapping.items()))


@pytest.mark.parametrize("law", LAWS)
def test_the_order_of_the_sides_changes_no_byte(law: str, plain: dict[str, Any]) -> None:
    data = two_sectors(plain)
    data["mechanisms"]["attrition"] = law
    one = compiled(data)
    z = random_z(one)
    first = results(one, z)
    data["belligerents"] = reordered(data["belligerents"])
    for sector in data["sectors"].values():
        sector["forces"] = reordered(sector["forces"])
    second = results(compiled(data), z)
    assert first.keys() == second.keys()
    for key, value in first.items():
        assert value.tobytes() == second[key].tobytes(), key


@pytest.mark.parametrize("section", ["sectors", "supporters", "supply_lines", "contingents"])
def test_the_order_of_others_changes_nothing(section: str, plain: dict[str, Any]) -> None:
    data = two_sectors(plain)
    data["contingents"]["second"] = deepcopy(data["contingents"]["kpa"])
    one = compiled(data)
    z = random_z(one)
    first = results(one, z)
    data[section] = reordered(data[section])
    second = results(compiled(data), z)
    for key, value in first.items():
        np.testing.assert_allclose(second[key], value, rtol=1e-9, atol=1e-9, err_msg=str(key))


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
    return (
        head
        + bracket
        + ",".join(OTHER.get(c, c) for c in cell.rstrip("]").split(","))
        + "]" * bool(bracket)
    )


@pytest.mark.parametrize("law", LAWS)
def test_sides_that_swap_everything_swap_their_results(law: str, plain: dict[str, Any]) -> None:
    data = two_sectors(plain)
    data["mechanisms"]["attrition"] = law
    one, two = compiled(data), compiled(renamed(data))
    z = random_z(one)
    first = results(one, z)
    second = results(two, {other_name(k): v for k, v in z.items()})
    for key, value in first.items():
        swapped = tuple(OTHER.get(k, k) for k in key)
        assert value.tobytes() == second[swapped].tobytes(), key


def test_equal_sides_have_equal_results(plain: dict[str, Any]) -> None:
    data = plain
    data |= {"supporters": {}, "contingents": {}, "supply_lines": {}, "events": [], "branches": {}}
    data["observe"] = {"area": data["observe"]["area"], "losses": []}
    data["mechanisms"] |= {"terrain": "off", "fortification": "off"}
    forces = data["sectors"]["kursk"]["forces"]
    forces["russia"] = deepcopy(forces["ukraine"])
    campaign = compiled(data)
    z = random_z(campaign)
    found = results(campaign, {k: z[min(k, other_name(k))] for k in z})
    np.testing.assert_allclose(found["pressure", "kursk"], 1.0, rtol=1e-12)
    for name in ("strength", "casualties", "power"):
        one, two = (found[name, side, "kursk"] for side in OTHER)
        assert one.tobytes() == two.tobytes()


WHOLE: dict[str, dict[str, float]] = {
    "contingents": {
        "assault": 1, "hold": 1, "irregular": 1, "technical": 1, "friction": 0, "mass": 1,
    }
}  # fmt: skip
CHANNELS = (
    "power",
    "lethality",
    "exposure",
    "break_hazard",
    "area_flow",
    "hazard",
    "fires",
    "supply",
)


def parted(made: Any, share: float) -> Any:
    """A world in which a contingent as good as the side's own soldiers is that share of its force."""
    own, troops = made.state["strength"].copy(), made.state["troops"]
    side = made.campaign.setting.contingent_side[0]
    total = own[side].sum(axis=0)
    own[side] *= 1.0 - share
    made = made.having(presence=1.0, skill=1.0, quality=1.0)
    return made.having(strength=own, troops=share * total + 0.0 * troops).given(
        "contingents", **WHOLE["contingents"]
    )


@pytest.mark.parametrize("law", LAWS)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.01, 0.9))
@settings(max_examples=5)
def test_a_force_split_into_contingents_is_the_same_force(
    law: str, seed: int, share: float, world: Callable[..., Any]
) -> None:
    made = world(seed, (("attrition", law),))
    whole, week = parted(made, 0.0).step()
    split, parts = parted(made, share).step()
    for name in CHANNELS:
        np.testing.assert_allclose(getattr(parts, name), getattr(week, name), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(split["area"], whole["area"], rtol=1e-9)
    side = made.campaign.setting.contingent_side[0]
    lost = (
        parts.casualties[side].sum(axis=0) + split["troops_lost"][0] - made.state["troops_lost"][0]
    )
    np.testing.assert_allclose(lost, week.casualties[side].sum(axis=0), rtol=1e-9)


def test_a_contingent_split_in_two_is_the_same_contingent(plain: dict[str, Any]) -> None:
    whole = compiled(plain)
    z = random_z(whole)
    halves = deepcopy(plain)
    kpa = halves["contingents"]["kpa"]
    for arrival in kpa["arrivals"]:
        low, high = (float(x) for x in arrival["soldiers"].removesuffix(" soldiers").split(" .. "))
        arrival["soldiers"] = f"{low / 2} .. {high / 2} soldiers"
    halves["contingents"]["kpb"] = deepcopy(kpa)
    for event in list(halves["events"]):
        if event.get("contingent") == "kpa":
            halves["events"].append(event | {"contingent": "kpb", "id": event["id"] + "-b"})
    split = compiled(halves)
    twin = {r.name: r.name.replace("kpb", "kpa").removesuffix("-b") for r in split.priors.free}
    first, second = results(whole, z), results(split, {k: z[v] for k, v in twin.items()})
    for key, value in first.items():
        np.testing.assert_allclose(second[key], value, rtol=1e-7, atol=1e-9, err_msg=str(key))
