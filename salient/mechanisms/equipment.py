"""Equipment by generation, with repair and older reserves (mechanisms, section 12)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Mechanism, Parameter, Stock
from salient.numerics import Array, expm1, log, maximum, minimum, ones_like, power, stack

_CES = 0.8
_START = (0.45, 0.4, 0.15)
_FEW = 1e-6


def worth(w: Any, p: Any) -> Array:
    """Log of effective equipment, 0 at the start: (sum_g w_g E_g^r)^(1/r) with r 0.8."""
    weights = [g * share**_CES for g, share in zip((1.0, p.older, p.reserve), _START, strict=True)]
    kept = [maximum(w.vehicles[:, i] / share, 1e-6) for i, share in enumerate(_START)]
    now = sum(g * power(e, _CES) for g, e in zip(weights, kept, strict=True))
    start = sum(weights)
    return log(now / start) / _CES


def rule(w: Any, p: Any) -> dict[str, Array]:
    """power = omega log(effective equipment)."""
    return {"power": p.weight * worth(w, p)[:, None]}


def close(w: Any, p: Any) -> dict[str, Array]:
    """Losses by the side's hazard; part is repaired, part replaced by new deliveries and from older stores.

    D = min(rate, store / tau_store): what is drawn leaves the store and enters the oldest generation. What is
    repaired goes where vehicles are kept, and by the shares of the start where none are left.
    """
    hazard = w.setting.side_mean(w.hazard, w.strength + w.allied_soldiers) * p.hardness
    lost = -w.vehicles * expm1(-hazard)[:, None]
    mended = w.damaged * p.repair
    new = p.deliveries * (1.0 - w.missing_weapons)
    gap = maximum(1.0 - (w.vehicles[:, 0] + w.vehicles[:, 1] + w.vehicles[:, 2]), 0.0)
    drawn = minimum(gap * p.draw, 1.0) * w.store
    kept = w.vehicles - lost
    some = stack([share * _FEW + 0.0 * new for share in _START], axis=1)
    repaired = (
        mended[:, None] * (kept + some) / (kept[:, 0] + kept[:, 1] + kept[:, 2] + _FEW)[:, None]
    )
    added = stack([new, 0.0 * new, drawn], axis=1)
    return {
        "vehicles": kept + repaired + added,
        "damaged": w.damaged - mended + p.damage * (lost[:, 0] + lost[:, 1] + lost[:, 2]),
        "store": w.store - drawn,
    }


def _start(p: Any, setting: Any) -> Array:
    one = ones_like(p.hardness)
    return stack([share * one for share in _START], axis=1)


MECHANISMS = (
    Mechanism(
        slot="equipment",
        name="generations",
        title="Equipment by generation",
        rule=rule,
        close=close,
        reads=(
            "vehicles",
            "damaged",
            "store",
            "hazard",
            "strength",
            "allied_soldiers",
            "missing_weapons",
        ),
        writes=("power", "vehicles", "damaged", "store"),
        parameters=(
            Parameter(
                "weight",
                0.15,
                0.05,
                0.4,
                "1",
                "log power for each log of equipment",
                "assumption",
                "A",
            ),
            Parameter(
                "hardness",
                0.7,
                0.35,
                1.4,
                "1",
                "weekly loss of vehicles against that of soldiers",
                "assumption",
                "A",
                per=("side",),
            ),
            Parameter(
                "damage",
                0.3,
                0.15,
                0.5,
                "1",
                "share of hits that can be repaired",
                "assumption",
                "A",
                "fraction",
            ),
            Parameter(
                "repair",
                0.1,
                0.05,
                0.2,
                "1/week",
                "share of the damaged repaired in a week",
                "assumption",
                "A",
                "fraction",
            ),
            Parameter(
                "deliveries",
                0.006,
                0.003,
                0.012,
                "1/week",
                "new vehicles, of the start's holding",
                "assumption",
                "A",
                per=("side",),
            ),
            Parameter(
                "draw",
                0.05,
                0.02,
                0.12,
                "1/week",
                "share of a gap that older stores fill in a week",
                "ISW on restored tanks",
                "M",
            ),
            Parameter(
                "older",
                0.75,
                0.55,
                0.9,
                "1",
                "worth of the middle generation",
                "assumption",
                "A",
                "fraction",
            ),
            Parameter(
                "reserve",
                0.5,
                0.28,
                0.72,
                "1",
                "worth of the oldest generation",
                "assumption",
                "A",
                "fraction",
            ),
        ),
        stocks=(
            Stock(
                "vehicles",
                ("side", "generation"),
                "1",
                "vehicles by generation, 1 in all at the start",
                _start,
            ),
            Stock("damaged", ("side",), "1", "vehicles in repair", lambda p, s: 0.0 * p.hardness),
            Stock(
                "store",
                ("side",),
                "1",
                "older vehicles in store, 1 at the start",
                lambda p, s: ones_like(p.hardness),
            ),
        ),
        citation="Stock and flow by generation; constant elasticity of substitution",
    ),
)
