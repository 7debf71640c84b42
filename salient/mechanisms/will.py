"""Will: how long supporters keep up their support (mechanisms, section 16)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import Input, Mechanism, Noise, Parameter, Signal, Stock
from salient.numerics import Array, exp, maximum, minimum, where, zeros_like

FULL, REDUCED, HALTED = 0.0, 1.0, 2.0


def level_of(state: Array) -> Array:
    """Share of normal support in a regime: full 1, reduced 0.5, halted 0."""
    return 1.0 - 0.5 * state


def state_of(level: Array) -> Array:
    """The regime that a level of support looks like: above 0.75 full, above 0.25 reduced, else halted."""
    return where(level > 0.75, FULL, where(level > 0.25, REDUCED, HALTED))


def rule(w: Any, p: Any) -> dict[str, Array]:
    """After the as-of date each supporter moves between full, reduced and halted support.

    P(leave regime z in a week) = 1 - exp(-1 / sojourn_z), shorter for a full regime by exp(-burden x years of it);
    a supporter leaves `full` for `reduced`, `halted` for `reduced`, and `reduced` for either with equal chance.
    Before it, and in branches that fix a flow, the regime follows the announced level and acts through it alone.
    """
    state, u = w.will_state, w.will_noise
    years = w.will_weeks / 52.0
    sojourn = where(
        state == FULL,
        p.full * exp(-p.burden * years),
        where(state == REDUCED, p.reduced, p.halted),
    )
    leave = u < 1.0 - exp(-1.0 / sojourn)
    up = u < 0.5 * (1.0 - exp(-1.0 / p.reduced))
    moved = where(state == REDUCED, where(up, FULL, HALTED), REDUCED)
    free = w.setting.supporter_of_flow(w.free_flow)
    announced = state_of(w.setting.supporter_of_flow(w.support_level))
    now = where(free > 0.0, where(leave, moved, state), announced)
    factor = where(w.free_flow > 0.0, w.setting.flow_of_supporter(level_of(now)), 1.0)
    return {"will": factor, "will_now": now}


def close(w: Any, p: Any) -> dict[str, Array]:
    """Keep the regime, and count the weeks of support that burden the supporter."""
    weeks = w.will_weeks + level_of(w.will_now)
    return {"will_state": w.will_now, "will_weeks": minimum(maximum(weeks, 0.0), 520.0)}


MECHANISMS = (
    Mechanism(
        slot="will",
        name="regimes",
        title="Will of supporters",
        rule=rule,
        close=close,
        reads=("will_state", "will_weeks", "will_noise", "will_now", "free_flow", "support_level"),
        writes=("will", "will_now", "will_state", "will_weeks"),
        parameters=(
            Parameter(
                "full",
                60,
                20,
                180,
                "weeks",
                "time that full support lasts",
                "few regime changes since 2022",
                "A",
                per=("supporter",),
                key="supporters.{supporter}.will.full",
            ),
            Parameter(
                "reduced",
                20,
                7,
                60,
                "weeks",
                "time that reduced support lasts",
                "few regime changes since 2022",
                "A",
                per=("supporter",),
                key="supporters.{supporter}.will.reduced",
            ),
            Parameter(
                "halted",
                6,
                2,
                18,
                "weeks",
                "time that a halt lasts",
                "few regime changes since 2022",
                "A",
                per=("supporter",),
                key="supporters.{supporter}.will.halted",
            ),
            Parameter(
                "burden",
                0.1,
                0.02,
                0.5,
                "1",
                "shortening of full support per year of it",
                "assumption",
                "A",
            ),
        ),
        stocks=(
            Stock(
                "will_state",
                ("supporter",),
                "1",
                "support regime: 0 full, 1 reduced, 2 halted",
                lambda p, s: zeros_like(p.full),
            ),
            Stock(
                "will_weeks",
                ("supporter",),
                "weeks",
                "weeks of full support that burden the supporter",
                lambda p, s: zeros_like(p.full),
            ),
        ),
        signals=(
            Signal(
                "will",
                ("flow",),
                "1",
                "share of announced support that the supporter's will lets flow",
            ),
            Signal("will_now", ("supporter",), "1", "support regime this week", 0.0),
        ),
        inputs=(
            Input(
                "free_flow",
                ("flow",),
                "1",
                "1 where the supporter's own chances decide, after the as-of date",
                0.0,
            ),
            Input("support_level", ("flow",), "1", "announced level of support, 1 normal", 1.0),
        ),
        noise=(Noise("will_noise", ("supporter",), "uniform"),),
        citation="Markov regimes with sojourn times; own assumption. Burden: Mueller 1973 in spirit",
    ),
)
