"""One quick fit of the Kursk campaign that tests of causes share. Its numbers are too few to be believed."""

import pytest

from salient.inference.fit import Fit, fit, prepare
from salient.scenario.loading import load


@pytest.fixture(scope="session")
def kursk():
    return load("kursk-2024")


@pytest.fixture(scope="session")
def kursk_fit(kursk) -> Fit:
    """All data, a few draws."""
    s = kursk.scenario
    return fit(prepare(s, s.period.end), seed=1, draws=200)
