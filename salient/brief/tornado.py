"""The tornado figure: for each number, the mean outcome at its low and at its high end. A file of its own, with a
title and a text for those who cannot see it, in black and grey so that it prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from salient.brief.axes import axis
from salient.brief.svg import Scale, el, join, num, text, wrap

WIDTH, LEFT, RIGHT, TOP, ROW = 760.0, 300.0, 24.0, 64.0, 34.0
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1a1a1a}.h{font-size:15px;font-weight:600}.m{fill:#595959;font-size:12px}"
    ".low{fill:#8a8a8a}.high{fill:#2b5d8a}.grid{stroke:#ddd}.mean{stroke:#1a1a1a}.page{fill:#fff}"
)


@dataclass(frozen=True)
class TornadoBar:
    """A number's label, and the mean outcome at its 5 % and 95 % point."""

    label: str
    at_low: float
    at_high: float


def tornado(title: str, unit: str, mean: float, bars: Sequence[TornadoBar]) -> str:
    """The figure as SVG. Bars in the order given; grey to the low end of the number, blue to its high end."""
    values = [v for b in bars for v in (b.at_low, b.at_high)] + [mean]
    scale_axis = axis(values, unit)
    low, high = min(scale_axis.low, *values), max(scale_axis.high, *values)
    scale = Scale(low, high, LEFT, WIDTH - RIGHT)
    height = TOP + ROW * len(bars) + 44.0
    bottom = TOP + ROW * len(bars)
    grid = [
        join(
            [
                _rule(scale(t.at), bottom, "grid"),
                text(scale(t.at), bottom + 18, t.text, "m", "middle"),
            ]
        )
        for t in scale_axis.ticks
    ]
    rows = [_bar(b, TOP + ROW * k, scale, mean) for k, b in enumerate(bars)]
    alt = "; ".join(
        f"{b.label}: {b.at_low:,.0f} at its low end, {b.at_high:,.0f} at its high end" for b in bars
    )
    return str(
        el(
            "svg",
            el("title", title),
            el("desc", f"Mean {unit}, {mean:,.0f} over all runs. {alt}."),
            el("style", Markup(_STYLE)),
            el("rect", x=0, y=0, width=WIDTH, height=height, class_="page"),
            text(16, 26, title, "h"),
            text(16, 46, "Grey: number at its 5 % point. Blue: at its 95 % point.", "m"),
            *grid,
            *rows,
            _rule(scale(mean), bottom, "mean"),
            text(WIDTH - RIGHT, bottom + 36, f"mean of all runs, {unit}", "m", "end"),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {num(WIDTH)} {num(height)}",
            role="img",
        )
    )


def _rule(x: float, bottom: float, class_: str) -> Markup:
    return el("path", d=f"M{num(x)} {num(TOP - 6)}V{num(bottom)}", class_=class_)


def _bar(bar: TornadoBar, y: float, scale: Scale, mean: float) -> Markup:
    lines = wrap(bar.label, 42, 2)
    words = [text(LEFT - 12, y + 14 + 14 * i, line, "m", "end") for i, line in enumerate(lines)]
    parts = [
        el(
            "rect",
            x=min(scale(v), scale(mean)),
            y=y + 4 + 11 * i,
            width=max(abs(scale(v) - scale(mean)), 1.0),
            height=10.0,
            class_=kind,
        )
        for i, (kind, v) in enumerate((("low", bar.at_low), ("high", bar.at_high)))
    ]
    return join([*words, *parts])
