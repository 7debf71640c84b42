"""A small map from outlines in degrees: who was assessed to hold what, then and now, and the spread of the outlook."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from salient.brief import words
from salient.brief.content import (
    MapFigure,
    Place,
    Point,
    Shape,
    Spread,
    SpreadStep,
    Table,
)
from salient.brief.spread import retreat
from salient.brief.view import View
from salient.questions.findings import Interval

KM_PER_DEGREE = 111.32
MARGIN = 0.14
ASPECT = 1.55
TINY = 0.3
"""Rings smaller than this, in km2, are not drawn."""

Kind = Literal["held", "unclear", "largest", "past"]
PAST_WEEKS = (8, 16)
"""How long before the last map the past positions are."""


@dataclass(frozen=True)
class Area:
    """A dated area as rings in degrees."""

    date: dt.date
    kind: Kind
    rings: list[list[Point]]
    km2: float


def map_figure(view: View, number: int) -> MapFigure | None:
    """The map of the sector on the last day before the as-of date; None without outlines for that time."""
    outline = view.f.outline or {}
    areas = _areas(outline, view.f.as_of)
    held = [a for a in areas if a.kind == "held"]
    if not held:
        return None
    now = [a for a in areas if a.date == max(b.date for b in areas)]
    peak = max(held, key=lambda a: a.km2)
    shown = now if peak in now else [replace(peak, kind="largest"), *_past(held, peak), *now]
    return _figure(view, number, shown, Frame([r for a in shown for r in a.rings]))


def _past(held: list[Area], peak: Area) -> list[Area]:
    """Positions between the greatest extent and now, the older first; only those that differ from their neighbours."""
    last = max(a.date for a in held)
    found: dict[dt.date, Area] = {}
    for weeks in sorted(PAST_WEEKS, reverse=True):
        day = last - dt.timedelta(weeks=weeks)
        near = min(held, key=lambda a: abs((a.date - day).days))
        if peak.date < near.date < last and abs((near.date - day).days) <= 14:
            found[near.date] = replace(near, kind="past")
    return list(found.values())


def _figure(view: View, number: int, shown: list[Area], frame: Frame) -> MapFigure:
    """The map, and its words."""
    outline, date, sector = view.f.outline or {}, shown[-1].date, view.sector
    sizes = {k: _about(sum(a.km2 for a in shown if a.kind == k)) for k in ("held", "unclear")}
    spread = _spread(view, shown, frame)
    source = {s.key: s for s in view.f.sources}.get(view.f.outline_source or "")
    return MapFigure(
        id="map",
        number=number,
        title=f"{sector.held} on {words.day(date)}",
        caption=f"As drawn by observers: about {sizes['held']} assessed as held and {sizes['unclear']} of unclear "
        f"status. Outlines are simplified. {_explained(view, spread)}",
        alt=f"Map of {sector.name} on {words.day(date)}: about {sizes['held']} assessed as held and "
        f"{sizes['unclear']} of unclear status"
        + (
            f", inside the greatest extent of {words.day(shown[0].date)}."
            if shown[0].kind == "largest"
            else "."
        )
        + (f" {spread.rest[:1].upper()}{spread.rest[1:]}: {_left(view)[0]}." if spread else ""),
        credit=f"Map data: {source.publisher}." if source else "",
        table=Table(
            caption="Areas on the map",
            columns=["class", "area"],
            numeric=[False, True],
            rows=[[_legend(a), _about(a.km2)] for a in shown]
            + [[s, km2] for s, km2 in zip(_SHARES, _left(view), strict=True) if spread],
        ),
        date=date,
        width=frame.width,
        height=frame.height,
        shapes=[
            Shape(
                kind=a.kind,
                text=_legend(a),
                rings=_drawn(a, frame),
                date=a.date,
                km2=round(a.km2, 1),
            )
            for a in shown
        ],
        spread=spread,
        border=[part for line in _lines(outline) for part in frame.parts(line)],
        border_text="state border",
        places=list(_places(outline, frame)),
        scale_km=frame.scale,
        scale_text=words.amount(frame.scale, "km"),
    )


def _legend(area: Area) -> str:
    """What an area on the map is."""
    if area.kind == "unclear":
        return "status unclear"
    said = {"largest": "greatest extent", "past": "held", "held": "assessed as held"}[area.kind]
    return f"{said}, {words.day(area.date)}"


_SHARES = (
    "left at the end in 95 of 100 outcomes",
    "left at the end in 50 of 100 outcomes",
    "left at the end in 5 of 100 outcomes",
)


def _quantiles(view: View) -> list[float]:
    """Ground left at the end of the outlook under way, km2: what 95, 50 and 5 of 100 outcomes have at least."""
    return [float(v) for v in np.quantile(view.base.end_draws, (0.05, 0.5, 0.95))]


def _left(view: View) -> list[str]:
    return [view.middle(Interval(v, v, v, unit="km2")) for v in _quantiles(view)]


def _spread(view: View, shown: list[Area], frame: Frame) -> Spread | None:
    """The modelled spread, where the outlook has less ground than now; more than now is not drawn."""
    now = view.f.assessed_now.km2.median
    rings = [r for a in shown if a.kind == "held" for r in _drawn(a, frame)]
    border = [frame.ring(line) for line in _lines(view.f.outline or {})]
    found = retreat(rings, border, [v / now for v in _quantiles(view)]) if now > 0 else None
    if found is None or not any(found.depths):
        return None
    deep, middle, shallow = found.depths
    steps = [
        SpreadStep(km=round(deep, 2), text="left in 50 to 95"),
        SpreadStep(km=round(middle, 2), text="left in 5 to 50"),
        SpreadStep(km=round(shallow, 2), text="left in fewer than 5"),
    ]
    return Spread(
        lines=found.lines,
        steps=steps,
        rest=_SHARES[0],
        end=view.end,
        left=[round(v, 1) for v in _quantiles(view)],
    )


def _explained(view: View, spread: Spread | None) -> str:
    """What is the model's on the map, and what is on no map."""
    claims = (
        "Claims by the parties name areas without a line and stand in the chart of the outlook. "
    )
    said = claims if view.claimed else ""
    if spread is None:
        return f"{said}Nothing on this map is a model result."
    return (
        f"{said}The shades inside are the model’s: what is left on {words.day(view.end)}. It gives a size, not a "
        "shape; they are drawn as if ground were given up evenly from the front inwards, and say nothing of where."
    )


def _about(km2: float) -> str:
    return words.amount(round(km2, -1) if km2 >= 20 else round(km2), "km2")


def _drawn(area: Area, frame: Frame) -> list[list[Point]]:
    return [frame.ring(r) for r in area.rings if _ring_km2(r) > TINY]


class Frame:
    """The part of the earth that is drawn, and its kilometres. Plate carrée at the middle is exact enough here."""

    def __init__(
        self, rings: list[list[Point]], aspect: float = ASPECT, margin: float = MARGIN
    ) -> None:
        xs = [x for r in rings for x, _ in r]
        ys = [y for r in rings for _, y in r]
        self.x0, self.y0 = 0.5 * (min(xs) + max(xs)), 0.5 * (min(ys) + max(ys))
        self.kx = KM_PER_DEGREE * math.cos(math.radians(self.y0))
        wide = (max(xs) - min(xs)) * self.kx * (1 + 2 * margin)
        high = (max(ys) - min(ys)) * KM_PER_DEGREE * (1 + 2 * margin)
        wide = max(wide, high * aspect, 1.0)
        high = max(high, wide / aspect)
        self.width, self.height = round(wide, 1), round(high, 1)
        self.scale = next(
            s for s in (100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1) if s < wide / 3 or s == 0.1
        )

    def point(self, x: float, y: float) -> Point:
        """A point in km from the south-west corner."""
        return (
            round((x - self.x0) * self.kx + self.width / 2, 1),
            round((y - self.y0) * KM_PER_DEGREE + self.height / 2, 1),
        )

    def ring(self, ring: Sequence[Point]) -> list[Point]:
        """A ring in km, without points that fall together."""
        found: list[Point] = []
        for x, y in ring:
            at = self.point(x, y)
            if not found or found[-1] != at:
                found.append(at)
        return found

    def parts(self, line: Sequence[Point]) -> Iterator[list[Point]]:
        """The parts of a line that come near the frame."""
        part: list[Point] = []
        for at in self.ring(line):
            if -0.3 < at[0] / self.width < 1.3 and -0.3 < at[1] / self.height < 1.3:
                part.append(at)
            elif part:
                yield part
                part = []
        if part:
            yield part

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is well inside the frame."""
        px, py = self.point(x, y)
        return 0.03 < px / self.width < 0.9 and 0.05 < py / self.height < 0.95


def _features(outline: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, Any]]:
    """Properties, type and coordinates of each feature."""
    for feature in outline.get("features", []):
        shape = feature.get("geometry") or {}
        yield (
            feature.get("properties") or {},
            str(shape.get("type")),
            shape.get("coordinates") or [],
        )


def _areas(outline: Mapping[str, Any], until: dt.date) -> list[Area]:
    """Dated areas up to a day."""
    found = []
    for properties, shape, coordinates in _features(outline):
        word, date = str(properties.get("kind", "")), properties.get("date")
        kind: Kind | None = "held" if "held" in word else "unclear" if "grey" in word else None
        if kind is None or not date or dt.date.fromisoformat(str(date)) > until:
            continue
        polygons = coordinates if shape == "MultiPolygon" else [coordinates]
        rings = [[(float(p[0]), float(p[1])) for p in r] for polygon in polygons for r in polygon]
        km2 = float(properties.get("area_km2") or sum(_ring_km2(r) for r in rings))
        if rings:
            found.append(Area(dt.date.fromisoformat(str(date)), kind, rings, km2))
    return found


def _lines(outline: Mapping[str, Any]) -> Iterator[list[Point]]:
    """The state border."""
    for properties, shape, coordinates in _features(outline):
        if properties.get("kind") == "state_border":
            for line in coordinates if shape == "MultiLineString" else [coordinates]:
                yield [(float(p[0]), float(p[1])) for p in line]


def _places(outline: Mapping[str, Any], frame: Frame) -> Iterator[Place]:
    """Named points inside the frame."""
    for properties, shape, coordinates in _features(outline):
        if properties.get("kind") == "place" and shape == "Point":
            x, y = float(coordinates[0]), float(coordinates[1])
            if frame.holds(x, y):
                yield Place(name=str(properties.get("name", "")), at=frame.point(x, y))


def _ring_km2(ring: Sequence[Point]) -> float:
    """The area inside a ring in degrees."""
    if len(ring) < 3:
        return 0.0
    y0 = sum(y for _, y in ring) / len(ring)
    twice = sum(
        ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True)
    )
    return abs(twice) / 2 * KM_PER_DEGREE**2 * math.cos(math.radians(y0))
