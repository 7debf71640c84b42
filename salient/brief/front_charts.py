"""What the figures of a front show: from findings to the numbers, marks and words of each chart."""

from __future__ import annotations

import datetime as dt

import numpy as np

from salient.brief import words
from salient.brief.axes import axis, time_axis
from salient.brief.charts import plain
from salient.brief.content import (
    Band,
    Bar,
    BarsFigure,
    Fan,
    FanFigure,
    HindcastFigure,
    HindcastPanel,
    HindcastPoint,
    Points,
    Table,
)
from salient.brief.front_content import LossBlock, LossesFigure, LossPanel
from salient.brief.front_view import MAPPER, FrontView, bare, change, named, people
from salient.forecasting.record import Past
from salient.forecasting.scores import LEVELS
from salient.questions.front import HORIZON, SideLosses

HISTORY_WEEKS = 26
LOSS_BLOCKS = 9
RECORD_WEEKS = (4, 13)
CREDIT = f"Maps: {MAPPER}. Forecast: Salient."


def fan_figure(view: FrontView, number: int) -> FanFigure:
    """The sum of the front: how it came to where it is, and thirteen weeks ahead, as change from the as-of date."""
    f = view.f
    net = f.front.net.sum(axis=1)[-HISTORY_WEEKS:]
    days = [*f.front.dates[-len(net) :]]
    days = [days[0] - dt.timedelta(weeks=1), *days]
    past = np.concatenate([[0.0], np.cumsum(net)]) - net.sum()
    fan = _fan(view)
    size = change(f.total.ahead[HORIZON])
    wide = fan.bands[0]
    return FanFigure(
        id="outlook",
        number=number,
        title=f"{size.text} by {view.end}: the {view.ground}, all sectors together",
        caption=f"Change of the {view.ground} from {words.day(f.as_of)}, in km²: below zero is less than on that day. "
        f"Dots are weekly maps, the last {words.count(len(net), 'week')}. The shaded bands hold {words.P50} and "
        f"{words.P90} of what the forecast expects{_lines(fan)}",
        alt=f"Line chart of the change of the {view.ground}. It rose by {words.number(net.sum())} km² in the "
        f"{words.count(len(net), 'week')} to {words.day(f.front.last_map)}. The forecast ends on {view.end} at "
        f"{size.text}.",
        credit=CREDIT,
        table=_fan_table(days, past, fan),
        time=time_axis(days[0], f.end),
        y=axis(
            [*past, *wide.low, *wide.high],
            f"km² from {words.short_day(f.as_of)}",
            about=6,
            sign=True,
        ),
        history=[
            Points(
                mapper=MAPPER,
                kind="assessed",
                dates=days,
                km2=plain(past),
                used=[True] * len(days),
            )
        ],
        fan=fan,
        cut_off=f.as_of,
        cut_off_text=f"data to {words.short_day(f.as_of)}",
        end_text=f"median {words.median_text(f.total.ahead[HORIZON], 4000, sign=True)}",
        paths_text="single futures",
    )


def _fan(view: FrontView) -> Fan:
    """The sum by week, from nothing on the as-of date."""
    weekly = view.f.total.weekly[:HORIZON]
    at = {
        q: [0.0, *plain([np.interp(q, LEVELS, row) for row in weekly])]
        for q in (0.05, 0.25, 0.5, 0.75, 0.95)
    }
    return Fan(
        weeks=[view.f.as_of + dt.timedelta(weeks=h) for h in range(HORIZON + 1)],
        median=at[0.5],
        bands=[
            Band(level=0.9, text=words.P90, low=at[0.05], high=at[0.95]),
            Band(level=0.5, text=words.P50, low=at[0.25], high=at[0.75]),
        ],
        paths=[[0.0, *plain(path)] for path in view.f.paths],
    )


def _lines(fan: Fan) -> str:
    """What the thin lines are, and where they end."""
    if not fan.paths:
        return "."
    futures = words.count(len(fan.paths), "single future")
    return (
        f"; the thin lines are {futures}, none drawn beyond 95{words.THIN}%. Their course from week to week is that of "
        "the state space."
    )


def _fan_table(days: list[dt.date], past: np.ndarray, fan: Fan) -> Table:
    wide, narrow = fan.bands
    rows = [
        [d.isoformat(), words.number(round(v), sign=True), "", "", ""]
        for d, v in zip(days, past, strict=True)
    ]
    for k, d in enumerate(fan.weeks[1:], start=1):
        median = words.number(round(fan.median[k]), sign=True)
        spans = [_span(b.low[k], b.high[k]) for b in (narrow, wide)]
        rows.append([d.isoformat(), "", median, *spans])
    return Table(
        caption="Change of the occupied area from the as-of date, km²",
        columns=["week", MAPPER, "median", words.P50, words.P90],
        numeric=[False, True, True, True, True],
        rows=rows,
    )


def _span(low: float, high: float) -> str:
    return words.between(words.number(round(low), sign=True), words.number(round(high), sign=True))


def sectors_figure(view: FrontView, number: int) -> BarsFigure:
    """The sectors thirteen weeks ahead, from the most to the least expected change."""
    bars = [
        Bar(
            key=s.key,
            group="",
            label=named(s),
            low=round(s.ahead[HORIZON].low, 1),
            median=round(s.ahead[HORIZON].median, 1),
            high=round(s.ahead[HORIZON].high, 1),
            text=bare(s.ahead[HORIZON]),
        )
        for s in view.ranked
    ]
    quiet = sum(s.ahead[HORIZON].median < 50 for s in view.f.sectors)
    return BarsFigure(
        id="sectors",
        number=number,
        title=f"{named(view.ranked[0])} has the largest expected change; in {words.number(quiet)} of "
        f"{words.count(len(bars), 'sector')} the median is under 50 km²",
        caption=f"Net change of the {view.ground} from {words.day(view.f.as_of)} to {view.end}, by sector. Bars are "
        f"{words.P90} intervals, dots their medians. A sector that has been quiet on the maps is taken to stay so, "
        "most of the time.",
        alt="Bars with intervals by sector. " + " ".join(f"{b.label}: {b.text}." for b in bars),
        credit=CREDIT,
        table=Table(
            caption=f"Net change by {view.end}, km²",
            columns=["sector", f"median ({words.P90})"],
            numeric=[False, True],
            rows=[[b.label, b.text] for b in bars],
        ),
        x=axis([v for b in bars for v in (b.low, b.high)], "km²", about=5, sign=True),
        bars=bars,
        zero=False,
    )


def losses_figure(view: FrontView, number: int) -> LossesFigure:
    """Both sides' losses by thirteen weeks, with what the other side claims where it does."""
    f, lost = view.f, view.f.losses
    shown = min(LOSS_BLOCKS, len(lost.edges) - 2)
    start = lost.edges[shown]
    panels = [_loss_panel(view, s, shown) for s in view.sides]
    tops = [b.high for p in panels for b in p.blocks] + [v for p in panels for v in p.claimed]
    year = words.listed([f"{people(s.year, f.draws)} {view.adjective(s.key)}" for s in view.sides])
    rows = [
        [p.title, b.start.isoformat(), b.end.isoformat(), words.rough(b.median),
         words.between(words.rough(b.low), words.rough(b.high))]
        for p in panels for b in p.blocks
    ]  # fmt: skip
    return LossesFigure(
        id="losses",
        number=number,
        title=f"Killed or wounded a week over the last year: {year} soldiers, by our estimate",
        caption=f"Blocks of thirteen weeks: {words.P90} intervals, with lines for the medians. Crosses are what the "
        f"{lost.claimed_by or 'other side'} claims of {view.adjective(lost.claimed_side)} losses week by week. "
        "No such claim is in the data for the other side, whose losses are seen only in a few totals.",
        alt="Two panels of losses over time. " + " ".join(f"{p.title}: {p.text}." for p in panels),
        credit="Claims and totals: the speakers named below. Estimate: Salient.",
        table=Table(
            caption="Killed or wounded a week, estimate",
            columns=["side", "from", "to", "median", words.P90],
            numeric=[False, False, False, True, True],
            rows=rows,
        ),
        time=time_axis(start, f.as_of),
        y=axis(tops, "soldiers a week", about=4),
        panels=panels,
    )


def _loss_panel(view: FrontView, side: SideLosses, shown: int) -> LossPanel:
    lost = view.f.losses
    blocks = [
        LossBlock(
            start=lost.edges[k + 1],
            end=lost.edges[k],
            low=round(side.blocks[k].low),
            median=round(side.blocks[k].median),
            high=round(side.blocks[k].high),
        )
        for k in reversed(range(shown))
    ]
    pairs = [
        (d, float(v))
        for d, v in zip(lost.claimed_days, lost.claimed, strict=True)
        if side.key == lost.claimed_side and d > blocks[0].start
    ]
    return LossPanel(
        title=f"{view.adjective(side.key)} soldiers",
        text=f"{people(side.recent, view.f.draws)} a week lately"
        + ("; crosses: claimed" if pairs else ""),
        blocks=blocks,
        claimed_days=[d for d, _ in pairs],
        claimed=[v for _, v in pairs],
    )


def record_figure(view: FrontView, number: int) -> HindcastFigure | None:
    """Past forecasts of the sum beside what followed; None while none has come true."""
    grouped = {h: [p for p in view.f.record.past if p.horizon == h] for h in RECORD_WEEKS}
    grouped = {h: found for h, found in grouped.items() if found}
    if not grouped:
        return None
    panels = [
        HindcastPanel(
            title=f"{words.count(h, 'week')} ahead",
            text=f"{words.number(sum(p.inside for p in found))} of {words.number(len(found))} inside",
            points=[_point(p) for p in found],
        )
        for h, found in grouped.items()
    ]
    shown = [p for found in grouped.values() for p in found]
    last = panels[-1]
    return HindcastFigure(
        id="record",
        number=number,
        title=f"Past forecasts of the sum {last.title}: {last.text} their {words.P90} interval",
        caption="Bars: what was forecast for the net change of all sectors together, by the day on which it ends, in "
        "km². Dots: what followed; crossed where it lies outside the bar. Each forecast saw only the maps of its own "
        "day. Neighbouring bars share most of their weeks.",
        alt="; ".join(f"{p.title}: {p.text} their {words.P90} interval" for p in panels) + ".",
        credit=CREDIT,
        table=Table(
            caption="Past forecasts of the sum, km²",
            columns=["ahead", "from", "to", "median", words.P90, "followed", f"in {words.P90}"],
            numeric=[False, False, False, True, True, True, False],
            rows=[_past_row(p) for p in shown],
        ),
        time=time_axis(
            min(p.end for p in shown) - dt.timedelta(weeks=2),
            max(p.end for p in shown) + dt.timedelta(weeks=2),
        ),
        y=axis([v for p in shown for v in (p.low, p.high, p.truth)], "km²", about=4),
        panels=panels,
    )


def _point(p: Past) -> HindcastPoint:
    return HindcastPoint(
        date=p.end,
        low=p.low,
        median=p.median,
        high=p.high,
        observed=p.truth,
        inside=p.inside,
        label=f"from {words.day(p.origin)}",
        text=f"{words.number(p.truth)} seen, {words.number(p.median)} expected",
    )


def _past_row(p: Past) -> list[str]:
    return [
        words.count(p.horizon, "week"),
        p.origin.isoformat(),
        p.end.isoformat(),
        words.number(round(p.median), sign=True),
        _span(p.low, p.high),
        words.number(round(p.truth), sign=True),
        "yes" if p.inside else "no",
    ]
