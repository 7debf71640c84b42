"""The names and constants of a compiled scenario, and the sums over them that mechanisms need.

All sums run over static lists in the scenario's order, one term after another, so that their bytes do not depend on
how many draws are computed together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from salient.numerics import Array, concatenate, maximum, minimum, stack

TERRAIN: dict[str, float] = {
    "open": -0.3,
    "rolling": 0.0,
    "rolling-forest": 0.3,
    "river": 0.5,
    "forest": 0.6,
    "urban": 0.8,
    "rugged": 1.0,
}
"""How much each ground helps who knows it; from open to rugged after the order of Dupuy's factors."""

UNLIMITED = 10.0
"""Supply over demand where the scenario says nothing of supply."""

_IRREGULAR = {
    "open": 0.05,
    "rolling": 0.1,
    "rolling-forest": 0.2,
    "river": 0.2,
    "forest": 0.35,
    "urban": 0.25,
    "rugged": 0.4,
}


def _sum(terms: list[Array], like: Array) -> Array:
    total = 0.0 * like
    for term in terms:
        total = total + term
    return total


def _padded(rows: Sequence[Sequence[int]], last: int) -> np.ndarray:
    """Rows of numbers as a table, short ones filled up with `last`."""
    table = np.full((len(rows), max([1, *map(len, rows)])), last)
    for k, row in enumerate(rows):
        table[k, : len(row)] = row
    return table


@dataclass(frozen=True)
class Setting:
    """Names by dim, who belongs to whom, and reference values. Arrays are NumPy with a last axis of one draw."""

    names: dict[str, tuple[str, ...]]
    flow_side: tuple[int, ...]
    flow_kind: tuple[str, ...]
    flow_supporter: tuple[int, ...]
    contingent_side: tuple[int, ...]
    contingent_sectors: tuple[tuple[int, ...], ...]
    line_side: tuple[int, ...]
    line_sectors: tuple[tuple[int, ...], ...]
    holder: tuple[int, ...]
    terrain_names: tuple[str, ...]
    contested: Array
    initial_area: Array
    reference: Array
    opening_regime: Array = field(default_factory=lambda: np.zeros((1, 1)))
    neighbours: tuple[tuple[int, ...], ...] = ()
    front_length: Array = field(default_factory=lambda: np.ones((1, 1)))
    cuts: tuple[tuple[tuple[int, ...], tuple[tuple[int, int], ...]], ...] = ()
    line_ends: tuple[tuple[int, ...], ...] = ()
    belt_at: tuple[tuple[int, int], ...] = ()
    line_in_pocket: tuple[bool, ...] = ()
    step_weeks: float = 1.0
    """Length of a step in weeks: what a rate a week is multiplied by."""
    reference_works: float = 0.3

    def size(self, dim: str) -> int:
        """How many there are along a dim."""
        return len(self.names[dim])

    @cached_property
    def terrain(self) -> Array:
        """What the ground is worth to the holder, dims sector, 1."""
        return np.array([TERRAIN[t] for t in self.terrain_names])[:, None]

    @cached_property
    def reference_area(self) -> Array:
        """Half the contested ground, dims sector, 1."""
        return 0.5 * self.contested

    @cached_property
    def _held_by(self) -> Array:
        mask = np.zeros((2, len(self.holder), 1))
        for i, side in enumerate(self.holder):
            mask[side, i] = 1.0
        return mask

    def of_holder(self, x: Array) -> Array:
        """The value of the side that holds each sector's counted ground: side, sector (or side) -> sector."""
        y = x if x.ndim == 3 else x[:, None]
        return y[0] * self._held_by[0] + y[1] * self._held_by[1]

    def of_other(self, x: Array) -> Array:
        """The value of the side that presses in each sector."""
        y = x if x.ndim == 3 else x[:, None]
        return y[0] * self._held_by[1] + y[1] * self._held_by[0]

    def to_holder(self, x: Array) -> Array:
        """sector -> side, sector, with 0 for the side that presses."""
        return x[None] * self._held_by

    def to_other(self, x: Array) -> Array:
        """sector -> side, sector, with 0 for the side that holds."""
        return x[None] * (1.0 - self._held_by)

    def by_side(self, kind: str, x: Array) -> Array:
        """Sum over the flows of one kind that support each side: flow -> side."""
        rows = [
            [x[i] for i, k in enumerate(self.flow_kind) if k == kind and self.flow_side[i] == side]
            for side in range(2)
        ]
        like = x.sum(axis=0)
        return stack([_sum(r, like) for r in rows])

    def supporter_of_flow(self, x: Array) -> Array:
        """Mean over each supporter's flows: flow -> supporter."""
        if not self.names["supporter"]:
            return x[:0]
        out = []
        for s in range(self.size("supporter")):
            rows = [x[i] for i, owner in enumerate(self.flow_supporter) if owner == s]
            out.append(_sum(rows, rows[0]) / len(rows))
        return stack(out)

    def flow_of_supporter(self, x: Array) -> Array:
        """Each flow's supporter's value: supporter -> flow."""
        return stack([x[s] for s in self.flow_supporter]) if self.flow_supporter else x[:0]

    def to_sectors(self, x: Array) -> Array:
        """Contingents spread evenly over the sectors where they may be used: contingent -> side, sector."""
        return self._spread(x, self.contingent_side, self.contingent_sectors)

    def of_contingent(self, x: Array) -> Array:
        """Mean over a contingent's sectors of its side's value: side, sector -> contingent."""
        if not self.contingent_side:
            return x[0, :0]
        out = []
        for side, sectors in zip(self.contingent_side, self.contingent_sectors, strict=True):
            rows = [x[side, j] for j in sectors]
            out.append(_sum(rows, rows[0]) / len(rows))
        return stack(out)

    def _spread(
        self, x: Array, sides: tuple[int, ...], sectors: tuple[tuple[int, ...], ...]
    ) -> Array:
        like = x.sum(axis=0)
        grid = [
            [
                _sum(
                    [
                        x[c] / len(sectors[c])
                        for c in range(len(sides))
                        if sides[c] == side and j in sectors[c]
                    ],
                    like,
                )
                for j in range(self.size("sector"))
            ]
            for side in range(2)
        ]
        return stack([stack(row) for row in grid])

    def by_task(self, assault: Array, hold: Array, irregular: Array, technical: Array) -> Array:
        """Mean worth of a contingent by the mix of tasks that its ground and role ask for."""
        if not self.contingent_side:
            return assault[:0]
        out = []
        for c, (side, sectors) in enumerate(
            zip(self.contingent_side, self.contingent_sectors, strict=True)
        ):
            j = sectors[0]
            wild = _IRREGULAR[self.terrain_names[j]]
            attack = 0.55 if self.holder[j] != side else 0.25
            tech = 0.1
            rest = max(1.0 - attack - wild - tech, 0.0)
            mix = attack * assault[c] + wild * irregular[c] + tech * technical[c] + rest * hold[c]
            out.append(mix / (attack + wild + tech + rest))
        return stack(out)

    def carried(self, open_share: Array, share: Array) -> Array:
        """What the lines still carry for each side and sector, 1 all: lines' shares and what else there is.

        Shares that add up to more than all are scaled down together.
        """
        lost = self._lost(share * (1.0 - open_share))
        return 1.0 - lost / maximum(self._lost(share), 1.0)

    @cached_property
    def in_pocket(self) -> Array:
        """1 for lines that run through the held ground, dims line, 1."""
        return np.array([float(inside) for inside in self.line_in_pocket]).reshape(-1, 1)

    def pocket_width(self, area: Array) -> Array:
        """Root of the held area of each line's first sector, km: sector -> line."""
        first = [sectors[0] if sectors else 0 for sectors in self.line_sectors]
        rows = [maximum(area[j], 1.0) ** 0.5 for j in first]
        return stack(rows) if rows else area[:0]

    def _lost(self, x: Array) -> Array:
        like = x.sum(axis=0)
        grid = [
            [
                _sum(
                    [
                        x[k]
                        for k in range(len(self.line_side))
                        if self.line_side[k] == side and j in self.line_sectors[k]
                    ],
                    like,
                )
                for j in range(self.size("sector"))
            ]
            for side in range(2)
        ]
        return stack([stack(row) for row in grid])

    def side_mean(self, x: Array, weight: Array) -> Array:
        """Mean over sectors weighted by strength: side, sector -> side."""
        top = _sum([x[:, j] * weight[:, j] for j in range(x.shape[1])], x[:, 0])
        bottom = _sum([weight[:, j] for j in range(x.shape[1])], weight[:, 0])
        return top / bottom

    def retreat(self, area: Array) -> Array:
        """By how many km a side has gone back since the start, below 0 forward: sector -> side, sector."""
        lost = (self.initial_area - area) / self.front_length
        return lost[None] * (2.0 * self._held_by - 1.0)

    def over_neighbours(self, value: Callable[[int, int], Array], like: Array) -> Array:
        """Mean over each sector's neighbours j of value(i, j), [side, draws] each, -> side, sector. 0 without any."""
        rows = []
        for i in range(self.size("sector")):
            near = self.neighbours[i] if self.neighbours else ()
            total = _sum([value(i, j) for j in near], like[:, i])
            rows.append(total / max(len(near), 1))
        return stack(rows, axis=1)

    def handed_over(self, leaving: Array, left: Array) -> Array:
        """Net soldiers a sector gets when `leaving` go to neighbours in proportion to the line that is `left` there.

        leaving: side, sector; left: sector. Where no neighbour has a line left, they stay.
        """
        gains: list[list[Array]] = [[] for _ in range(self.size("sector"))]
        for i, near in enumerate(self.neighbours):
            lines = _sum([left[j] for j in near], left[i])
            share = 1.0 / maximum(lines, 1e-9)
            for j in near:
                moved = leaving[:, i] * (left[j] * share)
                gains[j].append(moved)
                gains[i].append(-moved)
        return stack([_sum(g, leaving[:, i]) for i, g in enumerate(gains)], axis=1)

    @cached_property
    def _cut_tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row numbers, padded with one after the last: lines and side-sectors of each cut, cuts of each side-sector."""
        n = self.size("sector")
        lines = [cut for cut, _ in self.cuts]
        parted = [[side * n + j for side, j in of] for _, of in self.cuts]
        having = [[k for k, of in enumerate(parted) if cell in of] for cell in range(2 * n)]
        return (
            _padded(lines, self.size("line")),
            _padded(parted, 2 * n),
            _padded(having, len(self.cuts)),
        )

    def least_cut(self, capacity: Array, demand: Array) -> Array:
        """What the supply graph can bring over what is wanted: line and side, sector -> side, sector.

        The least, over the cuts that part a sector from the depots, of the capacity of the cut over what all who are
        parted want; `UNLIMITED` for a sector without lines.
        """
        lines, parted, having = self._cut_tables
        none = 0.0 * demand[0, :1]
        wants = concatenate([demand[0], demand[1], none])
        carried = concatenate([capacity, none]) if self.size("line") else none
        through = _sum([carried[rows] for rows in lines.T], 0.0 * none)
        asked = _sum([wants[rows] for rows in parted.T], 0.0 * none)
        ratio = concatenate([through / maximum(asked, 1e-9), none + UNLIMITED])
        least = minimum(ratio[having].min(axis=1), UNLIMITED)
        return least.reshape(demand.shape)

    def retreat_of_lines(self, area: Array) -> Array:
        """By how many km each line's side has gone back in the sectors at its end, mean: sector -> line."""
        back = self.retreat(area)
        rows = []
        for side, ends in zip(self.line_side, self.line_ends, strict=True):
            rows.append(_sum([back[side, j] for j in ends], 0.0 * area[0]) / max(len(ends), 1))
        return stack(rows) if rows else area[:0]

    def retreat_of_belts(self, area: Array) -> Array:
        """By how many km the side of each belt has gone back in its sector: sector -> belt."""
        back = self.retreat(area)
        return stack([back[side, j] for side, j in self.belt_at]) if self.belt_at else area[:0]

    def side_of_belts(self, x: Array) -> Array:
        """The value of each belt's side: side -> belt."""
        return stack([x[side] for side, _ in self.belt_at]) if self.belt_at else x[:0]

    def of_belts(self, x: Array) -> Array:
        """Sum over the belts of each side and sector: belt -> side, sector."""
        like = x.sum(axis=0)
        grid = [
            [
                _sum([x[b] for b, at in enumerate(self.belt_at) if at == (side, j)], like)
                for j in range(self.size("sector"))
            ]
            for side in range(2)
        ]
        return stack([stack(row) for row in grid])

    def over_sectors(self, x: Array) -> Array:
        """Sum over sectors: side, sector -> side."""
        return _sum([x[:, j] for j in range(x.shape[1])], x[:, 0])

    def shape(self, dims: tuple[str, ...]) -> tuple[int, ...]:
        """Lengths along dims."""
        return tuple(self.size(d) for d in dims)

    def describe(self) -> dict[str, Any]:
        """Coordinates of every dim, by name."""
        return dict(self.names)
