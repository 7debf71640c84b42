"""`salient engage`: two forces under a classical law, as sentences, a curve, JSON or a picture."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salient.cli.options import Json, Seed
from salient.errors import Problem, SalientError

if TYPE_CHECKING:
    from salient.laws.engage import Engagement

_WIDTH, _HEIGHT = 60, 12


def register(app: typer.Typer) -> None:
    """Mount the command on the application."""
    app.command(context_settings={"allow_extra_args": True})(engage)


def engage(
    context: typer.Context,
    law: Annotated[
        str, typer.Option("--law", metavar="LAW", help="square, linear, logarithmic, ...")
    ],
    strength: Annotated[
        tuple[float, float],
        typer.Option("--strength", metavar="A B", help="How many each side has."),
    ],
    effectiveness: Annotated[
        tuple[float, float],
        typer.Option(
            "--effectiveness", metavar="EA EB", help="A loses at EB x B under the square law."
        ),
    ],
    times: Annotated[
        list[str] | None,
        typer.Option("--times", metavar="T...", help="Times at which to say the strengths."),
    ] = None,
    breakpoints: Annotated[
        tuple[float, float],
        typer.Option(
            "--breakpoint", metavar="FA FB", help="Share of strength at which each side gives up."
        ),
    ] = (0.0, 0.0),
    reinforcement: Annotated[
        tuple[float, float] | None,
        typer.Option(
            "--reinforcement", metavar="RA RB", help="Square law: how many join in a unit of time."
        ),
    ] = None,
    p: Annotated[
        float | None, typer.Option("--p", help="Generalised law: exponent of the enemy.")
    ] = None,
    q: Annotated[float | None, typer.Option("--q", help="Generalised law: own exponent.")] = None,
    weiss: Annotated[
        float | None, typer.Option("--weiss", help="Helmbold's law: W, 1 is square.")
    ] = None,
    hidden: Annotated[str | None, typer.Option("--hidden", help="Deitchman's law: A or B.")] = None,
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, max=1000, help="Salvo: salvos fired.")
    ] = 10,
    defence: Annotated[
        tuple[float, float],
        typer.Option("--defence", metavar="DA DB", help="Salvo: shots that a unit stops."),
    ] = (0.0, 0.0),
    staying: Annotated[
        tuple[float, float],
        typer.Option("--staying", metavar="SA SB", help="Salvo: hits that a unit can take."),
    ] = (1.0, 1.0),
    draws: Annotated[
        int,
        typer.Option(
            "--draws", min=0, max=10_000_000, help="Stochastic and salvo: battles to draw."
        ),
    ] = 0,
    seed: Seed = 1,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.svg", help="Write a picture there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Two forces under a classical law: who wins, when, with what left, and the curve between."""
    wanted = _times([*(times or []), *context.args])
    if law == "stochastic":
        _say_chance(_stochastic(strength, effectiveness, draws, seed), as_json)
        return
    if law == "salvo":
        _say_salvo(_salvo(strength, effectiveness, defence, staying, rounds, draws, seed), as_json)
        return
    given = {"reinforcement": reinforcement, "p": p, "q": q, "weiss": weiss, "hidden": hidden}
    from salient.laws.engage import engage as fight

    options = {k: v for k, v in given.items() if v is not None}
    fought = fight(law, strength, effectiveness, wanted, breakpoints, **options)
    if out is not None:
        _write(out, fight(law, strength, effectiveness, None, breakpoints, **options))
    if as_json:
        typer.echo(json.dumps(fought.to_json(), allow_nan=False))
        return
    _say(fought, table=bool(wanted))


def _times(words: list[str]) -> list[float]:
    """Times from `--times 0 1 2` or `--times 0,1,2`."""
    out = []
    for word in (part for w in words for part in w.split(",") if part):
        try:
            out.append(float(word))
        except ValueError:
            hint = "numbers, such as --times 0 1 2.5"
            raise SalientError(
                Problem(f"'{word}' is not a time", key="--times", hint=hint)
            ) from None
    return out


def _number(x: float) -> str:
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:.4g}"


def _say(e: Engagement, *, table: bool) -> None:
    from salient.laws.engage import laws

    law = laws()[e.law]
    typer.echo(f"{law.title} ({law.citation}).")
    typer.echo(f"{law.equation}.")
    left = " and ".join(f"{s} keeps {_number(n)}" for s, n in zip("AB", e.final, strict=True))
    lost = " and ".join(
        f"{s} loses {_number(a - b)}" for s, a, b in zip("AB", e.start, e.final, strict=True)
    )
    if e.winner and e.duration is not None:
        typer.echo(
            f"{e.winner} wins after {_number(e.duration)} units of time of the rates: {left}."
        )
    elif e.duration is not None:
        typer.echo(
            f"Nobody wins; it ends after {_number(e.duration)} units of time of the rates: {left}."
        )
    else:
        typer.echo(f"No end in finite time; in the limit {left}.")
    typer.echo(f"What it costs: {lost}.")
    typer.echo(f"Invariant: {e.invariant:.6g}.")
    if e.note:
        typer.echo(f"Note: {e.note}.")
    if table:
        typer.echo(f"{'time':>12} {'A':>14} {'B':>14}")
        for t, (a, b) in zip(e.times, e.strength, strict=True):
            typer.echo(f"{t:>12.6g} {_number(a):>14} {_number(b):>14}")
    else:
        typer.echo(_curve(e))


def _curve(e: Engagement) -> str:
    """Both strengths over time in letters, A and B, * where they meet."""
    top = max(e.strength.max(), 1e-300)
    grid = [[" "] * _WIDTH for _ in range(_HEIGHT)]
    for side, letter in enumerate("AB"):
        for x in range(_WIDTH):
            i = round(x * (len(e.times) - 1) / (_WIDTH - 1))
            y = _HEIGHT - 1 - round(float(e.strength[i, side]) / top * (_HEIGHT - 1))
            grid[y][x] = letter if grid[y][x] == " " else "*"
    labels = [_number(top), *[""] * (_HEIGHT - 2), "0"]
    lines = [
        f"{label:>10} |{''.join(row).rstrip()}" for label, row in zip(labels, grid, strict=True)
    ]
    span = _number(float(e.times[-1]))
    return "\n".join([*lines, f"{'':>10} +{'-' * _WIDTH}", f"{'':>12}0{span:>{_WIDTH - 1}} time"])


def _write(out: Path, e: Engagement) -> None:
    from salient.runs.folder import plain_errors

    with plain_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = out.with_name(f".{out.name}.partial")
        aside.write_text(_picture(e), encoding="utf-8")
        aside.replace(out)
    typer.echo(f"Picture: {out}", err=True)


def _picture(e: Engagement) -> str:
    """The two curves as SVG; told apart by dash and label as well as by colour."""
    top, span = float(e.strength.max()), float(e.times[-1])
    lines = []
    for side, (name, style) in enumerate((("A", "#0b6e8f"), ("B", "#a8480c"))):
        points = " ".join(
            f"{60 + 480 * t / span:.2f},{270 - 240 * n / top:.2f}"
            for t, n in zip(e.times, e.strength[:, side], strict=True)
        )
        dash = ' stroke-dasharray="7 4"' if side else ""
        y = 270 - 240 * float(e.strength[-1, side]) / top
        lines.append(
            f'<polyline points="{points}" fill="none" stroke="{style}" stroke-width="2.5"{dash}/>'
        )
        lines.append(f'<text x="546" y="{y + 4:.1f}" fill="{style}">{name}</text>')
    said = f"{e.law} law: A keeps {_number(e.final[0])}, B keeps {_number(e.final[1])}"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 580 320" role="img" font-family="sans-serif" '
        f'font-size="13"><title>{said}</title><rect width="580" height="320" fill="#fff"/>'
        '<path d="M60 30V270H540" fill="none" stroke="#555"/>'
        f'<text x="52" y="35" text-anchor="end">{_number(top)}</text><text x="52" y="274" text-anchor="end">0</text>'
        f'<text x="540" y="290" text-anchor="end">{_number(span)}</text>'
        f'<text x="300" y="308" text-anchor="middle">time, in the unit of the rates</text>{"".join(lines)}</svg>\n'
    )


def _whole(strength: tuple[float, float], effectiveness: tuple[float, float]) -> tuple[int, int]:
    for side, n, e in zip("AB", strength, effectiveness, strict=True):
        if not (math.isfinite(n) and n >= 1 and n == int(n) and n <= 100_000):
            hint = "a whole number of soldiers from 1 to 100 000"
            raise SalientError(Problem(f"{n:g} was found for {side}", key="strength", hint=hint))
        if not (math.isfinite(e) and e > 0):
            hint = "a finite number above 0"
            raise SalientError(
                Problem(f"{e:g} was found for {side}", key="effectiveness", hint=hint)
            )
    return int(strength[0]), int(strength[1])


def _stochastic(
    strength: tuple[float, float], effectiveness: tuple[float, float], draws: int, seed: int
) -> dict[str, Any]:
    from salient.laws.chance import MOST_STATES, exact_endings, simulate

    start = _whole(strength, effectiveness)
    said: dict[str, Any] = {"law": "stochastic", "strength": list(start)}
    if start[0] * start[1] <= MOST_STATES:
        exact = exact_endings(start, effectiveness)
        said["exact"] = {"p_a_wins": exact.p_a_wins, "mean_survivors": list(exact.mean())}
    elif not draws:
        hint = "--draws 10000, or smaller forces"
        raise SalientError(
            Problem("the exact chain would have too many states", key="--strength", hint=hint)
        )
    if draws:
        import numpy as np

        made = simulate(start, effectiveness, draws, seed)
        low, middle, high = np.quantile(made.duration, [0.05, 0.5, 0.95])
        won = float((made.left[0] > 0).mean())
        said["drawn"] = {
            "draws": draws,
            "p_a_wins": won,
            "standard_error": math.sqrt(won * (1 - won) / draws),
            "survivors": {s: _interval(made.left[i]) for i, s in enumerate("AB")},
            "duration": {"median": float(middle), "low": float(low), "high": float(high)},
        }
    return said


def _interval(x: Any) -> dict[str, float]:
    import numpy as np

    low, middle, high = np.quantile(x, [0.05, 0.5, 0.95])
    return {
        "mean": float(x.mean()),
        "median": float(middle),
        "low": float(low),
        "high": float(high),
    }


def _say_chance(said: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(said, allow_nan=False))
        return
    typer.echo("Stochastic square law, one casualty at a time.")
    if "exact" in said:
        a, b = said["exact"]["mean_survivors"]
        typer.echo(f"Exact: A wins with probability {said['exact']['p_a_wins']:.6g}.")
        typer.echo(f"Survivors on average: A {a:.4g}, B {b:.4g}.")
    if "drawn" in said:
        d = said["drawn"]
        t = d["duration"]
        typer.echo(
            f"{d['draws']:,} battles drawn: A won {d['p_a_wins']:.4g} (standard error {d['standard_error']:.1g})."
        )
        typer.echo(
            f"Duration {t['median']:.4g} ({t['low']:.4g} .. {t['high']:.4g}, 90 %) units of time of the rates."
        )
        for side, n in d["survivors"].items():
            typer.echo(
                f"Survivors of {side}: {n['median']:.0f} ({n['low']:.0f} .. {n['high']:.0f}, 90 %)."
            )


def _salvo(
    strength: tuple[float, float],
    striking: tuple[float, float],
    defence: tuple[float, float],
    staying: tuple[float, float],
    rounds: int,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    from salient.laws.chance import Salvo

    checks = {"strength": strength, "effectiveness": striking, "staying": staying}
    for key, pair in checks.items():
        if not all(math.isfinite(v) and v > 0 for v in pair):
            raise SalientError(
                Problem(
                    f"{pair[0]:g} {pair[1]:g} was found", key=key, hint="finite numbers above 0"
                )
            )
    if not all(math.isfinite(v) and v >= 0 for v in defence):
        raise SalientError(
            Problem(
                f"{defence[0]:g} {defence[1]:g} was found", key="defence", hint="finite, 0 or more"
            )
        )
    salvo = Salvo(strength, striking, defence, staying)
    rows = salvo.rounds(rounds)
    said: dict[str, Any] = {
        "law": "salvo",
        "times": list(range(rounds + 1)),
        "strength": rows.tolist(),
    }
    if draws:
        left = salvo.by_chance(rounds, min(draws, 1_000_000), seed)[-1]
        said["drawn"] = {s: _interval(left[i]) for i, s in enumerate("AB")}
    return said


def _say_salvo(said: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(said, allow_nan=False))
        return
    typer.echo("Salvo equations (Hughes 1995): units in action after each salvo.")
    for t, (a, b) in zip(said["times"], said["strength"], strict=True):
        typer.echo(f"{t:>6} {_number(a):>12} {_number(b):>12}")
    for side, n in said.get("drawn", {}).items():
        typer.echo(
            f"By chance {side} keeps {n['median']:.4g} ({n['low']:.4g} .. {n['high']:.4g}, 90 %)."
        )
