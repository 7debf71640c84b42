"""Neighbouring sectors: open flanks, and a line that leaves one sector for the next (mechanisms, section 17)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Mechanism, Parameter, Signal
from salient.numerics import Array, expm1, maximum, minimum

_MOST_TAKEN = 0.5
"""Share of a sector's soldiers that the line may take along in a week."""


def flank(w: Any, p: Any) -> Array:
    """How open a side's flank is, dims side, sector: the mean over neighbours of 1 - exp(-gap / scale).

    gap is by how many km the side has gone back further in the neighbouring sector than here, where that is over 0.
    It is the same for who is left behind beside a neighbour's retreat and for who has run ahead of a neighbour.
    """
    back = w.setting.retreat(w.area)
    return w.setting.over_neighbours(
        lambda i, j: -expm1(-maximum(back[:, j] - back[:, i], 0.0) / p.scale), back
    )


def line_left(w: Any, p: Any) -> Array:
    """Share of a sector's line that is still in it: all, until the last of either side's ground is at stake."""
    last = p.end * w.setting.reference_area
    ground = minimum(w.area, w.setting.contested - w.area)
    return minimum(maximum(ground, 0.0) / last, 1.0)


def rule(w: Any, p: Any) -> dict[str, Array]:
    """An open flank takes log power and makes a collapse likelier."""
    open_flank = flank(w, p)
    return {
        "open_flank": open_flank,
        "line_left": line_left(w, p),
        "power": -p.weight * open_flank,
        "break_hazard": p.collapse * open_flank,
    }


def close(w: Any, p: Any) -> dict[str, Array]:
    """As the line leaves a sector, soldiers of both sides go along to the neighbours that still have one.

    N_i' = N_i - g_i + sum_j g_j l_i / (sum over neighbours k of j of l_k),  g_i = move x (1 - l_i) x N_i,  l line left.
    """
    there = maximum(w.strength - w.casualties, 0.0)
    leaving = minimum(p.move * (1.0 - w.line_left), _MOST_TAKEN) * there
    return {"strength_flow": w.setting.handed_over(leaving, w.line_left)}


MECHANISMS = (
    Mechanism(
        slot="handover",
        name="neighbours",
        title="Flanks and sectors that hand over",
        rule=rule,
        close=close,
        reads=("area", "strength", "casualties", "line_left"),
        writes=("open_flank", "line_left", "power", "break_hazard", "strength_flow"),
        parameters=(
            Parameter(
                "weight",
                0.3,
                0.08,
                0.8,
                "1",
                "log power that a wholly open flank takes",
                "assumption",
                "A",
            ),
            Parameter(
                "collapse",
                1.5,
                0.5,
                3.5,
                "1",
                "logit of a collapse for a wholly open flank",
                "assumption, as for a lack of supply",
                "A",
            ),
            Parameter(
                "scale",
                12,
                5,
                25,
                "km",
                "depth between neighbours at which a flank is mostly open",
                "assumption: reach of drones and guns",
                "A",
            ),
            Parameter(
                "end",
                0.15,
                0.05,
                0.35,
                "1",
                "share of either side's ground, over half of what is contested, at which the line begins to leave",
                "assumption",
                "A",
                "fraction",
            ),
            Parameter(
                "move",
                0.2,
                0.08,
                0.45,
                "1/week",
                "share of the soldiers without a line who go along in a week",
                "assumption",
                "A",
                "fraction",
            ),
        ),
        signals=(
            Signal("open_flank", SIDE_SECTOR, "1", "how open the flanks are, 0 closed", 0.0),
            Signal("line_left", ("sector",), "1", "share of the line still in the sector"),
        ),
        citation="Own form: exposed flanks after common doctrine, sizes assumed",
    ),
)
