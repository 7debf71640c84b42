"""Whether something acted at all: what the data say with it and without it.

A driver's share in the ground lost takes for granted that the driver acted as the scenario says. Where the assumptions
give its effect one sign only, no interval of the share can hold 0, and an event that never was would be blamed too. So
each cause is weighed against its own absence: how many times likelier are the data with it than without (a Bayes
factor, Jeffreys 1961; Kass and Raftery 1995, Journal of the American Statistical Association 90). From even odds that
gives the chance that it acted. Of a cause that did nothing the factor is 1 in the mean, so that it exceeds 19, and the
chance 95 %, in at most one campaign in nineteen (Markov's inequality).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salient.inference.fit import Fit
from salient.inference.results import Interval
from salient.questions.basis import Basis, effective
from salient.questions.worlds import Past, World, factual_world, log_likelihood

EVEN = 0.5
"""Chance, before the data, that a cause acted at all: nothing is known for it or against it."""
SURE = 0.95
"""The chance that a cause acted above which the interval of its effect may leave out 0."""
FEWEST = 20
"""Independent draws below which the comparison of with and without is not believed."""

_LIMIT = 50.0
"""No log odds further from 0: what is beyond is as certain."""


@dataclass(frozen=True)
class Acted:
    """How many times likelier the data are with a cause than without; 1: they do not tell.

    effective: draws that the comparison rests on; unsure: too few of them, so that no evidence for the cause counts.
    """

    odds: float
    effective: int

    @property
    def unsure(self) -> bool:
        """Whether too few draws would also do without the cause to compare the two."""
        return self.effective < FEWEST

    @property
    def strong(self) -> bool:
        """Whether the data themselves say that it acted."""
        return self.chance > SURE

    @property
    def chance(self) -> float:
        """The chance that it acted at all, from even odds."""
        return EVEN * self.odds / (EVEN * self.odds + 1.0 - EVEN)


UNKNOWN = Acted(1.0, 0)
"""Of what nothing was compared."""


def weighed(
    basis: Basis, past: Past, without: Sequence[World], *, maps: bool = True
) -> list[Acted]:
    """Compare the data with everything as it was and in each world without a cause, over draws after the data.

    The likelihood without over the likelihood with, in the mean over the posterior with it, is the inverse of the Bayes
    factor. maps: compare by the maps alone; reports of losses say who was there, not what he did to the ground.
    """
    if not isinstance(basis, Fit):
        return [UNKNOWN] * len(without)
    worlds = [factual_world(past.campaign), *without]
    usual, *others = (log_likelihood(basis.posterior, past.z, w, maps=maps) for w in worlds)
    finite = np.isfinite(usual)
    independent = min(1.0, float(np.median(effective(basis))) / basis.flat.shape[1])
    return [
        of_ratios(np.where(np.isfinite(x), x, -np.inf)[finite] - usual[finite], independent)
        for x in others
    ]


def of_ratios(log_ratio: np.ndarray, independent: float = 1.0) -> Acted:
    """From log likelihoods without a cause less those with it, one a draw after the data.

    independent: share of the draws that are no copies of each other.
    """
    most = float(log_ratio.max()) if log_ratio.size else -np.inf
    if not np.isfinite(most):
        return UNKNOWN
    ratio = np.exp(log_ratio - most)
    left = int(independent * ratio.sum() ** 2 / (ratio**2).sum())
    odds = math.exp(min(max(-most - math.log(float(ratio.mean())), -_LIMIT), _LIMIT))
    return Acted(odds if left >= FEWEST else min(odds, 1.0), left)


def mixed(draws: np.ndarray, unit: str, acted: Acted) -> Interval:
    """The median of an effect if its cause acted, and its 90 % interval counting that it may have done nothing.

    The interval is that of a mixture: the draws with the chance that it acted, 0 with the rest. So it leaves out 0 only
    where that rest is under 5 %.
    """
    g = acted.chance
    below, none = g * float((draws < 0.0).mean()), 1.0 - g + g * float((draws == 0.0).mean())

    def at(q: float) -> float:
        if below < q <= below + none:
            return 0.0
        if q <= below:
            return min(float(np.quantile(draws, q / g)), 0.0)
        return max(float(np.quantile(draws, (q - (1.0 - g)) / g)), 0.0)

    low, high = at(1.0 - SURE), at(SURE)
    median = float(np.clip(np.median(draws), low, high))
    return Interval(median, low, high, 2.0 * SURE - 1.0, unit)
