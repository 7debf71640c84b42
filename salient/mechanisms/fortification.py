"""Works that are built, worn by fire and lost with the ground (mechanisms, section 8)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, exp, foe, maximum


def rule(w: Any, p: Any) -> dict[str, Array]:
    """power += beta_f (f - f_ref); exposure falls with cover."""
    extra = w.works - w.setting.reference_works
    return {"power": p.weight * extra, "exposure": -p.cover * extra, "dug_in": w.works}


def close(w: Any, p: Any) -> dict[str, Array]:
    """f' = f + build (1 - f) - wear F_enemy f - f x share of the ground lost."""
    built = (1.0 - exp(-p.build * (1.0 + p.local * w.stance))) * (1.0 - w.works)
    worn = p.wear * foe(w.fires)[:, None] * w.works
    lost = w.setting.to_holder(maximum(1.0 - w.area_next / maximum(w.area, 1.0), 0.0))
    return {"works": maximum(w.works + built - worn - p.lost * lost * w.works, 0.0)}


MECHANISMS = (
    Mechanism(
        slot="fortification",
        name="works",
        title="Fortification, built and worn",
        rule=rule,
        close=close,
        reads=("works", "stance", "fires", "area", "area_next"),
        writes=("power", "exposure", "dug_in", "works"),
        parameters=(
            Parameter(
                "weight",
                0.5,
                0.2,
                1.0,
                "1",
                "log power of complete works",
                "QJM 1.6 for fortified",
                "M",
            ),
            Parameter(
                "cover",
                0.4,
                0.15,
                0.8,
                "1",
                "log exposure that complete works save",
                "assumption",
                "A",
            ),
            Parameter(
                "build",
                0.05,
                0.027,
                0.087,
                "1/week",
                "rate of building; half-life 8 to 26 weeks",
                "assumption",
                "A",
            ),
            Parameter(
                "local",
                1.0,
                0.4,
                2.0,
                "1",
                "extra rate of building in local defence",
                "assumption",
                "A",
            ),
            Parameter(
                "wear", 0.02, 0.008, 0.05, "1/week", "wear by normal enemy fire", "assumption", "A"
            ),
            Parameter(
                "lost",
                0.8,
                0.4,
                0.95,
                "1",
                "works lost with the ground",
                "lost at once with the ground",
                "A",
                "fraction",
            ),
            Parameter(
                "start",
                0.2,
                0.05,
                0.4,
                "1",
                "works at the start",
                "scenario",
                "A",
                "fraction",
                SIDE_SECTOR,
                key="sectors.{sector}.forces.{side}.fortification",
            ),
        ),
        stocks=(
            Stock(
                "works",
                SIDE_SECTOR,
                "1",
                "fortification, 1 all that could be built",
                lambda p, s: p.start,
            ),
        ),
        signals=(Signal("dug_in", SIDE_SECTOR, "1", "fortification this week", 0.0),),
        citation="Build and wear: assumption; sizes after Dupuy's QJM",
    ),
)
