"""Season: mud slows whoever moves, leaves hide (mechanisms, section 8)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Input, Mechanism, Parameter, Signal
from salient.numerics import Array, exp


def rule(w: Any, p: Any) -> dict[str, Array]:
    """going = exp(-slow x mud); exposure -= conceal x leaves, for both sides alike.

    The going multiplies the pace that the balance of power gives, whichever way it is, so mud never speeds anyone.
    It also makes a breakthrough by either side less likely. It does not act on supply: there it would speed an attacker
    whose enemy is the shorter of the two. Leaves hide the attacker as they hide the defender.
    """
    both = 0.0 * w.strength
    return {
        "going": exp(-p.slow * w.mud),
        "exposure": both - p.conceal * w.leaves,
        "break_hazard": both - p.hinder * w.mud,
    }


MECHANISMS = (
    Mechanism(
        slot="season",
        name="mud",
        title="Season: mud and leaves",
        rule=rule,
        reads=("mud", "leaves", "strength"),
        writes=("going", "exposure", "break_hazard"),
        parameters=(
            Parameter(
                "slow",
                0.35,
                0.1,
                0.9,
                "1",
                "log pace that the deepest mud takes",
                "assumption: infantry assaults of 2024-25 are slowed less than armour was in 2022-23",
                "A",
            ),
            Parameter(
                "hinder",
                0.5,
                0.15,
                1.5,
                "1",
                "logit of a breakthrough that the deepest mud takes",
                "assumption",
                "A",
            ),
            Parameter(
                "conceal",
                0.15,
                0.04,
                0.4,
                "1",
                "log exposure that leaves save",
                "assumption: drones see less under leaves",
                "A",
            ),
        ),
        signals=(Signal("going", ("sector",), "1", "pace that the ground allows, 1 dry"),),
        inputs=(
            Input("mud", ("sector",), "1", "depth of the mud, 1 the deepest", 0.0),
            Input("leaves", ("sector",), "1", "cover of leaves, 1 full", 0.0),
        ),
        citation="Own form; mud seasons after common descriptions of the rasputitsa, sizes assumed",
    ),
)
