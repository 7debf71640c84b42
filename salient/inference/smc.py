"""Tempered sequential Monte Carlo with preconditioned Crank-Nicolson moves: no gradient, and it may have two humps.

Particles start as draws of the prior and pass through posteriors of a likelihood raised to a growing power; the power
grows so that half of the effective sample remains (Del Moral, Doucet and Jasra 2006). Between powers each particle
moves by a proposal that keeps a Gaussian around the particles' own mean (Cotter et al. 2013), tuned to accept a
quarter. The particles live on islands that never exchange: the agreement of islands is the convergence check.
Random numbers are keyed by parameter name, particle and move, so neither batch nor workers matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from salient.engine.ensemble import over_blocks, prior_draws
from salient.engine.noise import normal, stream, uniform

LogLikelihood = Callable[[np.ndarray], np.ndarray]
Progress = Callable[[str, float], None]
ACCEPT = 0.25


@dataclass(frozen=True)
class Particles:
    """Draws of the posterior. z: [free, island, particle]; loglik [island, particle].

    powers: the ladder; accepted: share of moves taken at each; unique: share of particles that differ from all others;
    moved: by parameter, 1 - correlation between a particle before and after the last moves: how far it forgot.
    """

    z: np.ndarray
    loglik: np.ndarray
    powers: tuple[float, ...]
    accepted: tuple[float, ...]
    unique: float
    moved: np.ndarray
    log_evidence: float


@dataclass(frozen=True)
class Plan:
    """How much work: particles in all, islands, moves at each power and at the last."""

    particles: int = 2000
    islands: int = 4
    moves: int = 12
    last_moves: int = 36
    keep: float = 0.5


def sample(
    names: tuple[str, ...],
    loglik: LogLikelihood,
    seed: int,
    plan: Plan | None = None,
    progress: Progress | None = None,
) -> Particles:
    """Sample the posterior of standard normal parameters. loglik takes [free, particles].

    Raises ValueError when no draw of the prior has a finite likelihood.
    """
    plan = plan or Plan()
    n = plan.particles
    z = prior_draws(names, n, seed).copy()
    like = loglik(z)
    if not np.isfinite(like).any():
        raise ValueError("no draw of the prior can explain the data at all")
    chance = _Chance(names, n, seed)
    power, powers, accepted, step, evidence = 0.0, [0.0], [], 0.3, 0.0
    moved = np.zeros(len(names))
    while power < 1.0:
        new = _next_power(like, power, plan.keep)
        weight = (new - power) * np.where(np.isfinite(like), like, -1e30)
        evidence += float(np.log(np.mean(np.exp(weight - weight.max()))) + weight.max())
        index = _resample(weight.reshape(plan.islands, -1), chance)
        z, like, power = z[:, index], like[index], new
        moves = plan.last_moves if power >= 1.0 else plan.moves
        before = z
        z, like, rate, step = _move(z, like, loglik, power, step, moves, plan.islands, chance)
        moved = 1.0 - _correlation(before, z)
        powers.append(power)
        accepted.append(rate)
        if progress:
            progress("calibrating", power)
    shape = (plan.islands, n // plan.islands)
    unique = np.unique(z, axis=1).shape[1] / n
    return Particles(
        z.reshape(-1, *shape),
        like.reshape(shape),
        tuple(powers),
        tuple(accepted),
        unique,
        moved,
        evidence,
    )


class _Chance:
    """Random numbers of a sampler: each call is a new week of the same streams."""

    def __init__(self, names: tuple[str, ...], n: int, seed: int) -> None:
        self._keys = np.array([stream("smc", k) for k in names], dtype=np.uint32)
        self._one = np.array([stream("smc-accept")], dtype=np.uint32)
        self._ids = np.arange(n, dtype=np.uint32)
        self._seed = np.uint32(seed)
        self._calls = 0

    def normals(self) -> np.ndarray:
        """[parameter, particle]."""
        self._calls += 1
        call = np.uint32(self._calls)
        halves = np.array_split(self._ids, 2)
        made = over_blocks(lambda ids: normal(self._seed, self._keys, ids, call), halves)
        return np.concatenate(made, axis=1)

    def uniforms(self) -> np.ndarray:
        """[particle]."""
        self._calls += 1
        return np.asarray(uniform(self._seed, self._one, self._ids, np.uint32(self._calls)))[0]


def _next_power(like: np.ndarray, power: float, keep: float) -> float:
    """The power at which the effective sample size is `keep` of the particles, by bisection; 1 if it stays above."""

    def ess(new: float) -> float:
        w = (new - power) * np.where(np.isfinite(like), like, -np.inf)
        w = np.exp(w - w.max())
        return float(w.sum() ** 2 / (w * w).sum() / len(w))

    if ess(1.0) >= keep:
        return 1.0
    low, high = power, 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if ess(middle) >= keep else (low, middle)
    return max(low, power + 1e-6)


def _resample(weight: np.ndarray, chance: _Chance) -> np.ndarray:
    """Systematic resampling on each island; weight is a log, [island, particle]. Returns indices of all particles."""
    islands, m = weight.shape
    offsets = chance.uniforms()[:islands]
    out = []
    for i in range(islands):
        w = np.exp(weight[i] - weight[i].max())
        edges = np.cumsum(w / w.sum())
        edges[-1] = 1.0
        out.append(i * m + np.searchsorted(edges, (np.arange(m) + offsets[i]) / m))
    return np.concatenate(out)


def _move(
    z: np.ndarray,
    like: np.ndarray,
    loglik: LogLikelihood,
    power: float,
    step: float,
    moves: int,
    islands: int,
    chance: _Chance,
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Crank-Nicolson moves that keep N(mean, sd) of each island's particles; returns also acceptance and step."""
    taken = []
    for k in range(moves):
        if k % 6 == 0:
            mean, sd = _per_island(z, islands)
            tilt = _tilt(z, mean, sd)
        kick = sd * chance.normals()
        new = mean + np.sqrt(1.0 - step**2) * (z - mean) + step * kick
        new_like = loglik(new)
        new_tilt = _tilt(new, mean, sd)
        ratio = power * (new_like - like) + new_tilt - tilt
        yes = np.log(chance.uniforms()) < np.where(np.isfinite(new_like), ratio, -np.inf)
        z, like, tilt = (
            np.where(yes, new, z),
            np.where(yes, new_like, like),
            np.where(yes, new_tilt, tilt),
        )
        taken.append(float(yes.mean()))
        step = float(np.clip(step * np.exp(0.5 * (taken[-1] - ACCEPT)), 0.02, 0.95))
    return z, like, float(np.mean(taken)), step


def _tilt(z: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """log of the prior over the Gaussian that the proposal keeps."""
    return (-0.5 * z**2 + 0.5 * ((z - mean) / sd) ** 2).sum(axis=0)


def _per_island(z: np.ndarray, islands: int) -> tuple[np.ndarray, np.ndarray]:
    parts = z.reshape(z.shape[0], islands, -1)
    mean = np.repeat(parts.mean(axis=2), parts.shape[2], axis=1)
    sd = np.repeat(parts.std(axis=2) + 1e-3, parts.shape[2], axis=1)
    return mean, sd


def _correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean(axis=1, keepdims=True)
    return (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1) + 1e-12)
