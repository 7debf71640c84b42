"""How good the outlook of a scenario would have been from several dates, against simple rules.

    python -m benchmarks.outlook [SCENARIO] [--as-of DATE]... [--seed S] [--json]

Each date is fitted anew to what was known then; what happened afterwards is used for the score alone. CRPS is the
mean over all weeks to the end of the scenario, in km2, less is better.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from salient.inference.fit import diagnose, fit, prepare
from salient.questions.outlook import look_ahead, score
from salient.scenario.loading import load

ORIGINS = ("2024-10-28", "2024-12-30", "2025-02-24", "2025-03-10")


def scored(scenario: str, as_of: str, seed: int, draws: int) -> dict[str, Any]:
    """One date: CRPS of the outlook and of each rule, coverage, and the weeks outside the 90 % fan."""
    began = time.perf_counter()
    fitted = fit(prepare(load(scenario).scenario, dt.date.fromisoformat(as_of)), seed, draws)
    outlook = look_ahead(fitted)
    found = score(outlook)
    if found is None:
        raise SystemExit(f"nothing is known after {as_of}: there is nothing to score")
    low, high = np.quantile(
        outlook.reference.area[: len(found.observed.km2)], [0.05, 0.95], axis=-1
    )
    outside = int(((found.observed.km2 < low) | (found.observed.km2 > high)).sum())
    return {
        "as_of": as_of,
        "salient": found.crps,
        **found.baselines,
        "coverage50": found.coverage50,
        "coverage90": found.coverage90,
        "weeks": found.weeks,
        "weeks_outside_90": outside,
        "checks_ok": diagnose(fitted).ok,
        "seconds": time.perf_counter() - began,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Score the dates and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="kursk-2024")
    parser.add_argument("--as-of", action="append", default=None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    dates = asked.as_of or ORIGINS
    rows = [scored(asked.scenario, d, asked.seed, asked.draws) for d in dates]
    rules = [k for k in rows[0] if k not in _NOT_SCORES]
    mean = {k: float(np.mean([r[k] for r in rows])) for k in rules}
    if asked.json:
        print(json.dumps({"rows": rows, "mean": mean}, indent=1))
        return
    print("| as of | " + " | ".join(rules) + " | 50 / 90 % coverage | weeks outside 90 % |")
    print("|---|" + "---:|" * (len(rules) + 2))
    for r in rows:
        scores = " | ".join(f"{r[k]:.0f}" for k in rules)
        coverage = f"{r['coverage50']:.2f} / {r['coverage90']:.2f}"
        print(f"| {r['as_of']} | {scores} | {coverage} | {r['weeks_outside_90']} of {r['weeks']} |")
    print("| mean | " + " | ".join(f"{mean[k]:.0f}" for k in rules) + " | | |")


_NOT_SCORES = {
    "as_of",
    "coverage50",
    "coverage90",
    "weeks",
    "weeks_outside_90",
    "checks_ok",
    "seconds",
}

if __name__ == "__main__":
    main()
