"""Fortified belts behind the line: strong once the line has come to them, lost when it has passed (section 8)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, exp, expit, foe, zeros_like


def engaged(w: Any, p: Any) -> Array:
    """How far the line stands in each belt, 0 to 1: exp(-(gap / width)^2 / 2), gap = retreat - depth, dims belt."""
    return exp(-0.5 * ((w.setting.retreat_of_belts(w.area) - p.depth) / p.width) ** 2)


def rule(w: Any, p: Any) -> dict[str, Array]:
    """power += weight x works x standing x engaged for the side whose belt it is, where the line stands in it."""
    held = w.setting.of_belts(p.works * w.standing * engaged(w, p))
    return {"belt": held, "power": p.weight * held, "exposure": -p.cover * held}


def close(w: Any, p: Any) -> dict[str, Array]:
    """standing' = standing x exp(-wear x enemy fire x engaged) x (1 - passed).

    passed = logit^-1((retreat - depth - 2 width) / (width / 4)): a belt that the enemy has passed does not come back.
    """
    beyond = w.setting.retreat_of_belts(w.area) - p.depth - 2.0 * p.width
    kept = expit(-4.0 * beyond / p.width)
    shelled = w.setting.side_of_belts(foe(w.fires))
    return {"standing": w.standing * exp(-p.wear * shelled * engaged(w, p)) * kept}


MECHANISMS = (
    Mechanism(
        slot="belts",
        name="depth",
        title="Fortified belts behind the line",
        rule=rule,
        close=close,
        reads=("area", "standing", "fires"),
        writes=("belt", "power", "exposure", "standing"),
        parameters=(
            Parameter(
                "depth",
                15,
                6,
                35,
                "km",
                "depth of the belt behind the line at the start",
                "scenario",
                "A",
                per=("belt",),
                key="belts.{belt}.depth",
            ),
            Parameter(
                "works",
                0.6,
                0.3,
                0.9,
                "1",
                "works of the belt, 1 all that could be built",
                "scenario",
                "A",
                "fraction",
                ("belt",),
                key="belts.{belt}.works",
            ),
            Parameter(
                "width",
                4.0,
                2.0,
                8.0,
                "km",
                "half the depth over which a belt holds",
                "assumption: two to three lines some km apart",
                "A",
            ),
            Parameter(
                "weight",
                0.6,
                0.2,
                1.2,
                "1",
                "log power of a complete belt where the line stands in it",
                "QJM 1.6 for fortified",
                "M",
            ),
            Parameter(
                "cover",
                0.4,
                0.15,
                0.8,
                "1",
                "log exposure that such a belt saves",
                "assumption, as for works",
                "A",
            ),
            Parameter(
                "wear",
                0.015,
                0.005,
                0.04,
                "1/week",
                "wear of a belt by normal enemy fire",
                "assumption",
                "A",
            ),
        ),
        stocks=(
            Stock(
                "standing",
                ("belt",),
                "1",
                "share of a belt that stands",
                lambda p, s: 1.0 + zeros_like(p.works),
            ),
        ),
        signals=(
            Signal("belt", ("side", "sector"), "1", "works of belts in which the line stands", 0.0),
        ),
        citation="Own form on Dupuy's QJM factor for fortified defence; width and wear assumed",
    ),
)
