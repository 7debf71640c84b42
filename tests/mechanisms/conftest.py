"""Worlds in which a mechanism can be looked at: a compiled campaign with a random state, inputs and noise of a week."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.step import Week, parameters, step, streams
from salient.mechanisms.base import Mechanism
from salient.mechanisms.registry import choices
from salient.scenario.loading import load
from salient.scenario.schema import Scenario

State = dict[str, np.ndarray]

STOCKS: dict[str, tuple[float, float]] = {
    "will_weeks": (0, 200),
    "transit": (0.1, 8),
    "capacity": (0.6, 2.4),
    "picture": (0.1, 1),
    "ready": (0.2, 1),
    "cut": (0, 0.85),
    "standing": (0.05, 1),
    "shells": (0.2, 9),
    "troops": (100, 12_000),
    "troops_lost": (0, 6_000),
    "skill": (0.9, 1.4),
    "weeks_in_line": (0, 30),
    "quality": (0.6, 1.1),
    "wounded": (0, 5_000),
    "vehicles": (0.02, 0.5),
    "damaged": (0, 0.3),
    "store": (0, 1),
    "works": (0, 0.9),
    "novelty": (0.1, 1),
    "recent_losses": (0, 0.3),
    "deviation": (-1, 1),
    "reserve": (500, 20_000),
    "marching": (0, 4_000),
    "away": (0, 15_000),
    "strength": (4_000, 60_000),
    "area": (20, 1_100),
}
"""Ranges from which a random state takes its stocks; a stock that is not here starts as it would, times a factor."""

LEVELS = {"broken": (0.0, 1.0, 2.0), "will_state": (0.0, 1.0, 2.0), "offensive": (0.0, 1.0)}

INPUTS: dict[str, tuple[float, float]] = {
    "support_level": (0.1, 1.2),
    "free_flow": (1, 1),
    "sanctions": (0, 3),
    "surge": (0.5, 2.5),
    "stance": (0, 1),
    "interdiction": (0, 1.5),
    "arriving": (0, 3_000),
    "presence": (0.2, 1),
    "surprised": (0.1, 1),
    "reinforcement": (0, 3_000),
    "leaving": (0.01, 0.4),
    "detached": (0, 3_000),
    "returning": (0, 3_000),
    "mud": (0.05, 1),
    "leaves": (0.05, 1),
}


@dataclass(frozen=True)
class Call:
    """One call of a mechanism's rule or close, and what it read and returned."""

    mechanism: Mechanism
    phase: str
    read: frozenset[str]
    returned: Mapping[str, np.ndarray]


class View:
    """A week that shows only what was declared, and remembers what was looked at."""

    def __init__(self, week: Week, allowed: tuple[str, ...], seen: set[str]) -> None:
        self._week, self._allowed, self._seen = week, allowed, seen

    def __getattr__(self, name: str) -> Any:
        if name != "setting":
            assert name in self._allowed, f"it reads '{name}' and does not declare it"
            self._seen.add(name)
        return getattr(self._week, name)


def watched(m: Mechanism, log: list[Call]) -> Mechanism:
    """The mechanism with both its functions shown only what is declared, and their calls logged."""

    def wrap(call: Callable[[Any, Any], Mapping[str, np.ndarray]], phase: str) -> Any:
        def inner(w: Week, p: Any) -> Mapping[str, np.ndarray]:
            seen: set[str] = set()
            out = call(View(w, m.reads, seen), p)  # type: ignore[arg-type]
            log.append(Call(m, phase, frozenset(seen), out))
            return out

        return inner

    return replace(m, rule=wrap(m.rule, "rule"), close=m.close and wrap(m.close, "close"))


@dataclass(frozen=True)
class World:
    """A campaign at the start of a week."""

    campaign: Campaign
    p: dict[str, SimpleNamespace]
    state: State
    inputs: State
    shocks: State

    @property
    def like(self) -> np.ndarray:
        """Zeros, one for each draw."""
        return np.zeros(self.state["area"].shape[-1])

    def step(self, mechanisms: tuple[Mechanism, ...] | None = None) -> tuple[State, Week]:
        """A week; with other mechanisms when they are given."""
        campaign = self.campaign
        if mechanisms is not None:
            campaign = replace(campaign, mechanisms=mechanisms)
        return step(campaign, self.p, self.state, self.inputs, self.shocks, self.like)

    def watch(self) -> tuple[State, Week, list[Call]]:
        """A week in which every mechanism is watched."""
        log: list[Call] = []
        after, week = self.step(tuple(watched(m, log) for m in self.campaign.mechanisms))
        return after, week, log

    def without(self, slot: str) -> World:
        """The same week with a slot off: neither its mechanism nor its stocks are there."""
        kept = tuple(m for m in self.campaign.mechanisms if m.slot != slot)
        gone = {s.name for m in self.campaign.mechanisms if m.slot == slot for s in m.stocks}
        return replace(
            self,
            campaign=replace(self.campaign, mechanisms=kept),
            state={k: v for k, v in self.state.items() if k not in gone},
        )

    def having(self, **changed: Any) -> World:
        """The same week with some stocks or inputs changed, each a number or an array."""
        state, inputs = dict(self.state), dict(self.inputs)
        for name, value in changed.items():
            part = state if name in state else inputs
            part[name] = 0.0 * part[name] + value
        return replace(self, state=state, inputs=inputs)

    def given(self, slot: str, **parameters: Any) -> World:
        """The same week with some parameters of a slot changed."""
        changed = {k: 0.0 * getattr(self.p[slot], k) + v for k, v in parameters.items()}
        return replace(
            self, p={**self.p, slot: SimpleNamespace(**{**vars(self.p[slot]), **changed})}
        )


@cache
def plain_kursk() -> Any:
    """The packaged scenario as plain data."""
    return load("kursk-2024").root.plain()


@pytest.fixture
def plain() -> dict[str, Any]:
    """The packaged scenario as plain data that a test may change."""
    return deepcopy(plain_kursk())


OF_A_FRONT = {
    "season": "mud",
    "reserves": "by-need",
    "handover": "neighbours",
    "supply": "network",
    "belts": "depth",
    "offensives": "two-state",
}
"""Mechanisms that act on a front of several sectors, beside those of the packaged scenario."""


def _road(side: str, start: str, end: str, soldiers: int) -> dict[str, Any]:
    return {
        "name": f"{start} to {end}", "side": side, "from": start, "to": end, "distance": "14 (8 .. 30) km",
        "capacity": f"{0.6 * soldiers} .. {1.8 * soldiers} soldiers",
    }  # fmt: skip


def front(n: int = 3) -> dict[str, Any]:
    """The packaged scenario with n sectors in a row, on every kind of ground, the sides holding in turn."""
    data: dict[str, Any] = deepcopy(plain_kursk())
    one = data["sectors"].pop("kursk")
    names = ["kursk", *(f"sector-{i}" for i in range(1, n))]
    for i, name in enumerate(names):
        data["sectors"][name] = deepcopy(one) | {
            "name": name,
            "terrain": ("rolling-forest", "open", "urban", "river")[i % 4],
            "holder": ("ukraine", "russia")[i % 2],
            "initial_area": "580 km2",
            "front_length": f"{25 + 5 * i} km",
            "neighbours": names[max(i - 1, 0) : i] + names[i + 1 : i + 2],
        }
    data["mechanisms"] |= OF_A_FRONT
    data["belts"] = {
        f"belt-{i}": {
            "name": f"Belt {i}", "side": side, "sector": names[i % n], "depth": f"{2 + 3 * i} km",
            "works": "0.3 .. 0.8",
        }
        for i, side in enumerate(("ukraine", "russia", "ukraine", "russia"))
    }  # fmt: skip
    data["supply_nodes"], lines = {}, data["supply_lines"]
    for tag, side in (("one", "ukraine"), ("two", "russia")):
        depot, hub = f"{tag}-depot", f"{tag}-hub"
        for node in (depot, hub):
            data["supply_nodes"][node] = {"name": node, "side": side, "depot": node == depot}
        lines[f"{tag}-trunk"] = _road(side, depot, hub, 30_000 * n)
        for i, name in enumerate(names):
            lines[f"{tag}-{name}"] = _road(side, hub, name, 20_000)
            if i % 2 == 0:
                lines[f"{tag}-{name}-back"] = _road(side, depot, name, 15_000)
    return data


@cache
def front_campaign(n: int = 3) -> Campaign:
    """That front, compiled."""
    return compile_scenario(Scenario.model_validate(front(n)))


@cache
def campaign_of(names: tuple[tuple[str, str], ...] = ()) -> Campaign:
    """The packaged scenario, with other mechanisms than its own in some slots."""
    data = front() if any(slot in OF_A_FRONT for slot, _ in names) else deepcopy(plain_kursk())
    data["mechanisms"].update(dict(names))
    return compile_scenario(Scenario.model_validate(data))


@pytest.fixture(scope="session")
def kursk() -> Campaign:
    """The packaged scenario, compiled with all that happened."""
    return campaign_of()


def _between(
    rng: np.random.Generator, low: float, high: float, shape: tuple[int, ...]
) -> np.ndarray:
    return low + (high - low) * rng.random(shape)


def random_state(campaign: Campaign, p: Any, rng: np.random.Generator, draws: int) -> State:
    """Every stock at random, within what it can be."""
    setting = campaign.setting
    shapes = {"strength": ("side", "sector"), "area": ("sector",)}
    state = {}
    for name, dims in shapes.items():
        state[name] = _between(rng, *STOCKS[name], (*setting.shape(dims), draws))
    for m in campaign.mechanisms:
        for s in m.stocks:
            shape = (*setting.shape(s.dims), draws)
            if s.name in LEVELS:
                state[s.name] = rng.choice(LEVELS[s.name], size=shape)
            elif s.name in STOCKS:
                state[s.name] = _between(rng, *STOCKS[s.name], shape)
            else:
                start = s.initial(p[m.slot], setting) + np.zeros(shape)
                state[s.name] = start * _between(rng, 0.5, 1.5, shape)
    return state


def random_world(
    seed: int, names: tuple[tuple[str, str], ...] = (), draws: int = 40, most: float = 4.0
) -> World:
    """A world whose parameters lie within `most` standard deviations."""
    return world_of(campaign_of(names), seed, draws, most)


def world_of(campaign: Campaign, seed: int, draws: int = 40, most: float = 4.0) -> World:
    """A random world of a campaign."""
    rng = np.random.default_rng(seed)
    z = np.clip(1.5 * rng.standard_normal((len(campaign.priors.free), draws)), -most, most)
    p = parameters(campaign, campaign.priors.natural(z))
    inputs = {}
    for m in campaign.mechanisms:
        for i in m.inputs:
            low, high = INPUTS.get(i.name, (i.neutral, i.neutral + 1.0))
            inputs[i.name] = _between(rng, low, high, (*campaign.setting.shape(i.dims), draws))
    shocks = {}
    for n, keys in streams(campaign):
        shape = (len(keys), draws)
        shocks[n.name] = rng.random(shape) if n.kind == "uniform" else rng.standard_normal(shape)
    return World(campaign, p, random_state(campaign, p, rng, draws), inputs, shocks)


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    """Makes a random world from a seed."""
    return random_world


@pytest.fixture(scope="session")
def fronts() -> SimpleNamespace:
    """How fronts of several sectors and random worlds of them are made."""
    return SimpleNamespace(plain=front, campaign=front_campaign, world=world_of)


def every_choice() -> list[Mechanism]:
    """All mechanisms that can be chosen."""
    return [m for slot in choices().values() for m in slot.values()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `mechanism` runs for each that can be chosen."""
    if "mechanism" in metafunc.fixturenames:
        every = every_choice()
        metafunc.parametrize("mechanism", every, ids=[f"{m.slot}-{m.name}" for m in every])
