"""At the reference state every scale is 1 and every log is 0."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from salient.engine.compile import compile_scenario
from salient.engine.step import initial_state, inputs_at, parameters, silence, step
from salient.mechanisms.base import CHANNELS
from salient.mechanisms.registry import choices
from salient.scenario.schema import Scenario

DRAWS = 50


@pytest.fixture
def at_reference(plain: dict[str, Any]) -> Callable[..., tuple[Any, Any, Any]]:
    """A week at the reference state, at random parameters: campaign, parameters and what was said in it."""

    def made(**names: str) -> tuple[Any, Any, Any]:
        data = deepcopy(plain)
        data["mechanisms"] |= names
        data["sectors"]["kursk"] |= {"terrain": "rolling", "opening": "positional"}
        data["events"], data["branches"] = [], {}
        campaign = compile_scenario(Scenario.model_validate(data))
        rng = np.random.default_rng(2)
        z = np.clip(2 * rng.standard_normal((len(campaign.priors.free), DRAWS)), -4, 4)
        values = campaign.priors.natural(z)
        p, setting = parameters(campaign, values), campaign.setting
        state = initial_state(campaign, values)
        zero = np.zeros(DRAWS)
        state |= {
            "strength": setting.reference + zero,
            "area": setting.reference_area + zero,
            "works": setting.reference_works + 0.0 * state["works"],
        }
        inputs = {
            k: inputs_at(x.base[0], x.weights[0], values[x.rows]) for k, x in campaign.paths.items()
        }
        _, week = step(campaign, p, state, inputs, silence(campaign, zero), zero)
        return campaign, p, week

    return made


def test_every_log_is_exactly_0(at_reference: Callable[..., Any]) -> None:
    _, _, week = at_reference()
    for name in ("power", "lethality", "exposure", "break_hazard"):
        assert name in CHANNELS
        assert not np.any(getattr(week, name)), name


def test_every_scale_is_exactly_1(at_reference: Callable[..., Any]) -> None:
    _, _, week = at_reference()
    for name in (
        "fires",
        "rationing",
        "supply",
        "sight",
        "pace_of_work",
        "output",
        "will",
        "going",
    ):
        np.testing.assert_allclose(getattr(week, name), 1.0, rtol=1e-12, err_msg=name)
    np.testing.assert_array_equal(week.pressure, 1.0)
    np.testing.assert_allclose(week.arrivals, 1.0, rtol=1e-10)


def test_the_pace_is_what_the_prior_calls_it(at_reference: Callable[..., Any]) -> None:
    _, p, week = at_reference()
    np.testing.assert_allclose(week.expected_pace, p["advance"].pace, rtol=1e-14)


@pytest.mark.parametrize("law", sorted(choices()["attrition"]))
def test_the_loss_rate_is_what_the_prior_calls_it(
    law: str, at_reference: Callable[..., Any]
) -> None:
    _, p, week = at_reference(attrition=law)
    np.testing.assert_allclose(week.hazard[:, 0], p["attrition"].rate, rtol=1e-12)


def test_what_ground_is_worth_counts_from_rolling_ground(at_reference: Callable[..., Any]) -> None:
    campaign, _, _ = at_reference()
    assert campaign.setting.terrain == 0.0
