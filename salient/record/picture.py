"""The picture of the Ardennes: how well each (p, q) fits, and what is left when the priors are added."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from salient.evidence.readers import read
from salient.record.daily import LAWS, P_RANGE, Q_RANGE, WIDE, Fitted, Grid, data_alone, days

Array = np.ndarray[Any, np.dtype[np.float64]]

_SIDE, _TOP, _GAP = 330, 70, 90
_LEFT = (60, 60 + _SIDE + _GAP)


def posterior_picture() -> str:
    """SVG of two panels: the data alone over a wide plane, and the posterior; published points on both."""
    memory = np.linspace(0.0, 0.95, 9)
    narrow_p, narrow_q = np.linspace(0.03, 2.0, 32), np.linspace(0.03, 2.0, 32)
    panels = [
        _panel(0, "What the data say alone", WIDE, WIDE, data_alone()),
        _panel(
            1,
            "With the priors",
            narrow_p,
            narrow_q,
            Fitted(Grid.of(narrow_p, narrow_q, memory), days()),
        ),
    ]
    title = "Ardennes 1944-45: which exponents of the law of attrition fit"
    unread = ", ".join(_unread())
    foot = (
        "Darker: more probable. Outline: 90 % of the probability. Dashed box: the priors' 90 % ranges.",
        "Circles: laws. Squares with bars: published fits that could be read, with 1 s.d.",
        f"Named in the literature, but their figures could not be read: {unread}.",
    )
    height = _TOP + _SIDE + 70 + 18 * len(foot)
    width = _LEFT[1] + _SIDE + 40
    notes = "".join(
        f'<text x="{_LEFT[0]}" y="{_TOP + _SIDE + 66 + 18 * i}">{escape(line)}</text>'
        for i, line in enumerate(foot)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" '
        f'font-size="12"><title>{title}</title><rect width="{width}" height="{height}" fill="#fff"/>'
        f'<text x="{_LEFT[0]}" y="28" font-size="16" font-weight="bold">{title}</text>{"".join(panels)}{notes}</svg>\n'
    )


def _unread() -> list[str]:
    """Studies of the Ardennes whose numbers are not known here."""
    table = read("published-fits")
    return [
        str(s)
        for s, d, p, m in zip(
            table["study"], table["data_set"], table["p"], table["parameters"], strict=True
        )
        if "Ardennes" in d and np.isnan(p) and m == "NOT READ"
    ]


def _panel(number: int, title: str, p: Array, q: Array, fit: Fitted) -> str:
    """One plane of p (across) and q (up)."""
    weight = fit.weights[:, -1].reshape(len(p), len(q), -1).sum(axis=2)
    left = _LEFT[number]
    step = (p[1] - p[0], q[1] - q[0])
    low = (p[0] - step[0] / 2, q[0] - step[1] / 2)
    span = (p[-1] - p[0] + step[0], q[-1] - q[0] + step[1])

    def x(v: float) -> float:
        return left + _SIDE * (v - low[0]) / span[0]

    def y(v: float) -> float:
        return _TOP + _SIDE * (1 - (v - low[1]) / span[1])

    parts = [f'<text x="{left}" y="{_TOP - 14}" font-weight="bold">{title}</text>']
    parts += _cells(p, q, step, weight, x, y)
    parts.append(
        f'<rect x="{left}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#555"/>'
    )
    parts.append(
        f'<rect x="{x(P_RANGE[0]):.1f}" y="{y(Q_RANGE[1]):.1f}" width="{x(P_RANGE[1]) - x(P_RANGE[0]):.1f}" '
        f'height="{y(Q_RANGE[0]) - y(Q_RANGE[1]):.1f}" fill="none" stroke="#a8480c" stroke-dasharray="5 3"/>'
    )
    ticks = (-8, -4, 0, 4, 8, 12) if number == 0 else (0.5, 1, 1.5, 2)
    for v in ticks:
        if low[0] <= v <= low[0] + span[0]:
            parts.append(
                f'<text x="{x(v):.1f}" y="{_TOP + _SIDE + 16}" text-anchor="middle">{v}</text>'
            )
            parts.append(f'<text x="{left - 6}" y="{y(v) + 4:.1f}" text-anchor="end">{v}</text>')
    across, up = "p, exponent of the enemy's numbers", "q, exponent of own numbers"
    turned = f"translate({left - 36} {_TOP + _SIDE / 2}) rotate(-90)"
    parts += [
        f'<text x="{left + _SIDE / 2}" y="{_TOP + _SIDE + 34}" text-anchor="middle">{across}</text>',
        f'<text transform="{turned}" text-anchor="middle">{up}</text>',
    ]
    return "".join(parts + _points(x, y, named=number == 1))


def _cells(
    p: Array, q: Array, step: tuple[float, float], weight: Array, x: Any, y: Any
) -> list[str]:
    """A square for each cell, and the edges of the smallest region with 90 % of the probability."""
    shade, order = weight / weight.max(), np.sort(weight.ravel())[::-1]
    least = order[np.searchsorted(np.cumsum(order), 0.9)]
    inside = np.pad(weight >= least, 1)
    parts, edges = [], []
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            x0, x1 = x(a - step[0] / 2), x(a + step[0] / 2)
            y0, y1 = y(b + step[1] / 2), y(b - step[1] / 2)
            if shade[i, j] > 0.02:
                parts.append(
                    f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0 + 0.2:.1f}" height="{y1 - y0 + 0.2:.1f}" '
                    f'fill="#0b6e8f" fill-opacity="{0.75 * shade[i, j]:.2f}"/>'
                )
            if inside[i + 1, j + 1]:
                edges += [f"M{x0:.1f} {y0:.1f}V{y1:.1f}"] * (not inside[i, j + 1])
                edges += [f"M{x1:.1f} {y0:.1f}V{y1:.1f}"] * (not inside[i + 2, j + 1])
                edges += [f"M{x0:.1f} {y1:.1f}H{x1:.1f}"] * (not inside[i + 1, j])
                edges += [f"M{x0:.1f} {y0:.1f}H{x1:.1f}"] * (not inside[i + 1, j + 2])
    return [*parts, f'<path d="{"".join(edges)}" fill="none" stroke="#083b4c" stroke-width="1.5"/>']


def _points(x: Any, y: Any, *, named: bool) -> list[str]:
    """The laws, and the published fits of the Ardennes that could be read; with their names where there is room."""
    parts = []
    for law, (p, q) in LAWS.items():
        parts.append(f'<circle cx="{x(p):.1f}" cy="{y(q):.1f}" r="4" fill="#fff" stroke="#222"/>')
        if named:
            parts.append(f'<text x="{x(p) + 7:.1f}" y="{y(q) - 6:.1f}">{law}</text>')
    table = read("published-fits")
    for one in table.rows():
        if "Ardennes" not in one["data_set"] or one["p"] is None:
            continue
        p, q, sp, sq = one["p"], one["q"], one["p_sd"] or 0.0, one["q_sd"] or 0.0
        parts.append(
            f'<path d="M{x(p - sp):.1f} {y(q):.1f}H{x(p + sp):.1f}M{x(p):.1f} {y(q - sq):.1f}V{y(q + sq):.1f}" '
            'stroke="#222" stroke-width="1.5"/>'
            f'<rect x="{x(p) - 4:.1f}" y="{y(q) - 4:.1f}" width="8" height="8" fill="#222"/>'
        )
        if named:
            who = escape(one["study"].split(" (")[0])
            parts.append(f'<text x="{x(p) + 8:.1f}" y="{y(q) + 30:.1f}">{who}</text>')
    return parts


__all__ = ["posterior_picture"]
