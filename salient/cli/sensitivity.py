"""The commands that ask what the answer rests on: `salient sensitivity`, `discover` and `voi`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salient.cli.options import (
    AsOf,
    Data,
    Json,
    Scenario,
    Seed,
    Set,
    Workers,
    date_of,
    execution,
    progress,
)
from salient.errors import UsageError

if TYPE_CHECKING:
    from salient.questions.outcomes import Study
    from salient.scenario.loading import Loaded

WIDTH = 80
_BAR = 14
_UNFITTED = "the priors"

OutcomeName = Annotated[
    str | None,
    typer.Option("--outcome", metavar="O", help="area:kursk, losses:russia, ...; ground if unset."),
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="DATE", help="The day of the outcome; the period's end if unset."),
]
PosteriorFile = Annotated[
    Path | None,
    typer.Option("--posterior", metavar="FILE.nc", help="Vary over a fit, not over the priors."),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write JSON, CSV and figure there.")
]
Runs = Annotated[int, typer.Option("--draws", min=40, max=100_000, help="Runs of the campaign.")]
Base = Annotated[
    int, typer.Option("--draws", min=40, max=100_000, help="Base sample; about 16 runs for each.")
]


def register(app: typer.Typer) -> None:
    """Mount the commands on the application."""
    for command in (sensitivity, discover, voi):
        app.command()(command)


def sensitivity(
    scenario: Scenario,
    outcome: OutcomeName = None,
    as_of: AsOf = None,
    at: At = None,
    data: Data = None,
    posterior: PosteriorFile = None,
    draws: Base = 1024,
    seed: Seed = 1,
    changes: Set = None,
    out: Out = None,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """What matters: which uncertain numbers move an outcome. The share of its variance in which each has a hand."""
    from salient.questions import sensitivity as question

    question.salib("sample")  # says at once what is missing
    with execution(workers, 4000), progress(resumes=False) as say:
        loaded, study = _study(scenario, changes, outcome, as_of, at, posterior, seed, data)
        found = question.sensitivity(study, draws, say)
    result = _result(study, "sensitivity", draws, question.as_json(found))
    if out is not None:
        from salient.brief.tornado import TornadoBar, tornado

        bars = [
            TornadoBar(r.label, r.swing.at_low, r.swing.at_high)
            for r in sorted(
                (r for r in found.rows if r.swing is not None),
                key=lambda r: -abs(r.swing.change) if r.swing else 0.0,
            )
            if r.swing is not None
        ]
        o = study.outcome
        title = f"{o.label} on {o.date}"
        _write(loaded, out, result, {"tornado.svg": tornado(title, o.unit, found.reference, bars)})
    _show(result, as_json, _sensitivity_table)


def discover(
    scenario: Scenario,
    outcome: OutcomeName = None,
    below: Annotated[
        float | None, typer.Option("--below", metavar="X", help="The outcome is below this.")
    ] = None,
    above: Annotated[
        float | None, typer.Option("--above", metavar="X", help="The outcome is above this.")
    ] = None,
    as_of: AsOf = None,
    at: At = None,
    data: Data = None,
    posterior: PosteriorFile = None,
    draws: Runs = 12_000,
    seed: Seed = 1,
    changes: Set = None,
    out: Out = None,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """Where the answer flips: under which assumptions. The corner in which the outcome lies below or above a number."""
    from salient.questions import discovery as question

    if below is not None and above is None:
        threshold, side = below, "below"
    elif above is not None and below is None:
        threshold, side = above, "above"
    else:
        raise UsageError("give one of --below X and --above X")
    with execution(workers, 4000), progress(resumes=False) as say:
        loaded, study = _study(scenario, changes, outcome, as_of, at, posterior, seed, data)
        found = question.discover(
            study, threshold, "below" if side == "below" else "above", draws, say
        )
    result = _result(study, "discover", draws, question.as_json(found))
    if out is not None:
        _write(loaded, out, result)
    _show(result, as_json, _discover_table)


def voi(
    scenario: Scenario,
    outcome: OutcomeName = None,
    precision: Annotated[
        float,
        typer.Option("--precision", metavar="P", help="Error of the measurement, in prior sd."),
    ] = 0.25,
    as_of: AsOf = None,
    at: At = None,
    data: Data = None,
    posterior: PosteriorFile = None,
    draws: Runs = 4000,
    seed: Seed = 1,
    changes: Set = None,
    out: Out = None,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """What would settle it: which number is worth measuring. That which would narrow the answer most."""
    from salient.questions import voi as question

    with execution(workers, 4000), progress(resumes=False) as say:
        loaded, study = _study(scenario, changes, outcome, as_of, at, posterior, seed, data)
        found = question.value(study, precision, draws, say)
    result = _result(study, "voi", draws, question.as_json(found))
    if out is not None:
        _write(loaded, out, result)
    _show(result, as_json, _voi_table)


def _study(
    scenario: str,
    changes: list[str] | None,
    outcome: str | None,
    as_of: str | None,
    at: str | None,
    posterior: Path | None,
    seed: int,
    data: Path | None,
) -> tuple[Loaded, Study]:
    from salient.runs.assumption_run import study_of
    from salient.scenario.loading import load

    when, day = date_of(as_of, "--as-of"), date_of(at, "--at")
    loaded = load(scenario, changes or [])
    return loaded, study_of(loaded, outcome, when, day, posterior, seed, data)


def _result(study: Study, question: str, draws: int, found: dict[str, Any]) -> dict[str, Any]:
    from salient.runs.assumption_run import about

    return {**about(study, question, draws), **found}


def _write(
    loaded: Loaded, out: Path, result: dict[str, Any], figures: dict[str, str] | None = None
) -> None:
    from salient.runs.assumption_run import write

    write(loaded, out, result, figures)
    typer.echo(f"Results: {out}", err=True)


def _show(result: dict[str, Any], as_json: bool, table: Callable[[dict[str, Any]], Any]) -> None:
    if as_json:
        typer.echo(json.dumps(result, indent=1))
        return
    from rich.console import Console

    console = Console(width=WIDTH, highlight=False, markup=False)

    def say(text: str, style: str | None = None) -> None:
        console.print(textwrap.fill(text, WIDTH, break_on_hyphens=False), style=style)

    if warning := result.get("warning"):
        say(warning, "bold red")
    label = result["label"]
    say(
        f"{label[:1].upper()}{label[1:]} on {result['date']}, {result['unit']}; known to {result['as_of']}, "
        f"numbers from {result['source']}, {result['runs']:,} runs."
    )
    if not warning and result["source"] == _UNFITTED:
        say(
            "No map has a say in these numbers: to vary over what is left after a fit, give --posterior FILE.nc."
        )
    if result["rows"]:
        console.print(table(result))
    for sentence in result["sentences"]:
        say(sentence)


def _table(*columns: tuple[str, bool]) -> Any:
    from rich.table import Table

    made = Table(box=None, pad_edge=False, width=WIDTH)
    for k, (name, right) in enumerate(columns):
        made.add_column(
            name, justify="right" if right else "left", overflow="fold", ratio=2 if k == 0 else None
        )
    return made


def _bar(share: float) -> str:
    """A little bar, full at 1."""
    eighths = round(8 * _BAR * min(max(share, 0.0), 1.0))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _percent(row: dict[str, Any]) -> str:
    return f"{100 * row['value']:.0f} ({100 * row['low']:.0f}..{100 * min(row['high'], 1.0):.0f})"


def _sensitivity_table(result: dict[str, Any]) -> Any:
    made = _table(
        ("number", False), ("% of variance", True), ("", False), ("5 % .. 95 % point", True)
    )
    for row in result["rows"]:
        swing = row["swing"]
        ends = f"{swing['at_low']:,.0f} .. {swing['at_high']:,.0f}" if swing else ""
        made.add_row(row["label"], _percent(row), _bar(row["value"]), ends)
    return made


def _discover_table(result: dict[str, Any]) -> Any:
    made = _table(
        ("number", False),
        ("", False),
        ("limit", True),
        ("90 % of resamples", True),
        ("found", True),
    )
    for row in result["rows"]:
        made.add_row(
            row["label"],
            row["side"],
            f"{row['value']:.3g} {row['unit'] if row['unit'] != '1' else ''}".strip(),
            f"{row['low']:.3g} .. {row['high']:.3g}",
            f"{100 * row['found_again']:.0f} %",
        )
    return made


def _voi_table(result: dict[str, Any]) -> Any:
    made = _table(
        ("number to measure", False), ("% off variance", True), ("", False), ("width left", True)
    )
    for row in result["rows"][:12]:
        made.add_row(
            row["label"],
            _percent(row),
            _bar(row["value"]),
            f"{100 * min(row['width_after'], 1.0):.0f} %",
        )
    return made
