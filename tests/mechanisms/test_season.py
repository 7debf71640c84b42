"""Mud and leaves: never faster for anyone, gone when dry, and on the days that the scenario says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salient.engine.compile import compile_scenario
from salient.errors import ScenarioError
from salient.scenario.loading import load
from salient.scenario.schema import Scenario

SEASON = (("season", "mud"),)
some = settings(max_examples=8, deadline=None)


@given(seed=st.integers(0, 2**32 - 1), more=st.floats(0.01, 1))
@some
def test_mud_never_speeds_whoever_moves(seed: int, more: float, world: Callable[..., Any]) -> None:
    made = world(seed, SEASON)
    _, dry = made.having(mud=0.3).step()
    _, wet = made.having(mud=0.3 + more).step()
    assert (np.abs(wet.expected_pace) <= np.abs(dry.expected_pace)).all()
    assert (wet.expected_pace * dry.expected_pace >= 0).all()
    assert (wet.break_chance <= dry.break_chance).all()
    assert (wet.break_out_chance <= dry.break_out_chance).all()


@given(seed=st.integers(0, 2**32 - 1), more=st.floats(0.01, 1))
@some
def test_leaves_hide_both_sides(seed: int, more: float, world: Callable[..., Any]) -> None:
    made = world(seed, SEASON)
    _, bare = made.having(leaves=0.0).step()
    _, green = made.having(leaves=more).step()
    assert (green.casualties < bare.casualties).all()


def test_dry_and_bare_ground_is_the_model_without_seasons(world: Callable[..., Any]) -> None:
    made = world(4, SEASON).having(mud=0.0, leaves=0.0)
    after, _ = made.step()
    without, _ = made.without("season").step()
    for name, value in without.items():
        assert after[name].tobytes() == value.tobytes(), name


def dated(plain: dict[str, Any], **season: Any) -> np.ndarray:
    """The mud of each week for one season, at its centre."""
    plain["mechanisms"]["season"] = "mud"
    plain["seasons"] = {"one": {"name": "One", **season}}
    campaign = compile_scenario(Scenario.model_validate(plain))
    path = campaign.paths["mud"]
    level = campaign.priors.natural(np.zeros((len(campaign.priors.free), 1)))[path.rows, 0]
    return path.base[:, 0] + (path.weights[:, 0] * level).sum(axis=-1)


def test_a_season_fills_its_days_and_no_others(plain: dict[str, Any]) -> None:
    mud = dated(plain, begin="10-16", finish="12-01", mud=0.8)  # weeks begin on 2024-08-05
    assert mud[9] == 0
    assert mud[10] == pytest.approx(0.8 * 5 / 7)  # Monday 14 October: five days
    assert mud[11] == pytest.approx(0.8)
    assert mud[16] == pytest.approx(0.8 * 6 / 7)  # Monday 25 November: six days
    assert not mud[17:].any()


@pytest.mark.parametrize(
    ("season", "says"),
    [
        ({"begin": "3-1", "finish": "04-15"}, "not a day of the year"),
        ({"begin": "02-30", "finish": "04-15"}, "no day 02-30"),
        ({"begin": "04-15", "finish": "04-15"}, "begins and ends on 04-15"),
        ({"begin": "03-01", "finish": "04-15", "sectors": ["kusk"]}, "'kusk' is not a sector"),
    ],
)
def test_a_season_that_is_wrong_is_said_in_words(
    season: dict[str, Any], says: str, plain: dict[str, Any], tmp_path: Path
) -> None:
    plain["seasons"] = {"one": {"name": "One", **season}}
    file = tmp_path / "scenario.yaml"
    file.write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(ScenarioError, match=says):
        load(file)


def test_a_season_may_span_new_year(plain: dict[str, Any]) -> None:
    mud = dated(plain, begin="12-02", finish="02-03", mud=0.5)
    np.testing.assert_allclose(mud[17:26], 0.5)
    assert mud[16] == 0
    assert mud[26] == 0
