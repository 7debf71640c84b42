"""The commands about the whole front: `salient forecast` and `salient backtest`."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salient.cli.options import AsOf, Data, Json, Scenario, Seed, Workers, date_of, progress
from salient.errors import Problem, SalientError

if TYPE_CHECKING:
    from salient.evidence.vintage import Front
    from salient.forecasting.panel import Model

ModelName = Annotated[
    str,
    typer.Option("--model", help="both, analogues (in a second, no sampler) or tempo."),
]
TargetName = Annotated[
    str,
    typer.Option(
        "--target",
        help="area: km2 by sector. claims: Russian losses of personnel as Ukraine claims them, up to 26w.",
    ),
]
TARGETS = ("area", "claims")


def register(app: typer.Typer) -> None:
    """Mount the commands on the application."""
    app.command()(forecast)
    app.command()(backtest)


def forecast(
    scenario: Scenario,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.csv", help="Write the quantiles there.")
    ],
    as_of: AsOf = None,
    horizon: Annotated[
        str, typer.Option("--horizon", metavar="WEEKS", help="Weeks ahead: 13w.")
    ] = "13w",
    target: TargetName = "area",
    data: Data = None,
    model: ModelName = "both",
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Forecast the net change of each sector and of the sum. Quantiles, in the columns of a Hubverse model output."""
    from salient.evidence.beside import known_front

    if _target(target) == "claims":
        _forecast_claims(
            scenario, out, _weeks(horizon), date_of(as_of, "--as-of"), data, seed, as_json
        )
        return
    weeks, which, when = _weeks(horizon), _model(model), date_of(as_of, "--as-of")
    front = known_front(when, data)
    _is_front(scenario, front)
    origin = when or front.last_map
    with progress() as say:
        from salient.forecasting.hub import table
        from salient.forecasting.panel import forecast as make
        from salient.forecasting.panel import must_be_fresh

        must_be_fresh(front, origin)
        say("sampling the tempo of the front", 0.0)
        made = make(front, weeks, seed, which)
        _write(out, table(made, origin))
    for note in front.notes:
        typer.echo(f"Note: {note}", err=True)
    _say(made.quantiles, origin, as_json)
    typer.echo(f"Quantiles: {out}", err=True)


def backtest(
    scenario: Scenario,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First origin.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last origin.")] = None,
    data: Data = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Keep origins and the table there.")
    ] = None,
    target: TargetName = "area",
    model: ModelName = "both",
    every: Annotated[int, typer.Option("--every", min=1, help="Take each such origin only.")] = 1,
    seed: Seed = 1,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """Forecast from past weeks and score it beside simple rules. Each forecast sees what was known then."""
    from salient.evidence.vintage import read_front
    from salient.forecasting import backtest as rolling
    from salient.runs.folder import plain_errors

    if _target(target) == "claims":
        span = date_of(first, "--from"), date_of(last, "--to")
        _backtest_claims(scenario, span, data, out, seed, as_json)
        return
    front, which = read_front(None, data), _model(model)
    _is_front(scenario, front)
    days = rolling.origins(front, date_of(first, "--from"), date_of(last, "--to"))[::every]
    folder = out or Path("runs-out") / "backtest"
    jobs = [rolling.Job(day, str(data) if data else None, seed, which) for day in days]
    with plain_errors(folder), progress() as say:
        made = rolling.run(jobs, folder / "origins", workers, say)
        rows = rolling.table(front, made)
        failed = [m for m in made if "failed" in m]
        said = {"origins": len(days), "failed": failed, "rows": rows}
        _write(folder / "scores.json", json.dumps(said, indent=1) + "\n")
    if as_json:
        typer.echo(json.dumps(said, indent=1))
        return
    _say_scores(rows, failed, days)
    typer.echo(f"All rows: {folder / 'scores.json'}", err=True)


def _weeks(text: str) -> int:
    from salient.forecasting.panel import LONGEST

    found = re.fullmatch(r"(\d{1,3})\s*(w|weeks?)?", text.strip())
    if not found or not 1 <= int(found[1]) <= LONGEST:
        hint = f"whole weeks from 1w to {LONGEST}w, such as 13w"
        raise SalientError(Problem(f"'{text}' is not a horizon", key="--horizon", hint=hint))
    return int(found[1])


def _model(name: str) -> Model:
    from salient.forecasting.panel import MODELS

    for known in MODELS:
        if name == known:
            return known
    hint = ", ".join(MODELS)
    raise SalientError(Problem(f"there is no model '{name}'", key="--model", hint=hint))


def _target(name: str) -> str:
    if name in TARGETS:
        return name
    hint = ", ".join(TARGETS)
    raise SalientError(Problem(f"there is no target '{name}'", key="--target", hint=hint))


def _forecast_claims(
    scenario: str, out: Path, weeks: int, when: dt.date | None, data: Path | None, seed: int, as_json: bool
) -> None:  # fmt: skip
    """What will be claimed, by its own file and table."""
    from salient.evidence.claims import read_claims
    from salient.evidence.vintage import read_front
    from salient.forecasting import claims
    from salient.forecasting.hub import claims_table

    _is_front(scenario, read_front(when, data))
    known = read_claims(when, data)
    origin = claims.must_be_fresh(known, when)
    made = claims.forecast(known, weeks, seed)
    _write(out, claims_table(made, origin))
    for note in known.notes:
        typer.echo(f"Note: {note}", err=True)
    _say_claims(made, origin, as_json)
    typer.echo(f"Quantiles: {out}", err=True)


def _say_claims(made: Any, origin: dt.date, as_json: bool) -> None:
    from salient.forecasting.scores import LEVELS

    at = {float(level): i for i, level in enumerate(LEVELS)}
    rows = [
        {"horizon": h, **{k: round(float(made[h - 1][at[x]])) for k, x in _ENDS.items()}}
        for h in range(1, len(made) + 1)
        if h in (1, 4, 13, 26) or h == len(made)
    ]
    if as_json:
        said = {"origin": origin.isoformat(), "unit": "soldiers", "side": "russia", "rows": rows}
        typer.echo(json.dumps(said, indent=1))
        return
    typer.echo(f"Russian losses of personnel that Ukraine will claim from {origin} on, soldiers:")
    typer.echo("median (5 % .. 95 %). What will be said, not what will be so.")
    for r in rows:
        typer.echo(f"{r['horizon']:>3} weeks  {r['median']:>9,} ({r['low']:,} .. {r['high']:,})")


_ENDS = {"median": 0.5, "low": 0.05, "high": 0.95}


def _backtest_claims(
    scenario: str, span: tuple[dt.date | None, dt.date | None], data: Path | None, out: Path | None,
    seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Every week again with the claims known then."""
    from salient.evidence.claims import read_claims
    from salient.evidence.vintage import read_front
    from salient.forecasting import claims

    _is_front(scenario, read_front(None, data))
    with progress() as say:
        made = claims.backtest(read_claims(None, data), *span, seed, say)
    file = (out or Path("runs-out") / "backtest") / "claims.json"
    _write(file, json.dumps(made, indent=1) + "\n")
    if as_json:
        typer.echo(json.dumps(made, indent=1))
        return
    days = made["origins"]
    typer.echo(f"{len(days)} origins, {days[0]} to {days[-1]}: soldiers that will be claimed lost.")
    typer.echo("WIS, less is better; ratio to the mean of the last 4 weeks, 90 % interval;")
    typer.echo("share of outcomes inside the 50 and 90 % intervals.")
    typer.echo(
        f"{'weeks':>5} {'n':>3}  {'forecaster':<12} {'WIS':>8}  {'ratio':<20} {'50':>4} {'90':>4}"
    )
    for r in made["rows"]:
        ratio = f"{r['ratio']:.3f} ({r['ratio_low']:.2f} .. {r['ratio_high']:.2f})"
        typer.echo(
            f"{r['horizon']:>5} {r['origins']:>3}  {r['forecaster']:<12} {r['wis_soldiers']:>8,.0f}  {ratio:<20} "
            f"{r['cover50']:>4.2f} {r['cover90']:>4.2f}"
        )
    typer.echo(f"All rows: {file}", err=True)


def _is_front(scenario: str, front: Front) -> None:
    """Refuse a scenario whose sectors are not those of the maps."""
    from salient.forecasting.panel import must_match
    from salient.scenario.loading import load

    must_match(front, load(scenario).scenario.sectors, scenario)


def _write(out: Path, text: str) -> None:
    from salient.runs.folder import plain_errors

    with plain_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = out.with_name(f".{out.name}.partial")
        aside.write_text(text, encoding="utf-8")
        aside.replace(out)


def _say(quantiles: dict[str, Any], origin: dt.date, as_json: bool) -> None:
    from salient.forecasting.scores import LEVELS

    at = {float(level): i for i, level in enumerate(LEVELS)}
    rows: list[dict[str, Any]] = []
    for location, q in quantiles.items():
        for h in sorted({1, 4, len(q)} & set(range(1, len(q) + 1))):
            low, middle, high = (round(float(q[h - 1][at[x]]), 3) for x in (0.05, 0.5, 0.95))
            rows.append(
                {"location": location, "horizon": h, "median": middle, "low": low, "high": high}
            )
    if as_json:
        typer.echo(
            json.dumps({"origin": origin.isoformat(), "unit": "km2", "rows": rows}, indent=1)
        )
        return
    typer.echo(f"Net change of the Russian-occupied area since {origin}, km2: median (5 % .. 95 %)")
    typer.echo(f"{'':<28} {'weeks':>5}")
    for r in rows:
        span = f"{_km2(r['median'])} ({_km2(r['low'])} .. {_km2(r['high'])})"
        typer.echo(f"{r['location']:<28} {r['horizon']:>5} {span:>28}")


def _km2(x: float) -> str:
    return f"{round(x) + 0:,}"


def _say_scores(
    rows: list[dict[str, Any]], failed: list[dict[str, Any]], days: list[dt.date]
) -> None:
    typer.echo(f"{len(days)} origins, {days[0]} to {days[-1]}; {len(failed)} failed.")
    typer.echo("WIS in km2, less is better; ratio to the rule fixed beforehand, 90 % interval;")
    typer.echo("share of outcomes inside the 50 and 90 % intervals.")
    for part in ("sectors", "total"):
        mine = [r for r in rows if r["part"] == part]
        typer.echo(f"\n{'All sectors' if part == 'sectors' else 'Sum of the front'}")
        typer.echo(
            f"{'weeks':>5} {'n':>3}  {'forecaster':<20} {'WIS':>7}  {'ratio':<20} {'50':>4} {'90':>4}"
        )
        for r in mine:
            span = (
                "" if r["ratio_low"] is None else f"({r['ratio_low']:.2f} .. {r['ratio_high']:.2f})"
            )
            ratio = "" if r["ratio"] is None else f"{r['ratio']:.3f} {span}"
            typer.echo(
                f"{r['horizon']:>5} {r['origins']:>3}  {r['forecaster']:<20} {r['wis_km2']:>7.2f}  {ratio:<20} "
                f"{r['cover50']:>4.2f} {r['cover90']:>4.2f}"
            )
    for m in failed:
        typer.echo(f"Failed: {m['origin']}: {m['failed']}")
