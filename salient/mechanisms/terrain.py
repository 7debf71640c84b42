"""Terrain, home ground and force to space (mechanisms, section 8)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Mechanism, Parameter
from salient.numerics import Array, expm1, log, maximum


def holding(w: Any, p: Any) -> Array:
    """How well the holder fills its line: 1 - exp(-density / density_0), over its value at the reference state.

    The line is `bulge` x the square root of the held area; dims sector, draws.
    """
    line = p.bulge * maximum(w.area, 4.0) ** 0.5
    soldiers = w.setting.of_holder(w.strength + w.allied_soldiers)
    now = -expm1(-soldiers / line / p.dense)
    reference_line = p.bulge * w.setting.reference_area**0.5
    reference = -expm1(-w.setting.of_holder(w.setting.reference) / reference_line / p.dense)
    return log(maximum(now, 1e-3) / reference)


def rule(w: Any, p: Any) -> dict[str, Array]:
    """The holder, who resists, gains beta_g x terrain + log holding; a line that is too thin breaks more easily."""
    held = holding(w, p)
    gain = p.weight * w.setting.terrain + p.thin * held
    return {
        "power": w.setting.to_holder(gain),
        "exposure": w.setting.to_holder(-p.cover * w.setting.terrain + 0.0 * held),
        "break_hazard": w.setting.to_holder(-p.collapse * held),
    }


MECHANISMS = (
    Mechanism(
        slot="terrain",
        name="home-ground",
        title="Terrain, home ground and force to space",
        rule=rule,
        reads=("area", "strength", "allied_soldiers"),
        writes=("power", "exposure", "break_hazard"),
        parameters=(
            Parameter(
                "weight",
                0.4,
                0.2,
                0.8,
                "1",
                "log power of the most rugged ground to who knows it",
                "QJM terrain factors",
                "M",
            ),
            Parameter(
                "cover",
                0.3,
                0.1,
                0.6,
                "1",
                "log exposure that such ground saves",
                "QJM terrain factors",
                "M",
            ),
            Parameter(
                "bulge",
                3.5,
                2.5,
                5.0,
                "1",
                "length of the line over the root of the held area",
                "geometry of the salient",
                "A",
            ),
            Parameter(
                "dense",
                120,
                50,
                300,
                "soldiers/km",
                "density at which a line is well held",
                "Lawrence on force to space, 2023",
                "A",
            ),
            Parameter(
                "thin", 0.7, 0.3, 1.2, "1", "log power for each log of holding", "assumption", "A"
            ),
            Parameter(
                "collapse",
                1.5,
                0.7,
                3.0,
                "1",
                "logit of a collapse for each log of holding that is missing",
                "prototype",
                "A",
            ),
        ),
        citation="Dupuy's QJM factors as priors; force to space after Lawrence 2023 and Biddle 2004",
    ),
)
