"""New scenarios: a copy of one that is there, to edit."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from salient.errors import Problem, ScenarioError
from salient.scenario.files import called
from salient.scenario.library import FILE, names
from salient.scenario.loading import Loaded, load
from salient.scenario.schema import SLUG
from salient.scenario.tree import resolve, shown


def new(name: str, from_: str = "kursk-2024", into: Path | None = None) -> Path:
    """A folder `name` with a copy of a scenario to edit, its comments kept. Returns the scenario file.

    Raises ScenarioError when the name is not one, is taken, or the scenario to copy is not valid.
    """
    into = into or Path.cwd()
    target = into / name
    _check_name(name, target)
    source = load(from_)
    text = _renamed(source, name)
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=into))
    except OSError as error:
        raise ScenarioError(
            Problem(f"no folder can be made here: {error.strerror}", str(into))
        ) from None
    try:
        for file in source.files[1:]:
            copy = aside / file.path.relative_to(source.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(file.text, encoding="utf-8")
        (aside / FILE).write_text(text, encoding="utf-8")
        aside.chmod(0o755)
        aside.rename(target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return target / FILE


def _renamed(source: Loaded, name: str) -> str:
    """The text of a scenario with its name and title changed, and nothing else."""
    title = f"{source.scenario.title[:1900]} ({name})"
    changes = {
        "scenario": name if resolve(name) == name else f"'{name}'",
        "title": json.dumps(title, ensure_ascii=False),
    }
    text = source.text
    spans = {key: source.root.value[key].span for key in changes}
    for key, (start, end) in sorted(spans.items(), key=lambda item: -item[1][0]):
        end_of_line = "\n" if text[start:end].endswith("\n") else ""
        text = text[:start] + changes[key] + end_of_line + text[end:]
    return text


def _check_name(name: str, target: Path) -> None:
    if not re.fullmatch(SLUG.strip("^$"), name):
        message = (
            f"'{shown(name)}' is not a name for a scenario; use small letters, digits and hyphens"
        )
        raise ScenarioError(Problem(message, hint="for example my-campaign"))
    if name in names():
        raise ScenarioError(Problem(f"'{name}' is the name of a packaged scenario; choose another"))
    if os.path.lexists(target):
        raise ScenarioError(
            Problem("this is there already; choose another name or remove it", called(target))
        )
