"""The commands that run a campaign: `salient brief`, `fit`, `run` and `reproduce`. Thin: each reads its options, calls
a room, and says the result or what is wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salient.cli.options import (
    AsOf,
    Chunk,
    Data,
    Draws,
    Json,
    SamplerName,
    Scenario,
    Seed,
    Set,
    Workers,
    date_of,
    draws_of,
    execution,
    progress,
    sampler_of,
)
from salient.errors import EXIT_INPUT, EXIT_OK

if TYPE_CHECKING:
    from salient.inference.fit import CountFit, Fit


def register(app: typer.Typer) -> None:
    """Mount the commands on the application."""
    for command in (brief, fit, run, reproduce):
        app.command()(command)


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
    """The main job: look ahead from the data and write the brief. It uses what was known by a date."""
    from salient.scenario.loading import load

    loaded = load(scenario, changes or [])
    when = date_of(as_of, "--as-of")
    name = f"{loaded.scenario.scenario}-{when}" if when else loaded.scenario.scenario
    where = out or Path("runs-out") / name
    with execution(workers, chunk), progress() as say:
        from salient.runs.brief_run import Job
        from salient.runs.forms import write_brief

        made = write_brief(
            Job(loaded, when, draws_of(draws), seed, sampler_of(sampler), data), where, say
        )
    if as_json:
        typer.echo(made.model_dump_json(indent=1))
        return
    from salient.brief.terminal import show

    show(made)
    typer.echo(f"Page: {where / 'index.html'}")


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
    """Calibrate, and say what the data settled. With everything that says whether to believe it."""
    from salient.scenario.loading import load

    loaded = load(scenario, changes or [])
    with execution(workers, 4000), progress() as say:
        from salient.cli import tables
        from salient.inference import fit as inference
        from salient.inference import kept
        from salient.inference.counts import prepare_counts

        fitted: inference.Fit | inference.CountFit
        when, n, how = date_of(as_of, "--as-of"), draws_of(draws), sampler_of(sampler)
        counted = bool(loaded.scenario.observe.casualties)
        target = (prepare_counts if counted else inference.prepare)(loaded.scenario, when, data)
        if diagnose:
            tables.show_curvature(target, as_json)
            return
        if isinstance(target, inference.Posterior):
            nuts = how == "nuts"  # the reference sampler is not kept
            fitted = (
                inference.fit(target, seed, n, how, say) if nuts else kept.fit(target, seed, n, say)
            )
            tables.show_fit(fitted, as_json)
        else:
            fitted = inference.fit_counts(target, seed, n, how, say)
            tables.show_count_fit(fitted, as_json)
    if out is not None:
        _save(fitted, out)


def _save(fitted: Fit | CountFit, out: Path) -> None:
    from salient.runs.folder import plain_errors
    from salient.runs.store import save_posterior

    with plain_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = out.with_name(f".{out.name}.partial")
        save_posterior(fitted, aside)
        aside.replace(out)
    typer.echo(f"Posterior: {out}", err=True)


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
    """Run the scenario many times, from priors or a posterior. What it says before or after the data."""
    from salient.scenario.loading import load

    loaded = load(scenario, changes or [])
    with execution(workers, chunk), progress() as say:
        from salient.runs.ensemble_run import run_ensemble

        say("compiling the model", 0.0)
        result = run_ensemble(loaded, draws, branch, posterior, seed, out)
    from salient.cli import tables

    tables.show_ensemble(result, as_json)
    if out is not None:
        typer.echo(f"Draws: {out / 'draws.nc'}", err=True)


def reproduce(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder.")],
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """Run a run folder again and compare every number. What it is made again from stands in its manifest."""
    with execution(workers, 4000), progress() as say:
        from salient.runs.forms import reproduce as again

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
