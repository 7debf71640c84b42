"""How fast Salient is here: python -m benchmarks [--json]. Each line is the best of several runs, after one to warm up.

Compare machines by the yardstick, which is plain NumPy, and versions by the ratio of a line to the yardstick.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

SCENARIO = "kursk-2024"
DRAWS = 4000
RECORD = ("area", "casualties")


class Line(NamedTuple):
    """One measurement."""

    what: str
    value: float
    unit: str


def best(work: Callable[[], object], times: int = 3) -> float:
    """The least time in seconds that `work` takes, after one run to warm up."""
    work()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)


def yardstick() -> Iterator[Line]:
    """What NumPy does on one core."""
    x = np.linspace(0.0, 1.0, 1_000_000)
    yield Line("yardstick: NumPy exp", 1e-6 * len(x) / best(lambda: np.exp(x), 10), "million/s")


def commands() -> Iterator[Line]:
    """What a person waits for at the prompt."""
    salient = str(Path(sys.executable).parent / "salient")
    for arguments in (["--help"], ["check", SCENARIO]):
        command = [salient, *arguments]
        seconds = best(
            lambda command=command: subprocess.run(command, check=True, capture_output=True)
        )
        yield Line(" ".join(["salient", *arguments]), seconds, "s")


def engine() -> Iterator[Line]:
    """Simulated weeks of all draws together, with noise, by JAX and by the NumPy reference."""
    from salient.engine.compile import compile_scenario
    from salient.engine.ensemble import prior_draws, run, run_numpy
    from salient.scenario.loading import load

    campaign = compile_scenario(load(SCENARIO).scenario)
    z = prior_draws(tuple(row.name for row in campaign.priors.free), DRAWS, 1)
    speeds = {}
    for name, runner in (("JAX", run), ("NumPy", run_numpy)):
        seconds = best(lambda runner=runner: runner(campaign, z, seed=1, record=RECORD))
        speeds[name] = 1e-3 * DRAWS * campaign.steps / seconds
        yield Line(f"ensemble of {DRAWS} draws, {name}", speeds[name], "thousand draw-weeks/s")
    yield Line("JAX over NumPy", speeds["JAX"] / speeds["NumPy"], "times")


def calibration() -> Iterator[Line]:
    """One evaluation of the likelihood for all particles of the default fit."""
    from salient.inference.fit import prepare
    from salient.scenario.loading import load

    posterior = prepare(load(SCENARIO).scenario)
    z = np.zeros((len(posterior.names), 2000))
    seconds = best(lambda: posterior.evaluate(z))
    yield Line("likelihood of 2000 particles", 1e3 * seconds, "ms")


def main() -> None:
    """Measure and print."""
    lines = []
    for group in (yardstick, commands, engine, calibration):
        for line in group():
            lines.append(line)
            if "--json" not in sys.argv:
                print(f"{line.what:<36} {line.value:>10.4g} {line.unit}", flush=True)
    if "--json" in sys.argv:
        print(json.dumps([line._asdict() for line in lines], indent=2))


if __name__ == "__main__":
    main()
