"""The map of a front: each sector in one tint, once by what was seen to change and once by what is expected.

It shows how much, never where: a sector is drawn as a whole, there is no line of contact on it, and no claim by a
party.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from salient.brief import words
from salient.brief.content import Point, SourceNote, Table
from salient.brief.front_content import SectorArea, SectorMap
from salient.brief.front_view import MAPPER, FrontView, bare, named, whole
from salient.brief.maps import Frame
from salient.evidence.catalogue import data_set
from salient.evidence.readers import read_features
from salient.questions.front import HORIZON, Change

KEY = "front-sectors"
STEPS = (10.0, 50.0, 100.0, 200.0)
"""Bounds of the tints, km2 in thirteen weeks."""
ASPECT, MARGIN, GRID = 1.05, 0.02, 24


def sector_map(view: FrontView, number: int) -> SectorMap | None:
    """The map; None where the sectors of the scenario are not those that are drawn."""
    features = read_features(KEY)
    drawn = {f["properties"]["sector"]: f["geometry"] for f in features if _is(f, "sector")}
    if any(s.key not in drawn for s in view.f.sectors):
        return None
    outlines = [ring for f in features if _is(f, "country") for ring in _rings(f["geometry"])]
    rings = {s.key: _rings(drawn[s.key]) for s in view.f.sectors}
    frame = Frame([r for found in rings.values() for r in found], ASPECT, MARGIN)
    country = [frame.ring(r) for r in outlines]
    areas = [
        _area(k, s, [frame.ring(r) for r in rings[s.key]], country)
        for k, s in enumerate(view.f.sectors, start=1)
    ]
    weeks = words.count(HORIZON, "week")
    most, now = view.ranked[0], words.day(view.f.front.last_map)
    seen = max(view.f.sectors, key=lambda s: abs(s.past[HORIZON]))
    return SectorMap(
        id="map",
        number=number,
        title=f"Most change was seen in {named(seen)}, and most is expected in {named(most)}"
        if seen.key != most.key
        else f"{named(most)} changed most, and is expected to change most",
        caption=f"Change of the {view.ground} by sector. Assessed: from the maps of {MAPPER}, the {weeks} to {now}. "
        f"Modelled: the median of the forecast to {view.end}; its intervals are wide and stand in the table. A tint "
        "says how much in the whole sector, not where in it. Sectors were drawn for this project and reach far behind "
        "the line, which is not drawn. Claims by the parties are not on this map.",
        alt=f"Two maps of {words.count(len(areas), 'sector')} of the front from north to south. "
        + " ".join(
            f"{a.number}, {a.name}: seen {whole(a.seen)}, expected {whole(a.expected)} km²."
            for a in areas
        ),
        credit=f"Change: {MAPPER}; forecast: Salient. Sectors: this project. Outline: Natural Earth.",
        table=_table(view, areas),
        date=view.f.front.last_map,
        width=frame.width,
        height=frame.height,
        country=country,
        country_text="Ukraine",
        sectors=areas,
        seen_text=f"Assessed: {weeks} to {words.short_day(view.f.front.last_map)}",
        expected_text=f"Modelled: {weeks} to {words.short_day(view.f.end)}",
        tints=_tints(),
        scale_km=frame.scale,
        scale_text=words.amount(frame.scale, "km"),
    )


def source() -> SourceNote:
    """What the map is drawn from, for the list of sources."""
    d = data_set(KEY)
    first, *more = d.known_bias
    return SourceNote(
        key=KEY,
        title=d.title,
        publisher=d.publisher[:1].upper() + d.publisher[1:],
        url=None,
        licence=d.licence.short,
        retrieved="",
        bias=first,
        more=" ".join(more),
    )


def _is(feature: dict[str, Any], kind: str) -> bool:
    return bool(feature["properties"]["kind"] == kind)


def _rings(geometry: dict[str, Any]) -> list[list[Point]]:
    """The rings of a polygon or of several, in degrees."""
    found = geometry["coordinates"]
    polygons = found if geometry["type"] == "MultiPolygon" else [found]
    return [[(float(x), float(y)) for x, y in ring] for polygon in polygons for ring in polygon]


def _area(
    number: int, s: Change, rings: list[list[Point]], country: list[list[Point]]
) -> SectorArea:
    seen, expected = s.past[HORIZON], s.ahead[HORIZON].median
    return SectorArea(
        number=number,
        key=s.key,
        name=named(s),
        rings=rings,
        at=middle(rings, country),
        seen=round(seen, 1),
        seen_tint=tint(seen),
        expected=round(expected, 1),
        expected_tint=tint(expected),
    )


def tint(km2: float) -> int:
    """The tint of a change: 0 for a loss beyond the first bound, then one more for each bound reached."""
    if round(km2) <= -STEPS[0]:
        return 0
    return 1 + sum(round(km2) >= bound for bound in STEPS)


def _tints() -> list[str]:
    ends = [words.number(b) for b in STEPS]
    between = [f"{a} to {b}" for a, b in itertools.pairwise(ends)]
    return [f"−{ends[0]} or less", f"within {ends[0]}", *between, f"{ends[-1]} km² or more"]


def inside(at: Point, rings: Sequence[Sequence[Point]]) -> bool:
    """Whether a point is inside rings, by how often a line from it crosses them."""
    x, y = at
    crossed = False
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
                crossed = not crossed
    return crossed


def middle(rings: Sequence[Sequence[Point]], country: Sequence[Sequence[Point]]) -> Point:
    """The point of a sector within the country that is nearest to the centre of that part, on a grid."""
    xs, ys = ([p[k] for r in rings for p in r] for k in (0, 1))
    grid = [
        (
            min(xs) + (max(xs) - min(xs)) * (i + 0.5) / GRID,
            min(ys) + (max(ys) - min(ys)) * (j + 0.5) / GRID,
        )
        for i in range(GRID)
        for j in range(GRID)
    ]
    seen = [p for p in grid if inside(p, rings) and inside(p, country)] or [rings[0][0]]
    x, y = (sum(p[k] for p in seen) / len(seen) for k in (0, 1))
    best = min(seen, key=lambda p: (p[0] - x) ** 2 + (p[1] - y) ** 2)
    return round(best[0], 1), round(best[1], 1)


def _table(view: FrontView, areas: list[SectorArea]) -> Table:
    weeks = words.count(HORIZON, "week")
    rows = [
        [str(a.number), a.name, whole(a.seen), bare(s.ahead[HORIZON])]
        for a, s in zip(areas, view.f.sectors, strict=True)
    ]
    return Table(
        caption=f"Change of the {view.ground} by sector, km²",
        columns=[
            "on the map",
            "sector",
            f"seen in the last {weeks}",
            f"expected in {weeks}: median ({words.P90})",
        ],
        numeric=[True, False, True, True],
        rows=rows,
    )
