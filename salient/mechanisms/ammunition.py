"""Fires from stock, rationed when supply falls short (mechanisms, section 2)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, log, minimum, power, smooth_min

_MOST = 0.98


def rule(w: Any, p: Any) -> dict[str, Array]:
    """F = min(F_want, S / tau_reserve); effect (1 - drones) F^theta + drones, as a log on power and lethality.

    F is never more than 98 % of the stock and the week's inflow together, so the stock stays above 0.

    A cut in arrivals is felt only as the stock runs down, after about tau_reserve. Drones are mostly home-made, so
    their share does not follow the stock of shells.
    """
    want = w.setting.side_mean(w.pace_of_work, w.strength + w.allied_soldiers)
    fires = minimum(smooth_min(want, w.shells / p.reserve), _MOST * (w.shells + inflow(w)))
    effect = log((1.0 - p.drones) * power(fires, p.theta) + p.drones)[:, None]
    return {
        "fires": fires,
        "rationing": fires / want,
        "power": p.weight * effect,
        "lethality": effect,
    }


def close(w: Any, p: Any) -> dict[str, Array]:
    """S' = S + home share x output + what arrives from outside - F."""
    return {"shells": w.shells + inflow(w) - w.fires}


def inflow(w: Any) -> Array:
    """Home production and what arrives from outside, in weeks of normal fire."""
    return (1.0 - w.outside_weapons) * w.output + w.outside_weapons - w.missing_weapons


MECHANISMS = (
    Mechanism(
        slot="ammunition",
        name="stock",
        title="Fires from stock, with rationing",
        rule=rule,
        close=close,
        reads=(
            "shells",
            "pace_of_work",
            "strength",
            "allied_soldiers",
            "output",
            "outside_weapons",
            "missing_weapons",
            "fires",
        ),
        writes=("fires", "rationing", "power", "lethality", "shells"),
        parameters=(
            Parameter(
                "reserve",
                4,
                2,
                8,
                "weeks",
                "stock that a side wants to keep, in weeks of normal fire",
                "assumption",
                "A",
                per=("side",),
            ),
            Parameter("theta", 0.7, 0.4, 1.0, "1", "diminishing return of fire", "assumption", "A"),
            Parameter(
                "drones",
                0.55,
                0.3,
                0.75,
                "1",
                "share of the effect of fire that drones have",
                "Russian military medical survey, March 2025",
                "M",
                "fraction",
                ("side",),
            ),
            Parameter(
                "weight",
                0.8,
                0.4,
                1.4,
                "1",
                "log power for each log of effect of fire",
                "assumption",
                "A",
            ),
        ),
        stocks=(
            Stock(
                "shells",
                ("side",),
                "weeks of normal fire",
                "ammunition in stock",
                lambda p, s: p.reserve,
            ),
        ),
        signals=(
            Signal("fires", ("side",), "1", "fire, 1 at the reference state"),
            Signal("rationing", ("side",), "1", "fire against what is wanted, 1 unrationed"),
        ),
        citation="Stock and flow; theta and reserve assumed; shell ratios by speaker in the evidence",
    ),
)
