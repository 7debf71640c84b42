"""More of what helps never hurts: the signs that everyone would expect, at any parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
some = settings(max_examples=6)
NOTHING = 1e-12


def side_only(like: np.ndarray, side: int, value: float) -> np.ndarray:
    """A value for one side, 0 for the other; dims side, sector, draws."""
    out = 0.0 * like
    out[side] = value
    return out


def never_less(more: np.ndarray, less: np.ndarray) -> None:
    """No entry fell, but for rounding."""
    scale = np.maximum(np.maximum(np.abs(more), np.abs(less)), 1.0)
    assert ((more - less) / scale).min() >= -NOTHING


@given(seed=SEEDS, side=st.integers(0, 1), more=st.floats(1.05, 4))
@some
def test_more_shells_no_fewer_enemy_losses(
    seed: int, side: int, more: float, world: Callable[..., Any]
) -> None:
    made = world(seed)
    shells = made.state["shells"].copy()
    shells[side] *= more
    _, few = made.step()
    _, many = made.having(shells=shells).step()
    never_less(many.fires[side], few.fires[side])
    never_less(many.casualties[1 - side], few.casualties[1 - side])
    never_less(many.power[side], few.power[side])
    np.testing.assert_array_equal(many.casualties[side], few.casualties[side])


@given(seed=SEEDS, more=st.floats(0.01, 0.5))
@some
def test_a_line_cut_further_never_adds_power(
    seed: int, more: float, world: Callable[..., Any]
) -> None:
    made = world(seed)
    cut = np.minimum(made.state["cut"] + more, 0.9)
    _, open_ = made.step()
    _, shut = made.having(cut=cut).step()
    never_less(open_.supply, shut.supply)
    never_less(open_.power, shut.power)
    never_less(open_.lethality, shut.lethality)
    never_less(shut.break_hazard, open_.break_hazard)


@given(seed=SEEDS, more=st.floats(0.05, 2))
@some
def test_interdiction_never_opens_a_line(seed: int, more: float, world: Callable[..., Any]) -> None:
    made = world(seed)
    quiet, _ = made.step()
    under_fire, _ = made.having(interdiction=made.inputs["interdiction"] + more).step()
    never_less(under_fire["cut"], quiet["cut"])


@given(seed=SEEDS, level=st.floats(0, 0.95))
@some
def test_an_intelligence_pause_never_raises_lethality(
    seed: int, level: float, world: Callable[..., Any]
) -> None:
    made = world(seed).having(support_level=1.0, surprised=0.0)
    kinds = made.campaign.setting.flow_kind
    reduced = made.inputs["support_level"].copy()
    reduced[[k == "intelligence" for k in kinds]] = level
    full, week = made.step()
    less, paused = made.having(support_level=reduced).step()
    never_less(week.lethality, paused.lethality)
    never_less(week.power, paused.power)
    never_less(full["picture"], less["picture"])
    never_less(week.sight, paused.sight)


@given(seed=SEEDS, level=st.floats(0, 0.95))
@some
def test_less_support_never_brings_more(seed: int, level: float, world: Callable[..., Any]) -> None:
    made = world(seed)
    _, full = made.step()
    lower = made.inputs["support_level"] * level
    _, less = made.having(support_level=lower).step()
    never_less(full.arrivals, less.arrivals)
    for kind in ("weapons", "training", "intelligence", "finance"):
        never_less(getattr(less, f"missing_{kind}"), getattr(full, f"missing_{kind}"))


@given(seed=SEEDS, side=st.integers(0, 1), more=st.floats(0.05, 2))
@some
def test_a_surge_adds_power_and_exposure_and_costs_readiness(
    seed: int, side: int, more: float, world: Callable[..., Any]
) -> None:
    made = world(seed).having(surge=1.0)
    surge = made.inputs["surge"] + side_only(made.state["strength"], side, more)
    calm, week = made.step()
    after, surging = made.having(surge=surge).step()
    never_less(surging.exposure[side], week.exposure[side])
    never_less(surging.pace_of_work[side], week.pace_of_work[side])
    never_less(calm["ready"][side], after["ready"][side])
    never_less(surging.casualties[side], week.casualties[side])
    assert (surging.exposure[side] > week.exposure[side]).any()


@given(seed=SEEDS, more=st.floats(0.05, 1))
@some
def test_local_defence_lowers_exposure_and_the_want_of_fire(
    seed: int, more: float, world: Callable[..., Any]
) -> None:
    made = world(seed).having(stance=0.0)
    _, attack = made.step()
    after, defend = made.having(stance=more).step()
    never_less(attack.exposure, defend.exposure)
    never_less(attack.pace_of_work, defend.pace_of_work)
    assert (after["works"] >= 0).all()


@given(seed=SEEDS, more=st.floats(1.05, 5))
@some
def test_more_enemy_soldiers_no_fewer_losses(
    seed: int, more: float, world: Callable[..., Any]
) -> None:
    made = world(seed)
    strength = made.state["strength"].copy()
    strength[0] *= more
    bare = tuple(m for m in made.campaign.mechanisms if m.slot == "attrition")
    _, few = made.step(bare)
    _, many = made.having(strength=strength).step(bare)
    never_less(many.casualties[1], few.casualties[1])


@given(seed=SEEDS, more=st.floats(0.02, 0.5))
@some
def test_works_cover_and_strengthen(seed: int, more: float, world: Callable[..., Any]) -> None:
    made = world(seed)
    _, bare = made.step()
    _, dug_in = made.having(works=np.minimum(made.state["works"] + more, 1.0)).step()
    never_less(dug_in.power, bare.power)
    never_less(bare.exposure, dug_in.exposure)


@given(seed=SEEDS, side=st.integers(0, 1))
@some
def test_more_power_moves_the_line_its_way(seed: int, side: int, world: Callable[..., Any]) -> None:
    made = world(seed)
    _, week = made.step()
    extra = made.state["quality"].copy()
    extra[side] += 0.3
    _, stronger = made.having(quality=extra).step()
    holds = made.campaign.setting.holder[0] == side
    never_less(*(((week, stronger) if holds else (stronger, week))[i].pressure for i in (0, 1)))
    pace = (week.expected_pace, stronger.expected_pace)
    never_less(*(pace if holds else pace[::-1]))


@given(seed=SEEDS, side=st.integers(0, 1), more=st.floats(0.05, 0.9))
@some
def test_surprise_endangers_the_other_side(
    seed: int, side: int, more: float, world: Callable[..., Any]
) -> None:
    made = world(seed).having(surprised=0.0)
    surprised = side_only(made.state["strength"], side, more)
    _, week = made.step()
    after, shock = made.having(surprised=surprised).step()
    never_less(shock.power[side], week.power[side])
    never_less(shock.break_hazard[1 - side], week.break_hazard[1 - side])
    never_less(made.state["novelty"][side] + 0.03, after["novelty"][side])


@given(seed=SEEDS, more=st.floats(0.01, 1))
@some
def test_who_leaves_gives_up_ground(seed: int, more: float, world: Callable[..., Any]) -> None:
    made = world(seed).having(leaving=0.0)
    slots = ("withdrawal",)
    only = tuple(m for m in made.campaign.mechanisms if m.slot in slots)
    holder = made.campaign.setting.holder[0]
    leaves = side_only(made.state["strength"], holder, more)
    after, _ = made.having(leaving=leaves).step(only)
    np.testing.assert_allclose(after["area"], made.state["area"] * np.exp(-more))
    other = side_only(made.state["strength"], 1 - holder, more)
    after, _ = made.having(leaving=other).step(only)
    never_less(after["area"], made.state["area"])
