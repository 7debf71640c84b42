"""The brief of a front as a run: maps, forecast, findings, brief, in a folder of the same kind as every other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from salient.brief.front_compose import compose_front, front_files
from salient.brief.front_content import FrontBrief
from salient.evidence.beside import known_front
from salient.evidence.vintage import TOTAL, Front
from salient.forecasting import hub, record
from salient.forecasting.panel import Forecast, forecast, must_be_fresh, must_match
from salient.questions.front import HORIZON, findings, tables_read
from salient.runs.brief_run import Job, Progress, lay_down, stamp
from salient.runs.folder import RunFolder, key_of, plain_errors

FORECAST = "forecast.csv"


def write_front_brief(job: Job, out: Path, progress: Progress) -> FrontBrief:
    """Forecast the front and write the run folder at `out`. Returns the brief.

    Raises SalientError for everything that a user can mend; what stood at `out` stays until the new folder is whole.
    """
    progress("reading the maps", 0.0)
    as_of, front = _maps(job)
    manifest = _manifest(job, as_of, front)
    with plain_errors(out):
        folder = RunFolder(out, key_of(manifest))
        made = _forecast_stage(job, front, folder, progress)
        progress("estimating the losses", 0.9)
        found = findings(
            job.loaded.scenario,
            as_of,
            front,
            made,
            job.seed,
            job.draws,
            manifest["command"],
            manifest["versions"],
            job.data_dir,
        )
        progress("writing the brief", 0.95)
        brief = compose_front(found)
        tables = {FORECAST: hub.table(made, as_of), **front_files(found, brief)}
        lay_down(folder.work, brief, tables, job.loaded)
        stamp(folder.work, manifest)
        folder.finish()
    return brief


def manifest_of(job: Job) -> dict[str, Any]:
    """The manifest that the job has with the data and packages of now."""
    return _manifest(job, *_maps(job))


def _maps(job: Job) -> tuple[dt.date, Front]:
    """The as-of date and the maps known by it. Raises SalientError for maps that are not of this front, or old."""
    scenario = job.loaded.scenario
    as_of = job.as_of or scenario.period.as_of
    front = known_front(as_of, job.data_dir)
    as_of = as_of or front.last_map
    must_match(front, scenario.sectors, scenario.scenario)
    must_be_fresh(front, as_of)
    return as_of, front


def _manifest(job: Job, as_of: dt.date, front: Front) -> dict[str, Any]:
    data = {
        "front-weekly": front.sha256,
        "track-record": record.sha256(),
        **tables_read(as_of, job.data_dir),
    }
    return job.manifest(as_of, data)


def _forecast_stage(job: Job, front: Front, folder: RunFolder, progress: Progress) -> Forecast:
    """The forecast, from the folder if an earlier run of the same key had finished it."""
    done = folder.load("forecast")
    if done is None:
        progress("sampling the tempo of the front", 0.1)
        made = forecast(front, HORIZON, job.seed)
        paths = {} if made.paths is None else {"paths": made.paths}
        folder.keep("forecast", {**_arrays(front, made.quantiles), **paths})
        return made
    quantiles = {s: done["sectors"][i] for i, s in enumerate(front.sectors)}
    return Forecast(front, {**quantiles, TOTAL: done["total"]}, "both", done.get("paths"))


def _arrays(front: Front, quantiles: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"sectors": np.stack([quantiles[s] for s in front.sectors]), "total": quantiles[TOTAL]}


__all__ = ["manifest_of", "write_front_brief"]
