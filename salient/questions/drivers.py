"""Drivers of an outcome: games among them, and through which numbers each acts.

A game gives each set of drivers, as the bits of a number, the outcome when those drivers were as they were and the
rest at their alternative. Its shares are weighted sums of the outcome over all sets (Shapley 1953; Owen 1977; Frye,
Rowat and Feige 2020 for orders that respect causes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from salient.engine.compile import Campaign
from salient.errors import Problem, SalientError
from salient.mechanisms.base import SLOTS
from salient.scenario.schema import Alternative, Driver

MOST = 10
IDENTIFIED = 0.2
"""Share of the prior variance that data must remove before an effect is called identified."""

_ACTS = {
    "support": ("support", "intelligence", "ammunition", "equipment"),
    "posture": ("posture", "fortification"),
    "surge": ("posture", "readiness"),
    "contingent": ("contingents",),
    "surprise": ("surprise",),
    "interdiction": ("supply",),
    "reinforcement": ("manpower",),
    "detachment": ("reserves",),
    "return": ("reserves",),
    "withdrawal": ("withdrawal",),
    "sanctions": ("production",),
}
"""The mechanisms through which an event of each kind acts."""


def shapley(k: int, after: Sequence[int] | None = None) -> np.ndarray:
    """Weights [driver, set] that give each driver its mean marginal over the orders in which drivers may come in.

    after: for each driver, the bits of those that come before it in every order; all orders when None. Raises
    SalientError when no order is possible.
    """
    needs = list(after or [0] * k)
    full = 1 << k
    ways_in = np.zeros(full)
    ways_in[0] = 1.0
    for s in range(full):
        for i in range(k):
            if not s >> i & 1 and needs[i] & s == needs[i]:
                ways_in[s | 1 << i] += ways_in[s]
    ways_out = np.zeros(full)
    ways_out[full - 1] = 1.0
    for s in range(full - 2, -1, -1):
        for i in range(k):
            if not s >> i & 1 and needs[i] & s == needs[i]:
                ways_out[s] += ways_out[s | 1 << i]
    if ways_in[-1] == 0.0:
        raise SalientError("the drivers bring each other about in a circle; mend `after`")
    w = np.zeros((k, full))
    for s in range(full):
        for i in range(k):
            if not s >> i & 1 and needs[i] & s == needs[i]:
                weight = ways_in[s] * ways_out[s | 1 << i] / ways_in[-1]
                w[i, s | 1 << i] += weight
                w[i, s] -= weight
    return w


def owen(k: int, blocks: Sequence[Sequence[int]]) -> np.ndarray:
    """Weights [driver, set] when the drivers of a block come in one after another (Owen 1977)."""
    masks = [sum(1 << i for i in b) for b in blocks]
    m = len(blocks)
    w = np.zeros((k, 1 << k))
    for own, block in enumerate(blocks):
        others = [masks[j] for j in range(m) if j != own]
        for outer in range(1 << (m - 1)):
            chosen = [x for j, x in enumerate(others) if outer >> j & 1]
            a = _order_weight(len(chosen), m)
            for i in block:
                mates = [j for j in block if j != i]
                for inner in range(1 << len(mates)):
                    within = [j for n, j in enumerate(mates) if inner >> n & 1]
                    s = sum(chosen) + sum(1 << j for j in within)
                    weight = a * _order_weight(len(within), len(block))
                    w[i, s | 1 << i] += weight
                    w[i, s] -= weight
    return w


def _order_weight(before: int, all_of: int) -> float:
    return factorial(before) * factorial(all_of - before - 1) / factorial(all_of)


def first_in(k: int, v: np.ndarray) -> np.ndarray:
    """What each driver does alone, [driver, draws]."""
    return np.stack([v[1 << i] - v[0] for i in range(k)])


def last_out(k: int, v: np.ndarray) -> np.ndarray:
    """What is missing when each driver alone is taken away, [driver, draws]."""
    full = (1 << k) - 1
    return np.stack([v[full] - v[full ^ 1 << i] for i in range(k)])


def interaction(v: np.ndarray, i: int, j: int) -> np.ndarray:
    """What two drivers do together beyond the sum of each alone (Harsanyi dividend of the pair), [draws]."""
    return v[1 << i | 1 << j] - v[1 << i] - v[1 << j] + v[0]


def chosen(drivers: Mapping[str, Driver]) -> Mapping[str, Driver]:
    """The drivers of a scenario. Raises SalientError when there is none, or more than can be split exactly."""
    if not drivers:
        raise SalientError(
            Problem(
                "the scenario names no drivers to split an outcome among",
                key="drivers",
                hint="add a section `drivers:` with an alternative for each",
            )
        )
    if len(drivers) > MOST:
        raise SalientError(
            Problem(
                f"there are {len(drivers)} drivers; at most {MOST} can be split exactly",
                key="drivers",
            )
        )
    return drivers


def prerequisites(drivers: Mapping[str, Driver]) -> list[int]:
    """For each driver, the bits of those that it is said to come after."""
    at = {name: i for i, name in enumerate(drivers)}
    return [sum(1 << at[a] for a in set(d.after)) for d in drivers.values()]


def blocks(drivers: Mapping[str, Driver]) -> list[list[int]]:
    """Drivers by the cause that they share; one without is a block of its own."""
    out: dict[str, list[int]] = {}
    for i, (name, d) in enumerate(drivers.items()):
        out.setdefault(f"group {d.group}" if d.group else name, []).append(i)
    return list(out.values())


def effect_rows(
    campaign: Campaign, alternative: Alternative, named: Sequence[str] = ()
) -> list[int]:
    """Free parameters through which what an alternative changes acts, as rows of the draws.

    Those named, else levels of the events, parameters that are set, and all of the mechanisms concerned.
    """
    free = campaign.priors.free
    if named:
        known = {r.name for r in free} | {r.name.partition("[")[0] for r in free}
        every = set(campaign.priors.names)
        for name in named:
            if name not in known and name not in every and not idle(campaign, name):
                raise SalientError(
                    Problem(f"no mechanism has a parameter '{name[:80]}'", key="effect")
                )
        wanted = set(named)
        return [i for i, r in enumerate(free) if wanted & {r.name, r.name.partition("[")[0]}]
    kinds = {e.id: e.kind for e in campaign.scenario.events}
    slots = {slot for e in alternative.without for slot in _ACTS.get(kinds.get(e, ""), ())}
    slots |= {"contingents"} if alternative.absent else set()
    slots |= set(_ACTS["support"]) if alternative.stopped else set()
    events = {f"events.{e}" for e in alternative.without}
    return [
        i
        for i, r in enumerate(free)
        if r.group in slots or r.name in events or r.name.partition("[")[0] in alternative.set
    ]


def idle(campaign: Campaign, name: str) -> bool:
    """Whether a number is of an event that is not known yet or of a mechanism that is off: nothing acts through it."""
    if name in {*campaign.priors.names, *(n.partition("[")[0] for n in campaign.priors.names)}:
        return False
    group, _, rest = name.partition(".")
    if group == "events":
        return any(e.id == rest for e in campaign.scenario.events)
    return group in SLOTS and all(m.slot != group for m in campaign.mechanisms)


@dataclass(frozen=True)
class Settled:
    """How much of what decides an effect the data settled, and the least that so few draws can vouch for.

    data: False where the campaign is not calibrated at all.
    """

    share: float
    least: float
    data: bool = True

    @property
    def identified(self) -> bool:
        """Whether the data, and not the assumptions, decide."""
        return self.least >= IDENTIFIED

    @property
    def words(self) -> str:
        """What to say of it; empty when it is identified."""
        if self.identified:
            return ""
        if not self.data:
            return "set by assumption: nothing is calibrated"
        if self.share >= IDENTIFIED:
            return "too few draws to show that the data settled this effect, so it counts as set by assumption"
        return f"set by assumption: the data removed {100.0 * max(self.share, 0.0):.0f} % of what was uncertain"


UNCALIBRATED = Settled(0.0, 0.0, data=False)
"""What data settled where there are none."""

_SURE = 2.33
"""Standard errors of a variance that count as sure, one side, 99 %."""


def settled(
    z: np.ndarray,
    effective: np.ndarray,
    rows: Sequence[int],
    effect: np.ndarray,
    prior_z: np.ndarray,
) -> Settled:
    """1 - var after / var before of an effect's parameters, with what is sure of it.

    z: posterior draws, [free, draws]; effective: independent draws of each, [free]; effect, prior_z: the effect and
    the parameters in draws of the prior. Each parameter counts by its squared correlation with the effect before the
    data. A fit of few draws looks more certain than it is, since its draws are copies of each other.
    """
    if not rows:
        return Settled(0.0, 0.0)
    at = list(rows)
    left = z[at].var(axis=1)
    weight = np.full(len(at), 1e-9)
    if float(effect.std()) > 0.0:
        weight += np.array([np.corrcoef(prior_z[i], effect)[0, 1] ** 2 for i in at])
    weight /= weight.sum()
    error = np.sqrt(2.0 / np.maximum(effective[at] - 1.0, 1.0))
    share = float((weight * (1.0 - left)).sum())
    least = float((weight * (1.0 - left * (1.0 + _SURE * error))).sum())
    return Settled(share, least)
