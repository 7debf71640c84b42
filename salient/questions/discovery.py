"""In which corner of the assumptions the answer flips: the patient rule induction method, and how far to believe it.

Friedman and Fisher (1999), "Bump hunting in high-dimensional data", Statistics and Computing 9; coverage, density and
the resampling test after Bryant and Lempert (2010), Technological Forecasting and Social Change 77. A third of the runs
is kept back: it takes no part in finding the corner, and the shares that a reader sees are counted in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from salient.engine.priors import Prior
from salient.errors import Problem, SalientError
from salient.questions.outcomes import Study, must_vary, percent, spoken

ALPHA = 0.05
SMALLEST = 0.1
MOST = 4
CANDIDATES = 6
RESAMPLES = 30
_RARE = 30
Side = Literal["below", "above"]
Key = tuple[int, Side]
Box = dict[Key, float]
"""Limits by number and side: (3, 'below'): -0.4 keeps runs whose z of number 3 is at most -0.4."""


@dataclass(frozen=True)
class Frequency:
    """Runs that show the answer among those counted, with the 90 % interval of Jeffreys."""

    hits: int
    runs: int
    share: float
    low: float
    high: float

    @classmethod
    def of(cls, shown: np.ndarray) -> Frequency:
        """The frequency in a sample of flags."""
        from scipy.stats import beta

        n, k = len(shown), int(shown.sum())
        low, high = (float(v) for v in beta.ppf([0.05, 0.95], k + 0.5, n - k + 0.5))
        return cls(k, n, k / n if n else float("nan"), low, high)


@dataclass(frozen=True)
class Limit:
    """One side of the corner, on the natural scale. low, high: 90 % of the limits found in resampled runs.

    quasi_p: chance of so many hits if this limit did nothing; found: share of resamples that have the limit too.
    """

    prior: Prior
    side: Side
    value: float
    low: float
    high: float
    quasi_p: float
    found: float


@dataclass(frozen=True)
class Discovery:
    """The corner; empty when none is found. inside, outside, overall: counted in the runs that were kept back.

    coverage: share of all runs with the answer that lie in the corner.
    """

    study: Study
    side: Side
    threshold: float
    limits: tuple[Limit, ...]
    inside: Frequency | None
    outside: Frequency | None
    overall: Frequency
    coverage: float
    runs: int


def within(z: np.ndarray, box: Box) -> np.ndarray:
    """Which columns of z, [numbers, runs], lie in the box."""
    keep = np.ones(z.shape[1], dtype=bool)
    for (j, side), limit in box.items():
        keep &= z[j] <= limit if side == "below" else z[j] >= limit
    return keep


def peel(z: np.ndarray, y: np.ndarray, candidates: np.ndarray) -> list[Box]:
    """Boxes from all runs down to a tenth of them, each a twentieth smaller, with the largest share of y."""
    box: Box = {}
    boxes = [dict(box)]
    keep = np.ones(len(y), dtype=bool)
    while keep.mean() > SMALLEST:
        inside, hit = z[candidates][:, keep], y[keep]
        cuts = np.quantile(inside, [ALPHA, 1.0 - ALPHA], axis=1)
        stays = np.stack([inside >= cuts[0][:, None], inside <= cuts[1][:, None]])
        shares = (stays * hit).sum(axis=2) / np.maximum(stays.sum(axis=2), 1)
        which, best = np.unravel_index(int(shares.argmax()), shares.shape)
        if shares[which, best] <= hit.mean() or stays[which, best].all():
            break
        side: Side = "above" if which == 0 else "below"
        box[int(candidates[best]), side] = float(cuts[which, best])
        boxes.append(dict(box))
        keep = within(z, box)
    return boxes


def worth(z: np.ndarray, y: np.ndarray, box: Box) -> float:
    """Mean of density and coverage in which density weighs more: F of order one half (van Rijsbergen 1979)."""
    keep = within(z, box)
    hits = float((keep & y).sum())
    if hits == 0.0:
        return 0.0
    density, coverage = hits / keep.sum(), hits / y.sum()
    return 1.25 * density * coverage / (0.25 * density + coverage)


def quasi_p(z: np.ndarray, y: np.ndarray, box: Box, key: Key) -> float:
    """Chance of at least as many hits in the box, if the limit did nothing beyond the others."""
    from scipy.stats import binom

    wider = {k: v for k, v in box.items() if k != key}
    inside, without = within(z, box), within(z, wider)
    p = float(y[without].mean()) if without.any() else 1.0
    return float(binom.sf(int(y[inside].sum()) - 1, int(inside.sum()), p))


def corner(z: np.ndarray, y: np.ndarray) -> tuple[Box, dict[Key, float]]:
    """The box that one half of the runs suggests and the other half upholds, with the quasi-p of each limit."""
    half = z.shape[1] // 2
    z1, y1, z2, y2 = z[:, :half], y[:half], z[:, half:], y[half:]
    if y1.all() or not y1.any() or not y2.any():
        return {}, {}
    apart = np.abs(z1[:, y1].mean(axis=1) - z1[:, ~y1].mean(axis=1))
    candidates = np.argsort(-apart, kind="stable")[:CANDIDATES]
    boxes = peel(z1, y1, candidates)
    box = max(boxes, key=lambda b: worth(z2, y2, b))
    while box:
        p = {key: quasi_p(z2, y2, box, key) for key in box}
        worst = max(p, key=lambda key: (p[key], key))
        if p[worst] <= 0.05 and len(box) <= MOST:
            return box, p
        box = {k: v for k, v in box.items() if k != worst}
    return {}, {}


def discover(
    study: Study,
    threshold: float,
    side: Side,
    draws: int = 12_000,
    progress: Callable[[str, float], None] | None = None,
) -> Discovery:
    """The corner of the assumptions in which the outcome lies below (above) the threshold far more often.

    Raises SalientError when nearly all runs, or nearly none, lie there.
    """
    say = progress or (lambda stage, share: None)
    say("running the campaign", 0.1)
    z = study.sample(draws)
    n = z.shape[1]
    value = study.answers(z, np.arange(n))
    must_vary(value, study.outcome)
    y = value < threshold if side == "below" else value > threshold
    _enough(study, y, value, side, threshold)
    used = 2 * n // 3
    say("looking for the corner", 0.5)
    box, p = corner(z[:, :used], y[:used])
    again = _resampled(z[:, :used], y[:used], study.seed) if box else []
    z3, y3 = z[:, used:], y[used:]
    keep = within(z3, box)
    limits = tuple(_limit(study, key, limit, p[key], again) for key, limit in box.items())
    return Discovery(
        study,
        side,
        threshold,
        limits,
        Frequency.of(y3[keep]) if box else None,
        Frequency.of(y3[~keep]) if box else None,
        Frequency.of(y3),
        float(y3[keep].sum() / max(y3.sum(), 1)) if box else 0.0,
        n,
    )


def _enough(study: Study, y: np.ndarray, value: np.ndarray, side: Side, threshold: float) -> None:
    hits, unit = int(y.sum()), study.outcome.unit
    if min(hits, len(y) - hits) >= _RARE:
        return
    low, high = np.quantile(value, [0.1, 0.9])
    raise SalientError(
        Problem(
            f"{hits:,} of {len(y):,} runs lie {side} {threshold:,g} {unit}; at least {_RARE} on each side are needed",
            key=f"--{side}",
            hint=f"most runs lie between {_plain(low)} and {_plain(high)} {unit}; or take more --draws",
        )
    )


def _resampled(z: np.ndarray, y: np.ndarray, seed: int) -> list[Box]:
    """The corners of resampled runs."""
    rng = np.random.default_rng([seed, 2])
    picks = [rng.permutation(len(y))[: len(y) // 2] for _ in range(RESAMPLES)]
    return [corner(z[:, p], y[p])[0] for p in picks]


def _limit(study: Study, key: Key, limit: float, p: float, again: list[Box]) -> Limit:
    prior = study.priors[key[0]]
    same = [b[key] for b in again if key in b] or [limit]
    low, high = np.quantile(same, [0.05, 0.95])
    return Limit(
        prior,
        key[1],
        prior.natural(limit),
        prior.natural(float(min(low, limit))),
        prior.natural(float(max(high, limit))),
        p,
        float(np.mean([key in b for b in again])),
    )


def _plain(x: float) -> str:
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.2g}"


def _amount(x: float, unit: str) -> str:
    return _plain(x) if unit == "1" else f"{_plain(x)} {unit}"


_LOGIT = "logit of the weekly chance"


def in_words(limit: Limit) -> str:
    """A side of the corner as a clause. A logit of a chance is told as the chance."""
    unit, words = limit.prior.unit, spoken(limit.prior)
    middle, low, high = limit.prior.interval
    if words.startswith(_LOGIT):
        at, middle, low, high = (
            float(100.0 / (1.0 + np.exp(-v))) for v in (limit.value, middle, low, high)
        )
        return (
            f"the {words.removeprefix('logit of the ')} is {limit.side} {at:.1f} % "
            f"(assumed: {middle:.1f}, {low:.1f} to {high:.1f})"
        )
    return (
        f"the {words} is {limit.side} {_amount(limit.value, unit)} "
        f"(assumed: {_plain(middle)}, {_plain(low)} to {_plain(high)})"
    )


def _of_100(f: Frequency) -> str:
    return f"{100 * f.share:.0f} in 100 runs ({100 * f.low:.0f} to {100 * f.high:.0f})"


def sentences(found: Discovery) -> list[str]:
    """The corner in words, with how often the answer holds in it and elsewhere."""
    o = found.study.outcome
    answer = f"{found.side} {_amount(found.threshold, o.unit)}"
    if found.inside is None or found.outside is None:
        return [
            f"No corner of the assumptions was found in which the answer flips: "
            f"{_of_100(found.overall)} lie {answer} whatever the numbers are, as far as {found.runs} runs can tell."
        ]
    clauses = " and ".join(in_words(x) for x in found.limits)
    weak = [spoken(x.prior) for x in found.limits if x.found < 0.5]
    out = [
        f"When {clauses}: {_of_100(found.inside)} lie {answer}; elsewhere {_of_100(found.outside)}.",
        f"The corner holds {percent(found.coverage)} of all runs that lie {answer}. "
        f"Counted in {found.overall.runs} runs that took no part in finding it.",
    ]
    if weak:
        out.append(
            f"Not firm, found again in fewer than half of resampled runs: {'; '.join(weak)}."
        )
    if found.inside.low <= found.outside.high:
        out.append("The intervals overlap: do not rely on this corner.")
    return out


def as_json(found: Discovery) -> dict[str, Any]:
    """The corner as data. value, low, high of a row: its limit, and 90 % of the limits in resampled runs."""

    def said(f: Frequency | None) -> dict[str, Any] | None:
        return None if f is None else dict(vars(f))

    return {
        "side": found.side,
        "threshold": found.threshold,
        "inside": said(found.inside),
        "outside": said(found.outside),
        "overall": said(found.overall),
        "coverage": found.coverage,
        "runs": found.runs,
        "sentences": sentences(found),
        "rows": [
            {
                "name": x.prior.name,
                "label": spoken(x.prior),
                "side": x.side,
                "value": x.value,
                "low": x.low,
                "high": x.high,
                "unit": x.prior.unit,
                "assumed": list(x.prior.interval),
                "quasi_p": x.quasi_p,
                "found_again": x.found,
            }
            for x in found.limits
        ],
    }
