"""Answers to questions about causes: as a table no wider than 80 columns, as JSON, and as a folder with a figure."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from salient.brief.answers import Row, intervals
from salient.cli.tables import WIDTH
from salient.inference.results import Interval
from salient.questions.attribution import Attribution
from salient.questions.audit import Audit
from salient.questions.whatif import CaseResult, WhatIf
from salient.runs.folder import MANIFEST, RunFolder, key_of, plain_errors


@dataclass(frozen=True)
class Answer:
    """What a question gave: as JSON, how to show it, and its figure as SVG by file name."""

    kind: str
    content: dict[str, Any]
    show: Callable[[Console], None]
    figures: dict[str, str]


def give(answer: Answer, out: Path | None, as_json: bool) -> None:
    """Print an answer, and write it to a folder when one is named."""
    if as_json:
        typer.echo(json.dumps(answer.content, indent=1, ensure_ascii=False))
    else:
        answer.show(Console(width=WIDTH, highlight=False, markup=False))
    if out is not None:
        with plain_errors(out):
            folder = RunFolder(out, key_of({"answer": answer.kind, "content": answer.content}))
            files = {
                f"{answer.kind}.json": json.dumps(answer.content, indent=1, ensure_ascii=False)
            }
            files[MANIFEST] = json.dumps(
                {"salient": answer.kind, "files": sorted([*files, *answer.figures])}, indent=1
            )
            for name, text in {**files, **answer.figures}.items():
                (folder.work / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
            folder.finish()
        typer.echo(f"Answer: {out}", err=True)


def _clean(x: float) -> float:
    """A number without the dust of floating point."""
    return 0.0 if abs(x) < 1e-9 else float(x)


def _interval(i: Interval) -> dict[str, Any]:
    return {
        "median": _clean(i.median),
        "low": _clean(i.low),
        "high": _clean(i.high),
        "unit": i.unit,
    }


def _whole(x: float) -> str:
    return f"{_clean(round(x)):,.0f}"


def _span(i: Interval) -> str:
    return f"{_whole(i.median)} ({_whole(i.low)} .. {_whole(i.high)})"


def _signed(i: Interval) -> str:
    return f"{_clean(round(i.median)):+,.0f} ({_clean(round(i.low)):+,.0f} .. {_clean(round(i.high)):+,.0f})"


def _table(*columns: tuple[str, dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name, how in columns:
        table.add_column(name, **how)
    return table


# What if


def whatif_answer(a: WhatIf) -> Answer:
    """The cases of a what-if."""
    figures = {"whatif.svg": _whatif_figure(a)}
    return Answer("whatif", _whatif_json(a), lambda console: _whatif_show(console, a), figures)


def _whatif_json(a: WhatIf) -> dict[str, Any]:
    return {
        "scenario": a.scenario,
        "as_of": a.as_of.isoformat(),
        "until": a.until.isoformat(),
        "draws": a.draws,
        "interval": "median with its central 90 % interval; the same draws and random numbers with and without",
        "cases": [_case_json(c) for c in a.cases],
    }


def _case_json(c: CaseResult) -> dict[str, Any]:
    return {
        "name": c.name,
        "from": c.start.isoformat(),
        "numbers_set": list(c.changed_numbers),
        "outcomes": [
            {
                "outcome": o.key,
                "words": o.words,
                "factual": _interval(o.factual),
                "changed": _interval(o.changed),
                "difference": _interval(o.difference),
                "p_more": o.more,
                "p_less": 1.0 - o.more - o.same,
            }
            for o in c.outcomes
        ],
        "area_difference_km2": [
            {"week": d.isoformat(), "low": _clean(low), "median": _clean(mid), "high": _clean(high)}
            for d, low, mid, high in zip(c.weeks, *c.gap, strict=True)
        ],
        "held_under_5_percent_from": {
            "factual": c.gone[0].isoformat() if c.gone[0] else None,
            "changed": c.gone[1].isoformat() if c.gone[1] else None,
        },
    }


def _whatif_show(console: Console, a: WhatIf) -> None:
    console.print(a.title)
    console.print(
        f"As of {a.as_of}; outcomes on {a.until}, losses from the first changed week to then. "
        f"{a.draws} draws, the same with and without: medians and 90 % intervals."
    )
    for c in a.cases:
        console.print(f"\nWhat if: {c.name} (from {c.start})", style="bold")
        table = _table(
            ("", {"max_width": 19, "overflow": "fold"}),
            ("as it was", {"justify": "right", "no_wrap": True}),
            ("difference", {"justify": "right", "no_wrap": True}),
            ("P(more)", {"justify": "right", "no_wrap": True}),
        )
        for o in c.outcomes:
            unit = "km2" if o.factual.unit == "km2" else ""
            table.add_row(
                f"{o.words} {unit}".strip(),
                _span(o.factual),
                _signed(o.difference),
                f"{o.more:.0%}",
            )
        console.print(table)
        console.print(
            "Ground held falls under 5 % of its most, in the median draw: "
            f"{c.gone[0] or 'not in the period'} as it was, {c.gone[1] or 'not in the period'} with the change."
        )


def _whatif_figure(a: WhatIf) -> str:
    rows = [
        Row(
            f"{c.name}" if len(c.outcomes) == 5 else f"{c.name}: {o.words}",
            o.difference.low,
            o.difference.median,
            o.difference.high,
        )
        for c in a.cases
        for o in c.outcomes
        if o.key.startswith("area:")
    ]
    foot = (
        f"Difference in area held on {a.until} against the campaign as it went, median and 90 % interval; "
        f"as of {a.as_of}."
    )
    return intervals(f"What if: {a.title}", "km2 more held", rows, foot)


# What caused it


def attribution_answer(a: Attribution) -> Answer:
    """An outcome split among its drivers."""
    figures = {"attribution.svg": _attribution_figure(a)}
    return Answer(
        "attribution", _attribution_json(a), lambda console: _attribution_show(console, a), figures
    )


def _attribution_json(a: Attribution) -> dict[str, Any]:
    return {
        "scenario": a.scenario,
        "outcome": f"{a.outcome.kind}:{a.outcome.name}",
        "measure": f"{a.outcome.words}, {a.outcome.unit}",
        "as_of": a.as_of.isoformat(),
        "from": a.begin.isoformat(),
        "to": a.finish.isoformat(),
        "start": "the area is as observed on the first day of the window, and free from it on",
        "draws": int(a.totals.size),
        "worlds": a.worlds,
        "happened": _interval(a.happened),
        "with_none": _interval(a.rest),
        "total": _interval(a.total),
        "prior_total": _interval(a.prior_total),
        "p_breakthrough": a.collapse,
        "largest_gap_of_sum": float(abs(a.draws.sum(axis=0) - a.totals).max()),
        "drivers": [
            {
                "name": s.name,
                "title": s.title,
                **_interval(s.interval),
                "mean": _clean(s.mean),
                "percent": s.percent,
                "first_in": _interval(s.first_in),
                "last_out": _interval(s.last_out),
                "prior_median": _clean(s.prior.median),
                "prior": _interval(s.prior),
                "p_breakthrough_without": s.collapse_without,
                "held_at_end_if_all_weeks_run_again": _interval(s.level) if s.level else None,
                "contraction": s.contraction,
                "identified": s.identified,
                "sign": {
                    "prior_spread_halved": s.sign.halved,
                    "prior_spread_doubled": s.sign.doubled,
                    "effective_draws": s.sign.effective,
                    "holds": s.sign.holds,
                },
                "note": s.note,
            }
            for s in a.shares
        ],
        "together": [list(t.names) for t in a.together],
        "together_why": [t.reason for t in a.together],
        "groups": [
            {
                "name": g.name,
                "drivers": list(g.drivers),
                **_interval(g.interval),
                "within": {k: _interval(v) for k, v in g.within.items()},
            }
            for g in a.groups
        ],
        "causes_first": {k: _interval(v) for k, v in a.ordered.items()},
        "interactions": [
            {"drivers": list(pair), **_interval(i)} for pair, i in a.interactions.items()
        ],
        "placebo": a.placebo,
    }


def _attribution_show(console: Console, a: Attribution) -> None:
    console.print(
        f"{a.outcome.words}, {a.begin} to {a.finish}, {a.outcome.unit}: "
        f"{_span(a.happened)} as it was, {_span(a.rest)} with none of the drivers."
    )
    console.print(
        f"All drivers together: {_span(a.total)}. Medians with 90 % intervals over {a.totals.size} draws."
    )
    if a.shares and a.shares[0].percent is None:
        console.print("No percentages: the interval of the total holds 0.")
    table = _table(
        ("driver", {"max_width": 24, "overflow": "fold"}),
        ("mean", {"justify": "right"}),
        ("median (90 %)", {"justify": "right"}),
        ("alone / last", {"justify": "right"}),
        ("prior", {"justify": "right"}),
        ("settled", {"justify": "right"}),
    )
    for s in sorted(a.shares, key=lambda s: -abs(s.mean)):
        table.add_row(
            s.title,
            _whole(s.mean),
            _span(s.interval),
            f"{_whole(s.first_in.median)} / {_whole(s.last_out.median)}",
            _whole(s.prior.median),
            f"{max(s.contraction, 0.0):.0%}{'' if s.identified else ' *'}",
        )
    console.print(table)
    console.print("* set by assumption: the data removed under 20 % of what was uncertain.")
    for t in a.together:
        console.print(f"Cannot be told apart: {', '.join(t.names)}; {t.reason}.")
    for g in a.groups:
        console.print(f"{g.name}, its drivers as one cause: {_span(g.interval)}.")
    console.print(a.placebo)


def _attribution_figure(a: Attribution) -> str:
    rows = [
        Row(
            s.title if s.identified else f"{s.title} *",
            s.interval.low,
            s.interval.median,
            s.interval.high,
            (s.prior.low, s.prior.median, s.prior.high),
        )
        for s in sorted(a.shares, key=lambda s: -abs(s.mean))
    ]
    foot = (
        f"{a.begin} to {a.finish}, as of {a.as_of}: median and 90 % interval of each driver's share, after the data "
        "(blue) and before (grey). * Set by assumption. "
    )
    foot += " ".join(f"Cannot be told apart: {', '.join(t.names)}." for t in a.together[:2])
    return intervals(f"What {a.outcome.words.lower()} is due to", a.outcome.unit, rows, foot)


# Is the claim right


def audit_answer(a: Audit) -> Answer:
    """A table of claims with their verdicts."""
    figures = {"claims.svg": _audit_figure(a)} if any(v.effect for v in a.verdicts) else {}
    return Answer("audit", _audit_json(a), lambda console: _audit_show(console, a), figures)


def _audit_json(a: Audit) -> dict[str, Any]:
    return {
        "scenario": a.scenario,
        "source": a.source,
        "as_of": a.as_of.isoformat(),
        "outlook_as_of": a.outlook_as_of.isoformat() if a.outlook_as_of else None,
        "claims": [
            {
                "id": v.claim.id,
                "text": v.claim.text,
                "speaker": v.claim.speaker,
                "named": v.claim.named,
                "position": v.claim.position,
                "kind": v.claim.kind,
                "verdict": v.verdict,
                "probability": v.probability,
                "identified": v.identified,
                "contraction": v.contraction,
                "effect": _interval(v.effect) if v.effect else None,
                "experiment": v.experiment,
                "note": v.note,
            }
            for v in a.verdicts
        ],
    }


def _audit_show(console: Console, a: Audit) -> None:
    console.print(f"{a.title}: {len(a.verdicts)} claims. {a.source}.")
    console.print(
        f"As of {a.as_of}" + (f", outlooks as of {a.outlook_as_of}." if a.outlook_as_of else ".")
    )
    for n, v in enumerate(a.verdicts, 1):
        chance = "" if v.probability is None else f", probability {v.probability:.2f}"
        console.print(f"\n{n}. {v.claim.text}")
        named = "named" if v.claim.named else "not named"
        console.print(f"   {v.claim.speaker} ({named}; position: {v.claim.position})")
        console.print(f"   {v.verdict.upper()}{chance}", style="bold")
        if v.effect:
            console.print(f"   effect {_signed(v.effect)} {v.effect.unit}: {v.experiment}")
        if v.note:
            console.print(f"   {v.note}")
    console.print(
        "\nA probability is that the effect has the claimed direction and size in this model. "
        "'Set by assumption' stands where the data removed under 20 % of what was uncertain, whatever the probability."
    )


def _audit_figure(a: Audit) -> str:
    rows = [
        Row(f"{v.claim.id}: {v.verdict}", v.effect.low, v.effect.median, v.effect.high)
        for v in a.verdicts
        if v.effect is not None and v.effect.unit == "km2" and math.isfinite(v.effect.median)
    ]
    foot = f"What the cause of each claim did to the area held in the model, median and 90 % interval; as of {a.as_of}."
    return intervals(f"Claims about area held: {a.title}", "km2", rows, foot)
