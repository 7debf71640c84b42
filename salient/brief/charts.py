"""What the figures show: from findings to the numbers, marks and words of each chart.

Nothing is drawn here; `salient.brief.figures` turns each of these into SVG.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from salient.brief import words
from salient.brief.axes import axis, time_axis
from salient.brief.content import (
    Band,
    Bar,
    BarsFigure,
    DotsFigure,
    Fan,
    FanFigure,
    HindcastFigure,
    HindcastPanel,
    HindcastPoint,
    Panel,
    PanelsFigure,
    Points,
    PriorBar,
    PriorsFigure,
    Table,
)
from salient.brief.view import View
from salient.questions.findings import BranchOutlook, Hindcast, Interval, MapSeries, ParameterRow

DOTS = 100
PANEL_WEEKS = 10
"""Weeks of history in the small figures of the branches."""
MOST_PRIORS, MOST_KNOWN = 14, 8
EDGE = 2.6
"""How far the figure of the priors reaches, in standard deviations."""
Z90 = 1.6448536269514722


def plain(values: Sequence[float] | np.ndarray, digits: int = 1) -> list[float]:
    """Numbers for a chart: no finer than can be drawn."""
    return [round(float(v), digits) for v in values]


def points(series: MapSeries) -> Points:
    """A map series as dots."""
    n = len(series.dates)
    used = np.ones(n, dtype=bool) if series.used is None else series.used
    return Points(
        mapper=series.mapper,
        kind=series.kind,
        dates=list(series.dates),
        km2=plain(series.km2),
        low=None if series.low is None else plain(series.low),
        high=None if series.high is None else plain(series.high),
        used=[bool(u) for u in used],
    )


def quantile(branch: BranchOutlook, level: float) -> list[float]:
    """One quantile of a branch by week, interpolated between the levels given."""
    return plain([float(np.interp(level, branch.levels, column)) for column in branch.area.T])


def fan(view: View, branch: BranchOutlook, paths: bool = True) -> Fan:
    """The quantiles of a branch."""
    return Fan(
        weeks=list(view.f.weeks),
        median=quantile(branch, 0.5),
        bands=[
            Band(
                level=level,
                text=f"{round(100 * level)}{words.THIN}%",
                low=quantile(branch, 0.5 - level / 2),
                high=quantile(branch, 0.5 + level / 2),
            )
            for level in (0.9, 0.5)
        ],
        paths=[plain(p) for p in branch.paths] if paths else [],
    )


def fan_figure(view: View, number: int) -> FanFigure:
    """History and the outlook under way."""
    f, base = view.f, view.base
    history = [points(s) for s in f.history]
    outlook = fan(view, base)
    score = f.score
    seen = points(score.observed) if score is not None else None
    tops = [v for p in history for v in (p.high or p.km2)] + [max(outlook.bands[0].high)]
    start = min(d for p in history for d in p.dates)
    end = view.end
    held = view.sector.held
    claims = " Crosses are claims by a party to the war." if view.claimed else ""
    afterwards = (
        " Hollow dots, seen afterwards, were not known to the model." if seen is not None else ""
    )
    return FanFigure(
        id="outlook",
        number=number,
        title=f"If what was under way goes on: {view.middle(base.end)} on {words.day(end)}, "
        f"{words.P90} of draws between {view.range(base.end, join='and')}",
        caption=f"{held}, in km². Dots are maps by observers up to {words.day(f.as_of)}, thin bars their own bounds. "
        f"The shaded bands hold {words.P50} and {words.P90} of {words.number(f.draws)} simulated outcomes; "
        f"the thin lines are {words.count(len(base.paths), 'of them', 'of them')}.{claims}{afterwards}",
        alt=f"Line chart of {held} from {words.day(start)} to {words.day(end)}. "
        f"It stood at {view.middle(f.assessed_now.km2)} on {words.day(f.as_of)}, down from "
        f"{view.middle(f.assessed_now.peak)}. The median outlook ends at {view.middle(base.end)}, "
        f"with {words.P90} of draws between {view.range(base.end, join='and')}.",
        credit=_credit(view),
        table=_fan_table(view, history, outlook, seen),
        time=time_axis(start, end),
        y=axis(tops, "km²"),
        history=history,
        fan=outlook,
        cut_off=f.as_of,
        cut_off_text=f"data to {words.short_day(f.as_of)}",
        end_text=f"median {view.middle(base.end)}",
        paths_text="single draws",
        observed=seen,
        observed_text=None if seen is None else "seen afterwards",
    )


def _credit(view: View) -> str:
    return f"Maps: {words.listed([s.mapper for s in view.assessed])}. Outlook: Salient."


def _fan_table(view: View, history: list[Points], outlook: Fan, seen: Points | None) -> Table:
    """All weeks: what each mapper had, and what the outlook says."""
    dates = sorted({d for p in history for d in p.dates} | set(outlook.weeks))
    columns = [
        "week",
        *[p.mapper for p in history],
        "median",
        f"{words.P50}",
        f"{words.P90}",
    ]
    lookup = [dict(zip(p.dates, p.km2, strict=True)) for p in history]
    after = dict(zip(seen.dates, seen.km2, strict=True)) if seen is not None else {}
    if seen is not None:
        columns.append("seen afterwards")
    rows = []
    for date in dates:
        cells = [_cell(found.get(date)) for found in lookup]
        k = outlook.weeks.index(date) if date in outlook.weeks else None
        if k is None:
            cells += ["", "", ""]
        else:
            wide, narrow = outlook.bands
            cells.append(_cell(outlook.median[k]))
            cells += [f"{_cell(b.low[k])}{words.DASH}{_cell(b.high[k])}" for b in (narrow, wide)]
        rows.append(
            [date.isoformat(), *cells, *([_cell(after.get(date))] if seen is not None else [])]
        )
    return Table(
        caption="Held area by week, km²",
        columns=columns,
        numeric=[False] + [True] * (len(columns) - 1),
        rows=rows,
    )


def _cell(value: float | None) -> str:
    return "" if value is None else words.number(value)


def panels_figure(view: View, number: int) -> PanelsFigure:
    """All branches on the same axes."""
    f = view.f
    start = f.weeks[0] - dt.timedelta(weeks=PANEL_WEEKS)
    recent = _since(points(view.assessed[0]), start)
    panels = [
        Panel(
            key=b.key,
            title=b.title,
            chance=chance_text(view, b),
            end_text=view.text(b.end),
            fan=fan(view, b, paths=False),
        )
        for b in view.branches
    ]
    tops = [v for p in panels for v in p.fan.bands[0].high] + recent.km2
    return PanelsFigure(
        id="branches",
        number=number,
        title=_spread(view),
        caption=f"Held area in each branch, in km², with bands that hold {words.P50} and {words.P90} of draws. "
        "The dashed line is the median of what was under way. The same random numbers drive every branch.",
        alt=". ".join(f"{p.title}: {p.end_text} on {words.day(view.end)}" for p in panels) + ".",
        credit=f"Maps: {recent.mapper}. Outlook: Salient.",
        table=Table(
            caption=f"Held area on {words.day(view.end)}, km²",
            columns=["branch", "median", f"{words.P50}", f"{words.P90}"],
            numeric=[False, True, True, True],
            rows=[_panel_row(p) for p in panels],
        ),
        time=time_axis(start, view.end),
        y=axis(tops, "km²", about=4),
        history=recent,
        panels=panels,
    )


def _since(points: Points, start: dt.date) -> Points:
    """The dots from a day on, without their bounds."""
    keep = [k for k, d in enumerate(points.dates) if d >= start]
    return Points(
        mapper=points.mapper,
        kind=points.kind,
        dates=[points.dates[k] for k in keep],
        km2=[points.km2[k] for k in keep],
        used=[points.used[k] for k in keep],
    )


def _spread(view: View) -> str:
    """How far apart the branches end."""
    ranked = sorted(view.branches, key=lambda b: b.end.median)
    least, most = ranked[0].end, ranked[-1].end
    if len(ranked) == 1:
        return f"{ranked[0].title}: {view.text(least)} at the end"
    if most.low < least.high:
        return (
            f"The medians of the branches run from {view.middle(least)} to {view.middle(most)}, "
            "and their ranges overlap"
        )
    return f"The branches end apart: {view.middle(least)} or {view.middle(most)}"


def _panel_row(panel: Panel) -> list[str]:
    wide, narrow = panel.fan.bands
    ranges = [f"{_cell(b.low[-1])}{words.DASH}{_cell(b.high[-1])}" for b in (narrow, wide)]
    return [panel.title, _cell(panel.fan.median[-1]), *ranges]


def chance_text(view: View, branch: BranchOutlook) -> str:
    """The chance of a branch, in words and number, as far as it has one."""
    chance = branch.chance
    if chance.basis == "reference":
        return "the reference"
    if chance.basis == "judgement":
        return words.judged(chance.p, chance.low, chance.high).text
    return view.chance(chance.p).text


def dots_figure(view: View, number: int) -> DotsFigure:
    """A hundred equally likely outcomes of what was under way."""
    base, now = view.base, view.f.assessed_now.km2
    dots = np.quantile(base.end_draws, (np.arange(DOTS) + 0.5) / DOTS)
    below = int(np.sum(dots < now.median))
    edges = _edges(now.median)
    rows = [
        [_between(low, high), words.number(int(np.sum((dots >= low) & (dots < high))))]
        for low, high in itertools.pairwise(edges)
    ]
    less = words.number(below)
    hundred = words.number(DOTS)
    return DotsFigure(
        id="outcomes",
        number=number,
        title=f"In {_of_all(below)} outcomes less is held on {words.day(view.end)} than now",
        caption=f"Each dot is one of {hundred} equally likely outcomes if what was under way goes on, "
        f"placed by the area held on {words.day(view.end)}. The line is what is held now.",
        alt=f"Dot plot of {hundred} outcomes. {less} lie below the {view.middle(now)} held now; half lie "
        f"below {view.middle(base.end)}.",
        credit="Outlook: Salient.",
        table=Table(
            caption=f"Outcomes of {hundred} by area held on {words.day(view.end)}",
            columns=["km²", "outcomes"],
            numeric=[True, True],
            rows=rows,
        ),
        x=axis([*dots, now.median], "km²", about=6),
        dots=plain(dots),
        now=round(now.median, 1),
        now_text=f"held now: {view.middle(now)}",
        below=below,
    )


def _of_all(n: int) -> str:
    if n == DOTS:
        return f"all {words.number(n)}"
    return f"{'none' if n == 0 else words.number(n)} of {words.number(DOTS)}"


def _edges(now: float) -> list[float]:
    """Bounds of the classes of outcomes: shares of what is held now."""
    return [0.0, *[round(now * s, 6) for s in (0.1, 0.25, 0.5, 0.75, 1.0)], math.inf]


def _between(low: float, high: float) -> str:
    if math.isinf(high):
        return f"{words.number(low)} or more"
    if low == 0:
        return f"under {words.number(high)}"
    return f"{words.number(low)} to {words.number(high)}"


def losses_figure(view: View, number: int) -> BarsFigure | None:
    """People killed or wounded in each branch, by side; None where the run does not count them."""
    if not view.counts_losses:
        return None
    bars = [
        Bar(
            key=b.key,
            group=view.side(side).name,
            label=b.title,
            low=round(i.low),
            median=round(i.median),
            high=round(i.high),
            text=view.text(recount(i)),
        )
        for side in view.sides
        for b in view.branches
        if (i := b.losses[side].casualties)
    ]
    rows = [
        [
            view.side(s).name,
            b.title,
            view.text(recount(b.losses[s].casualties)),
            view.text(recount(b.losses[s].killed)),
        ]
        for s in view.sides
        for b in view.branches
    ]
    under = [view.base.losses[s].casualties for s in view.sides]
    who = [
        f"{view.troops(s)} {view.range(recount(i))}" for s, i in zip(view.sides, under, strict=True)
    ]
    return BarsFigure(
        id="losses",
        number=number,
        title=f"Soldiers killed or wounded by {words.day(view.end)} if what was under way goes on: {words.listed(who)}",
        caption=f"Model estimates over {words.count(view.horizon, 'week')}, with {words.P90} intervals. "
        "No independent count of these losses exists; the model rests on rates that both sides dispute."
        + _allies(view),
        alt="Bars with intervals by side and branch. "
        + " ".join(f"{b.group}, {b.label}: {b.text}." for b in bars),
        credit="Estimates: Salient.",
        table=Table(
            caption=f"Soldiers killed or wounded by {words.day(view.end)}",
            columns=["side", "branch", "killed or wounded", "of these killed"],
            numeric=[False, False, True, True],
            rows=rows,
        ),
        x=axis([b.high for b in bars], "killed or wounded", about=5),
        bars=bars,
        zero=False,
    )


def _allies(view: View) -> str:
    """Where the losses of contingents are counted."""
    named = [
        f" Those of the {c.name} are counted with {view.side(c.side).name}."
        for c in view.f.scenario.contingents.values()
    ]
    return "".join(named)


def recount(i: Interval) -> Interval:
    """The interval without its unit, for a column that names it; people are still counted whole."""
    return replace(i, unit="count")


def _on_normal(value: float, kind: str) -> float:
    """A value on the scale on which its prior is normal."""
    if kind == "positive":
        return math.log(max(value, 1e-12))
    if kind == "fraction":
        v = min(max(value, 1e-9), 1 - 1e-9)
        return math.log(v / (1 - v))
    return value


def standard(row: ParameterRow) -> tuple[float, float, float]:
    """Low, median and high after the data, in standard deviations of the prior from its middle."""
    low, high = (_on_normal(v, row.kind) for v in (row.prior.low, row.prior.high))
    mean, sd = 0.5 * (low + high), (high - low) / (2 * Z90)
    if sd <= 0:
        return 0.0, 0.0, 0.0
    after = row.posterior
    a, b, c = ((_on_normal(v, row.kind) - mean) / sd for v in (after.low, after.median, after.high))
    return a, b, c


def shown_priors(view: View) -> list[ParameterRow]:
    """The parameters worth drawing: those that the data settled, and those that the branches act through."""
    ranked = sorted(view.f.parameters, key=lambda p: -p.contraction)
    acting = {name for b in view.f.branches for name in b.drivers}
    must = [p for p in ranked if p.name in acting]
    rest = [p for p in ranked if p.name not in acting]
    known = [p for p in rest if words.settled(p.contraction) != "assumed"][:MOST_KNOWN]
    chosen = known + must[: MOST_PRIORS - len(known)]
    chosen += [p for p in rest if p not in chosen][: MOST_PRIORS - len(chosen)]
    return sorted(chosen, key=lambda p: -p.contraction)


def prior_bar(view: View, row: ParameterRow) -> PriorBar:
    """One parameter before and after."""
    low, median, high = (round(min(max(v, -EDGE), EDGE), 3) for v in standard(row))
    return PriorBar(
        label=view.labels[row.name],
        group=row.group,
        low=low,
        median=median,
        high=high,
        contraction=round(row.contraction, 3),
        contraction_text=words.contraction_text(row.contraction),
        verdict=words.settled(row.contraction),
        prior_text=words.quantity(row.prior),
        posterior_text=words.quantity(row.posterior),
    )


def priors_figure(view: View, number: int) -> PriorsFigure:
    """What the data settled."""
    rows = [prior_bar(view, p) for p in shown_priors(view)]
    everything = sorted(view.f.parameters, key=lambda p: -p.contraction)
    n = len(everything)
    found = sum(1 for p in everything if words.settled(p.contraction) == "settled")
    some = sum(1 for p in everything if words.settled(p.contraction) == "partly")
    marks = axis([-2, 2], "standard deviations of the prior", about=4, sign=True)
    return PriorsFigure(
        id="settled",
        number=number,
        title=f"Of {words.count(n, 'number')} in the model the data mostly settled {_few(found)} "
        f"and partly {_few(some)}",
        caption="Thick bar: what was assumed before the data. Thin bar: after, each with its "
        f"{words.P90} interval, on a scale in which all priors look alike. The share at the right is how far "
        "the data narrowed it (contraction of the variance). Shown are the numbers that the data narrowed most and "
        "those that the branches act through; the table has all.",
        alt=f"Ranked bars of {words.count(len(rows), 'parameter')}. Narrowed most: "
        + "; ".join(f"{r.label}, {r.contraction_text}" for r in rows[:3])
        + ". Narrowed least: "
        + "; ".join(f"{r.label}, {r.contraction_text}" for r in rows[-3:])
        + ".",
        credit="Priors: sources in the scenario file. Fit: Salient.",
        table=Table(
            caption="Every number of the model before and after the data",
            columns=[
                "number",
                "mechanism",
                "before",
                "after",
                "narrowed",
                "verdict",
                "moved, sd",
                "evidence before",
                "source",
            ],
            numeric=[False, False, True, True, True, False, True, False, False],
            rows=[_prior_row(view, p) for p in everything],
        ),
        x=marks.model_copy(update={"low": -EDGE, "high": EDGE}),
        prior_low=-Z90,
        prior_high=Z90,
        prior_text="before",
        rows=rows,
        verdicts=dict(words.VERDICTS),
    )


def _few(n: int) -> str:
    return "none" if n == 0 else words.number(n)


def _prior_row(view: View, p: ParameterRow) -> list[str]:
    return [
        view.labels[p.name],
        p.group,
        words.quantity(p.prior),
        words.quantity(p.posterior),
        words.contraction_text(p.contraction),
        words.share_settled(p.contraction),
        words.number(p.shift, 1, sign=True),
        words.TRUST.get(p.trust, p.trust),
        view.source(p.source),
    ]


def hindcast_figure(view: View, number: int) -> HindcastFigure | None:
    """Hindcasts by horizon; None when there are none."""
    rows = view.f.hindcasts
    if not rows:
        return None
    horizons = sorted({h.horizon for h in rows})
    grouped = {k: sorted((h for h in rows if h.horizon == k), key=_target) for k in horizons}
    inside = sum(h.inside90 for h in rows)
    dates = [_target(h) for h in rows]
    panels = [
        HindcastPanel(
            title=f"{words.count(k, 'week')} ahead",
            text=f"{words.number(sum(h.inside90 for h in found))} of {words.number(len(found))} inside",
            points=[_hindcast_point(view, h) for h in found],
        )
        for k, found in grouped.items()
    ]
    return HindcastFigure(
        id="hindcasts",
        number=number,
        title=f"{words.number(inside)} of {words.count(len(rows), 'hindcast')} hold the observed area "
        f"in their {words.P90} interval",
        caption="Bars: what the fitted model says of a week from some weeks before it, held area in km². Dots: what "
        "was observed; crossed where it lies outside the bar. The fit has seen these outcomes, so this shows that "
        "the model can tell this story, not that it could have foretold it.",
        alt="; ".join(f"{p.title}: {p.text} their {words.P90} interval" for p in panels) + ".",
        credit=_credit(view),
        table=Table(
            caption="Hindcasts, km²",
            columns=[
                "ahead",
                "from",
                "for",
                "median",
                f"{words.P90}",
                "observed",
                f"in {words.P50}",
                f"in {words.P90}",
            ],
            numeric=[False, False, False, True, True, True, False, False],
            rows=[_hindcast_row(h) for found in grouped.values() for h in found],
        ),
        time=time_axis(min(dates) - dt.timedelta(weeks=2), max(dates) + dt.timedelta(weeks=2)),
        y=axis([v for h in rows for v in (h.predicted.high, h.observed)], "km²", about=4),
        panels=panels,
    )


def _target(h: Hindcast) -> dt.date:
    return h.origin + dt.timedelta(weeks=h.horizon)


def _hindcast_point(view: View, h: Hindcast) -> HindcastPoint:
    low, median, high = plain([h.predicted.low, h.predicted.median, h.predicted.high])
    return HindcastPoint(
        label=f"{words.count(h.horizon, 'week')} ahead, from {words.day(h.origin)}",
        text=f"{_cell(h.observed)} seen, {view.text(replace(h.predicted, unit='count'))} expected",
        date=_target(h),
        low=low,
        median=median,
        high=high,
        observed=round(h.observed, 1),
        inside=h.inside90,
    )


def _hindcast_row(h: Hindcast) -> list[str]:
    p = h.predicted
    return [
        words.count(h.horizon, "week"),
        h.origin.isoformat(),
        _target(h).isoformat(),
        _cell(p.median),
        f"{_cell(max(p.low, 0.0))}{words.DASH}{_cell(p.high)}",
        _cell(h.observed),
        "yes" if h.inside50 else "no",
        "yes" if h.inside90 else "no",
    ]


def score_figure(view: View, number: int) -> BarsFigure | None:
    """The outlook's score beside simple rules; None where what followed is not known, or no rule has weeks enough."""
    s = view.f.score
    if s is None or not s.baselines:
        return None
    ranked = sorted([("this outlook", s.crps), *s.baselines.items()], key=lambda r: r[1])
    bars = [
        Bar(
            key="model" if name == "this outlook" else "baseline",
            group="",
            label=name,
            low=0.0,
            median=round(value, 2),
            high=round(value, 2),
            text=words.amount(value),
        )
        for name, value in ranked
    ]
    best, place = ranked[0], [name for name, _ in ranked].index("this outlook") + 1
    than = "better than every simple rule" if place == 1 else f"worse than the rule “{best[0]}”"
    finding = f"Scored on the {words.count(s.weeks, 'week')} that followed, the outlook did {than}"
    return BarsFigure(
        id="score",
        number=number,
        title=finding,
        caption="Mean CRPS in km²: the distance between what was said, with its uncertainty, and what was seen. "
        "Less is better. One campaign is an anecdote, not a ranking.",
        alt="Bars of mean CRPS. " + " ".join(f"{b.label}: {b.text} km²." for b in bars),
        credit=f"Observed: {s.observed.mapper}.",
        table=Table(
            caption="Mean CRPS, km²",
            columns=["forecast", "CRPS"],
            numeric=[False, True],
            rows=[[b.label, b.text] for b in bars],
        ),
        x=axis([b.high for b in bars], "mean CRPS, km²"),
        bars=bars,
        zero=True,
    )
