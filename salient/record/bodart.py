"""Bodart's battles of 1620 to 1905: two strengths and two losses each, no attacker, no name, no weapon.

    log(losses of R / losses of B) = s_k log(R / B) + error,    error Student-t, s_k = s + d_k
    log odds that R won            = b_k log(R / B),            b_k = b + d_k

k is the period. Both go through the origin, because swapping the labels of the two sides must change nothing: it turns
the sign of both logs. s, b and the departures d_k have normal priors, so a period of few battles leans on the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from salient.evidence.readers import read
from salient.record.battles import NU, Array, laplace, student
from salient.record.breakpoints import exponent
from salient.record.rows import near, row, verdict

PERIODS = {0: "1620-1905", 1: "1620-1701", 2: "1702-1792", 3: "1793-1860", 4: "1861-1905"}
"""Periods of the table; 0 is all of them."""
SET = "bodart"
LAWS = {"square": -1, "linear": 0, "logarithmic": 1}
SHARED_SD, PERIOD_SD = 1.0, 0.3
"""Prior sd of the slope that periods share, and of a period's departure from it."""
FOLDS = 10


@dataclass(frozen=True)
class Battles:
    """Log force ratio, log loss ratio and period of each battle, side R over side B."""

    force: Array
    loss: Array
    period: Any

    def of(self, kept: Any) -> Battles:
        """Some of them."""
        return Battles(self.force[kept], self.loss[kept], self.period[kept])

    @property
    def design(self) -> Array:
        """The force ratio as the shared input and as each period's own: battles, 5."""
        own = self.period[:, None] == np.array(list(PERIODS)[1:])
        return np.column_stack([self.force, self.force[:, None] * own])


@dataclass(frozen=True)
class Slopes:
    """Slopes on the log force ratio, with covariance: shared, then each period's departure. scatter: of the errors."""

    mean: Array
    covariance: Array
    scatter: float

    def period(self, k: int) -> tuple[float, float]:
        """Slope of a period, 0 for what they share, and its standard deviation."""
        at = np.array([1.0, *(float(k == p) for p in list(PERIODS)[1:])])
        return float(at @ self.mean), float(np.sqrt(at @ self.covariance @ at))


def _prior_sd() -> Array:
    return np.array([SHARED_SD, *[PERIOD_SD] * (len(PERIODS) - 1)])


def loss_slopes(b: Battles) -> Slopes:
    """Posterior of the slopes of the loss ratio: q - p of a law of attrition."""
    x = b.design
    found = student(x, b.loss, np.zeros(len(x), dtype=int), _prior_sd())
    return Slopes(found.mean, found.covariance, float(found.scatter[0]))


def win_slopes(b: Battles) -> Slopes:
    """Posterior of the slopes of the log odds, side R having won all of the battles."""
    mean, covariance = laplace(b.design, np.ones(len(b.force)), _prior_sd())
    return Slopes(mean, covariance, 0.0)


def battles() -> Battles:
    """The packaged table."""
    t = read("bodart-battles")
    force, loss = (np.log(t[f"r_{k}"] / t[f"b_{k}"]) for k in ("strength", "casualties"))
    return Battles(force, loss, np.asarray(t["period"]).astype(int))


def bodart() -> list[dict[str, Any]]:
    """q - p by period, whichever side is called R; then the model of all periods together, held-out by tenths."""
    b = battles()
    return [*_by_period(b), _laws(b), _label(), *_pooled(b), *_held_out(b)]


def _by_period(b: Battles) -> list[dict[str, Any]]:
    rows = []
    for period, years in PERIODS.items():
        of = b.of((b.period == period) | (period == 0))
        slope, error, r2 = exponent(of.force, of.loss)
        words = f"q - p, {years}, n = {len(of.force)} (95 %: {slope - 2 * error:.2f} to {slope + 2 * error:.2f})"
        base = "-1 square, 0 linear, 1 logarithmic law"
        rows.append(row(SET, words, "0.25-0.35", slope, base, near(slope, 0.25, 0.35, 2 * error)))
        if period == 0:
            little = "force ratio explains very little" if r2 < 0.1 else "force ratio explains some"
            rows.append(row(SET, "R2 of the loss ratio", "about 0.02", r2, "0", little))
    return rows


def _laws(b: Battles) -> dict[str, Any]:
    """Which of the classical laws misses the loss ratio least, equal effectiveness on average."""
    error = {law: float(np.sqrt(np.mean((b.loss - k * b.force) ** 2))) for law, k in LAWS.items()}
    best = min(error, key=lambda law: error[law])
    others = ", ".join(f"{error[law]:.3f} {law}" for law in ("linear", "square"))
    said = "agrees" if best == "logarithmic" else f"does NOT agree: {best} is closest"
    return row(
        SET, "RMSE of log loss ratio, logarithmic law",
        "logarithmic before linear and square (Allen)", error["logarithmic"], others, said,
    )  # fmt: skip


def _label() -> dict[str, Any]:
    t = read("bodart-battles")
    smaller = t["r_casualties"] / t["r_strength"] < t["b_casualties"] / t["b_strength"]
    words = "share of battles in which side R lost the smaller share"
    return row(SET, words, "", float(smaller.mean()), "0.5", "so R is the winner's label")


def _pooled(b: Battles) -> list[dict[str, Any]]:
    """What periods share, and how far a period may depart from it."""
    loss, win = loss_slopes(b), win_slopes(b)
    rows = []
    for slopes, words in ((loss, "q - p"), (win, "slope of log odds on log force ratio")):
        middle, sd = slopes.period(0)
        one = [slopes.period(k)[0] for k in list(PERIODS)[1:]]
        measure = f"{words}, periods pooled (95 %: {middle - 2 * sd:.2f} to {middle + 2 * sd:.2f})"
        spread = f"periods {min(one):.2f} to {max(one):.2f}"
        sure = "above 0" if middle - 2 * sd > 0 else "may be 0"
        rows.append(row(SET, measure, "", middle, "", f"{sure}; {spread}"))
    return rows


def _held_out(b: Battles) -> list[dict[str, Any]]:
    """Scores of battles that a model has not seen, beside a guess that knows no strengths."""
    from scipy.special import expit
    from scipy.stats import t

    n = len(b.force)
    fold = np.random.Generator(np.random.PCG64(1620)).permutation(n) % FOLDS
    middle, half, p = (np.zeros(n) for _ in range(3))
    for k in range(FOLDS):
        rest, there = b.of(fold != k), fold == k
        x = b.of(there).design
        loss, win = loss_slopes(rest), win_slopes(rest)
        middle[there] = x @ loss.mean
        wide = ((x @ loss.covariance) * x).sum(axis=1)
        half[there] = float(t.ppf(0.95, NU)) * np.sqrt(loss.scatter**2 + wide)
        p[there] = expit(x @ win.mean)
    error, plain = (float(np.sqrt(np.mean((b.loss - m) ** 2))) for m in (middle, 0.0))
    inside = float(np.mean(np.abs(b.loss - middle) <= half))
    # R won each of them; the larger side's chance is scored, so the label cannot help
    brier = float(np.mean((1.0 - p) ** 2))
    hit = float(np.mean(np.where(b.force == 0.0, 0.5, p > 0.5)))
    better = "better" if brier < 0.25 else "NOT better"
    return [
        row(SET, f"RMSE of log loss ratio, periods pooled, held out, n = {n}", "", error,
            f"{plain:.3f} equal losses", "better" if error < plain else "NOT better"),
        row(SET, "90 % interval covers, loss ratio, held out", "", inside, "0.9 is right",
            verdict(0.85 <= inside <= 0.95)),
        row(SET, "Brier score of who won, held out", "", brier, "0.25 a coin", better),
        row(SET, "battles that the larger side won, ties half", "", hit, "0.5", "no law"),
    ]  # fmt: skip


__all__ = ["PERIODS", "Battles", "battles", "bodart", "loss_slopes", "win_slopes"]
