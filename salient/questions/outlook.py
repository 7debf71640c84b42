"""What next: each branch of a scenario run from the as-of date on the same posterior draws and the
same random numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import Record, run_numpy
from salient.inference.baselines import BASELINES
from salient.inference.fit import Fit
from salient.inference.forecast import Origin, ahead, draw_origin, published
from salient.inference.observations import observe
from salient.inference.results import Interval
from salient.inference.scores import covered, crps
from salient.mechanisms.base import SLOTS
from salient.questions.findings import (
    SAMPLE_PATHS,
    BranchOutlook,
    Chance,
    Difference,
    Losses,
    MapSeries,
    Score,
)
from salient.scenario.schema import BranchChance

LEVELS = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])
_CHAINS, _DRAWS = 100, 100
Progress = Callable[[str, float], None]
Basis = Literal["simulated", "judgement", "reference"]


@dataclass(frozen=True)
class BranchRun:
    """A branch's run. area: as the first mapper would publish it, [outlook weeks, draws]; record: the raw run."""

    key: str
    area: np.ndarray
    record: Record


@dataclass(frozen=True)
class Outlook:
    """All branches from one fit. weeks: dates on which the outlook's values stand; `origin` is the
    state at the start.
    """

    fitted: Fit
    origin: Origin
    start: np.ndarray
    runs: dict[str, BranchRun]
    weeks: tuple[dt.date, ...]

    @property
    def reference(self) -> BranchRun:
        """What was under way: the first branch."""
        return next(iter(self.runs.values()))

    @cached_property
    def support(self) -> np.ndarray:
        """Mean level of each supporter's simulated futures, full 1 and halted 0, [supporter, draw, future].

        Runs the mechanism of will alone, many futures for each of some posterior draws, so that what its parameters
        leave open is separate from chance.
        """
        fitted = self.fitted
        off = tuple(slot for slot in SLOTS if slot != "will")
        campaign = compile_scenario(fitted.campaign.scenario, fitted.campaign.as_of, None, off)
        position = {name: i for i, name in enumerate(fitted.posterior.names)}
        rows = [position[r.name] for r in campaign.priors.free if r.name in position]
        names = [r.name for r in campaign.priors.free]
        draws = min(_DRAWS, fitted.flat.shape[1])
        z = np.zeros((len(names), draws))
        z[[i for i, n in enumerate(names) if n in position]] = fitted.flat[rows][:, :draws]
        many = np.repeat(z, _CHAINS, axis=1)
        will = run_numpy(campaign, many, seed=fitted.seed, record=("will_now",))["will_now"]
        mean = (1.0 - 0.5 * will[campaign.origin :]).mean(axis=0)
        return mean.reshape(len(mean), draws, _CHAINS)


def look_ahead(fitted: Fit, progress: Progress | None = None) -> Outlook:
    """Run every branch."""
    say = progress or (lambda stage, share: None)
    campaign = fitted.campaign
    origin = draw_origin(fitted.posterior, fitted.flat, fitted.seed)
    keys = list(campaign.scenario.ways)
    runs = {}
    for i, key in enumerate(keys):
        say("running the branches", i / len(keys))
        branch = branch_campaign(fitted, key)
        raw = ahead(branch, fitted.posterior, fitted.flat, origin, fitted.seed)
        area = published(fitted.posterior, fitted.flat, raw["area"], fitted.seed)[campaign.origin :]
        runs[key] = BranchRun(key, area, raw)
    start = published(fitted.posterior, fitted.flat, origin.area[None], fitted.seed)[0]
    weeks = campaign.weeks[campaign.origin + 1 :]
    return Outlook(fitted, origin, start, runs, weeks)


def branch_campaign(fitted: Fit, key: str) -> Campaign:
    """The campaign of a branch, with the priors of the fit."""
    known = fitted.campaign.scenario.branches
    on = {m.slot for m in fitted.campaign.mechanisms}
    off = tuple(slot for slot in SLOTS if slot not in on)
    branch = compile_scenario(
        fitted.campaign.scenario, fitted.campaign.as_of, key if key in known else None, off
    )
    return replace(branch, priors=fitted.campaign.priors)


def branch_outlook(outlook: Outlook, key: str) -> BranchOutlook:
    """A branch in numbers: quantiles by week, the end, the paired difference, chances and losses."""
    run, reference = outlook.runs[key], outlook.reference
    campaign = outlook.fitted.campaign
    branch = campaign.scenario.ways[key]
    with_start = np.concatenate([outlook.start[None], run.area])
    end = run.area[-1]
    difference = None
    if key != reference.key:
        gap = _latent_end(run) - _latent_end(reference)
        difference = Difference(
            Interval.of(gap, "km2"), float((gap > 0).mean()), float((gap == 0).mean())
        )
    paths = with_start[:, :SAMPLE_PATHS].T
    return BranchOutlook(
        key,
        branch.title,
        branch.summary,
        chance(outlook, branch.chance),
        LEVELS,
        np.quantile(with_start, LEVELS, axis=-1),
        paths,
        Interval.of(end, "km2"),
        end,
        difference,
        p_collapse(outlook, run),
        losses(outlook, run),
        tuple(drivers(outlook, key)),
    )


def _latent_end(run: BranchRun) -> np.ndarray:
    return run.record["area"][-1, 0]


def p_collapse(outlook: Outlook, run: BranchRun) -> float:
    """Share of draws in which the presser breaks through at some week of the outlook."""
    if "regime" not in run.record:
        return 0.0
    return float(
        (run.record["regime"][outlook.fitted.campaign.origin :, 0] == 1).any(axis=0).mean()
    )


def losses(outlook: Outlook, run: BranchRun) -> dict[str, Losses]:
    """Killed and wounded over the outlook by side, its allied contingents with it."""
    campaign = outlook.fitted.campaign
    if "casualties" not in run.record:
        return {}
    ahead_weeks = slice(campaign.origin, None)
    own = run.record["casualties"][ahead_weeks, :, 0].sum(axis=0)
    killed = run.record["killed"][ahead_weeks, :, 0].sum(axis=0)
    share = killed / np.maximum(own, 1e-9)
    own = own.copy()
    if "troops_lost" in run.record:
        stock = run.record["troops_lost"]
        for c, side in enumerate(campaign.setting.contingent_side):
            own[side] += stock[-1, c] - stock[campaign.origin, c]
    names = campaign.setting.names["side"]
    return {
        name: Losses(Interval.of(own[i], "people"), Interval.of(own[i] * share[i], "people"))
        for i, name in enumerate(names)
    }


def drivers(outlook: Outlook, key: str) -> list[str]:
    """Parameters through which what the branch changes acts: those of the mechanisms that read what it sets."""
    changes = outlook.fitted.campaign.scenario.ways[key].changes
    slots: set[str] = set()
    for c in changes:
        if c.kind == "support":
            slots |= {"support", "intelligence", "ammunition", "equipment"}
        else:
            slots |= _ACTS_THROUGH.get(c.kind, set())
    return [r.name for r in outlook.fitted.campaign.priors.free if r.group in slots]


_ACTS_THROUGH = {
    "posture": {"posture", "fortification"},
    "surge": {"posture", "readiness"},
    "contingent": {"contingents"},
    "surprise": {"surprise"},
    "interdiction": {"supply"},
    "reinforcement": {"manpower"},
    "detachment": {"reserves"},
    "return": {"reserves"},
    "withdrawal": {"withdrawal"},
    "sanctions": {"production"},
}


def chance(outlook: Outlook, spec: BranchChance) -> Chance:
    """How likely a branch is: a stated judgement, or the share of a supporter's simulated futures that fit it."""
    if spec.given is not None:
        q = spec.given
        basis: Basis = "reference" if q.certain and q.centre == 1.0 else "judgement"
        return Chance(q.centre, q.low, q.high, spec.reason, basis)
    assert spec.supporter is not None
    assert spec.level is not None
    p = will_chances(outlook, spec.supporter, spec.stays == "above", spec.level.centre)
    low, high = np.quantile(p, [0.05, 0.95])
    return Chance(float(p.mean()), float(low), float(high), spec.reason, "simulated")


def will_chances(outlook: Outlook, supporter: str, above: bool, level: float) -> np.ndarray:
    """By posterior draw, the share of its simulated futures whose mean support is above (below) a level."""
    who = outlook.fitted.campaign.setting.names["supporter"].index(supporter)
    mean = outlook.support[who]
    return np.asarray(((mean >= level) if above else (mean < level)).mean(axis=1))


def score(outlook: Outlook, data_dir: Path | None = None) -> Score | None:
    """The outlook against what the first mapper drew afterwards, where that is known; never used in the fit."""
    campaign = outlook.fitted.campaign
    maps = observe(campaign, data_dir, future=True).maps
    first, series = campaign.origin + 1, maps.km2[0, :, 0]
    later = series[first : campaign.steps + 1]
    known = np.isfinite(later)
    if not known.any():
        return None
    n = int(np.flatnonzero(known)[-1]) + 1
    later, known = later[:n], known[:n]
    used = maps.used[0, :first, 0] | (maps.km2[0, :first, 0] > 0)
    past = series[:first][
        used & np.isfinite(series[:first]) & (np.arange(first) >= _first_used(maps.used[0, :, 0]))
    ]
    draws = outlook.reference.area[:n]
    size = draws.shape[1]
    against = {
        name: float(crps(rule(past, n, size, outlook.fitted.seed)[known], later[known]).mean())
        for name, rule in BASELINES.items()
        if len(past) > 8
    }
    spec = campaign.scenario.observe.area[0]
    return Score(
        float(crps(draws[known], later[known]).mean()),
        against,
        int(known.sum()),
        float(covered(draws[known], later[known], 0.5).mean()),
        float(covered(draws[known], later[known], 0.9).mean()),
        MapSeries(
            spec.mapper,
            [d for d, k in zip(outlook.weeks[:n], known, strict=True) if k],
            later[known],
            dataset=spec.dataset,
        ),
    )


def _first_used(used: np.ndarray) -> int:
    return int(np.flatnonzero(used)[0])
