"""A small map from outlines in degrees: who was assessed to hold what on a day, in kilometres."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from salient.brief import words
from salient.brief.content import MapFigure, Place, Point, Shape, Table
from salient.brief.view import View

KM_PER_DEGREE = 111.32
MARGIN = 0.14
ASPECT = 1.35
TINY = 0.3
"""Rings smaller than this, in km2, are not drawn."""

Kind = Literal["held", "unclear", "largest"]


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
    shown = now if peak in now else [replace(peak, kind="largest"), *now]
    return _figure(view, number, shown, _Frame([r for a in shown for r in a.rings]))


def _figure(view: View, number: int, shown: list[Area], frame: _Frame) -> MapFigure:
    """The map, and its words."""
    outline, date, sector = view.f.outline or {}, shown[-1].date, view.sector
    sizes = {k: _about(sum(a.km2 for a in shown if a.kind == k)) for k in ("held", "unclear")}
    source = {s.key: s for s in view.f.sources}.get(view.f.outline_source or "")
    return MapFigure(
        id="map",
        number=number,
        title=f"{sector.held} on {words.day(date)}",
        caption=f"As drawn by observers: about {sizes['held']} assessed as held and {sizes['unclear']} of unclear "
        "status. Outlines are simplified. Nothing on this map is a model result.",
        alt=f"Map of {sector.name} on {words.day(date)}: about {sizes['held']} assessed as held and "
        f"{sizes['unclear']} of unclear status"
        + (
            f", inside the greatest extent of {words.day(shown[0].date)}."
            if shown[0].kind == "largest"
            else "."
        ),
        credit=f"Map data: {source.publisher}." if source else "",
        table=Table(
            caption="Areas on the map",
            columns=["class", "area"],
            numeric=[False, True],
            rows=[[_legend(a), _about(a.km2)] for a in shown],
        ),
        date=date,
        width=frame.width,
        height=frame.height,
        shapes=[Shape(kind=a.kind, text=_legend(a), rings=_drawn(a, frame)) for a in shown],
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
    return f"{'greatest extent' if area.kind == 'largest' else 'assessed as held'}, {words.day(area.date)}"


def _about(km2: float) -> str:
    return words.amount(round(km2, -1) if km2 >= 20 else round(km2), "km2")


def _drawn(area: Area, frame: _Frame) -> list[list[Point]]:
    return [frame.ring(r) for r in area.rings if _ring_km2(r) > TINY]


class _Frame:
    """The part of the earth that is drawn, and its kilometres. Plate carrée at the middle is exact enough here."""

    def __init__(self, rings: list[list[Point]]) -> None:
        xs = [x for r in rings for x, _ in r]
        ys = [y for r in rings for _, y in r]
        self.x0, self.y0 = 0.5 * (min(xs) + max(xs)), 0.5 * (min(ys) + max(ys))
        self.kx = KM_PER_DEGREE * math.cos(math.radians(self.y0))
        wide = (max(xs) - min(xs)) * self.kx * (1 + 2 * MARGIN)
        high = (max(ys) - min(ys)) * KM_PER_DEGREE * (1 + 2 * MARGIN)
        wide = max(wide, high * ASPECT, 1.0)
        high = max(high, wide / ASPECT)
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


def _places(outline: Mapping[str, Any], frame: _Frame) -> Iterator[Place]:
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
