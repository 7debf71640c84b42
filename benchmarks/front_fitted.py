"""The mechanisms of a front, fitted: what they forecast from past origins, alone and beside the forecast by maps.

    python -m benchmarks.front_fitted --origins DIR [--every 4] [--draws 1000] [--seed 1] [--out FILE]

From each origin `ukraine-front` is fitted to the maps known then and run ahead. What each sector gains is scored by WIS
against the maps, beside the published forecast, the simple rule of the track record, and an average in which the fitted
mechanisms have one third. DIR is the folder of a finished `salient backtest`. A finished origin is a line of the file
and is not done again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.front_mechanisms import FIRST, HORIZONS, LAST, SCENARIO
from salient.evidence.vintage import Front, name_in_maps, read_front
from salient.forecasting import rules
from salient.forecasting.panel import in_order
from salient.forecasting.scores import LEVELS, coverage, ratio_interval, wis
from salient.inference import fit as inference
from salient.inference.forecast import ahead, draw_origin
from salient.scenario.loading import load
from salient.scenario.schema import Scenario

SHARE = 1.0 / 3.0
"""Weight of the fitted mechanisms in the average of three unlike models."""


def forecast(scenario: Scenario, origin: dt.date, draws: int, seed: int) -> dict[str, Any]:
    """Quantiles of what each sector gains, km2 [sector, level] by horizon, and what the data settled."""
    began = time.perf_counter()
    posterior = inference.prepare(scenario, origin)
    fitted = inference.fit(posterior, seed, draws)
    at = draw_origin(posterior, fitted.flat, seed)
    run = ahead(posterior.campaign, posterior, fitted.flat, at, seed)
    o = posterior.origin
    said = {
        str(h): np.quantile(at.area - run["area"][o + h - 1], LEVELS, axis=-1).T for h in HORIZONS
    }
    settled = [r for r in inference.parameter_rows(fitted) if r.contraction > 0.2]
    return {
        "origin": origin.isoformat(),
        "quantiles": {h: np.round(q, 3).tolist() for h, q in said.items()},
        "settled": {r.name: round(r.contraction, 2) for r in settled},
        "reliable": inference.diagnose(fitted).ok,
        "seconds": round(time.perf_counter() - began, 1),
    }


def _published(folder: Path, origin: str, h: int, name: str) -> np.ndarray:
    file = next(folder.glob(f"{origin}-both-1-*.json"))
    said = json.loads(file.read_text(encoding="utf-8"))["horizons"][str(h)]["sectors"]
    return np.array(said[name])


def table(lines: list[dict[str, Any]], front: Front, order: list[int], folder: Path) -> list[str]:
    """Rows of the page: mean WIS by horizon with its ratio to the published forecast and a 90 % interval."""
    cells: dict[str, list[str]] = {}
    for h in HORIZONS:
        truth, said = [], {"fitted": [], "published": [], "three": [], "rule": []}
        for line in lines:
            after = [d.isoformat() > line["origin"] for d in front.dates].index(True)
            truth.append(front.net[after : after + h].sum(axis=0))
            ours = np.array(line["quantiles"][str(h)])[np.argsort(order)]
            maps = _published(folder, line["origin"], h, "published")
            said["fitted"].append(ours)
            said["published"].append(maps)
            said["three"].append(SHARE * ours + (1.0 - SHARE) * maps)
            said["rule"].append(_published(folder, line["origin"], h, rules.opponent(h)))
        y = np.array(truth)
        scores = {n: wis(in_order(np.array(q)), y).mean(axis=1) for n, q in said.items()}
        for name, score in scores.items():
            low, high = ratio_interval(score, scores["published"], max(h // 4, 1))
            inside = coverage(in_order(np.array(said[name])), y, 0.9).mean()
            ratio = score.mean() / scores["published"].mean()
            cell = f"{score.mean():.2f} ({ratio:.3f}, {low:.2f} .. {high:.2f}; {inside:.2f})"
            cells.setdefault(name, []).append(cell)
    return [f"| {name} | {' | '.join(row)} |" for name, row in cells.items()]


def main() -> None:
    """Fit what is missing and print the table."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--every", type=int, default=4, help="weeks between origins")
    ask.add_argument("--draws", type=int, default=1000)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--origins", type=Path, required=True)
    ask.add_argument("--out", type=Path, default=Path("front-fitted.jsonl"))
    given = ask.parse_args()
    scenario = load(SCENARIO).scenario
    front = read_front(scenario.period.as_of)
    days = [FIRST + dt.timedelta(weeks=k) for k in range(0, 200, given.every)]
    origins = [d for d in days if d <= LAST]
    done = [json.loads(x) for x in given.out.read_text().splitlines()] if given.out.exists() else []
    finished = {x["origin"] for x in done}
    for origin in origins:
        if origin.isoformat() not in finished:
            done.append(forecast(scenario, origin, given.draws, given.seed))
            with given.out.open("a") as file:
                file.write(json.dumps(done[-1]) + "\n")
    names = [name_in_maps(s) for s in scenario.sectors]
    order = [front.sectors.index(n) for n in names]
    print("mean WIS in km2 (over the published, 90 % interval; inside 90 %)")
    for row in table(sorted(done, key=lambda x: str(x["origin"])), front, order, given.origins):
        print(row)


if __name__ == "__main__":
    main()
