"""What sensitivity, discovery and the value of information begin with, and where they leave their results."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from salient.engine.compile import compile_scenario
from salient.engine.ensemble import Start, free_start
from salient.errors import DataError, Problem
from salient.inference.fit import prepare
from salient.questions.outcomes import Study, outcome_of
from salient.questions.report import versions
from salient.runs import store
from salient.runs.folder import MANIFEST, RunFolder, key_of, plain_errors
from salient.scenario.loading import Loaded


def study_of(
    loaded: Loaded,
    outcome: str | None,
    as_of: dt.date | None,
    at: dt.date | None,
    posterior: Path | None,
    seed: int,
    data_dir: Path | None = None,
) -> Study:
    """A scenario's outcome, from its priors or from a fit, at the fit's as-of date.

    A scenario without maps runs free from its opening. Raises SalientError for what cannot be asked.
    """
    saved: dict[str, np.ndarray] = {}
    if posterior is not None:
        saved, attrs = store.load_posterior(posterior)
        fitted_on = store.as_of_date(attrs)
        if as_of not in (None, fitted_on):
            hint = f"leave --as-of out, or fit again as of {as_of}"
            raise DataError(
                Problem(f"the posterior is of {fitted_on}", file=str(posterior), hint=hint)
            )
        as_of = fitted_on
    if loaded.scenario.observe.mapped:
        p = prepare(loaded.scenario, as_of, data_dir)
        campaign = p.campaign
        start = Start(p.seen.path(campaign), campaign.origin, {})
    else:
        period = loaded.scenario.period
        campaign = compile_scenario(loaded.scenario, as_of or period.as_of or period.start)
        start = free_start(campaign)
    z = _matched(saved, [r.name for r in campaign.priors.free], posterior) if posterior else None
    return Study(campaign, outcome_of(campaign, outcome, at), start, seed, z)


def _matched(saved: dict[str, np.ndarray], names: list[str], file: Path) -> np.ndarray:
    """Draws of a posterior in the campaign's order, [free, draws]."""
    missing = [n for n in names if n not in saved]
    if missing:
        raise DataError(
            Problem(
                f"the posterior knows nothing of {', '.join(missing[:3])}",
                file=str(file),
                hint="fit the scenario again as it is now",
            )
        )
    return np.stack([np.asarray(saved[n], dtype=float).reshape(-1) for n in names])


UNCALIBRATED = (
    "NOTHING HERE IS CALIBRATED: the scenario names no map to fit to, so what follows says how its assumptions hang "
    "together, and nothing of the war."
)


def about(study: Study, question: str, draws: int) -> dict[str, Any]:
    """What every result says first."""
    o = study.outcome
    free = not study.campaign.scenario.observe.mapped
    return {
        **({"warning": UNCALIBRATED} if free else {}),
        "question": question,
        "scenario": study.campaign.scenario.scenario,
        "as_of": study.campaign.as_of.isoformat(),
        "outcome": o.name,
        "label": o.label,
        "date": o.date.isoformat(),
        "unit": o.unit,
        "source": study.source,
        "draws": draws,
        "seed": study.seed,
    }


def write(
    loaded: Loaded, out: Path, result: dict[str, Any], figures: dict[str, str] | None = None
) -> None:
    """Leave a folder with the result as JSON and CSV, its figures, the scenario and a manifest."""
    name = str(result["question"])
    head = {k: v for k, v in result.items() if not isinstance(v, (list, dict))}
    manifest = {
        "salient": name,
        **head,
        "checksums": {"scenario": loaded.checksums},
        "versions": versions(),
    }
    files = {
        f"{name}.json": json.dumps(result, indent=1) + "\n",
        f"{name}.csv": _csv(result["rows"]),
        "scenario.yaml": loaded.resolved(),
        MANIFEST: json.dumps(manifest, indent=1) + "\n",
        **(figures or {}),
    }
    with plain_errors(out):
        folder = RunFolder(out, key_of(manifest))
        for file, content in files.items():
            (folder.work / file).write_text(content, encoding="utf-8")
        folder.finish()


def _csv(rows: list[dict[str, Any]]) -> str:
    """The plain columns of the rows."""
    handle = io.StringIO()
    plain = [
        {k: v for k, v in r.items() if not isinstance(v, (list, dict)) and v is not None}
        for r in rows
    ]
    columns = list(dict.fromkeys(k for r in plain for k in r))
    lines = csv.DictWriter(handle, columns or ["name"], lineterminator="\n")
    lines.writeheader()
    lines.writerows(plain)
    return handle.getvalue()
