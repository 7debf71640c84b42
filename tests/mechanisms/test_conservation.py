"""What leaves a stock is used, lost or arrives somewhere, whatever the parameters are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salient.engine.compile import Campaign
from salient.engine.ensemble import run_numpy
from salient.engine.step import parameters
from salient.mechanisms import support

DRAWS = 8
RECORD = (
    "area", "strength", "strength_flow", "casualties", "killed", "wounded", "hazard",
    "shells", "fires", "output", "outside_weapons", "missing_weapons", "transit", "flowing", "arrivals",
    "vehicles", "damaged", "store", "troops", "troops_lost", "allied_soldiers",
    "cut", "works", "ready", "picture", "novelty", "quality", "supply", "capacity",
)  # fmt: skip
SEEDS = st.integers(0, 23)
few = settings(max_examples=12)


class Run:
    """A whole campaign. Stocks are as at the start of each week, but for `strength` and `area`: as at its end."""

    def __init__(self, campaign: Campaign, z: np.ndarray, seed: int) -> None:
        self.out = run_numpy(campaign, z, seed=seed, record=RECORD)
        self.p = parameters(campaign, campaign.priors.natural(z))
        self.campaign = campaign

    def flow(self, name: str) -> np.ndarray:
        """What flowed in each week but the last."""
        return self.out[name][:-1]

    def change(self, name: str) -> np.ndarray:
        """By how much a stock changed in each week but the last."""
        return np.diff(self.out[name], axis=0)

    def beginning(self, name: str) -> np.ndarray:
        """Strength or area at the start of each week but the first."""
        return self.out[name][:-1]


@pytest.fixture(scope="session")
def run(kursk: Campaign) -> Callable[[int], Run]:
    """A campaign by seed: even ones have every parameter drawn wide and cut at four sd, odd ones all at four."""

    @cache
    def made(seed: int) -> Run:
        rng = np.random.default_rng(seed)
        z = 2.5 * rng.standard_normal((len(kursk.priors.free), DRAWS))
        return Run(kursk, 4 * np.sign(z) if seed % 2 else np.clip(z, -4, 4), seed)

    return made


def close(a: Any, b: Any, scale: Any = 1.0) -> None:
    """Equal to rounding, on the scale of the larger of them."""
    most = np.maximum(np.maximum(np.abs(a), np.abs(b)), scale)
    assert np.max(np.abs(a - b) / most) < 1e-9


@given(seed=SEEDS)
@few
def test_shells_are_fired_or_kept(seed: int, run: Callable[[int], Run]) -> None:
    r = run(seed)
    outside = r.flow("outside_weapons")
    came = (1.0 - outside) * r.flow("output") + outside - r.flow("missing_weapons")
    close(r.change("shells"), came - r.flow("fires"))
    assert (came >= 0).all()
    assert (r.out["shells"] > 0).all()
    assert (r.out["fires"] > 0).all()


@given(seed=SEEDS)
@few
def test_soldiers_stay_fall_or_return(seed: int, run: Callable[[int], Run]) -> None:
    r = run(seed)
    hurt = r.out["casualties"]
    start = np.concatenate([r.p["forces"].strength[None], r.beginning("strength")])
    assert (hurt >= 0).all()
    assert (hurt <= start).all()
    assert (r.out["killed"] <= hurt).all()
    joined = r.out["strength_flow"] + hurt
    close(r.out["strength"], np.maximum(start - hurt + joined, 1.0))
    assert (joined >= 0).all()
    back = r.out["wounded"] * np.minimum(1.0 / r.p["manpower"].healing, 1.0)
    returning = r.change("wounded") + back[:-1]
    assert (r.out["wounded"] >= 0).all()
    assert (returning >= -1e-9).all()
    assert (returning <= (hurt - r.out["killed"])[:-1] + 1e-6).all()


@given(seed=SEEDS)
@few
def test_support_is_on_its_way_or_arrives(seed: int, run: Callable[[int], Run]) -> None:
    r = run(seed)
    close(r.change("transit").sum(axis=2), r.flow("flowing") - r.flow("arrivals"))
    assert (r.out["transit"] > 0).all()
    assert (r.out["missing_weapons"] <= r.out["outside_weapons"] + 1e-12).all()


@given(seed=SEEDS)
@few
def test_vehicles_are_in_use_in_repair_in_store_or_destroyed(
    seed: int, run: Callable[[int], Run]
) -> None:
    r = run(seed)
    p, setting = r.p["equipment"], r.campaign.setting
    start = np.concatenate([r.p["forces"].strength[None], r.beginning("strength")])
    bodies = start + r.out["allied_soldiers"]
    hazard = np.stack(
        [setting.side_mean(h, b) for h, b in zip(r.out["hazard"], bodies, strict=True)]
    )
    lost = -(r.out["vehicles"] * np.expm1(-hazard * p.hardness)[:, :, None]).sum(axis=2)
    held = r.out["vehicles"].sum(axis=2) + r.out["damaged"] + r.out["store"]
    new = p.deliveries * (1.0 - r.out["missing_weapons"])
    close(np.diff(held, axis=0), (new - (1.0 - p.damage) * lost)[:-1])
    for name in ("vehicles", "damaged", "store"):
        assert (r.out[name] >= 0).all()
    assert (r.change("store") <= 0).all()


@given(seed=SEEDS)
@few
def test_a_contingent_stands_or_has_fallen(seed: int, run: Callable[[int], Run]) -> None:
    r = run(seed)
    path = r.campaign.paths["arriving"]
    values = r.campaign.priors.index
    assert set(path.rows.tolist()) <= set(values.values())
    held = r.out["troops"] + r.out["troops_lost"]
    came = np.diff(held, axis=0)
    assert (came >= -1e-6).all()
    last = max(np.flatnonzero(path.weights.any(axis=(1, 2))))
    close(held[last + 1 :], held[-1] + 0 * held[last + 1 :])
    assert (np.diff(r.out["troops_lost"], axis=0) >= 0).all()
    assert (r.out["troops"] >= 0).all()


@given(seed=SEEDS)
@few
def test_ground_is_between_none_and_all(seed: int, run: Callable[[int], Run]) -> None:
    r = run(seed)
    assert (r.out["area"] >= 0).all()
    assert (r.out["area"] <= r.campaign.setting.contested).all()


BOUNDS = {
    "cut": (0, 0.9), "works": (0, 1), "picture": (0, 1), "novelty": (0, 1), "store": (0, 1), "flowing": (0, 1),
    "supply": (0, 1.3), "quality": (0, 3), "capacity": (0, 20), "ready": (0.05, 1.2),
}  # fmt: skip


@given(seed=SEEDS)
@few
def test_stocks_stay_what_they_can_be(seed: int, run: Callable[[int], Run]) -> None:
    r = run(seed)
    for name, (low, high) in BOUNDS.items():
        assert r.out[name].min() >= low - 1e-12, name
        assert r.out[name].max() <= high + 1e-12, name


class Pipe:
    """The support pipeline alone, with one flow."""

    def __init__(self, delay: float) -> None:
        self.p = SimpleNamespace(delay=np.array([[delay]]), share=np.array([[0.3]]))
        setting = SimpleNamespace(by_side=lambda kind, x: np.stack([x[0], 0.0 * x[0]]))
        self.w = SimpleNamespace(setting=setting, will=np.ones((1, 1)))

    def arrivals(self, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What arrives in each week, and what is on its way at the end, for a level of support by week."""
        transit = support._normal_transit(self.p, None)
        arrived = []
        for level in levels:
            self.w.transit, self.w.support_level = transit, np.full((1, 1), level)
            vars(self.w).update(support.rule(self.w, self.p))
            arrived.append(self.w.arrivals[0, 0])
            transit = support.close(self.w, self.p)["transit"]
        return np.array(arrived), transit


@given(delay=st.floats(0.3, 60), day=st.integers(0, 40), days=st.integers(1, 60))
@settings(max_examples=40)
def test_a_pause_moves_arrivals_by_no_more_than_its_own_length(
    delay: float, day: int, days: int
) -> None:
    """Eight days of pause cost at most eight days' flow, as long as it lasts and afterwards."""
    halted = np.zeros(7 * 30)
    halted[day : day + days] = 1
    levels = 1 - halted.reshape(30, 7).mean(axis=1)
    paused, on_its_way = Pipe(delay).arrivals(levels)
    normal, before = Pipe(delay).arrivals(np.ones(30))
    behind = np.cumsum(normal - paused)
    assert behind.max() <= days / 7 + 1e-9
    assert behind.min() >= -1e-9
    close(paused.sum() + on_its_way.sum() - before.sum(), levels.sum())


@given(
    delay=st.floats(0.3, 60), at=st.integers(1, 12), weeks=st.integers(1, 12), low=st.floats(0, 1)
)
@settings(max_examples=30)
def test_a_halt_only_delays(delay: float, at: int, weeks: int, low: float) -> None:
    """What was on the way when support stopped arrives, in the same amounts, when it goes on."""
    rng = np.random.default_rng(at)
    levels = low + (1 - low) * rng.random(40)
    steady, _ = Pipe(delay).arrivals(levels)
    halted, _ = Pipe(delay).arrivals(np.concatenate([levels[:at], np.zeros(weeks), levels[at:]]))
    np.testing.assert_allclose(halted[at : at + weeks], 0.0)
    np.testing.assert_allclose(np.concatenate([halted[:at], halted[at + weeks :]]), steady)


@given(delay=st.floats(0.1, 60))
@settings(max_examples=20)
def test_the_mean_delay_is_what_is_said(delay: float) -> None:
    """More than usual is allocated in one week; it arrives after `delay` weeks on average."""
    pipe = Pipe(delay)
    arrived, transit = pipe.arrivals(np.ones(1))
    assert arrived[0] == pytest.approx(1.0)
    before = transit.sum()
    behind = []
    transit[:, 0] += 1.0
    for _ in range(int(12 * delay) + 10):
        behind.append(transit.sum() - before)
        transit, _ = support.moved(transit, np.ones((1, 1)), pipe.p)
    waited = np.trapezoid(behind)
    assert behind[-1] == pytest.approx(0.0, abs=1e-6)
    assert waited == pytest.approx(delay, rel=0.02, abs=0.5)
