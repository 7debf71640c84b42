"""Answers to questions about causes: as a table no wider than 80 columns, as JSON, and as a folder with a figure."""

from __future__ import annotations

import json
import math
import textwrap
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from salient.brief.answers import Row, intervals
from salient.cli.tables import WIDTH
from salient.inference.results import Interval
from salient.questions.acted import Acted
from salient.questions.attribution import LEAST, Attribution, SignCheck
from salient.questions.audit import Audit, Verdict
from salient.questions.placebo import Seen
from salient.questions.whatif import CaseResult, Compared, WhatIf
from salient.runs.folder import MANIFEST, RunFolder, key_of, plain_errors

_SECTORS = 3
"""Sectors that a table of what-ifs shows; the JSON has all."""


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


def _rounded(x: float, unit: str) -> float:
    """Square kilometres to the whole one, people to two figures: neither is known better."""
    if unit == "people" and abs(x) >= 100.0:
        x = round(x, 1 - math.floor(math.log10(abs(x))))
    return _clean(round(x))


def _span(i: Interval) -> str:
    median, low, high = (f"{_rounded(v, i.unit):,.0f}" for v in (i.median, i.low, i.high))
    return median if low == high else f"{median} ({low} .. {high})"


def _signed(i: Interval) -> str:
    median, low, high = (
        f"{r:+,.0f}" if (r := _rounded(v, i.unit)) else "0" for v in (i.median, i.low, i.high)
    )
    return median if low == high else f"{median} ({low} .. {high})"


def _say(
    console: Console, text: str, indent: int = 0, style: str | None = None, hang: int | None = None
) -> None:
    """Words in lines no wider than the terminal, indented; hang: another indent from the second line on."""
    first, rest = " " * indent, " " * (indent if hang is None else hang)
    filled = textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
    console.print(filled, style=style)


def _warn(console: Console, warning: str | None) -> None:
    if warning:
        _say(console, warning, style="bold red")


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
        **({"warning": a.warning} if a.warning else {}),
        "calibrated": a.warning is None,
        **({"caution": a.caution} if a.caution else {}),
        "scenario": a.scenario,
        "as_of": a.as_of.isoformat(),
        "losses_since": a.since.isoformat(),
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
    _warn(console, a.warning)
    _say(console, a.title, style="bold")
    _say(
        console,
        f"Ground on {a.until}, losses from {a.since} to then, as of {a.as_of}. {a.draws} draws, the same "
        "and with the same chance with and without the change: medians with 90 % intervals.",
    )
    _cases_shown(console, a.cases)
    gone = set() if a.warning else {c.gone for c in a.cases}
    for n, c in enumerate(a.cases[: len(gone) if len(gone) < 2 else None], 1):
        before, after = (f"from {d}" if d else "never in the period" for d in c.gone)
        case = f"{n}. " if len(gone) > 1 else ""
        _say(
            console,
            f"{case}Under 5 % of the most ground is left, in the median draw: {before} without the change, {after} "
            "with it.",
        )
    _say(
        console,
        "A difference of under 1 km2 or one person counts as none. How strongly a change acts, and often which way, is "
        + (
            "assumed."
            if a.warning
            else "mostly assumed: salient fit says which numbers the data settled."
        ),
    )
    if a.caution:
        _say(console, a.caution)


def _cases_shown(console: Console, cases: Sequence[CaseResult]) -> None:
    """All cases below each other, an outcome at a time."""
    for n, c in enumerate(cases, 1):
        _say(console, f"{n}. {c.name} (from {c.start})", hang=3)
    shown = _telling(cases)
    for k, first in enumerate(cases[0].outcomes):
        if first.key not in shown:
            continue
        console.print()
        _say(console, f"{_measure(first)}: {_span(first.factual)} without a change", style="bold")
        table = _table(
            ("what if", {"width": 32, "overflow": "fold"}),
            ("difference", {"justify": "right", "no_wrap": True, "min_width": 24}),
            ("P(more)", {"justify": "right", "no_wrap": True}),
            ("P(less)", {"justify": "right", "no_wrap": True}),
        )
        for n, c in enumerate(cases, 1):
            table.add_row(f"{n}. {c.name}", *_difference(c.outcomes[k]))
        console.print(table)
    console.print()


def _telling(cases: Sequence[CaseResult]) -> set[str]:
    """The outcomes that are shown: all but sectors of many, of which the few that move most are."""
    moved = {
        o.key: max(abs(c.outcomes[k].difference.median) for c in cases)
        for k, o in enumerate(cases[0].outcomes)
        if o.key.startswith("area:") and o.key != "area:total"
    }
    most = sorted(moved, key=lambda key: -moved[key])[:_SECTORS]
    return {o.key for o in cases[0].outcomes if o.key not in moved} | set(most)


def _measure(o: Compared) -> str:
    return f"{o.words}, km2" if o.factual.unit == "km2" else o.words


def _difference(o: Compared) -> tuple[str, str, str]:
    return _signed(o.difference), _share(o.more), _share(1.0 - o.more - o.same)


def _share(p: float) -> str:
    """A share of draws, which is never called certain."""
    if p <= 0.0:
        return "0 %"
    return "<1 %" if p < 0.01 else ">99 %" if p > 0.99 else f"{100 * p:.0f} %"


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
        **({"warning": a.warning} if a.warning else {}),
        "calibrated": a.warning is None,
        "scenario": a.scenario,
        "outcome": f"{a.outcome.kind}:{a.outcome.name}",
        "measure": f"{a.outcome.words}, {a.outcome.unit}",
        "as_of": a.as_of.isoformat(),
        "from": a.begin.isoformat(),
        "to": a.finish.isoformat(),
        "interval": "median if the driver acted; central 90 % interval, which counts that it may have done nothing",
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
                "first_in": {**_interval(s.first_in), "mean": _clean(s.alone)},
                "last_out": {**_interval(s.last_out), "mean": _clean(s.missed)},
                "prior_median": _clean(s.prior.median),
                "prior": _interval(s.prior),
                "p_breakthrough_without": s.collapse_without,
                "held_at_end_if_all_weeks_run_again": _interval(s.level) if s.level else None,
                "contraction": s.contraction,
                "identified": s.identified,
                "direction_fixed_by_assumption": s.one_way,
                **_acted_json(s.acted),
                "sign": _sign_json(s.sign),
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
        "placebo": _placebo_json(a.placebo) if a.placebo else None,
    }


def _acted_json(a: Acted | None) -> dict[str, Any]:
    """Whether a cause acted at all; nothing where nothing was run."""
    return {
        "acted": a.chance if a else None,
        "times_likelier_with_it": a.odds if a else None,
        "draws_that_compare": a.effective if a else None,
    }


def _sign_json(sign: SignCheck | None) -> dict[str, Any] | None:
    if sign is None:
        return None
    return {
        "prior_spread_halved": sign.halved,
        "prior_spread_doubled": sign.doubled,
        "effective_draws": sign.effective,
        "holds": sign.holds,
    }


def _placebo_json(p: Seen) -> dict[str, Any]:
    return {
        "title": p.title,
        "amount": p.amount,
        "unit": p.unit,
        "weeks": p.rows,
        "other_spans": p.others,
        "spans_with_less": p.lower,
        "from": p.first.isoformat(),
        "to": p.last.isoformat(),
        "words": p.words,
    }


def _attribution_show(console: Console, a: Attribution) -> None:
    _warn(console, a.warning)
    titles = {s.name: s.title for s in a.shares}
    unit = f", {a.outcome.unit}" if a.outcome.unit == "km2" else ""
    _say(console, f"{a.outcome.words}, {a.begin} to {a.finish}{unit}", style="bold")
    where = "in the model" if a.warning else "as it was"
    _say(
        console,
        f"{_span(a.happened)} {where}, {_span(a.rest)} with none of the drivers; all drivers together "
        f"{_span(a.total)}. Medians with 90 % intervals over {a.totals.size} draws.",
    )
    if a.shares[0].percent is None:
        _say(console, "No percentages are given: the interval of the total reaches 0.")
    if a.warning is None and not any(s.identified for s in a.shares):
        _say(
            console,
            "Every share below is set by assumption: the data settled none of them. They are what the model was told, "
            "carried through it, and no finding.",
            style="bold",
        )
    console.print(_shares_table(a))
    less = " A minus: less lost." if any(s.mean < -LEAST for s in a.shares) else ""
    _say(console, f"{_LEGEND if a.warning else _LEGEND + _LEARNT}.{less}")
    _say(console, _reach(a))
    for t in a.together:
        _say(console, f"Cannot be told apart: {_named(titles, t.names)}. {_sentence(t.reason)}")
    for g in a.groups:
        _say(console, f"As one cause, {_named(titles, g.drivers)}: {_span(g.interval)}.")
    for line in _asides(a, titles):
        _say(console, line)
    if a.placebo:
        _say(console, a.placebo.words)


_LEGEND = (
    "mean, median: share over all orders in which the drivers may come in; alone: mean effect as the only driver; "
    "last: mean of what is missing without it"
)
_LEARNT = (
    "; prior: median share before the data; settled: how much of what decides the share the data removed; * set by "
    "assumption; acted: chance that it did anything at all, from even odds before the data"
)


def _shares_table(a: Attribution) -> Table:
    """The shares, the largest first; what the data said of them only where there were any."""
    learnt = [] if a.warning else ["prior", "settled", "acted"]
    table = _table(
        ("driver", {"max_width": 19 if learnt else 38}),
        ("mean", {"justify": "right"}),
        ("median (90 %)", {"justify": "right", "no_wrap": True}),
        ("alone", {"justify": "right"}),
        ("last", {"justify": "right"}),
        *((name, {"justify": "right"}) for name in learnt),
    )
    for s in sorted(a.shares, key=lambda s: -abs(s.mean)):
        said = [
            _whole(s.prior.median),
            f"{100.0 * max(s.contraction, 0.0):.0f} %{'' if s.identified else ' *'}",
            _share(s.acted.chance),
        ]
        row = [s.title, _whole(s.mean), _span(s.interval), _whole(s.alone), _whole(s.missed)]
        table.add_row(*row, *(said if learnt else []))
    return table


def _reach(a: Attribution) -> str:
    """What the intervals leave out, and on whose word."""
    said = "Intervals count the chance that a driver did nothing at all, medians and means do not"
    if a.warning:
        return f"{said}: no data speak for any driver, so even odds are taken, and every interval holds 0."
    strong = [s.title for s in a.shares if s.acted.strong]
    if not strong:
        return f"{said}. That chance is over 5 % for each, so every interval holds 0."
    return f"{said}. It is under 5 % for {', '.join(strong)} only; all other intervals hold 0."


def _asides(a: Attribution, titles: dict[str, str]) -> list[str]:
    """Orders, pairs and signs, a sentence each, where there is something to say."""
    said = []
    moved = [
        f"{titles[n]} {_span(i)}"
        for n, i in a.ordered.items()
        if abs(i.median - next(s.interval.median for s in a.shares if s.name == n)) >= LEAST
    ]
    if a.ordered:
        said.append(
            f"With causes before what they may have brought about: {', '.join(moved)}; the rest as above."
            if moved
            else "With causes before what they may have brought about, the shares are the same to 1 unit."
        )
    if a.interactions:
        pair, i = max(a.interactions.items(), key=lambda kv: abs(kv[1].median))
        if abs(i.median) >= LEAST:
            said.append(
                f"Strongest pair: {_named(titles, pair)} do {_signed(i)} together beyond the sum of each alone."
            )
    holds = {titles[s.name]: s.sign.holds for s in a.shares if s.sign is not None}
    turned = [name for name, kept in holds.items() if kept is False]
    unsure = [name for name, kept in holds.items() if kept is None]
    kept = len(a.shares) - len(turned) - len(unsure)
    words = [f"keep their sign: {kept} of {len(a.shares)} drivers"]
    words += [f"change it: {', '.join(turned)}"] if turned else []
    words += [f"too few draws to say for {', '.join(unsure)}"] if unsure else []
    if holds:
        said.append(f"With the assumptions half and twice as wide, {'; '.join(words)}.")
    fixed = [titles[s.name] for s in a.shares if s.one_way]
    if fixed:
        said.append(
            f"The assumptions give the direction for {', '.join(fixed)}: there the sign is no finding."
        )
    return said


def _named(titles: dict[str, str], names: Sequence[str]) -> str:
    return " + ".join(titles[n] for n in names)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


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
        "(blue; it counts that a driver may have done nothing) and before (grey). * Set by assumption. "
    )
    titles = {s.name: s.title for s in a.shares}
    foot += " ".join(f"Cannot be told apart: {_named(titles, t.names)}." for t in a.together[:2])
    return intervals(f"What {a.outcome.words.lower()} is due to", a.outcome.unit, rows, foot)


# Is the claim right


def audit_answer(a: Audit) -> Answer:
    """A table of claims with their verdicts."""
    figures = {"claims.svg": _audit_figure(a)} if any(v.effect for v in a.verdicts) else {}
    return Answer("audit", _audit_json(a), lambda console: _audit_show(console, a), figures)


def _audit_json(a: Audit) -> dict[str, Any]:
    return {
        **({"warning": a.warning} if a.warning else {}),
        "calibrated": a.warning is None,
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
                "part_tested": v.claim.only,
                "probability": v.probability,
                "probability_before_data": v.before,
                "probability_if_it_acted": v.given,
                **_acted_json(v.acted),
                "identified": v.identified,
                "contraction": v.contraction,
                "effect": _interval(v.effect) if v.effect else None,
                "experiment": v.experiment,
                "note": v.note,
            }
            for v in a.verdicts
        ],
    }


PLACED = {
    "well placed": "well placed to know",
    "partly": "partly placed to know",
    "poorly": "poorly placed to know",
    "interested": "a party with an interest",
    "unknown": "how well placed is unknown",
}


def _audit_show(console: Console, a: Audit) -> None:
    _warn(console, a.warning)
    _say(console, f"{a.title}: {len(a.verdicts)} claims", style="bold")
    _say(console, f"{_sentence(a.source)}")
    ahead = f"; outlooks are tested as of {a.outlook_as_of}" if a.outlook_as_of else ""
    _say(console, f"Data to {a.as_of}{ahead}.")
    counted = Counter(v.verdict for v in a.verdicts)
    _say(console, f"In short: {', '.join(f'{n} {word}' for word, n in counted.most_common())}.")
    for n, v in enumerate(a.verdicts, 1):
        console.print()
        _say(console, f"{n}. {v.claim.text}", hang=3)
        said = v.claim.named or any(w in v.claim.speaker for w in ("not named", "no single"))
        named = "" if said else ", not named"
        _say(console, f"{_sentence(f'{v.claim.speaker}{named}; {PLACED[v.claim.position]}')}", 3)
        chance = "" if v.probability is None else f", probability {_chance(v.probability)}"
        part = " for the part that is tested" if v.claim.only and v.probability is not None else ""
        _say(console, f"{v.verdict.upper()}{part}{chance}", 3, style="bold")
        if v.claim.only and v.probability is not None:
            _say(console, f"Tested: {_sentence(v.claim.only)}", 3)
        if v.effect:
            _say(console, f"Effect on {_effect_on(v)}: {_effect(v.effect)}; {v.experiment}.", 3)
        if v.note:
            _say(console, v.note, 3)
    console.print()
    _say(
        console,
        "A probability is that the effect has the claimed direction and size in this model, or that the statement "
        "holds given the error of its source. It counts that a cause may have done nothing at all, with even odds "
        "before the data. 'Set by assumption' stands, whatever the probability, where the data moved the odds of a "
        "claim less than threefold or, for an outlook, removed under 20 % of what was uncertain: the number then says "
        "what was assumed. Who speaks changes no verdict.",
    )


def _chance(p: float) -> str:
    return "under 0.01" if p < 0.01 else "over 0.99" if p > 0.99 else f"{p:.2f}"


def _effect_on(v: Verdict) -> str:
    kind = (v.claim.effect or "").partition(":")[0]
    return {"area": "ground held", "losses": "losses", "killed": "number killed"}[kind]


def _effect(i: Interval) -> str:
    if max(abs(i.low), abs(i.high)) < LEAST:
        return f"under 1 {'km2' if i.unit == 'km2' else 'person'} either way in nine draws of ten"
    return f"{_signed(i)} {i.unit}"


def _audit_figure(a: Audit) -> str:
    rows = [
        Row(f"{v.claim.id}: {v.verdict}", v.effect.low, v.effect.median, v.effect.high)
        for v in a.verdicts
        if v.effect is not None and v.effect.unit == "km2" and math.isfinite(v.effect.median)
    ]
    foot = f"What the cause of each claim did to the area held in the model, median and 90 % interval; as of {a.as_of}."
    return intervals(f"Claims about area held: {a.title}", "km2", rows, foot)
