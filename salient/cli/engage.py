"""`salient engage`: a battle of two forces under a classical law, in numbers, in a curve and as a picture."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

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


_Pair = tuple[float, float]
_OWN = {
    "law", "strength", "effectiveness", "times", "breakpoint", "reinforce", "p", "q", "weiss", "hidden",
    "tolerance", "pace", "defence", "staying", "draws", "seed",
}  # fmt: skip


def engage(
    law: Annotated[
        str,
        typer.Option(
            "--law",
            help="square, linear, logarithmic, generalised, helmbold, deitchman, epstein, salvo, "
            "stochastic, or one that a package adds.",
        ),
    ],
    strength: Annotated[
        _Pair, typer.Option("--strength", metavar="A B", help="Soldiers of A and B at the start.")
    ],
    effectiveness: Annotated[
        _Pair,
        typer.Option(
            "--effectiveness",
            metavar="EA EB",
            help="What one of A does to B, and one of B to A, per unit of time.",
        ),
    ],
    times: Annotated[
        str | None,
        typer.Option("--times", metavar="T...", help="Times at which strengths are wanted."),
    ] = None,
    breakpoints: Annotated[
        _Pair | None,
        typer.Option(
            "--breakpoint",
            metavar="FA FB",
            help="The battle ends when a side is down to this share of its start.",
        ),
    ] = None,
    reinforce: Annotated[
        _Pair | None,
        typer.Option("--reinforce", metavar="RA RB", help="square: soldiers who arrive per time."),
    ] = None,
    p: Annotated[
        float | None,
        typer.Option("--p", help="generalised, stochastic: exponent of the enemy's numbers."),
    ] = None,
    q: Annotated[
        float | None,
        typer.Option("--q", help="generalised, stochastic: exponent of own numbers."),
    ] = None,
    weiss: Annotated[
        float | None,
        typer.Option("--weiss", help="helmbold: 1 is square, 0.5 linear, 0 logarithmic."),
    ] = None,
    hidden: Annotated[
        str | None, typer.Option("--hidden", help="deitchman: the hidden side, A or B.")
    ] = None,
    tolerance: Annotated[
        _Pair | None,
        typer.Option(
            "--tolerance",
            metavar="TA TB",
            help="epstein: share lost a day that attacker A and defender B put up with.",
        ),
    ] = None,
    pace: Annotated[
        float | None, typer.Option("--pace", help="epstein: the fastest withdrawal, km a day.")
    ] = None,
    defence: Annotated[
        _Pair | None,
        typer.Option(
            "--defence", metavar="ZA ZB", help="salvo: missiles that a unit stops in a salvo."
        ),
    ] = None,
    staying: Annotated[
        _Pair | None,
        typer.Option("--staying", metavar="HA HB", help="salvo: hits that put a unit out."),
    ] = None,
    draws: Annotated[
        int | None, typer.Option("--draws", help="salvo, stochastic: simulate so many battles.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="salvo, stochastic: same seed, same numbers; 1 if left out."),
    ] = None,
    others: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of a law that a package adds."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.svg", help="Write a picture there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """A battle of two forces A and B under a classical law: course, winner, losses, duration, invariant."""
    from salient.laws.battle import engage as solve

    if out is not None and out.suffix != ".svg":
        raise SalientError(
            Problem(f"'{out}' is not a picture", key="--out", hint="a name that ends in .svg")
        )
    battle = solve(
        law,
        strength,
        effectiveness,
        times=None if times is None else _times(times),
        breakpoint=breakpoints,
        reinforce=reinforce,
        p=p,
        q=q,
        weiss=weiss,
        hidden=hidden,
        tolerance=tolerance,
        pace=pace,
        defence=defence,
        staying=staying,
        draws=draws,
        seed=seed,
        **_others(others or []),
    )
    if out is not None:
        _write(out, battle)
    if as_json:
        typer.echo(json.dumps(battle.as_dict(), indent=1, allow_nan=False))
        return
    _show(battle, times is not None)
    if out is not None:
        typer.echo(f"Picture: {out}")


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
