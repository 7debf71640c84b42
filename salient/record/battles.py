"""A Bayesian model of single battles from what was knowable before them: winner, losses, duration and advance.

    logit P(attacker wins) = x'b + u[attacker] - u[defender] + v[war, attacker]
    log losses             = the same form, Student-t errors with 6 degrees of freedom, scatter by era
    log duration, log loss rates a day and asinh(advance) as log losses

b, u and v have normal priors; the posterior is Laplace's (winner) or that of iteratively reweighted least squares
(losses). An unseen state or war, and a missing input, add their prior variance: they are integrated over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from salient.evidence.catalogue import DATA
from salient.record.table import Row, read

Array = np.ndarray[Any, np.dtype[np.float64]]

NU = 6.0
"""Degrees of freedom of the errors of log losses."""
SLOPE_SD, STATE_SD, WAR_SD = 0.3, 0.5, 0.7
"""Prior standard deviations on the logit scale, for inputs in units of their own standard deviation."""
NOTE = (
    "Surprise was judged after the battles by people who knew the result; leave it empty when it is not known. "
    "Battles in the record were chosen by historians: attackers win more often there than in war. "
    "Losses are people killed, wounded and missing; intervals hold 90 %."
)
"""What stands beside every answer."""
OUTCOMES = (
    "wina", "att_casualties", "def_casualties", "duration_days", "advance_km", "split_group",
)  # fmt: skip
ERAS = (1800.0, 1900.0)
_WEAPONS = {"artillery": 10.0, "tanks": 10.0, "air_sorties": 10.0, "cavalry": 300.0}
_SAID: dict[str, tuple[str, int | None]] = {
    "loss_ratio": ("ratio", 4),
    "attacker_losses": ("attacker", None),
    "defender_losses": ("defender", None),
    "attacker_loss_share_per_day": ("attacker_rate", 5),
    "defender_loss_share_per_day": ("defender_rate", 5),
    "duration_days": ("duration", 1),
    "advance_km": ("advance", 1),
}
"""Key of an answer, the outcome that it shows, and its digits."""
_LEVELS = {
    "def_posture1": ("FD", "PD", "DL", "WD"),
    "terrain1": ("G", "F"),
    "terrain2": ("B", "D", "W"),
    "weather1": ("W",),
    "weather3": ("C", "H"),
}


def inputs(rows: list[Row]) -> Array:
    """The inputs of each row, NaN where missing: rows by inputs."""
    n = {k: np.array([r.numbers[k] for r in rows]) for k in rows[0].numbers}
    a, d = np.log(n["att_strength"]), np.log(n["def_strength"])
    century = (np.clip(n["year"], 1600.0, 1990.0) - 1900.0) / 100.0
    known = np.where(np.isnan(a), d, np.where(np.isnan(d), a, (a + d) / 2))
    front = np.log(n["front_width_att_km"])
    columns = [a - d, known, century, century**2, (a - d) * century, front, known - front]
    columns += [n["surprise"], n["surprise"] * century, n["war_initiator_attacks"]]
    for weapon, few in _WEAPONS.items():
        x, y = n[f"att_{weapon}"], n[f"def_{weapon}"]
        unknown = np.isnan(x + y)
        columns += [np.log((x + few) / (y + few)), (x + y > 0) * np.where(unknown, np.nan, 1.0)]
    for name, levels in _LEVELS.items():
        said = np.array([r.words[name].upper() for r in rows])
        columns += [np.where(said == "", np.nan, said == level) for level in levels]
    return np.column_stack(columns).astype(float)


@dataclass(frozen=True)
class Scale:
    """How inputs become a design: mean and spread of the fitting rows, and the known states and wars."""

    mean: Array
    spread: Array
    states: dict[str, int]
    wars: dict[tuple[str, str], int]

    @property
    def prior_sd(self) -> Array:
        """Prior standard deviation of each coefficient: level, inputs, states, wars."""
        p, s, w = len(self.mean), len(self.states), len(self.wars)
        return np.r_[3.0, np.full(p, SLOPE_SD), np.full(s, STATE_SD), np.full(w, WAR_SD)]

    def design(self, rows: list[Row]) -> tuple[Array, Array, Array]:
        """The design, which inputs are missing, and the prior variance of unseen states and wars."""
        raw = (inputs(rows) - self.mean) / self.spread
        absent = np.isnan(raw)
        p, s = raw.shape[1], len(self.states)
        x = np.zeros((len(rows), 1 + p + s + len(self.wars)))
        x[:, 0], x[:, 1 : 1 + p] = 1.0, np.where(absent, 0.0, np.clip(raw, -6.0, 6.0))
        unseen = np.zeros(len(rows))
        for i, row in enumerate(rows):
            for side, sign in (("attacker", 1.0), ("defender", -1.0)):
                names = _states(row.words[side])
                for name in names:
                    if name in self.states:
                        x[i, 1 + p + self.states[name]] += sign / len(names)
                    else:
                        unseen[i] += STATE_SD**2 / len(names) ** 2
                unseen[i] += STATE_SD**2 * (not names)
            at = self.wars.get(_war(row))
            if at is None:
                unseen[i] += WAR_SD**2
            else:
                x[i, 1 + p + s + at] = 1.0
        return x, absent, unseen


def _states(text: str) -> list[str]:
    return [t.strip() for t in text.split(",") if t.strip()]


def _war(row: Row) -> tuple[str, str]:
    return (row.words["war_std"], row.words["attacker"])


def scale_of(rows: list[Row]) -> Scale:
    """Means, spreads, states and wars of the fitting rows."""
    raw = inputs(rows)
    states = sorted(
        {s for r in rows for k in ("attacker", "defender") for s in _states(r.words[k])}
    )
    wars = sorted({_war(r) for r in rows if r.words["war_std"]})
    return Scale(
        np.nanmean(raw, axis=0),
        np.maximum(np.nanstd(raw, axis=0), 0.05),
        {s: i for i, s in enumerate(states)},
        {w: i for i, w in enumerate(wars)},
    )


@dataclass(frozen=True)
class Losses:
    """Posterior of one log-loss regression: coefficients, covariance, scatter by era."""

    mean: Array
    covariance: Array
    scatter: Array


@dataclass(frozen=True)
class BattleModel:
    """The fitted model: scale, winner's coefficients and covariance, and the losses by target."""

    scale: Scale
    winner: Array
    winner_covariance: Array
    losses: dict[str, Losses]

    def predict(self, rows: list[Row]) -> dict[str, Array]:
        """P(attacker wins), and median, low and high (90 %) of losses and their ratio, for usable rows."""
        from scipy.special import expit
        from scipy.stats import t

        x, absent, unseen = self.scale.design(rows)
        p = absent.shape[1]
        wide = _variance(x, self.winner_covariance) + unseen + absent @ self.winner[1 : 1 + p] ** 2
        out = {"p": expit(x @ self.winner / np.sqrt(1.0 + np.pi * wide / 8.0))}
        era = np.digitize([r.numbers["year"] for r in rows], ERAS)
        reach = float(t.ppf(0.95, NU))
        for name, fit in self.losses.items():
            wide = _variance(x, fit.covariance) + unseen + absent @ fit.mean[1 : 1 + p] ** 2
            half = reach * np.sqrt(fit.scatter[np.minimum(era, 2)] ** 2 + wide)
            middle = x @ fit.mean
            out[name] = _from_scale(name, np.column_stack([middle, middle - half, middle + half]))
        for side, short in (("attacker", "att"), ("defender", "def")):
            most = np.array([r.numbers[f"{short}_strength"] for r in rows])
            most = np.where(np.isnan(most), np.inf, most)
            out[side] = np.minimum(out[side], most[:, None])
        return out


def _variance(x: Array, covariance: Array) -> Array:
    """x' C x of each row."""
    return ((x @ covariance) * x).sum(axis=1)


def laplace(x: Array, y: Array, prior_sd: Array) -> tuple[Array, Array]:
    """Mode and covariance of a logistic regression with normal priors, by Newton's method."""
    from scipy.special import expit

    b = np.zeros(x.shape[1])
    for _ in range(60):
        p = expit(x @ b)
        precision = (x.T * (p * (1 - p))) @ x + np.diag(prior_sd**-2)
        step = np.linalg.solve(precision, x.T @ (y - p) - b / prior_sd**2)
        b += step
        if np.abs(step).max() < 1e-9:
            break
    return b, np.linalg.inv(precision)


def student(x: Array, y: Array, era: Any, prior_sd: Array) -> Losses:
    """Regression with Student-t errors and a scatter for each era, by reweighted least squares."""
    b, scatter = np.zeros(x.shape[1]), np.full(3, 1.0)
    b[0] = y.mean()
    for _ in range(40):
        r = y - x @ b
        weight = (NU + 1) / (NU + (r / scatter[era]) ** 2)
        precision = (x.T * (weight / scatter[era] ** 2)) @ x + np.diag(prior_sd**-2)
        covariance = np.linalg.inv(precision)
        old, b = b, covariance @ (x.T @ (weight * y / scatter[era] ** 2))
        square = weight * (y - x @ b) ** 2 + _variance(x, covariance)
        shared = square.mean()
        scatter = np.sqrt(
            [(square[era == e].sum() + 10 * shared) / ((era == e).sum() + 10) for e in range(3)]
        )
        if np.abs(b - old).max() < 1e-5:
            break
    return Losses(b, covariance, scatter)


def fit(rows: list[Row]) -> BattleModel:
    """Fit winner and losses to rows that also hold the outcomes."""
    scale = scale_of(rows)
    x, _, _ = scale.design(rows)
    won = np.array([r.numbers["wina"] for r in rows])
    kept = ~np.isnan(won)
    winner, covariance = laplace(x[kept], (won[kept] + 1) / 2, scale.prior_sd)
    wide = scale.prior_sd.copy()
    wide[0], wide[1 : 1 + len(scale.mean)] = 20.0, 1.0
    era = np.digitize([r.numbers["year"] for r in rows], ERAS)
    losses = {}
    for name, y in outcomes(rows).items():
        ok = np.isfinite(y)
        losses[name] = student(x[ok], y[ok], era[ok], wide)
    return BattleModel(scale, winner, covariance, losses)


def outcomes(rows: list[Row]) -> dict[str, Array]:
    """What came of the battles, on the scale on which it is modelled; NaN where not known or without a log.

    Logs of attacker's and defender's losses, of their ratio, of calendar days and of losses as a share of strength a
    day; asinh of the advance in km, which may be below 0.
    """
    n = {k: np.array([r.numbers[k] for r in rows]) for k in rows[0].numbers}
    la, ld, days, a, d = (
        np.log(np.where(n[k] > 0, n[k], np.nan))
        for k in (
            "att_casualties",
            "def_casualties",
            "duration_days",
            "att_strength",
            "def_strength",
        )
    )
    return {
        "attacker": la, "defender": ld, "ratio": la - ld, "duration": days,
        "attacker_rate": la - a - days, "defender_rate": ld - d - days, "advance": np.arcsinh(n["advance_km"]),
    }  # fmt: skip


def to_scale(name: str, value: Array) -> Array:
    """An outcome on the scale on which it is modelled."""
    return np.arcsinh(value) if name == "advance" else np.log(np.maximum(value, 1e-9))


def _from_scale(name: str, value: Array) -> Array:
    """Back from that scale: a battle touches a day at least, and a force cannot lose more than itself in a day."""
    if name == "advance":
        return np.sinh(value)
    if name == "duration":
        return np.maximum(np.exp(value), 1.0)
    return np.minimum(np.exp(value), 1.0) if name.endswith("_rate") else np.exp(value)


@lru_cache(maxsize=1)
def shipped() -> list[Row]:
    """The battles that come with Salient, with outcomes."""
    path = DATA / "cdb90-battles.csv"
    rows = [r for block in read(path, OUTCOMES) for r in block if r.reason is None]
    return [r for r in rows if not np.isnan(r.numbers["year"])]


@lru_cache(maxsize=1)
def fitted() -> BattleModel:
    """The model fitted to all the battles that come with Salient."""
    return fit(shipped())


def answers(path: Path) -> Iterator[list[dict[str, Any]]]:
    """For each block of a table, one answer a row: probability and losses with intervals, or the reason why not."""
    model = fitted()
    for block in read(path):
        good = [r for r in block if r.reason is None]
        found = model.predict(good) if good else {}
        at, out = 0, []
        for row in block:
            if row.reason is not None:
                out.append(_refused(row))
                continue
            out.append(_answer(row, found, at))
            at += 1
        yield out


def _refused(row: Row) -> dict[str, Any]:
    nothing = dict.fromkeys(("p_attacker_wins", *_SAID))
    return {"battle_id": _key(row), "line": row.line, **nothing, "reason": row.reason}


def _answer(row: Row, found: dict[str, Array], at: int) -> dict[str, Any]:
    def span(name: str, digits: int | None) -> dict[str, float]:
        three = (round(float(v), digits) for v in found[name][at])
        return dict(zip(("median", "low", "high"), three, strict=True))

    return {
        "battle_id": _key(row),
        "line": row.line,
        "p_attacker_wins": round(float(found["p"][at]), 4),
        **{key: span(name, digits) for key, (name, digits) in _SAID.items()},
        "reason": None,
    }


def _key(row: Row) -> int | str:
    """Battle numbers stay numbers."""
    return int(row.battle_id) if row.battle_id.isdecimal() else row.battle_id


__all__ = ["NOTE", "BattleModel", "answers", "fit", "fitted", "shipped"]
