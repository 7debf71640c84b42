"""Options that several commands share, and what stands around a long command: workers, progress, Ctrl-C."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from salient.errors import Interrupted, Problem, SalientError

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


def date_of(text: str | None, option: str) -> dt.date | None:
    """The date that an option gives, or None. Raises SalientError for what is not a date."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise SalientError(
            Problem(f"'{text}' is not a date", key=option, hint="write 2025-03-11")
        ) from None


def draws_of(n: int) -> int:
    """Draws are shared evenly among four islands or chains."""
    return -(-n // 4) * 4


def sampler_of(name: str) -> Any:
    """The sampler of that name. Raises SalientError when there is none."""
    if name not in ("smc", "nuts"):
        raise SalientError(
            Problem(f"there is no sampler '{name}'", key="--sampler", hint="smc or nuts")
        )
    return name


@contextmanager
def execution(workers: int, chunk: int) -> Iterator[None]:
    """How blocks of draws are worked off while a command runs."""
    from salient.engine.ensemble import Execution
    from salient.engine.ensemble import execution as current

    token = current.set(Execution(workers, chunk))
    try:
        yield
    finally:
        current.reset(token)


@contextmanager
def progress(resumes: bool = True) -> Iterator[Callable[[str, float], None]]:
    """A line on the terminal that names the stage; silent when it is not one. On Ctrl-C it says what is left.

    resumes: whether what was finished is kept for the next time.
    """
    left = "What was finished is kept; the same command goes on from there."
    try:
        yield from _shown_progress()
    except KeyboardInterrupt:
        said = left if resumes else "Nothing was written."
        raise Interrupted(f"Stopped. {said}") from None


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
