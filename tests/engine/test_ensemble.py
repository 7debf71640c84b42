"""Many draws: JAX against NumPy, and bytes that do not depend on how the draws are worked off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from salient.engine import ensemble
from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import (
    BLOCK,
    Execution,
    Program,
    Start,
    execution,
    prior_draws,
    run,
    run_numpy,
)
from salient.mechanisms.base import CHANNELS
from salient.scenario.schema import Scenario

AS_OF = dt.date(2025, 2, 24)
Normals = Callable[..., np.ndarray]
SMALL = ("area", "strength", "casualties", "regime", "deviation")


def everything(campaign: Campaign) -> tuple[str, ...]:
    """Every name that a run can record."""
    parts = [x.name for m in campaign.mechanisms for x in (*m.stocks, *m.signals)]
    return ("area", "strength", *CHANNELS, *parts)


def same(one: Mapping[str, np.ndarray], two: Mapping[str, np.ndarray]) -> bool:
    """Whether two records have the same bytes."""
    return one.keys() == two.keys() and all(one[k].tobytes() == two[k].tobytes() for k in one)


@contextmanager
def worked_off(**how: int) -> Iterator[None]:
    """With other threads or chunks than usual."""
    token = execution.set(Execution(**how))
    yield
    execution.reset(token)


@pytest.fixture(scope="module")
def hindcast(kursk: Scenario, campaign: Campaign) -> Start:
    """The area forced along a path, and stocks set at the origin, as a fit hands them to a run."""
    origin = compile_scenario(kursk, AS_OF).origin
    area = np.linspace(900, 300, campaign.steps + 1)[:, None]
    rng = np.random.default_rng(4)
    at = {"deviation": rng.standard_normal((1, 300)), "area": 300 + 400 * rng.random((1, 300))}
    return Start(area, origin, at)


def test_jax_and_numpy_agree(campaign: Campaign, hindcast: Start, normals: Normals) -> None:
    """Every stock, signal and channel of every week; forced by a path, and set anew at the origin."""
    z, names = normals(campaign, 300), everything(campaign)
    fast = run(campaign, z, seed=3, record=names, start=hindcast)
    slow = run_numpy(campaign, z, seed=3, record=names, start=hindcast)
    assert fast.keys() == slow.keys()
    part = Start(hindcast.area, hindcast.origin, {k: v[:, 137:] for k, v in hindcast.at.items()})
    later = run(campaign, z[:, 137:], seed=3, record=names, start=part, first_draw=137)
    assert same(later, {k: v[..., 137:] for k, v in fast.items()})
    for name, value in slow.items():
        assert fast[name].shape == value.shape, name
        np.testing.assert_allclose(fast[name], value, rtol=1e-9, atol=1e-9, err_msg=name)
    forced = hindcast.area[1 : hindcast.origin + 1, :, None]
    np.testing.assert_array_equal(
        fast["area"][: hindcast.origin], np.broadcast_to(forced, (hindcast.origin, 1, 300))
    )


@pytest.fixture(scope="module")
def whole(small: Campaign, normals: Normals) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Three and a half blocks of a small campaign: normals and record."""
    z = normals(small, 3 * BLOCK + BLOCK // 2, seed=8)
    return z, run(small, z, seed=5, record=SMALL)


@pytest.mark.parametrize("draws", [1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
def test_the_number_of_draws_changes_no_byte(draws: int, small: Campaign, whole: Any) -> None:
    z, record = whole
    fewer = run(small, z[:, :draws], seed=5, record=SMALL)
    assert same(fewer, {k: v[..., :draws] for k, v in record.items()})


@pytest.mark.parametrize("first", [1, 3, 13, BLOCK // 2, BLOCK - 1, BLOCK + 7])
def test_where_a_batch_begins_changes_no_byte(first: int, small: Campaign, whole: Any) -> None:
    z, record = whole
    later = run(small, z[:, first:], seed=5, record=SMALL, first_draw=first)
    assert same(later, {k: v[..., first:] for k, v in record.items()})


@pytest.mark.parametrize("how", [{"workers": 1}, {"workers": 3}, {"chunk": 1}, {"chunk": 10**6}])
def test_workers_and_chunks_change_no_byte(
    how: dict[str, int], small: Campaign, whole: Any
) -> None:
    z, record = whole
    with worked_off(**how):
        assert same(run(small, z, seed=5, record=SMALL), record)


def test_the_same_run_twice_has_the_same_bytes(small: Campaign, whole: Any) -> None:
    z, record = whole
    assert same(run(small, z, seed=5, record=SMALL), record)
    assert not same(run(small, z, seed=6, record=SMALL), record)


def test_a_record_comes_back_by_week_dims_and_draw(small: Campaign, whole: Any) -> None:
    z, record = whole
    n = z.shape[1]
    assert set(record) == set(SMALL)
    assert record["area"].shape == (small.steps, 1, n)
    assert record["casualties"].shape == (small.steps, 2, 1, n)
    assert all(v.dtype == np.float64 and np.isfinite(v).all() for v in record.values())


def test_without_draws_nothing_is_random(small: Campaign, normals: Normals) -> None:
    from salient.engine.ensemble import free_start, padded, week_data

    z = padded(normals(small, 3))
    data = week_data(small, free_start(small), 1) | {"at": {}}
    program = Program.of(small, SMALL, ())
    import jax

    quiet = jax.jit(lambda z: program.trace(z, None, data))(z)
    assert not np.any(quiet["deviation"])
    assert not np.any(quiet["regime"])


def test_a_program_is_shared_by_campaigns_of_one_shape(kursk: Scenario) -> None:
    made = {
        id(Program.of(compile_scenario(kursk, AS_OF, branch), SMALL, ()))
        for branch in (None, *kursk.branches)
    }
    assert len(made) == 1
    off = compile_scenario(kursk, AS_OF, off=("terrain",))
    assert id(Program.of(off, SMALL, ())) not in made
    assert id(Program.of(compile_scenario(kursk, AS_OF), SMALL[:1], ())) not in made


@pytest.fixture(scope="module")
def branches(kursk: Scenario, normals: Normals) -> dict[str, dict[str, np.ndarray]]:
    """Every branch at the same draws, by NumPy."""
    made = {b: compile_scenario(kursk, AS_OF, b) for b in kursk.branches}
    z = normals(next(iter(made.values())), 60)
    names = ("area", "deviation", "flowing", "will_now", "exposure", "regime", "shells")
    return {b: run_numpy(c, z, seed=9, record=names) for b, c in made.items()}


def test_branches_share_their_past_and_their_noise(branches: Any, kursk: Scenario) -> None:
    origin = compile_scenario(kursk, AS_OF).origin
    under_way = branches["under-way"]
    for name, record in branches.items():
        for key in ("area", "flowing", "shells", "regime"):
            assert record[key][:origin].tobytes() == under_way[key][:origin].tobytes(), (name, key)
        assert record["deviation"].tobytes() == under_way["deviation"].tobytes(), name


def test_branches_differ_in_what_they_change(branches: Any, kursk: Scenario) -> None:
    us = compile_scenario(kursk, AS_OF).setting.names["flow"].index("united-states.weapons")
    assert (branches["support-resumes"]["flowing"][:, us] == 1).all()
    assert (branches["support-wanes"]["flowing"][-1, us] == 0).all()
    assert (branches["under-way"]["flowing"][-1, us] < 1).any()
    assert (
        branches["local-defence"]["exposure"][-1, 0] < branches["under-way"]["exposure"][-1, 0]
    ).mean() > 0.5


def test_support_that_goes_on_leaves_more_shells(branches: Any) -> None:
    resumes, wanes = branches["support-resumes"]["shells"], branches["support-wanes"]["shells"]
    assert (resumes[:, 0] >= wanes[:, 0] - 1e-12).all()
    assert (resumes[-1, 0] > wanes[-1, 0]).all()


def test_prior_draws_go_by_name() -> None:
    one = prior_draws(("a", "b", "c"), 50, 3)
    two = prior_draws(("c", "a"), 80, 3)
    assert one[2].tobytes() == two[0, :50].tobytes()
    assert one[0].tobytes() == two[1, :50].tobytes()
    assert not np.array_equal(one, prior_draws(("a", "b", "c"), 50, 4))
    assert abs(prior_draws(("a",), 20_000, 1).mean()) < 0.03


def test_the_cache_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from salient.engine import cache

    monkeypatch.setenv("SALIENT_CACHE", str(tmp_path / "here"))
    assert cache.folder() == tmp_path / "here"
    monkeypatch.delenv("SALIENT_CACHE")
    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "salient"


def test_padding_repeats_the_last_draw() -> None:
    z = np.arange(6.0).reshape(2, 3)
    padded = ensemble.padded(z)
    assert padded.shape == (2, BLOCK)
    assert (padded[:, 3:] == z[:, 2:]).all()
    full = np.zeros((2, BLOCK))
    assert ensemble.padded(full) is full


def test_draws_that_are_given_one_id_share_their_random_numbers(small, normals):
    z = np.repeat(normals(small, 1), 4, axis=1)
    ids = np.array([3, 3, 900, 3])
    area = run(small, z, seed=1, record=("area",), noise_of=ids)["area"][-1, 0]
    alone = run(small, z[:, :1], seed=1, record=("area",), first_draw=900)["area"][-1, 0]
    assert area[0] == area[1] == area[3]
    assert area[0] != area[2]
    assert area[2] == alone[0]
