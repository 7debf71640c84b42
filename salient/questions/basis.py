"""What a question about causes is asked of: a fit, or, where no map calibrates a campaign, the assumptions alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import prior_draws
from salient.inference.fit import Fit, effective_draws
from salient.questions.worlds import Past, abduct, spread_draws, unobserved
from salient.scenario.schema import Scenario


@dataclass(frozen=True)
class Assumed:
    """Draws of the priors of a campaign that nothing calibrates. draws: how many there are."""

    campaign: Campaign
    seed: int
    draws: int

    @classmethod
    def of(cls, scenario: Scenario, as_of: dt.date, seed: int, draws: int) -> Assumed:
        """The assumptions of a scenario with the events known on a date."""
        return cls(compile_scenario(scenario, as_of), seed, draws)

    @cached_property
    def flat(self) -> np.ndarray:
        """The draws, [free, draws]."""
        return prior_draws(names_of(self), self.draws, self.seed)


Basis = Fit | Assumed
AHEAD = (
    "For what to expect take salient forecast and not the ground ahead as it is here: where it was measured, on "
    "ukraine-front from past weeks, the mechanisms fitted to the maps forecast worse than the maps alone, with "
    "intervals that were too narrow. What is asked here is the difference."
)
"""Measured by `benchmarks.front_fitted`; docs/explanation/the-front.md has the figures."""


def calibrated(basis: Basis) -> bool:
    """Whether data had a say in the draws."""
    return isinstance(basis, Fit)


def warning(basis: Basis) -> str | None:
    """What stands first in every answer from the assumptions alone."""
    if isinstance(basis, Fit):
        return None
    name = basis.campaign.scenario.scenario
    return (
        f"NOTHING HERE IS CALIBRATED: '{name}' names no map to fit its mechanisms to. Every number below is set by "
        "assumption; none is a finding."
    )


def caution(basis: Basis) -> str | None:
    """What is to be known of ground ahead where another forecast of it is published."""
    if isinstance(basis, Fit) and basis.campaign.scenario.forecast == "panel":
        return AHEAD
    return None


def names_of(basis: Basis) -> tuple[str, ...]:
    """The uncertain numbers, in the order of the draws."""
    return tuple(r.name for r in basis.campaign.priors.free)


def past_of(
    basis: Basis, z: np.ndarray, mu: np.ndarray | None = None, sd: np.ndarray | None = None
) -> Past:
    """What draws know of the past: with a fit what they need to give the observed one, else nothing."""
    if isinstance(basis, Fit):
        return abduct(basis.posterior, z, basis.seed, mu, sd)
    return unobserved(basis.campaign, z, basis.seed)


def after(basis: Basis, draws: int) -> Past:
    """The past by draws after the data."""
    return past_of(basis, spread_draws(basis.flat, draws))


def before(basis: Basis, draws: int) -> Past:
    """The past by draws before the data."""
    return past_of(basis, prior_draws(names_of(basis), draws, basis.seed))


def effective(basis: Basis) -> np.ndarray:
    """Independent draws of each uncertain number, [free]."""
    if isinstance(basis, Fit):
        return effective_draws(basis)
    return np.full(len(names_of(basis)), float(basis.draws))
