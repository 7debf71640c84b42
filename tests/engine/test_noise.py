"""Random numbers by counter: the published vectors, the moments, and what the numbers depend on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salient.engine import noise
from salient.engine.compile import Campaign
from salient.engine.step import noise_at, silence, streams

WORD = st.integers(0, 2**32 - 1)


def u32(*values: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array([v], np.uint32) for v in values)


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_gives_the_known_answers_of_random123(
    counter: tuple[int, int], key: tuple[int, int], expected: tuple[int, int]
) -> None:
    high, low = noise.threefry(u32(*key), u32(*counter))  # type: ignore[arg-type]
    assert (int(high[0]), int(low[0])) == expected


@given(seed=WORD, week=WORD, first=WORD)
@settings(max_examples=30)
def test_numbers_are_inside_0_and_1_and_their_normals_finite(
    seed: int, week: int, first: int
) -> None:
    draws = (first + np.arange(50)).astype(np.uint32)
    keys = np.array([0, 1, 2**31, 2**32 - 1], np.uint32)
    u = noise.uniform(np.uint32(seed), keys, draws, np.uint32(week))
    assert u.shape == (4, 50)
    assert ((u > 0) & (u < 1)).all()
    assert np.isfinite(noise.normal(np.uint32(seed), keys, draws, np.uint32(week))).all()


def test_the_least_and_the_largest_number_are_inside_0_and_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for word in (0, 2**32 - 1):
        ends = np.full((1, 1), word, np.uint32)
        monkeypatch.setattr(noise, "threefry", lambda key, counter, e=ends: (e, e))
        u = noise.uniform(
            np.uint32(0), np.zeros(1, np.uint32), np.zeros(1, np.uint32), np.uint32(0)
        )
        assert 0 < u[0, 0] < 1


def test_moments_and_correlations() -> None:
    keys = np.array(
        [noise.stream("a", "x"), noise.stream("a", "y"), noise.stream("b", "x")], np.uint32
    )
    draws = np.arange(100_000, dtype=np.uint32)
    z = np.stack([noise.normal(np.uint32(7), keys, draws, np.uint32(t)) for t in range(3)])
    n = draws.size
    assert np.abs(z.mean(axis=-1)).max() < 4 / np.sqrt(n)
    assert np.abs((z**2).mean(axis=-1) - 1).max() < 4 * np.sqrt(2 / n)
    assert np.abs((z**3).mean(axis=-1)).max() < 4 * np.sqrt(15 / n)
    assert np.abs((z**4).mean(axis=-1) - 3).max() < 4 * np.sqrt(96 / n)
    together = np.corrcoef(z.reshape(9, n)) - np.eye(9)
    assert np.abs(together).max() < 4.5 / np.sqrt(n)
    u = noise.uniform(np.uint32(7), keys, draws, np.uint32(0))
    counts = np.stack([np.bincount((row * 100).astype(int), minlength=100) for row in u])
    chi2 = ((counts - n / 100) ** 2 / (n / 100)).sum(axis=1)
    assert (chi2 < 160).all()


@given(seed=WORD, week=st.integers(0, 500), first=st.integers(0, 10**6), width=st.integers(1, 60))
@settings(max_examples=30)
def test_a_number_does_not_depend_on_its_batch(
    seed: int, week: int, first: int, width: int
) -> None:
    keys = np.array([3, 99], np.uint32)
    every = np.arange(first, first + 60, dtype=np.uint32)
    whole = noise.uniform(np.uint32(seed), keys, every, np.uint32(week))
    part = noise.uniform(np.uint32(seed), keys[1:], every[60 - width :], np.uint32(week))
    assert whole[1, 60 - width :].tobytes() == part[0].tobytes()


def test_seed_draw_week_and_stream_all_matter() -> None:
    def one(seed: int = 1, key: int = 1, draw: int = 1, week: int = 1) -> float:
        made = noise.uniform(np.uint32(seed), *u32(key, draw), np.uint32(week))
        return float(made[0, 0])

    assert len({one(), one(seed=2), one(key=2), one(draw=2), one(week=2)}) == 5


def test_a_stream_is_its_name_and_cell(campaign: Campaign) -> None:
    assert noise.stream("advance_noise", "kursk") == noise.stream("advance_noise/kursk")
    names = [(n.name, c) for n, _ in streams(campaign) for c in campaign.setting.names[n.dims[0]]]
    keys = np.concatenate([k for _, k in streams(campaign)])
    assert len(set(keys.tolist())) == len(names)
    for (name, cell), key in zip(names, keys, strict=True):
        assert noise.stream(name, cell) == key


def test_a_week_has_every_stream_and_silence_has_none(campaign: Campaign) -> None:
    draws = np.arange(5, dtype=np.uint32)
    made = noise_at(campaign, np.uint32(1), draws, np.uint32(3))
    still = silence(campaign, np.zeros(5))
    assert made.keys() == still.keys() == {n.name for m in campaign.mechanisms for n in m.noise}
    for n, keys in streams(campaign):
        assert made[n.name].shape == still[n.name].shape == (len(keys), 5)
        assert (still[n.name] == (0.5 if n.kind == "uniform" else 0.0)).all()
        if n.kind == "uniform":
            assert ((made[n.name] > 0) & (made[n.name] < 1)).all()


def test_jax_makes_the_same_numbers() -> None:
    from salient.engine.cache import use_jax

    use_jax()
    import jax.numpy as jnp

    keys, draws = np.array([5, 6], np.uint32), np.arange(40, dtype=np.uint32)
    here = noise.uniform(np.uint32(2**32 - 1), keys, draws, np.uint32(9))
    there = noise.uniform(
        jnp.uint32(2**32 - 1), jnp.asarray(keys), jnp.asarray(draws), jnp.uint32(9)
    )
    assert here.tobytes() == np.asarray(there).tobytes()
    normal = noise.normal(jnp.uint32(1), jnp.asarray(keys), jnp.asarray(draws), jnp.uint32(9))
    np.testing.assert_allclose(
        noise.normal(np.uint32(1), keys, draws, np.uint32(9)), normal, rtol=1e-12
    )
