"""What a person waits for at the prompt, each in a fresh process: python -m benchmarks.startup."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.campaign import SCENARIO
from benchmarks.timing import Case, arguments, measure, show

FIRST_RESULT = f"""
from salient.engine.compile import compile_scenario
from salient.engine.ensemble import prior_draws, run
from salient.scenario.loading import load
import numpy as np
campaign = compile_scenario(load({SCENARIO!r}).scenario)
z = prior_draws(tuple(r.name for r in campaign.priors.free), 1000, 1)
area = run(campaign, z, seed=1, record=("area", "casualties"))["area"]
assert np.isfinite(np.quantile(area, [0.05, 0.5, 0.95], axis=-1)).all()
"""


def process(*command: str) -> Callable[[], object]:
    """A command, run to its end."""
    return lambda: subprocess.run(command, check=True, capture_output=True)


def cases() -> list[Case]:
    """Commands, and the first result of an ensemble whose program has been compiled before."""
    salient = str(Path(sys.executable).parent / "salient")
    first = process(sys.executable, "-c", FIRST_RESULT)
    return [
        Case("python -c pass", process(sys.executable, "-c", "pass")),
        Case("salient --help", process(salient, "--help")),
        Case(f"salient check {SCENARIO}", process(salient, "check", SCENARIO)),
        Case("first result of 1 000 draws, warm cache", first, floor=4, goal=1.5, at_most=True),
    ]


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__, repeat=9)
    show(measure(cases(), options.repeat, compare=False), options.json)


if __name__ == "__main__":
    main()
