"""Prior times likelihood: the one place where the latent campaign meets what was observed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from salient.engine.compile import Campaign
from salient.engine.compiled import Compiled
from salient.engine.ensemble import BLOCK, Program, Start, lasting, over_blocks, padded, week_data
from salient.engine.step import parameters
from salient.evidence.observation import log_normal_report
from salient.inference import tempo
from salient.inference.observations import Observations
from salient.mechanisms.advance import root
from salient.numerics import Array, log

RECORD = ("expected_pace", "break_chance", "break_out_chance", "troops_lost", "casualties")


class Insight(NamedTuple):
    """What the filter learns beside the likelihood: the belief at the origin, the probability of each regime by week
    ([week, regime, sector, draws]) and the pace that the model expects ([week, sector, draws]).
    """

    belief: tempo.Belief
    regimes: Array
    expected_pace: Array


class Target(Protocol):
    """What a sampler needs of a posterior: its campaign, free parameters and log likelihood."""

    @property
    def campaign(self) -> Campaign:
        """The campaign that is fitted."""

    @property
    def names(self) -> tuple[str, ...]:
        """Free parameters, in the order of z."""

    @property
    def data(self) -> dict[str, Any]:
        """Observations and paths as arrays for the compiled program."""

    def log_likelihood(self, z: Array, data: dict[str, Any]) -> Array:
        """Log likelihood of every draw as JAX sees it, [draws]."""

    def evaluate(self, z: np.ndarray) -> np.ndarray:
        """Log likelihood of each column of z, minus infinity for a broken draw."""


@dataclass(frozen=True)
class Posterior:
    """A campaign with its observations. `origin` can lie before the campaign's own, for hindcasts."""

    campaign: Campaign
    seen: Observations
    origin: int

    @property
    def names(self) -> tuple[str, ...]:
        """Free parameters, in the order of z."""
        return tuple(r.name for r in self.campaign.priors.free)

    @cached_property
    def record(self) -> tuple[str, ...]:
        """What the fit needs of a run; stocks of mechanisms that are off are left out."""
        stocks = {s.name for m in self.campaign.mechanisms for s in m.stocks}
        return tuple(r for r in RECORD if r != "troops_lost" or r in stocks)

    @cached_property
    def data(self) -> dict[str, Any]:
        """Observations and paths as arrays for the compiled program."""
        path = self.seen.path(self.campaign)
        run = week_data(self.campaign, Start(path, self.campaign.steps, {}), 0)
        return {**run, "at": {}, "filter": self._filter_data(), "losses": self._loss_data()}

    def _filter_data(self) -> dict[str, Any]:
        maps = self.seen.maps
        used = (
            np.swapaxes(maps.used, 0, 1)
            & (np.arange(maps.used.shape[1]) <= self.origin)[:, None, None]
        )
        y = np.swapaxes(root(np.nan_to_num(maps.above_floor, nan=1.0)), 0, 1)
        first = int(np.flatnonzero(used.any(axis=(1, 2)))[0])
        t = np.arange(self.campaign.steps)
        setting = self.campaign.setting
        return {
            "y": y,
            "seen": used.astype(float),
            "begins": t == first,
            "active": (t >= first) & (t < self.origin),
            "regime": np.zeros(setting.size("sector")),
            "contested": setting.contested,
        }

    def _loss_data(self) -> list[dict[str, Any]]:
        """Each report with the weights by week that interpolate the stock to its day."""
        out = []
        for r in self.seen.losses:
            at = (r.date - self.campaign.weeks[0]).days / 7.0
            day = np.clip(at, 0.0, self.campaign.steps - 1.0)
            weights = np.maximum(0.0, 1.0 - np.abs(np.arange(self.campaign.steps) - day))
            inside = (
                r.date <= self.campaign.weeks[self.origin] or self.origin == self.campaign.origin
            )
            out.append({"weights": weights, "figure": r.figure, "on": float(inside)})
        return out

    @property
    def key(self) -> tuple[Any, ...]:
        """What the program depends on for other processes; empty where it may not be kept for them."""
        return lasting(self.campaign, _key(self), "posterior")

    @cached_property
    def call(self) -> Compiled:
        """(z [free, BLOCK], data) -> (log likelihood [BLOCK], belief at the origin), compiled."""
        key = _key(self)
        if key not in _COMPILED:
            _COMPILED[key] = Compiled(self.trace, self.key, (Insight, tempo.Belief))
        return _COMPILED[key]

    def trace(self, z: Array, data: dict[str, Any]) -> tuple[Array, Insight]:
        """Log likelihood of every draw, [draws], and what the filter learnt on the way."""
        campaign = self.campaign
        run = Program(campaign, self.record).trace(z, None, data)
        values = campaign.priors.natural(z, data["mu"], data["sd"])
        total, belief, regimes = tempo.run(
            data["filter"],
            run["expected_pace"],
            run["break_chance"],
            run["break_out_chance"],
            self.noise(values),
        )
        for r, d in zip(self.seen.losses, data["losses"], strict=True):
            total = total + d["on"] * self._report(r, d, run, values)
        return total, Insight(belief, regimes, run["expected_pace"])

    def log_likelihood(self, z: Array, data: dict[str, Any]) -> Array:
        """Log likelihood of every draw, [draws]."""
        return self.trace(z, data)[0]

    def noise(self, values: Array) -> tempo.Noise:
        """Parameters of the filter from natural values."""
        p = parameters(self.campaign, values)
        index = self.campaign.priors.index
        a, b = p["advance"], p.get("breakthrough")
        maps = values[np.array([index[n] for n in self.seen.maps.noise])]
        breaks = tempo.Breaks(b.size, b.scatter, b.exit) if b is not None else None
        return tempo.Noise(a.jolt, a.drift, a.memory, maps, breaks)

    def _report(self, r: Any, d: dict[str, Any], run: dict[str, Array], values: Array) -> Array:
        """Log density of a report of losses, given what was lost and how its speaker tends to err."""
        if r.of == "contingent":
            latent = (d["weights"][:, None] * run["troops_lost"][:, r.index]).sum(axis=0)
        else:
            before = 1.0 - np.cumsum(d["weights"]) + d["weights"]
            latent = (before[:, None] * run["casualties"][:, r.index].sum(axis=1)).sum(axis=0)
        bias = values[self.campaign.priors.index[r.bias]]
        return log_normal_report(latent + 1.0, d["figure"], log(bias), r.spread)

    def evaluate(self, z: np.ndarray) -> np.ndarray:
        """Log likelihood of each column of z; NaN becomes minus infinity, so that a broken draw is never kept."""
        call, data = self.call, self.data
        parts = over_blocks(lambda b: np.asarray(call(b, data)[0]), _blocks(z))
        out = np.concatenate(parts)[: z.shape[1]]
        return np.where(np.isfinite(out), out, -np.inf)

    def insight(self, z: np.ndarray) -> Insight:
        """What the filter learns for each column of z. Kept for the last arrays it was asked of."""
        import jax

        for draws, known in self._learnt:
            if draws is z:
                return known
        call, data = self.call, self.data
        parts = over_blocks(lambda b: call(b, data)[1], _blocks(z))
        out: Insight = jax.tree.map(
            lambda *x: np.concatenate([np.asarray(v) for v in x], axis=-1)[..., : z.shape[1]],
            *parts,
        )
        self._learnt[:] = [(z, out), *self._learnt[:1]]
        return out

    @cached_property
    def _learnt(self) -> list[tuple[np.ndarray, Insight]]:
        """The last arrays of draws and what the filter learnt of them."""
        return []


def _blocks(z: np.ndarray) -> list[np.ndarray]:
    """Columns in blocks of one size, the last padded with its own last column."""
    return [padded(z[:, i : i + BLOCK]) for i in range(0, z.shape[1], BLOCK)]


_COMPILED: dict[tuple[Any, ...], Compiled] = {}


def _key(p: Posterior) -> tuple[Any, ...]:
    from salient.engine.ensemble import shape_key

    reports = tuple((r.of, r.index, r.bias, r.spread) for r in p.seen.losses)
    paths = tuple((k, v.weights.shape) for k, v in p.campaign.paths.items())
    return (*shape_key(p.campaign, p.record, ()), reports, p.seen.maps.noise, paths)
