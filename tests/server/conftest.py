"""A fit made of prior draws, which takes no sampling, and a server that stands on it."""

from __future__ import annotations

import pytest

from salient.engine.ensemble import prior_draws
from salient.inference import kept
from salient.inference.fit import Fit
from salient.server.warm import Warm


def stand_in(warm: Warm) -> Fit:
    """Draws of the prior in place of a posterior: quick, and as good for what is tested here."""
    names = warm.posterior.names
    z = prior_draws(names, 400, 1).reshape(len(names), 4, 100)
    return Fit(warm.posterior, 1, "smc", z, 0.5, 1.0, 0.9, 0, 0.0)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A cache folder that holds the fit, as an earlier start of the server would have left it."""
    folder = tmp_path_factory.mktemp("cache")
    warm = Warm("kursk-2024", folder / "fits")
    fitted = stand_in(warm)
    kept.write(fitted, warm.draws, folder / "fits")
    return folder


@pytest.fixture(scope="session")
def warm(cache):
    """The packaged scenario, fitted and warm."""
    found = Warm("kursk-2024", cache / "fits")
    found.engine(lambda stage, share: None)
    return found
