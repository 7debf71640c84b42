"""Priors of a compiled scenario: a table of named numbers, each standard normal on its own scale.

A parameter z ~ N(0, 1) has the natural value exp(mu + sd z), expit(mu + sd z) or mu + sd z. Numbers that the scenario
gives without an interval are in the table with sd 0 and have no z.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from salient.mechanisms.base import Z90, moments
from salient.numerics import Array, exp, expit, namespace, where
from salient.quantities import Kind


@dataclass(frozen=True)
class Prior:
    """One number: its name, 90 % interval, kind, unit, and where the interval is from."""

    name: str
    kind: Kind
    mu: float
    sd: float
    unit: str
    label: str
    source: str
    trust: str
    group: str

    @property
    def free(self) -> bool:
        """Whether it is uncertain."""
        return self.sd > 0.0

    def natural(self, z: float) -> float:
        """The natural value at z."""
        x = self.mu + self.sd * z
        if self.kind == "positive":
            return float(np.exp(x))
        return float(1.0 / (1.0 + np.exp(-x))) if self.kind == "fraction" else float(x)

    @property
    def interval(self) -> tuple[float, float, float]:
        """Median, 5 % and 95 % point."""
        return self.natural(0.0), self.natural(-Z90), self.natural(Z90)


def prior(name: str, kind: Kind, low: float, high: float, **about: str) -> Prior:
    """A prior from its 5 % and 95 % points; a constant when they are equal."""
    if low == high:
        return _constant(name, kind, low, **about)
    mu, sd = moments(kind, low, high)
    return Prior(name, kind, mu, sd, **about)


def _constant(name: str, kind: Kind, value: float, **about: str) -> Prior:
    """A known number, kept on the real scale so that 0 and 1 are allowed."""
    return Prior(name, "real", value, 0.0, **about)


@dataclass(frozen=True)
class PriorTable:
    """All numbers of a compiled scenario: the free ones first, by name; then the constants."""

    rows: tuple[Prior, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all rows."""
        return tuple(r.name for r in self.rows)

    @cached_property
    def index(self) -> dict[str, int]:
        """Row number by name."""
        return {n: i for i, n in enumerate(self.names)}

    @cached_property
    def free(self) -> tuple[Prior, ...]:
        """The uncertain rows."""
        return tuple(r for r in self.rows if r.free)

    def natural(self, z: Array, mu: Array | None = None, sd: Array | None = None) -> Array:
        """Natural values, dims row, draws, from z of dims free row, draws."""
        xp = namespace(z)
        n = len(self.rows) - z.shape[0]
        full = xp.concatenate([z, xp.zeros((n, *z.shape[1:]), z.dtype)]) if n else z
        mu = np.array([r.mu for r in self.rows]) if mu is None else mu
        sd = np.array([r.sd for r in self.rows]) if sd is None else sd
        x = mu[:, None] + sd[:, None] * full
        kinds = np.array([{"positive": 0, "fraction": 1, "real": 2}[r.kind] for r in self.rows])[
            :, None
        ]
        positive = exp(where(kinds == 0, x, 0.0))
        return where(kinds == 0, positive, where(kinds == 1, expit(x), x))

    def with_rows(self, changed: dict[str, Prior]) -> PriorTable:
        """The table with some rows replaced by others of the same name."""
        return ordered([changed.get(r.name, r) for r in self.rows])


def ordered(rows: list[Prior]) -> PriorTable:
    """A table in its order: free rows by name, then constants by name."""
    return PriorTable(tuple(sorted(rows, key=lambda r: (not r.free, r.name))))


def rescaled(row: Prior, factor: float) -> Prior:
    """The same prior with its spread multiplied, for sensitivity to what was assumed."""
    return replace(row, sd=row.sd * factor)
