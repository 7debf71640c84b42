"""Campaigns that tests of the engine share; compiled programs are kept for the whole session."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import pytest

from salient.engine.compile import Campaign, compile_scenario
from salient.mechanisms.base import SLOTS
from salient.scenario.loading import load
from salient.scenario.schema import Scenario

FEW = ("attrition", "advance", "breakthrough")
"""The mechanisms of a small campaign, which compiles in a second."""


@cache
def _plain() -> Any:
    return load("kursk-2024").root.plain()


@pytest.fixture
def plain() -> dict[str, Any]:
    """The packaged scenario as plain data that a test may change."""
    return deepcopy(_plain())


@pytest.fixture(scope="session")
def kursk() -> Scenario:
    """The packaged scenario."""
    return Scenario.model_validate(deepcopy(_plain()))


@pytest.fixture(scope="session")
def campaign(kursk: Scenario) -> Campaign:
    """The packaged scenario with all that happened."""
    return compile_scenario(kursk)


@pytest.fixture(scope="session")
def small() -> Campaign:
    """Twelve weeks, no events, three mechanisms: enough to test how draws are worked off."""
    data = deepcopy(_plain())
    data |= {"supporters": {}, "contingents": {}, "supply_lines": {}, "events": [], "branches": {}}
    data["observe"] = {"area": data["observe"]["area"], "losses": []}
    data["period"] = {"start": "2024-08-05", "end": "2024-10-28"}
    data["mechanisms"] = {
        slot: data["mechanisms"][slot] if slot in FEW else "off" for slot in SLOTS
    }
    data["sectors"]["kursk"] |= {"opening": "positional", "initial_area": "500 km2"}
    return compile_scenario(Scenario.model_validate(data))


@pytest.fixture(scope="session")
def normals() -> Callable[..., np.ndarray]:
    """Standard normals for the free parameters of a campaign, dims parameter, draws."""

    def made(campaign: Campaign, draws: int, seed: int = 0) -> np.ndarray:
        shape = (len(campaign.priors.free), draws)
        return np.random.default_rng(seed).standard_normal(shape)

    return made
