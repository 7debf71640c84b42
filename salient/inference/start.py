"""Where the sampler of a whole front begins: a Gaussian about the best values of what only the filter reads.

A front has some fifty numbers that say how its line moves in each sector (pace, jolt, drift, memory and the error of
the map), and weeks of maps settle them far within their priors. From the prior the sampler needs fifty steps of
temperature to get there. So they are first fitted alone, with all else at the middle of its prior: the maximum of their
posterior and its curvature (Laplace). The sampler then begins with draws of that Gaussian in the place of the prior's,
and its target is divided by it, so what comes out is the same posterior (Neal 2001, Statistics and Computing 11:
annealing may begin from any distribution that covers the target).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from salient.engine import cache
from salient.errors import SalientError
from salient.inference import tempo
from salient.inference.posterior import Posterior
from salient.numerics import Array

OWN = ("pace", "jolt", "drift", "memory")
"""Parameters of `advance` that act through the filter alone."""
WIDER = 1.2
"""The Gaussian is so much wider than the curvature says, so that it covers the tails."""
_STEP = 0.05


@dataclass(frozen=True)
class Start:
    """z = centre + factor e for some rows of z, with e standard normal. rows: [k], centre: [k], factor: [k, k]."""

    rows: np.ndarray
    centre: np.ndarray
    factor: np.ndarray

    def z(self, e: np.ndarray) -> np.ndarray:
        """Draws on the scale of the prior from those on the scale of the start, [free, draws]."""
        out = e.copy()
        out[self.rows] = self.centre[:, None] + self.factor @ e[self.rows]
        return out

    def log_weight(self, e: np.ndarray) -> np.ndarray:
        """Log of the prior over the start's own density, up to a constant, [draws]."""
        return np.asarray(0.5 * (e[self.rows] ** 2 - self.z(e)[self.rows] ** 2).sum(axis=0))

    @property
    def log_volume(self) -> float:
        """Log of the factor's determinant, which the log evidence needs."""
        return float(np.log(np.diag(self.factor)).sum())


def of(posterior: Posterior) -> Start | None:
    """The start of a campaign whose maps show more than one sector; None for one sector, whose prior is near enough."""
    if posterior.seen.maps.used.any(axis=(0, 1)).sum() < 2:
        return None
    rows = own_rows(posterior)
    density = _Density(posterior, rows)
    centre = _best(density, len(rows))
    factor = np.linalg.cholesky(_covariance(density, centre)) * WIDER
    return Start(rows, centre, factor)


def own_rows(posterior: Posterior) -> np.ndarray:
    """Rows of z that the filter alone reads."""
    heads = {f"advance.{k}" for k in OWN} | set(posterior.seen.maps.noise)
    return np.array([i for i, n in enumerate(posterior.names) if n.partition("[")[0] in heads])


class _Density:
    """Log posterior of the own rows, all else at the middle of its prior, with gradient: [k, draws] -> [draws]."""

    def __init__(self, posterior: Posterior, rows: np.ndarray) -> None:
        import jax
        import jax.numpy as jnp

        cache.use_jax()
        priors, free = posterior.campaign.priors, len(posterior.names)
        middle = np.zeros((free, 1))
        expected = np.asarray(posterior.insight(middle).expected_pace)
        names = [f"advance.pace[{s}]" for s in posterior.campaign.setting.names["sector"]]
        paces = np.array([priors.index.get(n, priors.index.get("advance.pace")) for n in names])
        usual = priors.natural(middle)[paces]
        data = posterior.data["filter"]

        def log_posterior(own: Array) -> Array:
            z = jnp.zeros((free, own.shape[1])).at[rows].set(own)
            values = priors.natural(z)
            pace = expected * (values[paces] / usual)[None]
            total = tempo.run(data, pace, 0.0 * pace, 0.0 * pace, posterior.noise(values))[0]
            return total - 0.5 * (own**2).sum(axis=0)

        def both(own: Array) -> tuple[Array, Array]:
            value, back = jax.vjp(log_posterior, own)
            return value, back(jnp.ones_like(value))[0]

        self._call: Any = jax.jit(both)
        self._width = 2 * len(rows)

    def __call__(self, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Value and gradient of up to twice as many columns as there are rows, padded so that one program serves."""
        n = own.shape[1]
        full = np.concatenate([own, np.repeat(own[:, -1:], self._width - n, axis=1)], axis=1)
        value, slope = self._call(full)
        return np.asarray(value, dtype=float)[:n], np.asarray(slope, dtype=float)[:, :n]


def _best(density: _Density, k: int) -> np.ndarray:
    """The maximum, by L-BFGS from the prior's middle."""
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise SalientError(
            "a fit needs SciPy; install it with: pip install 'salient-model[fit]'"
        ) from None

    def down(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = density(x[:, None])
        return -float(value[0]), -slope[:, 0]

    found = minimize(down, np.zeros(k), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x, dtype=float)


def _covariance(density: _Density, centre: np.ndarray) -> np.ndarray:
    """The inverse of the negative curvature by differences of the gradient; at no point wider than the prior."""
    k = len(centre)
    around = np.concatenate([_STEP * np.eye(k), -_STEP * np.eye(k)], axis=1) + centre[:, None]
    slope = density(around)[1]
    curvature = (slope[:, k:] - slope[:, :k]) / (2.0 * _STEP)
    value, axes = np.linalg.eigh(0.5 * (curvature + curvature.T))
    return np.asarray((axes / np.maximum(value, 1.0)) @ axes.T)
