"""Drawings that only a brief of a front has."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from salient.brief.figures import Sheet, hatch
from salient.brief.front_content import LossesFigure, LossPanel, SectorMap
from salient.brief.svg import Scale, box, el, join, line, marks, picture, t_axis, text, way, y_axis


def losses_chart(figure: LossesFigure, sheet: Sheet) -> Markup:
    """A panel for each side: blocks with their intervals and medians, claims as crosses."""
    gap, height = 24.0, 220.0
    across = 1 if sheet.narrow else len(figure.panels)
    width = (sheet.width - gap * (across - 1)) / across
    panels = [
        el(
            "g",
            _panel(figure, p, width, height - 16),
            transform=f"translate({(k % across) * (width + gap):.0f} {(k // across) * height:.0f})",
        )
        for k, p in enumerate(figure.panels)
    ]
    down = -(-len(panels) // across)
    return picture(figure, sheet.width, down * height, sheet.suffix, *panels)


def _panel(figure: LossesFigure, panel: LossPanel, width: float, height: float) -> Markup:
    left, bottom, top = 50.0, height - 24, 58.0
    x, y = Scale.time(figure.time, left, width - 6), Scale.of(figure.y, bottom, top)
    blocks = []
    for b in panel.blocks:
        start, end = x(b.start) + 0.8, x(b.end) - 0.8
        tall = max(y(b.low) - y(b.high), 1.0)
        blocks += [
            box(start, y(b.high), end - start, tall, "range"),
            line([(start, y(b.median)), (end, y(b.median))], "median"),
        ]
    claims = list(zip(x.all(panel.claimed_days), y.all(panel.claimed), strict=True))
    return join(
        [
            text(0, 14, panel.title, "t b"),
            text(0, 31, panel.text, "t"),
            y_axis(figure.y, y, left, width - 6),
            t_axis(figure.time, x, bottom, width),
            *blocks,
            marks(2, claims, 2.2, "s2"),
        ]
    )


TINTS = ("loss", "none", "g2", "g1", "g0", "held")
_HEAD, _ROW = 26.0, 20.0


def sector_map(figure: SectorMap, sheet: Sheet) -> Markup:
    """Two maps of the sectors, beside each other or one below the other, with their numbers, tints and names."""
    gap = 16.0
    across = 1 if sheet.narrow else 2
    width = (sheet.width - gap * (across - 1)) / across
    factor = width / figure.width
    tall = figure.height * factor
    titles = (figure.seen_text, figure.expected_text)
    maps = [
        el(
            "g",
            text(0, 14, title, "t b"),
            _sectors(figure, factor, sheet, expected=k == 1),
            transform=f"translate({(k % across) * (width + gap):.0f} {(k // across) * (tall + _HEAD + 8):.0f})",
        )
        for k, title in enumerate(titles)
    ]
    top = (tall + _HEAD + 8) * (2 // across) + 8
    keys, below = _tint_keys(figure, sheet, top)
    names, bottom = _names(figure, sheet, below)
    return picture(
        figure,
        sheet.width,
        bottom,
        sheet.suffix,
        *_defs(figure, factor, sheet),
        *maps,
        *keys,
        *names,
    )


def _defs(figure: SectorMap, factor: float, sheet: Sheet) -> list[Markup]:
    """What a sector is cut to, the country, and the pattern of a loss, which does not rest on colour."""
    ways = "".join(_way(r, figure, factor) for r in figure.country)
    return [
        el("clipPath", el("path", d=ways), id=f"country-{sheet.suffix}"),
        el(
            "clipPath",
            el("rect", x=0, y=_HEAD, width=figure.width * factor, height=figure.height * factor),
            id=f"sheet-{sheet.suffix}",
        ),
        hatch(f"hatch-{sheet.suffix}"),
    ]


def _way(ring: Sequence[tuple[float, float]], figure: SectorMap, factor: float) -> str:
    return way([(x * factor, _HEAD + (figure.height - y) * factor) for x, y in ring], close=True)


def _sectors(figure: SectorMap, factor: float, sheet: Sheet, expected: bool) -> Markup:
    tints = [a.expected_tint if expected else a.seen_tint for a in figure.sectors]
    areas = [
        el(
            "path",
            d="".join(_way(r, figure, factor) for r in a.rings),
            class_=f"sector {TINTS[tint]}",
            fill=None if tint else f"url(#hatch-{sheet.suffix})",
        )
        for a, tint in zip(figure.sectors, tints, strict=True)
    ]
    aside = (
        6.0 if sheet.narrow else 0.0
    )  # where sectors are as low as their numbers, these stand to both sides
    numbers = [
        text(
            a.at[0] * factor + (aside if a.number % 2 else -aside),
            _HEAD + (figure.height - a.at[1]) * factor + 4,
            str(a.number),
            "t h b",
            "middle",
        )
        for a in figure.sectors
    ]
    land = "".join(_way(r, figure, factor) for r in figure.country)
    long, foot = figure.scale_km * factor, _HEAD + figure.height * factor - 10
    ends = [(8, foot - 6), (8, foot), (8 + long, foot), (8 + long, foot - 6)]
    return el(
        "g",
        el("path", d=land, class_="land"),
        el("g", *areas, clip_path=f"url(#country-{sheet.suffix})"),
        el("path", d=land, class_="coast"),
        *numbers,
        line(ends, "scale"),
        text(14 + long, foot, figure.scale_text, "t h"),
        clip_path=f"url(#sheet-{sheet.suffix})",
    )


def _tint_keys(figure: SectorMap, sheet: Sheet, top: float) -> tuple[list[Markup], float]:
    """The tints and what they mean, and where the next thing may begin."""
    parts, at, down = [], 1.0, top + 12
    for k, name in enumerate(figure.tints):
        wide = 36 + 6.4 * len(name)
        if at + wide - 12 > sheet.width and at > 1:
            at, down = 1.0, down + _ROW
        fill = None if k else f"url(#hatch-{sheet.suffix})"
        parts.append(
            el(
                "rect",
                x=at,
                y=down - 11,
                width=18,
                height=12,
                class_=f"sector {TINTS[k]}",
                fill=fill,
            )
        )
        parts.append(text(at + 24, down, name, "t"))
        at += wide
    return parts, down + 12


def _names(figure: SectorMap, sheet: Sheet, top: float) -> tuple[list[Markup], float]:
    """The sectors by number, in columns, and where they end."""
    columns = 1 if sheet.narrow else 3
    rows = -(-len(figure.sectors) // columns)
    parts = []
    for k, a in enumerate(figure.sectors):
        x, y = (k // rows) * sheet.width / columns, top + 14 + (k % rows) * 18
        parts += [text(x + 18, y, str(a.number), "t b", "end"), text(x + 26, y, a.name, "t")]
    return parts, top + 22 + (rows - 1) * 18
