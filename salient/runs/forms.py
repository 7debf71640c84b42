"""Which form of brief a scenario asks for, and the reproduction of a run of any form."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salient.brief.content import AnyBrief
from salient.errors import DataError, Problem
from salient.runs import brief_run, front_run
from salient.runs.brief_run import SCENARIO, Job, Progress
from salient.runs.folder import BRIEF, MANIFEST, differences
from salient.scenario.loading import Loaded, load


@dataclass(frozen=True)
class Form:
    """How a form of brief is made, and what its manifest would be now."""

    write: Callable[[Job, Path, Progress], AnyBrief]
    manifest: Callable[[Job], dict[str, Any]]


FORMS: dict[str | None, Form] = {
    None: Form(brief_run.write_brief, brief_run.manifest_of),
    "panel": Form(front_run.write_front_brief, front_run.manifest_of),
}
"""By the key `forecast` of the scenario."""


def _form(loaded: Loaded) -> Form:
    return FORMS[loaded.scenario.forecast]


def write_brief(job: Job, out: Path, progress: Progress) -> AnyBrief:
    """Write the run folder of the brief that the scenario asks for. Returns the brief.

    Raises SalientError for everything that a user can mend; what stood at `out` stays until the new folder is whole.
    """
    return _form(job.loaded).write(job, out, progress)


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
    compared, different = differences(before, json.loads(again.to_json()))
    return Reproduction(compared, different, _what_changed(manifest, job, folder))


def _what_changed(manifest: dict[str, Any], job: Job, folder: Path) -> list[str]:
    """Sentences on what is not as it was: data and versions."""
    now = _form(job.loaded).manifest(job)
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
