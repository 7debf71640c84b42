"""The filter against brute force: the same model simulated many times and weighted by the maps."""

import numpy as np
import pytest

from salient.engine import cache
from salient.inference import tempo
from salient.mechanisms.advance import OUTLIER_CHANCE, OUTLIER_SPREAD

WEEKS = 6
JOLT, DRIFT, MEMORY, SIZE, SCATTER, EXIT, MAP = 0.5, 0.4, 0.8, 0.5, 0.6, 0.4, 0.5
CONTESTED = 1160.0


def _data(y):
    """y: [week + 1, map]; NaN where there is no map."""
    seen = np.isfinite(y)
    return {
        "y": np.nan_to_num(y)[..., None],
        "seen": seen[..., None].astype(float),
        "begins": np.arange(WEEKS) == 0,
        "active": np.ones(WEEKS, bool),
        "regime": np.zeros(1),
        "contested": np.array([[CONTESTED]]),
    }


def _filter(y, pace, into, out, breaks=True):
    import jax.numpy as jnp

    cache.use_jax()
    one = jnp.ones(1)
    noise = tempo.Noise(
        *(v * one for v in (JOLT, DRIFT, MEMORY)),
        MAP * jnp.ones((2, 1)),
        tempo.Breaks(*(v * one for v in (SIZE, SCATTER, EXIT))) if breaks else None,
    )
    full = lambda v: v * jnp.ones((WEEKS, 1, 1))  # noqa: E731
    total, belief, regimes = tempo.run(_data(y), full(pace), full(into), full(out), noise)
    return float(total[0]), belief, np.asarray(regimes)


def _brute(y, pace, into, out, n=400_000):
    """Importance weights of simulated paths, from the filter's own opening belief."""
    rng = np.random.default_rng(1)
    seen = np.isfinite(y)
    var = (seen[0] * MAP**2).sum() / seen[0].sum() ** 2 + 0.25
    x = y[0][seen[0]].mean() + np.sqrt(var) * rng.standard_normal(n)
    e = DRIFT * rng.standard_normal(n)
    regime = np.zeros(n, int)
    logw = np.zeros(n)
    total = 0.0
    for t in range(WEEKS):
        u = rng.uniform(size=n)
        enter = np.where(u < into, 1, np.where(u > 1 - out, 2, 0))
        regime = np.where(regime == 0, enter, np.where(rng.uniform(size=n) < EXIT, 0, regime))
        wide = np.where(rng.uniform(size=n) < OUTLIER_CHANCE, OUTLIER_SPREAD, 1.0)
        kept = np.exp(-SIZE * np.exp(SCATTER * rng.standard_normal(n)))
        positional = x - pace - e + wide * JOLT * rng.standard_normal(n)
        area = 0.25 * x**2
        gained = 2 * np.sqrt(CONTESTED - kept * (CONTESTED - area))
        x = np.where(regime == 0, positional, np.where(regime == 1, x * np.sqrt(kept), gained))
        e = MEMORY * e + DRIFT * np.sqrt(1 - MEMORY**2) * rng.standard_normal(n)
        for m in range(2):
            if seen[t + 1, m]:
                logw += -0.5 * ((y[t + 1, m] - x) / MAP) ** 2 - np.log(MAP * np.sqrt(2 * np.pi))
        top = logw.max()
        w = np.exp(logw - top)
        total += top + np.log(w.mean())
        pick = rng.choice(n, n, p=w / w.sum())
        x, e, regime, logw = x[pick], e[pick], regime[pick], np.zeros(n)
    return total, x, e, regime


CASES = {
    "positional": (40 - 0.9 * np.arange(WEEKS + 1.0), 0.8, 0.0, 0.0),
    "one map missing": (40 - 0.9 * np.arange(WEEKS + 1.0), 0.8, 0.01, 0.002),
    "collapse": (np.array([40, 39.2, 38.3, 31.0, 22.0, 20.5, 20.0]), 0.8, 0.02, 0.002),
    "break out": (np.array([30, 29.5, 29.0, 45.0, 55.0, 58.0, 60.0]), 0.5, 0.005, 0.03),
}


@pytest.mark.parametrize("name", CASES)
def test_the_filter_agrees_with_brute_force(name):
    path, pace, into, out = CASES[name]
    y = np.stack([path + 0.2, path - 0.3], axis=1)
    if name == "one map missing":
        y[2:4, 1] = np.nan
    total, belief, regimes = _filter(y, pace, into, out)
    exact, x, e, regime = _brute(y, pace, into, out)
    assert total == pytest.approx(exact, abs=0.35)
    p = np.asarray(belief.p)[:, 0, 0]
    assert p == pytest.approx([(regime == r).mean() for r in range(3)], abs=0.08)
    mean_x = (p * np.asarray(belief.x)[:, 0, 0]).sum()
    mean_e = (p * np.asarray(belief.e)[:, 0, 0]).sum()
    assert mean_x == pytest.approx(x.mean(), abs=0.15)
    assert mean_e == pytest.approx(e.mean(), abs=0.12)
    assert regimes.shape == (WEEKS, 3, 1, 1)


def test_a_mixture_keeps_its_moments():
    rng = np.random.default_rng(2)
    w = np.array([0.2, 0.5, 0.3])[:, None, None]
    part = tempo.Belief(
        w,
        *(rng.normal(size=(3, 1, 1)) for _ in range(2)),
        *(np.full((3, 1, 1), v) for v in (0.4, 0.1, 0.3)),
    )
    one = tempo.merged(w, part)
    flat = w.ravel()
    x, e = part.x.ravel(), part.e.ravel()
    assert one.x.item() == pytest.approx(flat @ x)
    assert one.xx.item() == pytest.approx(0.4 + flat @ (x - flat @ x) ** 2)
    assert one.xe.item() == pytest.approx(0.1 + flat @ ((x - flat @ x) * (e - flat @ e)))


def test_without_breakthroughs_the_filter_is_the_one_in_which_they_never_come():
    y = np.tile(np.linspace(40.0, 36.0, WEEKS + 1)[:, None], (1, 2))
    with_, belief, _ = _filter(y, 0.5, 0.0, 0.0)
    without, calm, regimes = _filter(y, 0.5, 0.0, 0.0, breaks=False)
    assert without == pytest.approx(with_, abs=1e-9)
    assert regimes.shape[1] == 1
    assert calm.x[0] == pytest.approx(np.asarray(belief.x[0]))
    assert calm.ee[0] == pytest.approx(np.asarray(belief.ee[0]))
