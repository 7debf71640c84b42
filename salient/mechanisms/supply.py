"""Supply lines with capacity and interdiction (mechanisms, section 10)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Input, Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, exp, expit, log, smooth_min, zeros_like

_WORST, _EDGE = 0.9, 3.0

SUPPLY = Signal("supply", SIDE_SECTOR, "1", "supply against demand, 1 full")
INTERDICTION = Input("interdiction", ("line",), "1", "effort against the line, 1 heavy", 0.0)
REPAIR = Parameter(
    "repair",
    0.35,
    0.2,
    0.7,
    "1/week",
    "rate at which a cut line is repaired",
    "repair half-life 1-3 weeks",
    "A",
)
WEIGHT = Parameter(
    "weight", 0.6, 0.25, 1.1, "1", "log power for each log of supply", "assumption", "A"
)
COLLAPSE = Parameter(
    "collapse",
    1.5,
    0.7,
    3.0,
    "1",
    "logit of a collapse when supply is gone",
    "prototype",
    "A",
)
"""What every mechanism of supply declares alike."""


def effects(supply: Array, p: Any) -> dict[str, Array]:
    """Supply multiplies power and what a side inflicts; its lack makes a collapse likelier."""
    return {
        "supply": supply,
        "power": p.weight * log(supply),
        "lethality": p.weight * log(supply),
        "break_hazard": p.collapse * (1.0 - supply),
    }


def in_reach(distance: Array, p: Any) -> Array:
    """Share of a line in reach of the other side's drones: logit^-1((range - distance) / 3 km)."""
    return expit((p.range - distance) / _EDGE)


def cut_next(w: Any, p: Any, ambient: Array) -> Array:
    """cut' = hit x (interdiction + ambient) x (0.9 - cut) - repair x cut; at most 90 % can be cut."""
    hit = 1.0 - exp(-p.hit * (w.interdiction + ambient))
    mend = 1.0 - exp(-p.repair)
    return w.cut + hit * (_WORST - w.cut) - (1.0 - hit) * mend * w.cut


def rule(w: Any, p: Any) -> dict[str, Array]:
    """supply = min(1, margin x what the lines still carry / demand), smooth; 1 while nothing is cut.

    Demand grows with tempo.
    """
    through = w.setting.carried(1.0 - w.cut, p.share)
    supply = smooth_min(1.0, p.margin * through / w.pace_of_work) / smooth_min(1.0, p.margin)
    return effects(supply, p)


def close(w: Any, p: Any) -> dict[str, Array]:
    """The line runs through the pocket, sqrt(A) / 2 from its edge: as the pocket shrinks, it comes within reach."""
    reach = in_reach(0.5 * w.setting.pocket_width(w.area), p)
    return {"cut": cut_next(w, p, p.ambient * reach * w.setting.in_pocket)}


MECHANISMS = (
    Mechanism(
        slot="supply",
        name="lines",
        title="Supply lines and interdiction",
        rule=rule,
        close=close,
        reads=("cut", "pace_of_work", "interdiction", "area"),
        writes=("supply", "power", "lethality", "break_hazard", "cut"),
        parameters=(
            Parameter(
                "margin",
                1.6,
                1.15,
                2.4,
                "1",
                "capacity of the lines over normal demand",
                "assumption",
                "A",
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
                per=("line",),
            ),
            REPAIR,
            Parameter(
                "ambient",
                0.4,
                0.12,
                1.0,
                "1",
                "interdiction without special effort, of a line in reach",
                "assumption",
                "A",
            ),
            Parameter(
                "range",
                11,
                7,
                17,
                "km",
                "reach of the other side's drones from the line",
                "kill zone 20 km and widening in 2025",
                "M",
            ),
            WEIGHT,
            COLLAPSE,
            Parameter(
                "share",
                0.9,
                0.6,
                0.98,
                "1",
                "share of normal supply that a line carries",
                "scenario",
                "A",
                "fraction",
                ("line",),
                key="supply_lines.{line}.share",
            ),
        ),
        stocks=(
            Stock(
                "cut",
                ("line",),
                "1",
                "share of the line that is cut",
                lambda p, s: zeros_like(p.hit),
            ),
        ),
        signals=(SUPPLY,),
        inputs=(INTERDICTION,),
        citation="Max-flow min-cut for the shape; numbers assumed",
    ),
)
