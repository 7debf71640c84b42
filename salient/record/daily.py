"""The Ardennes day by day: both sides' casualties one day ahead by laws of attrition, and how flat (p, q) is.

    log C_i(t) = m_i + p log N_x(t) + q log N_i(t) + e_i(t),    e_i(t) = rho e_i(t-1) + s_i z

i is a side, x the other; strengths are relative to the first day. rho = 0 is a law with a constant rate; with memory a
part rho of yesterday's surprise is still there today. (p, q, rho) lie on a grid, and m_i and s_i are integrated over
exactly (normal and inverse gamma priors), so that nothing is sampled and leaving one value out is exact too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from salient.evidence.readers import read
from salient.mechanisms.base import moments
from salient.record.rows import row, verdict

Array = np.ndarray[Any, np.dtype[np.float64]]

SIDES = ("allied", "german")
P_RANGE, Q_RANGE = (0.2, 1.0), (0.3, 1.2)
"""5 % and 95 % points of the priors of p and q; they are those of the campaign engine."""
RATE, RATE_SD = 0.011, 1.0
"""Losses a day as a share of strength, between 0.69 and 1.85 % of army campaigns (Dupuy Institute); sd of its log."""
SCATTER = 0.5
"""Prior size of the daily scatter of logs, with the weight of four days."""
SHAPE = 2.0
FIRST = 1
"""Scores begin on the second day, so that yesterday's value can be scored on the same days."""

LAWS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"square": (1.0, 0.0), "linear": (1.0, 1.0), "logarithmic": (0.0, 1.0)}
)
YESTERDAY, GENERALISED, OURS = "yesterday's value", "generalised", "generalised with memory"
MODELS = (*LAWS, GENERALISED, OURS, YESTERDAY)


@dataclass(frozen=True)
class Days:
    """What is read of the campaign: logs of casualties and of relative strengths, dims day, side."""

    casualties: Array
    own: Array
    foe: Array
    level: Array
    """Log of casualties on the first day that the prior of the rate expects, by side."""


@lru_cache(maxsize=1)
def days() -> Days:
    """The 32 days."""
    table = read("ardennes-1944-daily")
    strength = np.column_stack([table[f"{s}_strength"] for s in SIDES])
    casualties = np.column_stack([table[f"{s}_casualties"] for s in SIDES])
    own = np.log(strength / strength[0])
    return Days(casualties, own, own[:, ::-1], np.log(RATE * strength[0]))


@dataclass(frozen=True)
class Grid:
    """Values of (p, q, rho) with their prior weights, one row a cell."""

    p: Array
    q: Array
    rho: Array
    weight: Array

    @classmethod
    def of(cls, p: Array, q: Array, rho: Array, *, flat: bool = False) -> Grid:
        """Every combination; the priors of p and q are lognormal unless `flat`, that of rho is uniform."""
        cells = np.stack(np.meshgrid(p, q, rho, indexing="ij")).reshape(3, -1)
        weight = np.ones(cells.shape[1])
        if not flat:
            weight = _density(cells[0], P_RANGE) * _density(cells[1], Q_RANGE)
        return cls(cells[0], cells[1], cells[2], weight / weight.sum())


def _density(x: Array, between: tuple[float, float]) -> Array:
    """Lognormal density with these 5 % and 95 % points, up to a constant."""
    mean, sd = moments("positive", *between)
    z = (np.log(np.maximum(x, 1e-9)) - mean) / sd
    return np.exp(-0.5 * z * z) / np.maximum(x, 1e-9)


@lru_cache(maxsize=8)
def grid(model: str) -> Grid:
    """The grid of a model: one cell for a named law."""
    free_p, free_q = np.linspace(0.05, 1.95, 20), np.linspace(0.05, 2.15, 22)
    if model in LAWS:
        p, q = LAWS[model]
        return Grid.of(np.array([p]), np.array([q]), np.zeros(1), flat=True)
    if model == GENERALISED:
        return Grid.of(free_p, free_q, np.zeros(1))
    if model == OURS:
        return Grid.of(free_p, free_q, np.linspace(0.0, 0.95, 13))
    return Grid.of(np.zeros(1), np.zeros(1), np.ones(1), flat=True)


class Fitted:
    """A model given all days up to each day: predictions, exact leave-one-out, and draws. Dims cell, day, side."""

    def __init__(self, g: Grid, d: Days) -> None:
        self.grid, self.days = g, d
        rho = g.rho[:, None, None]
        law = g.p[:, None, None] * d.foe + g.q[:, None, None] * d.own
        u = np.log(d.casualties) - law
        carried = np.concatenate([np.zeros_like(u[:, :1]), rho * u[:, :-1]], axis=1)
        first = (np.arange(u.shape[1]) == 0)[None, :, None]
        root = np.sqrt(np.maximum(1 - rho**2, 0.0))
        self.level = np.where(first, root, 1 - rho) + np.zeros_like(u)
        self.rest = np.where(first, root * u, u - carried)
        self.law = law + carried
        self.past = _sums(self.level, self.rest, d.level)
        # the first day was multiplied by root: its density is that much higher
        self.stretch = np.where(first & (root > 0), np.log(np.maximum(root, 1e-9)), 0.0)
        self.log_next = _student(self.level, self.rest, self.past) + self.stretch

    @cached_property
    def weights(self) -> Array:
        """Weight of each cell given the days before each day, and given all: dims cell, day + 1."""
        told = np.cumsum(self.log_next.sum(axis=2), axis=1)
        told = np.concatenate([np.zeros_like(told[:, :1]), told], axis=1)
        return _normal(np.log(self.grid.weight)[:, None] + told)

    @cached_property
    def evidence(self) -> float:
        """Log density of all days after the first, each given those before it."""
        return float(self.one_ahead[FIRST:].sum())

    @cached_property
    def one_ahead(self) -> Array:
        """Log predictive density of each log casualty given the days before, dims day, side."""
        w = self.weights[:, :-1, None]
        return np.log((w * np.exp(self.log_next)).sum(axis=0))

    def ahead(self, draws: int = 4000) -> Array:
        """Median, 5 % and 95 % points of each day's casualties given the days before: dims number, day, side.

        NaN on the first day, which has none before it.
        """
        rng = np.random.Generator(np.random.PCG64(1945))
        mean, count, a, b = self.past
        at = self.law + self.level * mean
        scale = np.sqrt(b / a * (1 + self.level**2 / count))
        out = np.full((3, *at.shape[1:]), np.nan)
        for t in range(FIRST, at.shape[1]):
            cell = rng.choice(len(self.grid.p), draws, p=self.weights[:, t])
            z = rng.standard_t(2 * a[0, t], (draws, 2))
            out[:, t] = np.quantile(at[cell, t] + scale[cell, t] * z, [0.5, 0.05, 0.95], axis=0)
        return np.exp(out)

    def left_out(self) -> Array:
        """Log density of each value given all the others, exact: dims day, side."""
        mean, count, a, b = (
            x[:, -1:] for x in _sums(self.level, self.rest, self.days.level, after=True)
        )
        less = count - self.level**2
        without = (count * mean - self.level * self.rest) / less
        # b of the others: what this value added to the sum of squares is taken away again
        added = 0.5 * (self.rest - self.level * without) ** 2 / (1 + self.level**2 / less)
        one = _student(self.level, self.rest, (without, less, a - 0.5, b - added)) + self.stretch
        whole = np.log(self.weights[:, -1] + 1e-300)[:, None, None]
        w = _normal(whole - one)
        return np.log((w * np.exp(one)).sum(axis=0))

    def waic(self, draws: int = 2000) -> Array:
        """Log density by the widely applicable criterion, from draws of the posterior: dims day, side."""
        rng = np.random.Generator(np.random.PCG64(1944))
        mean, count, a, b = (
            x[:, -1] for x in _sums(self.level, self.rest, self.days.level, after=True)
        )
        cell = rng.choice(len(self.grid.p), draws, p=self.weights[:, -1])
        variance = b[cell] / rng.gamma(a[cell])
        m = mean[cell] + np.sqrt(variance / count[cell]) * rng.standard_normal((draws, 2))
        z = self.rest[cell] - self.level[cell] * m[:, None]
        one = -0.5 * (np.log(2 * np.pi * variance)[:, None] + z**2 / variance[:, None])
        one = one + self.stretch[cell]
        return np.log(np.exp(one).mean(axis=0)) - one.var(axis=0, ddof=1)

    def interval(self, values: Array) -> tuple[float, float, float]:
        """Mean, 5 % and 95 % points of a coordinate of the grid, given all days."""
        return weighted(values, self.weights[:, -1])


def weighted(values: Array, weight: Array) -> tuple[float, float, float]:
    """Mean, 5 % and 95 % points of values with weights."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    low, high = (float(values[order][np.searchsorted(total, q)]) for q in (0.05, 0.95))
    return float(values @ weight), low, high


State = tuple[Array, Array, Array, Array]


def _sums(level: Array, rest: Array, prior: Array, *, after: bool = False) -> State:
    """Mean and precision of m_i, shape and rate of 1/s_i^2, before each day (or after it)."""

    def up_to(x: Array) -> Array:
        total = np.cumsum(x, axis=1)
        return total if after else np.concatenate([np.zeros_like(x[:, :1]), total[:, :-1]], axis=1)

    start = (SCATTER / RATE_SD) ** 2
    count = start + up_to(level**2)
    mean = (start * prior + up_to(level * rest)) / count
    a = SHAPE + 0.5 * up_to(np.ones_like(rest))
    square = start * prior**2 + up_to(rest**2) - count * mean**2
    return mean, count, a, SHAPE * SCATTER**2 + 0.5 * square


def _student(level: Array, rest: Array, state: State) -> Array:
    """Log density of Student's t for each value, given m_i and s_i in that state."""
    from scipy.special import gammaln

    mean, count, a, b = state
    scale2 = b / a * (1 + level**2 / count)
    z2 = (rest - level * mean) ** 2 / scale2
    shape = gammaln(a + 0.5) - gammaln(a) - 0.5 * np.log(2 * np.pi * a * scale2)
    return np.asarray(shape - (a + 0.5) * np.log1p(z2 / (2 * a)))


def _normal(log_weight: Array) -> Array:
    """Weights that add up to 1 over cells."""
    w = np.exp(log_weight - log_weight.max(axis=0))
    return np.asarray(w / w.sum(axis=0))


@lru_cache(maxsize=8)
def fitted(model: str) -> Fitted:
    """A model fitted to the campaign."""
    return Fitted(grid(model), days())


def r2(said: Array) -> float:
    """Share of the spread of casualties about each side's mean that a forecast explains, from the second day on."""
    seen = days().casualties[FIRST:]
    return 1 - float(((said[FIRST:] - seen) ** 2).sum() / ((seen - seen.mean(axis=0)) ** 2).sum())


def yesterday() -> Array:
    """Yesterday's casualties as today's forecast."""
    c = days().casualties
    return np.concatenate([c[:1], c[:-1]])


def settled(values: Array, weight: Array, prior: Array) -> float:
    """Share of the width of the prior that the data take away, on the log scale; 0 when they say nothing."""
    _, low, high = weighted(values, weight)
    _, low0, high0 = weighted(values, prior)
    return 1 - float(np.log(high / low) / np.log(high0 / low0))


def ardennes() -> list[dict[str, Any]]:
    """One day ahead, leave-one-out and WAIC by model; p and q with what the data settled of them."""
    name = "ardennes-1944"
    ours, base = fitted(OURS), r2(yesterday())
    plain = f"{base:.3f} yesterday's value"
    score = r2(ours.ahead()[0])
    p, q = (ours.interval(v) for v in (ours.grid.p, ours.grid.q))
    inside = P_RANGE[0] <= p[0] <= P_RANGE[1] and Q_RANGE[0] <= q[0] <= Q_RANGE[1]
    goal = verdict(score > 0.29 and inside) + (
        ", p and q in range" if inside else ", p or q out of range"
    )
    rows = [row(name, f"R2 one day ahead, {OURS}", "", score, plain, goal)]
    for model in (*LAWS, GENERALISED):
        value = r2(fitted(model).ahead()[0])
        said = "worse than yesterday's value" if value < base else "better than yesterday's value"
        rows.append(row(name, f"R2 one day ahead, {model} law", "", value, plain, said))
    seen, (_, low, high) = days().casualties, ours.ahead()
    held = float(np.mean(((seen >= low) & (seen <= high))[FIRST:]))
    rows.append(
        row(
            name,
            "90 % interval covers, one day ahead",
            "",
            held,
            "0.9 is right",
            verdict(0.85 <= held <= 0.95),
        )
    )
    return rows + _exponents(name, ours, p, q) + _without_priors(name) + _densities(name)


def _exponents(name: str, f: Fitted, *found: tuple[float, float, float]) -> list[dict[str, Any]]:
    """Posteriors of p and q beside the one study whose figures could be read."""
    published = (
        "0.704, s.d. 0.481 (Wiper et al., replicated)",
        "1.058, s.d. 0.442 (Wiper et al., replicated)",
    )
    rows = []
    for letter, three, values, read_there, prior in zip(
        "pq", found, (f.grid.p, f.grid.q), published, (P_RANGE, Q_RANGE), strict=True
    ):
        share = settled(values, f.weights[:, -1], f.grid.weight)
        words = f"{letter}, posterior mean (90 %: {three[1]:.2f} to {three[2]:.2f})"
        said = f"the data settle {100 * max(share, 0.0):.0f} % of the prior's width: the surface is flat"
        if share > 0.3:
            said = f"the data settle {100 * share:.0f} % of the prior's width"
        rows.append(row(name, words, read_there, three[0], f"prior {prior[0]} to {prior[1]}", said))
    return rows


WIDE = np.linspace(-9.0, 15.0, 36)
"""Exponents over which the data alone are asked."""


@lru_cache(maxsize=1)
def data_alone() -> Fitted:
    """The model with memory and flat priors of p and q over a wide plane."""
    return Fitted(Grid.of(WIDE, WIDE, np.linspace(0.0, 0.95, 9), flat=True), days())


def _without_priors(name: str) -> list[dict[str, Any]]:
    """p and q as the data alone have them."""
    f, rows = data_alone(), []
    for letter, values in (("p", f.grid.p), ("q", f.grid.q)):
        mean, low, high = f.interval(values)
        words = f"{letter}, data alone (90 %: {low:.1f} to {high:.1f})"
        plane = f"{WIDE[0]:.0f} to {WIDE[-1]:.0f} asked"
        rows.append(row(name, words, "", mean, plane, "no exponent of war: the surface is flat"))
    return rows


def _densities(name: str) -> list[dict[str, Any]]:
    """Expected log predictive densities of the 62 values: leaving one out, WAIC, and one day ahead."""
    kinds = {
        "leaving one out": lambda f: f.left_out()[FIRST:].sum(),
        "WAIC": lambda f: f.waic()[FIRST:].sum(),
        "one day ahead": lambda f: f.evidence,
    }
    rows = []
    for words, of in kinds.items():
        score = {model: float(of(fitted(model))) for model in MODELS}
        others = {m: v for m, v in score.items() if m != OURS}
        near = max(others, key=lambda m: others[m])
        gap = score[OURS] - others[near]
        said = "level with" if abs(gap) < 1 else "better than" if gap > 0 else "worse than"
        first = dict.fromkeys((YESTERDAY, *others))
        base = ", ".join(f"{others[m]:.1f} {m}" for m in first)
        rows.append(
            row(name, f"log density, {words}, {OURS}", "", score[OURS], base, f"{said} {near}")
        )
    return rows


__all__ = [
    "GENERALISED",
    "LAWS",
    "MODELS",
    "OURS",
    "Fitted",
    "Grid",
    "ardennes",
    "data_alone",
    "days",
    "fitted",
    "grid",
    "yesterday",
]
