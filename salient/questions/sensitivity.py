"""Which of the assumptions decide the answer: Morris screening, then Sobol indices of the numbers that pass, with all
others together and with chance as a factor of its own.

Screening: Morris (1991), "Factorial sampling plans for preliminary computational experiments", Technometrics 33, with
the mean of absolute effects of Campolongo et al. (2007). Indices: Saltelli et al. (2010), Computer Physics
Communications 181; intervals by bootstrap. Both by SALib. A run is a function of the numbers and of the id of its
random numbers, so chance enters the design like any number and its share is measured, not assumed away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from salient.errors import SalientError
from salient.questions.outcomes import Study, must_vary, percent, spoken

OTHERS, CHANCE = "all others together", "chance"
SHOWN = 12
TRAJECTORIES = 40
_EDGE = (0.05, 0.95)
_RESAMPLES = 200
_Z90 = 1.6448536269514722
_PAIRS = 500
Model = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(u [rows, numbers] in 0..1, ids of chance [rows]) -> answers [rows]."""


@dataclass(frozen=True)
class Share:
    """The share of the outcome's variance that a factor has a hand in (total), and that it explains alone (first)."""

    name: str
    total: float
    total_low: float
    total_high: float
    first: float
    first_low: float
    first_high: float


@dataclass(frozen=True)
class Swing:
    """Mean outcome with a number at its 5 % and at its 95 % point, all else as drawn; change with its 90 % interval."""

    low_value: float
    high_value: float
    at_low: float
    at_high: float
    change: float
    change_low: float
    change_high: float


@dataclass(frozen=True)
class Row:
    """A factor of the answer. swing: None for chance and for all others together."""

    name: str
    label: str
    unit: str
    share: Share
    swing: Swing | None


@dataclass(frozen=True)
class Sensitivity:
    """What matters for an outcome. screened: mean absolute effect of every number, in the outcome's unit.

    mean and spread: over the design; reference: mean over the draws in which single numbers are moved.
    """

    study: Study
    rows: tuple[Row, ...]
    screened: tuple[tuple[str, float], ...]
    mean: float
    spread: float
    runs: int
    reference: float


def salib(part: str) -> ModuleType:
    """A module of SALib. Raises SalientError with the command that installs it."""
    from importlib import import_module

    try:
        return import_module(f"SALib.{part}")
    except ImportError:
        raise SalientError(
            "sensitivity needs SALib; install it with: pip install 'salient-model[questions]'"
        ) from None


def screen(model: Model, names: Sequence[str], trajectories: int, seed: int) -> np.ndarray:
    """Mean absolute effect of each number when it moves by two thirds of its middle 90 %, [numbers].

    All runs of a trajectory share their chance.
    """
    problem: dict[str, Any] = {
        "num_vars": len(names),
        "names": list(names),
        "bounds": [list(_EDGE)] * len(names),
    }
    u = salib("sample.morris").sample(problem, trajectories, num_levels=4, seed=seed)
    y = model(u, np.repeat(np.arange(trajectories), len(names) + 1))
    found = salib("analyze.morris").analyze(
        problem, u, y, num_levels=4, num_resamples=10, seed=seed
    )
    return np.asarray(found["mu_star"], dtype=float)


def indices(
    model: Model, names: Sequence[str], chosen: Sequence[int], n: int, seed: int
) -> tuple[list[Share], np.ndarray]:
    """Sobol indices of the chosen numbers, of all others together and of chance, and the answers of the design.

    n: base sample, brought up to a power of two; the design has n (factors + 2) runs. Intervals are 90 %.
    """
    width = len(names)
    own = {j: names[j] for j in chosen}
    groups = [own.get(j, OTHERS) for j in range(width)] + [CHANCE]
    problem: dict[str, Any] = {
        "num_vars": width + 1,
        "names": [*names, CHANCE],
        "groups": groups,
        "bounds": [[0.0, 1.0]] * (width + 1),
    }
    base = 2 ** max(math.ceil(math.log2(n)), 3)
    x = salib("sample.sobol").sample(problem, base, calc_second_order=False, seed=seed)
    chance = np.minimum(x[:, -1] * 2.0**32, 2.0**32 - 1).astype(np.uint32)
    y = model(x[:, :-1], chance)
    if np.ptp(y) == 0.0:
        factors = list(dict.fromkeys(groups))
        return [Share(f, *(0.0,) * 6) for f in factors], y
    scaled = (y - y.mean()) / y.std()
    found = salib("analyze.sobol").analyze(
        problem,
        scaled,
        calc_second_order=False,
        num_resamples=_RESAMPLES,
        conf_level=0.9,
        seed=seed,
    )
    return [
        Share(name, st, max(st - tc, 0.0), st + tc, s1, s1 - sc, s1 + sc)
        for name, st, tc, s1, sc in zip(
            dict.fromkeys(groups),
            *(
                [float(v) for v in np.atleast_1d(found[k])]
                for k in ("ST", "ST_conf", "S1", "S1_conf")
            ),
            strict=True,
        )
    ], y


def sensitivity(
    study: Study, draws: int = 1024, progress: Callable[[str, float], None] | None = None
) -> Sensitivity:
    """Screen every uncertain number, then share the variance of the outcome among those that matter.

    Raises SalientError when SALib is missing or when the outcome never varies.
    """
    say = progress or (lambda stage, share: None)
    names = [r.name for r in study.priors]

    def model(u: np.ndarray, chance: np.ndarray) -> np.ndarray:
        return study.answers(study.at(u.T), chance)

    say("screening", 0.1)
    effect = screen(model, names, TRAJECTORIES, study.seed)
    ranked = np.argsort(-effect, kind="stable")
    chosen = [int(j) for j in ranked[:SHOWN] if effect[j] > 0.0]
    say("sharing the variance", 0.4)
    shares, y = indices(model, names, chosen, draws, study.seed)
    must_vary(y, study.outcome)
    say("moving one number at a time", 0.8)
    by_name = {s.name: s for s in shares}
    z = study.sample(min(draws, _PAIRS))
    rows = [_row(study, j, by_name[names[j]], z) for j in chosen]
    reference = float(study.answers(z, np.arange(z.shape[1])).mean())
    rows.sort(key=lambda r: (-r.share.total, r.name))
    rest = [
        Row(s.name, label, "", s, None)
        for s, label in (
            (by_name.get(OTHERS), f"the other {len(names) - len(chosen)} numbers together"),
            (by_name.get(CHANCE), "chance: what the numbers leave to luck"),
        )
        if s is not None
    ]
    screened = tuple((names[j], float(effect[j])) for j in ranked)
    return Sensitivity(
        study, (*rows, *rest), screened, float(y.mean()), float(y.std()), len(y), reference
    )


def _row(study: Study, j: int, share: Share, z: np.ndarray) -> Row:
    prior = study.priors[j]
    return Row(prior.name, spoken(prior), prior.unit, share, swing(study, j, z))


def swing(study: Study, j: int, z: np.ndarray) -> Swing:
    """Mean outcome at both ends of a number, the rest and chance the same in both, draw by draw.

    z: the draws, [free, n].
    """
    ids = np.arange(z.shape[1])
    ends = study.at(np.tile([[*_EDGE]], (z.shape[0], 1)))[j]
    low, high = (study.answers(_with(z, j, end), ids) for end in ends)
    gap = high - low
    error = _Z90 * float(gap.std(ddof=1)) / math.sqrt(len(gap))
    middle = float(gap.mean())
    prior = study.priors[j]
    return Swing(
        prior.natural(float(ends[0])),
        prior.natural(float(ends[1])),
        float(low.mean()),
        float(high.mean()),
        middle,
        middle - error,
        middle + error,
    )


def _with(z: np.ndarray, j: int, value: float) -> np.ndarray:
    """z with one number the same in every draw."""
    out = z.copy()
    out[j] = value
    return out


def sentences(found: Sensitivity) -> list[str]:
    """What the table says, for those who read no table."""
    numbers = [r for r in found.rows if r.swing is not None]
    chance = next((r.share for r in found.rows if r.name == CHANCE), None)
    out = []
    if numbers:
        first = numbers[0]
        out.append(
            f"Most depends on {first.label}: it has a hand in {_range(first.share)} of the variance."
        )
        tied = [r.label for r in numbers[1:] if r.share.total_high >= first.share.total_low]
        if tied:
            out.append(
                f"{len(tied)} other number{'s' if len(tied) > 1 else ''} cannot be told apart from it in rank."
            )
    if numbers:
        out.append(
            "The shares overlap where numbers act together, so they sum to more than the whole. The points are what is "
            "to be expected where a number is low (5 %) and where it is high (95 %)."
        )
    others = next((r for r in found.rows if r.name == OTHERS), None)
    if numbers and others is not None and others.share.total > numbers[0].share.total:
        out.append(
            f"No short list settles it: {others.label} have a hand in {_range(others.share)}, more than any single one."
        )
    if chance is not None:
        beyond = "; knowing the numbers better would not remove what is due to chance alone"
        out.append(
            f"Chance has a hand in {_range(chance)}{beyond if chance.total >= 0.05 else ''}."
        )
    if found.study.posterior is not None:
        out.append(
            "Each number was varied over its own posterior; that the fit ties some of them together is left out."
        )
    return out


def _range(s: Share) -> str:
    high = min(s.total_high, 1.0)
    if high < 0.01:
        return "under 1 %"
    return f"{percent(s.total)} ({percent(s.total_low)} to {percent(high)})"


def as_json(found: Sensitivity) -> dict[str, Any]:
    """The result as data. value, low, high of a row: its total share of the variance with the 90 % interval."""
    return {
        "mean": found.mean,
        "standard_deviation": found.spread,
        "reference": found.reference,
        "runs": found.runs,
        "sentences": sentences(found),
        "rows": [
            {
                "name": r.name,
                "label": r.label,
                "value": r.share.total,
                "low": r.share.total_low,
                "high": r.share.total_high,
                "unit": r.unit,
                "first": r.share.first,
                "first_low": r.share.first_low,
                "first_high": r.share.first_high,
                "swing": None if r.swing is None else vars(r.swing),
            }
            for r in found.rows
        ],
        "screened": [{"name": n, "mean_absolute_effect": v} for n, v in found.screened],
    }
