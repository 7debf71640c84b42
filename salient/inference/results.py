"""What an inference says of itself: intervals, parameters before and after the data, checks, hindcasts.

Nothing here computes but the quantiles of draws.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A median with its central interval."""

    median: float
    low: float
    high: float
    level: float = 0.9
    unit: str = ""

    @classmethod
    def of(cls, draws: Floats, unit: str = "", level: float = 0.9) -> Interval:
        """The interval of a sample of equally weighted draws."""
        import numpy as np

        tail = 0.5 * (1.0 - level)
        low, median, high = np.quantile(np.asarray(draws, dtype=float), [tail, 0.5, 1.0 - tail])
        return cls(float(median), float(low), float(high), level, unit)


@dataclass(frozen=True)
class ParameterRow:
    """A number of the model before and after the data.

    contraction: 1 - variance after / variance before, on the scale on which the prior is normal.
    shift: move of the mean, in prior standard deviations, on that scale.
    trust: S well supported, M mixed or narrow evidence, C contested, A an assumption of ours.
    group: the slot of the mechanism that it belongs to, or the observation model.
    """

    name: str
    label: str
    unit: str
    prior: Interval
    posterior: Interval
    contraction: float
    shift: float
    source: str
    trust: str
    group: str
    kind: Literal["positive", "fraction", "real"] = "positive"


@dataclass(frozen=True)
class Check:
    """One diagnostic with the limit that it must keep. limit: in words, such as 'at most 1.01'."""

    name: str
    value: float
    limit: str
    ok: bool


@dataclass(frozen=True)
class Diagnostics:
    """Whether the fit can be trusted. sentences: what is wrong, in plain words; empty when nothing is."""

    ok: bool
    rows: Sequence[Check]
    sentences: Sequence[str] = ()


@dataclass(frozen=True)
class Hindcast:
    """What the fitted model says of a week whose outcome was in its data."""

    horizon: int
    origin: dt.date
    predicted: Interval
    observed: float
    inside50: bool
    inside90: bool
    sector: str = ""
