"""When forces break, and what the force ratio says of the loss ratio: Helmbold's distributions and Bodart's battles."""

from __future__ import annotations

from typing import Any

import numpy as np

from salient.evidence.readers import read
from salient.record.battles import Array, shipped
from salient.record.rows import near, row

PERIODS = {0: "1620-1905", 1: "1620-1701", 2: "1702-1792", 3: "1793-1860", 4: "1861-1905"}
"""Periods of the Bodart table; 0 is all of them."""


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


def bodart() -> list[dict[str, Any]]:
    """q - p by period from 1,079 battles, whichever side is called R."""
    table = read("bodart-battles")
    x = np.log(table["r_strength"] / table["b_strength"])
    y = np.log(table["r_casualties"] / table["b_casualties"])
    rows = []
    for period, years in PERIODS.items():
        of = (table["period"] == period) | (period == 0)
        slope, error, r2 = exponent(x[of], y[of])
        words = f"q - p, {years}, n = {of.sum()} (95 %: {slope - 2 * error:.2f} to {slope + 2 * error:.2f})"
        base = "-1 square, 0 linear, 1 logarithmic law"
        rows.append(
            row("bodart", words, "0.25-0.35", slope, base, near(slope, 0.25, 0.35, 2 * error))
        )
        if period == 0:
            little = "force ratio explains very little" if r2 < 0.1 else "force ratio explains some"
            rows.append(row("bodart", "R2 of the loss ratio", "about 0.02", r2, "0", little))
    smaller = (
        table["r_casualties"] / table["r_strength"] < table["b_casualties"] / table["b_strength"]
    )
    words = "share of battles in which side R lost the smaller share"
    label = row("bodart", words, "", float(smaller.mean()), "0.5", "the label tells the outcome")
    return [*rows, _laws(x, y), label]


_LAWS = {"square": -1, "linear": 0, "logarithmic": 1}


def _laws(x: Array, y: Array) -> dict[str, Any]:
    """Which of the classical laws misses the loss ratio least, equal effectiveness on average."""
    error = {law: float(np.sqrt(np.mean((y - k * x) ** 2))) for law, k in _LAWS.items()}
    best = min(error, key=lambda law: error[law])
    others = ", ".join(f"{error[law]:.3f} {law}" for law in ("linear", "square"))
    said = "agrees" if best == "logarithmic" else f"does NOT agree: {best} is closest"
    return row(
        "bodart", "RMSE of log loss ratio, logarithmic law",
        "logarithmic before linear and square (Allen)", error["logarithmic"], others, said,
    )  # fmt: skip


__all__ = ["PERIODS", "bodart", "breakpoints", "exponent"]
