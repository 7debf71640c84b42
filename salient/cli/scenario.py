"""The commands about scenario files: `salient check`, `salient new`, `salient schema`. Thin: the work is elsewhere.

Heavy imports sit inside the functions, so that `salient --help` stays quick.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salient.errors import EXIT_INPUT, MechanismError, Problem, SalientError, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from salient.scenario.schema import Scenario

_DEFAULT = "kursk-2024"


def register(app: typer.Typer) -> None:
    """Mount the commands on the application."""
    app.command()(check)
    app.command()(new)
    app.command()(schema)


def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Scenario files, folders or names.")
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Check with a value changed."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a list of problems as JSON.")
    ] = False,
) -> None:
    """Say what is wrong with scenario files. Each problem has its file, line and key."""
    problems = _problems(files, changes or [], quiet=as_json)
    if as_json:
        _print_json(problems)
    else:
        for problem in problems:
            typer.echo(str(problem), err=True)
    if problems:
        raise typer.Exit(EXIT_INPUT)


def new(
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")],
    source: Annotated[
        str,
        typer.Option(
            "--from", metavar="SCENARIO", help="Scenario to copy: a name, a folder or a file."
        ),
    ] = _DEFAULT,
) -> None:
    """Make a folder NAME with a scenario file to edit."""
    from salient.scenario import drafts

    path = drafts.new(name, source)
    typer.echo(
        f"{path.relative_to(Path.cwd())} is there to edit; `salient check {name}` says whether it is right."
    )


def schema(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write it to a file instead of printing it."),
    ] = None,
) -> None:
    """Print the JSON Schema of the scenario language. Editors complete and check keys with it."""
    from salient.scenario import json_schema

    text = json_schema.text()
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SalientError(Problem(f"cannot be written: {error.strerror}", str(out))) from None


def _problems(files: Sequence[str], changes: Sequence[str], quiet: bool) -> list[Problem]:
    """What is wrong with each file; those in order are said to be, unless quiet."""
    gc.disable()  # nearly all that is made here is kept, and looking for garbage is a sixth of the time
    try:
        from salient.scenario.loading import load

        problems: list[Problem] = []
        for file in files:
            try:
                _tried(load(file, changes).scenario)
            except SalientError as error:
                if not isinstance(error, ScenarioError | MechanismError):
                    raise
                problems += error.problems
            else:
                if not quiet:
                    typer.echo(f"{file}: ok")
        return problems
    finally:
        gc.enable()


def _tried(scenario: Scenario) -> None:
    """A rule from outside Salient is run for one draw: what cannot be run is not called right."""
    from salient.mechanisms.declared import outside
    from salient.mechanisms.registry import chosen

    if any(outside(m) for m in chosen(scenario.mechanisms)):
        from salient.engine.ensemble import try_once

        try_once(scenario)


def _print_json(problems: Sequence[Problem]) -> None:
    import json
    from dataclasses import asdict

    rows: list[dict[str, Any]] = [asdict(problem) for problem in problems]
    typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
