"""The ensemble of a campaign against a plain NumPy loop of the same step, and against SciPy: python -m
benchmarks.ensemble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from benchmarks import campaign as timed
from benchmarks.timing import Case, arguments, measure, show
from salient.engine.ensemble import Execution, execution, run, run_numpy

UNIT = "draw-weeks"
FEW = 3


@contextmanager
def threads(n: int) -> Iterator[None]:
    """With so many threads."""
    token = execution.set(Execution(workers=n))
    yield
    execution.reset(token)


def salient(draws: int, workers: int) -> Callable[[], object]:
    """The compiled ensemble."""
    z = timed.normals(draws)

    def work() -> object:
        with threads(workers):
            return run(timed.campaign(), z, seed=1, record=timed.RECORD)

    return work


def numpy_at_once(draws: int) -> Callable[[], object]:
    """The same step in a NumPy loop over weeks, with all draws on the last axis."""
    z = timed.normals(draws)
    return lambda: run_numpy(timed.campaign(), z, seed=1, record=timed.RECORD)


def numpy_each(draws: int) -> Callable[[], object]:
    """The same NumPy loop for one draw after another."""
    z = timed.normals(draws)

    def work() -> object:
        return [
            run_numpy(timed.campaign(), z[:, i : i + 1], seed=1, record=timed.RECORD)
            for i in range(draws)
        ]

    return work


def scipy_each(draws: int) -> Callable[[], object]:
    """SciPy's solver for one draw after another, without noise."""
    weeks = timed.campaign().steps
    return lambda: [timed.solve(seed, weeks) for seed in range(draws)]


def cases() -> list[Case]:
    """The first is what the others are compared with."""
    weeks = timed.campaign().steps
    return [
        Case("Salient, 10 000 draws, two threads", salient(10_000, 2), 10_000 * weeks, UNIT),
        Case("Salient, 10 000 draws, one thread", salient(10_000, 1), 10_000 * weeks, UNIT),
        Case("Salient, 1 000 draws, two threads", salient(1_000, 2), 1_000 * weeks, UNIT),
        Case("NumPy, 10 000 draws at once", numpy_at_once(10_000), 10_000 * weeks, UNIT, 1.5, 3.0, times=3),
        Case("NumPy, 1 000 draws at once", numpy_at_once(1_000), 1_000 * weeks, UNIT),
        Case("NumPy, draw by draw", numpy_each(FEW), FEW * weeks, UNIT),
        Case("SciPy solve_ivp, draw by draw, no noise", scipy_each(FEW), FEW * weeks, UNIT, 300, 1000),
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__, repeat=5)
    size = int(np.prod(timed.Analyst(0).start.shape))
    show(
        measure(cases(), options.repeat), options.json,
        state_values=timed.state_size(), state_values_scipy=size, parameters=len(timed.campaign().priors.free),
    )  # fmt: skip


if __name__ == "__main__":
    main()
