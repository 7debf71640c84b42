"""A state space of tempo: each sector's expected weekly gain moves slowly, and ground is taken in jumps.

    gain[t, s] ~ compound Poisson: N ~ Poisson(kappa mu^q) jumps, each exponential, with mean mu in all
    log mu[t, s] = log lambda[t, s] + publishing noise;  log lambda[t, s] = m[s] + c[t] + x[t, s]
    c: AR(1), common to the front;  x: AR(1) of each sector;  m[s] pooled

More ground means more jumps rather than bigger ones, and exact zeros are weeks without a jump. What a map shows in a
week is more or less than what was taken in it, since those who draw it wait and catch up: publishing noise, new in
each sector and week, with a spread that is learnt. Sampled with NUTS on standard normals. Losses of ground are redrawn
from past losses of sectors that were as active. Needs the extra `fit`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from salient.engine.cache import keep_programs
from salient.errors import Problem, SalientError
from salient.forecasting import analogues
from salient.forecasting.rules import FIRST

SMALLEST = 0.05
"""km2; a smaller gain is a redrawn line and counts as none."""
FASTEST = 150.0
"""km2 a week, the most that a sector's tempo may reach ahead; the fastest week on record by sector is below it."""
WARMUP = 200
KEPT = 200
COPIES = 20
"""Futures drawn for each kept draw of the posterior."""
PADDED_TO = 13
"""A panel is padded to a multiple of so many weeks, so that few shapes are compiled."""
PARTS = ("between", "sd", "kappa", "power", "sd_c", "sd_p")
"""Parameters that can be held at a value."""


def ar(phi: Any, z: Any) -> Any:
    """A stationary AR(1) of unit innovation out of standard normals z [weeks, ...]; the same shape.

    x[t] = sum over k of phi^k z[t-k], the first week scaled to the stationary sd. The sum is a product of
    (1 + phi^(2^j) shift^(2^j)), which takes seven steps for 91 weeks where a matrix of powers takes 8 281 powers.
    """
    import jax.numpy as jnp

    x = jnp.asarray(z).at[0].divide(jnp.sqrt(1.0 - phi**2))
    shift, power = 1, phi
    while shift < len(x):
        past = jnp.pad(x[:-shift], [(shift, 0)] + [(0, 0)] * (x.ndim - 1))
        x, shift, power = x + power * past, 2 * shift, power**2
    return x


def log_density(gain: Any, mean: Any, jumps: Any) -> Any:
    """Log density of compound Poisson-exponential gains of that mean and expected number of jumps; atom at zero.

    f(0) = exp(-n);  f(g) = exp(-n - g/s) sqrt(n / (s g)) I1(2 sqrt(n g / s)), with jump size s = mean / n.
    """
    import jax.numpy as jnp
    from jax.scipy.special import i1e

    some = gain > 0.0
    g = jnp.where(some, gain, 1.0)
    rate = g * jumps / mean
    z = 2.0 * jnp.sqrt(jumps * rate)
    bessel = jnp.log(jnp.maximum(i1e(z), 1e-30)) + z
    dense = -jumps - rate + 0.5 * (2.0 * jnp.log(jumps) - jnp.log(mean) - jnp.log(g)) + bessel
    return jnp.where(some, dense, -jumps)


def model(gain: Any, known: Any, held: Mapping[str, Any] | None = None) -> None:
    """The joint density, for NumPyro. gain: km2 [weeks, sectors]; known: 1 for a week that counts, 0 for padding.

    held: values of the parameters in PARTS that take their part out of the model, NaN where one is learnt.
    """
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as d

    def learnt(name: str, prior: Any) -> Any:
        value = numpyro.sample(name, prior)
        return value if held is None else jnp.where(jnp.isnan(held[name]), value, held[name])

    weeks, sectors = gain.shape
    level = numpyro.sample("level", d.Normal(0.5, 1.0))
    between = learnt("between", d.HalfNormal(1.0))
    own = numpyro.sample("own", d.Normal(0.0, 1.0).expand([sectors]).to_event(1))
    phi = numpyro.sample("phi", d.Beta(18.0, 2.0))
    sd = learnt("sd", d.LogNormal(jnp.log(0.4), 0.4))
    kappa = learnt("kappa", d.LogNormal(jnp.log(0.4), 0.5))
    power = learnt("power", d.Normal(0.85, 0.15))
    z = numpyro.sample("z", d.Normal(0.0, 1.0).expand([weeks, sectors]).to_event(2))
    phi_c = numpyro.sample("phi_c", d.Beta(12.0, 2.0))
    sd_c = learnt("sd_c", d.HalfNormal(0.2))
    zc = numpyro.sample("zc", d.Normal(0.0, 1.0).expand([weeks]).to_event(1))
    log_tempo = level + between * own + sd * ar(phi, z) + (sd_c * ar(phi_c, zc))[:, None]
    numpyro.deterministic("log_tempo", log_tempo)
    sd_p = learnt("sd_p", d.HalfNormal(0.5))
    zp = numpyro.sample("zp", d.Normal(0.0, 1.0).expand([weeks, sectors]).to_event(2))
    log_shown = jnp.clip(log_tempo + sd_p * zp, -12.0, 6.0)
    jumps = kappa * jnp.exp(power * log_shown)
    numpyro.factor("gains", (known[:, None] * log_density(gain, jnp.exp(log_shown), jumps)).sum())


def middle(weeks: int, sectors: int) -> dict[str, Any]:
    """Values near the middle of the prior, where a sampler begins."""
    each, common = np.zeros((weeks, sectors)), np.zeros(weeks)
    return {
        "level": 0.5, "between": 0.7, "own": np.zeros(sectors), "phi": 0.9, "sd": 0.4, "kappa": 0.4, "power": 0.85,
        "z": each, "phi_c": 0.85, "sd_c": 0.1, "zc": common, "sd_p": 0.1, "zp": each,
    }  # fmt: skip


def sample(
    gain: np.ndarray,
    seed: int,
    warmup: int | None = None,
    kept: int | None = None,
    held: Mapping[str, float] | None = None,
) -> dict[str, np.ndarray]:
    """Draws of the posterior [kept, ...]; warmup and kept are WARMUP and KEPT where they are not given.

    held: parameters of PARTS at a value rather than learnt, which takes that part out of the model.
    Raises SalientError when NumPyro is not installed.
    """
    warmup, kept = warmup or WARMUP, kept or KEPT
    n, sectors = gain.shape
    weeks = -(-n // PADDED_TO) * PADDED_TO
    padded = np.zeros((weeks, sectors))
    padded[:n] = np.where(gain < SMALLEST, 0.0, gain)
    known = (np.arange(weeks) < n).astype(float)
    data: tuple[Any, ...] = (padded, known)
    if held is not None:
        data += ({name: held.get(name, np.nan) for name in PARTS},)
    made = _sampler(weeks, sectors, warmup, kept, len(data))(seed, data)
    draws = {k: np.asarray(v, dtype=float) for k, v in made.items()}
    draws |= {name: np.full(kept, value) for name, value in (held or {}).items()}
    draws["log_tempo"] = draws["log_tempo"][:, :n]
    return draws


@cache
def _sampler(
    weeks: int, sectors: int, warmup: int, kept: int, arguments: int
) -> Callable[[int, tuple[Any, ...]], dict[str, Any]]:
    """A program that turns a seed and so many arguments of the model into draws, compiled once for a shape.

    NumPyro's own loop compiles again for every panel, which took longer than the sampling.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import jax
            from numpyro.infer import NUTS, init_to_value
    except ImportError:
        hint = "pip install 'salient-model[fit]'; `salient forecast --model analogues` needs no sampler"
        raise SalientError(Problem("the state space needs NumPyro", hint=hint)) from None
    keep_programs()
    kernel = NUTS(
        model,
        max_tree_depth=7,
        target_accept_prob=0.8,
        init_strategy=init_to_value(values=middle(weeks, sectors)),
    )

    def run(key: Any, data: Any) -> Any:
        def step(state: Any, _: None) -> tuple[Any, Any]:
            state = kernel.sample(state, data, {})
            return state, state.z

        first = kernel.init(key, warmup, None, data, {})
        z = jax.lax.scan(step, first, None, length=warmup + kept)[1]
        z = jax.tree_util.tree_map(lambda each: each[warmup:], z)
        return jax.vmap(kernel.postprocess_fn(data, {}))(z)

    compiled = jax.jit(run)
    return lambda seed, data: dict(compiled(jax.random.PRNGKey(seed), data))


def futures(
    draws: Mapping[str, np.ndarray], horizons: int, rng: np.random.Generator, copies: int = COPIES
) -> np.ndarray:
    """Gross gains of the coming weeks, km2 [horizons, sectors, draws x copies], from the states at the origin."""

    def each(name: str) -> np.ndarray:
        return np.repeat(draws[name], copies, axis=0)

    mean = each("level")[:, None] + each("between")[:, None] * each("own")
    now = each("log_tempo")[:, -1] if draws["log_tempo"].ndim == 3 else each("log_tempo")
    common = np.repeat(_last_common(draws), copies)
    x = now - mean - common[:, None]
    gains = np.empty((horizons, mean.shape[1], len(mean)))
    for t in range(horizons):
        x = each("phi")[:, None] * x + each("sd")[:, None] * rng.standard_normal(x.shape)
        common = each("phi_c") * common + each("sd_c") * rng.standard_normal(len(mean))
        published = each("sd_p")[:, None] * rng.standard_normal(x.shape)
        log_shown = np.minimum(mean + common[:, None] + x + published, np.log(FASTEST))
        expected = each("kappa")[:, None] * np.exp(each("power")[:, None] * log_shown)
        count = rng.poisson(expected)
        size = np.exp(log_shown) / expected
        jumped = rng.standard_gamma(np.maximum(count, 1e-9)) * size
        gains[t] = np.where(count > 0, jumped, 0.0).T
    return gains


def _last_common(draws: Mapping[str, np.ndarray]) -> np.ndarray:
    """The common AR(1) at the last known week, [draws]."""
    weeks = draws["log_tempo"].shape[1]
    lag = weeks - 1 - np.arange(weeks)
    weight = draws["phi_c"][:, None] ** lag
    weight[:, 0] /= np.sqrt(1.0 - draws["phi_c"] ** 2)
    return np.asarray(draws["sd_c"] * (weight * draws["zc"][:, :weeks]).sum(axis=1))


def losses(
    net: np.ndarray, lost: np.ndarray, horizons: int, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Ground lost in the coming weeks, km2 [horizons, sectors, n]: past losses over activity, redrawn."""
    share, half_life = analogues.SHARES[0], analogues.HALF_LIVES[-1]
    weeks = len(net)
    then = np.stack(
        [analogues.activity(net[:u], share, half_life) for u in range(FIRST, weeks + 1)]
    )
    ratio, size = (lost[FIRST:] / then[:-1]).ravel(), np.log(then[:-1]).ravel()
    out = np.empty((horizons, net.shape[1], n))
    for s, now in enumerate(then[-1]):
        weight = np.exp(-((size - np.log(now)) ** 2) / (2.0 * analogues.BANDWIDTH**2))
        out[:, s] = now * ratio[rng.choice(len(ratio), (horizons, n), p=weight / weight.sum())]
    return out


def paths(
    gained: np.ndarray,
    lost: np.ndarray,
    horizons: int,
    seed: int,
    held: Mapping[str, float] | None = None,
) -> np.ndarray:
    """Net change from the origin to the end of each coming week, km2 [horizons, sectors, futures].

    gained, lost: km2 [weeks, sectors], up to the origin. Same seed, same numbers.
    """
    draws = sample(gained, seed, held=held)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0x7E3B0])))
    up = futures(draws, horizons, rng)
    down = losses(gained - lost, lost, horizons, up.shape[-1], rng)
    return np.cumsum(up - down, axis=0)
