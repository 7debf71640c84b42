"""Drawings that only a brief of a front has."""

from __future__ import annotations

from markupsafe import Markup

from salient.brief.figures import Sheet
from salient.brief.front_content import LossesFigure, LossPanel
from salient.brief.svg import Scale, el, join, line, mark, picture, t_axis, text, y_axis


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
            el("rect", x=start, y=y(b.high), width=end - start, height=tall, class_="range"),
            line([(start, y(b.median)), (end, y(b.median))], "median"),
        ]
    claims = [
        mark(2, x(d), y(v), 2.2, "s2")
        for d, v in zip(panel.claimed_days, panel.claimed, strict=True)
    ]
    return join(
        [
            text(0, 14, panel.title, "t b"),
            text(0, 31, panel.text, "t"),
            y_axis(figure.y, y, left, width - 6),
            t_axis(figure.time, x, bottom, width),
            *blocks,
            *claims,
        ]
    )
