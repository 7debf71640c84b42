"""The published forecast of a front: an average of two unlike models by sector, and the sum in its own right.

The sectors take the mean of the quantiles of ratio analogues and of the state space of tempo. The sum comes from the
state space, whose sectors share a tempo, and is pulled towards its own past sums as the horizon grows, since
nothing that is built from sectors beat that history at three months.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from salient.errors import Problem, SalientError
from salient.evidence.beside import weeks_before
from salient.evidence.vintage import TOTAL, Front, name_in_maps
from salient.forecasting import analogues, rules, tempo
from salient.forecasting.scores import LEVELS

Model = Literal["both", "analogues", "tempo"]
MODELS: tuple[Model, ...] = ("both", "analogues", "tempo")
LEAST_WEEKS = 22
"""Weeks of maps below which there are too few analogues at three months."""
STALE_DAYS = 14
"""Days from the last map from which a forecast is refused."""
LONGEST = 26
"""Weeks ahead beyond which no such forecast has been scored."""
PULL_WEEKS = 16.0
"""Weeks ahead at which the sum is its own past sums and nothing else; their weight is h / 16 before that."""


@dataclass(frozen=True)
class Forecast:
    """Quantiles of net change since the origin, km2: by location [horizons, levels], levels as in LEVELS.

    paths: futures of the state space, km2 [horizons, sectors, futures], which say how sectors move together; None
    where it was not asked.
    """

    front: Front
    quantiles: dict[str, np.ndarray]
    model: Model
    paths: np.ndarray | None = None

    @property
    def horizons(self) -> int:
        """Weeks ahead."""
        return len(self.quantiles[TOTAL])


def forecast(front: Front, horizons: int, seed: int = 1, model: Model = "both") -> Forecast:
    """Forecast every sector and the sum for 1 .. horizons weeks after the last map.

    Raises SalientError for fewer than LEAST_WEEKS of maps, and where the state space is asked for without NumPyro.
    """
    if len(front.dates) < LEAST_WEEKS + horizons:
        message = f"only {len(front.dates)} weeks of maps are known by {front.last_map}"
        hint = (
            f"at least {LEAST_WEEKS + horizons} are needed: {LEAST_WEEKS} and the {horizons} ahead"
        )
        raise SalientError(Problem(message, key="--as-of", hint=hint))
    made = components(front, horizons, seed, model)
    locations = {s: made["sectors"][:, i] for i, s in enumerate(front.sectors)}
    locations[TOTAL] = made["total"]
    ordered = {k: in_order(v) for k, v in locations.items()}
    return Forecast(front, ordered, model, made.get("paths"))


def must_match(front: Front, sectors: Iterable[str], scenario: str) -> None:
    """Refuse a scenario of which no sector is in the maps."""
    if not {name_in_maps(s) for s in sectors} & set(front.sectors):
        message = f"no sector of '{scenario}' is in the weekly maps of the front"
        hint = f"take ukraine-front, or sectors among {', '.join(front.sectors)}"
        raise SalientError(Problem(message, key="sectors", hint=hint))


def must_be_fresh(front: Front, origin: dt.date) -> None:
    """Refuse maps that end well before the origin: change since then would be a guess of another kind."""
    days = (origin - front.last_map).days
    if days >= STALE_DAYS:
        message = f"the last map is of {front.last_map}, {days} days before {origin}"
        hint = f"take --as-of {front.last_map}, or give newer maps with --data"
        raise SalientError(Problem(message, key="--as-of", hint=hint))


def components(front: Front, horizons: int, seed: int, model: Model) -> dict[str, np.ndarray]:
    """The published quantiles and those of each model.

    `sectors`: km2 [horizons, sectors, levels]; `total`: km2 [horizons, levels]; `paths`: futures of the state space.
    """
    made: dict[str, np.ndarray] = {}
    history = own_history(front, horizons)
    if model != "tempo":
        older = weeks_before(front, analogues.LEAST_YEAR)
        made["analogues"] = analogues.forecast(front.net, horizons, front.daily, older)
        made["sectors"], made["total"] = made["analogues"], history
    if model != "analogues":
        paths = tempo.paths(front.gained, front.lost, horizons, seed)
        made["paths"], made["tempo"] = paths, levels_of(paths)
        made["tempo total"] = levels_of(paths.sum(axis=1))
        weight = np.minimum(np.arange(1, horizons + 1) / PULL_WEEKS, 1.0)[:, None]
        made["total"] = (1.0 - weight) * made["tempo total"] + weight * past_sums(front, horizons)
        both = [made[k] for k in ("analogues", "tempo") if k in made]
        made["sectors"] = np.mean(both, axis=0)
    return made


def own_history(front: Front, horizons: int) -> np.ndarray:
    """The best simple rule on the sum of the front, [horizons, levels]."""
    total = front.net.sum(axis=1, keepdims=True)

    def best(h: int) -> np.ndarray:
        return rules.quantiles(rules.opponent(h, True), total, h)[0]

    return np.stack([best(h) for h in range(1, horizons + 1)])


def past_sums(front: Front, horizons: int) -> np.ndarray:
    """Quantiles of what the sum of the front did in all past spans of so many weeks, [horizons, levels]."""
    total = front.net.sum(axis=1, keepdims=True)
    return np.stack([rules.quantiles("zero, A", total, h)[0] for h in range(1, horizons + 1)])


def levels_of(futures: np.ndarray) -> np.ndarray:
    """Quantiles at LEVELS over the last dim, which they replace."""
    return np.moveaxis(np.quantile(futures, LEVELS, axis=-1), 0, -1)


def in_order(quantiles: np.ndarray) -> np.ndarray:
    """Quantiles that never cross, [..., levels]."""
    return np.asarray(np.maximum.accumulate(quantiles, axis=-1))
