"""A Bayesian model of single battles from what was knowable before them: winner, losses, duration and advance.

    log odds of a win, l   = x'b + u[attacker] - u[defender] + v[war, attacker]
    log loss ratio, r      = the same form, Student-t errors with 6 degrees of freedom, scatter by era
    logit P(attacker wins) = level + slope l + share r
    log losses, log duration, log loss rates a day and asinh(advance) as log loss ratio

b, u and v have normal priors; the posterior is Laplace's (winner) or that of iteratively reweighted least squares
(losses). An unseen state or war, and a missing input, add their prior variance: they are integrated over. Who wins and
who loses more are two unlike views of one thing: level, slope and share join them, and are fitted to forecasts of
battles whose war or campaign the two had not seen.
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
JOIN_SD, JOIN_FOLDS = 0.3, 5
"""Prior sd of level, slope less 1, and share; folds, by war or campaign, of the forecasts that they are fitted to."""
NOTE = (
    "Surprise was judged after the battles by people who knew the result; leave it empty when it is not known. "
    "Battles in the record were chosen by historians: attackers win more often there than in war. "
    "Losses are people killed, wounded and missing; intervals hold 90 %."
)
"""What stands beside every answer."""
OUTCOMES = (
    "wina", "att_casualties", "def_casualties", "duration_days", "advance_km", "split_group",
)  # fmt: skip
TARGETS = ("attacker", "defender", "ratio", "duration", "attacker_rate", "defender_rate", "advance")
"""What is foretold of a battle beside its winner."""
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
class Widths:
    """Prior standard deviations of the level, of inputs in units of their own sd, of states and of wars."""

    level: float
    inputs: float
    state: float
    war: float


WINNER, LOSSES = Widths(3.0, 0.2, 0.8, 0.7), Widths(20.0, 1.0, 0.5, 0.7)
"""For log odds and for logs of losses."""


@dataclass(frozen=True)
class Scale:
    """How inputs become a design: mean and spread of the fitting rows, and the known states and wars."""

    mean: Array
    spread: Array
    states: dict[str, int]
    wars: dict[tuple[str, str], int]

    def prior_sd(self, w: Widths) -> Array:
        """Prior standard deviation of each coefficient: level, inputs, states, wars."""
        many = (1, len(self.mean), len(self.states), len(self.wars))
        return np.repeat((w.level, w.inputs, w.state, w.war), many)

    def design(self, rows: list[Row]) -> tuple[Array, Array, Array]:
        """The design, which inputs are missing, and how much of each row's states and war was not seen: rows, 2."""
        raw = (inputs(rows) - self.mean) / self.spread
        absent = np.isnan(raw)
        p, s = raw.shape[1], len(self.states)
        x = np.zeros((len(rows), 1 + p + s + len(self.wars)))
        x[:, 0], x[:, 1 : 1 + p] = 1.0, np.where(absent, 0.0, np.clip(raw, -6.0, 6.0))
        unseen = np.zeros((len(rows), 2))
        for i, row in enumerate(rows):
            for side, sign in (("attacker", 1.0), ("defender", -1.0)):
                names = _states(row.words[side])
                for name in names:
                    if name in self.states:
                        x[i, 1 + p + self.states[name]] += sign / len(names)
                    else:
                        unseen[i, 0] += 1.0 / len(names) ** 2
                unseen[i, 0] += not names
            at = self.wars.get(_war(row))
            if at is None:
                unseen[i, 1] = 1.0
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
class Winner:
    """Posterior of the log odds of a win: coefficients and covariance."""

    mean: Array
    covariance: Array


@dataclass(frozen=True)
class BattleModel:
    """The fitted model: scale, winner, losses by target, and level, slope and share that join winner and loss ratio."""

    scale: Scale
    winner: Winner
    losses: dict[str, Losses]
    join: Array

    def predict(self, rows: list[Row]) -> dict[str, Array]:
        """P(attacker wins), and median, low and high (90 %) of losses and their ratio, for usable rows."""
        from scipy.special import expit
        from scipy.stats import t

        x, absent, unseen = self.scale.design(rows)
        out = {
            "p": expit(
                joined(self.join, *views(self.winner, self.losses["ratio"], x, absent, unseen))
            )
        }
        era = np.digitize([r.numbers["year"] for r in rows], ERAS)
        reach = float(t.ppf(0.95, NU))
        for name, fit in self.losses.items():
            wide = _wide(x, absent, unseen, fit, LOSSES)
            half = reach * np.sqrt(fit.scatter[np.minimum(era, 2)] ** 2 + wide)
            middle = x @ fit.mean
            out[name] = _from_scale(name, np.column_stack([middle, middle - half, middle + half]))
        for side, short in (("attacker", "att"), ("defender", "def")):
            if side in out:
                most = np.array([r.numbers[f"{short}_strength"] for r in rows])
                out[side] = np.minimum(out[side], np.where(np.isnan(most), np.inf, most)[:, None])
        return out


def views(
    winner: Winner, ratio: Losses, x: Array, absent: Array, unseen: Array
) -> tuple[Array, Array]:
    """Log odds of a win, drawn in by what is not known, and the expected log loss ratio."""
    wide = _wide(x, absent, unseen, winner, WINNER)
    return x @ winner.mean / np.sqrt(1.0 + np.pi * wide / 8.0), x @ ratio.mean


def joined(join: Array, odds: Array, ratio: Array) -> Array:
    """Log odds from both views."""
    return np.asarray(join[0] + join[1] * odds + join[2] * ratio)


def _wide(x: Array, absent: Array, unseen: Array, fit: Winner | Losses, w: Widths) -> Array:
    """Variance of a row's expectation: of coefficients, of unseen states and wars, and of missing inputs."""
    missing = absent @ fit.mean[1 : 1 + absent.shape[1]] ** 2
    return _variance(x, fit.covariance) + unseen @ np.array([w.state**2, w.war**2]) + missing


def _variance(x: Array, covariance: Array) -> Array:
    """x' C x of each row."""
    return ((x @ covariance) * x).sum(axis=1)


def laplace(
    x: Array, y: Array, prior_sd: Array, offset: Array | float = 0.0
) -> tuple[Array, Array]:
    """Mode and covariance of a logistic regression with normal priors about 0, by Newton's method."""
    from scipy.special import expit

    b = np.zeros(x.shape[1])
    for _ in range(60):
        p = expit(offset + x @ b)
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


def fit(rows: list[Row], targets: tuple[str, ...] = TARGETS) -> BattleModel:
    """Fit winner and losses to rows that also hold the outcomes. targets: which losses; always also their ratio."""
    scale = scale_of(rows)
    x, _, _ = scale.design(rows)
    losses = {name: _losses(scale, x, rows, name) for name in dict.fromkeys(("ratio", *targets))}
    return BattleModel(scale, _winner(scale, x, rows), losses, _join(rows))


def _winner(scale: Scale, x: Array, rows: list[Row]) -> Winner:
    won = _won(rows)
    kept = np.isfinite(won)
    return Winner(*laplace(x[kept], won[kept], scale.prior_sd(WINNER)))


def _won(rows: list[Row]) -> Array:
    """1 where the attacker won, 0 where not, a half for a draw, NaN where not known."""
    return (np.array([r.numbers["wina"] for r in rows]) + 1) / 2


def _losses(scale: Scale, x: Array, rows: list[Row], name: str) -> Losses:
    y = outcomes(rows)[name]
    ok = np.isfinite(y)
    era = np.digitize([r.numbers["year"] for r in rows], ERAS)
    return student(x[ok], y[ok], era[ok], scale.prior_sd(LOSSES))


def _join(rows: list[Row]) -> Array:
    """Level, slope and share, from forecasts of each row by two views that have seen no row of its group."""
    fold, seen = shared_out(rows, JOIN_FOLDS, seed=7), np.zeros((2, len(rows)))
    for k in range(JOIN_FOLDS):
        rest = [r for r, f in zip(rows, fold, strict=True) if f != k]
        there = np.flatnonzero(fold == k)
        scale = scale_of(rest)
        x, _, _ = scale.design(rest)
        views_of = _winner(scale, x, rest), _losses(scale, x, rest, "ratio")
        seen[:, there] = views(*views_of, *scale.design([rows[i] for i in there]))
    won = _won(rows)
    kept = np.isfinite(won)
    odds, ratio = seen[:, kept]
    design = np.column_stack([np.ones(len(odds)), odds, ratio])
    found, _ = laplace(design, won[kept], np.full(3, JOIN_SD), offset=odds)
    return found + np.array([0.0, 1.0, 0.0])


def shared_out(rows: list[Row], folds: int, seed: int) -> Any:
    """A fold for each row; rows of one split group share it."""
    groups = sorted({r.words["split_group"] for r in rows})
    np.random.Generator(np.random.PCG64(seed)).shuffle(groups)
    of = {g: i % folds for i, g in enumerate(groups)}
    return np.array([of[r.words["split_group"]] for r in rows])


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
        told = iter(_answered(good, model.predict(good)) if good else ())
        yield [next(told) if row.reason is None else _refused(row) for row in block]


def _refused(row: Row) -> dict[str, Any]:
    nothing = dict.fromkeys(("p_attacker_wins", *_SAID))
    return {"battle_id": _key(row), "line": row.line, **nothing, "reason": row.reason}


def _answered(rows: list[Row], found: dict[str, Array]) -> Iterator[dict[str, Any]]:
    """The answers of usable rows, rounded for whole columns at once: a table may have a million rows."""
    p = found["p"].round(4).tolist()
    spans = {key: _rounded(found[name], digits) for key, (name, digits) in _SAID.items()}
    for i, row in enumerate(rows):
        yield {
            "battle_id": _key(row),
            "line": row.line,
            "p_attacker_wins": p[i],
            **{key: dict(zip(_SPAN, three[i], strict=True)) for key, three in spans.items()},
            "reason": None,
        }


_SPAN = ("median", "low", "high")


def _rounded(values: Array, digits: int | None) -> list[list[float]]:
    """Rounded, and as whole numbers without digits."""
    return (np.rint(values).astype(int) if digits is None else values.round(digits)).tolist()


def _key(row: Row) -> int | str:
    """Battle numbers stay numbers."""
    return int(row.battle_id) if row.battle_id.isdecimal() else row.battle_id


__all__ = ["NOTE", "BattleModel", "answers", "fit", "fitted", "shipped"]
