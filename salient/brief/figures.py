"""The figures as SVG. Each takes a figure of the brief and a width, and reads nothing else.

Figures with text are drawn twice, for a wide and for a narrow screen, so that letters keep their size; the page shows
one of the two. What has no letters, the fan and the ground of the map, is drawn once, in pixels of its own: each of the
two drawings shows it scaled to its paper, with strokes that keep their width. Colours are classes, which the page's
style sets for light, dark and print.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any

from markupsafe import Markup

from salient.brief.content import (
    Axis,
    Bar,
    BarsFigure,
    BranchTable,
    DotsFigure,
    Estimate,
    Fan,
    FanFigure,
    HindcastFigure,
    HindcastPanel,
    HindcastPoint,
    MapFigure,
    PanelsFigure,
    Points,
    PriorBar,
    PriorsFigure,
)
from salient.brief.svg import (
    Scale,
    Segment,
    area,
    box,
    el,
    join,
    line,
    lines,
    mark,
    marks,
    matrix,
    picture,
    shape,
    t_axis,
    text,
    way,
    wrap,
    x_axis,
    y_axis,
)


@dataclass(frozen=True)
class Sheet:
    """The paper that a figure is drawn on."""

    width: float
    narrow: bool

    @property
    def suffix(self) -> str:
        """The class and the part of each id that tells the two drawings apart."""
        return "narrow" if self.narrow else "wide"


WIDE, NARROW, HERO = Sheet(760, False), Sheet(340, True), Sheet(880, False)


def both(draw: Callable[[Any, Sheet], Markup], figure: Any, wide: Sheet = WIDE) -> Markup:
    """A figure for wide screens and paper, and for narrow screens."""
    return join([draw(figure, wide), draw(figure, NARROW)])


_UNIT = 1000.0
"""The fan is drawn once on a square of so many pixels."""


def once(name: str, draw: Callable[[], Markup], at: str, sheet: Sheet) -> Markup:
    """Shapes that are drawn for the wide sheet and shown again on the narrow one, each time moved to where they lie."""
    if sheet.narrow:
        return el("use", href=f"#{name}", transform=at)
    return el("g", el("g", draw(), id=name), transform=at)


def fan_chart(figure: FanFigure, sheet: Sheet) -> Markup:
    """History as dots, the outlook as a fan, the end of the data as a line between them."""
    full, units = figure, (Scale.time(figure.time, 0, _UNIT), Scale.of(figure.y, _UNIT, 0))
    if sheet.narrow:
        figure = recent(figure)
    key, below = _key(figure, sheet)
    top = below + 24 if sheet.narrow else max(below + 24, 52.0)
    left, right = 42.0, sheet.width - (14 if sheet.narrow else 116)
    bottom = top + (238.0 if sheet.narrow else 370.0)
    x, y = Scale.time(figure.time, left, right), Scale.of(figure.y, bottom, top)
    cut, clip = x(figure.cut_off), f"fan-{sheet.suffix}"
    at = matrix(units[0].onto(x), units[1].onto(y))
    fan = once(f"{figure.id}-lines", lambda: _fan(full.fan, *units), at, sheet)
    return picture(
        figure,
        sheet.width,
        bottom + 28,
        sheet.suffix,
        key,
        y_axis(figure.y, y, left, right),
        t_axis(figure.time, x, bottom, sheet.width),
        el("clipPath", el("rect", x=left, y=top, width=right - left, height=bottom - top), id=clip),
        el("g", fan, clip_path=f"url(#{clip})"),
        shape(way([(cut, top - 6), (cut, bottom)]), "cut"),
        text(cut + 5, top + 4, figure.cut_off_text, "t h"),
        *[
            _series(k, p, x, y)
            for k, p in zip(_shapes(figure.history), figure.history, strict=True)
        ],
        _afterwards(figure.observed, x, y),
        _band_labels(figure.fan, x, y),
        _end_label(figure, x, y, sheet),
    )


def recent(figure: FanFigure) -> FanFigure:
    """The figure with only as much history as there is outlook, and no more height than that and zero need."""
    weeks = figure.fan.weeks
    start = max(figure.time.start, weeks[0] - 1.15 * (weeks[-1] - weeks[0]))
    history = [
        p.model_copy(update=_since(p, start)) for p in figure.history if p.dates[-1] >= start
    ]
    top = max([*figure.fan.bands[0].high, *[v for p in history for v in p.high or p.km2]])
    low = min(0.0, *figure.fan.bands[0].low, *[v for p in history for v in p.low or p.km2])
    ticks = [t for t in figure.y.ticks if low < t.at < top]
    ticks = [t for t in figure.y.ticks if t.at <= low][-1:] + ticks
    ticks += [t for t in figure.y.ticks if t.at >= top][:1]
    time = figure.time.model_copy(
        update={"start": start, "ticks": [t for t in figure.time.ticks if t.at >= start]}
    )
    y = figure.y.model_copy(update={"low": ticks[0].at, "high": ticks[-1].at, "ticks": ticks})
    return figure.model_copy(update={"history": history, "time": time, "y": y})


def _since(points: Points, start: dt.date) -> dict[str, Any]:
    """The fields of a series from a day on."""
    keep = [k for k, d in enumerate(points.dates) if d >= start]
    fields = ("dates", "km2", "low", "high", "used")
    return {
        name: None if (values := getattr(points, name)) is None else [values[k] for k in keep]
        for name in fields
    }


def _fan(fan: Fan, x: Scale, y: Scale) -> Markup:
    """Bands, single draws and the median."""
    xs = x.all(fan.weeks)
    bands = [
        area(xs, y.all(b.low), y.all(b.high), f"band b{round(100 * b.level)}") for b in fan.bands
    ]
    paths = [line(list(zip(xs, y.all(p), strict=True)), "path") for p in fan.paths]
    median = line(list(zip(xs, y.all(fan.median), strict=True)), "median")
    return join([*bands, *paths, median])


def _shapes(history: Sequence[Points]) -> list[int]:
    """The mark of each series: maps are circle, diamond and square, claims are cross and plus."""
    maps, claims = iter((0, 1, 4)), iter((2, 3))
    return [next(claims, 3) if p.kind == "claimed" else next(maps, 4) for p in history]


def _series(shape: int, points: Points, x: Scale, y: Scale) -> Markup:
    """A mapper's dots with its own bounds; what the fit has not seen is faded."""
    spots = list(zip(x.all(points.dates), y.all(points.km2), strict=True))
    seen = [used or points.kind == "claimed" for used in points.used]
    bounds: list[Segment] = []
    if points.low is not None and points.high is not None:
        ends = zip(spots, y.all(points.low), y.all(points.high), strict=True)
        bounds = [(at, low, at, high) for (at, _), low, high in ends]
    parts = []
    for shown, faded in ((seen, ""), ([not s for s in seen], " unused")):
        parts.append(lines(list(compress(bounds, shown)), f"bound{faded}"))
        parts.append(marks(shape, list(compress(spots, shown)), 2.7, f"s{min(shape, 2)}{faded}"))
    return join(parts)


def _afterwards(points: Points | None, x: Scale, y: Scale) -> Markup:
    """What was seen after the as-of date, as hollow dots."""
    if points is None:
        return Markup("")
    spots = list(zip(x.all(points.dates), y.all(points.km2), strict=True))
    return marks(0, spots, 3.4, "after")


def _key(figure: FanFigure, sheet: Sheet) -> tuple[Markup, float]:
    """What each mark is, in as many rows above the chart as it takes, and where the last row stands."""
    items: list[tuple[Markup, str]] = [
        (mark(k, 5, -4, 3.2, f"s{min(k, 2)}"), _named(p))
        for k, p in zip(_shapes(figure.history), figure.history, strict=True)
    ]
    if figure.fan.paths:
        items.append((line([(-2, -4), (12, -4)], "path key"), figure.paths_text))
    if figure.observed is not None and figure.observed_text is not None:
        items.append((mark(0, 5, -4, 3.6, "after"), figure.observed_text))
    parts, at, row = [], 2.0, 14.0
    for sign, name in items:
        wide = 34 + 6.2 * len(name)
        if at + wide - 14 > sheet.width and at > 2:
            at, row = 2.0, row + 18
        parts.append(
            el("g", sign, text(16, 0, name, "t"), transform=f"translate({at:.0f} {row:.0f})")
        )
        at += wide
    return join(parts), row


def _named(points: Points) -> str:
    return f"{points.mapper} (claimed)" if points.kind == "claimed" else points.mapper


def _band_labels(fan: Fan, x: Scale, y: Scale) -> Markup:
    """The share written on each band where it is thickest, or above it where it is thin; never one over another."""
    inner = [*[b.high for b in fan.bands[1:]], fan.median]
    weeks = len(fan.weeks)
    spots: list[tuple[float, float, str]] = []
    for band, below in reversed(list(zip(fan.bands, inner, strict=True))):
        gaps = [y(low) - y(high) for low, high in zip(below, band.high, strict=True)]
        free = []
        for k in range(weeks // 4, max(3 * weeks // 4, weeks // 4 + 1)):
            middle = 0.5 * (y(band.high[k]) + y(below[k])) + 4
            at = (x(fan.weeks[k]), middle if gaps[k] >= 13 else y(band.high[k]) - 5)
            if all(abs(at[0] - s[0]) > 36 or abs(at[1] - s[1]) > 17 for s in spots):
                free.append((gaps[k], at))
        if free:
            spots.append((*max(free)[1], band.text))
    return join([text(across, down, name, "t h", "middle") for across, down, name in spots])


def _end_label(figure: FanFigure, x: Scale, y: Scale, sheet: Sheet) -> Markup:
    """The median at the end: beside the fan or, where it is narrow, above it at the end of a thin line."""
    at, level = x(figure.fan.weeks[-1]), y(figure.fan.median[-1])
    dot = mark(0, at, level, 3.0, "dot")
    if not sheet.narrow:
        return join([dot, text(at + 8, min(level + 4, y.start - 3), figure.end_text, "t b")])
    third = len(figure.fan.weeks) // 3
    crest = max([v for p in [*figure.fan.paths, figure.fan.bands[0].high] for v in p[-third:]])
    up = max(y(crest) - 16, y.end + 24)
    lead = shape(way([(at, level), (at, up + 4)]), "lead")
    return join([lead, dot, text(at + 4, up, figure.end_text, "t h b", "end")])


def small_fans(figure: PanelsFigure) -> list[Markup]:
    """Each branch as a small fan over the median of what was under way; all have their axes and history in common."""
    width, height, left = 200.0, 150.0, 36.0
    x = Scale.time(figure.time, left, width - 6)
    y = Scale.of(figure.y, height - 24, 10)
    history, base = figure.history, figure.panels[0].fan
    axes = join(
        [
            y_axis(figure.y, y, left, width - 6, unit=False),
            t_axis(figure.time, x, height - 24, width),
        ]
    )
    seen = marks(0, list(zip(x.all(history.dates), y.all(history.km2), strict=True)), 2.0, "s0")
    under = line(list(zip(x.all(base.weeks), y.all(base.median), strict=True)), "reference")
    drawn = []
    for k, panel in enumerate(figure.panels):
        told = {
            "title": panel.title,
            "alt": f"{panel.chance}. {panel.end_text}",
            "id": f"branch{k}",
        }
        fan = el("g", _fan(panel.fan, x, y), class_=f"c{k}")
        body = (axes, fan, under if k else Markup(""), seen)
        drawn.append(picture(figure.model_copy(update=told), width, height, "panel", *body))
    return drawn


def dot_plot(figure: DotsFigure, sheet: Sheet) -> Markup:
    """A hundred outcomes as dots that pile up where they are frequent."""
    left, right = 12.0, sheet.width - 12
    r, most = (3.6, 16) if sheet.narrow else (5.6, 16)
    gap = 2 * r + 0.8
    x = Scale.of(figure.x, left + r, right - r)
    spots, tall = _piles(figure.dots, x, gap, most)
    top = 34.0
    bottom = top + max(tall * gap, 100.0)
    now = x(figure.now)
    less, more = (
        [(at, bottom - (n + 0.5) * gap) for at, n, v in spots if (v < figure.now) == lost]
        for lost in (True, False)
    )
    side = "end" if now > sheet.width / 2 else None
    return picture(
        figure,
        sheet.width,
        bottom + 40,
        sheet.suffix,
        x_axis(figure.x, x, bottom),
        text(right, bottom + 35, figure.x.label, "t m", "end"),
        marks(0, less, r, "less"),
        marks(0, more, r, "more"),
        shape(way([(now, 18), (now, bottom)]), "cut"),
        text(now - 6 if side else now + 6, 24, figure.now_text, "t h", side),
    )


def _piles(
    values: Sequence[float], x: Scale, gap: float, most: int
) -> tuple[list[tuple[float, int, float]], int]:
    """Where each dot stands, column and row; columns are so many dots wide that no pile is higher than `most`."""
    ordered = sorted(values)
    along = [v - x.start for v in x.all(ordered)]
    for wide in range(1, 8):
        piles = [int(at / (wide * gap) + 0.5 / wide) for at in along]
        tall = -(-max(Counter(piles).values(), default=1) // wide)
        if tall <= most:
            break
    there: Counter[int] = Counter()
    spots = []
    for value, pile in zip(ordered, piles, strict=True):
        row, column = divmod(there[pile], wide)
        there[pile] += 1
        spots.append((x.start + (pile * wide + column) * gap, row, value))
    return spots, tall


def prior_posterior(figure: PriorsFigure, sheet: Sheet) -> Markup:
    """Each parameter before and after the data on one scale, ranked by how far the data narrowed it."""
    left = 14.0 if sheet.narrow else 275.0
    right = sheet.width - (64 if sheet.narrow else 216)
    x = Scale.of(figure.x, left, right)
    top = bottom = 30.0
    rows = []
    for r in figure.rows:
        names = wrap(r.label, 46 if sheet.narrow else 42, 2)
        rows.append(_prior_row(figure, r, names, x, bottom, sheet))
        bottom += 33.0 + 15 * len(names) if sheet.narrow else 34.0
    middle = x(0.0)
    across, anchor = (left, None) if sheet.narrow else (middle, "middle")
    return picture(
        figure,
        sheet.width,
        bottom + 42,
        sheet.suffix,
        shape(way([(middle, top - 4), (middle, bottom)]), "grid"),
        *rows,
        x_axis(figure.x, x, bottom + 2),
        text(across, bottom + 37, figure.x.label, "t m", anchor),
        *_prior_heads(right, sheet),
    )


def _prior_heads(right: float, sheet: Sheet) -> list[Markup]:
    across, anchor = (sheet.width - 2, "end") if sheet.narrow else (right + 14, None)
    return [text(across, 16, "narrowed by", "t m", anchor)]


def _prior_row(
    figure: PriorsFigure, r: PriorBar, lines: list[str], x: Scale, top: float, sheet: Sheet
) -> Markup:
    """A parameter: name, thick bar before, thin bar after, how far it was narrowed."""
    if sheet.narrow:
        at = top + 16 + 15 * len(lines)
        names = [text(2, top + 15 * (i + 1), s, "t") for i, s in enumerate(lines)]
        share = text(sheet.width - 2, at + 4, r.contraction_text, "t", "end")
    else:
        at = top + 16
        first = at + 4 - 7.5 * (len(lines) - 1)
        names = [text(x.start - 14, first + 15 * i, s, "t", "end") for i, s in enumerate(lines)]
        share = text(x.end + 14, at + 4, f"{r.contraction_text}: {figure.verdicts[r.verdict]}", "t")
    before = (x(figure.prior_low), x(figure.prior_high))
    after = (max(x(r.low), x.start), min(x(r.high), x.end))
    return join(
        [
            *names,
            box(before[0], at - 6, before[1] - before[0], 12.0, "before", round_=True),
            box(
                after[0],
                at - 3.5,
                max(after[1] - after[0], 2.0),
                7.0,
                f"v-{r.verdict}",
                round_=True,
            ),
            _tick([(x(r.median), at - 7), (x(r.median), at + 7)]),
            share,
        ]
    )


def _tick(points: Sequence[tuple[float, float]]) -> Markup:
    """A mark across a bar, with a rim so that it shows on any bar."""
    return join([line(points, "tick under"), line(points, "tick")])


def bar_chart(figure: BarsFigure, sheet: Sheet) -> Markup:
    """Intervals, or plain lengths, in groups with a shared axis."""
    left = 14.0 if sheet.narrow else 250.0
    right = sheet.width - (26 if sheet.narrow else 150)
    row = 42.0 if sheet.narrow else 26.0
    at, group, parts = 8.0, "", []
    spots: list[tuple[Bar, float]] = []
    for bar in figure.bars:
        if bar.group != group:
            group, at = bar.group, at + 30
            parts.append(text(2, at - 8, group, "t b"))
        spots.append((bar, at))
        at += row
    x = Scale.of(figure.x, left, right)
    first = spots[0][1] if spots else 0.0
    return picture(
        figure,
        sheet.width,
        at + 44,
        sheet.suffix,
        x_axis(figure.x, x, at + 4, first - 4),
        text(right, at + 38, figure.x.label, "t m", "end"),
        *parts,
        *[_bar(figure, b, x, y, sheet) for b, y in spots],
    )


def _bar(figure: BarsFigure, bar: Bar, x: Scale, top: float, sheet: Sheet) -> Markup:
    """One bar with its name and its text."""
    at = top + (27 if sheet.narrow else 12)
    name = (
        text(2, top + 13, bar.label, "t")
        if sheet.narrow
        else text(x.start - 12, at + 4, bar.label, "t", "end")
    )
    value = (
        text(sheet.width - 2, top + 13, bar.text, "t m", "end")
        if sheet.narrow
        else text(x.end + 12, at + 4, bar.text, "t")
    )
    if figure.zero:
        own = "own" if bar.key == "model" else "other"
        drawn = box(x(0.0), at - 7, max(x(bar.high) - x(0.0), 1.0), 14.0, own)
        return join([name, drawn, value])
    return join([name, whisker(x, at, bar.low, bar.median, bar.high), value])


def whisker(x: Scale, y: float, low: float, median: float, high: float, h: float = 8.0) -> Markup:
    """An interval as a bar with its median marked."""
    return join(
        [
            box(x(low), y - h / 2, max(x(high) - x(low), 1.5), h, "range", round_=True),
            mark(0, x(median), y, 4.2, "dot"),
        ]
    )


def cell_bar(table: BranchTable, estimate: Estimate) -> Markup:
    """A paired difference as a small bar in a cell; the number beside it says the same to a screen reader."""
    x = Scale.of(table.x, 4, 156)
    zero = x(0.0)
    return el(
        "svg",
        shape(way([(zero, 0), (zero, 18)]), "zero"),
        whisker(x, 9, estimate.low, estimate.median, estimate.high),
        viewBox="0 0 160 18",
        class_="cell",
        aria_hidden="true",
        focusable="false",
    )


def cell_axis(axis: Axis) -> Markup:
    """The axis of the small bars, under the table's heading."""
    x = Scale.of(axis, 4, 156)
    shown = {t.at: t for t in axis.ticks if t.at in (axis.low, 0.0, axis.high)}
    anchors = {axis.low: None, axis.high: "end"}
    marks = [text(x(t.at), 11, t.text, "t m", anchors.get(t.at, "middle")) for t in shown.values()]
    return el(
        "svg", *marks, viewBox="0 0 160 14", class_="cell", aria_hidden="true", focusable="false"
    )


FEW = 6
"""Up to so many hindcasts are drawn one below the other, each with its numbers."""


def hindcast_chart(figure: HindcastFigure, sheet: Sheet) -> Markup:
    """Hindcasts beside what was observed: a panel a horizon, or a row each where they are few."""
    if sum(len(p.points) for p in figure.panels) <= FEW:
        return _hindcast_rows(figure, sheet)
    height, top = (200.0, 26.0) if sheet.narrow else (210.0, 26.0)
    n = max(len(figure.panels), 1)
    across = 1 if sheet.narrow else min(n, 2)
    down = -(-n // across)
    wide = (sheet.width - 24 * (across - 1)) / across
    panels = [
        el(
            "g",
            _hindcast_panel(figure, p, wide, height - 14, top),
            transform=f"translate({(k % across) * (wide + 24):.0f} {(k // across) * height:.0f})",
        )
        for k, p in enumerate(figure.panels)
    ]
    return picture(figure, sheet.width, down * height, sheet.suffix, *panels)


def _hindcast_rows(figure: HindcastFigure, sheet: Sheet) -> Markup:
    """A few hindcasts as bars, each with a dot for what was observed."""
    left = 14.0 if sheet.narrow else 250.0
    right = sheet.width - (26 if sheet.narrow else 220)
    x = Scale.of(figure.y, left, right)
    parts, at = [], 8.0
    for p in (p for panel in figure.panels for p in panel.points):
        line_at = at + (44 if sheet.narrow else 14)
        ends = [(x(p.median), line_at - 8), (x(p.median), line_at + 8)]
        high = min(x(p.high), x.end)
        low = max(x(p.low), x.start)
        seen = mark(0 if p.inside else 2, x(p.observed), line_at, 4.2, "s0" if p.inside else "s2")
        parts += [
            *_hindcast_words(p, x, at, line_at, sheet),
            box(low, line_at - 5, max(high - low, 1.5), 10.0, "range", round_=True),
            _tick(ends),
            seen,
        ]
        at += 60.0 if sheet.narrow else 34.0
    return picture(
        figure,
        sheet.width,
        at + 44,
        sheet.suffix,
        x_axis(figure.y, x, at + 4, 4.0),
        text(right, at + 38, figure.y.label, "t m", "end"),
        *parts,
    )


def _hindcast_words(
    point: HindcastPoint, x: Scale, top: float, at: float, sheet: Sheet
) -> list[Markup]:
    if sheet.narrow:
        return [text(2, top + 14, point.label, "t h"), text(2, top + 30, point.text, "t m h")]
    return [
        text(x.start - 12, at + 4, point.label, "t", "end"),
        text(x.end + 12, at + 4, point.text, "t"),
    ]


def _hindcast_panel(
    figure: HindcastFigure, panel: HindcastPanel, width: float, height: float, top: float
) -> Markup:
    left, bottom = 42.0, height - 24
    x, y = Scale.time(figure.time, left, width - 6), Scale.of(figure.y, bottom, top + 16)
    parts = [
        text(0, 14, panel.title, "t b"),
        text(width - 4, 14, panel.text, "t", "end"),
        y_axis(figure.y, y, left, width - 6),
        t_axis(figure.time, x, bottom, width),
    ]
    for p in panel.points:
        at = x(p.date)
        low = y(max(p.low, figure.y.low))
        parts.append(box(at - 3, y(p.high), 6.0, max(low - y(p.high), 1.0), "range"))
        parts.append(shape(way([(at - 4, y(p.median)), (at + 4, y(p.median))]), "tick"))
        parts.append(mark(0 if p.inside else 2, at, y(p.observed), 3.0, "s0" if p.inside else "s2"))
    return join(parts)


def area_map(figure: MapFigure, sheet: Sheet) -> Markup:
    """The salient: what was assessed as held, what was unclear, the greatest extent, the border."""
    factor = sheet.width / figure.width
    tall = figure.height * factor
    held, pattern, clip = f"held-{sheet.suffix}", f"hatch-{sheet.suffix}", f"clip-{sheet.suffix}"
    scaled = (sheet.width / WIDE.width, 0.0)
    at, name, ground = matrix(scaled, scaled), f"{figure.id}-held", _Ground(figure)
    parts = {"areas": ground.areas, "steps": ground.steps, "edges": ground.edges}
    areas, steps, edges = (once(f"{figure.id}-{k}", d, at, sheet) for k, d in parts.items())
    return picture(
        figure,
        sheet.width,
        tall + _legend_rows(figure, sheet) * 20 + 8,
        sheet.suffix,
        hatch(pattern),
        Markup("") if sheet.narrow else el("defs", ground.held(name)),
        el("clipPath", el("use", href=f"#{name}", transform=at), id=held),
        el("clipPath", el("rect", x=0, y=0, width=sheet.width, height=tall), id=clip),
        el(
            "g",
            box(0, 0, sheet.width, tall, "land"),
            el("g", areas, fill=f"url(#{pattern})"),
            el("g", steps, clip_path=f"url(#{held})"),
            edges,
            clip_path=f"url(#{clip})",
        ),
        *[_place((p.at[0] * factor, tall - p.at[1] * factor), p.name) for p in figure.places],
        _scale_bar(figure, factor, tall),
        _legend(figure, tall, sheet, pattern),
    )


@dataclass(frozen=True)
class _Ground:
    """What of the map has no letters, in the pixels of the wide sheet."""

    figure: MapFigure

    @property
    def _factor(self) -> float:
        return WIDE.width / self.figure.width

    def _way(self, points: Sequence[Sequence[float]], close: bool = False) -> str:
        factor, tall = self._factor, self.figure.height * self._factor
        return way([(a * factor, tall - b * factor) for a, b in points], close)

    @cached_property
    def _areas(self) -> list[str]:
        return ["".join([self._way(r, close=True) for r in s.rings]) for s in self.figure.shapes]

    @property
    def _held(self) -> list[str]:
        shapes = zip(self.figure.shapes, self._areas, strict=True)
        return [w for s, w in shapes if s.kind == "held"]

    def held(self, name: str) -> Markup:
        """What the spread is cut to: the held ground."""
        return el("path", d="".join(self._held), clip_rule="evenodd", id=name)

    def areas(self) -> Markup:
        """Each area; what has no colour of its own takes that of the pattern."""
        return join([shape(*a) for a in zip(self._areas, _area_classes(self.figure), strict=True)])

    def steps(self) -> Markup:
        """Ground that is given up: the front as wide as each step is deep on both sides, to be cut to what is held."""
        spread = self.figure.spread
        if spread is None:
            return Markup("")
        front = "".join([self._way(part) for part in spread.lines])
        deep = [(k, 2 * s.km * self._factor) for k, s in enumerate(spread.steps) if s.km > 0]
        return join([el("path", d=front, class_=f"spread g{k}", stroke_width=w) for k, w in deep])

    def edges(self) -> Markup:
        """The rim of what is held, where its ground is shaded, and the border."""
        rims = [] if self.figure.spread is None else [shape(w, "edge") for w in self._held]
        return join([*rims, *[shape(self._way(p), "border") for p in self.figure.border]])


def hatch(name: str) -> Markup:
    """A pattern that does not rest on colour."""
    return el(
        "defs",
        el(
            "pattern",
            el("rect", width=6, height=6, class_="hatch-ground"),
            el("path", d="M0 0V6", class_="hatch-line"),
            id=name,
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        ),
    )


def _place(at: tuple[float, float], name: str) -> Markup:
    return join(
        [
            mark(0, at[0], at[1], 2.6, "place"),
            text(at[0] + 6, at[1] + 4, name, "t h"),
        ]
    )


def _scale_bar(figure: MapFigure, factor: float, tall: float) -> Markup:
    long = figure.scale_km * factor
    ends = [(12, tall - 18), (12, tall - 12), (12 + long, tall - 12), (12 + long, tall - 18)]
    return join([line(ends, "scale"), text(18 + long, tall - 12, figure.scale_text, "t h")])


def _area_classes(figure: MapFigure) -> list[str]:
    """The class of each area; past positions are told apart by their number."""
    past = iter(range(len(figure.shapes)))
    return [
        f"area past p{next(past)}" if s.kind == "past" else f"area {s.kind}" for s in figure.shapes
    ]


def _legend_items(figure: MapFigure) -> list[tuple[str, str]]:
    """Class and words of each entry: the areas, then the shades of the spread, then the border."""
    shaded = figure.spread is not None
    items = [
        ("edge" if shaded and s.kind == "held" else k, s.text)
        for s, k in zip(figure.shapes, _area_classes(figure), strict=True)
    ]
    if figure.spread is not None:
        items.append(("area held", figure.spread.rest))
        items += [(f"area g{k}", s.text) for k, s in enumerate(figure.spread.steps)]
    return items + ([("border", figure.border_text)] if figure.border else [])


def _legend_spots(figure: MapFigure, sheet: Sheet) -> list[tuple[str, str, float, int]]:
    """Class, words, place across and row of each entry; those of the spread begin a row."""
    spots: list[tuple[str, str, float, int]] = []
    across, row = 2.0, 0
    for kind, name in _legend_items(figure):
        wide = 40 + 6.4 * len(name)
        begins = figure.spread is not None and name == figure.spread.rest
        if spots and (sheet.narrow or begins or across + wide - 16 > sheet.width):
            across, row = 2.0, row + 1
        spots.append((kind, name, across, row))
        across += wide
    return spots


def _legend_rows(figure: MapFigure, sheet: Sheet) -> int:
    return _legend_spots(figure, sheet)[-1][3] + 1


def _legend(figure: MapFigure, tall: float, sheet: Sheet, pattern: str) -> Markup:
    parts = []
    for kind, name, across, row in _legend_spots(figure, sheet):
        down = tall + 20 + 20 * row
        if kind == "border":
            sign = line([(across, down - 4), (across + 18, down - 4)], "border")
        else:
            fill = f"url(#{pattern})" if kind == "area unclear" else None
            sign = el("rect", x=across, y=down - 11, width=18, height=12, class_=kind, fill=fill)
        parts += [sign, text(across + 24, down, name, "t")]
    return join(parts)
