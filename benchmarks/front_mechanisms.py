"""Which mechanism of a front earns its place forward: weekly gains by sector hindcast with each one off.

    python -m benchmarks.front_mechanisms [--every 4] [--draws 500] [--seed 1] [--out FILE] [--all]

For each origin the campaign `ukraine-front` is run from its priors along the maps known then. In each sector the draws
are weighted by how likely they make that sector's weeks so far (the filter of one sector, with pace, jolt, drift and
memory of each draw taken from a handful of proposals), and go on from the origin with new noise. The weighted quantiles
of what each sector gains are scored by WIS against the maps, beside the forecast by maps alone and the simple rule of
the track record. Every case has the same random numbers. A finished origin is a line of the file and is not done again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from salient.engine import ensemble
from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import Start, prior_draws
from salient.engine.noise import stream, uniform
from salient.evidence.vintage import Front, read_front
from salient.forecasting.record import FILE as TRACK_RECORD
from salient.forecasting.scores import LEVELS, wis
from salient.inference.start import OWN
from salient.mechanisms.advance import OUTLIER_CHANCE, OUTLIER_SPREAD, root
from salient.scenario.loading import load
from salient.scenario.schema import Scenario

SCENARIO = "ukraine-front"
OF_A_FRONT = ("season", "offensives", "supply", "belts", "handover", "reserves")
MOVES = ("advance",)
HORIZONS = (1, 4, 8, 13)
PROPOSALS = 128
FIRST, LAST = dt.date(2025, 3, 10), dt.date(2025, 10, 27)


@dataclass(frozen=True)
class Case:
    """What is off."""

    name: str
    off: tuple[str, ...]


def cases(scenario: Scenario, every: bool) -> list[Case]:
    """All on, each of a front's mechanisms off, all of these off, and nothing but the line's own unrest."""
    on = tuple(slot for slot, name in scenario.mechanisms.items() if name != "off")
    more = tuple(slot for slot in on if slot not in (*MOVES, *OF_A_FRONT)) if every else ()
    return [
        Case("all on", ()),
        *(Case(f"without {slot}", (slot,)) for slot in OF_A_FRONT),
        Case("without all six", OF_A_FRONT),
        Case("advance alone", tuple(slot for slot in on if slot not in MOVES)),
        *(Case(f"without {slot}", (slot,)) for slot in more),
    ]


def held(scenario: Scenario, front: Front, steps: int) -> np.ndarray:
    """The area held by week and sector, km2 [week + 1, sector]; where the maps have ended, as last seen."""
    start = np.array([s.initial_area.centre for s in scenario.sectors.values()])
    lost = np.cumsum(front.net, axis=0)
    area = np.tile(start, (steps + 1, 1))
    first = (front.dates[0] - scenario.period.start).days // 7
    area[first:] = start - lost[-1]
    area[first : first + len(lost)] = (start - lost)[: steps + 1 - first]
    return np.maximum(area, 0.0)


def as_known(scenario: Scenario, last: Campaign, origin: dt.date, off: tuple[str, ...]) -> Campaign:
    """The campaign as it was known at the origin, in the shape of the last one, so that one program serves all."""
    known = compile_scenario(scenario, origin, off=off)
    paths = {}
    for name, path in known.paths.items():
        room = last.paths[name].rows.size
        weights = np.zeros((*path.base.shape, room))
        weights[..., : path.rows.size] = path.weights
        rows = np.zeros(room, dtype=np.int32)
        rows[: path.rows.size] = [last.priors.index[known.priors.names[r]] for r in path.rows]
        paths[name] = replace(path, weights=weights, rows=rows)
    return replace(last, paths=paths, origin=known.origin, as_of=origin)


@dataclass(frozen=True)
class Weighted:
    """For each draw and sector: its own parameters as normals, deviation at the origin, and weight."""

    z: dict[str, np.ndarray]
    deviation: np.ndarray
    weight: np.ndarray


def weigh(
    campaign: Campaign, ratio: np.ndarray, area: np.ndarray, draws: int, seed: int
) -> Weighted:
    """The filter of each sector alone over its weeks so far.

    ratio: expected pace over the parameter `pace`, [week, sector, draws]; area [week + 1, sector].
    """
    x = root(area)
    seen = x[:-1] - x[1:]
    n = area.shape[1]
    chosen = {k: np.empty((n, draws)) for k in OWN}
    deviation, weight = np.empty((n, draws)), np.empty((n, draws))
    for j, sector in enumerate(campaign.setting.names["sector"]):
        names = tuple(f"advance.{k}[{sector}]" for k in OWN)
        z = prior_draws(tuple(f"proposal/{m}" for m in names), PROPOSALS * draws, seed)
        z = z.reshape(len(OWN), PROPOSALS, draws)
        rows = [campaign.priors.rows[campaign.priors.index[m]] for m in names]
        scale = [r.mu + r.sd * z[k] for k, r in enumerate(rows)]
        pace, jolt, drift = (np.exp(s) for s in scale[:3])
        memory = 1.0 / (1.0 + np.exp(-scale[3]))
        loglik, mean, var = filtered(seen[:, j], ratio[:, j], pace, jolt, drift, memory)
        top = loglik.max(axis=0)
        chance = np.exp(loglik - top)
        weight[j] = top + np.log(chance.mean(axis=0))
        u = _uniform(f"choice/{sector}", draws, seed)
        pick = (
            (np.cumsum(chance / chance.sum(axis=0), axis=0) < u).sum(axis=0).clip(0, PROPOSALS - 1)
        )
        at = (pick, np.arange(draws))
        for k, name in enumerate(OWN):
            chosen[name][j] = z[k][at]
        noise = prior_draws((f"deviation/{sector}",), draws, seed)[0]
        deviation[j] = mean[at] + np.sqrt(var[at]) * noise
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    return Weighted(chosen, deviation, weight / weight.sum(axis=1, keepdims=True))


def _uniform(name: str, draws: int, seed: int) -> np.ndarray:
    keys = np.array([stream(name)], dtype=np.uint32)
    return np.asarray(
        uniform(np.uint32(seed), keys, np.arange(draws, dtype=np.uint32), np.uint32(0))
    )[0]


def filtered(
    seen: np.ndarray, ratio: np.ndarray, pace: Any, jolt: Any, drift: Any, memory: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log likelihood of weekly moves [week] under pace x ratio + e + jolt n, and the mean and variance of e after them.

    n is 0.9 N(0, 1) + 0.1 N(0, 9), e an AR(1); the two hypotheses of a week are merged by their moments.
    """
    mean, var, total = 0.0 * drift, drift**2, 0.0 * drift
    for y, r in zip(seen, ratio, strict=True):
        parts = []
        for share, wide in ((1.0 - OUTLIER_CHANCE, 1.0), (OUTLIER_CHANCE, OUTLIER_SPREAD)):
            spread = var + (wide * jolt) ** 2
            miss = y - pace * r - mean
            gain = var / spread
            density = share * np.exp(-0.5 * miss**2 / spread) / np.sqrt(2.0 * np.pi * spread)
            parts.append((density, mean + gain * miss, var * (1.0 - gain)))
        whole = np.maximum(parts[0][0] + parts[1][0], 1e-300)
        share = parts[0][0] / whole
        middle = share * parts[0][1] + (1.0 - share) * parts[1][1]
        both = share * (parts[0][2] + (parts[0][1] - middle) ** 2)
        both = both + (1.0 - share) * (parts[1][2] + (parts[1][1] - middle) ** 2)
        total = total + np.log(whole)
        mean = memory * middle
        var = memory**2 * both + drift**2 * (1.0 - memory**2)
    return total, mean, var


def quantiles(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted quantiles at LEVELS, values and weight [sector, draws] -> [sector, levels]."""
    out = []
    for v, w in zip(values, weight, strict=True):
        order = np.argsort(v)
        grown = np.cumsum(w[order]) - 0.5 * w[order]
        out.append(np.interp(LEVELS, grown, v[order]))
    return np.array(out)


def hindcast(
    scenario: Scenario,
    case: Case,
    last: Campaign,
    front: Front,
    origin: dt.date,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Scores of one case from one origin: WIS by horizon and sector, and the effective number of draws by sector."""
    campaign = as_known(scenario, last, origin, case.off)
    known = front.until(origin)
    area = held(scenario, known, campaign.steps)
    o = campaign.origin
    z = prior_draws(tuple(r.name for r in campaign.priors.free), draws, seed)
    record = ("area", "expected_pace")
    still = np.zeros((area.shape[1], draws))
    run = ensemble.run(
        campaign, z, seed=seed, record=record, start=Start(area, o, {"deviation": still})
    )
    sectors = campaign.setting.names["sector"]
    own = {k: [campaign.priors.index[f"advance.{k}[{s}]"] for s in sectors] for k in OWN}
    pace = campaign.priors.natural(z)[own["pace"]]
    found = weigh(campaign, run["expected_pace"][1:o] / pace, area[1 : o + 1], draws, seed)
    z = z.copy()
    for name in OWN:
        z[own[name]] = found.z[name]
    ahead = ensemble.run(
        campaign, z, seed=seed, record=record, start=Start(area, o, {"deviation": found.deviation})
    )
    after = [d > origin for d in front.dates].index(True)
    scores = {}
    for h in HORIZONS:
        truth = front.net[after : after + h].sum(axis=0)
        gain = area[o][:, None] - ahead["area"][o + h - 1]
        said = quantiles(gain, found.weight)
        scores[str(h)] = np.round(wis(said, truth), 4).tolist()
    ess = 1.0 / (found.weight**2).sum(axis=1)
    return {
        "origin": origin.isoformat(),
        "case": case.name,
        "wis": scores,
        "effective_draws": np.round(ess, 1).tolist(),
    }


def others(origin: dt.date) -> dict[str, dict[str, float]]:
    """Mean WIS over sectors of the forecast by maps alone, its parts and the simple rule, by horizon."""
    names = ("published", "tempo", "analogues", "half 4 half 26, B", "zero, B")
    rows = {o["origin"]: o for o in json.loads(TRACK_RECORD.read_text())["origins"]}
    said = rows[origin.isoformat()]["horizons"]
    return {h: {n: said[h]["sectors"]["wis"][n] for n in names} for h in said}


def table(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean WIS over origins and sectors by case and horizon, over that of all on and of the forecast by maps."""
    origins = sorted({x["origin"] for x in lines})
    by_case: dict[str, list[dict[str, Any]]] = {}
    for x in lines:
        by_case.setdefault(x["case"], []).append(x)
    whole = [n for n, rows in by_case.items() if len(rows) == len(origins)]
    maps = [others(dt.date.fromisoformat(o)) for o in origins]
    score = {
        n: {h: np.array([np.mean(r["wis"][str(h)]) for r in _sorted(by_case[n])]) for h in HORIZONS}
        for n in whole
    }
    for n in maps[0]["1"]:
        score[n] = {h: np.array([m[str(h)][n] for m in maps]) for h in HORIZONS}
    rows = []
    for n, by_h in score.items():
        row: dict[str, Any] = {"case": n, "origins": len(origins)}
        for h in HORIZONS:
            on, rival = score["all on"][h], score["published"][h]
            row[f"wis_{h}"] = float(by_h[h].mean())
            row[f"to_all_on_{h}"] = float(by_h[h].mean() / on.mean())
            row[f"to_maps_{h}"] = float(by_h[h].mean() / rival.mean())
            row[f"worse_than_all_on_{h}"] = int((by_h[h] > on).sum())
        rows.append(row)
    return rows


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda r: str(r["origin"]))


def main() -> None:
    """Run what is missing and print the table."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--every", type=int, default=4, help="weeks between origins")
    ask.add_argument("--draws", type=int, default=500)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--all", action="store_true", help="every mechanism off in turn")
    ask.add_argument("--out", type=Path, default=Path("front-mechanisms.jsonl"))
    given = ask.parse_args()
    scenario = load(SCENARIO).scenario
    front = read_front(dt.date(2026, 2, 23))
    days = [FIRST + dt.timedelta(weeks=k) for k in range(0, 200, given.every)]
    origins = [d for d in days if d <= LAST]
    done = [json.loads(x) for x in given.out.read_text().splitlines()] if given.out.exists() else []
    finished = {(x["origin"], x["case"]) for x in done}
    for case in cases(scenario, given.all):
        last = compile_scenario(scenario, scenario.period.as_of, off=case.off)
        for origin in origins:
            if (origin.isoformat(), case.name) in finished:
                continue
            began = time.perf_counter()
            line = hindcast(scenario, case, last, front, origin, given.draws, given.seed)
            line["seconds"] = round(time.perf_counter() - began, 1)
            done.append(line)
            with given.out.open("a") as file:
                file.write(json.dumps(line) + "\n")
    print(
        f"{'mean WIS, km2':24}" + "".join(f"{f'{h} wk':>9}{'/on':>7}{'/maps':>7}" for h in HORIZONS)
    )
    for row in table(done):
        cells = "".join(
            f"{row[f'wis_{h}']:9.2f}{row[f'to_all_on_{h}']:7.3f}{row[f'to_maps_{h}']:7.3f}"
            for h in HORIZONS
        )
        print(f"{row['case']:24}" + cells)


if __name__ == "__main__":
    main()
