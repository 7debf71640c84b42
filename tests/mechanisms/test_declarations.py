"""What a mechanism declares is what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from salient.engine.step import initial_state
from salient.mechanisms.base import CHANNELS, CORE, SLOTS, Mechanism, moments
from salient.mechanisms.registry import choices

MADE_BY_THE_STEP = {"area_next"}


def _chosen(m: Mechanism) -> tuple[tuple[str, str], ...]:
    return ((m.slot, m.name),)


def test_it_reads_what_it_declares_and_nothing_else(
    mechanism: Mechanism, world: Callable[..., Any]
) -> None:
    _, _, log = world(1, _chosen(mechanism)).watch()
    calls = [c for c in log if c.mechanism.name == mechanism.name]
    assert set().union(*(c.read for c in calls)) == set(mechanism.reads)


def test_it_writes_what_it_declares_and_nothing_else(
    mechanism: Mechanism, world: Callable[..., Any]
) -> None:
    _, _, log = world(2, _chosen(mechanism)).watch()
    calls = [c for c in log if c.mechanism.name == mechanism.name]
    assert set().union(*(c.returned for c in calls)) == set(mechanism.writes)


def test_what_it_writes_is_a_channel_or_its_own(mechanism: Mechanism) -> None:
    own = {s.name for s in (*mechanism.stocks, *mechanism.signals)}
    assert set(mechanism.writes) <= own | set(CHANNELS)
    assert own <= set(mechanism.writes)


def test_only_close_sets_stocks_and_it_sets_all_of_them(
    mechanism: Mechanism, world: Callable[..., Any]
) -> None:
    _, _, log = world(3, _chosen(mechanism)).watch()
    stocks = {s.name for s in mechanism.stocks}
    for call in (c for c in log if c.mechanism.name == mechanism.name):
        kept = set(call.returned) - set(CHANNELS)
        assert kept == stocks if call.phase == "close" else not kept & stocks


def test_what_it_reads_stands_whichever_others_are_off(mechanism: Mechanism) -> None:
    every = [m for slot in choices().values() for m in slot.values()]
    there = {x.name for m in every for x in (*m.signals, *m.inputs)} | MADE_BY_THE_STEP
    own = {x.name for x in (*mechanism.stocks, *mechanism.inputs, *mechanism.noise)}
    assert set(mechanism.reads) <= own | there | set(CHANNELS) | set(CORE)


def test_a_rule_reads_signals_that_have_been_written(
    mechanism: Mechanism, world: Callable[..., Any]
) -> None:
    """A signal that a later mechanism of the week writes would still be neutral."""
    _, _, log = world(4, _chosen(mechanism)).watch()
    rule = next(c for c in log if c.mechanism.name == mechanism.name)
    writer = {
        s.name: m.slot for slot in choices().values() for m in slot.values() for s in m.signals
    }
    for name in rule.read & set(writer):
        assert SLOTS.index(writer[name]) < SLOTS.index(mechanism.slot), name
    for name in rule.read & set(CHANNELS):
        assert not any(
            name in c.returned and SLOTS.index(c.mechanism.slot) > SLOTS.index(mechanism.slot)
            for c in log
            if c.phase == "rule"
        ), name


def test_everything_has_the_dims_that_are_declared(
    mechanism: Mechanism, world: Callable[..., Any]
) -> None:
    made = world(5, _chosen(mechanism))
    setting, n = made.campaign.setting, made.like.size
    _, week, log = made.watch()
    dims = {s.name: s.dims for s in (*mechanism.stocks, *mechanism.signals)}
    dims |= {name: d for name, (d, _) in CHANNELS.items()}
    for call in (c for c in log if c.mechanism.name == mechanism.name):
        for name, value in call.returned.items():
            full = (*setting.shape(dims[name]), n)
            assert np.broadcast_shapes(np.shape(value), full) == full, name
    for name, (d, _) in CHANNELS.items():
        assert getattr(week, name).shape == (*setting.shape(d), n)


def test_stocks_start_with_their_dims(mechanism: Mechanism, world: Callable[..., Any]) -> None:
    campaign = world(6, _chosen(mechanism)).campaign
    state = initial_state(
        campaign, campaign.priors.natural(np.zeros((len(campaign.priors.free), 3)))
    )
    for s in mechanism.stocks:
        assert state[s.name].shape == (*campaign.setting.shape(s.dims), 3)
        assert np.isfinite(state[s.name]).all()


def test_every_prior_is_what_it_says(mechanism: Mechanism) -> None:
    for p in mechanism.parameters:
        assert p.low < p.high
        assert p.low <= p.centre <= p.high
        assert p.label
        assert p.source
        assert p.trust in "SMCA"
        mean, sd = moments(p.kind, p.low, p.high)
        assert np.isfinite(mean)
        assert sd > 0


def test_it_says_what_it_is(mechanism: Mechanism) -> None:
    assert mechanism.title
    assert mechanism.citation
    assert mechanism.rule.__doc__
    assert mechanism.close is None or mechanism.close.__doc__
    assert len({p.name for p in mechanism.parameters}) == len(mechanism.parameters)
