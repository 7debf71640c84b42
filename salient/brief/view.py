"""Findings as the words and charts need them: who holds what, which branches are compared, numbers already written."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from salient.brief import words
from salient.brief.content import Estimate, Probability
from salient.questions.findings import (
    BranchOutlook,
    Difference,
    Findings,
    Interval,
    MapSeries,
    ParameterRow,
)
from salient.scenario.schema import Belligerent, Sector

NEAR = 0.05
"""A change by less than this share of what is held counts as little change."""


@dataclass(frozen=True)
class Pair:
    """Two branches and the first less the second, draw by draw."""

    first: BranchOutlook
    second: BranchOutlook
    difference: Difference


@dataclass(frozen=True)
class View:
    """Findings with what is read off them more than once."""

    f: Findings

    @cached_property
    def sector(self) -> Sector:
        """The sector that the brief is about."""
        return self.f.scenario.sectors[self.f.sector]

    @cached_property
    def holder(self) -> Belligerent:
        """The side whose held area is counted."""
        return self.f.scenario.belligerents[self.f.holder]

    @cached_property
    def presser(self) -> Belligerent:
        """The side that presses on it."""
        return self.f.scenario.belligerents[self.f.presser]

    def side(self, key: str) -> Belligerent:
        """A side by its key."""
        return self.f.scenario.belligerents[key]

    @cached_property
    def sides(self) -> list[str]:
        """Keys of the two sides, the holder first."""
        return [self.f.holder, self.f.presser]

    @cached_property
    def base(self) -> BranchOutlook:
        """The branch under way."""
        return self.f.branches[0]

    @cached_property
    def others(self) -> list[BranchOutlook]:
        """The other branches, by the ground held at the end, the most first."""
        return sorted(self.f.branches[1:], key=lambda b: -b.end.median)

    @cached_property
    def branches(self) -> list[BranchOutlook]:
        """All branches in the order of the page."""
        return [self.base, *self.others]

    @cached_property
    def pair(self) -> Pair | None:
        """The two branches that say most about outside support; None when there is only one branch.

        Those whose chances are simulated from the supporters' will, the one that ends with most ground against the
        one that ends with least; where there are fewer than two of them, the widest apart of all.
        """
        asked = [b for b in self.others if b.chance.basis == "simulated"]
        among = asked if len(asked) > 1 else self.branches
        if len(among) < 2:
            return None
        ranked = sorted(among, key=lambda b: b.end.median)
        return self.compared(ranked[-1], ranked[0])

    def compared(self, first: BranchOutlook, second: BranchOutlook) -> Pair:
        """The first branch less the second."""
        change = first.end_draws - second.end_draws
        return Pair(
            first,
            second,
            Difference(
                Interval.of(change, "km2"),
                float(np.mean(change > 0)),
                float(np.mean(change == 0)),
            ),
        )

    @cached_property
    def end(self) -> dt.date:
        """The last day of the outlook."""
        return self.f.weeks[-1]

    @cached_property
    def horizon(self) -> int:
        """Weeks of the outlook."""
        return len(self.f.weeks) - 1

    @cached_property
    def assessed(self) -> list[MapSeries]:
        """Maps by observers; all there is where there are none."""
        return [s for s in self.f.history if s.kind == "assessed"] or list(self.f.history)

    @cached_property
    def claimed(self) -> list[MapSeries]:
        """Areas claimed by a party."""
        return [s for s in self.f.history if s.kind == "claimed"]

    @cached_property
    def counts_losses(self) -> bool:
        """Whether the run has losses of people for both sides in every branch."""
        return all(side in b.losses for b in self.f.branches for side in self.sides)

    def drivers(self, branch: BranchOutlook) -> list[ParameterRow]:
        """The parameters through which a branch acts, the best settled first."""
        found = [p for p in self.f.parameters if p.name in branch.drivers]
        return sorted(found, key=lambda p: -p.contraction)

    def verdict(self, *branches: BranchOutlook) -> float | None:
        """The largest contraction among the parameters through which the branches act; None when none is named."""
        found = [p.contraction for b in branches for p in self.drivers(b)]
        return max(found) if found else None

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each parameter is called: its label and whose it is, so that no two are called the same."""
        found = {p.name: self._own_label(p) for p in self.f.parameters}
        for tell in (lambda p: p.group, lambda p: p.name):
            often = Counter(found.values())
            found |= {
                p.name: f"{found[p.name]} ({tell(p)})"
                for p in self.f.parameters
                if often[found[p.name]] > 1
            }
        return found

    def _own_label(self, p: ParameterRow) -> str:
        """The label, and the names of the cell that it is of."""
        if match := re.fullmatch(r"observe\.losses\.(\d+)\.\w+", p.name):
            about = dict(enumerate(self.f.scenario.observe.losses)).get(int(match[1]))
            of = [] if about is None else [about.contingent or about.side or ""]
        elif match := re.fullmatch(r"[^\[]+\[(.+)\]", p.name):
            of = [k for part in match[1].split(",") for k in part.split(".")]
        else:
            of = []
        names = [self.named(k) for k in of if k and not self._only(k)]
        return f"{p.label}: {', '.join(names)}" if names else p.label

    def _only(self, key: str) -> bool:
        """Whether a key names the only sector or supply line, which goes without saying."""
        s = self.f.scenario
        return any(key in part and len(part) == 1 for part in (s.sectors, s.supply_lines))

    def named(self, key: str) -> str:
        """What a key of the scenario is called; the key itself where it names nothing."""
        s = self.f.scenario
        for part in (s.belligerents, s.supporters, s.contingents, s.sectors, s.supply_lines):
            if key in part:
                return str(part[key].name)
        return key

    def source(self, key: str) -> str:
        """Who published a source; the text itself where it is not a key."""
        listed = {s.key: s.publisher for s in self.f.sources}
        if key in listed:
            return listed[key]
        return self.f.scenario.sources[key].publisher if key in self.f.scenario.sources else key

    def troops(self, key: str) -> str:
        """The adjective for a side's soldiers, with those of its allies where it has any."""
        allied = any(c.side == key for c in self.f.scenario.contingents.values())
        return f"{self.side(key).adjective} and allied" if allied else self.side(key).adjective

    def share(self, flags: np.ndarray) -> Probability:
        """The chance of something from whether it holds in each draw."""
        return words.chance(float(np.mean(flags)), int(np.size(flags)))

    def chance(self, p: float) -> Probability:
        """A share of the run's draws, as word and number."""
        return words.chance(p, self.f.draws)

    def estimate(self, interval: Interval, sign: bool = False) -> Estimate:
        """An interval with its text."""
        return words.estimate(interval, self.f.draws, sign)

    def text(self, interval: Interval, sign: bool = False) -> str:
        """An interval as it is written."""
        return self.estimate(interval, sign).text

    def middle(self, interval: Interval, sign: bool = False) -> str:
        """The median of an interval as it is written."""
        return words.median_text(interval, self.f.draws, sign)

    def range(self, interval: Interval, sign: bool = False, join: str | None = None) -> str:
        """The ends of an interval as they are written."""
        return words.range_text(interval, self.f.draws, sign, join)

    def size(self, change: Interval) -> Interval:
        """A change as a size, for 'less by' or 'more by'."""
        if change.median >= 0:
            return change
        return Interval(-change.median, -change.high, -change.low, change.level, change.unit)
