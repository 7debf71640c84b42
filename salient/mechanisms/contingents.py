"""Allied troops: pooled with the side's own before their power is taken (mechanisms, section 14)."""

from __future__ import annotations

from typing import Any

from salient.mechanisms.base import SIDE_SECTOR, Input, Mechanism, Parameter, Signal, Stock
from salient.numerics import Array, exp, expm1, maximum, minimum, zeros_like


def rule(w: Any, p: Any) -> dict[str, Array]:
    """allied = present x C x Q (1 - c0 exp(-t / tau_c)), Q the mean over tasks by the terrain's mix of them.

    Pooled as soldiers: N + allied enters any power of strength together, so splitting a force changes nothing.
    """
    coordination = 1.0 - p.friction * exp(-w.weeks_in_line / p.settling)
    quality = w.setting.by_task(p.assault, p.hold, p.irregular, p.technical) * w.skill
    present = minimum(w.presence, 1.0) * w.troops
    return {
        "allied": w.setting.to_sectors(present * quality * coordination),
        "allied_soldiers": w.setting.to_sectors(present),
        "in_line": present,
    }


def close(w: Any, p: Any) -> dict[str, Array]:
    """Losses follow the side's hazard, higher when assaulting in mass; survivors learn while in the line."""
    hazard = w.setting.of_contingent(w.hazard) * p.mass
    lost = -w.in_line * expm1(-hazard)
    skill = w.skill + p.learning * w.presence * (p.best - w.skill)
    return {
        "troops": maximum(w.troops - lost, 0.0) + w.arriving,
        "troops_lost": w.troops_lost + lost,
        "skill": skill,
        "weeks_in_line": w.weeks_in_line + w.presence * minimum(w.in_line, 1.0),
    }


_TASKS = {
    "assault": "in assaults",
    "hold": "holding ground",
    "irregular": "in irregular fighting",
    "technical": "in technical tasks",
}

MECHANISMS = (
    Mechanism(
        slot="contingents",
        name="pooled",
        title="Allied contingents",
        rule=rule,
        close=close,
        reads=(
            "weeks_in_line",
            "skill",
            "troops",
            "troops_lost",
            "presence",
            "arriving",
            "hazard",
            "in_line",
        ),
        writes=(
            "allied",
            "allied_soldiers",
            "in_line",
            "troops",
            "troops_lost",
            "skill",
            "weeks_in_line",
        ),
        parameters=(
            *(
                Parameter(
                    task,
                    0.8,
                    0.4,
                    1.3,
                    "1",
                    f"worth of a contingent soldier {words}, 1 the side's own",
                    "contested",
                    "C",
                    per=("contingent",),
                    key=f"contingents.{{contingent}}.quality.{task}",
                )
                for task, words in _TASKS.items()
            ),
            Parameter(
                "mass",
                2.2,
                1.2,
                4.0,
                "1",
                "exposure of the contingent against the side's own",
                "UK Defence Intelligence: dismounted assaults in mass",
                "M",
                per=("contingent",),
            ),
            Parameter(
                "friction",
                0.3,
                0.05,
                0.6,
                "1",
                "worth lost at first to language and command",
                "UK Defence Intelligence: trouble coordinating",
                "A",
                "fraction",
            ),
            Parameter(
                "settling", 8, 4, 16, "weeks", "time in which that passes", "assumption", "A"
            ),
            Parameter(
                "learning",
                0.08,
                0.03,
                0.2,
                "1/week",
                "rate of learning in the line",
                "assumption",
                "A",
                "fraction",
            ),
            Parameter(
                "best",
                1.3,
                1.05,
                1.6,
                "1",
                "worth after learning, against the start",
                "assumption",
                "A",
            ),
        ),
        stocks=(
            Stock(
                "troops",
                ("contingent",),
                "soldiers",
                "contingent soldiers alive and able",
                lambda p, s: zeros_like(p.mass),
            ),
            Stock(
                "troops_lost",
                ("contingent",),
                "soldiers",
                "contingent killed and wounded so far",
                lambda p, s: zeros_like(p.mass),
            ),
            Stock(
                "skill",
                ("contingent",),
                "1",
                "what the contingent has learnt, 1 at the start",
                lambda p, s: 1.0 + zeros_like(p.mass),
            ),
            Stock(
                "weeks_in_line",
                ("contingent",),
                "weeks",
                "time that the contingent has been in the line",
                lambda p, s: zeros_like(p.mass),
            ),
        ),
        signals=(
            Signal(
                "allied",
                SIDE_SECTOR,
                "soldiers",
                "allied strength, in soldiers of the side's own worth",
                0.0,
            ),
            Signal("allied_soldiers", SIDE_SECTOR, "soldiers", "allied soldiers in the line", 0.0),
            Signal("in_line", ("contingent",), "soldiers", "contingent soldiers in the line", 0.0),
        ),
        inputs=(
            Input(
                "arriving", ("contingent",), "soldiers/week", "contingent soldiers that arrive", 0.0
            ),
            Input(
                "presence", ("contingent",), "1", "share of the contingent that is in the line", 1.0
            ),
        ),
        citation="Own form; splitting a force must not create strength",
    ),
)
