"""Which number, if it were measured, would narrow the answer most.

The expected reduction of the outcome's variance, E[Var Y] - E[Var(Y | measurement)] = Var(E[Y | measurement]), is what
decision analysis calls the value of partial information for a squared loss. It is estimated from the runs alone, after
Strong, Oakley and Brennan (2014), Medical Decision Making 34, with a smoother: E[Y | z] as a sum c_k He_k(z) of Hermite
polynomials, which are orthogonal under the standard normal. A measurement z + precision x noise multiplies c_k by
rho^k, rho^2 = sd^2 / (sd^2 + precision^2) (Mehler's formula), so one fit serves every precision:

    Var(E[Y | measurement]) = sum over k of k! c_k^2 rho^(2k)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError
from salient.questions.outcomes import Study, must_vary, percent, spoken

DEGREE = 3
RESAMPLES = 200
_BINS = 20
_FEWEST = 200


@dataclass(frozen=True)
class Row:
    """What measuring one number is expected to do. reduction: share of the outcome's variance, with its 90 % interval.

    p: chance of a fit as good if the number did nothing (F test).
    width: expected width of the outcome's 90 % interval afterwards, as a share of that now.
    """

    name: str
    label: str
    unit: str
    reduction: float
    low: float
    high: float
    p: float
    width: float


@dataclass(frozen=True)
class Value:
    """What would settle an outcome. precision: error of the measurement, in prior standard deviations.

    looked: how many numbers were looked at, of which `rows` are the best or all.
    """

    study: Study
    precision: float
    rows: tuple[Row, ...]
    width: float
    spread: float
    runs: int
    looked: int

    @property
    def clear(self) -> tuple[Row, ...]:
        """Numbers whose measurement surely helps: no luck of the draw among so many numbers looked at (Bonferroni)."""
        return tuple(r for r in self.rows if r.low > 0.0 and r.p * self.looked < 0.05)


def scores(z: np.ndarray) -> np.ndarray:
    """Normal scores of a sample by rank, [n]; ties in the order in which they stand."""
    from scipy.special import ndtri

    rank = np.empty(len(z))
    rank[np.argsort(z, kind="stable")] = np.arange(len(z))
    return np.asarray(ndtri((rank + 0.5) / len(z)))


def hermite(x: np.ndarray) -> np.ndarray:
    """He_0 .. He_DEGREE at x, each divided by the root of k! so that all have unit variance, [n, DEGREE + 1]."""
    from numpy.polynomial.hermite_e import hermevander

    return hermevander(x, DEGREE) / np.sqrt([math.factorial(k) for k in range(DEGREE + 1)])


def explained(
    x: np.ndarray, y: np.ndarray, rho2: float, seed: int
) -> tuple[float, float, float, float]:
    """Share of the variance of y that measuring x would remove on average, with its 90 % interval by bootstrap, and the
    chance of a fit as good if x did nothing.

    x: standard normal; rho2: share of a measurement's variance that is x. What fitted noise adds to a sum of squares is
    taken off.
    """
    from scipy.special import fdtrc

    h = hermite(x)
    weight = rho2 ** np.arange(1, DEGREE + 1)
    n = len(y)
    gram, right = h.T @ h / n, h.T @ y / n
    c = np.linalg.solve(gram, right)
    noise = (y - h @ c) ** 2
    inverse = np.linalg.inv(gram)
    cover = inverse @ (h.T @ (h * noise[:, None]) / n) @ inverse / n
    left = float((noise.sum() / n) / y.var())
    p = (
        float(fdtrc(DEGREE, n - DEGREE - 1, (1.0 - left) / left * (n - DEGREE - 1) / DEGREE))
        if left
        else 0.0
    )
    bias = float((weight * np.diag(cover)[1:]).sum())
    value = (float((weight * c[1:] ** 2).sum()) - bias) / float(y.var())
    counts = _resamples(n, seed)
    products = (h[:, :, None] * h[:, None, :]).reshape(n, -1)
    grams = (counts @ products / n).reshape(RESAMPLES, DEGREE + 1, DEGREE + 1)
    rights = counts @ (h * y[:, None]) / n
    cs = np.linalg.solve(grams, rights[..., None])[..., 0]
    spread = counts @ y**2 / n - (counts @ y / n) ** 2
    again = (
        (weight * cs[:, 1:] ** 2).sum(axis=1) - 2.0 * bias
    ) / spread  # resampled noise adds its own
    low, high = np.quantile(again, [0.05, 0.95])
    kept = max(value, 0.0)
    return kept, max(min(float(low), value), 0.0), max(float(high), kept), p


@lru_cache(maxsize=2)
def _resamples(n: int, seed: int) -> np.ndarray:
    """How often each of n runs is taken in each resample, the same for every number, [RESAMPLES, n]."""
    drawn = np.random.default_rng([seed, 3]).multinomial(n, np.full(n, 1.0 / n), RESAMPLES)
    return drawn.astype(float)


def width_after(x: np.ndarray, y: np.ndarray, rho2: float, seed: int) -> float:
    """Expected width of y's 90 % interval after a measurement of x, as a share of that now.

    Runs are put in bins of the simulated measurement; the same bins of shuffled runs take out what small bins distort.
    """
    rng = np.random.default_rng([seed, 4])
    seen = math.sqrt(rho2) * x + math.sqrt(max(1.0 - rho2, 0.0)) * rng.standard_normal(len(x))
    shuffled = rng.permutation(len(y))
    return _mean_width(y[np.argsort(seen, kind="stable")]) / _mean_width(y[shuffled])


def _mean_width(y: np.ndarray) -> float:
    parts = np.array_split(y, min(_BINS, max(len(y) // 50, 2)))
    return float(np.mean([np.ptp(np.quantile(p, [0.05, 0.95])) for p in parts])) or 1.0


def value(
    study: Study,
    precision: float = 0.25,
    draws: int = 4000,
    progress: Callable[[str, float], None] | None = None,
    most: int | None = None,
) -> Value:
    """What measuring each uncertain number, all else as it is, would do to the outcome. most: only so many, the best.

    Raises SalientError for a precision that is none, too few runs, or an outcome that never varies.
    """
    if not (math.isfinite(precision) and 0.0 <= precision <= 10.0):
        raise SalientError(
            Problem(
                f"{precision:g} is no precision",
                key="--precision",
                hint="between 0 and 10, such as 0.25",
            )
        )
    say = progress or (lambda stage, share: None)
    say("running the campaign", 0.1)
    z = study.sample(draws)
    n = z.shape[1]
    if n < _FEWEST:
        raise SalientError(
            Problem(f"{n} runs are too few", key="--draws", hint=f"take at least {_FEWEST}")
        )
    y = study.answers(z, np.arange(n))
    must_vary(y, study.outcome)
    say("smoothing", 0.6)
    centred = (y - y.mean()) / y.std()
    varying = [j for j in range(z.shape[0]) if np.ptp(z[j]) > 0.0]
    chosen = sorted(varying, key=lambda j: -_fit(study, z[j], centred))[:most] if most else varying
    rows = [_row(study, j, z[j], centred, precision) for j in chosen]
    rows.sort(key=lambda r: (-r.reduction, r.name))
    low, high = np.quantile(y, [0.05, 0.95])
    return Value(study, precision, tuple(rows), float(high - low), float(y.std()), n, len(varying))


def _fit(study: Study, z: np.ndarray, y: np.ndarray) -> float:
    """How much of the variance of y the smoother takes, noise and all: enough to rank the numbers."""
    h = hermite(z if study.posterior is None else scores(z))
    return float((np.linalg.lstsq(h, y, rcond=None)[0][1:] ** 2).sum())


def _row(study: Study, j: int, z: np.ndarray, y: np.ndarray, precision: float) -> Row:
    prior = study.priors[j]
    spread = 1.0 if study.posterior is None else float(z.std())
    rho2 = spread**2 / (spread**2 + precision**2) if spread else 0.0
    x = z if study.posterior is None else scores(z)
    found = explained(x, y, rho2, study.seed)
    return Row(prior.name, spoken(prior), prior.unit, *found, width_after(x, y, rho2, study.seed))


def sentences(found: Value) -> list[str]:
    """What would settle it, in words."""
    clear = found.clear
    o = found.study.outcome
    now = f"{found.width:,.0f} {o.unit}"
    if not clear:
        return [
            f"No single number, measured alone, would surely narrow the answer, whose 90 % interval is {now} wide; "
            f"what the table ranks first may be luck."
        ]
    best = clear[0]
    off = f"{percent(best.reduction)} ({percent(best.low)} to {percent(best.high)})"
    left = percent(min(best.width, 1.0))
    out = [
        f"Measure first: {best.label}. With an error of {found.precision:g} of the spread that is assumed now, it "
        f"would take {off} off the variance of the answer, and leave {left} of its 90 % interval of {now}."
    ]
    if best.reduction < 0.1:
        out.append("No single number settles this: even the best takes off less than a tenth.")
    return out


def as_json(found: Value) -> dict[str, Any]:
    """The result as data. value, low, high of a row: the share of the outcome's variance that measuring removes."""
    return {
        "precision": found.precision,
        "width": found.width,
        "standard_deviation": found.spread,
        "runs": found.runs,
        "sentences": sentences(found),
        "rows": [
            {
                "name": r.name,
                "label": r.label,
                "value": r.reduction,
                "low": r.low,
                "high": r.high,
                "unit": r.unit,
                "p": r.p,
                "width_after": r.width,
            }
            for r in found.rows
        ],
    }
