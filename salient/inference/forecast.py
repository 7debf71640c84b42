"""From posterior draws to what may follow: the state at the origin, and runs from it with new noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salient.engine import ensemble
from salient.engine.compile import Campaign
from salient.engine.ensemble import Record, Start
from salient.engine.noise import normal, stream, uniform
from salient.inference.posterior import Posterior
from salient.inference.tempo import Belief
from salient.mechanisms.advance import root, squared
from salient.mechanisms.base import CORE

SHOWN = (
    "area",
    "strength",
    "casualties",
    "killed",
    "regime",
    "fires",
    "supply",
    "will_now",
    "troops_lost",
)
"""What a run ahead records, as far as the chosen mechanisms have it; one list, so that one program is compiled."""


@dataclass(frozen=True)
class Origin:
    """The state at the origin by draw: area above the maps' floor, deviation of tempo, regime; each [sector, draws]."""

    area: np.ndarray
    deviation: np.ndarray
    regime: np.ndarray


def draw_origin(posterior: Posterior, z: np.ndarray, seed: int) -> Origin:
    """One state at the origin for each posterior draw, from the filter's belief: regime first, then x and e."""
    b = posterior.insight(z).belief
    names = posterior.campaign.setting.names["sector"]
    ids = np.arange(z.shape[1], dtype=np.uint32)
    week = np.uint32(posterior.origin)

    def keys(what: str) -> np.ndarray:
        return np.array([stream(what, n) for n in names], dtype=np.uint32)

    u = np.asarray(uniform(np.uint32(seed), keys("origin-regime"), ids, week))
    regime = (u > np.cumsum(b.p, axis=0)[:-1]).sum(axis=0)
    at = Belief(*(np.take_along_axis(f, regime[None], axis=0)[0] for f in b))
    n1, n2 = (
        np.asarray(normal(np.uint32(seed), keys(k), ids, week)) for k in ("origin-x", "origin-e")
    )
    sx = np.sqrt(np.maximum(at.xx, 1e-9))
    x = at.x + sx * n1
    rest = np.maximum(at.ee - at.xe**2 / np.maximum(at.xx, 1e-9), 0.0)
    e = at.e + at.xe / sx * n1 + np.sqrt(rest) * n2
    area = np.minimum(squared(x), posterior.campaign.setting.contested)
    return Origin(area, e, regime.astype(float))


def ahead(
    campaign: Campaign, posterior: Posterior, z: np.ndarray, origin: Origin, seed: int
) -> Record:
    """Run every draw on from its origin; arrays [week, ...] of which those before the origin are as observed.

    `campaign` may be another branch of the posterior's. Noise depends on seed, draw and week alone, so branches of one
    draw share it.
    """
    have = {s.name for m in campaign.mechanisms for s in m.stocks}
    signals = {s.name for m in campaign.mechanisms for s in m.signals}
    record = tuple(r for r in SHOWN if r in have | signals | set(CORE))
    at = {
        k: v for k, v in (("deviation", origin.deviation), ("broken", origin.regime)) if k in have
    }
    start = Start(posterior.seen.path(campaign), posterior.origin, {"area": origin.area, **at})
    return ensemble.run(campaign, z, seed=seed, record=record, start=start)


def published(
    posterior: Posterior,
    z: np.ndarray,
    area: np.ndarray,
    seed: int,
    sector: int = 0,
    mapper: int = 0,
) -> np.ndarray:
    """The area as a mapper would publish it: with the map's noise and floor. area: [week, sector,
    draws] -> [week, draws].
    """
    campaign = posterior.campaign
    values = campaign.priors.natural(z)
    spread = values[campaign.priors.index[posterior.seen.maps.noise[mapper]]]
    key = np.array([stream("published", posterior.seen.maps.mappers[mapper])], dtype=np.uint32)
    ids = np.arange(z.shape[1], dtype=np.uint32)
    noise = np.stack(
        [np.asarray(normal(np.uint32(seed), key, ids, np.uint32(t)))[0] for t in range(len(area))]
    )
    return (
        squared(root(area[:, sector]) + spread * noise) + posterior.seen.maps.floor[mapper, sector]
    )
