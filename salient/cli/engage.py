"""`salient engage`: a battle of two forces under a classical law, in numbers, in a curve and as a picture."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

import salient.cli.engage_options as o
from salient.cli.options import Json
from salient.errors import Problem, SalientError


class _ManyTimes(TyperCommand):
    """A command in which `--times` is followed by as many numbers as one likes."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Every number after `--times` becomes part of one value, joined by commas."""
        return super().parse_args(ctx, _joined(args))


def _joined(args: list[str]) -> list[str]:
    out: list[str] = []
    collecting = False
    for arg in args:
        if collecting and _starts_a_number(arg):
            out[-1] = f"{out[-1]},{arg}" if out[-1] != "--times" else f"--times={arg}"
            continue
        collecting = arg == "--times"
        out.append(arg)
    return out


def _starts_a_number(arg: str) -> bool:
    """Whether it is a number, also a wrong one such as -1 or nan, or numbers with commas between them."""
    try:
        float(arg.split(",")[0])
    except ValueError:
        return False
    return True


def register(app: typer.Typer) -> None:
    """Mount the command on the application."""
    app.command(cls=_ManyTimes)(engage)


_OWN = {
    "law", "strength", "effectiveness", "times", "breakpoint", "reinforce", "p", "q", "weiss", "hidden",
    "tolerance", "pace", "defence", "staying", "draws", "seed",
}  # fmt: skip


def engage(
    law: o.LawName,
    strength: o.Strength,
    effectiveness: o.Effectiveness,
    times: o.Times = None,
    breakpoints: o.Breakpoint = None,
    reinforce: o.Reinforce = None,
    p: o.P = None,
    q: o.Q = None,
    weiss: o.Weiss = None,
    hidden: o.Hidden = None,
    tolerance: o.Tolerance = None,
    pace: o.Pace = None,
    defence: o.Defence = None,
    staying: o.Staying = None,
    draws: o.Draws = None,
    seed: o.Seed = None,
    others: o.Others = None,
    out: o.Out = None,
    as_json: Json = False,
) -> None:
    """A battle of forces A and B under a classical law. Course, winner, losses, duration, invariant."""
    from salient.laws.battle import engage as solve

    given = {
        "reinforce": reinforce, "p": p, "q": q, "weiss": weiss, "hidden": hidden, "tolerance": tolerance,
        "pace": pace, "defence": defence, "staying": staying, "draws": draws, "seed": seed,
    }  # fmt: skip
    _must_be_svg(out)
    at = None if times is None else _times(times)
    more = _others(others or [])
    battle = solve(law, strength, effectiveness, times=at, breakpoint=breakpoints, **given, **more)
    if out is not None:
        _write(out, battle)
    if as_json:
        typer.echo(json.dumps(battle.as_dict(), indent=1, allow_nan=False))
        return
    _show(battle, times is not None)
    if out is not None:
        typer.echo(f"Picture: {out}")


def _must_be_svg(out: Path | None) -> None:
    if out is not None and out.suffix != ".svg":
        raise SalientError(
            Problem(f"'{out}' is not a picture", key="--out", hint="a name that ends in .svg")
        )


def _times(text: str) -> list[float]:
    found = []
    for part in text.split(","):
        try:
            found.append(float(part))
        except ValueError:
            raise SalientError(
                Problem(f"'{part}' is not a time", key="--times", hint="such as 0 1 2 5")
            ) from None
    return found


def _others(settings: list[str]) -> dict[str, float]:
    """Options of laws from outside, by name. Raises SalientError for one of Salient's own or what is not a number."""
    found: dict[str, float] = {}
    for text in settings:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise SalientError(
                Problem(f"'{text}' sets no number", key="--set", hint="such as fading=0.2")
            ) from None
        if name in _OWN:
            raise SalientError(
                Problem(f"'{name}' is set otherwise", key="--set", hint=f"write --{name}")
            )
    return found


def _show(battle: Any, with_table: bool) -> None:
    from salient.cli.engage_picture import in_text, number, sentences

    for line in [*in_text(battle), "", *sentences(battle)]:
        typer.echo(line)
    if with_table:
        typer.echo(f"\n{'time':>14}{'A, soldiers':>20}{'B, soldiers':>20}")
        for t, (a, b) in zip(battle.times, battle.strength, strict=True):
            typer.echo(f"{number(t):>14}{number(a):>20}{number(b):>20}")


def _write(file: Path, battle: Any) -> None:
    """Write the picture aside and rename it, so that no half picture is left."""
    from salient.cli.engage_picture import in_svg

    picture = in_svg(battle)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        aside.write_text(picture, encoding="utf-8")
        os.replace(aside, file)
    except OSError as e:
        aside.unlink(missing_ok=True)
        raise SalientError(Problem(f"cannot be written: {e.strerror}", file=str(file))) from None
