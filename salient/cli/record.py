"""`salient validate`: what history says about the model, and answers for a table of battles."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from salient.cli.options import Json
from salient.errors import Problem, SalientError, nearest


def register(app: typer.Typer) -> None:
    """Mount the command on the application."""
    app.command()(validate)


def validate(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A data set, such as cdb90. All when left out."),
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--table", metavar="FILE", help="Battles to answer, as CSV.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.svg", help="Picture of (p, q) in the Ardennes."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold the model against the historical record. Failures included; or probabilities for your own battles."""
    # small matrices: threads of the linear algebra only wait for each other. Works if NumPy is not loaded yet.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from salient.record.verdicts import LONG, SETS

    known = (*SETS, *LONG)
    name = _whole(name, known)
    if name is not None and name not in known:
        close = nearest(name, known)
        hint = f"did you mean '{close}'?" if close else f"there are {', '.join(known)}"
        raise SalientError(Problem(f"there is no historical data set '{name}'", hint=hint))
    if out is not None:
        _picture(out, name, table)
    if table is None:
        _verdicts(name, as_json)
    elif name in (None, "cdb90"):
        _answers(table, as_json)
    else:
        raise SalientError(Problem(f"--table cannot be used with '{name}'", hint="use cdb90"))


def _whole(name: str | None, known: Iterable[str]) -> str | None:
    """The set that a name begins, where there is one only: `ardennes` is `ardennes-1944`."""
    begun = [one for one in known if name and one.startswith(f"{name}-")]
    return begun[0] if len(begun) == 1 else name


def _picture(out: Path, name: str | None, table: Path | None) -> None:
    """Write the picture to a file, or under its own name into a folder."""
    from salient.record.picture import posterior_picture
    from salient.runs.folder import plain_errors

    if table is not None or name not in (None, "ardennes-1944"):
        hint = "use `salient validate ardennes-1944 --out FILE.svg`"
        raise SalientError(
            Problem("there is a picture of ardennes-1944 only", key="--out", hint=hint)
        )
    file = out if out.suffix == ".svg" else out / "ardennes-1944.svg"
    with plain_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name}.partial")
        aside.write_text(posterior_picture(), encoding="utf-8")
        aside.replace(file)
    typer.echo(f"Picture: {file}", err=True)


def _answers(table: Path, as_json: bool) -> None:
    """Rows are printed block by block, so that a large table needs little memory."""
    from salient.record.battles import NOTE, answers

    blocks = answers(table)
    first = next(blocks)
    if as_json:
        typer.echo(f'{{"note": {json.dumps(NOTE)}, "battles": [')
    else:
        typer.echo(f"{'battle':<12} {'P(att. wins)':>12}  loss ratio attacker/defender (90 %)")
    comma, rows, unused = "", 0, 0
    while first:
        rows, unused = rows + len(first), unused + sum(one["reason"] is not None for one in first)
        if as_json:
            typer.echo(comma + ",\n".join(json.dumps(one) for one in first))
        else:
            for one in first:
                typer.echo(_line(one))
        comma, first = ",", next(blocks, [])
    if as_json:
        typer.echo(f'], "rows": {rows}, "not_used": {unused}}}')
    else:
        each = ", with the reason of each above" if unused else ""
        typer.echo(f"{rows:,} rows, {unused:,} not used{each}.\n{NOTE}")


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
    from salient.record.verdicts import LONG, SETS, TITLES, all_verdicts

    rows = all_verdicts(list(SETS) if name is None else [name])
    if as_json:
        typer.echo(json.dumps({"rows": rows}, indent=1))
        return
    from salient.cli.record_table import lines

    for line in lines(rows, TITLES, name in LONG):
        typer.echo(line)
