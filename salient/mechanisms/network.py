"""Supply as a graph of lines from depots, each sector fed through its least cut (mechanisms, section 10)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Mechanism, Parameter, Stock
from salient.mechanisms.supply import (
    COLLAPSE,
    INTERDICTION,
    REPAIR,
    SUPPLY,
    WEIGHT,
    cut_next,
    effects,
    in_reach,
)
from salient.numerics import Array, maximum, smooth_min, zeros_like


def delivered(w: Any, p: Any, cut: Array, demand: Array) -> Array:
    """What can reach each sector over what it wants, dims side, sector.

    The least, over cuts that part it from the depots, of sum c_e (1 - cut_e) over what all who are parted want: the
    maximum flow for a sector alone, and shares that can flow together for several. Far over 1 without lines.
    """
    return w.setting.least_cut(p.capacity * (1.0 - cut), demand)


def rule(w: Any, p: Any) -> dict[str, Array]:
    """supply = min(1, delivered), smooth, over its value with all lines whole and reference strengths."""
    wants = maximum(w.strength + w.allied_soldiers, 1.0) * w.pace_of_work
    now = smooth_min(1.0, delivered(w, p, w.cut, wants))
    normal = smooth_min(1.0, delivered(w, p, 0.0 * w.cut, w.setting.reference + 0.0 * wants))
    return effects(now / normal, p)


def close(w: Any, p: Any) -> dict[str, Array]:
    """A line is as far from the front as at the start, less what the side has gone back."""
    reach = in_reach(p.distance - w.setting.retreat_of_lines(w.area), p)
    return {"cut": cut_next(w, p, p.ambient * reach)}


MECHANISMS = (
    Mechanism(
        slot="supply",
        name="network",
        title="Supply lines as a graph, with a least cut for each sector",
        rule=rule,
        close=close,
        reads=(
            "cut",
            "strength",
            "allied_soldiers",
            "pace_of_work",
            "interdiction",
            "area",
        ),
        writes=("supply", "power", "lethality", "break_hazard", "cut"),
        parameters=(
            Parameter(
                "capacity",
                30_000,
                12_000,
                75_000,
                "soldiers",
                "soldiers at normal tempo whom the line can supply",
                "scenario",
                "A",
                per=("line",),
                key="supply_lines.{line}.capacity",
            ),
            Parameter(
                "distance",
                20,
                8,
                50,
                "km",
                "distance of the line's nearest stretch from the front at the start",
                "scenario",
                "A",
                per=("line",),
                key="supply_lines.{line}.distance",
            ),
            Parameter(
                "hit",
                0.35,
                0.12,
                0.9,
                "1/week",
                "rate at which full interdiction cuts a line",
                "assumption",
                "A",
            ),
            REPAIR,
            Parameter(
                "ambient",
                0.3,
                0.1,
                0.8,
                "1",
                "interdiction without special effort, of a line in reach",
                "assumption",
                "A",
            ),
            Parameter(
                "range",
                15,
                8,
                25,
                "km",
                "reach of the other side's drones from the line",
                "kill zone 20-30 km and widening in 2025",
                "M",
            ),
            WEIGHT,
            COLLAPSE,
        ),
        stocks=(
            Stock(
                "cut",
                ("line",),
                "1",
                "share of the line that is cut",
                lambda p, s: zeros_like(p.capacity),
            ),
        ),
        signals=(SUPPLY,),
        inputs=(INTERDICTION,),
        citation="Max-flow min-cut (Ford and Fulkerson 1956) for the shape; numbers assumed",
    ),
)
