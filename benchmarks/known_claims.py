"""Whether the verdicts of an audit are right where the truth is known: Brier score, and claims supported though false.

    python -m benchmarks.known_claims [--claims 60] [--first 0] [--sizes 0] [--keep DIR] [--json]

One claim a world: a driver, the decoy among them, cost at least so much ground. The size is what the driver did in some
other world, so that about half of the claims are true. `--keep DIR` shares its fits with `known_effects`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import synthetic
from salient.quantities import Quantity
from salient.questions import drivers as games
from salient.questions.audit import SUPPORTED, Lab, word
from salient.scenario.claims import Claim, Window

CAUSES = (*synthetic.REAL, synthetic.DECOY)


def claim(world: int, count: int) -> tuple[Claim, bool]:
    """The claim that is made of a world, and whether it is true."""
    rng = np.random.default_rng([synthetic.SEED, 5, world])
    cause = CAUSES[int(rng.integers(len(CAUSES)))]
    return _claim(world, count, cause, rng)


def _claim(world: int, count: int, cause: str, rng: np.random.Generator) -> tuple[Claim, bool]:
    """That a cause cost at least so much, the size being what it, or for the decoy another, did in some world."""
    game = synthetic.truths(count).game
    cost = games.last_out(game.k, game.value)
    like = cost[
        int(rng.integers(len(synthetic.REAL))) if cause == synthetic.DECOY else CAUSES.index(cause)
    ]
    size = max(round(float(like[int(rng.integers(count))])), 1)
    real = 0.0 if cause == synthetic.DECOY else float(cost[CAUSES.index(cause), world])
    begin, finish = synthetic.WINDOW
    made = Claim(
        id=f"claim-{world}",
        text=f"{cause} cost at least {size} km2.",
        speaker="made up",
        named=False,
        position="unknown",
        kind="causal",
        cause=[cause],
        effect="area:here",
        direction="less",
        size=Quantity(size, size, size, "km2"),
        window=Window.model_validate({"from": begin, "to": finish}),
    )
    return made, real >= size


def one(world: int, count: int, particles: int = 500, keep: Path | None = None) -> dict[str, Any]:
    """One claim: whether it is true, and the verdict."""
    began = time.perf_counter()
    lab = Lab(synthetic.fitted(world, count, particles, keep), None, 500)
    return {
        "world": world,
        **_tested(lab, *claim(world, count)),
        "seconds": time.perf_counter() - began,
    }


def many(
    world: int, count: int, sizes: int, particles: int = 500, keep: Path | None = None
) -> dict[str, Any]:
    """So many claims about each cause in one world."""
    lab = Lab(synthetic.fitted(world, count, particles, keep), None, 500)
    rng = np.random.default_rng([synthetic.SEED, 6, world])
    said = [_claim(world, count, cause, rng) for cause in CAUSES for _ in range(sizes)]
    return {"world": world, "claims": [{"world": world, **_tested(lab, *x)} for x in said]}


def _tested(lab: Lab, said: Claim, true: bool) -> dict[str, Any]:
    found = lab.test(said)
    assert found.probability is not None
    return {
        "claim": said.text,
        "true": true,
        "probability": found.probability,
        "probability_before_data": found.before,
        "probability_if_it_acted": found.given,
        "verdict": found.verdict,
        "identified": found.identified,
        "contraction": found.contraction,
    }


def summary(done: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The figures that the study is for. `on_probability_alone`: before 'set by assumption' overrides a verdict."""
    p = np.array([d["probability"] for d in done])
    prior = np.array([d["probability_before_data"] for d in done])
    true = np.array([d["true"] for d in done], dtype=float)
    given = np.array([d["probability_if_it_acted"] for d in done])
    there = np.array([not d["claim"].startswith(synthetic.DECOY) for d in done])
    alone = [word(float(x)) == SUPPORTED for x in p]
    settled = np.array([d["contraction"] >= games.IDENTIFIED for d in done])
    told = np.array([d["identified"] for d in done])

    def brier(x: np.ndarray, where: np.ndarray) -> float | None:
        return float(((x - true) ** 2)[where].mean()) if where.any() else None

    return {
        "claims": len(done),
        "true": float(true.mean()),
        "brier": float(((p - true) ** 2).mean()),
        "brier_without_events_that_never_were": float(((p - true) ** 2)[there].mean()),
        "brier_if_every_cause_had_acted": float(((given - true) ** 2).mean()),
        "brier_before_data": float(((prior - true) ** 2).mean()),
        "claims_that_the_data_moved": float(told.mean()),
        "brier_of_these": brier(p, told),
        "brier_of_these_before_data": brier(prior, told),
        "claims_whose_parameters_were_settled": float(settled.mean()),
        "brier_of_those": brier(p, settled),
        "brier_of_the_share_that_is_true": float(((true.mean() - true) ** 2).mean()),
        "supported_though_false": float(
            np.mean([d["verdict"] == SUPPORTED and not d["true"] for d in done])
        ),
        "supported_though_false_on_probability_alone": float(
            np.mean([a and not d["true"] for a, d in zip(alone, done, strict=True)])
        ),
        "verdicts": dict(Counter(d["verdict"] for d in done)),
        "true_by_verdict": {
            v: float(np.mean([d["true"] for d in done if d["verdict"] == v]))
            for v in sorted({d["verdict"] for d in done})
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Test the claims and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=60)
    parser.add_argument("--first", type=int, default=0, help="the world to begin with")
    parser.add_argument(
        "--sizes", type=int, default=0, help="test so many claims about every cause of a world"
    )
    parser.add_argument("--worlds", type=int, default=100, help="worlds of which sizes are taken")
    parser.add_argument("--particles", type=int, default=500)
    parser.add_argument("--keep", type=Path, default=None)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    end = asked.first + asked.claims
    worlds = max(asked.worlds, end)
    make = partial(one, count=worlds, particles=asked.particles, keep=asked.keep)
    name = "known-claims"
    if asked.sizes:
        make = partial(
            many, count=worlds, sizes=asked.sizes, particles=asked.particles, keep=asked.keep
        )
        name = f"known-claims-{asked.sizes}"
    rows = synthetic.study(name, make, end, asked.keep, asked.first)
    done: list[dict[str, Any]] = [c for d in rows for c in d["claims"]] if asked.sizes else rows
    found = summary(done)
    if asked.json:
        print(json.dumps({"summary": found, "claims": done}, indent=1))
        return
    for key, value in found.items():
        print(f"{key:<44} {json.dumps(value)}")


if __name__ == "__main__":
    main()
