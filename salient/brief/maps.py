"""A small map from outlines in degrees: who was assessed to hold what on a day, in kilometres."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
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


def map_figure(view: View, number: int) -> MapFigure | None:
    """The map of the sector on the last day before the as-of date; None without outlines for that time."""
    areas = _areas(view.f.outline or {}, view.f.as_of)
    if not areas:
        return None
    date = max(d for d, _, _ in areas)
    grown = max((a for a in areas if a[1] == "held"), key=lambda a: _size(a[2]), default=None)
    chosen = [(k, r) for d, k, r in areas if d == date]
    if grown is not None and grown[0] != date:
        chosen.insert(0, ("largest", grown[2]))
    frame = _Frame([r for _, rings in chosen for r in rings])
    return _figure(view, number, date, grown[0] if grown else date, chosen, frame)


def _figure(
    view: View,
    number: int,
    date: dt.date,
    peak: dt.date,
    chosen: list[tuple[Kind, list[list[Point]]]],
    frame: _Frame,
) -> MapFigure:
    texts = {
        "largest": f"greatest extent, {words.day(peak)}",
        "held": f"assessed as held, {words.day(date)}",
        "unclear": "status unclear",
    }
    shapes = [
        Shape(
            kind=kind, text=texts[kind], rings=[frame.ring(r) for r in rings if _ring_km2(r) > TINY]
        )
        for kind, rings in chosen
    ]
    sizes = {kind: sum(_ring_km2(r) for r in rings) for kind, rings in chosen}
    held = words.number(round(sizes.get("held", 0.0), -1))
    unclear = words.number(round(sizes.get("unclear", 0.0), -1))
    source = {s.key: s for s in view.f.sources}.get(view.f.outline_source or "")
    return MapFigure(
        id="map",
        number=number,
        title=f"{view.sector.held} on {words.day(date)}",
        caption=f"About {held}{words.NBSP}km² assessed as held and {unclear}{words.NBSP}km² of unclear status, as drawn; "
        "the outlines are simplified and the areas in the text come from the maps themselves. "
        "Nothing on this map is a model result.",
        alt=f"Map of {view.sector.name} on {words.day(date)}: about {held} km² assessed as held and "
        f"{unclear} km² of unclear status, within the greatest extent of {words.day(peak)}.",
        credit=f"Map data: {source.publisher}." if source else "",
        table=Table(
            caption=f"Areas as drawn on the map, {words.day(date)}",
            columns=["class", "km²"],
            numeric=[False, True],
            rows=[[texts[k], words.number(round(v, -1))] for k, v in sizes.items()],
        ),
        date=date,
        width=frame.width,
        height=frame.height,
        shapes=shapes,
        border=[frame.ring(line) for line in _lines(view.f.outline or {})],
        border_text="state border",
        places=[p for p in _places(view.f.outline or {}, frame)],
        scale_km=frame.scale,
        scale_text=f"{words.number(frame.scale)}{words.NBSP}km",
    )


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


def _areas(
    outline: Mapping[str, Any], until: dt.date
) -> list[tuple[dt.date, Kind, list[list[Point]]]]:
    """Dated areas up to a day, as rings in degrees."""
    found: list[tuple[dt.date, Kind, list[list[Point]]]] = []
    for properties, shape, coordinates in _features(outline):
        kind, date = str(properties.get("kind", "")), properties.get("date")
        name: Kind | None = "held" if "held" in kind else "unclear" if "grey" in kind else None
        if name is None or not date or dt.date.fromisoformat(str(date)) > until:
            continue
        polygons = coordinates if shape == "MultiPolygon" else [coordinates]
        rings = [
            [(float(p[0]), float(p[1])) for p in ring] for polygon in polygons for ring in polygon
        ]
        if rings:
            found.append((dt.date.fromisoformat(str(date)), name, rings))
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


def _size(rings: Sequence[Sequence[Point]]) -> float:
    return sum(_ring_km2(r) for r in rings)
