"""`salient data`: what data there are, under which terms, how they are biased, and whether they are whole."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from salient.errors import EXIT_INPUT, EXIT_OK, Interrupted, SalientError

WIDTH = 80

data_app = typer.Typer(
    help="The data: list, read about, verify and refresh them.",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Your folder: its files take the place of those shipped."
    ),
]


@data_app.command("list")
def list_command(as_json: Json = False) -> None:
    """One line for each data set: key, title, dates, rows, licence."""
    from salient.evidence.catalogue import catalogue, summary

    lines = _or_leave(lambda: [summary(one) for one in catalogue().values()])
    if as_json:
        typer.echo(json.dumps({"data": lines}, indent=2))
        return
    _print_table(lines)


@data_app.command("show")
def show_command(name: str, as_json: Json = False) -> None:
    """Everything about one data set: columns, who says it, known bias, licence, where it is from."""
    from salient.evidence.catalogue import data_set

    one = _or_leave(lambda: data_set(name).as_dict())
    typer.echo(json.dumps(one, indent=2) if as_json else _described(one))


@data_app.command("verify")
def verify_command(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...")] = None,
    data: Folder = None,
    as_json: Json = False,
) -> None:
    """Compare each file with the catalogue; leaves with 1 when one is cut short, altered or cannot be read."""
    from salient.evidence.catalogue import catalogue
    from salient.evidence.files import verify

    results = _or_leave(lambda: {n: verify(n, data) for n in names or list(catalogue())})
    bad = any(results.values())
    if as_json:
        said = {n: [str(p) for p in problems] for n, problems in results.items()}
        typer.echo(json.dumps({"ok": not bad, "problems": said}, indent=2))
    else:
        for name, problems in results.items():
            typer.echo(f"{name}: ok" if not problems else f"{name}: not right")
            for problem in problems:
                typer.echo(f"  {problem}")
    raise typer.Exit(EXIT_INPUT if bad else EXIT_OK)


@data_app.command("fetch")
def fetch_command(
    name: str,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Your folder; the package is not touched.")
    ] = Path("salient-data"),
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=3600.0, help="Seconds for each file.")
    ] = 60.0,
    as_json: Json = False,
) -> None:
    """Fetch a data set anew from where it came from, into a folder of your own."""
    from salient.evidence.fetch import fetch

    try:
        got = _or_leave(lambda: fetch(name, out, timeout))
    except KeyboardInterrupt:
        raise Interrupted("Stopped. Nothing was written.") from None
    if as_json:
        typer.echo(json.dumps(got.as_dict(), indent=2))
        return
    for one in got.files:
        typer.echo(f"{one.path}: {one.rows:,} rows, {one.size:,} bytes")
        typer.echo(f"  SHA-256 {one.sha256}")
        typer.echo(_wrapped(f"from {one.url}", "  ", "  "))
    typer.echo(_wrapped(got.note))
    if got.ready:
        typer.echo(_wrapped(f"Use it with --data {out}."))


def _or_leave(work: Callable[[], Any]) -> Any:
    """The result of `work`; on wrong input each problem on its own line, and the exit code that goes with it."""
    try:
        return work()
    except SalientError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(error.exit_code) from error


def _print_table(lines: list[dict[str, Any]]) -> None:
    """The list in 80 columns."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, width=WIDTH, pad_edge=False)
    table.add_column("data set", no_wrap=True)
    table.add_column("what, and licence")
    table.add_column("from and to", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    for one in lines:
        what = f"{one['title']} [dim]({one['licence']})[/dim]"
        table.add_row(one["key"], what, f"{one['first']}\n{one['last']}", f"{one['rows']:,}")
    Console(width=WIDTH, highlight=False).print(table)


def _described(one: dict[str, Any]) -> str:
    """A data set in words, wrapped at 80 columns."""
    licence = one["licence"]
    sources = [
        "  ".join(part for part in (s["name"], s["version"], s["url"]) if part)
        for s in one["sources"]
    ]
    parts = [
        _wrapped(f"{one['key']}: {one['title']}"),
        "",
        _wrapped(one["description"]),
        "",
        f"{one['rows']:,} rows, {one['first']} to {one['last']}, file {one['file']}",
        *_headed("Who says it", [one["side"], "Published by " + one["publisher"]]),
        *_headed("Known bias", one["known_bias"]),
        *_headed("Columns", [_column(c) for c in one["columns"]]),
        *_headed("How it was made", [one["derived"]]),
        *_headed("Obtained from", [*sources, f"retrieved {one['retrieved']}"]),
        *_headed("Licence", [licence["short"], licence["found"], licence["means"]]),
        *_headed("Checksum (SHA-256)", [one["sha256"]]),
    ]
    return "\n".join(parts)


def _column(column: dict[str, str]) -> str:
    """One column: its name, unit and meaning."""
    unit = "" if column["unit"] in ("", "1") else f" [{column['unit']}]"
    return f"{column['name']}{unit}: {column['meaning']}"


def _headed(title: str, lines: list[str]) -> list[str]:
    """A title and its lines, each as a point."""
    return ["", title, *(_wrapped(line, "  - ", "    ") for line in lines)]


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    """Text wrapped at 80 columns; addresses are not broken."""
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


__all__ = ["data_app"]
