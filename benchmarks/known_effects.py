"""Whether an attribution is right where the truth is known: coverage, a placebo, and drivers that begin together.

    python -m benchmarks.known_effects [--worlds 100] [--keep DIR] [--json]

`--keep DIR` leaves every world's fit and result there, and goes on from what it finds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import synthetic
from salient.questions import drivers as games
from salient.questions.acted import Acted, mixed
from salient.questions.attribution import pairs, play, whether
from salient.questions.basis import after, before, effective
from salient.questions.worlds import outcome_of

NEVER = (synthetic.DECOY, synthetic.SHAM)
ALL = (*synthetic.REAL, *NEVER)
LEAST = 1.0


def one(world: int, count: int, particles: int = 500, keep: Path | None = None) -> dict[str, Any]:
    """One world: the truth, and what the analyst is told, with 90 % intervals; km2."""
    began = time.perf_counter()
    truth = synthetic.truths(count).game
    real = {
        name: float(x[world])
        for name, x in zip(synthetic.REAL, games.shapley(truth.k) @ truth.value, strict=True)
    }
    real |= {**dict.fromkeys(NEVER, 0.0), "total": float((truth.value[-1] - truth.value[0])[world])}
    fitted = synthetic.fitted(world, count, particles, keep)
    chosen = synthetic.drivers(*ALL)
    asked = outcome_of(synthetic.campaign(), "area:here", *synthetic.WINDOW)
    game = play(after(fitted, 500), chosen, asked)
    v = game.value
    phi = games.shapley(game.k) @ v
    acted = whether(fitted, chosen, asked, game.past)
    sets = [*((n,) for n in ALL), ALL]
    told = {
        name: mixed(x, asked.unit, acted[of])
        for name, of, x in zip((*ALL, "total"), sets, [*phi, v[-1] - v[0]], strict=True)
    }
    earlier = play(before(fitted, game.past.draws), chosen, asked)
    priors = games.shapley(earlier.k) @ earlier.value
    independent = effective(fitted)
    assumed = {}
    for i, (name, d) in enumerate(chosen.items()):
        rows = games.effect_rows(synthetic.campaign(), d.alternative, d.effect)
        assumed[name] = not games.settled(
            fitted.flat, independent, rows, priors[i], earlier.past.z
        ).identified
    together = pairs(
        game.past, chosen, phi, games.first_in(game.k, v), games.last_out(game.k, v), v
    )
    return {
        "world": world,
        "truth": real,
        "low": {k: x.low for k, x in told.items()},
        "median": {k: x.median for k, x in told.items()},
        "high": {k: x.high for k, x in told.items()},
        "odds": {k: acted[k,].odds for k in ALL},
        "assumed": assumed,
        "pair_named": any(set(synthetic.PAIR) <= set(t.names) for t in together),
        "seconds": time.perf_counter() - began,
    }


def summary(done: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The figures that the study is for. Intervals reach a square kilometre further: no map is finer."""

    def inside(d: dict[str, Any], name: str) -> bool:
        return bool(d["low"][name] - LEAST <= d["truth"][name] <= d["high"][name] + LEAST)

    named = (*synthetic.REAL, "total")
    gap = [abs(d["median"][n] - d["truth"][n]) for d in done for n in synthetic.REAL]
    return {
        "worlds": len(done),
        "coverage": {n: float(np.mean([inside(d, n) for d in done])) for n in named},
        "coverage_of_shares": float(np.mean([inside(d, n) for d in done for n in synthetic.REAL])),
        "placebo_includes_0": {n: float(np.mean([inside(d, n) for d in done])) for n in NEVER},
        "placebo_median_km2": {n: float(np.median([d["median"][n] for d in done])) for n in NEVER},
        "maps_say_it_acted": {
            n: float(np.mean([Acted(d["odds"][n], 0).strong for d in done])) for n in ALL
        },
        "set_by_assumption": {n: float(np.mean([d["assumed"][n] for d in done])) for n in ALL},
        "pair_cannot_be_told_apart": float(np.mean([d["pair_named"] for d in done])),
        "median_error_km2": float(np.median(gap)),
        "median_size_km2": float(
            np.median([abs(d["truth"][n]) for d in done for n in synthetic.REAL])
        ),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the worlds and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--particles", type=int, default=500)
    parser.add_argument("--keep", type=Path, default=None)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    done = synthetic.study(
        "known-effects",
        lambda world: one(world, asked.worlds, asked.particles, asked.keep),
        asked.worlds,
        asked.keep,
    )
    found = summary(done)
    if asked.json:
        print(json.dumps({"summary": found, "worlds": done}, indent=1))
        return
    for key, value in found.items():
        print(f"{key:<28} {json.dumps(value)}")


if __name__ == "__main__":
    main()
