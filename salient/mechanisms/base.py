"""What a mechanism is: a rule, and a declaration of everything that it needs.

A mechanism is a pure function ``rule(w, p) -> dict`` of one week `w` and its parameters `p`, and, where it keeps
stocks, a second one, ``close(w, p)``, that runs when all the week's rules have spoken. Each returns the new values of
what it `writes`, which may be

* a **channel** (`CHANNELS`): what is returned is added to what other mechanisms contribute; nothing means 0, which is
  neutral. `power` moves the line, `lethality` is what a side inflicts, `exposure` is what it suffers;
* a **signal** that later mechanisms of the week read, with a neutral value that stands when nobody writes it;
* its own **stock**: the value at the start of next week (only from `close`).

Switching a mechanism off is leaving it out: its channels stay 0, its signals take their neutral value, its stocks are
not there, exactly. Nothing else in the engine knows a mechanism by name, so adding one touches one file.

`w` gives every stock (start of the week), signal, channel, input and noise by name, and `w.setting`, names and
constants of the scenario. Dims are side, sector, flow, contingent, line, belt or supporter in that order, draws last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from salient.numerics import Array
from salient.quantities import Kind

SLOTS = (
    "will",
    "support",
    "production",
    "training",
    "intelligence",
    "season",
    "readiness",
    "offensives",
    "posture",
    "contingents",
    "supply",
    "ammunition",
    "manpower",
    "equipment",
    "terrain",
    "fortification",
    "belts",
    "handover",
    "surprise",
    "attrition",
    "withdrawal",
    "advance",
    "breakthrough",
    "reserves",
)
"""The order in which a week's mechanisms act; a scenario chooses one mechanism, or `off`, for each."""

SIDE_SECTOR = ("side", "sector")

CHANNELS: dict[str, tuple[tuple[str, ...], str]] = {
    "power": (SIDE_SECTOR, "log power to move the line, 0 at the reference state"),
    "lethality": (SIDE_SECTOR, "log of losses inflicted, 0 at the reference state"),
    "exposure": (SIDE_SECTOR, "log of losses suffered, 0 at the reference state"),
    "break_hazard": (
        SIDE_SECTOR,
        "logit added to the weekly chance that this side is broken through",
    ),
    "strength_flow": (SIDE_SECTOR, "soldiers that join (or, below 0, leave) during the week"),
    "area_flow": (("sector",), "km2 that the holder gains (or, below 0, loses) during the week"),
}

CORE: dict[str, tuple[tuple[str, ...], str, str]] = {
    "strength": (SIDE_SECTOR, "soldiers", "own soldiers in the sector"),
    "area": (("sector",), "km2", "area that the holder holds"),
}
"""Stocks that the engine itself keeps: they are there whichever mechanisms are on."""

Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Parameter:
    """A number that the scenario, or a prior, must give.

    centre, low, high: the prior's centre and 5 % and 95 % points, in `unit`.
    kind: positive (lognormal), fraction (logit-normal), real (normal).
    per: dims that it has one value for each of ("side", "sector", "flow", "contingent", "line", "belt").
    key: where a scenario says it, with {side}, {sector}, ... for names; without one, under `parameters:`.
    trust: S well supported, M mixed or narrow evidence, C contested, A our assumption.
    """

    name: str
    centre: float
    low: float
    high: float
    unit: str
    label: str
    source: str
    trust: str = "A"
    kind: Kind = "positive"
    per: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True)
class Stock:
    """A quantity that lasts from week to week. `initial(p, setting)` gives its value at the start, dims as declared."""

    name: str
    dims: tuple[str, ...]
    unit: str
    label: str
    initial: Callable[[Any, Any], Array]


@dataclass(frozen=True)
class Signal:
    """A quantity that lives within the week. `neutral` stands when no mechanism writes it."""

    name: str
    dims: tuple[str, ...]
    unit: str
    label: str
    neutral: float = 1.0


@dataclass(frozen=True)
class Input:
    """A path in time that events of the scenario set, averaged over each week; `neutral` without an event."""

    name: str
    dims: tuple[str, ...]
    unit: str
    label: str
    neutral: float = 0.0


@dataclass(frozen=True)
class Noise:
    """A stream of standard normals or uniforms, keyed by draw, stream name, week and the name of the cell."""

    name: str
    dims: tuple[str, ...]
    kind: str = "normal"


@dataclass(frozen=True)
class Mechanism:
    """A way in which war works, chosen by `name` for its `slot` in a scenario."""

    slot: str
    name: str
    title: str
    rule: Callable[[Any, Any], Mapping[str, Array]]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    close: Callable[[Any, Any], Mapping[str, Array]] | None = None
    parameters: tuple[Parameter, ...] = ()
    stocks: tuple[Stock, ...] = ()
    signals: tuple[Signal, ...] = ()
    inputs: tuple[Input, ...] = ()
    noise: tuple[Noise, ...] = ()
    citation: str = ""
    """Where the equation comes from; the rule's docstring states it."""
    any_step: bool = False
    """Whether its rates are multiplied by `w.setting.step_weeks`, so that it can also act by the day."""


def moments(kind: Kind, low: float, high: float) -> tuple[float, float]:
    """Mean and sd on the scale on which a prior of this kind is normal, from its 5 % and 95 % points."""
    to_normal: Callable[[float], float] = {
        "positive": math.log,
        "fraction": lambda v: math.log(v / (1.0 - v)),
        "real": float,
    }[kind]
    a, b = to_normal(low), to_normal(high)
    return 0.5 * (a + b), (b - a) / (2.0 * Z90)
