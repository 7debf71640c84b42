"""How good such forecasts have been: every week again with what was known then, scored beside simple rules.

An origin is one file in the folder of the backtest, so that work which was stopped goes on, and a failure is a row with
its reason. Nothing dated after an origin is read for it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError
from salient.evidence.beside import known_front
from salient.evidence.vintage import Front
from salient.forecasting import rules
from salient.forecasting.panel import LEAST_WEEKS, Model, components, in_order
from salient.forecasting.scores import coverage, pit, ratio_interval, wis
from salient.processes import process_pool

HORIZONS = (1, 4, 8, 13)
RECYCLE = 15
"""Origins after which a worker is replaced, so that what the programs of five shapes leave behind stays bounded."""
_SCHEMA = 3
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Job:
    """What one origin needs."""

    origin: dt.date
    data_dir: str | None
    seed: int
    model: Model


def origins(front: Front, first: dt.date | None, last: dt.date | None) -> list[dt.date]:
    """The days of maps that can be origins: enough weeks before, at least one after.

    Raises SalientError when none is left.
    """
    able = front.dates[LEAST_WEEKS + max(HORIZONS) - 1 : -1]
    kept = [d for d in able if (first is None or d >= first) and (last is None or d <= last)]
    if not kept:
        hint = (
            f"origins that can be scored run from {able[0]} to {able[-1]}"
            if able
            else "the maps are too few"
        )
        raise SalientError(Problem("no week can be an origin", key="--from", hint=hint))
    return kept


def forecasts(job: Job) -> dict[str, Any]:
    """Quantiles of every model and rule from one origin, by horizon; or the reason why there are none."""
    try:
        front = known_front(job.origin, job.data_dir)
        made = components(front, max(HORIZONS), job.seed, job.model)
    except Exception as e:  # a failed origin is a row with its reason
        return {"origin": job.origin.isoformat(), "failed": f"{type(e).__name__}: {e}"}
    total = front.net.sum(axis=1, keepdims=True)
    said: dict[str, Any] = {}
    for h in HORIZONS:
        sectors = {"published": made["sectors"][h - 1]}
        sums = {"published": made["total"][h - 1]}
        for name in ("analogues", "tempo"):
            if name in made:
                sectors[name] = made[name][h - 1]
        if "tempo total" in made:
            sums["tempo"] = made["tempo total"][h - 1]
        for name in rules.names():
            sectors[name] = rules.quantiles(name, front.net, h)
            sums[name] = rules.quantiles(name, total, h)[0]
        said[str(h)] = {"sectors": _plain(sectors), "total": _plain(sums)}
    return {"origin": job.origin.isoformat(), "sha256": front.sha256, "horizons": said}


def _plain(quantiles: dict[str, np.ndarray]) -> dict[str, Any]:
    return {k: np.round(in_order(v), 4).tolist() for k, v in quantiles.items()}


def run(jobs: list[Job], folder: Path, workers: int, progress: Progress) -> list[dict[str, Any]]:
    """Every origin, from its file where an earlier run has finished it. Files are written whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    done = {job.origin: _read(_file(folder, job)) for job in jobs}
    missing = [job for job in jobs if done[job.origin] is None]
    for i, (job, made) in enumerate(_each(missing, workers)):
        _write(_file(folder, job), made)
        done[job.origin] = made
        progress(f"origin {job.origin}", (i + 1) / len(missing))
    return [found for job in jobs if (found := done[job.origin]) is not None]


def _each(jobs: list[Job], workers: int) -> Iterable[tuple[Job, dict[str, Any]]]:
    """Every job with what it made. Workers are replaced after RECYCLE origins, so that memory stays bounded."""
    plain = all(job.model == "analogues" for job in jobs)
    if len(jobs) < 2 or (workers == 1 and plain):
        yield from ((job, forecasts(job)) for job in jobs)
        return
    at_once = len(jobs) if plain else RECYCLE * workers
    for k in range(0, len(jobs), at_once):
        part = jobs[k : k + at_once]
        with process_pool(min(workers, len(part))) as pool:
            yield from zip(part, pool.map(forecasts, part), strict=True)


def _file(folder: Path, job: Job) -> Path:
    return folder / f"{job.origin}-{job.model}-{job.seed}-{_SCHEMA}.json"


def _read(file: Path) -> dict[str, Any] | None:
    """A finished origin; None when there is none, or when it had failed and may be tried again."""
    try:
        made = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return made if "horizons" in made else None


def _write(file: Path, made: dict[str, Any]) -> None:
    aside = file.with_name(f".{file.name}.partial")
    aside.write_text(json.dumps(made), encoding="utf-8")
    aside.replace(file)


def table(front: Front, made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Scores by part of the front (all sectors, the sum, each sector), horizon and forecaster.

    Each row: n origins, mean WIS in km2, its ratio to the fixed opponent with a 90 % block-bootstrap interval, and
    tie-aware coverage of the 50 and 90 % intervals.
    """
    good = [m for m in made if "horizons" in m]
    rows = []
    for h in HORIZONS:
        for part in ("sectors", "total"):
            rows += _part_rows(front, good, h, part)
    return rows


def _part_rows(front: Front, made: list[dict[str, Any]], h: int, part: str) -> list[dict[str, Any]]:
    scored = _truths(front, made, h)
    if not scored:
        return []
    truth = np.array([t if part == "sectors" else t.sum() for _, t in scored])
    names = list(scored[0][0]["horizons"][str(h)][part])
    quantiles = {n: np.array([m["horizons"][str(h)][part][n] for m, _ in scored]) for n in names}
    scores = {n: wis(q, truth) for n, q in quantiles.items()}
    against = rules.opponent(h, part == "total")
    rows = [
        _row(part, h, n, quantiles[n], truth, scores[n], scores[against], against) for n in names
    ]
    if part == "sectors":
        for i, sector in enumerate(front.sectors):
            own, rule = scores["published"][:, i], scores[against][:, i]
            q, y = quantiles["published"][:, i], truth[:, i]
            rows.append(_row(sector, h, "published", q, y, own, rule, against))
    return rows


def _truths(
    front: Front, made: list[dict[str, Any]], h: int
) -> list[tuple[dict[str, Any], np.ndarray]]:
    """Each origin whose target is closed, with what happened by sector."""
    index = {d: i for i, d in enumerate(front.dates)}
    out = []
    for m in made:
        i = index[dt.date.fromisoformat(m["origin"])]
        if i + h < len(front.dates):
            out.append((m, front.net[i + 1 : i + 1 + h].sum(axis=0)))
    return out


def _row(
    part: str, h: int, name: str, quantiles: np.ndarray, truth: np.ndarray, score: np.ndarray,
    rule: np.ndarray, against: str,
) -> dict[str, Any]:  # fmt: skip
    by_origin = [x.reshape(len(x), -1).mean(axis=1) for x in (score, rule)]
    low, high = ratio_interval(by_origin[0], by_origin[1], max(h, 4))
    return {
        "part": part,
        "horizon": h,
        "forecaster": name,
        "origins": len(truth),
        "wis_km2": float(score.mean()),
        "ratio": float(score.mean() / rule.mean()) if rule.mean() > 0 else None,
        "ratio_low": _finite(low),
        "ratio_high": _finite(high),
        "opponent": against,
        "cover50": float(coverage(quantiles, truth, 0.5).mean()),
        "cover90": float(coverage(quantiles, truth, 0.9).mean()),
        "pit": [round(float(x), 4) for x in pit(quantiles, truth)],
    }


def _finite(x: float) -> float | None:
    return x if np.isfinite(x) else None
