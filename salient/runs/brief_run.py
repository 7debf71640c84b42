"""The main job as a run: fit, branches, findings, brief, in stages that survive an interruption."""

from __future__ import annotations

import datetime as dt
import json
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from salient.brief.compose import compose
from salient.brief.content import AnyBrief, Brief
from salient.brief.forms import page
from salient.brief.page import csvs
from salient.engine.ensemble import BLOCK
from salient.errors import SalientError
from salient.inference.fit import Fit, Sampler, fit, prepare
from salient.inference.posterior import Posterior
from salient.questions.audit import Lab
from salient.questions.causes import caused, claimed, settling
from salient.questions.outlook import Outlook, look_ahead
from salient.questions.report import findings, versions
from salient.runs import store
from salient.runs.folder import BRIEF, MANIFEST, PAGE, RunFolder, key_of, plain_errors
from salient.scenario.claims import read_claims
from salient.scenario.loading import Loaded

Progress = Callable[[str, float], None]
SCENARIO, POSTERIOR, DRAWS = "scenario.yaml", "posterior.nc", "draws.nc"
CAUSE_DRAWS = 500
"""Draws of the fit with which the brief asks what caused it: one block."""
STAGES = (
    "reading the data",
    "compiling the model",
    "calibrating",
    "running the branches",
    "asking what caused it",
    "checking",
    "writing the brief",
)


@dataclass(frozen=True)
class Job:
    """What decides a brief of any form: scenario, as-of date, data, draws, seed and sampler."""

    loaded: Loaded
    as_of: dt.date | None
    draws: int
    seed: int
    sampler: Sampler
    data_dir: Path | None

    def manifest(self, as_of: dt.date, data: Mapping[str, str]) -> dict[str, Any]:
        """The record of the run, without its time. data: checksum of what was read, by key of the data set."""
        return {
            "salient": "brief",
            "scenario": self.loaded.scenario.scenario,
            "changes": list(self.loaded.overrides),
            "as_of": as_of.isoformat(),
            "draws": self.draws,
            "seed": self.seed,
            "sampler": self.sampler,
            "block": BLOCK,
            "command": self.command(as_of),
            "checksums": {"scenario": self.loaded.checksums, "data": dict(data)},
            "own_data": self.data_dir is not None,
            "versions": versions(),
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}",
        }

    def command(self, as_of: dt.date) -> str:
        """The command that reproduces the run."""
        name = self.loaded.scenario.scenario
        text = f"salient brief {name} --as-of {as_of} --seed {self.seed} --draws {self.draws}"
        text += "".join(f" --set {change}" for change in self.loaded.overrides)
        return text if self.sampler == "smc" else f"{text} --sampler {self.sampler}"


def write_brief(job: Job, out: Path, progress: Progress) -> Brief:
    """Calibrate, run the branches and write the run folder at `out`. Returns the brief.

    Raises SalientError for everything that a user can mend; what stood at `out` stays until the new folder is whole.
    """
    progress("reading the data", 0.0)
    posterior = prepare(job.loaded.scenario, job.as_of, job.data_dir)
    _leaves_room(posterior)
    manifest = _manifest(job, posterior)
    with plain_errors(out):
        folder = RunFolder(out, key_of(manifest))
        fitted = _fit_stage(job, posterior, folder, progress)
        outlook = look_ahead(fitted, progress)
        progress("asking what caused it", 0.0)
        answers = _answers(job, fitted, outlook)
        progress("checking", 0.0)
        found = findings(fitted, outlook, manifest["command"], job.data_dir)
        progress("writing the brief", 0.0)
        brief = compose(replace(found, **answers))
        work = folder.work
        lay_down(work, brief, csvs(brief), job.loaded)
        store.save_posterior(fitted, work / POSTERIOR)
        store.save_draws(outlook, work / DRAWS)
        stamp(work, manifest)
        folder.finish()
    return brief


def _answers(job: Job, fitted: Fit, outlook: Outlook) -> dict[str, Any]:
    """What the brief says of causes, beside its findings."""
    lab = Lab(fitted, fitted, CAUSE_DRAWS, job.data_dir)
    file = job.loaded.claims
    said = read_claims(file, job.loaded.scenario) if file is not None else None
    return {
        "caused": caused(lab),
        "claimed": claimed(lab, said),
        "settling": settling(outlook),
    }


def manifest_of(job: Job) -> dict[str, Any]:
    """The manifest that the job has with the data and packages of now."""
    return _manifest(job, prepare(job.loaded.scenario, job.as_of, job.data_dir))


def _manifest(job: Job, posterior: Posterior) -> dict[str, Any]:
    return job.manifest(posterior.campaign.as_of, posterior.seen.checksums)


def lay_down(work: Path, brief: AnyBrief, tables: Mapping[str, str], loaded: Loaded) -> None:
    """Write what every run folder holds: the brief, its page, its tables and the scenario."""
    _write(work / BRIEF, brief.to_json())
    _write(work / PAGE, page(brief))
    for name, text in tables.items():
        _write(work / name, text)
    _write(work / SCENARIO, loaded.resolved())
    _keep_claims(loaded, work)


def stamp(work: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest with the moment of making."""
    stamped = {
        **manifest,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "argv": sys.argv[1:],
    }
    _write(work / MANIFEST, json.dumps(stamped, indent=1) + "\n")


def _leaves_room(posterior: Posterior) -> None:
    campaign = posterior.campaign
    if campaign.origin >= campaign.steps:
        raise SalientError(
            f"the as-of date {campaign.as_of} leaves no week to look ahead; "
            f"the scenario ends on {campaign.weeks[-1]}, so take {campaign.weeks[-2] - dt.timedelta(days=1)} or earlier"
        )


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _keep_claims(loaded: Loaded, work: Path) -> None:
    if loaded.claims is not None and loaded.scenario.claims:
        _write(work / loaded.scenario.claims, loaded.claims.text)


def _fit_stage(job: Job, posterior: Posterior, folder: RunFolder, progress: Progress) -> Fit:
    """The fit, from the folder if an earlier run of the same key had finished it."""
    done = folder.load("fit")
    if done is not None:
        number = done["numbers"]
        return Fit(
            posterior,
            job.seed,
            job.sampler,
            done["z"],
            float(number[0]),
            float(number[1]),
            float(number[2]),
            int(number[3]),
            None if np.isnan(number[4]) else float(number[4]),
        )
    fitted = fit(posterior, job.seed, job.draws, job.sampler, progress)
    evidence = np.nan if fitted.log_evidence is None else fitted.log_evidence
    numbers = np.array(
        [fitted.accepted, fitted.unique, fitted.forgot, fitted.divergences, evidence]
    )
    folder.keep("fit", {"z": fitted.z, "numbers": numbers})
    return fitted


__all__ = ["Job", "lay_down", "manifest_of", "stamp", "write_brief"]
