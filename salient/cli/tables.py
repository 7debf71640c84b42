"""Tables for the terminal, no wider than 80 columns, and the same as JSON."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from salient.inference.fit import (
    CountFit,
    Fit,
    MeanPace,
    Sampled,
    curvature,
    diagnose,
    hindcasts,
    mean_paces,
    parameter_rows,
    prior_predictive,
)
from salient.inference.posterior import Posterior, Target
from salient.inference.results import Hindcast, Interval, ParameterRow
from salient.runs.ensemble_run import EnsembleResult

WIDTH = 80
_SHOWN = 15


def _console() -> Console:
    return Console(width=WIDTH, highlight=False, markup=False)


def _number(x: float) -> str:
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def _span(i: Interval) -> str:
    return f"{_number(i.median)} ({_number(i.low)} .. {_number(i.high)})"


def _whole(i: Interval) -> str:
    """Square kilometres to the whole one: no map is finer."""
    return f"{i.median:,.0f} ({i.low:,.0f} .. {i.high:,.0f})"


def show_fit(fitted: Fit, as_json: bool) -> None:
    """What the data settled, the checks, and the hindcasts."""
    checks, rows, back = diagnose(fitted), parameter_rows(fitted), hindcasts(fitted)
    paces = mean_paces(fitted)
    if as_json:
        typer.echo(json.dumps(_fit_json(fitted, checks, rows, back), indent=1, default=str))
        return
    console = _console()
    _print_settled(console, checks, rows)
    if len(paces) > 1:
        _print_by_sector(console, paces, back)
        return
    for p in paces:
        console.print(
            f"Mean pace, km a week: observed {p.observed:.2f} (standard error {p.error:.2f}), "
            f"fitted {_span(Interval.of(p.fitted))}."
        )
    for h in back:
        inside = "inside" if h.inside90 else "outside"
        console.print(
            f"Hindcast from {h.origin}, {h.horizon} weeks: {_span(h.predicted)} km2; "
            f"observed {h.observed:.0f}, {inside} the 90 % interval. "
            "In sample: the fit has seen the outcome."
        )


def _print_by_sector(console: Console, paces: list[MeanPace], back: list[Hindcast]) -> None:
    """The mean pace of each sector of a front, and the latest week as said from the longest horizon."""
    horizons = sorted({h.horizon for h in back})
    said = {h.sector: h for h in back if h.horizon == horizons[-1]}
    table = Table(box=None, padding=(0, 1), title_justify="left")
    ahead = (f"held, from {horizons[-1]} weeks before", "seen") if back else ()
    for name in ("sector", "pace seen", "fitted", *ahead):
        table.add_column(name, justify="left" if name == "sector" else "right")
    for p in paces:
        h = said.get(p.sector)
        told = (_whole(h.predicted), f"{h.observed:,.0f}") if h else ()
        fitted = Interval.of(p.fitted)
        table.add_row(p.sector, _pace(p.observed), _pace(fitted.median), *told)
    console.print(table)
    console.print("Pace: km a week of twice the root of the area held.")
    if back:
        inside, weeks = sum(h.inside90 for h in back), " and ".join(map(str, horizons))
        console.print(
            f"Held: km2. {inside} of {len(back)} hindcasts, from {weeks} weeks before, hold what was seen in their "
            "90 % interval. In sample: the fit has seen the outcome."
        )


def _pace(km: float) -> str:
    """Three decimals, and no minus before zeros."""
    return f"{round(km, 3) + 0.0:.3f}"


def show_count_fit(fitted: CountFit, as_json: bool) -> None:
    """What counted casualties settled, the checks, and how well each step was foretold from those before it."""
    from salient.inference.step_ahead import step_ahead

    checks, rows = diagnose(fitted), parameter_rows(fitted)
    ahead = step_ahead(fitted.posterior, fitted.seed)
    ours, base = ahead.r2(ahead.median), ahead.r2(ahead.yesterday)
    if as_json:
        told = {"r2": ours, "r2_of_the_step_before": base, "covered_90": ahead.covered}
        body = {**_fit_json(fitted, checks, rows, []), "one_step_ahead": told}
        typer.echo(json.dumps(body, indent=1, default=str))
        return
    console = _console()
    _print_settled(console, checks, rows)
    console.print(
        f"One step ahead, from the steps before it only: R2 {ours:.2f}, against {base:.2f} for the value "
        f"of the step before. Its 90 % interval covers {ahead.covered:.0%}."
    )


def _print_settled(console: Console, checks: Any, rows: list[ParameterRow]) -> None:
    """What stands in the way of belief, the parameters, and the checks."""
    for sentence in checks.sentences:
        console.print(sentence, style="bold red")
    _print_parameters(console, rows)
    console.print("Checks")
    table = Table(box=None)
    for name in ("check", "value", "right", ""):
        table.add_column(name)
    for c in checks.rows:
        table.add_row(c.name, f"{c.value:.3g}", c.limit, "ok" if c.ok else "NOT OK")
    console.print(table)


def _print_parameters(console: Console, rows: list[ParameterRow]) -> None:
    console.print("What the data settled (share of prior variance removed)")
    table = Table(box=None)
    table.add_column("parameter", max_width=28, overflow="fold")
    table.add_column("prior")
    table.add_column("posterior")
    table.add_column("settled", justify="right")
    for r in rows[:_SHOWN]:
        settled = (
            f"{max(r.contraction, 0):.0%}"
            if r.contraction >= 0.2
            else f"{max(r.contraction, 0):.0%} *"
        )
        table.add_row(r.name, _span(r.prior), _span(r.posterior), settled)
    console.print(table)
    rest = len(rows) - _SHOWN
    console.print(
        f"* set by assumption (under 20 %), as are most of the other {rest} parameters; --json lists all."
        if rest > 0
        else ""
    )


def _fit_json(fitted: Sampled, checks: Any, rows: list[ParameterRow], back: Any) -> dict[str, Any]:
    def plain(x: Any) -> Any:
        return (
            {k: plain(v) for k, v in vars(x).items()} if hasattr(x, "__dataclass_fields__") else x
        )

    return {
        "scenario": fitted.campaign.scenario.scenario,
        "as_of": fitted.campaign.as_of.isoformat(),
        "sampler": fitted.sampler,
        "ok": checks.ok,
        "sentences": list(checks.sentences),
        "checks": [plain(c) for c in checks.rows],
        "parameters": [plain(r) for r in rows],
        "hindcasts": [plain(h) for h in back],
    }


def show_curvature(posterior: Target, as_json: bool) -> None:
    """The prior predictive pace, where there is a map, and the sharpest directions of the posterior."""
    pace = prior_predictive(posterior) if isinstance(posterior, Posterior) else None
    sharp = curvature(posterior)
    if as_json:
        told = {} if pace is None else {"prior_pace_km_week": vars(pace)}
        typer.echo(json.dumps({**told, "curvature": dict(sharp)}, indent=1))
        return
    console = _console()
    if pace is not None:
        console.print(
            f"Priors alone expect the line to move by {_span(pace)} km a week over the fitted weeks."
        )
    console.print("Sharpest directions (largest second derivative of the log posterior)")
    table = Table(box=None)
    table.add_column("parameter")
    table.add_column("curvature", justify="right")
    for name, value in sharp[:_SHOWN]:
        table.add_row(name, f"{value:.1f}")
    console.print(table)
    over = [n for n, v in sharp if v > 20]
    console.print(
        f"{len(over)} of {len(sharp)} are over 20, above which a sampler moves slowly."
        if over
        else "None is over 20: the posterior is smooth."
    )


def show_ensemble(result: EnsembleResult, as_json: bool) -> None:
    """The held area by week and the losses of both sides."""
    if as_json:
        typer.echo(json.dumps(_ensemble_json(result), indent=1))
        return
    console = _console()
    console.print(f"{result.scenario}: {result.draws} draws from {result.source}.")
    if result.strengths:
        _print_strengths(console, result)
    else:
        console.print(f"{result.sector}, km2")
        table = Table(box=None)
        table.add_column("week")
        table.add_column("median (5 % .. 95 %)", justify="right")
        for day, area in result.rows:
            table.add_row(day.isoformat(), _whole(area))
        console.print(table)
    if result.sectors:
        _print_sectors(console, result)
    lost = "casualties" if result.strengths else "killed and wounded"
    for name, (hurt, killed) in result.losses.items():
        console.print(f"{name} {lost} over the run: {_span(hurt)}, of them killed {_span(killed)}.")


def _print_strengths(console: Console, result: EnsembleResult) -> None:
    """Soldiers of both sides, where nothing moves the line."""
    console.print("Nothing in this scenario moves the line. Soldiers, median (5 % .. 95 %)")
    table = Table(box=None)
    table.add_column("day")
    for name in result.strengths:
        table.add_column(name, justify="right")
    for rows in zip(*result.strengths.values(), strict=True):
        table.add_row(rows[0][0].isoformat(), *(_whole(x) for _, x in rows))
    console.print(table)


def _print_sectors(console: Console, result: EnsembleResult) -> None:
    """Each sector in the first and the last week that is shown."""
    start, end = result.rows[0][0], result.rows[-1][0]
    table = Table(box=None)
    table.add_column("sector, km2", max_width=30, overflow="fold")
    table.add_column(start.isoformat(), justify="right")
    table.add_column(end.isoformat(), justify="right")
    for name, rows in result.sectors.items():
        table.add_row(name, _whole(rows[0][1]), _whole(rows[-1][1]))
    console.print(table)


def _by_week(rows: list[tuple[dt.date, Interval]]) -> list[dict[str, Any]]:
    return [
        {"week": d.isoformat(), "median": a.median, "low": a.low, "high": a.high} for d, a in rows
    ]


def _ensemble_json(result: EnsembleResult) -> dict[str, Any]:
    by_sector = {n: _by_week(rows) for n, rows in result.sectors.items()}
    soldiers = {n: _by_week(rows) for n, rows in result.strengths.items()}
    return {
        "scenario": result.scenario,
        "draws": result.draws,
        "source": result.source,
        **({"strength_soldiers": soldiers} if soldiers else {"area_km2": _by_week(result.rows)}),
        **({"sectors_km2": by_sector} if by_sector else {}),
        "losses_people": {
            n: {"casualties": vars(h), "killed": vars(k)} for n, (h, k) in result.losses.items()
        },
    }
