"""The modelled spread of a line: how far the front would lie inside the ground held now, by share of outcomes.

The model gives the size of the held ground and not its shape. Here its quantiles are turned into a picture under one
assumption of the drawing alone: ground is given up evenly from the front inwards, never across the state border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salient.brief.content import Point

NEAR_BORDER = 4.0
"""Km from the state border within which the edge of the held ground is taken for the border: both are simplified."""
STEP = 0.4
"""Km between the points at which the ground is measured."""


@dataclass(frozen=True)
class Retreat:
    """The front as lines, and for each share of the ground how many km inside it the new front would lie."""

    lines: list[list[Point]]
    depths: list[float]


def retreat(
    rings: Sequence[Sequence[Point]], border: Sequence[Sequence[Point]], shares: Sequence[float]
) -> Retreat | None:
    """Depths at which so large shares of the ground are left. None where there is no ground to measure."""
    lines = [part for ring in rings for part in _front(ring, border)]
    inside = _inside(rings)
    if not lines or not len(inside):
        return None
    depth = _distance(inside, [np.asarray(line) for line in lines])
    depths = [float(np.quantile(depth, 1.0 - min(max(s, 0.0), 1.0))) for s in shares]
    return Retreat(lines, [0.0 if s >= 1.0 else d for s, d in zip(shares, depths, strict=True)])


def _front(ring: Sequence[Point], border: Sequence[Sequence[Point]]) -> list[list[Point]]:
    """The parts of a ring that are not the state border."""
    points = np.asarray(ring, dtype=float)
    known = [np.asarray(b, dtype=float) for b in border if len(b) > 1]
    if not known:
        return [list(ring)]
    away = _distance(points, known) > NEAR_BORDER
    if away.all() or not away.any():  # a pocket right at the border has its whole edge to give up
        return [list(ring)]
    start = int(np.argmin(away))  # begin on the border, so that no part of the front is cut in two
    parts: list[list[Point]] = []
    part: list[Point] = []
    for k in range(start, start + len(ring) + 1):
        at = k % len(ring)
        if away[at]:
            part.append(ring[at])
        elif part:
            parts.append(part)
            part = []
    return parts


def _distance(points: np.ndarray, lines: Sequence[np.ndarray]) -> np.ndarray:
    """Km from each point to the nearest of the lines."""
    best = np.full(len(points), np.inf)
    for line in lines:
        if len(line) == 1:
            line = np.repeat(line, 2, axis=0)
        a, b = line[:-1], line[1:]
        along = b - a
        length = np.maximum((along**2).sum(axis=1), 1e-12)
        for block in range(0, len(points), 2000):
            p = points[block : block + 2000, None, :]
            t = np.clip(((p - a) * along).sum(axis=2) / length, 0.0, 1.0)
            d = np.sqrt((((a + t[..., None] * along) - p) ** 2).sum(axis=2)).min(axis=1)
            best[block : block + 2000] = np.minimum(best[block : block + 2000], d)
    return best


def _inside(rings: Sequence[Sequence[Point]]) -> np.ndarray:
    """Points of a grid that lie inside the rings, by the even-odd rule."""
    if not any(len(r) > 2 for r in rings):
        return np.empty((0, 2))
    corners = np.concatenate([np.asarray(r, dtype=float) for r in rings if len(r) > 2])
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    step = max(STEP, (x1 - x0 + y1 - y0) / 300)
    xs, ys = np.arange(x0 + step / 2, x1, step), np.arange(y0 + step / 2, y1, step)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    odd = np.zeros(len(grid), dtype=bool)
    for ring in rings:
        a = np.asarray(ring, dtype=float)
        for (ax, ay), (bx, by) in zip(a, np.roll(a, -1, axis=0), strict=True):
            if ay != by:
                crosses = (ay > grid[:, 1]) != (by > grid[:, 1])
                odd ^= crosses & (grid[:, 0] < (bx - ax) * (grid[:, 1] - ay) / (by - ay) + ax)
    return grid[odd]
