"""The main job as a run: fit, branches, findings, brief, in stages that survive an interruption; and
its reproduction.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from salient.brief.compose import compose
from salient.brief.content import Brief
from salient.brief.page import csvs, render
from salient.engine.ensemble import BLOCK
from salient.errors import DataError, Problem, SalientError
from salient.inference.fit import Fit, Sampler, fit, prepare
from salient.inference.posterior import Posterior
from salient.questions.outlook import look_ahead
from salient.questions.report import findings, versions
from salient.runs import store
from salient.runs.folder import MANIFEST, RunFolder, differences, key_of, plain_errors
from salient.scenario.loading import Loaded, load

Progress = Callable[[str, float], None]
BRIEF, PAGE, SCENARIO, POSTERIOR, DRAWS = (
    "brief.json",
    "index.html",
    "scenario.yaml",
    "posterior.nc",
    "draws.nc",
)
STAGES = (
    "reading the data",
    "compiling the model",
    "calibrating",
    "running the branches",
    "checking",
    "writing the brief",
)


@dataclass(frozen=True)
class Job:
    """What decides a brief: scenario, as-of date, data, draws, seed and sampler."""

    loaded: Loaded
    as_of: dt.date | None
    draws: int
    seed: int
    sampler: Sampler
    data_dir: Path | None

    def manifest(self, posterior: Posterior) -> dict[str, Any]:
        """The record of the run, without its time."""
        return {
            "salient": "brief",
            "scenario": self.loaded.scenario.scenario,
            "changes": list(self.loaded.overrides),
            "as_of": posterior.campaign.as_of.isoformat(),
            "draws": self.draws,
            "seed": self.seed,
            "sampler": self.sampler,
            "block": BLOCK,
            "command": self.command(posterior),
            "checksums": {
                "scenario": self.loaded.checksums,
                "data": {t.key: t.sha256 for t in posterior.seen.tables},
            },
            "own_data": self.data_dir is not None,
            "versions": versions(),
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}",
        }

    def command(self, posterior: Posterior) -> str:
        """The command that reproduces the run."""
        name = self.loaded.scenario.scenario
        text = f"salient brief {name} --as-of {posterior.campaign.as_of} --seed {self.seed} --draws {self.draws}"
        text += "".join(f" --set {change}" for change in self.loaded.overrides)
        return text if self.sampler == "smc" else f"{text} --sampler {self.sampler}"


def write_brief(job: Job, out: Path, progress: Progress) -> Brief:
    """Calibrate, run the branches and write the run folder at `out`. Returns the brief.

    Raises SalientError for everything that a user can mend; what stood at `out` stays until the new folder is whole.
    """
    progress("reading the data", 0.0)
    posterior = prepare(job.loaded.scenario, job.as_of, job.data_dir)
    _leaves_room(posterior)
    manifest = job.manifest(posterior)
    with plain_errors(out):
        folder = RunFolder(out, key_of(manifest))
        fitted = _fit_stage(job, posterior, folder, progress)
        outlook = look_ahead(fitted, progress)
        progress("checking", 0.0)
        found = findings(fitted, outlook, manifest["command"], job.data_dir)
        progress("writing the brief", 0.0)
        brief = compose(found)
        work = folder.work
        _write(work / BRIEF, brief.model_dump_json(indent=1) + "\n")
        _write(work / PAGE, render(brief))
        for name, text in csvs(brief).items():
            _write(work / name, text)
        _write(work / SCENARIO, job.loaded.resolved())
        _keep_claims(job.loaded, work)
        store.save_posterior(fitted, work / POSTERIOR)
        store.save_draws(outlook, work / DRAWS)
        stamped = {
            **manifest,
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "argv": sys.argv[1:],
        }
        _write(work / MANIFEST, json.dumps(stamped, indent=1) + "\n")
        folder.finish()
    return brief


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


@dataclass(frozen=True)
class Reproduction:
    """What a re-run gave: how many numbers were compared and where they differ."""

    compared: int
    different: list[str]
    notes: list[str]


def reproduce(folder: Path, progress: Progress) -> Reproduction:
    """Run a run folder again from its own scenario and manifest, and compare every leaf of brief.json.

    Raises DataError when the folder is not a whole run.
    """
    manifest = _manifest(folder)
    before = json.loads((folder / BRIEF).read_text(encoding="utf-8"))
    loaded = load(folder / SCENARIO)
    job = Job(
        loaded,
        dt.date.fromisoformat(manifest["as_of"]),
        manifest["draws"],
        manifest["seed"],
        manifest["sampler"],
        None,
    )
    if manifest["own_data"]:
        hint = "give the same command with --data, and compare the two brief.json"
        raise DataError(
            Problem(
                "this run used data of your own, which its folder does not hold",
                file=str(folder),
                hint=hint,
            )
        )
    with tempfile.TemporaryDirectory() as aside:
        again = write_brief(job, Path(aside) / "again", progress)
    compared, different = differences(before, json.loads(again.model_dump_json()))
    return Reproduction(compared, different, _what_changed(manifest, job, folder))


def _what_changed(manifest: dict[str, Any], job: Job, folder: Path) -> list[str]:
    """Sentences on what is not as it was: data and versions."""
    now = job.manifest(prepare(job.loaded.scenario, job.as_of))
    notes = []
    for key, sha in manifest["checksums"]["data"].items():
        if now["checksums"]["data"].get(key) != sha:
            notes.append(f"data set {key} is not the one of the run")
    for name, was in manifest["versions"].items():
        if now["versions"].get(name) != was:
            notes.append(f"{name} was {was} and is {now['versions'].get(name, 'missing')}")
    if now["block"] != manifest["block"]:
        notes.append(f"the block was {manifest['block']} draws and is {now['block']}")
    return notes


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest.get("salient") != "brief":
            raise ValueError
        for name in (BRIEF, SCENARIO):
            if not (folder / name).is_file():
                raise DataError(
                    Problem(f"{name} is missing: this run folder is not whole", file=str(folder))
                )
        return dict(manifest)
    except FileNotFoundError:
        raise DataError(
            Problem("there is no manifest.json here: this is not a run folder", file=str(folder))
        ) from None
    except (ValueError, AttributeError):
        raise DataError(
            Problem("its manifest.json is not one that Salient wrote", file=str(folder))
        ) from None


__all__ = ["Job", "Reproduction", "reproduce", "write_brief"]
