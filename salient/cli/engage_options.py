"""The options of `salient engage`: what each is called, takes and means."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Pair = tuple[float, float]

LawName = Annotated[
    str,
    typer.Option(
        "--law",
        help="square, linear, logarithmic, generalised, helmbold, deitchman, epstein, salvo, "
        "stochastic, or one that a package adds.",
    ),
]
Strength = Annotated[
    Pair, typer.Option("--strength", metavar="A B", help="Soldiers of A and B at the start.")
]
Effectiveness = Annotated[
    Pair,
    typer.Option(
        "--effectiveness",
        metavar="EA EB",
        help="What one of A does to B, and one of B to A, per unit of time.",
    ),
]
Times = Annotated[
    str | None,
    typer.Option("--times", metavar="T...", help="Times at which strengths are wanted."),
]
Breakpoint = Annotated[
    Pair | None,
    typer.Option(
        "--breakpoint",
        metavar="FA FB",
        help="The battle ends when a side is down to this share of its start.",
    ),
]
Reinforce = Annotated[
    Pair | None,
    typer.Option("--reinforce", metavar="RA RB", help="square: soldiers who arrive per time."),
]
P = Annotated[
    float | None,
    typer.Option("--p", help="generalised, stochastic: exponent of the enemy's numbers."),
]
Q = Annotated[
    float | None, typer.Option("--q", help="generalised, stochastic: exponent of own numbers.")
]
Weiss = Annotated[
    float | None,
    typer.Option("--weiss", help="helmbold: 1 is square, 0.5 linear, 0 logarithmic."),
]
Hidden = Annotated[str | None, typer.Option("--hidden", help="deitchman: the hidden side, A or B.")]
Tolerance = Annotated[
    Pair | None,
    typer.Option(
        "--tolerance",
        metavar="TA TB",
        help="epstein: share lost a day that attacker A and defender B put up with.",
    ),
]
Pace = Annotated[
    float | None, typer.Option("--pace", help="epstein: the fastest withdrawal, km a day.")
]
Defence = Annotated[
    Pair | None,
    typer.Option(
        "--defence", metavar="ZA ZB", help="salvo: missiles that a unit stops in a salvo."
    ),
]
Staying = Annotated[
    Pair | None,
    typer.Option("--staying", metavar="HA HB", help="salvo: hits that put a unit out."),
]
Draws = Annotated[
    int | None, typer.Option("--draws", help="salvo, stochastic: simulate so many battles.")
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", help="salvo, stochastic: same seed, same numbers; 1 if left out."),
]
Others = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="An option of a law that a package adds."),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE.svg", help="Write a picture there.")
]
