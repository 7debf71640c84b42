"""Figures of a question's answer as files of their own: medians with their 90 % intervals, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from salient.brief.axes import axis
from salient.brief.svg import Scale, el, join, line, mark, text, wrap, x_axis

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 720.0, 250.0, 24.0, 46.0, 64.0
_STYLE = (
    "text{font-family:system-ui,sans-serif;fill:#222}.h{font-size:17px;font-weight:600}"
    ".t{font-size:13px}.m{font-size:12px;fill:#555}.grid{stroke:#ddd;fill:none}"
    ".zero{stroke:#555;fill:none}.s0{stroke:#1f5a96;stroke-width:5;fill:#1f5a96}"
    ".s1{stroke:#8a8a8a;stroke-width:2;fill:#8a8a8a}"
)


@dataclass(frozen=True)
class Row:
    """A label, a median with its interval, and the same before the data where there is such a thing."""

    label: str
    low: float
    median: float
    high: float
    before: tuple[float, float, float] | None = None
    words: str = ""


def intervals(title: str, unit: str, rows: Sequence[Row], foot: str = "") -> str:
    """An SVG file: each row's interval in blue and, below it in grey, what it was before the data."""
    values = [v for r in rows for v in (r.low, r.median, r.high, *(r.before or ()))]
    scale_axis = axis(values, unit)
    scale = Scale.of(scale_axis, _LEFT, _WIDTH - _RIGHT)
    bottom = _TOP + _ROW * len(rows)
    lines = wrap(foot, 105, 4) if foot else []
    height = bottom + 50 + 16 * len(lines)
    parts = [
        el("style", Markup(_STYLE)),
        el("rect", width=_WIDTH, height=height, fill="#fff"),
        text(16, 28, title, "h"),
        x_axis(scale_axis, scale, bottom, _TOP - 8),
        text(_WIDTH - _RIGHT, bottom + 34, unit, "t m", "end"),
        *(_row(r, scale, _TOP + _ROW * i + 14) for i, r in enumerate(rows)),
        *(text(16, bottom + 52 + 16 * i, words, "t m") for i, words in enumerate(lines)),
    ]
    said = "; ".join(f"{r.label}: {r.median:,.0f} ({r.low:,.0f} to {r.high:,.0f})" for r in rows)
    svg = el(
        "svg",
        el("title", title),
        el("desc", f"Medians and 90 % intervals, {unit}. {said}."),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH:.0f} {height:.0f}",
        role="img",
    )
    return f"{svg}\n"


def _row(r: Row, scale: Scale, y: float) -> Markup:
    label = wrap(r.label, 34, 2)
    parts = [text(_LEFT - 12, y + 4 + 15 * i, words, "t", "end") for i, words in enumerate(label)]
    parts += [
        line([(scale(r.low), y), (scale(r.high), y)], "s0"),
        mark(1, scale(r.median), y, 5.0, "s0"),
    ]
    if r.before:
        low, median, high = (scale(v) for v in r.before)
        parts += [line([(low, y + 13), (high, y + 13)], "s1"), mark(0, median, y + 13, 3.0, "s1")]
    return join(parts)
