"""A comparator for the present war: two times four equations in the manner of Turchin's attrition-warfare model.

    P_x' = g (K_x - P_x)          supply of materiel, made and received
    M_x' = P_x - u M_x            stock of materiel
    C_y' = c_y u M_x              casualties of y, by what x uses
    N_y' = R_y - lost C_y'        troops of y

Structure after Turchin 2023 (SocArXiv); **every number is ours**, fitted to counts up to each origin, and no end of the
war is foretold. Materiel is counted in what it destroys: confirmed equipment losses of y are u M_x. Steps are months,
priors are lognormal, and the posterior is the normal one at its mode.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from salient.evidence.readers import read
from salient.record.battles import Array
from salient.record.rows import row, verdict

START = dt.date(2022, 3, 1)
LAST = dt.date(2026, 2, 28)
"""Nothing dated later is read."""
SIDES = ("russia", "ukraine")
MONTHS = 3
"""Months of a quarter; quarters begin with March 2022, the first month of confirmed losses."""
FIRST_ORIGIN = 4
DRAWS = 2000
USE, PACE = (0.3, 0.5), (0.1, 0.6)
"""Priors of u and g, a month: centre and sd of the log."""
SUPPLY_SD, STOCK_SD, RATE_SD = 0.7, 0.5, 2.0
CLAIMS_SINCE = 4
"""Quarters from which c is read: claims for each photographed loss rose severalfold as vehicles grew rarer."""
SPREAD, WEIGHT = 0.3, 4.0
"""Prior sd of the log of a quarter, with the weight of so many quarters."""
SERIES = ("equipment of Russia", "equipment of Ukraine", "claimed casualties of Russia")
RECRUITED, NOT_BACK = (37_000.0, 0.1), (0.6, 0.2)
"""Soldiers a month (335,000 from January to 3 October 2023, as said then) and the share of casualties who do not return
(ours): centre and sd of the log."""


@lru_cache(maxsize=1)
def quarters() -> Array:
    """What was counted in each quarter, dims quarter, series; NaN where nothing is."""
    months = (LAST.year - START.year) * 12 + LAST.month - START.month + 1
    table = np.full((months, len(SERIES)), np.nan)
    seen = read("losses-visual-monthly", LAST)
    for one in seen.rows():
        at = _month(one["date"])
        column = SIDES.index(one["side"])
        table[at, column] = np.nan_to_num(table[at, column]) + (one["newly_recorded"] or 0.0)
    table[_month(dt.date(2025, 6, 1)) :, :2] = np.nan  # the record stops in the middle of a quarter
    claimed = read("losses-claimed-weekly", LAST)
    total = np.zeros(months)
    for day, people in zip(claimed["date"], claimed["personnel"], strict=True):
        for k in range(
            1, 8
        ):  # a week's claim, dated by the Monday on which it ends, is spread over its days
            at = _month(day.item() - dt.timedelta(days=k))
            total[at] += people / 7.0 if at >= 0 else 0.0
    table[:, 2] = total
    whole = months // MONTHS
    return np.asarray(table[: whole * MONTHS].reshape(whole, MONTHS, -1).sum(axis=1))


def _month(day: dt.date) -> int:
    return (day.year - START.year) * 12 + day.month - START.month


@dataclass(frozen=True)
class Comparator:
    """Fitted to the quarters before an origin: mode, covariance, and sd of the log of each series."""

    mode: Array
    covariance: Array
    spread: Array

    def draws(self, n: int = DRAWS, seed: int = 2022) -> Array:
        """Parameters, dims parameter, draws."""
        rng = np.random.Generator(np.random.PCG64(seed))
        root = np.linalg.cholesky(self.covariance)
        return np.asarray(self.mode[:, None] + root @ rng.standard_normal((len(self.mode), n)))

    def ahead(self, quarter: int) -> Array:
        """Median, 5 % and 95 % points of each series in a quarter, dims number, series."""
        theta = self.draws()
        rng = np.random.Generator(np.random.PCG64([quarter, 7]))
        log = told(theta, quarter + 1)[-1]
        z = rng.standard_normal(log.shape)
        return np.exp(np.quantile(log + self.spread[:, None] * z, [0.5, 0.05, 0.95], axis=1))


def course(theta: Array, months: int) -> Array:
    """What each side uses in each month, u M, dims month, side, draws.

    theta: logs of u, g, c, and by side of K, of P at the start and of u M at the start.
    """
    # shares of a month: no stock can fall below 0, whatever the rate
    u, g = -np.expm1(-np.exp(theta[0])), -np.expm1(-np.exp(theta[1]))
    ceiling, supply, use = np.exp(theta[3:5]), np.exp(theta[5:7]), np.exp(theta[7:9])
    stock, rows = use / u, []
    for _ in range(months):
        rows.append(u * stock)
        stock = stock + supply - u * stock
        supply = supply + g * (ceiling - supply)
    return np.array(rows)


def told(theta: Array, many: int) -> Array:
    """Log of each series by quarter, dims quarter, series, draws: each side loses by what the other uses."""
    used = course(theta, many * MONTHS).reshape(many, MONTHS, 2, -1).sum(axis=1)
    by_foe = np.log(used[:, ::-1])
    return np.concatenate([by_foe, by_foe[:, :1] + theta[2]], axis=1)


def fitted(origin: int) -> Comparator:
    """The comparator given the quarters before `origin`."""
    from scipy.optimize import least_squares

    seen = np.log(quarters()[:origin])
    known = np.isfinite(seen)
    known[:-CLAIMS_SINCE, 2] = False
    by_foe = seen[0, 1::-1] - np.log(MONTHS)  # what Russia uses at first is what Ukraine loses
    rate = float(np.mean((seen[:, 2] - np.nanmean(seen[:, 0]))[known[:, 2]]))
    mean = np.array([np.log(USE[0]), np.log(PACE[0]), rate, *by_foe, *by_foe, *by_foe])
    sd = np.array([USE[1], PACE[1], RATE_SD, *[SUPPLY_SD] * 4, *[STOCK_SD] * 2])
    spread, at = np.full(len(SERIES), SPREAD), mean

    for _ in range(8):

        def rest(theta: Array, scale: Array = spread) -> Array:
            gap = (told(theta[:, None], origin)[..., 0] - seen) / scale
            return np.concatenate([gap[known], (theta - mean) / sd])

        found = least_squares(rest, at)
        at = found.x
        square = np.where(known, told(at[:, None], origin)[..., 0] - seen, 0.0) ** 2
        spread = np.sqrt((WEIGHT * SPREAD**2 + square.sum(axis=0)) / (WEIGHT + known.sum(axis=0)))
    return Comparator(at, np.linalg.inv(found.jac.T @ found.jac), spread)


@lru_cache(maxsize=1)
def hindcasts() -> tuple[Array, Array]:
    """Forecasts of each quarter from those before it, dims number, quarter, series, and what was counted."""
    seen = quarters()
    said = np.full((3, *seen.shape), np.nan)
    for origin in range(FIRST_ORIGIN, len(seen)):
        made = fitted(origin).ahead(origin)
        has_past = np.isfinite(seen[:origin]).any(axis=0)
        said[:, origin] = np.where(has_past & np.isfinite(seen[origin]), made, np.nan)
    return said, seen


def present_war() -> list[dict[str, Any]]:
    """Hindcast scores one quarter ahead beside the last quarter, and two totals a year ahead."""
    name = "present-war"
    said, seen = hindcasts()
    last = np.concatenate([np.full((1, seen.shape[1]), np.nan), seen[:-1]])
    rows = []
    for words, columns in (
        ("confirmed equipment losses, both sides", [0, 1]),
        ("claimed Russian casualties", [2]),
    ):
        y, three, base = (np.log(x[..., columns]) for x in (seen, said, last))
        ok = np.isfinite(three[0]) & np.isfinite(base)
        ours, plain = (float(np.sqrt(np.mean((y - f)[ok] ** 2))) for f in (three[0], base))
        held = float(np.mean(((y >= three[1]) & (y <= three[2]))[ok]))
        said_of = "better than the last quarter" if ours < plain else "worse than the last quarter"
        rows += [
            row(name, f"RMSE of log, {words}, next quarter, n = {ok.sum()}", "", ours,
                f"{plain:.3f} the last quarter", said_of),
            row(name, f"90 % interval covers, {words}, n = {ok.sum()}", "", held, "0.9 is right",
                verdict(0.85 <= held <= 0.95) if ok.sum() >= _ENOUGH else "too few to tell"),
        ]  # fmt: skip
    return [*rows, *_a_year_ahead(name)]


_ENOUGH = 10
"""Forecasts from which a share of them means something."""
YEAR = dt.date(2024, 12, 31)
TROOPS = (575_000.0, dt.date(2025, 12, 17), 710_000.0)
"""Russian troops in theatre as said at the end of 2024, and on a day a year later, both by Ukraine's side."""
OUTSIDERS = ((dt.date(2023, 8, 18), 180_000.0), (dt.date(2024, 10, 10), 307_500.0))
"""Ukrainian killed and wounded as officials of the United States told the New York Times (the middle of a range)."""
LATER = (dt.date(2025, 12, 1), 500_000.0, 600_000.0)
"""CSIS, January 2026, up to December 2025."""
SAID_WRONG = 0.25
"""Sd of the log by which an outsider's estimate may be wrong."""


def _a_year_ahead(name: str) -> list[dict[str, Any]]:
    """Troops of Russia and casualties of Ukraine, from what was known at the end of 2024."""
    known = (YEAR.year - START.year) * 12 + YEAR.month - START.month + 1
    model = fitted(known // MONTHS)
    theta = model.draws()
    rng = np.random.Generator(np.random.PCG64(1224))
    use = course(theta, _month(LATER[0]) + 1)
    spread = np.exp(model.spread[:, None] * rng.standard_normal((3, theta.shape[1])))
    now, day, later = TROOPS
    months = (day - YEAR).days / 30.44
    lost = use[known:, 1].mean(axis=0) * np.exp(theta[2]) * spread[2]
    recruited, gone = (
        c * np.exp(s * rng.standard_normal(len(lost))) for c, s in (RECRUITED, NOT_BACK)
    )
    troops = now + months * (recruited - gone * lost)
    total = np.cumsum(use[:, 0], axis=0)
    rate = np.mean([np.log(v / total[_month(d)]) for d, v in OUTSIDERS], axis=0)
    wrong = SAID_WRONG * rng.standard_normal(len(rate))
    hurt = total[-1] * np.exp(rate + wrong)
    line = OUTSIDERS[-1][1] * (LATER[0] - START) / (OUTSIDERS[-1][0] - START)
    return [
        _total(name, f"Russian troops in theatre, {day}, from {YEAR}", f"{later:,.0f}; a claim of one side",
               troops, f"{now:,.0f} unchanged", (later, later)),
        _total(name, f"Ukrainian killed and wounded, {LATER[0]}, from {YEAR}",
               f"{LATER[1]:,.0f}-{LATER[2]:,.0f} (CSIS)", hurt, f"{line:,.0f} a straight line", LATER[1:]),
    ]  # fmt: skip


def _total(
    name: str, measure: str, published: str, ours: Array, base: str, between: tuple[float, float]
) -> dict[str, Any]:
    """A row of a total, with its 90 % interval."""
    middle, low, high = np.quantile(ours, [0.5, 0.05, 0.95])
    held = low <= between[1] and high >= between[0]
    said = "agrees" if held else "does NOT agree"
    words = f"{measure} (90 %: {low:,.0f} to {high:,.0f})"
    return row(
        name,
        words,
        published,
        float(middle),
        base,
        f"{said}: the interval {'meets' if held else 'misses'} it",
    )


__all__ = ["Comparator", "course", "fitted", "hindcasts", "present_war", "quarters"]
