"""How much of what the campaign model assumes about its drivers the long record removes.

Draws of the priors of `kursk-2024` say what each estimate from the front should have come out at; a draw counts by how
likely the estimate then is. Removed is 1 - variance after / variance before, on the scale on which a prior is normal.
At the reference state the pace changes by

    response eta / tanh(eta) d/du tanh(u / 2.5) / tanh(1 / 2.5) at u = 1       for each unit of log power of one side
    weight (1 - drones) theta      log power for each log of shells fired
    weight log(e full / e own)     log power for the whole of outside intelligence
    weight                         log power for each log of soldiers

What one dated switch is worth of a flow is not known: 3 to 30 % for deliveries, 30 to 100 % for intelligence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from salient.engine.compile import compile_scenario
from salient.record import support
from salient.scenario.loading import load

Array = np.ndarray
DRAWS = 40_000
SETTLED = 0.2
"""A number of whose prior variance less is removed is set by assumption."""
_SIDE = "ukraine"
_Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Removed:
    """What one data set does to one number: 5, 50 and 95 % points before and after, and the share removed."""

    data: str
    number: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    share: float


@dataclass(frozen=True)
class _Draws:
    """Standard normal draws of the priors by name, and natural values."""

    z: dict[str, Array]
    value: dict[str, Array]


@cache
def _priors() -> _Draws:
    rows = compile_scenario(load("kursk-2024").scenario).priors
    rng = np.random.Generator(np.random.Philox(40_000))
    z, value = {}, {}
    for row in rows.free:
        short = row.name.removesuffix(f"[{_SIDE}]")
        if short in _WANTED:
            z[short] = rng.standard_normal(DRAWS)
            x = row.mu + row.sd * z[short]
            value[short] = np.exp(x) if row.kind == "positive" else 1.0 / (1.0 + np.exp(-x))
    return _Draws(z, value)


_WANTED = (
    "advance.response", "advance.eta", "ammunition.weight", "ammunition.theta", "ammunition.drones",
    "intelligence.weight", "intelligence.gain", "intelligence.own", "intelligence.spread", "manpower.weight",
)  # fmt: skip


def _per_power(v: dict[str, Array]) -> Array:
    """Relative change of pace for each unit of log power."""
    eta = v["advance.eta"]
    bent = (1.0 - np.tanh(0.4) ** 2) / (2.5 * np.tanh(0.4))
    return np.asarray(v["advance.response"] * eta / np.tanh(eta) * bent)


def _fire(v: dict[str, Array]) -> Array:
    """Log of lethality for each log of shells fired."""
    return np.asarray((1.0 - v["ammunition.drones"]) * v["ammunition.theta"])


def _sight(v: dict[str, Array]) -> Array:
    """Log of effect of fire that the whole of outside intelligence is worth."""
    own = v["intelligence.own"]
    full = own + (1.0 - own) * v["intelligence.gain"]
    rho = v["intelligence.spread"]
    return np.asarray(np.log((full + (1.0 - full) * rho) / (own + (1.0 - own) * rho)))


def _dose(low: float, high: float) -> Array:
    """What a switch is worth of its flow, log-normal from its 5 and 95 % points."""
    rng = np.random.Generator(np.random.Philox(3))
    middle, sd = 0.5 * np.log(low * high), np.log(high / low) / (2.0 * _Z90)
    return np.asarray(np.exp(middle + sd * rng.standard_normal(DRAWS)))


COMPOSED: dict[str, Callable[[dict[str, Array]], Array]] = {
    "pace for each log of shells": lambda v: _per_power(v) * v["ammunition.weight"] * _fire(v),
    "losses for each log of shells": _fire,
    "pace for all outside intelligence": lambda v: (
        _per_power(v) * v["intelligence.weight"] * _sight(v)
    ),
    "pace for each log of soldiers": lambda v: _per_power(v) * v["manpower.weight"],
}
"""What the estimates bear on: all are positive."""


def _evidence() -> dict[str, tuple[str, Array, tuple[float, float], tuple[str, ...]]]:
    """By data set: the composed number, what its estimate should be, the estimate, and which priors stand in it."""
    v = _priors().value
    said = {name: f(v) for name, f in COMPOSED.items()}
    supply, sight = _dose(0.03, 0.3), np.minimum(_dose(0.3, 1.0), 1.0)
    pace = {e.driver: (e.mean, e.sd) for e in _apart("pace")}
    claims = {e.driver: (e.mean, e.sd) for e in _apart("claims")}
    shells, looks = "weapons and shells to Ukraine", "intelligence and links to Ukraine"
    fire = (
        "ammunition.weight",
        "ammunition.theta",
        "ammunition.drones",
        "advance.response",
        "advance.eta",
    )
    eye = (
        "intelligence.weight",
        "intelligence.gain",
        "intelligence.own",
        "advance.response",
        "advance.eta",
    )
    a, b, c, d = COMPOSED
    return {
        "maps x shells reported": (a, said[a], support.of_fires(), fire),
        "maps x arms switches": (a, -said[a] * supply, pace[shells], fire),
        "claimed losses x shells reported": (b, -said[b], support.of_fires("claims"), fire[1:3]),
        "claimed losses x arms switches": (b, said[b] * supply, claims[shells], fire[1:3]),
        "maps x intelligence switches": (c, -said[c] * sight, pace[looks], eye),
        "maps x troops reported": (d, said[d], support.of_troops(), ("manpower.weight", *fire[3:])),
    }


@cache
def _apart(outcome: str) -> tuple[support.Effect, ...]:
    """Effects of single switches with drivers not pooled, as a likelihood."""
    return support.unpooled(outcome)


@cache
def removed() -> tuple[Removed, ...]:
    """Every data set against every number that it bears on, then all data sets together."""
    z, v = _priors().z, _priors().value
    composed = {name: np.log(f(v)) for name, f in COMPOSED.items()}
    rows: list[Removed] = []
    together = np.zeros(DRAWS)
    for data, (name, expected, (mean, sd), inside) in _evidence().items():
        log = -0.5 * ((mean - expected) / sd) ** 2
        together += log
        rows.append(_removed(data, name, composed[name], np.exp(composed[name]), log))
        rows += [_removed(data, n, z[n], v[n], log) for n in inside]
    for name, x in composed.items():
        rows.append(_removed("all together", name, x, np.exp(x), together))
    rows += [_removed("all together", n, z[n], v[n], together) for n in _WANTED if n in z]
    return tuple(rows)


def _removed(data: str, number: str, scale: Array, value: Array, log: Array) -> Removed:
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = float(weight @ scale)
    share = 1.0 - float(weight @ (scale - mean) ** 2) / float(scale.var())
    order = np.argsort(value)
    steps = np.cumsum(weight[order])
    after = np.interp([0.05, 0.5, 0.95], steps, value[order])
    before = np.quantile(value, [0.05, 0.5, 0.95])
    return Removed(data, number, tuple(map(float, before)), tuple(map(float, after)), share)  # type: ignore[arg-type]
