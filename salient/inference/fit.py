"""From a scenario and an as-of date to a posterior, with everything that says whether to believe it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.priors import Prior
from salient.errors import SalientError
from salient.inference import nuts, smc
from salient.inference.counts import CountPosterior
from salient.inference.forecast import ahead, draw_origin, published
from salient.inference.history import with_history
from salient.inference.observations import observe
from salient.inference.posterior import Insight, Posterior, Target
from salient.inference.results import Check, Diagnostics, Hindcast, Interval, ParameterRow
from salient.inference.scores import covered
from salient.mechanisms.advance import root
from salient.scenario.schema import Scenario

Sampler = Literal["smc", "nuts"]
Progress = Callable[[str, float], None]
HINDCAST_WEEKS = (4, 13)


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

    Without a date the scenario's own is taken, else the end of its period.
    """
    campaign = compile_scenario(scenario, as_of or scenario.period.as_of, off=off)
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
    return Fit(posterior, seed, sampler, *_sampled(posterior, seed, draws, sampler, progress))


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
) -> _Outcome:
    """Draws, and from the share of moves accepted to the log evidence what `Sampled` says of them."""
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
        p = smc.sample(posterior.names, posterior.evaluate, seed, plan or smc.Plan(draws), say)
    except ValueError as e:
        raise SalientError(
            f"the fit cannot start: {e}; look at the priors with: salient fit --diagnose"
        ) from None
    return p.z, p.accepted[-1], p.unique, float(p.moved.min()), 0, p.log_evidence


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
    if isinstance(fitted, Fit):
        rows.append(_pace_check(fitted))
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


def mean_paces(fitted: Fit) -> tuple[float, float, np.ndarray]:
    """Observed mean pace over positional weeks with its standard error, and the fitted one by draw; km/week.

    The standard error counts that deviations of tempo last: its variance is that of the mean of an AR(1) and of jolts.
    """
    p, info = fitted.posterior, fitted.insight
    f = p.data["filter"]
    ordinary = info.regimes[:, 0, 0].mean(axis=-1) > 0.5
    weeks = np.flatnonzero(f["active"] & ordinary)
    x = root(p.seen.path(p.campaign)[:, 0])
    observed = -(x[weeks + 1] - x[weeks])
    noise = p.noise(p.campaign.priors.natural(fitted.flat))
    n = len(weeks)
    phi = noise.memory
    lasting = noise.drift**2 * (1.0 + phi) / (1.0 - phi) / n
    error = float(np.sqrt(np.mean(lasting + noise.jolt**2 / n)))
    return float(observed.mean()), error, info.expected_pace[weeks, 0].mean(axis=0)


def _pace_check(fitted: Fit) -> Check:
    observed, error, expected = mean_paces(fitted)
    misses = abs(float(np.median(expected)) - observed) / error
    return Check(
        "pace, fitted against observed, in standard errors", misses, "at most 2", misses <= 2.0
    )


def hindcasts(fitted: Fit) -> list[Hindcast]:
    """What the fitted model says of the as-of week from 4 and 13 weeks before. In sample: the fit has
    seen the outcome.
    """
    out = []
    p = fitted.posterior
    truth = p.seen.maps.km2[0, p.origin, 0]
    for weeks in HINDCAST_WEEKS:
        start = p.origin - weeks
        if (
            not p.seen.maps.used[:, : max(start, 0) + 1].any()
            or start < 1
            or not np.isfinite(truth)
        ):
            continue
        then = replace(p, origin=start)
        run = ahead(
            p.campaign, then, fitted.flat, draw_origin(then, fitted.flat, fitted.seed), fitted.seed
        )
        y = published(p, fitted.flat, run["area"][: p.origin], fitted.seed)[-1]
        inside = [bool(covered(y[None], np.array([truth]), level)[0]) for level in (0.5, 0.9)]
        origin = p.campaign.weeks[start]
        out.append(Hindcast(weeks, origin, Interval.of(y, "km2"), float(truth), *inside))
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
