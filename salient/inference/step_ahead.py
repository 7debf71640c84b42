"""One step ahead by a campaign that is calibrated to counted casualties: refitted now and then, reweighted between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from salient.engine.ensemble import prior_draws
from salient.inference.counts import CountPosterior
from salient.inference.fit import fit_counts

REFITS = (0, 3, 8, 16, 24)
"""Steps after which the campaign is fitted anew; every eighth further on."""
PRIOR_DRAWS = 8000


@dataclass(frozen=True)
class StepAhead:
    """Each count given those before it. counts, median, low, high (90 %): people [steps, series], NaN where none is.

    log_density: of the log of each count; yesterday: the count of the step before.
    """

    counts: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    log_density: np.ndarray
    yesterday: np.ndarray

    def r2(self, said: np.ndarray) -> float:
        """Share of the spread about each series' mean that a forecast explains, from the second step on."""
        seen = self.counts[1:]
        rest = np.nansum((said[1:] - seen) ** 2)
        return 1.0 - float(rest / np.nansum((seen - np.nanmean(seen, axis=0)) ** 2))

    @property
    def covered(self) -> float:
        """Share of the counts inside the 90 % interval, from the second step on."""
        counts = self.counts[1:]
        known = np.isfinite(counts)
        inside = (self.low[1:] <= counts) & (counts <= self.high[1:])
        return float(inside[known].mean())


def step_ahead(posterior: CountPosterior, seed: int = 1, draws: int = 2000) -> StepAhead:
    """Forecast every counted step from the steps before it, and no other."""
    steps, series = posterior.origin, len(posterior.seen)
    counts = np.stack(
        [np.where(c.used, np.exp(c.log_count), np.nan)[:steps] for c in posterior.seen], axis=1
    )
    said, density = np.full((3, steps, series), np.nan), np.full((steps, series), np.nan)
    rng = np.random.Generator(np.random.PCG64([seed, 0x57E9]))
    edges = [*(r for r in REFITS if r < steps), *range(32, steps, 8), steps]
    for start, end in pairwise(edges):
        z = _draws(posterior, start, seed, draws)
        one, middle, scatter = posterior.one_ahead(z)
        log_weight = np.zeros(z.shape[1])
        for t in range(start, end):
            w = np.exp(log_weight - log_weight.max())
            w /= w.sum()
            pick = rng.choice(len(w), 4000, p=w)
            x = middle[t][:, pick] + scatter[t][:, pick] * rng.standard_normal((series, 4000))
            said[:, t] = np.exp(np.quantile(x, [0.5, 0.05, 0.95], axis=1))
            density[t] = np.log(np.maximum((w * np.exp(one[t])).sum(axis=1), 1e-300))
            log_weight += one[t].sum(axis=0)
    yesterday = np.concatenate([np.full((1, series), np.nan), counts[:-1]])
    median, low, high = said
    return StepAhead(counts, median, low, high, density, yesterday)


def _draws(posterior: CountPosterior, origin: int, seed: int, draws: int) -> np.ndarray:
    """Draws given the counts before `origin`."""
    if origin == 0:
        return prior_draws(posterior.names, PRIOR_DRAWS, seed)
    return fit_counts(replace(posterior, origin=origin), seed, draws).flat
