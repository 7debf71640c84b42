"""A mechanism that is off is not there: nothing of it is left, and nothing changes that it does not reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salient.engine.compile import compile_scenario
from salient.engine.ensemble import run_numpy
from salient.engine.step import blank
from salient.mechanisms.base import CHANNELS, SLOTS, Mechanism
from salient.mechanisms.registry import choices

CORE_FLOWS = {"strength_flow": "strength", "area_flow": "area"}


def same(a: Any, b: Any) -> bool:
    """Whether two arrays have the same bytes."""
    return np.asarray(a).tobytes() == np.asarray(b).tobytes()


def reached(log: Iterable[Any], slot: str) -> tuple[set[str], set[str]]:
    """What a slot can change within a week, and of the state at its end: the closure of what was read and written."""
    within: set[str] = set()
    after: set[str] = set()
    for call in log:
        if call.phase == "close" and "area_flow" in within:
            within.add("area_next")
        if call.mechanism.slot == slot or call.read & within:
            stocks = {s.name for s in call.mechanism.stocks}
            within |= set(call.returned) - stocks
            after |= set(call.returned) & stocks
    after |= {stock for flow, stock in CORE_FLOWS.items() if flow in within}
    return within | ({"area_next"} if "area" in after else set()), after


def test_with_everything_off_channels_are_0_and_signals_neutral(
    world: Callable[..., Any],
) -> None:
    made = world(1)
    _, week = made.step(mechanisms=())
    quiet = {k: v for k, v in blank(made.campaign, made.like).items() if k not in made.inputs}
    assert set(CHANNELS) <= set(quiet)
    for name, value in quiet.items():
        assert same(getattr(week, name), value), name
    for name in CHANNELS:
        assert not np.any(getattr(week, name)), name


def test_with_everything_off_nothing_moves(world: Callable[..., Any]) -> None:
    made = world(2)
    after, _ = made.step(mechanisms=())
    assert same(after["strength"], made.state["strength"])
    assert same(after["area"], made.state["area"])


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=3)
def test_off_is_neutral(mechanism: Mechanism, seed: int, world: Callable[..., Any]) -> None:
    made = world(seed, ((mechanism.slot, mechanism.name),))
    on, on_week, log = made.watch()
    off, off_week = made.without(mechanism.slot).step()
    within, after = reached(log, mechanism.slot)
    for name, value in vars(on_week).items():
        if name != "setting" and name not in within and hasattr(off_week, name):
            assert same(value, getattr(off_week, name)), name
    for name, value in off.items():
        assert name in after or same(value, on[name]), name
    for s in mechanism.signals:
        assert np.all(getattr(off_week, s.name) == s.neutral), s.name
    for s in mechanism.stocks:
        assert s.name not in off


def test_on_it_does_something(mechanism: Mechanism, world: Callable[..., Any]) -> None:
    made = world(7, ((mechanism.slot, mechanism.name),))
    _, on = made.step()
    _, off = made.without(mechanism.slot).step()
    stocks = {s.name for s in mechanism.stocks}
    acted = [
        n for n in mechanism.writes if n not in stocks and not same(getattr(on, n), getattr(off, n))
    ]
    assert acted


def test_it_works_alone(mechanism: Mechanism, world: Callable[..., Any]) -> None:
    made = world(8, ((mechanism.slot, mechanism.name),))
    after, _ = made.step(tuple(m for m in made.campaign.mechanisms if m.slot == mechanism.slot))
    assert all(np.isfinite(v).all() for v in after.values())


@pytest.mark.parametrize("slot", SLOTS)
def test_a_campaign_runs_without_it(slot: str, kursk: Any) -> None:
    campaign = compile_scenario(kursk.scenario, off=(slot,))
    z = np.random.default_rng(3).standard_normal((len(campaign.priors.free), 5))
    out = run_numpy(campaign, z, seed=1, record=("area", "strength"))
    assert all(np.isfinite(v).all() for v in out.values())
    assert slot not in {r.group for r in campaign.priors.rows}


def test_every_slot_has_a_mechanism() -> None:
    assert all(choices()[slot] for slot in SLOTS)
