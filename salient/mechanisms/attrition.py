"""Attrition: the laws by which forces wear each other down (mechanisms, sections 1, 2 and 20).

Every law gives each side a hazard per week,

    h_y = rate_y x (N_x / R_x)^p x (N_y / R_y)^(q - 1),      losses = N_y (1 - exp(-h_y)),

with R the reference strengths of the scenario. The named laws fix (p, q) and know only numbers; `generalised` frees
them; `fires` also takes what fire, sight, posture and cover contribute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from salient.laws import equation
from salient.mechanisms.base import SIDE_SECTOR, Mechanism, Parameter, Signal
from salient.numerics import Array, exp, expm1, foe, maximum

Rule = Callable[[Any, Any], dict[str, Array]]


def hazard(w: Any, rate: Array, p: Array | float, q: Array | float) -> Array:
    """h_y in a step, dims side, sector, draws, by the generalised Lanchester law."""
    relative = maximum(w.strength + w.allied_soldiers, 1.0) / w.setting.reference
    return equation.hazard(rate[:, None] * w.setting.step_weeks, relative, p, q)


def losses(w: Any, p: Any, h: Array) -> dict[str, Array]:
    """Casualties by a hazard, never more than there are; killed is their share that dies."""
    casualties = -w.strength * expm1(-h)
    return {
        "hazard": h,
        "casualties": casualties,
        "killed": casualties * p.killed[:, None],
        "strength_flow": -casualties,
    }


def fires(w: Any, p: Any) -> dict[str, Array]:
    """Generalised law times what the enemy's fire finds: exp(lethality_x + exposure_y)."""
    return losses(w, p, hazard(w, p.rate, p.p, p.q) * exp(foe(w.lethality) + w.exposure))


def generalised(w: Any, p: Any) -> dict[str, Array]:
    """dN_y/dt = -rate N_x^p N_y^q with p and q free (Bracken 1995)."""
    return losses(w, p, hazard(w, p.rate, p.p, p.q))


def _law(power: float, own: float, title: str) -> Rule:
    def rule(w: Any, p: Any) -> dict[str, Array]:
        return losses(w, p, hazard(w, p.rate, power, own))

    rule.__doc__ = title
    return rule


_RATE = Parameter(
    "rate",
    0.016,
    0.006,
    0.04,
    "1/week",
    "casualties as a share of strength at the reference state",
    "2025: about 1.2 % a week for the whole Russian force; more in an active sector",
    "M",
    per=("side",),
)
_KILLED = Parameter(
    "killed",
    0.25,
    0.17,
    0.38,
    "1",
    "share of casualties who die",
    "killed to wounded between 1:1.5 and 1:4",
    "M",
    "fraction",
    ("side",),
)
_P = Parameter(
    "p",
    0.5,
    0.2,
    1.0,
    "1",
    "exponent of the enemy's numbers",
    "battle record; surface is flat",
    "C",
)
_Q = Parameter(
    "q", 0.75, 0.3, 1.2, "1", "exponent of own numbers", "battle record; surface is flat", "C"
)
_SIGNALS = (
    Signal("hazard", SIDE_SECTOR, "1/week", "loss rate", 0.0),
    Signal("casualties", SIDE_SECTOR, "soldiers/week", "own killed and wounded", 0.0),
    Signal("killed", SIDE_SECTOR, "soldiers/week", "own killed", 0.0),
)
_READS = ("strength", "allied_soldiers")
_WRITES = ("hazard", "casualties", "killed", "strength_flow")


def _mechanism(
    name: str,
    title: str,
    rule: Rule,
    free: tuple[Parameter, ...],
    citation: str,
    reads: tuple[str, ...] = _READS,
) -> Mechanism:
    return Mechanism(
        "attrition",
        name,
        title,
        rule,
        reads,
        _WRITES,
        parameters=(_RATE, *free, _KILLED),
        signals=_SIGNALS,
        citation=citation,
        any_step=True,
    )


MECHANISMS = (
    _mechanism(
        "fires",
        "Attrition from fires and exposure",
        fires,
        (_P, _Q),
        "Own form on Bracken 1995; Lucas and Turkes 2004 on how flat (p, q) is",
        (*_READS, "lethality", "exposure"),
    ),
    _mechanism(
        "generalised",
        "Generalised Lanchester law",
        generalised,
        (_P, _Q),
        "Bracken 1995, Naval Research Logistics 42",
    ),
    _mechanism(
        "lanchester-square",
        "Lanchester's square law",
        _law(1.0, 0.0, "dN_y/dt = -rate N_x: aimed fire (Lanchester 1914)."),
        (),
        "Lanchester 1914",
    ),
    _mechanism(
        "lanchester-linear",
        "Lanchester's linear law",
        _law(1.0, 1.0, "dN_y/dt = -rate N_x N_y: area fire (Lanchester 1914)."),
        (),
        "Lanchester 1914",
    ),
    _mechanism(
        "logarithmic",
        "Logarithmic law",
        _law(0.0, 1.0, "dN_y/dt = -rate N_y: numbers do not count (Peterson 1953)."),
        (),
        "Peterson 1953",
    ),
)
