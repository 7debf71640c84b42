"""`salient doctor`: what is installed, what runs, how fast, and what to do about what does not."""

from __future__ import annotations

import json
import textwrap

import typer

from salient.cli.options import Json
from salient.errors import EXIT_INPUT, EXIT_OK


def register(app: typer.Typer) -> None:
    """Mount the command on the application."""
    app.command()(doctor)


def doctor(as_json: Json = False) -> None:
    """What is installed, what runs, and what to do if it does not. How fast, too; leaves with 1 if the base fails."""
    from salient.runs.doctor import examine

    found = examine()
    broken = any(f.fails for f in found)
    if as_json:
        rows = [vars(f) for f in found]
        typer.echo(json.dumps({"ok": not broken, "findings": rows}, indent=1))
    else:
        part = ""
        for f in found:
            if f.part != part:
                part = f.part
                typer.echo(f"{part[0].upper()}{part[1:]}")
            typer.echo(
                _wrapped(
                    f"{f.name}: {f.said if f.state == 'ok' else f'{f.state.upper()}: {f.said}'}",
                    "  ",
                )
            )
            if f.do:
                typer.echo(_wrapped(f.do, "    -> "))
        typer.echo(
            "Salient does not work: mend what is not right under base and runs."
            if broken
            else "Salient works."
        )
    raise typer.Exit(EXIT_INPUT if broken else EXIT_OK)


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(
        text, 80, initial_indent=indent, subsequent_indent=" " * (len(indent) + 2),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
