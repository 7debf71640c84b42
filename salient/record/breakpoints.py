"""When forces break: Helmbold's distributions; and the slope of a loss ratio on a force ratio."""

from __future__ import annotations

from typing import Any

import numpy as np

from salient.record.battles import Array, shipped
from salient.record.rows import near, row


def breakpoints() -> list[dict[str, Any]]:
    """Shares of forces that lost less than a level, on CDB90, beside Helmbold's (1971; about 1,080 battles)."""
    rows = shipped()
    n = {k: np.array([r.numbers[k] for r in rows]) for k in rows[0].numbers}
    lost = {s: n[f"{s}_casualties"] / n[f"{s}_strength"] for s in ("att", "def")}
    asked = (
        ("winning defenders that lost under 20 %", "about 0.90", 0.90, lost["def"], -1, 0.20),
        ("failed attackers that lost under 40 %", "over 0.90", 0.90, lost["att"], -1, 0.40),
        ("beaten defenders that lost under 40 %", "about 0.90", 0.90, lost["def"], 1, 0.40),
    )
    table = []
    for words, published, low, share, outcome, level in asked:
        of = share[(n["wina"] == outcome) & np.isfinite(share)]
        ours = float(np.mean(of < level))
        error = 2 * float(np.sqrt(ours * (1 - ours) / len(of)))
        high = 1.0 if published.startswith("over") else low
        table.append(
            row(
                "breakpoints",
                f"{words}, n = {len(of)}",
                published,
                ours,
                "",
                near(ours, low, high, error),
            )
        )
    return table


def exponent(x: Array, y: Array) -> tuple[float, float, float]:
    """Slope through the origin of log loss ratio on log force ratio, its robust standard error, and R2 about zero.

    Through the origin, because swapping the labels of the two sides of a battle then changes nothing: it turns the
    sign of both logs.
    """
    slope = float(x @ y / (x @ x))
    rest = y - slope * x
    error = float(np.sqrt((x * rest) @ (x * rest)) / (x @ x))
    return slope, error, 1 - float(rest @ rest / (y @ y))


__all__ = ["breakpoints", "exponent"]
