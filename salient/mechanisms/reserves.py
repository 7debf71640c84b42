"""Reserves that move between a side's sectors with delay (mechanisms, section 17), and to campaigns elsewhere."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Input, Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, exp, expm1, foe, maximum, minimum, tanh, zeros_like

_MOST_NEED = 2.0
_LEAST_LINE = 1e-6
_MOST_TAKEN = 0.25
"""Share of a sector's soldiers that one cause may take away in a week."""


def wanted(w: Any, p: Any) -> Array:
    """Share of a side's soldiers that each sector calls for: softmax(log reference + beta need), dims side, sector.

    need = log of the other side's power over the own one, saturated at 2. Where power is balanced everywhere, the
    shares are those of the scenario's reference strengths: what each side thought a sector worth. A sector that the
    line has left calls for nobody.
    """
    need = _MOST_NEED * tanh((foe(w.power) - w.power) / _MOST_NEED)
    pull = w.setting.reference * exp(p.beta * need) * maximum(w.line_left, _LEAST_LINE)
    return pull / w.setting.over_sectors(pull)[:, None]


def rule(w: Any, p: Any) -> dict[str, Array]:
    """Of those on the march, a share 1 - exp(-1 / delay) arrives in a week."""
    arrived = -w.marching * expm1(-1.0 / p.delay)
    return {"reserves_arrived": arrived, "strength_flow": arrived}


def close(w: Any, p: Any) -> dict[str, Array]:
    """Sectors with more than they call for give up some; the reserve sends them to where the need is.

    N' = N - release x (N + marching - wanted share of all)+ ;  reserve' = reserve + released - sent ;
    sent = send x reserve x wanted share. Soldiers who leave for a campaign elsewhere come from the reserve, and when
    that is empty from all sectors alike; those who return join the reserve, never more than went.
    """
    there = maximum(w.strength - w.casualties, 0.0)
    on_the_way = w.marching - w.reserves_arrived
    share = wanted(w, p)
    here = there + w.reserves_arrived + on_the_way
    excess = maximum(here - w.setting.over_sectors(here)[:, None] * share, 0.0)
    released = minimum(p.release * excess, _MOST_TAKEN * there)
    from_reserve = minimum(w.detached, w.reserve)
    short = minimum(
        (w.detached - from_reserve) / maximum(w.setting.over_sectors(there), 1.0), _MOST_TAKEN
    )
    from_sectors = there * short[:, None]
    back = minimum(w.returning, w.away)
    sent = (p.send * (w.reserve - from_reserve))[:, None] * share
    total = w.setting.over_sectors
    return {
        "strength_flow": -released - from_sectors,
        "marching": on_the_way + sent,
        "reserve": w.reserve - from_reserve - total(sent) + total(released) + back,
        "away": w.away + from_reserve + total(from_sectors) - back,
    }


MECHANISMS = (
    Mechanism(
        slot="reserves",
        name="by-need",
        title="Reserves that move by need",
        rule=rule,
        close=close,
        reads=(
            "marching",
            "reserves_arrived",
            "reserve",
            "away",
            "strength",
            "casualties",
            "power",
            "line_left",
            "detached",
            "returning",
        ),
        writes=("reserves_arrived", "strength_flow", "marching", "reserve", "away"),
        parameters=(
            Parameter(
                "beta",
                1.5,
                0.5,
                4.0,
                "1",
                "how strongly soldiers are drawn to where the balance of power is bad",
                "assumption",
                "A",
            ),
            Parameter(
                "start",
                0.08,
                0.03,
                0.2,
                "1",
                "reserve at the start over the reference strength of all sectors",
                "assumption: no public figure",
                "A",
                "fraction",
                ("side",),
            ),
            Parameter(
                "release",
                0.05,
                0.015,
                0.15,
                "1/week",
                "share of what a sector has beyond its call that goes to the reserve",
                "assumption",
                "A",
                "fraction",
            ),
            Parameter(
                "send",
                0.25,
                0.1,
                0.5,
                "1/week",
                "share of the reserve that is sent in a week",
                "assumption",
                "A",
                "fraction",
            ),
            Parameter(
                "delay",
                2.0,
                1.0,
                3.5,
                "weeks",
                "time on the march",
                "moves between sectors reported within one to three weeks",
                "A",
            ),
        ),
        stocks=(
            Stock(
                "reserve",
                ("side",),
                "soldiers",
                "soldiers in reserve behind all sectors",
                lambda p, s: p.start * s.over_sectors(s.reference),
            ),
            Stock(
                "marching",
                SIDE_SECTOR,
                "soldiers",
                "soldiers on the march to the sector",
                lambda p, s: zeros_like(s.reference + 0.0 * p.beta),
            ),
            Stock(
                "away",
                ("side",),
                "soldiers",
                "soldiers who left for a campaign elsewhere and have not returned",
                lambda p, s: zeros_like(p.start),
            ),
        ),
        signals=(
            Signal("reserves_arrived", SIDE_SECTOR, "soldiers/week", "reserves that arrive", 0.0),
        ),
        inputs=(
            Input("detached", ("side",), "soldiers/week", "soldiers who leave for elsewhere", 0.0),
            Input("returning", ("side",), "soldiers/week", "soldiers who come back", 0.0),
        ),
        citation="Own form: a softmax of need with delay, no optimiser",
    ),
)
