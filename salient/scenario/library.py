"""The scenarios that come with Salient, and the file that is meant by a name or a path."""

from __future__ import annotations

import os
from pathlib import Path

from salient.errors import Problem, ScenarioError
from salient.scenario.tree import shown
from salient.scenario.words import instead

FILE = "scenario.yaml"
_FOLDER = Path(__file__).resolve().parent.parent / "scenarios"


def names() -> list[str]:
    """The packaged scenarios, in alphabetical order."""
    return sorted(folder.name for folder in _FOLDER.iterdir() if (folder / FILE).is_file())


def path(name: str) -> Path:
    """The file of a packaged scenario. Raises ScenarioError with the nearest name when there is none."""
    if name not in names():
        raise ScenarioError(Problem(f"there is no scenario '{shown(name)}'", hint=_hint(name)))
    return _FOLDER / name / FILE


def find(ref: str | os.PathLike[str]) -> Path:
    """The file that is meant by a packaged name, a folder that holds a `scenario.yaml`, or a YAML file.

    A packaged name comes first, so that it means the same in every folder; write `./kursk-2024` for a folder.
    """
    text = os.fspath(ref)
    if text in names():
        return path(text)
    place = Path(text)
    if os.path.isdir(place):
        return place / FILE
    looks_like_a_file = os.sep in text or place.suffix in (".yaml", ".yml")
    if looks_like_a_file or os.path.lexists(place):
        return place
    return path(text)


def _hint(name: str) -> str:
    known = instead(name, names(), "scenarios")
    stop = "" if known.endswith("?") else "."
    return f"{known}{stop} A file can be given too, such as my-campaign/{FILE}"
