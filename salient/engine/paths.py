"""Inputs by week: what events and branches set, as far as the as-of date knew, averaged over each week."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from salient.engine.priors import PriorTable
from salient.engine.setting import Setting
from salient.mechanisms.base import Input
from salient.scenario.schema import Change, Event, Scenario

_PAD = 4
TARGETS = {
    "support": ("support_level", "flow"),
    "contingent": ("presence", "contingent"),
    "surge": ("surge", "side_sector"),
    "surprise": ("surprised", "side_sector"),
    "interdiction": ("interdiction", "line"),
    "reinforcement": ("reinforcement", "side_sector"),
    "detachment": ("detached", "side"),
    "return": ("returning", "side"),
    "posture": ("stance", "side_sector"),
    "withdrawal": ("leaving", "side_sector"),
    "sanctions": ("sanctions", "side"),
}
"""The input that an event of each kind sets, and what its cells are."""


SEASONAL = ("mud", "leaves")
"""Inputs that follow the calendar of the scenario's seasons."""


@dataclass(frozen=True)
class Path:
    """An input by week: base plus the sum of weight x level, where levels are rows of the prior table.

    base: [week, *dims]; weights: [week, *dims, term]; rows: [term], the row of each term. Terms are padded with
    weight 0 to a multiple of `_PAD`, so that branches and as-of dates share one compilation.
    """

    name: str
    base: np.ndarray
    weights: np.ndarray
    rows: np.ndarray

    @staticmethod
    def of(
        name: str, base: np.ndarray, terms: list[np.ndarray], rows: list[int], room: int
    ) -> Path:
        """A path with its terms padded to `room` and on to a multiple of `_PAD`."""
        n = -(-max(len(terms), room) // _PAD) * _PAD
        weights = np.zeros((*base.shape, n))
        for k, term in enumerate(terms):
            weights[..., k] = term
        return Path(name, base, weights, np.array([*rows, *[0] * (n - len(rows))], dtype=np.int32))


def known(event: Event, as_of: dt.date) -> bool:
    """Whether an event had been reported by the as-of date."""
    return (event.reported or event.date) <= as_of


def known_end(event: Event, as_of: dt.date) -> dt.date | None:
    """The end of an event, if the as-of date knew it."""
    if event.until is None or (event.until_reported or event.until) > as_of:
        return None
    return event.until


@dataclass(frozen=True)
class Span:
    """What sets an input, from a day to a day (or on), at the level of a row."""

    row: str
    start: dt.date
    end: dt.date | None
    what: Event | Change
    branch: bool = False

    @staticmethod
    def of_event(e: Event, as_of: dt.date) -> Span:
        """An event, to its end as far as it was known, else for as long as it is taken to last."""
        end = known_end(e, as_of)
        if end is None and e.lasting is not None:
            end = e.date + dt.timedelta(days=round(7 * e.lasting.centre))
        return Span(f"events.{e.id}", e.date, end, e)

    @staticmethod
    def of_change(c: Change, row: str, as_of: dt.date) -> Span:
        """A branch's change, from the day after the as-of date and what it waits."""
        start = as_of + dt.timedelta(days=1 + round(7 * c.after.centre))
        end = start + dt.timedelta(days=round(7 * c.lasting.centre)) if c.lasting else None
        return Span(row, start, end, c, branch=True)


@dataclass(frozen=True)
class Paths:
    """Builds the path of each input from the spans that set it."""

    scenario: Scenario
    setting: Setting
    priors: PriorTable
    weeks: tuple[dt.date, ...]
    as_of: dt.date
    spans: tuple[Span, ...]
    will: bool

    def path(self, i: Input) -> Path:
        """The path of one input over all weeks."""
        if i.name == "free_flow":
            return Path.of(i.name, self._free_flow(), [], [], 0)
        if i.name == "arriving":
            return self._arrivals(i)
        if i.name in SEASONAL:
            return self._seasons(i)
        shape = self.setting.shape(i.dims)
        base = np.full((self._steps, *shape), float(i.neutral))
        terms: list[np.ndarray] = []
        rows: list[int] = []
        for cell in np.ndindex(*shape):
            for row, weight in self._weights(i, cell):
                column = np.zeros((self._steps, *shape))
                column[(slice(None), *cell)] = weight
                base[(slice(None), *cell)] -= weight * i.neutral
                terms.append(column)
                rows.append(self.priors.index[row])
        if i.name == "support_level" and self.will:
            base, terms = self._announced(base, terms)
        return Path.of(i.name, base, terms, rows, self._room(i))

    @property
    def _steps(self) -> int:
        return len(self.weeks) - 1

    @property
    def _step_days(self) -> int:
        return self.scenario.period.step_days

    def _weights(self, i: Input, cell: tuple[int, ...]) -> list[tuple[str, np.ndarray]]:
        """For each row that sets this cell, the share of each week in which it does. The latest start wins."""
        mine = sorted(
            (s for s in self.spans if self._sets(s, i, cell)), key=lambda s: (s.start, s.branch)
        )
        days = (self.weeks[-1] - self.weeks[0]).days
        owner = np.full(days, -1)
        for k, s in enumerate(mine):
            first = max((s.start - self.weeks[0]).days, 0)
            last = days if s.end is None else min((s.end - self.weeks[0]).days, days)
            owner[first : max(last, first)] = k
        by_week = owner.reshape(self._steps, self._step_days)
        return [
            (s.row, (by_week == k).mean(axis=1)) for k, s in enumerate(mine) if (owner == k).any()
        ]

    def _sets(self, s: Span, i: Input, cell: tuple[int, ...]) -> bool:
        name, where = TARGETS[s.what.kind]
        if name != i.name:
            return False
        e, names = s.what, self.setting.names
        if where == "flow":
            flow = names["flow"][cell[0]]
            return flow == f"{e.supporter}.{e.flow}" or (
                e.flow is None and flow.startswith(f"{e.supporter}.")
            )
        if where == "side":
            return names["side"][cell[0]] == e.side
        if where in ("contingent", "line"):
            return names[where][cell[0]] == getattr(e, where)
        return names["side"][cell[0]] == e.side and e.sector in (None, names["sector"][cell[1]])

    def _first_free_week(self) -> int:
        """The first whole week after the as-of date: until then what was announced holds."""
        return -(-((self.as_of - self.weeks[0]).days + 1) // self._step_days)

    def _free_flow(self) -> np.ndarray:
        free = np.zeros((self._steps, self.setting.size("flow")))
        if self.will:
            for f, name in enumerate(self.setting.names["flow"]):
                supporter = self.scenario.supporters[name.split(".", 1)[0]]
                if supporter.will is not None and not self._fixed_by_branch(f):
                    free[self._first_free_week() :, f] = 1.0
        return free

    def _fixed_by_branch(self, f: int) -> bool:
        dummy = Input("support_level", ("flow",), "1", "")
        return any(
            s.branch and s.what.kind == "support" and self._sets(s, dummy, (f,)) for s in self.spans
        )

    def _announced(
        self, base: np.ndarray, terms: list[np.ndarray]
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Where the supporter's own chances decide, the announced level is 1 and they scale it."""
        free = self._free_flow() > 0
        base = np.where(free, 1.0, base)
        return base, [np.where(free, 0.0, t) for t in terms]

    def _arrivals(self, i: Input) -> Path:
        shape = self.setting.shape(i.dims)
        terms, rows = [], []
        for c, (key, contingent) in enumerate(self.scenario.contingents.items()):
            for k, a in enumerate(contingent.arrivals):
                if (a.reported or a.date) > self.as_of:
                    continue
                column = np.zeros((self._steps, *shape))
                column[:, c] = self._share_of_weeks(a.date, max(round(7 * a.over.centre), 1))
                terms.append(column)
                rows.append(self.priors.index[f"contingents.{key}.arrivals.{k}"])
        return Path.of(i.name, np.zeros((self._steps, *shape)), terms, rows, 0)

    def _seasons(self, i: Input) -> Path:
        """The sum over seasons of their share of each week; where two overlap they add up."""
        shape = self.setting.shape(i.dims)
        terms, rows = [], []
        for key, season in self.scenario.seasons.items():
            column = np.zeros((self._steps, *shape))
            where = season.sectors or self.setting.names["sector"]
            here = [j for j, name in enumerate(self.setting.names["sector"]) if name in where]
            column[:, here] = self._days_within(season.begin, season.finish)[:, None]
            terms.append(column)
            rows.append(self.priors.index[f"seasons.{key}.{i.name}"])
        return Path.of(i.name, np.zeros((self._steps, *shape)), terms, rows, 0)

    def _days_within(self, begin: str, finish: str) -> np.ndarray:
        """Share of each step that lies between two days of the year, [step]."""
        days = [self.weeks[0] + dt.timedelta(days=n) for n in range(self._step_days * self._steps)]
        named = [f"{d:%m-%d}" for d in days]
        spans_new_year = finish < begin
        inside = [
            (d >= begin or d < finish) if spans_new_year else begin <= d < finish for d in named
        ]
        return np.array(inside, dtype=float).reshape(self._steps, self._step_days).mean(axis=1)

    def _room(self, i: Input) -> int:
        """Most terms that any branch could need beside the known events."""
        events = sum(TARGETS[s.what.kind][0] == i.name for s in self.spans if not s.branch)
        flows = self.setting.size("flow")
        changes = [
            sum(
                (1 if c.flow or c.kind != "support" else flows)
                for c in b.changes
                if TARGETS[c.kind][0] == i.name
            )
            for b in self.scenario.branches.values()
        ]
        return events + max(changes, default=0)

    def _share_of_weeks(self, start: dt.date, days: int) -> np.ndarray:
        """Share of something spread evenly over `days` from `start` that falls in each week."""
        offsets = (start - self.weeks[0]).days + np.arange(days)
        inside = offsets[(offsets >= 0) & (offsets < self._step_days * self._steps)]
        return np.bincount(inside // self._step_days, minlength=self._steps) / days
