"""Support pipeline: what a supporter allocates arrives later (mechanisms, section 13)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Input, Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, exp, maximum, minimum, ones_like, stack

STAGES = 3
KINDS = ("weapons", "training", "intelligence", "finance")
_MOST = 0.95
_SHORTEST_DELAY = 0.05


def stage(p: Any) -> Array:
    """Mean weeks in each of the three stages, which is also what a normal flow keeps in each."""
    return maximum(p.delay, _SHORTEST_DELAY) / STAGES


def moved(transit: Array, flowing: Array, p: Any) -> tuple[Array, Array]:
    """What is on its way after a week, dims flow, stage, draws, and what has arrived in it.

    Exact for a flow that is even within the week: of what is in a stage, a share Poisson(j; lambda) moves on by j
    stages, lambda = flowing / stage. A halt, lambda 0, keeps everything where it is.
    """
    full = stage(p)
    steps = flowing / full
    none = exp(-steps)
    one, two = none * steps, 0.5 * none * steps**2
    a, b, c = transit[:, 0], transit[:, 1], transit[:, 2]
    after = [
        a * none + full * (1.0 - none),
        b * none + a * one + full * (1.0 - none - one),
        c * none + b * one + a * two + full * (1.0 - none - one - two),
    ]
    return stack(after, axis=1), a + b + c + flowing - (after[0] + after[1] + after[2])


def rule(w: Any, p: Any) -> dict[str, Array]:
    """Erlang-3 transit: a halt stops new allocations and what is on the way; nothing on the way is lost.

    Intelligence acts at once, weapons, training and money after the delay. For each kind, what is missing is the sum
    over supporters of share x (1 - arrivals), where the outside shares of a side add up to at most 95 %.
    """
    flowing = w.support_level * w.will
    _, arrivals = moved(w.transit, flowing, p)
    missing = {
        f"missing_{kind}": _scaled(
            w.setting, p, kind, 1.0 - (flowing if kind == "intelligence" else arrivals)
        )
        for kind in KINDS
    }
    outside = _scaled(w.setting, p, "weapons", ones_like(arrivals))
    return {"flowing": flowing, "arrivals": arrivals, "outside_weapons": outside, **missing}


def _scaled(setting: Any, p: Any, kind: str, amount: Array) -> Array:
    """Sum over a side's flows of one kind of share x amount, the shares held to `_MOST` together."""
    together = setting.by_side(kind, p.share)
    return setting.by_side(kind, p.share * amount) * minimum(1.0, _MOST / maximum(together, 1e-9))


def close(w: Any, p: Any) -> dict[str, Array]:
    """What has not arrived is still on its way."""
    transit, _ = moved(w.transit, w.flowing, p)
    return {"transit": transit}


def _normal_transit(p: Any, setting: Any) -> Array:
    return stack([stage(p)] * STAGES, axis=1)


MECHANISMS = (
    Mechanism(
        slot="support",
        name="pipeline",
        title="Support pipeline",
        rule=rule,
        close=close,
        reads=("support_level", "will", "transit", "flowing"),
        writes=(
            "flowing",
            "arrivals",
            "outside_weapons",
            *(f"missing_{kind}" for kind in KINDS),
            "transit",
        ),
        parameters=(
            Parameter(
                "delay",
                4,
                1,
                10,
                "weeks",
                "mean time from allocation to arrival",
                "Kiel Institute on commitments and allocations",
                "A",
                per=("flow",),
                key="supporters.{supporter}.flows.{flow}.delay",
            ),
            Parameter(
                "share",
                0.3,
                0.1,
                0.6,
                "1",
                "share of a side's normal supply of this kind",
                "scenario",
                "M",
                "fraction",
                ("flow",),
                key="supporters.{supporter}.flows.{flow}.share",
            ),
        ),
        stocks=(
            Stock(
                "transit",
                ("flow", "stage"),
                "weeks of normal flow",
                "support on its way",
                _normal_transit,
            ),
        ),
        signals=(
            Signal("flowing", ("flow",), "1", "support that acts at once, 1 normal"),
            Signal("arrivals", ("flow",), "1", "support that arrives this week, 1 normal"),
            Signal(
                "outside_weapons",
                ("side",),
                "1",
                "share of normal weapons supply that comes from outside",
                0.0,
            ),
            *(
                Signal(
                    f"missing_{kind}",
                    ("side",),
                    "1",
                    f"share of normal {kind} that is missing",
                    0.0,
                )
                for kind in KINDS
            ),
        ),
        inputs=(
            Input("support_level", ("flow",), "1", "announced level of support, 1 normal", 1.0),
        ),
        citation="Erlang-3 delay; delays after the Kiel Institute's Ukraine Support Tracker",
    ),
)
