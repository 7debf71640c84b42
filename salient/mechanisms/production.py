"""Production at home, under sanctions and with outside money (mechanisms, section 15)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Input, Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, exp, maximum, ones_like


def bite(p: Any) -> Array:
    """Share of output that sanctions at their present level take, once evasion has grown."""
    return p.sanction_loss * (1.0 - p.evasion)


def rule(w: Any, p: Any) -> dict[str, Array]:
    """output = K (1 - s) / (1 - s_ref) x (1 - finance share that is missing).

    s = sanction level x lasting loss; level 1 is the regime in force at the start, which the reference includes.
    """
    sanctioned = (1.0 - bite(p) * w.sanctions) / (1.0 - bite(p))
    return {
        "output": w.capacity
        * maximum(sanctioned, 0.01)
        * (1.0 - p.finance_effect * w.missing_finance)
    }


def close(w: Any, p: Any) -> dict[str, Array]:
    """Capacity grows towards its limit: K' = g K (1 - K / K_max)."""
    growth = p.growth / 52.0 * (1.0 - w.capacity / p.ceiling)
    return {"capacity": w.capacity * exp(growth)}


MECHANISMS = (
    Mechanism(
        slot="production",
        name="sanctions",
        title="Production under sanctions",
        rule=rule,
        close=close,
        reads=("sanctions", "missing_finance", "capacity"),
        writes=("output", "capacity"),
        parameters=(
            Parameter(
                "sanction_loss",
                0.1,
                0.04,
                0.3,
                "1",
                "output of shells and steel lost to sanctions before evasion",
                "most studies: a slow drag, not a stop",
                "C",
                "fraction",
                ("side",),
            ),
            Parameter(
                "evasion",
                0.7,
                0.4,
                0.9,
                "1",
                "share of that loss won back by evasion",
                "assumption",
                "C",
                "fraction",
                ("side",),
            ),
            Parameter(
                "growth",
                0.25,
                0.05,
                0.8,
                "1/year",
                "growth of arms output",
                "reported shell output 2022-24",
                "M",
                per=("side",),
            ),
            Parameter(
                "ceiling",
                1.6,
                1.15,
                2.4,
                "1",
                "limit of arms output, 1 at the start",
                "assumption",
                "A",
                per=("side",),
            ),
            Parameter(
                "finance_effect",
                0.3,
                0.1,
                0.6,
                "1",
                "output lost when outside finance stops",
                "assumption",
                "A",
                "fraction",
                ("side",),
            ),
        ),
        stocks=(
            Stock(
                "capacity",
                ("side",),
                "1",
                "arms output at home, 1 at the start",
                lambda p, s: ones_like(p.growth),
            ),
        ),
        signals=(Signal("output", ("side",), "1", "arms output at home, 1 at the start"),),
        inputs=(Input("sanctions", ("side",), "1", "level of sanctions, 1 as at the start", 1.0),),
        citation="Logistic growth of capacity; sanctions as a slow drag with evasion",
    ),
)
