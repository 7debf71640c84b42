"""A question about a function instead of a campaign, and one quick fit that tests of causes share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from salient.engine.priors import Prior
from salient.inference.fit import Fit, fit, prepare
from salient.questions.outcomes import Outcome
from salient.scenario.loading import load


@dataclass
class FunctionStudy:
    """Answers a function of standard normals z [numbers, n] and of chance (a standard normal for each run)."""

    function: Callable[[np.ndarray, np.ndarray], np.ndarray]
    width: int
    seed: int = 1
    posterior: np.ndarray | None = None
    outcome: Outcome = field(
        default_factory=lambda: Outcome(
            "area:here", "held area", "km2", dt.date(2025, 6, 30), ("area",), lambda r: r["area"]
        )
    )

    @property
    def priors(self):
        return tuple(
            Prior(f"p{j}", "real", 0.0, 1.0, "1", f"number {j}", "made up", "A", "here")
            for j in range(self.width)
        )

    def sample(self, n):
        if self.posterior is not None:
            return self.posterior[:, :n]
        return np.random.default_rng(self.seed).standard_normal((self.width, n))

    def answers(self, z, chance):
        noise = np.random.default_rng([self.seed, 99]).standard_normal(z.shape[1])
        return self.function(z, noise)


@pytest.fixture
def function_study():
    return FunctionStudy


@pytest.fixture(scope="session")
def kursk():
    return load("kursk-2024")


@pytest.fixture(scope="session")
def kursk_fit(kursk) -> Fit:
    """All data, a few draws: its numbers are too few to be believed."""
    s = kursk.scenario
    return fit(prepare(s, s.period.end), seed=1, draws=200)
