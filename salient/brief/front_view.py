"""Findings of a front as the words and charts need them: names as they are shown, numbers already written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from salient.brief import words
from salient.brief.content import Estimate, Probability
from salient.forecasting.record import Line
from salient.forecasting.scores import LEVELS
from salient.questions.findings import Interval
from salient.questions.front import HORIZON, Change, FrontFindings, SideLosses

FUTURES = 4000
"""Futures behind the quantiles of the forecast, which say how far they may be rounded."""
MAPPER = "DeepState"


@dataclass(frozen=True)
class FrontView:
    """Findings of a front with what is read off them more than once."""

    f: FrontFindings

    @cached_property
    def ground(self) -> str:
        """The counted ground, for use inside a sentence."""
        side = self.f.scenario.belligerents[self.f.losses.claimed_side]
        return f"{side.adjective}-occupied area"

    @cached_property
    def end(self) -> str:
        """The last day of the outlook as it is written."""
        return words.day(self.f.end)

    @cached_property
    def ranked(self) -> list[Change]:
        """The sectors by their median change at the end, largest in size first."""
        return sorted(self.f.sectors, key=lambda s: -abs(s.ahead[HORIZON].median))

    @cached_property
    def likeliest(self) -> list[Change]:
        """The sectors by the chance to change most, likeliest first."""
        return sorted(self.f.sectors, key=lambda s: -(s.p_most or 0.0))

    @cached_property
    def sides(self) -> list[SideLosses]:
        """Both sides, by name."""
        return sorted(self.f.losses.sides, key=lambda s: s.name)

    def adjective(self, side: str) -> str:
        """The adjective of a side."""
        return self.f.scenario.belligerents[side].adjective

    def line(self, part: str, horizon: int | None = None) -> Line | None:
        """The published forecast's line of the record, at the longest horizon with outcomes unless said."""
        at = horizon or self.f.record.longest
        return None if at is None else self.f.record.line(part, at)


def named(change: Change) -> str:
    """A sector's name with a dash as it is set."""
    return change.name.replace(" - ", f" {words.DASH} ")


def change(i: Interval) -> Estimate:
    """A change of area with its interval, signs and all."""
    return words.estimate(i, FUTURES, sign=True)


def bare(i: Interval) -> str:
    """A change of area without its unit, for a column that names it."""
    return words.estimate(replace(i, unit="count"), FUTURES, sign=True).text


def km2(value: float) -> str:
    """A change seen on the maps, whole km2 with its sign."""
    return words.with_unit(whole(value), "km2")


def whole(value: float) -> str:
    """A change seen on the maps, whole and with its sign but no unit."""
    return words.number(round(value), sign=True)


def people(i: Interval, draws: int) -> str:
    """Soldiers with their interval; the unit stands beside it."""
    return words.estimate(replace(i, unit="count"), draws).text


def chance(p: float) -> Probability:
    """A chance read off quantiles, which say nothing beyond the outermost of them."""
    edge = float(LEVELS[-1])
    if edge <= p or p <= 1.0 - edge:
        bound, shown = ("at least", edge) if p >= edge else ("at most", 1.0 - edge)
        percent = int(100 * shown) if p >= edge else -int(-100 * shown // 1)
        number = f"{bound} {percent}{words.THIN}%"
        word = words.likelihood(p)
        return Probability(p=p, word=word, number=number, text=f"{word} ({number})")
    return words.chance(p, 1000)


def share(p: float) -> Probability:
    """A share of futures as a chance."""
    return words.chance(p, 1000)
