"""Casualties counted step by step as what calibrates a campaign, where there is no map.

    log C_i(t) = log casualties_i(t) + e_i(t),    e_i(t) = r_i e_i(t-1) + s_i z,    e_i(0) ~ N(0, s_i^2 / (1 - r_i^2))

casualties are those of the campaign's own law of attrition; a part r of one step's deviation is left at the next.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.compiled import Compiled
from salient.engine.ensemble import (
    BLOCK,
    Program,
    free_start,
    lasting,
    over_blocks,
    padded,
    shape_key,
    week_data,
)
from salient.errors import DataError, Problem
from salient.evidence.readers import Table, read
from salient.numerics import Array, concatenate, log, stack
from salient.scenario.schema import Scenario

RECORD = ("casualties",)
_LOG_2_PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Counted:
    """One series: log of casualties by step [steps], which steps count [steps], its cell and its prior rows."""

    log_count: np.ndarray
    used: np.ndarray
    side: int
    sector: int
    scatter: str
    memory: str
    table: Table


@dataclass(frozen=True)
class CountPosterior:
    """A campaign with casualties counted up to the as-of date. Steps from `origin` on are not used."""

    campaign: Campaign
    seen: tuple[Counted, ...]
    origin: int

    @property
    def names(self) -> tuple[str, ...]:
        """Free parameters, in the order of z."""
        return tuple(r.name for r in self.campaign.priors.free)

    @cached_property
    def data(self) -> dict[str, Any]:
        """Paths and counts as arrays for the compiled program."""
        before = np.arange(self.campaign.steps) < self.origin
        series = [{"y": c.log_count, "used": (c.used & before).astype(float)} for c in self.seen]
        return {
            **week_data(self.campaign, free_start(self.campaign), 0),
            "at": {},
            "series": series,
        }

    @cached_property
    def call(self) -> Compiled:
        """(z [free, BLOCK], data) -> what each count adds to the log likelihood, compiled."""
        cells = tuple((c.side, c.sector, c.scatter, c.memory) for c in self.seen)
        key = (*shape_key(self.campaign, RECORD, ()), cells)
        if key not in _COMPILED:
            _COMPILED[key] = Compiled(self.trace, lasting(self.campaign, key, "counts"))
        return _COMPILED[key]

    def trace(self, z: Array, data: dict[str, Any]) -> tuple[Array, Array, Array]:
        """Log density of each count given those before, its median and its scatter, logs: [steps, series, draws]."""
        campaign = self.campaign
        run = Program(campaign, RECORD).trace(z, None, data)
        values = campaign.priors.natural(z, data["mu"], data["sd"])
        index = campaign.priors.index
        parts = []
        for c, d in zip(self.seen, data["series"], strict=True):
            expected = log(run["casualties"][:, c.side, c.sector] + 1e-9)
            parts.append(_one_ahead(d, expected, values[index[c.scatter]], values[index[c.memory]]))
        density, middle, scatter = (
            stack(list(part)).swapaxes(0, 1) for part in zip(*parts, strict=True)
        )
        return density, middle, scatter

    def log_likelihood(self, z: Array, data: dict[str, Any]) -> Array:
        """Log likelihood of every draw, [draws]."""
        return self.trace(z, data)[0].sum(axis=(0, 1))

    def one_ahead(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each column of z: log density of each count given those before, its median and its scatter."""
        call, data = self.call, self.data
        made = over_blocks(lambda b: tuple(np.asarray(x) for x in call(b, data)), _blocks(z))
        one, two, three = (
            np.concatenate(x, axis=-1)[..., : z.shape[1]] for x in zip(*made, strict=True)
        )
        return one, two, three

    def evaluate(self, z: np.ndarray) -> np.ndarray:
        """Log likelihood of each column of z; NaN becomes minus infinity, so that a broken draw is never kept."""
        out = self.one_ahead(z)[0].sum(axis=(0, 1))
        return np.where(np.isfinite(out), out, -np.inf)


def _one_ahead(
    d: dict[str, Array], expected: Array, s: Array, r: Array
) -> tuple[Array, Array, Array]:
    """Log density, median and scatter of each log count, [steps, draws], given those before it.

    A step that is not counted breaks the chain: the next is taken as if it were the first.
    """
    e = d["y"][:, None] - expected
    used = d["used"][:, None]
    before = concatenate([0.0 * e[:1], e[:-1]])
    chained = concatenate([0.0 * used[:1], used[:-1]])
    lone = s / (1.0 - r**2) ** 0.5
    scatter = chained * s + (1.0 - chained) * lone
    carried = chained * r * before
    z = (e - carried) / scatter
    density = -0.5 * z**2 - log(scatter) - 0.5 * _LOG_2_PI
    return used * density, expected + carried, scatter + 0.0 * e


def prepare_counts(
    scenario: Scenario, as_of: dt.date | None = None, data_dir: Path | None = None
) -> CountPosterior:
    """The posterior to sample. Without a date the scenario's own is taken, else the end of its period.

    Raises DataError when nothing had been counted by the as-of date.
    """
    campaign = compile_scenario(scenario, as_of or scenario.period.as_of)
    seen = tuple(_counted(campaign, i, data_dir) for i in range(len(scenario.observe.casualties)))
    steps = [int(np.flatnonzero(c.used).max()) + 1 for c in seen if c.used.any()]
    if not steps:
        raise DataError(f"nothing had been counted by {campaign.as_of}; take a later as-of date")
    return CountPosterior(campaign, seen, max(steps))


def _counted(campaign: Campaign, i: int, data_dir: Path | None) -> Counted:
    spec, names = campaign.scenario.observe.casualties[i], campaign.setting.names
    table = read(spec.dataset, as_of=campaign.as_of, data_dir=data_dir, empty_ok=True)
    count, step = np.zeros(campaign.steps), campaign.scenario.period.step_days
    for day, value in zip(table["date"], table[spec.column], strict=True):
        t = (day.item() - campaign.weeks[0]).days // step
        if 0 <= t < campaign.steps and np.isfinite(value):
            count[t] += value
    if (count < 0).any():
        hint = "casualties are 0 or more"
        raise DataError(Problem(f"'{spec.column}' falls below 0", file=str(table.file), hint=hint))
    return Counted(
        np.log(np.where(count > 0, count, 1.0)),
        count > 0,
        names["side"].index(spec.side),
        names["sector"].index(spec.sector),
        f"observe.casualties.{i}.scatter",
        f"observe.casualties.{i}.memory",
        table,
    )


def _blocks(z: np.ndarray) -> list[np.ndarray]:
    """Columns in blocks of one size, the last padded with its own last column."""
    return [padded(z[:, i : i + BLOCK]) for i in range(0, z.shape[1], BLOCK)]


_COMPILED: dict[tuple[Any, ...], Any] = {}
