"""Withdrawal by decision, and culmination (mechanisms, section 9)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Input, Mechanism, Parameter, Stock
from salient.numerics import Array, expm1, maximum, zeros_like

_MEMORY = 0.75


def rule(w: Any, p: Any) -> dict[str, Array]:
    """A decision gives up a share of the ground; recent losses make a side likelier to be broken through.

    The hazard weights follow the record: casualties alone do not tell when a force breaks, so they are weak.
    """
    holder_leaves = w.setting.of_holder(w.leaving)
    other_leaves = w.setting.of_other(w.leaving)
    rest = maximum(w.setting.contested - w.area, 0.0)
    return {
        "area_flow": w.area * expm1(-holder_leaves) - rest * expm1(-other_leaves),
        "break_hazard": p.losses * w.recent_losses,
    }


def close(w: Any, p: Any) -> dict[str, Array]:
    """Share of strength lost over about four weeks."""
    share = w.casualties / maximum(w.strength, 1.0)
    return {"recent_losses": _MEMORY * w.recent_losses + share}


MECHANISMS = (
    Mechanism(
        slot="withdrawal",
        name="culmination",
        title="Withdrawal and culmination",
        rule=rule,
        close=close,
        reads=("leaving", "area", "recent_losses", "casualties", "strength"),
        writes=("area_flow", "break_hazard", "recent_losses"),
        parameters=(
            Parameter(
                "losses",
                4,
                1.5,
                8,
                "1",
                "logit of a collapse for losing all strength in a month",
                "Helmbold 1971: weak",
                "A",
            ),
        ),
        stocks=(
            Stock(
                "recent_losses",
                SIDE_SECTOR,
                "1",
                "share of strength lost in about four weeks",
                lambda p, s: zeros_like(s.reference + 0.0 * p.losses),
            ),
        ),
        inputs=(
            Input(
                "leaving",
                SIDE_SECTOR,
                "1",
                "log share of ground given up by decision in a week",
                0.0,
            ),
        ),
        citation="Clark 1954 (ORO-T-289) and Helmbold 1971 (RAND): casualties alone do not tell when a force breaks",
    ),
)
