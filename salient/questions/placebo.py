"""A placebo outcome: one that the drivers should have moved too if they matter as much as is claimed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from salient.errors import Problem, SalientError
from salient.evidence.readers import read
from salient.scenario.schema import Placebo


@dataclass(frozen=True)
class Seen:
    """What was seen in a window beside all other windows of as many rows, up to the as-of date.

    amount: sum of the column within the window; others: how many other windows; lower: how many of them had less.
    """

    title: str
    amount: float
    unit: str
    rows: int
    others: int
    lower: int
    first: dt.date
    last: dt.date
    note: str

    @property
    def words(self) -> str:
        """What was seen, in a few sentences."""
        rank = (
            f"less than in any of the {self.others} other spans of as many weeks"
            if self.lower == 0
            else f"more than in {self.lower} of the {self.others} other spans of as many weeks"
        )
        said = (
            f"Placebo, {self.title}: {self.amount:,.0f} {self.unit} in the same weeks, {rank} "
            f"from {self.first} to {self.last}."
        )
        return f"{said} {self.note}".strip()


def look(
    spec: Placebo, begin: dt.date, finish: dt.date, as_of: dt.date, data_dir: Path | None = None
) -> Seen | None:
    """What the placebo's data set says of the days after `begin` up to `finish`; None where they have too few rows.

    Rows count what changed since the row before. Raises SalientError for a column that is not there.
    """
    table = read(spec.dataset, as_of, data_dir)
    for column in (spec.column, *spec.where):
        if column not in table.columns:
            raise SalientError(
                Problem(f"'{spec.dataset}' has no column '{column}'", key="attribution.placebo")
            )
    for column, value in spec.where.items():
        table = table.where(table[column] == value)
    table = table.where(np.isfinite(table[spec.column]))
    order = np.argsort(table["date"], kind="stable")
    dates, values = table["date"][order], table[spec.column][order]
    inside = (dates > np.datetime64(begin)) & (dates <= np.datetime64(finish))
    n = int(inside.sum())
    if n == 0 or len(values) < 3 * n:
        return None
    sums = np.convolve(values, np.ones(n), "valid")
    own = int(np.flatnonzero(inside)[0])
    apart = np.abs(np.arange(len(sums)) - own) >= n
    return Seen(
        spec.title,
        float(sums[own]),
        table.unit(spec.column),
        n,
        int(apart.sum()),
        int((sums[apart] < sums[own]).sum()),
        dates[0].item(),
        dates[-1].item(),
        spec.note or "",
    )
