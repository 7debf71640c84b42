"""The application: every family of commands mounted, and every error that a user can mend as one message."""

from __future__ import annotations

import sys

import typer

from salient import __version__
from salient.cli import (
    campaign,
    data,
    doctor,
    engage,
    forecasts,
    questions,
    record,
    scenario,
    sensitivity,
    serve,
    site,
)
from salient.errors import EXIT_OK, SalientError

app = typer.Typer(
    help="Model a land campaign from open data: calibrate, ask what may follow, publish a brief that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for family in (
    campaign,
    questions,
    sensitivity,
    scenario,
    forecasts,
    record,
    engage,
    site,
    serve,
    doctor,
):
    family.register(app)
app.add_typer(data.data_app, name="data")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


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
