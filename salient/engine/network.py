"""Supply as a graph: which sets of lines part which sectors from every depot, found once when a scenario is compiled.

Sectors draw the same goods from the same depots, so by the theorem of Ford and Fulkerson (1956) they can all get the
shares r_i of what they want if and only if, for every set of lines that parts sectors W from the depots, the sum of
r_i D_i over W is at most the sum of the lines' capacities. Each sector is given the least, over all such cuts that part
it, of capacity over the want of all who are parted with it: all these shares can flow together, and a sector alone gets
the maximum flow. The graph is small, so all cuts that can bind are listed here, and the least over them is taken each
week as capacities change: exact, and the same few operations for every draw.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, TypeVar

Edge = tuple[str, str]
T = TypeVar("T")


class Cut(NamedTuple):
    """Lines, by number and rising, without which no depot reaches these sectors."""

    lines: tuple[int, ...]
    sectors: frozenset[str]


def cuts(
    edges: Sequence[Edge], depots: Collection[str], sectors: Collection[str]
) -> tuple[Cut, ...]:
    """Every cut that can bind, whatever the capacities and wants. Goods do not pass through a sector.

    Sectors to which no path leads are in no cut. Lines between junctions go both ways.
    """
    known = _joined(edges, depots, sectors)
    junctions = sorted({end for e in edges for end in e} - {*depots, *sectors})
    found: dict[Cut, None] = {}
    for behind in _subsets(junctions):
        for cut in _behind(edges, {*behind}, sectors, known):
            found[cut] = None
    ordered = sorted(
        found, key=lambda c: (len(c.lines), -len(c.sectors), c.lines, sorted(c.sectors))
    )
    kept: list[Cut] = []
    for cut in ordered:
        if not any({*c.lines} <= {*cut.lines} and c.sectors >= cut.sectors for c in kept):
            kept.append(cut)
    return tuple(kept)


def _behind(
    edges: Sequence[Edge], behind: set[str], sectors: Collection[str], known: set[str]
) -> Iterator[Cut]:
    """The cuts whose far side has just these junctions: for each choice of sectors that they serve in part."""
    entering = {
        k for k, (a, b) in enumerate(edges) if len({a, b} & behind) == 1 and not {a, b} & {*sectors}
    }
    whole, part = [], []
    for s in sorted(known):
        into = {k: next(iter({*e} - {s})) for k, e in enumerate(edges) if s in e}
        outside = frozenset(k for k, start in into.items() if start not in behind)
        if not behind:
            yield Cut(tuple(sorted(into)), frozenset({s}))
        elif not outside:
            whole.append(s)
        elif len(outside) < len(into):
            part.append((s, outside))
    for chosen in _subsets(part):
        lines = entering.union(*(outside for _, outside in chosen))
        served = frozenset([*whole, *(s for s, _ in chosen)])
        if behind and served:
            yield Cut(tuple(sorted(lines)), served)


def _joined(edges: Sequence[Edge], depots: Collection[str], sectors: Collection[str]) -> set[str]:
    """The sectors to which a path leads."""
    found = {*depots}
    while new := {
        end
        for e in edges
        for end, other in (e, e[::-1])
        if other in found and other not in sectors and end not in found
    }:
        found |= new
    return found & {*sectors}


def _subsets(items: Sequence[T]) -> Iterator[list[T]]:
    for bits in range(1 << len(items)):
        yield [x for k, x in enumerate(items) if bits >> k & 1]
