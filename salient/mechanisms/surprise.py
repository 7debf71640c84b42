"""Surprise and infiltration: a factor of the first weeks (mechanisms, sections 4 and 9)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Input, Mechanism, Parameter, Stock
from salient.numerics import Array, exp, foe, ones_like

_RETURN = 0.03


def rule(w: Any, p: Any) -> dict[str, Array]:
    """power += gain x surprise x novelty x (1 - warned); the surprised side's fire finds less: exposure falls.

    Outside intelligence warns: warned = share x what the other side still sees.
    """
    warned = p.warning * foe(w.sight)[:, None]
    level = w.surprised * w.novelty * (1.0 - warned)
    return {
        "power": p.gain * level,
        "exposure": -p.saved * level,
        "break_hazard": foe(p.collapse * level),
    }


def close(w: Any, p: Any) -> dict[str, Array]:
    """A surprise lasts a week or two: novelty decays while it is used, and returns slowly."""
    used = w.novelty * exp(-w.surprised / p.lasting)
    return {"novelty": used + _RETURN * (1.0 - used)}


MECHANISMS = (
    Mechanism(
        slot="surprise",
        name="first-weeks",
        title="Surprise and infiltration",
        rule=rule,
        close=close,
        reads=("surprised", "sight", "novelty"),
        writes=("power", "exposure", "break_hazard", "novelty"),
        parameters=(
            Parameter(
                "gain",
                0.5,
                0.15,
                1.2,
                "1",
                "log power of a surprise",
                "CDB90, judged afterwards",
                "M",
            ),
            Parameter(
                "saved",
                0.28,
                0.1,
                0.5,
                "1",
                "log exposure that a surprise saves",
                "CDB90, judged afterwards",
                "M",
            ),
            Parameter(
                "warning",
                0.3,
                0.1,
                0.6,
                "1",
                "part of a surprise that outside intelligence foils",
                "assumption",
                "C",
                "fraction",
            ),
            Parameter(
                "collapse",
                1.0,
                0.3,
                2.5,
                "1",
                "logit of a collapse of the surprised side",
                "assumption",
                "A",
            ),
            Parameter(
                "lasting", 1.2, 0.6, 2.5, "weeks", "time that a surprise lasts", "assumption", "A"
            ),
        ),
        stocks=(
            Stock(
                "novelty",
                SIDE_SECTOR,
                "1",
                "how new the side's methods are to the other, 1 fully",
                lambda p, s: ones_like(s.reference + 0.0 * p.lasting),
            ),
        ),
        inputs=(
            Input("surprised", SIDE_SECTOR, "1", "surprise achieved by the side, 1 full", 0.0),
        ),
        citation="CDB90: about a quarter lower relative losses per step of surprise, with hindsight in the coding",
    ),
)
