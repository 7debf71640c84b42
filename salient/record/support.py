"""What the long record says of outside support: its effect on pace and claimed losses over all switches at once.

    y[t] = constant + season + sum_d b[d] level[t, d] + slow[t] + quick[t],     b[d] ~ N(0, pool^2)

slow is an AR(1) and quick is white, so that a front that drifts for reasons of its own is not read as an effect. What
is not linear (memory, share of quick, size, half-life, pool) is averaged over a grid by evidence. A switch strikes all
sectors at once, so comparing weeks cannot tell it from whatever else happened then. Comparing sectors within a week
can, under an assumption of its own: that it strikes a sector in proportion to how heavy the fighting there had been.

    y[t, s] = week[t] + sector[s] + c heavy[t, s] + sum_d e[d] level[t, d] heavy[t, s] + noise,  blocks of weeks redrawn
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from salient.evidence.claims import read_claims
from salient.record import long

Array = np.ndarray
MEMORIES, QUICK = (0.6, 0.8, 0.9, 0.96), (0.1, 0.4, 0.7)
SIZES = (0.6, 0.8, 1.0, 1.3)
POOLS = (0.02, 0.05, 0.1, 0.2, 0.5)
"""Sd of the effects of drivers among each other, share of the reference pace for each switch."""
APART = 1.0
"""Prior sd of an effect where drivers are not pooled, for use as a likelihood."""
PLACEBOS = 100
_BLOCK, _TIMES = 13, 100
_LOOK_BACK = 26


@dataclass(frozen=True)
class Effect:
    """The change for one switch in favour of its side: mean, sd, and the share of shifted calendars that gave more."""

    driver: str
    switches: int
    mean: float
    sd: float
    placebo: float | None

    @property
    def interval(self) -> tuple[float, float]:
        """The 5 and 95 % points."""
        return self.mean - 1.645 * self.sd, self.mean + 1.645 * self.sd


def gaussian(
    y: Array, x: Array, sds: Array, root: Array, size: float
) -> tuple[float, Array, Array]:
    """Log evidence, mean and covariance of b in y = x b + noise; b ~ N(0, sds^2), noise ~ N(0, size^2 root root')."""
    white = np.linalg.solve(root, np.column_stack([y, x])) / size
    yw, xw = white[:, 0], white[:, 1:]
    precision = xw.T @ xw + np.diag(sds**-2.0)
    covariance = np.linalg.inv(precision)
    mean = covariance @ (xw.T @ yw)
    log = -0.5 * (yw @ yw - mean @ precision @ mean) - len(y) * np.log(size)
    log += 0.5 * np.linalg.slogdet(covariance)[1] - np.log(sds).sum() - np.log(np.diag(root)).sum()
    return float(log), mean, covariance


def _roots(n: int) -> list[Array]:
    """Roots of the noise's covariance of unit size on the grid."""
    lag = np.abs(np.arange(n)[:, None] - np.arange(n)[None, :])
    grid = [(1.0 - q) * m**lag + q * np.eye(n) for m in MEMORIES for q in QUICK]
    return [np.linalg.cholesky(k) for k in grid]


def averaged(
    y: Array, designs: list[Array], wanted: int, pools: tuple[float, ...]
) -> tuple[Array, Array]:
    """Mean and covariance of the last `wanted` coefficients, over the grid by evidence; y is taken about its mean."""
    y, scale = y - y.mean(), float(y.std())
    logs, means, covariances = [], [], []
    for root in _roots(len(y)):
        for x in designs:
            fixed = x.shape[1] - wanted
            for size in SIZES:
                for pool in pools:
                    sds = np.concatenate([np.full(fixed, 2.0 * scale), np.full(wanted, pool)])
                    log, mean, covariance = gaussian(y, x, sds, root, size * scale)
                    logs.append(log)
                    means.append(mean[fixed:])
                    covariances.append(covariance[fixed:, fixed:])
    weight = np.exp(np.array(logs) - max(logs))
    weight /= weight.sum()
    m = np.array(means)
    mean = weight @ m
    return mean, np.tensordot(weight, np.array(covariances), 1) + (
        weight[:, None] * (m - mean)
    ).T @ (m - mean)


def season(days: tuple[object, ...]) -> Array:
    """A constant and one wave a year, [weeks, 3]."""
    angle = 2.0 * np.pi * np.array([d.timetuple().tm_yday for d in days]) / 365.25  # type: ignore[attr-defined]
    return np.column_stack([np.ones(len(days)), np.sin(angle), np.cos(angle)])


def between_weeks(
    days: tuple[object, ...], y: Array, pools: tuple[float, ...] = POOLS, shift: int = 0,
    half_lives: tuple[float, ...] = long.HALF_LIVES,
) -> tuple[Array, Array]:  # fmt: skip
    """Effects of all drivers on a weekly series of the whole front: mean and covariance."""
    found, waves = long.switches(), season(days)
    designs = [
        np.column_stack([waves, long.level(days, found, h, shift)])  # type: ignore[arg-type]
        for h in half_lives
    ]
    return averaged(y, designs, len(long.DRIVERS), pools)


@cache
def on_pace(placebos: int = PLACEBOS) -> tuple[Effect, ...]:
    """On the pace of the whole front, drivers pooled; beside the same with the calendar of switches moved around."""
    p = long.panel()
    mean, covariance = between_weeks(p.days, p.pace)
    sd = np.sqrt(np.diag(covariance))
    rng = np.random.Generator(np.random.Philox(20220718))
    shifts = rng.integers(26, len(p.days) - 26, placebos)
    short = (26.0,)
    real = between_weeks(p.days, p.pace, (0.1,), 0, short)
    said = [between_weeks(p.days, p.pace, (0.1,), int(k), short) for k in shifts]
    own = np.abs(real[0]) / np.sqrt(np.diag(real[1]))
    sham = np.array([np.abs(m) / np.sqrt(np.diag(c)) for m, c in said])
    more = (sham >= own).mean(axis=0) if len(sham) else np.full(len(own), np.nan)
    return _effects(mean, sd, list(more))


@cache
def on_claims() -> tuple[Effect, ...]:
    """On the log of weekly claimed Russian losses, drivers pooled."""
    claimed = read_claims()
    mean, covariance = between_weeks(claimed.days, np.log(claimed.weekly))
    return _effects(mean, np.sqrt(np.diag(covariance)), [None] * len(mean))


def _effects(mean: Array, sd: Array, placebo: list[float | None]) -> tuple[Effect, ...]:
    count = {d: sum(s.driver == d for s in long.switches()) for d in long.DRIVERS}
    rows = zip(long.DRIVERS, mean, sd, placebo, strict=True)
    return tuple(Effect(d, count[d], float(m), float(s), p) for d, m, s, p in rows)


@cache
def within_weeks(times: int = _TIMES) -> tuple[Effect, ...]:
    """Sectors as each other's controls: the change for each switch where fighting was of the front's mean weight.

    Its sd is that of redrawn blocks of weeks, or what moved calendars give where that is more: sectors have trends of
    their own, which a driver that only ever rises takes for an effect.
    """
    p = long.panel()
    heavy, seen = _heavy(p)
    y = np.where(seen, p.net / p.km / p.reference, 0.0)
    rng = np.random.Generator(np.random.Philox(20220718))
    n, blocks = len(p.days), -(-len(p.days) // _BLOCK)
    terms = _terms(p, heavy, 0)
    found = _two_way(y, terms, seen)[1:]
    redrawn = []
    for _ in range(times):
        starts = rng.integers(0, n, blocks)
        at = ((starts[:, None] + np.arange(_BLOCK)) % n).ravel()[:n]
        redrawn.append(_two_way(y[at], terms[:, at], seen[at])[1:])
    shifts = rng.integers(26, n - 26, times)
    sham = np.array([_two_way(y, _terms(p, heavy, int(k)), seen)[1:] for k in shifts])
    sd = np.maximum(np.array(redrawn).std(axis=0), np.sqrt((sham**2).mean(axis=0)))
    more = (np.abs(sham) >= np.abs(found)).mean(axis=0)
    return _effects(*pooled(found, sd), list(more))


def _terms(p: long.Panel, heavy: Array, shift: int) -> Array:
    """Weight of the fighting alone and times each driver's level, [terms, weeks, sectors]."""
    x = long.level(p.days, long.switches(), 26.0, shift)
    return np.concatenate([heavy[None], x.T[:, :, None] * heavy[None]])


def pooled(found: Array, sd: Array) -> tuple[Array, Array]:
    """Independent estimates drawn together: each effect N(0, pool^2), averaged over POOLS by evidence."""
    logs, means, variances = [], [], []
    for pool in POOLS:
        total = sd**2 + pool**2
        logs.append(float(-0.5 * (found**2 / total + np.log(total)).sum()))
        means.append(found * pool**2 / total)
        variances.append(sd**2 * pool**2 / total)
    weight = np.exp(np.array(logs) - max(logs))
    weight /= weight.sum()
    mean = weight @ np.array(means)
    spread = weight @ (np.array(variances) + (np.array(means) - mean) ** 2)
    return mean, np.sqrt(spread)


def _heavy(p: long.Panel) -> tuple[Array, Array]:
    """How much heavier than on average the fighting in a sector had been, -1 to 3; and where all is known."""
    size = np.abs(p.net) / p.km
    heavy, seen = np.zeros(p.net.shape), p.known.copy()
    seen[:_LOOK_BACK] = False
    for t in range(_LOOK_BACK, len(p.days)):
        past, there = size[t - _LOOK_BACK : t], p.known[t - _LOOK_BACK : t]
        enough = there.sum(axis=0) >= _LOOK_BACK // 2
        mean = np.where(there, past, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        seen[t] &= enough
        middle = mean[enough].mean() if enough.any() else 1.0
        heavy[t] = np.clip(mean / max(middle, 1e-9) - 1.0, -1.0, 3.0)
    return heavy, seen


def _two_way(y: Array, terms: Array, seen: Array) -> Array:
    """Least squares with an effect for each week and each sector, [terms]; a little ridge against empty drivers."""
    flat = np.array([_centred(v, seen)[seen] for v in (y, *terms)])
    x = flat[1:].T
    ridge = 1e-6 * np.eye(x.shape[1]) * max(float((x * x).sum(axis=0).max()), 1e-9)
    return np.asarray(np.linalg.solve(x.T @ x + ridge, x.T @ flat[0]))


def _centred(v: Array, seen: Array, times: int = 12) -> Array:
    """Less its week's and its sector's mean, over what is seen."""
    out = np.where(seen, v, 0.0)
    for _ in range(times):
        for axis in (1, 0):
            count = np.maximum(seen.sum(axis=axis, keepdims=True), 1)
            out = np.where(seen, out - out.sum(axis=axis, keepdims=True) / count, 0.0)
    return out


def slope(days: tuple[object, ...], y: Array, x: Array, trend: bool = False) -> tuple[float, float]:
    """Change of y for each unit of x over the weeks in which x is known: mean and sd; prior sd APART.

    trend: a straight line is taken out of y as well.
    """
    on = np.isfinite(x)
    kept = tuple(d for d, o in zip(days, on, strict=True) if o)
    parts = [season(kept), x[on] - x[on].mean()]
    if trend:
        parts.insert(1, np.linspace(-1.0, 1.0, len(kept)))
    mean, covariance = averaged(y[on], [np.column_stack(parts)], 1, (APART,))
    return float(mean[0]), float(np.sqrt(covariance[0, 0]))


@cache
def of_fires(outcome: str = "pace", times: int = 12) -> tuple[float, float]:
    """Elasticity of pace, or of claimed losses, with the ratio of shells fired; statements drawn with their errors."""
    if outcome == "pace":
        p = long.panel()
        days, y = p.days, p.pace
    else:
        claimed = read_claims()
        days, y = claimed.days, np.log(claimed.weekly)
    rng = np.random.Generator(np.random.Philox(5))
    found = np.array([slope(days, y, long.log_ratio(days, rng)) for _ in range(times)])
    return float(found[:, 0].mean()), float(np.sqrt((found[:, 1] ** 2).mean() + found[:, 0].var()))


@cache
def of_troops() -> tuple[float, float]:
    """Elasticity of pace with Russian troops in the theatre, a straight line taken out."""
    p = long.panel()
    return slope(p.days, p.pace, long.log_troops(p.days), trend=True)


@cache
def unpooled(outcome: str) -> tuple[Effect, ...]:
    """Effects on `pace` or `claims` with drivers not pooled, so that each may serve as a likelihood."""
    if outcome == "pace":
        p = long.panel()
        days, y = p.days, p.pace
    else:
        claimed = read_claims()
        days, y = claimed.days, np.log(claimed.weekly)
    mean, covariance = between_weeks(days, y, (APART,))
    return _effects(mean, np.sqrt(np.diag(covariance)), [None] * len(mean))
