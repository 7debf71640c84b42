"""Readiness: high tempo wears units out, rest brings them back (mechanisms, section 9)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, expit, log, maximum, ones_like

_EXHAUSTED, _EDGE = 0.4, 0.04


def rule(w: Any, p: Any) -> dict[str, Array]:
    """Power scales with readiness; below 0.4 a side can no longer keep up a surge."""
    return {"power": log(w.ready), "stamina": expit((w.ready - _EXHAUSTED) / _EDGE)}


def close(w: Any, p: Any) -> dict[str, Array]:
    """r' = r + recover (1 - r) - wear r (tempo - 1)+ ."""
    worn = p.wear * w.ready * maximum(w.pace_of_work - 1.0, 0.0)
    return {"ready": maximum(w.ready + p.recover * (1.0 - w.ready) - worn, 0.05)}


MECHANISMS = (
    Mechanism(
        slot="readiness",
        name="wear",
        title="Readiness and its wear",
        rule=rule,
        close=close,
        reads=("ready", "pace_of_work"),
        writes=("power", "stamina", "ready"),
        parameters=(
            Parameter(
                "recover",
                0.1,
                0.05,
                0.2,
                "1/week",
                "share of lost readiness that returns in a week",
                "assumption",
                "A",
            ),
            Parameter(
                "wear",
                0.15,
                0.07,
                0.3,
                "1/week",
                "readiness lost in a week of double tempo",
                "assumption",
                "A",
            ),
        ),
        stocks=(
            Stock(
                "ready",
                SIDE_SECTOR,
                "1",
                "readiness, 1 rested",
                lambda p, s: ones_like(s.reference + 0.0 * p.wear),
            ),
        ),
        signals=(Signal("stamina", SIDE_SECTOR, "1", "ability to keep up a surge, 1 full"),),
        citation="Assumption; culmination after Clausewitz and US doctrine, thresholds made smooth",
    ),
)
