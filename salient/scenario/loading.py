"""From a name or a path to a validated scenario, with every problem of the file shown at once.

The steps: find the file, read it safely (`files`), make a tree with lines (`tree`), change it as `--set` says
(`overrides`), validate it (`schema`, `words`), check what needs two places (`checks`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from salient.errors import Problem, ScenarioError
from salient.scenario import files, library
from salient.scenario.files import TextFile
from salient.scenario.overrides import apply
from salient.scenario.schema import Scenario
from salient.scenario.tree import MAX_PROBLEMS, Composer, Node, shown, steps, written
from salient.scenario.words import instead, problem


@dataclass(frozen=True)
class Loaded:
    """A scenario that is valid, and where each of its values stands.

    `root` is the tree as changed by `overrides`; `files` are those that were read, the scenario first.
    """

    scenario: Scenario
    root: Node
    files: tuple[TextFile, ...]
    overrides: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The scenario file."""
        return self.files[0].path

    @property
    def folder(self) -> Path:
        """The folder of the scenario; no file outside it was read."""
        return self.path.parent

    @property
    def text(self) -> str:
        """The scenario file as it is, without the overrides."""
        return self.files[0].text

    @property
    def sha256(self) -> str:
        """The checksum of the scenario file."""
        return self.files[0].sha256

    @property
    def claims(self) -> TextFile | None:
        """The file of claims, when the scenario has one."""
        return self.files[1] if len(self.files) > 1 else None

    @cached_property
    def checksums(self) -> dict[str, str]:
        """SHA-256 of every file that was read, by its path within the folder."""
        return {file.path.relative_to(self.folder).as_posix(): file.sha256 for file in self.files}

    def locate(self, key_path: str) -> tuple[str, int | None]:
        """File and line of a key such as `events.us-weapons-paused.level`, or of its nearest ancestor that is there.

        The file is `--set` and the line None for what an override set.
        """
        node = self.root.nearest(steps(self.root, key_path))
        return node.file, node.line

    def resolved(self) -> str:
        """The scenario as YAML with the overrides in it: the file itself, comments and all, when there are none."""
        return written(self.root) if self.overrides else self.text


def load(ref: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Loaded:
    """Load a scenario: a packaged name, a folder that holds a `scenario.yaml`, or a YAML file.

    overrides: changes as `KEY=VALUE`. Raises ScenarioError with every problem found, each with file, line and key.
    """
    overrides = tuple(overrides)
    place = library.find(ref)
    _stays_inside(place, given_as_file=os.fspath(ref) == os.fspath(place))
    main = files.read(place)
    composer = Composer(main.name)
    root = composer.compose(main.text)
    if not isinstance(root.value, dict):
        raise ScenarioError(Problem("a scenario is lines of 'key: value'", main.name, root.line))
    problems = [*composer.problems, *apply(root, overrides)]
    scenario, claims = _validated(root, place, problems)
    return Loaded(scenario, root, (main, *([claims] if claims else [])), overrides)


def _stays_inside(place: Path, given_as_file: bool) -> None:
    """A link named by the user may be followed; one found in a folder may not lead out of it."""
    if not given_as_file and place.is_symlink():
        try:
            files.inside(place.parent, place.name)
        except ValueError as error:
            raise ScenarioError(Problem(str(error), files.called(place))) from None


def _validated(
    root: Node, place: Path, problems: list[Problem]
) -> tuple[Scenario, TextFile | None]:
    """The scenario and its claims. Raises ScenarioError with `problems` and all that the schema and the checks find."""
    from pydantic import ValidationError

    from salient.scenario import checks, words

    plain = root.plain()
    try:
        scenario, whole = Scenario.model_validate(plain), True
    except ValidationError as error:
        from salient.scenario.shape import remains

        said, wrong = words.problems(error, root)
        problems += said
        if wrong is None:
            raise ScenarioError(*_in_order(problems)) from None
        scenario, whole = remains(plain, wrong), False
    problems += checks.problems(scenario, root, whole)
    claims = _claims(root, place, problems)
    if problems:
        raise ScenarioError(*_in_order(problems))
    return scenario, claims


def _claims(root: Node, place: Path, problems: list[Problem]) -> TextFile | None:
    """The file of claims beside the scenario; what is wrong with it joins `problems`."""
    node = root.child("claims")
    if node is None or not isinstance(node.value, str):
        return None
    try:
        return files.read(files.inside(place.parent, node.value))
    except ValueError as error:
        problems.append(problem(root, ("claims",), str(error)))
    except ScenarioError as error:
        names = sorted(
            n for n in os.listdir(place.parent) if n.endswith((".yaml", ".yml")) and n != place.name
        )
        hint = instead(node.value, names, "other YAML files in the folder")
        found = shown(node.value)
        problems += [
            problem(root, ("claims",), f"{found}: {p.message}", hint) for p in error.problems
        ]
    return None


def _in_order(problems: list[Problem]) -> list[Problem]:
    """By line, and no more than a person can read."""
    ordered = sorted(dict.fromkeys(problems), key=lambda p: (p.line or 0, p.key or ""))
    if len(ordered) <= MAX_PROBLEMS:
        return ordered
    more = Problem(f"there are more problems than these {MAX_PROBLEMS}; mend these first")
    return [*ordered[:MAX_PROBLEMS], more]
