"""Claimed losses of personnel, up to 26 weeks ahead: a level that drifts, seen through noise.

    log claim[t] = level[t] + N(0, noise^2),      level[t] = level[t - 1] + drift z,  z Student t with 6 degrees

drift and noise are taken over a grid, weighted by a prior and by their likelihood by the Kalman filter (Gaussian
there), in which older weeks fade, so that the interval holds what is not known of them. How fast they fade is learnt
too: each half-life is weighted by how well it foresaw every week from those before it. Nothing is fitted to the
horizon. What is forecast is the sum of the claims of the next h weeks: what will be said, not what will be so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError
from salient.evidence.claims import Claimed
from salient.forecasting.panel import STALE_DAYS
from salient.forecasting.scores import LEVELS, coverage, ratio_interval, wis

HORIZONS = (1, 4, 13, 26)
LONGEST = 26
LEAST_WEEKS = 26
FUTURES = 4000
DEGREES = 6.0
DRIFT, NOISE, SPREAD = 0.06, 0.08, np.log(2.0)
"""Prior medians of both standard deviations of the log a week, and the sd of the log of either."""
HALF_LIVES = (8.0, 13.0, 26.0, 52.0, 104.0)
"""Weeks after which a week counts half for drift and noise, alike before the data: claims have become steadier."""
_GRID = np.exp(np.linspace(-2.0, 2.0, 17) * SPREAD)
RULES: dict[str, int] = {"last 4": 4, "last 13": 13, "last 26": 26}
"""Weeks of which the mean goes on, with the rule's own past errors of the log as its spread."""
OPPONENT = "last 4"
LEAST_ERRORS = 8


def posterior(
    log_claims: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Weights of a grid of half-life, drift and noise; drift, noise, mean and variance of the level now; all [grid]."""
    drift, noise = (a.ravel() for a in np.meshgrid(DRIFT * _GRID, NOISE * _GRID))
    prior = -0.5 * ((np.log(drift / DRIFT) / SPREAD) ** 2 + (np.log(noise / NOISE) / SPREAD) ** 2)
    mean = np.full(drift.shape, log_claims[0])
    var = noise**2
    fade = 0.5 ** (1.0 / np.array(HALF_LIVES))[:, None]
    density = np.zeros((len(fade), len(drift)))
    foreseen = np.zeros(len(fade))
    for y in log_claims[1:]:
        var = var + drift**2
        total = var + noise**2
        error = y - mean
        seen = -0.5 * (error**2 / total + np.log(total))
        foreseen += np.log((_shares(density + prior) * np.exp(seen)).sum(axis=1))
        density = fade * density + seen
        mean, var = mean + var / total * error, var * noise**2 / total
    weight = _shares(foreseen)[:, None] * _shares(density + prior)
    each = (np.broadcast_to(a, weight.shape).ravel() for a in (drift, noise, mean, var))
    return weight.ravel(), *each


def _shares(log_weight: np.ndarray) -> np.ndarray:
    """Weights that sum to one over the last dim."""
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def futures(weekly: np.ndarray, horizons: int, seed: int, n: int = FUTURES) -> np.ndarray:
    """Soldiers claimed from the origin to the end of each coming week, [horizons, n]. Same seed, same numbers."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0xC1A1])))
    weight, drift, noise, mean, var = posterior(np.log(weekly))
    at = rng.choice(len(weight), n, p=weight)
    level = mean[at] + np.sqrt(var[at]) * rng.standard_normal(n)
    unit = np.sqrt((DEGREES - 2.0) / DEGREES)
    steps = unit * rng.standard_t(DEGREES, (horizons, n)) * drift[at]
    seen = level + np.cumsum(steps, axis=0) + noise[at] * rng.standard_normal((horizons, n))
    return np.cumsum(np.exp(seen), axis=0)


def must_be_fresh(claimed: Claimed, when: dt.date | None) -> dt.date:
    """The origin: the last week known. Raises SalientError where it is well before the day asked for."""
    if not claimed.days:
        raise SalientError(Problem("no claimed losses are known by that day", key="--as-of"))
    last = claimed.days[-1]
    if when is not None and (when - last).days >= STALE_DAYS:
        message = f"the last claims are of {last}, {(when - last).days} days before {when}"
        hint = f"take --as-of {last}, or give newer claims with --data"
        raise SalientError(Problem(message, key="--as-of", hint=hint))
    return last


def forecast(claimed: Claimed, horizons: int, seed: int = 1) -> np.ndarray:
    """Quantiles of the claims of the next 1 .. horizons weeks together, soldiers [horizons, levels].

    Raises SalientError for fewer than LEAST_WEEKS weeks.
    """
    if len(claimed.days) < LEAST_WEEKS:
        message = f"claims of only {len(claimed.days)} weeks are known"
        hint = f"at least {LEAST_WEEKS} are needed"
        raise SalientError(Problem(message, key="--as-of", hint=hint))
    return np.asarray(np.quantile(futures(claimed.weekly, horizons, seed), LEVELS, axis=1).T)


def rule(weekly: np.ndarray, h: int, weeks: int) -> np.ndarray:
    """Quantiles of a rule for the claims of the next h weeks: [levels]. Needs LEAST_ERRORS past origins."""
    n = len(weekly)
    errors = [
        np.log(weekly[u : u + h].mean() / weekly[u - weeks : u].mean())
        for u in range(weeks, n - h + 1)
    ]
    return np.asarray(h * weekly[-weeks:].mean() * np.exp(np.quantile(errors, LEVELS)))


def backtest(
    claimed: Claimed, first: dt.date | None, last: dt.date | None, seed: int,
    progress: Callable[[str, float], None] = lambda what, share: None,
) -> dict[str, Any]:  # fmt: skip
    """Every week as an origin, scored by horizon beside the rules: rows, and what was said of the longest horizon.

    Origins are those whose own past has LEAST_ERRORS errors of each rule at the longest horizon and that have a week
    after them. Raises SalientError when none is left.
    """
    start = max(RULES.values()) + LONGEST + LEAST_ERRORS
    able = [
        i
        for i in range(start, len(claimed.days) - 1)
        if (first is None or claimed.days[i] >= first) and (last is None or claimed.days[i] <= last)
    ]
    if not able:
        raise SalientError(Problem("no week can be an origin of claimed losses", key="--from"))
    said: dict[int, list[dict[str, Any]]] = {h: [] for h in HORIZONS}
    for k, i in enumerate(able):
        for h, one in from_week(claimed, i, seed).items():
            said[h].append(one)
        progress(f"origin {claimed.days[i]}", (k + 1) / len(able))
    rows = [_row(h, name, said[h]) for h in HORIZONS if said[h] for name in ("published", *RULES)]
    return {
        "origins": [claimed.days[i].isoformat() for i in able],
        "rows": rows,
        "past": [_short(h, one) for h in HORIZONS for one in said[h]],
    }


def from_week(claimed: Claimed, i: int, seed: int) -> dict[int, dict[str, Any]]:
    """What every forecaster said after week i, by horizon, beside what followed where that is known."""
    past = claimed.weekly[: i + 1]
    ours = np.quantile(futures(past, LONGEST, seed), LEVELS, axis=1).T
    out: dict[int, dict[str, Any]] = {}
    for h in HORIZONS:
        if i + h < len(claimed.days):
            truth = float(claimed.weekly[i + 1 : i + 1 + h].sum())
            one = {name: rule(past, h, weeks) for name, weeks in RULES.items()}
            out[h] = {"origin": claimed.days[i], "truth": truth, "published": ours[h - 1], **one}
    return out


def _short(h: int, one: dict[str, Any]) -> dict[str, Any]:
    """One past forecast as it is kept: 5, 25, 50, 75 and 95 % points and what followed, soldiers; scores."""
    truth = np.array(one["truth"])
    points = np.interp([0.05, 0.25, 0.5, 0.75, 0.95], LEVELS, one["published"])
    return {
        "origin": one["origin"].isoformat(),
        "horizon": h,
        "said": [round(float(v)) for v in (*points, truth)],
        "wis": round(float(wis(one["published"], truth))),
        "rule": round(float(wis(one[OPPONENT], truth))),
    }


def _row(h: int, name: str, said: list[dict[str, Any]]) -> dict[str, Any]:
    truth = np.array([s["truth"] for s in said])
    quantiles = np.array([s[name] for s in said])
    score, against = (wis(np.array([s[n] for s in said]), truth) for n in (name, OPPONENT))
    low, high = ratio_interval(score, against, max(h, 4))
    return {
        "part": "claimed personnel",
        "horizon": h,
        "forecaster": name,
        "origins": len(said),
        "independent": len(said) // h,
        "wis_soldiers": float(score.mean()),
        "ratio": float(score.mean() / against.mean()),
        "ratio_low": low,
        "ratio_high": high,
        "opponent": OPPONENT,
        "cover50": float(coverage(quantiles, truth, 0.5).mean()),
        "cover90": float(coverage(quantiles, truth, 0.9).mean()),
    }
