"""Small parts of SVG: elements with escaped text, scales, paths, marks. Colours are classes of the page's style."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from typing import Any

from markupsafe import Markup, escape

from salient.brief.content import Axis, Figure, TimeAxis

_SIGNS = re.compile("[&<>\"']")


raw = partial(str.__new__, Markup)
"""Text that is markup already, as `Markup` makes it, without asking what it is: a page has thousands of pieces."""


def num(value: float) -> str:
    """A coordinate, no finer than a tenth of a pixel."""
    text = f"{value:.1f}"
    return text[:-2] if text[-1] == "0" else text


def safe(value: Any) -> str:
    """Escaped text. Asked of thousands of numbers a page, so the common case, nothing to escape, comes first."""
    if type(value) is Markup:
        return value
    text = str(value)
    return text if _SIGNS.search(text) is None else escape(value)


@cache
def _attribute(name: str) -> str:
    return f' {name.rstrip("_").replace("_", "-")}="'


def el(tag: str, *children: Any, **attributes: Any) -> Markup:
    """An element. `class_` is class, underscores are hyphens; what is None is left out; text is escaped."""
    parts = ["<", tag]
    for name, value in attributes.items():
        if value is not None:
            kind = type(value)
            shown = num(value) if kind is float else value if kind is Markup else safe(value)
            parts += (_attribute(name), shown, '"')
    parts.append(">")
    parts += [c if type(c) is Markup else safe(c) for c in children]
    parts += ("</", tag, ">")
    return raw("".join(parts))


def join(parts: Iterable[Markup]) -> Markup:
    """Elements one after another."""
    return raw("".join([p if type(p) is Markup else safe(p) for p in parts]))


def picture(figure: Figure, width: float, height: float, suffix: str, *body: Markup) -> Markup:
    """An SVG image with a title and a description for those who cannot see it."""
    title, desc = f"{figure.id}-{suffix}-t", f"{figure.id}-{suffix}-d"
    return el(
        "svg",
        el("title", figure.title, id=title),
        el("desc", figure.alt, id=desc),
        *body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {num(width)} {num(height)}",
        class_=suffix,
        role="img",
        aria_labelledby=title,
        aria_describedby=desc,
    )


@dataclass(frozen=True)
class Scale:
    """From numbers, or dates, to pixels."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, axis: Axis, start: float, end: float) -> Scale:
        """The scale of an axis."""
        return cls(axis.low, axis.high, start, end)

    @classmethod
    def time(cls, axis: TimeAxis, start: float, end: float) -> Scale:
        """The scale of a time axis."""
        return cls(axis.start.toordinal(), axis.end.toordinal(), start, end)

    def __call__(self, value: float | dt.date) -> float:
        """The pixel of a value."""
        v = value.toordinal() if isinstance(value, dt.date) else float(value)
        span = self.high - self.low
        return self.start + (self.end - self.start) * ((v - self.low) / span if span else 0.0)

    def all(self, values: Sequence[float] | Sequence[dt.date]) -> list[float]:
        """The pixels of values of one kind."""
        low, span, start, wide = self.low, self.high - self.low, self.start, self.end - self.start
        days = bool(values) and isinstance(values[0], dt.date)
        numbers: Any = [d.toordinal() for d in values] if days else values  # type: ignore[union-attr]
        if not span:
            return [start] * len(values)
        return [start + wide * ((v - low) / span) for v in numbers]

    def onto(self, other: Scale) -> tuple[float, float]:
        """The factor and the shift that bring a pixel of this scale to where another one has the same value."""
        wide, span = self.end - self.start, other.high - other.low
        rate = (other.end - other.start) / span if span else 0.0
        factor = rate * (self.high - self.low) / wide if wide else 0.0
        return factor, other(self.low) - factor * self.start


def matrix(x: tuple[float, float], y: tuple[float, float]) -> str:
    """The `transform` that scales and shifts along each axis."""
    return f"matrix({x[0]:.6g} 0 0 {y[0]:.6g} {x[1]:.6g} {y[1]:.6g})"


def line(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """A line through points."""
    return shape(way(points), class_)


Segment = tuple[float, float, float, float]


def lines(segments: Sequence[Segment], class_: str) -> Markup:
    """Straight lines of one class, each x and y of its start and of its end, as one element."""
    if not segments:
        return raw("")
    return shape(_pen("M%.1f %.1fL%.1f %.1f" * len(segments), segments), class_)


def _pen(form: str, parts: Iterable[Sequence[float]]) -> str:
    """The `d` of a path of a form, its numbers without a needless zero at their end."""
    text = form % tuple(chain.from_iterable(parts))
    if ".0" in text:
        for sign in " LMZ":
            text = text.replace(f".0{sign}", sign)
        text = text.removesuffix(".0")
    return text


@cache
def _way_form(count: int, close: bool) -> str:
    return "M" + "L".join(["%.1f %.1f"] * count) + ("Z" if close else "")


def shape(d: str, class_: str) -> Markup:
    """A path; neither is a text of a brief."""
    return raw(f'<path d="{d}" class="{class_}"></path>')


def box(
    x: float, y: float, width: float, height: float, class_: str, round_: bool = False
) -> Markup:
    """A rectangle, with round corners or without."""
    at = f'x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}"'
    corner = ' rx="2"' if round_ else ""
    return raw(f'<rect {at}{corner} class="{class_}"></rect>')


def way(points: Sequence[tuple[float, float]], close: bool = False) -> str:
    """The `d` of a path through points."""
    return _pen(_way_form(len(points), close), points)


def area(xs: Sequence[float], low: Sequence[float], high: Sequence[float], class_: str) -> Markup:
    """The area between two lines."""
    there = list(zip(xs, high, strict=True))
    back = list(zip(xs, low, strict=True))[::-1]
    return el("path", d=way([*there, *back], close=True), class_=class_)


def text(x: float, y: float, words: str, class_: str = "t", anchor: str | None = None) -> Markup:
    """A line of text. anchor: None for start, 'middle' or 'end'."""
    at = f'x="{num(x)}" y="{num(y)}" class="{class_}"'
    end = f' text-anchor="{anchor}"' if anchor else ""
    return raw(f"<text {at}{end}>{safe(words)}</text>")


def mark(kind: int, x: float, y: float, r: float, class_: str) -> Markup:
    """A mark whose shape tells its series without colour: circle, diamond, cross, plus, square."""
    return marks(kind, [(x, y)], r, class_)


def marks(kind: int, points: Sequence[tuple[float, float]], r: float, class_: str) -> Markup:
    """The marks of a series. Those that are made of lines are one element, however many they are."""
    if not points:
        return raw("")
    if kind == 0:
        one = f'<circle cx="%.1f" cy="%.1f" r="{num(r)}" class="{class_}"></circle>'
        return raw((one * len(points) % tuple(chain.from_iterable(points))).replace('.0"', '"'))
    if kind == 1:
        s = 1.35 * r
        corners = [(x, y - s, x + s, y, x, y + s, x - s, y) for x, y in points]
        return shape(
            _pen("M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fZ" * len(points), corners), class_
        )
    if kind == 2:
        strokes = [(x - r, y - r, x + r, y + r, x - r, y + r, x + r, y - r) for x, y in points]
        return _crosses(strokes, class_)
    if kind == 3:
        s = 1.3 * r
        return _crosses([(x - s, y, x + s, y, x, y - s, x, y + s) for x, y in points], class_)
    return join([box(x - r, y - r, 2 * r, 2 * r, class_) for x, y in points])


def _crosses(strokes: Sequence[Sequence[float]], class_: str) -> Markup:
    form = "M%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1f" * len(strokes)
    return shape(_pen(form, strokes), f"{class_} cross")


def wrap(words: str, chars: int, most: int = 3) -> list[str]:
    """A text cut into lines of about so many characters; the last takes what is left, cut with an ellipsis."""
    lines: list[str] = []
    for word in words.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= chars:
            lines[-1] += " " + word
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
        lines[-1] = lines[-1][: max(chars - 1, 1)].rstrip() + "…"
    return lines


def y_axis(axis: Axis, scale: Scale, x0: float, x1: float, unit: bool = True) -> Markup:
    """Grid lines with their numbers at the left; the unit stands on the topmost."""
    levels = [(tick, scale(tick.at)) for tick in axis.ticks]
    across = [(x0, y, x1, y) for tick, y in levels if tick.at != 0]
    parts = [lines(across, "grid")]
    for tick, y in levels:
        if tick.at == 0:
            parts.append(lines([(x0, y, x1, y)], "zero"))
        parts.append(text(x0 - 6, y + 4, tick.text, "t m", "end"))
    if unit and levels:
        parts.append(text(x0 + 2, levels[-1][1] - 6, axis.label, "t m"))
    return join(parts)


def x_axis(axis: Axis, scale: Scale, y: float, y_top: float | None = None) -> Markup:
    """Numbers below a line, and grid lines up to `y_top`; numbers that would touch are left out."""
    places = [(tick, scale(tick.at)) for tick in axis.ticks]
    parts = [lines([(scale.start, y, scale.end, y)], "zero")]
    if y_top is not None:
        parts.append(lines([(x, y, x, y_top) for _, x in places], "grid"))
    reach = -1e9
    for tick, x in places:
        half = 3.6 * len(tick.text)
        if x - half > reach + 4:
            parts.append(text(x, y + 17, tick.text, "t m", "middle"))
            reach = x + half
    return join(parts)


def t_axis(axis: TimeAxis, scale: Scale, y: float, right: float) -> Markup:
    """Months below a line; names that would touch are left out."""
    places = [(tick, scale(tick.at)) for tick in axis.ticks]
    parts, reach = [lines([(x, y, x, y + 5) for _, x in places], "zero")], -1e9
    for tick, x in places:
        wide = 6.9 * len(tick.text)
        if x > reach + 6 and x + wide - 3 < right:
            parts.append(text(x - 1, y + 18, tick.text, "t m"))
            reach = x + wide
    return join(parts)
