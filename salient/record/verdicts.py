"""The model against the historical record: each measure with what was published, ours, a baseline and a verdict."""

from __future__ import annotations

from typing import Any

import numpy as np

from salient.record.battles import Array, fit, laplace, log_losses, shipped
from salient.record.table import Row

SETS = ("cdb90", "force-ratio", "hartley")
FOLDS = 10
_LAWRENCE = (
    (0.75, 42),
    (1.25, 55),
    (1.75, 59),
    (2.25, 71),
    (2.75, 83),
    (3.25, 69),
    (3.75, 77),
    (4.95, 65),
    (7.0, 88),
)
"""Dupuy Institute 2019, 672 division engagements 1904-1991: middle of a band of force ratios, % attackers who win."""


def folds(rows: list[Row]) -> Any:
    """A fold for each row; rows of one split group share it."""
    groups = sorted({r.words["split_group"] for r in rows})
    np.random.Generator(np.random.PCG64(90)).shuffle(groups)
    of = {g: i % FOLDS for i, g in enumerate(groups)}
    return np.array([of[r.words["split_group"]] for r in rows])


def held_out(rows: list[Row]) -> dict[str, Array]:
    """Predictions for each row by a model that has seen no row of its group."""
    fold = folds(rows)
    out: dict[str, Array] = {}
    for k in range(FOLDS):
        test = np.flatnonzero(fold == k)
        model = fit([r for r, f in zip(rows, fold, strict=True) if f != k])
        for name, values in model.predict([rows[i] for i in test]).items():
            out.setdefault(name, np.zeros((len(rows), *values.shape[1:])))[test] = values
    return out


def _verdict(ok: bool) -> str:
    return "reached" if ok else "NOT reached"


def _row(
    name: str, measure: str, published: str, ours: float, baseline: str, verdict: str
) -> dict[str, Any]:
    return {
        "set": name, "measure": measure, "published": published, "ours": round(float(ours), 3),
        "baseline": baseline, "verdict": verdict,
    }  # fmt: skip


def area_under_curve(won: Array, p: Array) -> float:
    """Chance that a won battle was given the higher probability than a lost one."""
    from scipy.stats import rankdata

    rank, n = rankdata(p), won.sum()
    return float((rank[won == 1].sum() - n * (n + 1) / 2) / (n * (len(won) - n)))


def slope_of(won: Array, x: Array) -> tuple[float, float]:
    """Intercept and slope of a logistic regression on one input."""
    b, _ = laplace(np.column_stack([np.ones(len(x)), x]), won, np.full(2, 100.0))
    return float(b[0]), float(b[1])


def cdb90() -> list[dict[str, Any]]:
    """Winner and losses, ten-fold by split group, draws left out of the winner's scores."""
    rows = shipped()
    out = held_out(rows)
    wina = np.array([r.numbers["wina"] for r in rows])
    said = np.isin(wina, (-1.0, 1.0))
    won, p = (wina[said] + 1) / 2, out["p"][said]
    auc, hit = area_under_curve(won, p), float(np.mean((p > 0.5) == won))
    brier = float(np.mean((p - won) ** 2))
    slope = slope_of(won, np.log(p / (1 - p)))[1]
    n = f"n = {len(won)}"
    table = [
        _row("cdb90", f"AUC, {n}", "", auc, "0.5", _verdict(auc >= 0.70)),
        _row(
            "cdb90",
            "accuracy",
            "0.79 best tree (Coban 2001)",
            hit,
            "0.683 logistic",
            _verdict(hit > 0.683),
        ),
        _row("cdb90", "Brier score", "", brier, "0.206 logistic", _verdict(brier <= 0.19)),
        _row("cdb90", "calibration slope", "", slope, "1 is right", _verdict(0.8 <= slope <= 1.2)),
    ]
    late = np.array([r.numbers["year"] for r in rows]) >= 1900
    for name, y in log_losses(rows).items():
        ok = np.isfinite(y)
        low, high = np.log(np.maximum(out[name][:, 1:], 1e-9)).T
        inside = float(np.mean((y >= low)[ok] & (y <= high)[ok]))
        table.append(
            _row(
                "cdb90",
                f"90 % interval covers, {name} losses",
                "",
                inside,
                "0.9 is right",
                _verdict(0.85 <= inside <= 0.95),
            )
        )
        if name == "ratio":
            error = float(np.sqrt(np.mean((y - np.log(out[name][:, 0]))[ok & late] ** 2)))
            table.append(
                _row(
                    "cdb90",
                    "RMSE of log loss ratio since 1900",
                    "",
                    error,
                    "1.57 square law",
                    _verdict(error <= 1.31),
                )
            )
    return table


def force_ratio() -> list[dict[str, Any]]:
    """The force ratio by itself: its slope, the rule of three to one, and the Dupuy Institute's table."""
    rows = [r for r in shipped() if r.numbers["wina"] != 0 and np.isfinite(r.numbers["wina"])]
    ratio = np.array([np.log(r.numbers["att_strength"] / r.numbers["def_strength"]) for r in rows])
    won = (np.array([r.numbers["wina"] for r in rows]) + 1) / 2
    known = np.isfinite(ratio)
    ratio, won = ratio[known], won[known]
    level, slope = slope_of(won, ratio)
    published = np.array(_LAWRENCE)
    ours = 100 / (1 + np.exp(-level - slope * np.log(published[:, 0])))
    gap = np.sqrt(np.mean((ours - published[:, 1]) ** 2))
    rule = np.mean((ratio >= np.log(3)) == won)
    share = won[ratio >= np.log(3)].mean()
    base = f"{won.mean():.3f} all attackers"
    return [
        _row(
            "force-ratio",
            "slope of log odds on log force ratio",
            "0.74 (from the Dupuy Institute's table)",
            slope,
            "",
            "flatter" if slope < 0.74 else "steeper",
        ),
        _row(
            "force-ratio",
            "gap to the Dupuy Institute's table, % points RMS",
            "",
            gap,
            "",
            "agrees" if gap < 10 else "does not agree",
        ),
        _row(
            "3:1 rule",
            "winner foretold by it",
            "",
            rule,
            base,
            "worse than always saying attacker" if rule < won.mean() else "better",
        ),
        _row(
            "3:1 rule",
            "attackers at 3:1 or more who won",
            "0.65-0.88 by band",
            share,
            base,
            "no law",
        ),
    ]


def hartley() -> list[dict[str, Any]]:
    """Hartley's regression: ln[(x0^2-x^2)/(y0^2-y^2)] on ln(x0/y0); and the loss ratio itself."""
    rows = shipped()
    a, d, la, ld = (
        np.array([r.numbers[k] for r in rows])
        for k in ("att_strength", "def_strength", "att_casualties", "def_casualties")
    )
    ok = (la > 0) & (ld > 0) & (la <= a) & (ld <= d)
    a, d, la, ld = a[ok], d[ok], la[ok], ld[ok]
    x = np.log(a / d)
    y = np.log((a**2 - (a - la) ** 2) / (d**2 - (d - ld) ** 2))
    slope, level = np.polyfit(x, y, 1)
    direct = np.polyfit(x, np.log(la / ld), 1)[0]
    r2 = np.corrcoef(x, np.log(la / ld))[0, 1] ** 2
    return [
        _row(
            "hartley",
            "slope, CDB90",
            "1.35",
            slope,
            "2 square law, 0 loss ratio fixed",
            "agrees" if abs(slope - 1.35) < 0.2 else "does not agree",
        ),
        _row(
            "hartley",
            "intercept, CDB90",
            "-0.22",
            level,
            "",
            "agrees" if abs(level + 0.22) < 0.2 else "does not agree",
        ),
        _row(
            "hartley",
            "q - p, from the loss ratio itself",
            "0.25-0.35",
            direct,
            "-1 square law",
            "agrees" if 0.2 <= direct <= 0.4 else "does not agree",
        ),
        _row(
            "hartley",
            "R2 of the loss ratio itself",
            "about 0.02",
            r2,
            "0",
            "force ratio explains almost nothing" if r2 < 0.05 else "explains some",
        ),
    ]


def all_verdicts(names: list[str]) -> list[dict[str, Any]]:
    """The rows of these sets."""
    work = {"cdb90": cdb90, "force-ratio": force_ratio, "hartley": hartley}
    return [row for name in names for row in work[name]()]


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """The rows as a table of the documentation."""
    columns = ("set", "measure", "published", "ours", "baseline", "verdict")
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(str(r[c]) for c in columns) + " |" for r in rows])


__all__ = ["SETS", "all_verdicts", "as_markdown", "cdb90", "force_ratio", "hartley"]
