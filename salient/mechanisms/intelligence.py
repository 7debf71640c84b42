"""Intelligence as the aimed share of fire (mechanisms, section 3)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, exp, log, ones_like


def effect(aimed: Array, spread: Array) -> Array:
    """Hits per round relative to fully aimed fire: e = mu + (1 - mu) rho (generalised Deitchman)."""
    return aimed + (1.0 - aimed) * spread


def rule(w: Any, p: Any) -> dict[str, Array]:
    """mu = mu_own + (1 - mu_own) gain g; g follows the outside flow, with memory tau, averaged over the week.

    Acts through log(e / e at full flow) on lethality and power: exactly 0 while the flow is full.
    """
    g = 0.5 * (w.picture + relaxed(w, p))
    missing = 1.0 - g
    full = p.own + (1.0 - p.own) * p.gain
    aimed = full - (1.0 - p.own) * p.gain * missing
    change = log(effect(aimed, p.spread) / effect(full, p.spread))[:, None]
    return {"power": p.weight * change, "lethality": change, "sight": g}


def relaxed(w: Any, p: Any) -> Array:
    """The picture at the end of the week: it decays towards what still flows."""
    target = 1.0 - w.missing_intelligence
    return target + (w.picture - target) * exp(-1.0 / p.memory)


def close(w: Any, p: Any) -> dict[str, Array]:
    """Carry the picture into next week."""
    return {"picture": relaxed(w, p)}


MECHANISMS = (
    Mechanism(
        slot="intelligence",
        name="aimed-share",
        title="Intelligence as aimed share of fire",
        rule=rule,
        close=close,
        reads=("picture", "missing_intelligence"),
        writes=("power", "lethality", "sight", "picture"),
        parameters=(
            Parameter(
                "own",
                0.45,
                0.2,
                0.7,
                "1",
                "aimed share of fire without outside intelligence",
                "no published estimate",
                "C",
                "fraction",
                ("side",),
            ),
            Parameter(
                "gain",
                0.36,
                0.12,
                0.68,
                "1",
                "part of the rest that outside intelligence aims",
                "no published estimate",
                "C",
                "fraction",
                ("side",),
            ),
            Parameter(
                "spread",
                0.2,
                0.1,
                0.35,
                "1",
                "effect of unaimed fire against aimed",
                "Kress and Szechtman 2009 (form)",
                "A",
                "fraction",
                ("side",),
            ),
            Parameter(
                "memory",
                1.0,
                0.3,
                3.0,
                "weeks",
                "time in which an unfed picture ages",
                "assumption",
                "A",
                per=("side",),
            ),
            Parameter(
                "weight",
                0.7,
                0.4,
                1.0,
                "1",
                "effect on power for each log of effect of fire",
                "assumption",
                "A",
            ),
        ),
        stocks=(
            Stock(
                "picture",
                ("side",),
                "1",
                "outside intelligence still valid, 1 full",
                lambda p, s: ones_like(p.own),
            ),
        ),
        signals=(
            Signal(
                "sight", ("side",), "1", "outside intelligence still valid over the week, 1 full"
            ),
        ),
        citation="Kress and Szechtman 2009, Operations Research 57; Kress and MacKay 2014, OR Letters 42",
    ),
)
