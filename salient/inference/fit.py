"""From a scenario and an as-of date to a posterior, with everything that says whether to believe it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.priors import Prior
from salient.errors import Problem, SalientError
from salient.inference import nuts, smc, start
from salient.inference.counts import CountPosterior
from salient.inference.forecast import ahead, draw_origin, published
from salient.inference.history import with_history
from salient.inference.observations import observe
from salient.inference.posterior import Insight, Posterior, Target
from salient.inference.results import Check, Diagnostics, Hindcast, Interval, ParameterRow
from salient.inference.scores import covered
from salient.mechanisms.advance import WITH_OUTLIERS, root
from salient.scenario.schema import Scenario

Sampler = Literal["smc", "nuts"]
Progress = Callable[[str, float], None]
HINDCAST_WEEKS = (4, 13)
PACE_LIMIT = 0.0455
"""Chance that a mean pace as it should be is said to be off in any of the sectors: two standard errors for one."""


@dataclass(frozen=True)
class Sampled:
    """Posterior draws of a campaign. z: [free, chain, draw]; for SMC a chain is an island."""

    posterior: Target
    seed: int
    sampler: Sampler
    z: np.ndarray
    accepted: float
    unique: float
    forgot: float
    divergences: int
    log_evidence: float | None

    @property
    def campaign(self) -> Campaign:
        """The campaign that was fitted."""
        return self.posterior.campaign

    @cached_property
    def flat(self) -> np.ndarray:
        """Draws of all chains together, [free, draws]."""
        return self.z.reshape(self.z.shape[0], -1)

    @cached_property
    def ess(self) -> np.ndarray:
        """Effective draws of each free parameter by ArviZ, over chains (islands of SMC), [free]."""
        return np.asarray(_arviz().ess(np.moveaxis(self.z, 0, 2), chain_axis=0, draw_axis=1))


@dataclass(frozen=True)
class Fit(Sampled):
    """Posterior draws of a campaign that was fitted to maps."""

    posterior: Posterior

    @cached_property
    def insight(self) -> Insight:
        """What the filter learns from the posterior draws."""
        return self.posterior.insight(self.flat)


@dataclass(frozen=True)
class CountFit(Sampled):
    """Posterior draws of a campaign that was fitted to counted casualties."""

    posterior: CountPosterior


def prepare(
    scenario: Scenario,
    as_of: dt.date | None = None,
    data_dir: Path | None = None,
    off: tuple[str, ...] = (),
) -> Posterior:
    """The posterior to sample: the compiled campaign with priors from history, and what was seen by the as-of date.

    Without a date the scenario's own is taken, else the end of its period. Raises SalientError where there is no map,
    or no mechanism moves the line, so that maps have nothing to say.
    """
    campaign = compile_scenario(scenario, as_of or scenario.period.as_of, off=off)
    if scenario.observe.mapped and "advance" not in campaign.parameter_rows:
        hint = "choose power-ratio or by-sector, or use `salient run`, which needs no fit"
        message = "maps show how the line moves, and no mechanism moves it"
        raise SalientError(Problem(message, key="mechanisms.advance", hint=hint))
    campaign = replace(campaign, priors=with_history(campaign, data_dir))
    return Posterior(campaign, observe(campaign, data_dir), campaign.origin)


def fit(
    posterior: Posterior,
    seed: int = 1,
    draws: int = 2000,
    sampler: Sampler = "smc",
    progress: Progress | None = None,
) -> Fit:
    """Sample a posterior. draws: particles of SMC (a multiple of 4), or draws of four NUTS chains together.

    Raises SalientError when no draw of the prior explains the data.
    """
    if sampler == "smc" and progress:
        progress("reading the maps", 0.0)
    begin = start.of(posterior) if sampler == "smc" else None
    # begun near the maps, a front needs fewer moves than a campaign that begins at its prior
    plan = None if begin is None else smc.Plan(draws, moves=6, last_moves=24)
    made = _sampled(posterior, seed, draws, sampler, progress, plan, begin)
    return Fit(posterior, seed, sampler, *made)


def fit_counts(
    posterior: CountPosterior,
    seed: int = 1,
    draws: int = 2000,
    sampler: Sampler = "smc",
    progress: Progress | None = None,
) -> CountFit:
    """The same for a campaign that is calibrated to counted casualties."""
    # days settle the rates far within their priors, and a run costs little: more moves than for a map
    plan = smc.Plan(draws, moves=24, last_moves=96)
    made = _sampled(posterior, seed, draws, sampler, progress, plan)
    return CountFit(posterior, seed, sampler, *made)


_Outcome = tuple[np.ndarray, float, float, float, int, float | None]


def _sampled(
    posterior: Target,
    seed: int,
    draws: int,
    sampler: Sampler,
    progress: Progress | None,
    plan: smc.Plan | None = None,
    begin: start.Start | None = None,
) -> _Outcome:
    """Draws, and from the share of moves accepted to the log evidence what `Sampled` says of them."""

    def from_begin(e: np.ndarray) -> np.ndarray:
        assert begin is not None
        return posterior.evaluate(begin.z(e)) + begin.log_weight(e)

    say = progress or (lambda stage, share: None)
    say("compiling the model", 0.0)
    posterior.evaluate(np.zeros((len(posterior.names), 1)))
    if sampler == "nuts":
        say("sampling with NUTS", 0.0)
        chains = nuts.sample(posterior, seed, draws=max(draws // 4, 100))
        flat = chains.z.reshape(chains.z.shape[0], -1)
        unique = np.unique(flat, axis=1).shape[1] / chains.z[0].size
        return chains.z, np.nan, unique, np.nan, chains.divergences, None
    try:
        likelihood = posterior.evaluate if begin is None else from_begin
        p = smc.sample(posterior.names, likelihood, seed, plan or smc.Plan(draws), say)
    except ValueError as e:
        raise SalientError(
            f"the fit cannot start: {e}; look at the priors with: salient fit --diagnose"
        ) from None
    z, evidence = p.z, p.log_evidence
    if begin is not None:
        z = begin.z(z.reshape(len(z), -1)).reshape(z.shape)
        evidence += begin.log_volume
    return z, p.accepted[-1], p.unique, float(p.moved.min()), 0, evidence


def parameter_rows(fitted: Sampled) -> list[ParameterRow]:
    """Each free parameter before and after the data, in the order of contraction."""
    rows = [
        _parameter_row(prior, z)
        for prior, z in zip(fitted.campaign.priors.free, fitted.flat, strict=True)
    ]
    return sorted(rows, key=lambda r: (-r.contraction, r.name))


def _parameter_row(prior: Prior, z: np.ndarray) -> ParameterRow:
    median, low, high = prior.interval
    after = tuple(prior.natural(float(v)) for v in np.quantile(z, [0.5, 0.05, 0.95]))
    return ParameterRow(
        prior.name,
        prior.label,
        prior.unit,
        Interval(median, low, high, unit=prior.unit),
        Interval(after[0], after[1], after[2], unit=prior.unit),
        contraction=float(1.0 - z.var()),
        shift=float(z.mean()),
        source=prior.source,
        trust=prior.trust,
        group=prior.group,
        kind=prior.kind,
    )


def diagnose(fitted: Sampled) -> Diagnostics:
    """Whether the draws can be trusted, and whether the model moves as fast as the line did.

    R-hat and effective sample size by ArviZ over chains (islands of SMC).
    """
    rhat = _arviz().rhat(np.moveaxis(fitted.z, 0, 2), chain_axis=0, draw_axis=1)
    worst_rhat = float(rhat.max())
    least_ess = float(fitted.ess.min())
    limit = 1.02 if fitted.sampler == "smc" else 1.01
    rows = [
        Check("R-hat, worst parameter", worst_rhat, f"at most {limit}", worst_rhat <= limit),
        Check("effective draws, worst parameter", least_ess, "at least 400", least_ess >= 400),
        Check(
            "share of draws that are unique", fitted.unique, "at least 0.9", fitted.unique >= 0.9
        ),
    ]
    if fitted.sampler == "smc":
        rows += [
            Check(
                "share of last moves accepted",
                fitted.accepted,
                "at least 0.1",
                fitted.accepted >= 0.1,
            ),
            Check(
                "how far the last moves forgot, worst parameter",
                fitted.forgot,
                "at least 0.5",
                fitted.forgot >= 0.5,
            ),
        ]
    else:
        rows.append(
            Check(
                "divergent transitions", float(fitted.divergences), "none", fitted.divergences == 0
            )
        )
    if isinstance(fitted, Fit) and (paces := mean_paces(fitted)):
        rows.append(_pace_check(paces))
    return Diagnostics(
        all(r.ok for r in rows), tuple(rows), tuple(_sentence(r) for r in rows if not r.ok)
    )


def effective_draws(fitted: Sampled) -> np.ndarray:
    """How many independent draws each free parameter has, [free]: never more than there are unique ones."""
    unique = np.array([np.unique(row).size for row in fitted.flat])
    return np.minimum(fitted.ess, unique)


def _arviz() -> Any:
    """ArviZ's statistics of draws, without its plots, which take seconds to import."""
    try:
        from arviz_stats.base import array_stats
    except ImportError:
        raise SalientError(
            "the diagnostics need ArviZ; install it with: pip install 'salient-model[fit]'"
        ) from None
    return array_stats


def _sentence(check: Check) -> str:
    if check.name.startswith("pace"):
        return (
            f"The fitted mean pace misses the observed one by {check.value:.1f} of its standard errors: "
            "the model is not moving as the line did, and its outlook should not be relied on."
        )
    return f"The fit has not converged: {check.name} is {check.value:.3g}, where {check.limit} is right."


@dataclass(frozen=True)
class MeanPace:
    """Mean pace of a sector over its positional weeks, km a week: observed, its standard error, and fitted by draw."""

    sector: str
    observed: float
    error: float
    fitted: np.ndarray

    @property
    def misses(self) -> float:
        """How far the fitted one is from the observed, in standard errors."""
        return abs(float(np.median(self.fitted)) - self.observed) / self.error


def mean_paces(fitted: Fit) -> list[MeanPace]:
    """The mean pace of each sector with a map, over weeks that are more likely positional than not.

    The standard error counts that deviations of tempo last: its variance is that of the mean of an AR(1) and of jolts.
    """
    p, info = fitted.posterior, fitted.insight
    active = p.data["filter"]["active"]
    noise = p.noise(p.campaign.priors.natural(fitted.flat))
    path = root(p.seen.path(p.campaign))
    out = []
    for j, sector in enumerate(p.campaign.setting.names["sector"]):
        ordinary = info.regimes[:, 0, j].mean(axis=-1) > 0.5
        weeks = np.flatnonzero(active & ordinary)
        if not p.seen.maps.used[:, :, j].any() or not weeks.size:
            continue
        n, phi, drift, jolt = len(weeks), *(_of_sector(v, j) for v in _OF_PACE(noise))
        lasting = drift**2 * (1.0 + phi) / (1.0 - phi) / n
        error = float(np.sqrt(np.mean(lasting + WITH_OUTLIERS * jolt**2 / n)))
        observed = float(-(path[weeks + 1, j] - path[weeks, j]).mean())
        out.append(MeanPace(sector, observed, error, info.expected_pace[weeks, j].mean(axis=0)))
    return out


_OF_PACE = attrgetter("memory", "drift", "jolt")


def _of_sector(value: np.ndarray, j: int) -> np.ndarray:
    """A parameter of one sector, [draws]: some are given by sector, others for all."""
    return value[j] if value.ndim == 2 else value


def _pace_check(paces: Sequence[MeanPace]) -> Check:
    worst = max(paces, key=lambda p: p.misses)
    limit = NormalDist().inv_cdf(1.0 - PACE_LIMIT / (2.0 * len(paces)))
    where = f" in {worst.sector}, the worst of {len(paces)} sectors" if len(paces) > 1 else ""
    name = f"pace, fitted against observed, in standard errors{where}"
    return Check(name, worst.misses, f"at most {limit:.2g}", worst.misses <= limit)


def hindcasts(fitted: Fit) -> list[Hindcast]:
    """What the fitted model says of the as-of week from 4 and 13 weeks before, by sector. In sample: the fit has
    seen the outcome.
    """
    out = []
    p = fitted.posterior
    for weeks in HINDCAST_WEEKS:
        first = p.origin - weeks
        if first < 1 or not p.seen.maps.used[:, : first + 1].any():
            continue
        then = replace(p, origin=first)
        run = ahead(
            p.campaign, then, fitted.flat, draw_origin(then, fitted.flat, fitted.seed), fitted.seed
        )
        for j, sector in enumerate(p.campaign.setting.names["sector"]):
            truth = p.seen.maps.km2[0, p.origin, j]
            if not np.isfinite(truth):
                continue
            y = published(p, fitted.flat, run["area"][: p.origin], fitted.seed, j)[-1]
            half, most = (
                bool(covered(y[None], np.array([truth]), level)[0]) for level in (0.5, 0.9)
            )
            origin, said = p.campaign.weeks[first], Interval.of(y, "km2")
            out.append(Hindcast(weeks, origin, said, float(truth), half, most, sector))
    return out


def curvature(posterior: Target, width: float = 2.5, points: int = 21) -> list[tuple[str, float]]:
    """Largest second derivative of the log posterior along each parameter through the prior's centre, worst first.

    All but pace, breakthrough size and the spreads should stay under 20: larger ones hold the sampler up.
    """
    grid = np.linspace(-width, width, points)
    n = len(posterior.names)
    z = np.zeros((n, n * points))
    for i in range(n):
        z[i, i * points : (i + 1) * points] = grid
    value = posterior.evaluate(z) - 0.5 * (z**2).sum(axis=0)
    second = np.diff(value.reshape(n, points), n=2, axis=1) / (grid[1] - grid[0]) ** 2
    worst = np.abs(second).max(axis=1)
    return sorted(zip(posterior.names, worst.tolist(), strict=True), key=lambda r: -r[1])


def prior_predictive(posterior: Posterior, draws: int = 1000, seed: int = 1) -> Interval:
    """Mean pace that the priors alone expect over the fitted weeks, km/week."""
    from salient.engine.ensemble import prior_draws

    z = prior_draws(posterior.names, draws, seed)
    active = posterior.data["filter"]["active"]
    return Interval.of(posterior.insight(z).expected_pace[active, 0].mean(axis=0), "km/week")


__all__ = [
    "CountFit",
    "Fit",
    "MeanPace",
    "Posterior",
    "Sampled",
    "curvature",
    "diagnose",
    "effective_draws",
    "fit",
    "fit_counts",
    "hindcasts",
    "mean_paces",
    "parameter_rows",
    "prepare",
    "prior_predictive",
]
