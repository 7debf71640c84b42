"""Training given from outside reaches the line months later, as better replacements (mechanisms, section 11)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Mechanism, Signal
from salient.numerics import Array


def rule(w: Any, p: Any) -> dict[str, Array]:
    """Training places per replacement: 1 less the missing outside share. The flow's own delay makes the lag."""
    return {"training": 1.0 - w.missing_training}


MECHANISMS = (
    Mechanism(
        slot="training",
        name="cohorts",
        title="Training from outside",
        rule=rule,
        reads=("missing_training",),
        writes=("training",),
        signals=(Signal("training", ("side",), "1", "training per replacement, 1 normal"),),
        citation="EU and UK training missions; Modern War Institute 2024 on its limits",
    ),
)
