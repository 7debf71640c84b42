"""The commands. Thin: each reads its options, calls a room, and says the result or what is wrong."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salient import __version__, cli_scenario
from salient.cli_data import data_app
from salient.errors import EXIT_INPUT, EXIT_OK, Interrupted, Problem, SalientError

if TYPE_CHECKING:
    from salient.inference.fit import Fit

app = typer.Typer(
    help="Model a land campaign from open data: calibrate, ask what may follow, publish a brief that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data_app, name="data")
cli_scenario.register(app)

Scenario = Annotated[str, typer.Argument(metavar="SCENARIO", help="A name, a folder or a file.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Use only what was known by then (2025-03-11)."),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Your folder: its files take the place of those shipped."
    ),
]
Draws = Annotated[
    int,
    typer.Option(
        "--draws",
        min=40,
        max=1_000_000,
        help="Draws of the posterior, rounded up to a multiple of 4.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Same seed, same numbers.")]
Chunk = Annotated[
    int,
    typer.Option("--chunk", min=1, help="Draws in flight at once; changes memory, not numbers."),
]
Workers = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="Threads; changes time, not numbers.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the scenario."),
]
SamplerName = Annotated[str, typer.Option("--sampler", help="smc, or nuts as the reference.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def brief(
    scenario: Scenario,
    as_of: AsOf = None,
    data: Data = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where the run folder goes.")
    ] = None,
    draws: Draws = 2000,
    seed: Seed = 1,
    changes: Set = None,
    sampler: SamplerName = "smc",
    chunk: Chunk = 4000,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """The main job: calibrate to the data up to a date, run the branches, write the brief."""
    from salient.scenario.loading import load

    loaded = load(scenario, changes or [])
    when = _date(as_of, "--as-of")
    name = f"{loaded.scenario.scenario}-{when}" if when else loaded.scenario.scenario
    where = out or Path("runs-out") / name
    with _execution(workers, chunk), _progress() as say:
        from salient.runs.brief_run import Job, write_brief

        made = write_brief(
            Job(loaded, when, _draws(draws), seed, _sampler(sampler), data), where, say
        )
    if as_json:
        typer.echo(made.model_dump_json(indent=1))
        return
    from salient.brief.terminal import show

    show(made)
    typer.echo(f"Page: {where / 'index.html'}")


@app.command()
def fit(
    scenario: Scenario,
    as_of: AsOf = None,
    data: Data = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.nc", help="Write the posterior there.")
    ] = None,
    draws: Draws = 2000,
    seed: Seed = 1,
    changes: Set = None,
    sampler: SamplerName = "smc",
    diagnose: Annotated[
        bool, typer.Option("--diagnose", help="Only look: priors' pace and curvature, no sampling.")
    ] = False,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """Calibrate and say what the data settled, with everything that says whether to believe it."""
    from salient.scenario.loading import load

    loaded = load(scenario, changes or [])
    with _execution(workers, 4000), _progress() as say:
        from salient.inference.fit import fit as sample
        from salient.inference.fit import prepare

        posterior = prepare(loaded.scenario, _date(as_of, "--as-of"), data)
        if diagnose:
            from salient import cli_tables

            cli_tables.show_curvature(posterior, as_json)
            return
        fitted = sample(posterior, seed, _draws(draws), _sampler(sampler), say)
    _report_fit(fitted, as_json)
    if out is not None:
        _save(fitted, out)


def _report_fit(fitted: Fit, as_json: bool) -> None:
    from salient import cli_tables

    cli_tables.show_fit(fitted, as_json)


def _save(fitted: Fit, out: Path) -> None:
    from salient.runs.folder import plain_errors
    from salient.runs.store import save_posterior

    with plain_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = out.with_name(f".{out.name}.partial")
        save_posterior(fitted, aside)
        aside.replace(out)
    typer.echo(f"Posterior: {out}", err=True)


@app.command()
def run(
    scenario: Scenario,
    draws: Annotated[
        int, typer.Option("--draws", min=1, max=10_000_000, help="Number of draws.")
    ] = 1000,
    changes: Set = None,
    branch: Annotated[
        str | None, typer.Option("--branch", metavar="B", help="A branch of the scenario.")
    ] = None,
    posterior: Annotated[
        Path | None,
        typer.Option("--posterior", metavar="FILE.nc", help="Start from a fit, at its as-of date."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the draws there.")
    ] = None,
    seed: Seed = 1,
    chunk: Chunk = 4000,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """An ensemble, from the priors alone or from a posterior: what the scenario says before or after the data."""
    from salient.scenario.loading import load

    loaded = load(scenario, changes or [])
    with _execution(workers, chunk), _progress() as say:
        from salient.runs.ensemble_run import run_ensemble

        say("compiling the model", 0.0)
        result = run_ensemble(loaded, draws, branch, posterior, seed, out)
    from salient import cli_tables

    cli_tables.show_ensemble(result, as_json)
    if out is not None:
        typer.echo(f"Draws: {out / 'draws.nc'}", err=True)


@app.command()
def reproduce(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder.")],
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """Run a run folder again from its manifest and say whether every number came out the same."""
    with _execution(workers, 4000), _progress() as say:
        from salient.runs.brief_run import reproduce as again

        result = again(folder, say)
    same = not result.different
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "same": same,
                    "compared": result.compared,
                    "different": result.different,
                    "notes": result.notes,
                },
                indent=1,
            )
        )
    elif same:
        typer.echo(
            f"Every number came out the same: {result.compared} values of brief.json compared."
        )
    else:
        typer.echo(
            f"{len(result.different)} of {result.compared} values of brief.json differ, "
            f"first: {', '.join(result.different[:5])}"
        )
    for note in result.notes if not as_json else ():
        typer.echo(f"Note: {note}.")
    raise typer.Exit(EXIT_OK if same else EXIT_INPUT)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _date(text: str | None, option: str) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise SalientError(
            Problem(f"'{text}' is not a date", key=option, hint="write 2025-03-11")
        ) from None


def _draws(n: int) -> int:
    """Draws are shared evenly among four islands or chains."""
    return -(-n // 4) * 4


def _sampler(name: str) -> Any:
    if name not in ("smc", "nuts"):
        raise SalientError(
            Problem(f"there is no sampler '{name}'", key="--sampler", hint="smc or nuts")
        )
    return name


@contextmanager
def _execution(workers: int, chunk: int) -> Iterator[None]:
    """How blocks of draws are worked off while a command runs."""
    from salient.engine.ensemble import Execution, execution

    token = execution.set(Execution(workers, chunk))
    try:
        yield
    finally:
        execution.reset(token)


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A line on the terminal that names the stage; silent when it is not one. Ctrl-C leaves a run that can go on."""
    try:
        yield from _shown_progress()
    except KeyboardInterrupt:
        raise Interrupted(
            "Stopped. What was finished is kept; the same command goes on from there."
        ) from None


def _shown_progress() -> Iterator[Callable[[str, float], None]]:
    if not sys.stderr.isatty():
        yield lambda stage, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda stage, share: bar.update(task, description=stage, completed=share)


def main() -> None:
    """The entry point: every error that a user can mend is one message and an exit code, never a traceback."""
    try:
        app()
    except SalientError as e:
        for problem in e.problems:
            typer.echo(str(problem), err=True)
        sys.exit(e.exit_code)
    except BrokenPipeError:
        sys.exit(EXIT_OK)


if __name__ == "__main__":
    main()
