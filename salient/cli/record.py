"""`salient validate`: what history says about the model, and answers for a table of battles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from salient.cli.options import Json
from salient.errors import Problem, SalientError, nearest

WIDTH = 80


def register(app: typer.Typer) -> None:
    """Mount the command on the application."""
    app.command()(validate)


def validate(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A data set: cdb90. All when left out.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--table", metavar="FILE", help="Battles to answer, as CSV.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The historical record against the model, failures included; or probabilities for your own battles."""
    from salient.record.verdicts import SETS

    if name is not None and name not in SETS:
        close = nearest(name, SETS)
        hint = f"did you mean '{close}'?" if close else f"there are {', '.join(SETS)}"
        raise SalientError(Problem(f"there is no historical data set '{name}'", hint=hint))
    if table is None:
        _verdicts(name, as_json)
    elif name in (None, "cdb90"):
        _answers(table, as_json)
    else:
        raise SalientError(Problem(f"--table cannot be used with '{name}'", hint="use cdb90"))


def _answers(table: Path, as_json: bool) -> None:
    """Rows are printed block by block, so that a large table needs little memory."""
    from salient.record.battles import NOTE, answers

    blocks = answers(table)
    first = next(blocks)
    if as_json:
        typer.echo(f'{{"note": {json.dumps(NOTE)}, "battles": [')
    else:
        typer.echo(f"{'battle':<12} {'P(att. wins)':>12}  loss ratio attacker/defender (90 %)")
    comma = ""
    while first:
        if as_json:
            typer.echo(comma + ",\n".join(json.dumps(one) for one in first))
        else:
            for one in first:
                typer.echo(_line(one))
        comma, first = ",", next(blocks, [])
    typer.echo("]}" if as_json else NOTE)


def _line(one: dict[str, object]) -> str:
    """An answer in one line of the terminal."""
    key = str(one["battle_id"])[:12]
    ratio = one["loss_ratio"]
    if not isinstance(ratio, dict):
        return f"{key:<12} not used: {one['reason']}"
    span = f"{ratio['median']:.2f} ({ratio['low']:.2f} .. {ratio['high']:.2f})"
    return f"{key:<12} {one['p_attacker_wins']:>12.2f}  {span}"


def _verdicts(name: str | None, as_json: bool) -> None:
    """The table of measures."""
    from salient.record.verdicts import SETS, all_verdicts

    rows = all_verdicts(list(SETS) if name is None else [name])
    if as_json:
        typer.echo(json.dumps({"rows": rows}, indent=1))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, width=WIDTH, pad_edge=False)
    for column in ("set", "measure", "published", "ours", "baseline", "verdict"):
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(
            *(str(row[c]) for c in ("set", "measure", "published", "ours", "baseline")),
            row["verdict"],
        )
    Console(width=WIDTH, highlight=False, markup=False).print(shown)
