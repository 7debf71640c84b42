"""The picture of a brief: its fan as a small drawing for cards, and as a bitmap with its number for shared links."""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Any

from salient.brief.content import AnyBrief, FanFigure
from salient.site.words import cut

WIDTH, HEIGHT = 640, 360
SHARE = (1200, 630)
_STYLE = (
    "svg{--p:#fbfaf7;--f:#1d6f8a;--m:#0f4557;--s:#1b1f24;--c:#a8321a;--g:#8b8f95}"
    "@media (prefers-color-scheme:dark){svg{--p:#1d2226;--f:#5db4ce;--m:#c2e8f3;--s:#f3f1ec;--c:#f08a6c;--g:#7d848b}}"
    ".p{fill:var(--p)}.b{fill:var(--f)}.m{fill:none;stroke:var(--m);stroke-width:4;stroke-linejoin:round}"
    ".d{fill:var(--s)}.c{stroke:var(--c);stroke-width:2;stroke-dasharray:6 5}.z{stroke:var(--g);stroke-width:2}"
)
Point = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """Where dates and areas lie in a box of pixels."""

    start: dt.date
    end: dt.date
    low: float
    high: float
    left: float
    top: float
    right: float
    bottom: float

    def at(self, day: dt.date, km2: float) -> Point:
        """The pixel of a day and an area; what is out of the axes lies on their edge."""
        days = max((self.end - self.start).days, 1)
        x = min(max((day - self.start).days / days, 0), 1)
        span = self.high - self.low
        y = min(max((km2 - self.low) / span, 0), 1) if span > 0 else 0.5
        return (
            self.left + x * (self.right - self.left),
            self.bottom - y * (self.bottom - self.top),
        )

    def line(self, days: Sequence[dt.date], values: Sequence[float]) -> list[Point]:
        """The pixels of a series."""
        return [self.at(d, v) for d, v in zip(days, values, strict=False)]


def _frame(f: FanFigure, left: float, top: float, right: float, bottom: float) -> Frame:
    return Frame(f.time.start, f.time.end, f.y.low, f.y.high, left, top, right, bottom)


def _dots(f: FanFigure, frame: Frame) -> list[Point]:
    return [p for s in f.history if s.kind == "assessed" for p in frame.line(s.dates, s.km2)]


def _bands(f: FanFigure, frame: Frame) -> list[list[Point]]:
    weeks = f.fan.weeks
    return [frame.line(weeks, b.low) + frame.line(weeks[::-1], b.high[::-1]) for b in f.fan.bands]


def card(brief: AnyBrief) -> str:
    """The fan without words, as SVG that follows light and dark: dots, bands, median, and the day of the data."""
    f = brief.figures.fan
    frame = _frame(f, 24, 24, WIDTH - 24, HEIGHT - 24)
    opacity = ("0.25", "0.45", "0.6")
    parts = [
        f'<path class="b" fill-opacity="{opacity[min(k, 2)]}" d="{_path(points)}Z"/>'
        for k, points in enumerate(_bands(f, frame))
        if points
    ]
    x = frame.at(f.cut_off, f.y.low)[0]
    parts.append(f'<path class="z" d="M24 {HEIGHT - 24}H{WIDTH - 24}"/>')
    parts.append(f'<path class="c" d="M{x:.1f} 24V{HEIGHT - 24}"/>')
    parts += [f'<circle class="d" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>' for x, y in _dots(f, frame)]
    if f.fan.weeks:
        parts.append(f'<path class="m" d="{_path(frame.line(f.fan.weeks, f.fan.median))}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<style>{_STYLE}</style><path class="p" d="M0 0H{WIDTH}V{HEIGHT}H0Z"/>{"".join(parts)}</svg>\n'
    )


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def can_share() -> bool:
    """Whether pictures for shared links can be made here."""
    return find_spec("PIL") is not None


# The bitmap has sixteen colours, four bits a pixel: what is flat is drawn in its colour, and letters, which have soft
# edges, in one of three inks with steps between it and the paper. Sixteen is what keeps ten thousand of them cheap.
_PAPER, _GROUND, _GREY, _TEAL, _DARK = (
    "#fbfaf7",
    ("#cfe0e4", "#9dc3ce", "#6aa5b5"),
    "#545b64",
    "#0b5c66",
    "#1b1f24",
)
_STEPS = {_GREY: 3, _TEAL: 4, _DARK: 4}


def _between(ink: str, share: float) -> str:
    """A colour between the paper and an ink."""
    ends = zip(bytes.fromhex(_PAPER[1:]), bytes.fromhex(ink[1:]), strict=True)
    return "#" + bytes(round(a + share * (b - a)) for a, b in ends).hex()


_PALETTE = (
    _PAPER,
    *_GROUND,
    "#a8321a",
    *[_between(ink, (k + 1) / n) for ink, n in _STEPS.items() for k in range(n)],
)
_COLOURS = b"".join(bytes.fromhex(c[1:]) for c in _PALETTE)
_INDEX = {colour: k for k, colour in enumerate(_PALETTE)}


def share(brief: AnyBrief) -> bytes | None:
    """The picture for shared links, a PNG of 1200 by 630: the number with its interval, and the fan.

    None when Pillow is not installed.
    """
    if not can_share():
        return None
    from PIL import Image, ImageDraw

    picture = Image.new("P", SHARE, _INDEX[_PAPER])
    _draw_fan(ImageDraw.Draw(picture), brief.figures.fan)
    first = brief.takeaways[0]
    _draw_words(picture, 60, 52, f"Salient  |  {brief.region}", 30, _GREY, 1080)
    y = _draw_words(picture, 60, 100, first.number, 64, _TEAL, 1080)
    _draw_words(picture, 60, y + 6, first.label, 32, _DARK, 1080)
    note = f"data to {brief.as_of.isoformat()}; model results, not a prediction of events"
    if (
        brief.warning
    ):  # a number must not travel without the warning that stands beside it on the page
        note = "The fit failed its checks: do not rely on these numbers"
    _draw_words(picture, 60, 574, note, 26, _GREY, 1080)
    out = io.BytesIO()
    picture.putpalette(_COLOURS)
    picture.save(out, "PNG", compress_level=1, compress_type=zlib.Z_RLE, bits=4)
    return out.getvalue()


def _draw_fan(draw: Any, f: FanFigure) -> None:
    frame = _frame(f, 60, 260, 1140, 555)
    for shade, points in zip(_GROUND, _bands(f, frame), strict=False):
        if len(points) > 2:
            draw.polygon(points, fill=_INDEX[shade])
    draw.line([(60, 555), (1140, 555)], fill=_INDEX[_GREY], width=2)
    x = frame.at(f.cut_off, f.y.low)[0]
    draw.line([(x, 260), (x, 555)], fill=_INDEX["#a8321a"], width=2)
    for x, y in _dots(f, frame):
        draw.ellipse([x - 5, y - 5, x + 5, y + 5], fill=_INDEX[_DARK])
    if len(f.fan.weeks) > 1:
        line = frame.line(f.fan.weeks, f.fan.median)
        draw.line(line, fill=_INDEX[_TEAL], width=6, joint="curve")


def _draw_words(picture: Any, x: int, y: int, text: str, size: int, ink: str, width: int) -> int:
    """Write a line, smaller or cut where it does not fit. Returns where the next one may begin."""
    from PIL import Image

    plain = _in_the_font(cut(text, 140))
    while size > 26 and _length(plain, size) > width:
        size -= 4
    while len(plain) > 8 and _length(plain, size) > width:
        plain = cut(plain, len(plain) - 4)
    soft = Image.new("L", (int(_length(plain, size)) + 2, size * 3 // 2), 0)
    at = 0.0
    for word in plain.split(" "):
        if word:
            soft.paste(255, (round(at), 0), _word(word, size))
        at += _wide(word, size) + _wide(" ", size)
    picture.paste(soft.point(_ramp(ink)), (x, y))
    return y + size * 5 // 4


# A word is drawn once a size and pasted from then on: thousands of pictures have most of their words in common.


def _length(text: str, size: int) -> float:
    """How wide a text is, in pixels."""
    words = text.split(" ")
    return sum(_wide(w, size) for w in words) + (len(words) - 1) * _wide(" ", size)


@lru_cache(maxsize=4096)
def _wide(word: str, size: int) -> float:
    return float(_font(size).getlength(word))


@lru_cache(maxsize=1024)
def _word(word: str, size: int) -> Any:
    from PIL import Image, ImageDraw

    found = Image.new("L", (int(_wide(word, size)) + 4, size * 3 // 2), 0)
    ImageDraw.Draw(found).text((0, 0), word, fill=255, font=_font(size))
    return found


@cache
def _ramp(ink: str) -> list[int]:
    """The colour of each grey of a letter's edge."""
    steps, first = _STEPS[ink], _INDEX[ink] - _STEPS[ink]
    levels = [round(v / 255 * steps) for v in range(256)]
    return [first + k if k else _INDEX[_PAPER] for k in levels]


def _in_the_font(text: str) -> str:
    """The text in the letters that the font of Pillow has: plain Latin ones."""
    told = _RANGE.sub(" to ", text.replace("km\u00b2", "sq km")).translate(_SIGNS)
    parts = unicodedata.normalize("NFKD", told)
    return "".join(c for c in parts if " " <= c <= "~")


_RANGE = re.compile("(?<=\\d)\u2013(?=[\\d+\u2212])")
_SIGNS = str.maketrans(
    {"\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2019": "'", "\u2026": "...", "\u00b7": "|"}
)


@cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)
