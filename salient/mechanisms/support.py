"""Support pipeline: what a supporter allocates arrives later (mechanisms, section 13)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Input, Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, exp, maximum, minimum, ones_like, stack

STAGES = 3
KINDS = ("weapons", "training", "intelligence", "finance")
_MOST = 0.95
_SHORTEST_DELAY = 0.05


def moved(p: Any) -> Array:
    """Share of a stage that moves on in a week, for a mean delay of three stages."""
    return 1.0 - exp(-STAGES / maximum(p.delay, _SHORTEST_DELAY))


def rule(w: Any, p: Any) -> dict[str, Array]:
    """Erlang-3 transit: a halt stops new allocations and what is on the way; nothing on the way is lost.

    Intelligence acts at once, weapons, training and money after the delay. For each kind, what is missing is the sum
    over supporters of share x (1 - arrivals), where the outside shares of a side add up to at most 95 %.
    """
    flowing = w.support_level * w.will
    arrivals = w.transit[:, STAGES - 1] * moved(p) * flowing
    missing = {
        f"missing_{kind}": _scaled(w.setting, p, kind, 1.0 - (flowing if kind == "intelligence" else arrivals))
        for kind in KINDS
    }
    outside = _scaled(w.setting, p, "weapons", ones_like(arrivals))
    return {"flowing": flowing, "arrivals": arrivals, "outside_weapons": outside, **missing}


def _scaled(setting: Any, p: Any, kind: str, amount: Array) -> Array:
    """Sum over a side's flows of one kind of share x amount, the shares held to `_MOST` together."""
    together = setting.by_side(kind, p.share)
    return setting.by_side(kind, p.share * amount) * minimum(1.0, _MOST / maximum(together, 1e-9))


def close(w: Any, p: Any) -> dict[str, Array]:
    """Each stage passes its share to the next; the first is filled by this week's allocation."""
    out = w.transit * (moved(p) * w.flowing)[:, None]
    inflow = stack([w.flowing, out[:, 0], out[:, 1]], axis=1)
    return {"transit": w.transit + inflow - out}


def _normal_transit(p: Any, setting: Any) -> Array:
    content = 1.0 / moved(p)
    return stack([content] * STAGES, axis=1)


MECHANISMS = (
    Mechanism(
        slot="support",
        name="pipeline",
        title="Support pipeline",
        rule=rule,
        close=close,
        reads=("support_level", "will", "transit", "flowing"),
        writes=("flowing", "arrivals", "outside_weapons", *(f"missing_{kind}" for kind in KINDS), "transit"),
        parameters=(
            Parameter("delay", 4, 1, 10, "weeks", "mean time from allocation to arrival", "Kiel Institute on commitments and allocations", "A", per=("flow",), key="supporters.{supporter}.flows.{flow}.delay"),
            Parameter("share", 0.3, 0.1, 0.6, "1", "share of a side's normal supply of this kind", "scenario", "M", "fraction", ("flow",), key="supporters.{supporter}.flows.{flow}.share"),
        ),
        stocks=(Stock("transit", ("flow", "stage"), "weeks of normal flow", "support on its way", _normal_transit),),
        signals=(
            Signal("flowing", ("flow",), "1", "support that acts at once, 1 normal"),
            Signal("arrivals", ("flow",), "1", "support that arrives this week, 1 normal"),
            Signal("outside_weapons", ("side",), "1", "share of normal weapons supply that comes from outside", 0.0),
            *(Signal(f"missing_{kind}", ("side",), "1", f"share of normal {kind} that is missing", 0.0) for kind in KINDS),
        ),
        inputs=(Input("support_level", ("flow",), "1", "announced level of support, 1 normal", 1.0),),
        citation="Erlang-3 delay; delays after the Kiel Institute's Ukraine Support Tracker",
    ),
)
