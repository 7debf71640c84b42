"""The picture of a battle: both strengths over time, as SVG that stands alone and as text for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from markupsafe import Markup

    from salient.brief.content import Axis
    from salient.brief.svg import Scale
    from salient.laws.battle import Engagement

WIDTH = 80
_COLUMNS, _ROWS, _MARGIN = 66, 15, 11
_COLOURS = ("#1f5f99", "#b3541e")
_INK, _PALE = "#333333", "#dddddd"
_SIZE = (720.0, 400.0)
_FRAME = (80.0, 640.0, 56.0, 340.0)


def number(x: float) -> str:
    """A number with as many digits as a reader can use."""
    if x == 0:
        return "0"
    if abs(x) >= 1e9 or abs(x) < 1e-3:
        return f"{x:.4g}"
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:,.4g}"


def in_text(battle: Engagement) -> list[str]:
    """The curve in plain characters, no wider than 80 columns: A, B, and * where they meet."""
    times = np.linspace(0.0, battle.horizon, _COLUMNS)
    rows = battle.at(times)
    top = float(rows.max()) or 1.0
    cells = [[" "] * _COLUMNS for _ in range(_ROWS)]
    for side, mark in ((0, "A"), (1, "B")):
        level = np.rint((_ROWS - 1) * (1.0 - rows[:, side] / top)).astype(int)
        for x, y in enumerate(level):
            cells[y][x] = mark if cells[y][x] in (" ", mark) else "*"
    lines = ["soldiers"]
    for y, row in enumerate(cells):
        said = number(top * (1 - y / (_ROWS - 1))) if y % 7 == 0 else ""
        lines.append(f"{said:>{_MARGIN}} |{''.join(row)}".rstrip())
    lines.append(" " * _MARGIN + " +" + "-" * _COLUMNS)
    end = f"{number(battle.horizon)} {battle.rule.time_unit}"
    lines.append(" " * (_MARGIN + 2) + "0" + end.rjust(_COLUMNS - 1))
    return lines


def sentences(battle: Engagement) -> list[str]:
    """Who wins, when, with what left, at what cost to both, and what the law keeps."""
    return [textwrap.fill(s, WIDTH, subsequent_indent="  ") for s in _sentences(battle)]


def _sentences(battle: Engagement) -> list[str]:
    unit = battle.rule.time_unit
    said = [f"{battle.rule.title}: {battle.rule.equation}."]
    chance = battle.more.get("chance")
    if chance is not None:
        said.append("Chance to win: " + ", ".join(f"{k} {v:.1%}" for k, v in chance.items()) + ".")
    said.append(_outcome(battle, chance is not None))
    lost = [
        f"{name} {number(loss)} of {number(start)} soldiers ({loss / start:.0%})"
        for name, loss, start in zip("AB", battle.losses, battle.forces.strength, strict=True)
    ]
    when = "Mean losses" if chance is not None else "Losses"
    in_the_end = " in the limit" if battle.duration is None else ""
    said.append(f"{when}{in_the_end}: {lost[0]}, {lost[1]}.")
    if battle.duration is not None:
        span = battle.more.get("duration_90")
        likely = f" (90 %: {number(span[0])} to {number(span[1])})" if span else ""
        mean = "Mean duration" if chance is not None else "Duration"
        said.append(f"{mean}: {number(battle.duration)} {unit}{likely}.")
    if battle.more.get("time_to_one_soldier") is not None:
        said.append(
            f"The losing side is down to one soldier after {number(battle.more['time_to_one_soldier'])} {unit}."
        )
    if battle.invariant is not None:
        said.append(f"Invariant: {battle.kept} = {number(battle.invariant)}.")
    said += battle.notes
    if "simulated" in battle.more:
        said.append(_simulated(battle.more["simulated"], unit))
    said.append(f"Effectiveness in {battle.rule.rate_unit}. Source: {battle.rule.citation}.")
    return said


def _outcome(battle: Engagement, chance: bool) -> str:
    if battle.winner is None:
        return "Neither side wins."
    by = {
        "breakpoint": f", {'B' if battle.winner == 'A' else 'A'} being down to its breakpoint",
        None: " in the limit",
    }.get(battle.ended_by, "")
    span = battle.more.get("survivors_90")
    likely = f" (90 %: {number(span[0])} to {number(span[1])})" if span else ""
    verb = "is the likelier winner, then" if chance else "wins"
    return f"{battle.winner} {verb} with {number(battle.survivors)} soldiers left{likely}{by}."


def _simulated(found: dict, unit: str) -> str:
    return (
        f"Simulated, {found['draws']:,} battles: A wins {found['chance']['A']:.2%}, B {found['chance']['B']:.2%}; "
        f"mean duration {number(found['duration'])} {unit} (from {found['timed_draws']:,} of them)."
    )


def in_svg(battle: Engagement) -> str:
    """The picture, with a title and a description for those who cannot see it."""
    from salient.brief.axes import axis
    from salient.brief.svg import Scale, el, join, num

    times = np.linspace(0.0, battle.horizon, 400)
    rows = battle.at(times)
    x_axis = axis(times, battle.rule.time_unit)
    y_axis = axis(rows.ravel(), "soldiers")
    left, right, top, bottom = _FRAME
    x, y = Scale.of(x_axis, left, right), Scale.of(y_axis, bottom, top)
    lines, labels = [], []
    for side, name in enumerate("AB"):
        points = " ".join(
            f"{num(x(t))},{num(y(n))}" for t, n in zip(times, rows[:, side], strict=True)
        )
        dash = None if side == 0 else "7 4"
        lines.append(
            el(
                "polyline",
                points=points,
                fill="none",
                stroke=_COLOURS[side],
                stroke_width=2.5,
                stroke_dasharray=dash,
            )
        )
        labels.append((float(y(rows[-1, side])), name, _COLOURS[side]))
    body = join(
        [
            el("rect", width=_SIZE[0], height=_SIZE[1], fill="#ffffff"),
            el("text", battle.rule.title, x=left, y=28.0, font_size="17", fill=_INK),
            _marks(x_axis, y_axis, x, y),
            *lines,
            *_ends(labels, x(times[-1])),
        ]
    )
    picture = el(
        "svg",
        el("title", battle.rule.title, id="t"),
        el("desc", " ".join(_sentences(battle)), id="d"),
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {num(_SIZE[0])} {num(_SIZE[1])}",
        role="img",
        aria_labelledby="t",
        aria_describedby="d",
        font_family="sans-serif",
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{picture}\n'


def _ends(labels: list[tuple[float, str, str]], right: float) -> list[Markup]:
    """The names of the sides where their lines end, kept apart."""
    from salient.brief.svg import el

    (y_a, *_), (y_b, *_) = labels
    apart = 16.0
    if abs(y_a - y_b) < apart:
        shift = (apart - abs(y_a - y_b)) / 2.0
        up, down = (0, 1) if y_a <= y_b else (1, 0)
        moved = {up: -shift, down: shift}
    else:
        moved = {0: 0.0, 1: 0.0}
    return [
        el("text", name, x=right + 8.0, y=y + 5.0 + moved[k], font_size="15", fill=colour)
        for k, (y, name, colour) in enumerate(labels)
    ]


def _marks(x_axis: Axis, y_axis: Axis, x: Scale, y: Scale) -> Markup:
    from salient.brief.svg import el, join

    left, right, top, bottom = _FRAME
    parts = []
    for tick in y_axis.ticks:
        at = y(tick.at)
        parts.append(el("line", x1=left, x2=right, y1=at, y2=at, stroke=_PALE))
        parts.append(
            el(
                "text",
                tick.text,
                x=left - 8.0,
                y=at + 4.0,
                font_size="12",
                text_anchor="end",
                fill=_INK,
            )
        )
    for tick in x_axis.ticks:
        parts.append(
            el(
                "text",
                tick.text,
                x=x(tick.at),
                y=bottom + 18.0,
                font_size="12",
                text_anchor="middle",
                fill=_INK,
            )
        )
    parts.append(el("text", y_axis.label, x=left, y=top - 10.0, font_size="12", fill=_INK))
    parts.append(
        el(
            "text",
            x_axis.label,
            x=right,
            y=bottom + 40.0,
            font_size="12",
            text_anchor="end",
            fill=_INK,
        )
    )
    return join(parts)
