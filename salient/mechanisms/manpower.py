"""Manpower: losses, replacements of a certain quality, and the return of wounded (mechanisms, section 11)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Input, Mechanism, Parameter, Stock
from salient.numerics import Array, exp, log, maximum, minimum, ones_like, zeros_like


def rule(w: Any, p: Any) -> dict[str, Array]:
    """power = m log((N Q + allied) / N_ref); numbers count with a small exponent, quality in full."""
    effective = w.strength * w.quality + w.allied
    return {"power": p.weight * log(maximum(effective, 1.0) / w.setting.reference)}


def reserves(w: Any, p: Any) -> dict[str, Array]:
    """dN/dt = P(t): nobody is replaced, healed or trained."""
    return {"strength_flow": w.reinforcement * w.setting.step_weeks}


def arrivals(w: Any, p: Any) -> Array:
    """Soldiers who join: a steady draft towards the wanted strength, announced reserves and returning wounded."""
    short = maximum(1.0 - w.strength / w.setting.reference, 0.0)
    draft = (p.draft[:, None] + p.refill * short) * w.setting.reference
    return draft + w.reinforcement + healed(w, p)


def healed(w: Any, p: Any) -> Array:
    """Wounded who return in a week, never more than there are."""
    return w.wounded * minimum(1.0 / p.healing, 1.0)


def close(w: Any, p: Any) -> dict[str, Array]:
    """Q is the mean over soldiers: survivors learn, replacements dilute with what training gives them.

    Q_new = Q_min + (1 - Q_min)(1 - exp(-weeks x training / tau_q)).
    """
    joined = arrivals(w, p)
    stayed = maximum(w.strength - w.casualties, 1.0)
    learnt = w.quality + p.learning * (p.best - w.quality)
    training = maximum(w.training, 0.05)[:, None]
    fresh = p.raw + (1.0 - p.raw) * (1.0 - exp(-p.weeks * training / p.tau))
    hurt = minimum(p.returning * w.casualties, w.casualties - w.killed)
    return {
        "strength_flow": joined,
        "quality": (stayed * learnt + joined * fresh) / (stayed + joined),
        "wounded": w.wounded + hurt - healed(w, p),
    }


MECHANISMS = (
    Mechanism(
        slot="manpower",
        name="replacement",
        title="Manpower, training and wounded",
        rule=rule,
        close=close,
        reads=(
            "strength",
            "quality",
            "allied",
            "reinforcement",
            "wounded",
            "casualties",
            "killed",
            "training",
        ),
        writes=("power", "strength_flow", "quality", "wounded"),
        parameters=(
            Parameter(
                "weight",
                0.3,
                0.08,
                0.8,
                "1",
                "log power for each log of strength",
                "battle record: numbers count less than linearly",
                "M",
            ),
            Parameter(
                "draft",
                0.012,
                0.006,
                0.025,
                "1/week",
                "replacements as a share of wanted strength",
                "recruitment figures of both sides",
                "A",
                per=("side",),
            ),
            Parameter(
                "refill",
                0.03,
                0.01,
                0.08,
                "1/week",
                "share of a shortage that is made good in a week",
                "assumption",
                "A",
            ),
            Parameter(
                "returning",
                0.4,
                0.25,
                0.6,
                "1",
                "share of casualties who return",
                "killed to wounded 1:3, half of wounded return",
                "M",
                "fraction",
            ),
            Parameter("healing", 12, 6, 26, "weeks", "time until they return", "assumption", "A"),
            Parameter(
                "raw",
                0.4,
                0.25,
                0.6,
                "1",
                "worth of an untrained replacement",
                "trainers' testimony",
                "A",
                "fraction",
            ),
            Parameter(
                "weeks", 6, 3, 10, "weeks", "training of a replacement", "UK and EU courses", "M"
            ),
            Parameter(
                "tau", 6, 3, 12, "weeks", "time in which training takes hold", "assumption", "A"
            ),
            Parameter(
                "learning",
                0.05,
                0.02,
                0.12,
                "1/week",
                "rate of learning in the line",
                "assumption",
                "A",
                "fraction",
            ),
            Parameter(
                "best", 1.1, 1.0, 1.25, "1", "worth of experienced soldiers", "assumption", "A"
            ),
        ),
        stocks=(
            Stock(
                "quality",
                SIDE_SECTOR,
                "1",
                "worth of a soldier, 1 at the start",
                lambda p, s: ones_like(s.reference + 0.0 * p.weight),
            ),
            Stock(
                "wounded",
                SIDE_SECTOR,
                "soldiers",
                "wounded who will return",
                lambda p, s: zeros_like(s.reference + 0.0 * p.weight),
            ),
        ),
        inputs=(Input("reinforcement", SIDE_SECTOR, "soldiers/week", "reserves that arrive", 0.0),),
        citation="Stock and flow; training weeks from the UK and EU missions",
    ),
    Mechanism(
        slot="manpower",
        name="arrivals",
        title="Reserves that arrive, and nothing else",
        rule=reserves,
        reads=("reinforcement",),
        writes=("strength_flow",),
        inputs=(Input("reinforcement", SIDE_SECTOR, "soldiers/week", "reserves that arrive", 0.0),),
        citation="P(t) of Engel 1954",
        any_step=True,
    ),
)
