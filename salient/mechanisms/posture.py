"""Posture and tempo: coordinated assaults, and a turn to local defence (mechanisms, section 9)."""

from __future__ import annotations

import math
from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Input, Mechanism, Parameter, Signal
from salient.numerics import Array, exp, log, maximum

_SLOWEST, _EASE = 0.05, 0.7


def rule(w: Any, p: Any) -> dict[str, Array]:
    """tempo = 1 + (surge x launched - 1) stamina; power gains weight x log tempo, exposure gains assault x log tempo.

    Local defence (stance 1) gives up counter-attacks: it lowers exposure, and stiffens the line by `hold` when it
    stands on home ground; it asks for 30 % less fire.
    """
    tempo = maximum(1.0 + (w.surge * w.launched - 1.0) * w.stamina, _SLOWEST)
    return {
        "pace_of_work": tempo * exp(w.stance * math.log(_EASE)),
        "power": p.weight * log(tempo) + p.hold * w.stance,
        "exposure": p.assault * log(tempo) - p.shelter * w.stance,
    }


MECHANISMS = (
    Mechanism(
        slot="posture",
        name="stance",
        title="Posture and tempo",
        rule=rule,
        reads=("surge", "launched", "stance", "stamina"),
        writes=("pace_of_work", "power", "exposure"),
        parameters=(
            Parameter(
                "weight", 1.0, 0.5, 1.6, "1", "log power for each log of tempo", "assumption", "A"
            ),
            Parameter(
                "assault",
                1.0,
                0.4,
                1.7,
                "1",
                "log exposure for each log of tempo",
                "attackers' excess losses; assumption",
                "M",
            ),
            Parameter(
                "hold", 0.2, 0.05, 0.5, "1", "log power that local defence adds", "assumption", "A"
            ),
            Parameter(
                "shelter",
                0.25,
                0.08,
                0.55,
                "1",
                "log exposure that local defence saves",
                "assumption",
                "A",
            ),
        ),
        signals=(Signal("pace_of_work", SIDE_SECTOR, "1", "tempo of operations, 1 normal"),),
        inputs=(
            Input("surge", SIDE_SECTOR, "1", "tempo ordered, 1 normal", 1.0),
            Input("stance", SIDE_SECTOR, "1", "1 for local defence", 0.0),
        ),
        citation="Assumption; attackers' losses after the Dupuy Institute's campaign data",
    ),
)
