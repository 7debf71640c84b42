"""What the war's own record says of breakthroughs and of ordinary weeks, as it stood on a given day.

All counts are of sectors of the front in Ukraine as drawn for this project, from 2022 on; the Kursk front is not
among them, so nothing here has seen what it is used to judge. Source: data sets breakthrough-history, breakthrough-
exposure and positional-weeks, derived from DeepState's maps.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from salient.errors import DataError, Problem, nearest
from salient.evidence.catalogue import as_date
from salient.evidence.readers import Table, read

Side = Literal["russia", "ukraine"]
Day = dt.date | str

SINCE = dt.date(2022, 7, 18)
"""Default start: before it the map of 2022 was still being painted."""

GONE = 0.95
"""The largest share of the ground at stake that one week may take: a sector emptied in a week counts as this."""

_DIRECTION = {"russia": "russian_gain", "ukraine": "ukrainian_gain"}


@dataclass(frozen=True)
class Rate:
    """A rate per sector-week with its Jeffreys gamma posterior.

    `n` events over `exposure` sector-weeks give Gamma(`shape` n + 1/2, rate `exposure`); `mean`, `low` and `high`
    (5 and 95 %) are per sector-week.
    """

    n: int
    exposure: int
    shape: float
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Length:
    """How long an operation goes on in a sector once it has begun there.

    `starts` operation-sectors had `weeks` counted weeks, `ongoing` of them still in their last week. `exit` is the
    chance that a counted week is the last, Beta(ends + 1/2, weeks - ends + 1/2), with `low` and `high` at 5 and 95
    %. `mean_weeks` is weeks per start and `mean_span` the mean number of weeks from the first to the last counted
    one.
    """

    starts: int
    weeks: int
    ongoing: int
    exit: float
    low: float
    high: float
    mean_weeks: float
    mean_span: float


@dataclass(frozen=True)
class Size:
    """What one counted week takes, as log share lost -log(1 - share).

    `mean` and `sd` are of the log share; `centre` is its geometric mean and `spread` the sd of its logarithm, as a
    log-normal takes them; `low`, `median` and `high` are its 5, 50 and 95 % points. `capped` weeks took all that
    was left and stand at GONE. `basis` says of what the share is. Both bases know with hindsight what ground was
    contested.
    """

    n: int
    basis: str
    mean: float
    sd: float
    centre: float
    spread: float
    low: float
    median: float
    high: float
    capped: int


@dataclass(frozen=True)
class Spread:
    """Ordinary weeks: z = sign(net) sqrt(|net|) in km, net in km2 a week, Russian gain positive.

    `kurtosis` is in excess of the normal's 0, `ar1` the correlation of consecutive weeks of one sector about its own
    mean, `between` the sd of the sectors' means beyond what chance gives and `within` the sd about them, `zero` the
    share of weeks without change (under 0.1 km2). `pace_sd` is the sd of net change per km of front, in km a week.
    """

    n: int
    mean: float
    sd: float
    kurtosis: float
    ar1: float
    between: float
    within: float
    zero: float
    pace_sd: float
    quantiles: dict[int, float]


def breakthrough_base_rate(
    as_of: Day,
    side: Side,
    since: Day = SINCE,
    count: Literal["starts", "weeks"] = "starts",
    data_dir: str | Path | None = None,
) -> Rate:
    """How often an operation by `side` begins in a sector (or a counted week falls), known by `as_of`.

    A start is the first counted week of an operation in a sector. Raises DataError for an unknown side, and when
    nothing was known by `as_of`.
    """
    start = np.datetime64(as_date(since), "D")
    events = _counted(as_of, side, data_dir)
    dates = np.array([run[0] for run in _runs(events).values()], "datetime64[D]")
    if count == "weeks":
        dates = events["date"]
    exposure = read("breakthrough-exposure", as_of, data_dir)
    total = int(exposure["active_sectors"][exposure["date"] >= start].sum())
    return _gamma(int((dates >= start).sum()), total)


PRESSING = 0.15
"""Pace, km a week of twice the root of an area, above which a side counts as pressing in a sector."""

_LOOK_BACK, _LEAST_WEEKS, _LINE, _CAP = 8, 4, 3.5, 60.0


def pressing_base_rate(
    as_of: Day, since: Day = SINCE, data_dir: str | Path | None = None
) -> tuple[Rate, Rate]:
    """How often an operation begins in a sector-week for a side that presses there, and for one that does not.

    A side presses when its mean net gain over the eight weeks before, per km of front and times 3.5 (the length of a
    pocket's line over the root of its area), is at least `PRESSING`. Both sides are counted. Weeks of operations
    count with at most 60 km2. Raises DataError when nothing was known by `as_of`.
    """
    start = np.datetime64(as_date(since), "D")
    weeks = _net_by_week(as_of, data_dir)
    begun = {
        (str(op_sector[1]), run[0], direction)
        for direction in _DIRECTION.values()
        for op_sector, run in _runs(
            read("breakthrough-history", as_of, data_dir).where(counted=1, direction=direction)
        ).items()
    }
    tally = {True: [0, 0], False: [0, 0]}
    for (sector, date), _ in weeks.items():
        pace = _recent_pace(weeks, sector, date)
        if date < start or pace is None:
            continue
        for sign, direction in ((1.0, _DIRECTION["russia"]), (-1.0, _DIRECTION["ukraine"])):
            cell = tally[sign * pace >= PRESSING]
            cell[1] += 1
            cell[0] += (sector, date, direction) in begun
    if not tally[True][1]:
        raise _nothing(as_of, since)
    return _gamma(*tally[True]), _gamma(*tally[False])


def _net_by_week(
    as_of: Day, data_dir: str | Path | None
) -> dict[tuple[str, np.datetime64], tuple[float, float]]:
    """Net change, capped, and front length by sector and week; weeks of operations have no front length (0)."""
    ordinary = read("positional-weeks", as_of, data_dir)
    events = read("breakthrough-history", as_of, data_dir).where(counted=1)
    out: dict[tuple[str, np.datetime64], tuple[float, float]] = {}
    for sector, date, net, front in zip(
        ordinary["sector"], ordinary["date"], ordinary["net_km2"], ordinary["front_km"], strict=True
    ):
        out[str(sector), date] = (float(np.clip(net, -_CAP, _CAP)), float(front))
    for sector, date, km2, direction in zip(
        events["sector"], events["date"], events["km2"], events["direction"], strict=True
    ):
        sign = 1.0 if direction == _DIRECTION["russia"] else -1.0
        out[str(sector), date] = (sign * min(float(km2), _CAP), 0.0)
    return out


def _recent_pace(
    weeks: dict[tuple[str, np.datetime64], tuple[float, float]], sector: str, date: np.datetime64
) -> float | None:
    """Mean pace of the eight weeks before, or None when too few are known."""
    before = [
        weeks.get((sector, date - np.timedelta64(7 * k, "D"))) for k in range(1, _LOOK_BACK + 1)
    ]
    known = [w for w in before if w is not None]
    fronts = [front for _, front in known if front > 0.0]
    if len(known) < _LEAST_WEEKS or not fronts:
        return None
    return _LINE * sum(net for net, _ in known) / len(known) / (sum(fronts) / len(fronts))


def breakthrough_length(
    as_of: Day,
    side: Side | None = None,
    since: Day = SINCE,
    data_dir: str | Path | None = None,
) -> Length:
    """How many weeks an operation has in a sector, and the weekly chance that it ends, known by `as_of`.

    Both sides together unless `side` is given. An operation whose last counted week ends within a week of `as_of`
    is not taken as ended. Raises DataError when none had begun.
    """
    from scipy.special import betaincinv

    start = np.datetime64(as_date(since), "D")
    runs = [r for r in _runs(_counted(as_of, side, data_dir)).values() if r[0] >= start]
    if not runs:
        raise _nothing(as_of, since)
    week = np.timedelta64(7, "D")
    ongoing = sum(run[-1] > np.datetime64(as_date(as_of), "D") - week for run in runs)
    weeks = sum(len(run) for run in runs)
    ends = len(runs) - int(ongoing)
    a, b = ends + 0.5, weeks - ends + 0.5
    return Length(
        starts=len(runs),
        weeks=weeks,
        ongoing=int(ongoing),
        exit=a / (a + b),
        low=float(betaincinv(a, b, 0.05)),
        high=float(betaincinv(a, b, 0.95)),
        mean_weeks=weeks / len(runs),
        mean_span=float(np.mean([(run[-1] - run[0]) / week + 1 for run in runs])),
    )


def breakthrough_size(
    as_of: Day,
    side: Side | None = None,
    since: Day = SINCE,
    basis: Literal["contested", "at-stake"] = "contested",
    data_dir: str | Path | None = None,
) -> Size:
    """What share a counted week takes, known by `as_of`.

    The share is of all ground of the sector that was ever contested (`contested`), or of that part of it which the
    losing side still held on the Monday before (`at-stake`): the second is what emptying a pocket looks like.
    Raises DataError when there is no counted week.
    """
    start = np.datetime64(as_date(since), "D")
    events = _counted(as_of, side, data_dir)
    events = events.where(events["date"] >= start)
    column = {"contested": "contested_km2", "at-stake": "at_stake_km2"}[basis]
    events = events.where(events[column] > 0)
    if not len(events):
        raise _nothing(as_of, since)
    share = events["km2"] / events[column]
    lost = -np.log1p(-np.minimum(share, GONE))
    logs = np.log(lost)
    return Size(
        n=len(lost),
        basis=basis,
        mean=float(lost.mean()),
        sd=_sd(lost),
        centre=float(np.exp(logs.mean())),
        spread=_sd(logs),
        low=float(np.quantile(lost, 0.05)),
        median=float(np.quantile(lost, 0.5)),
        high=float(np.quantile(lost, 0.95)),
        capped=int((share >= GONE).sum()),
    )


def positional_spread(
    as_of: Day,
    since: Day = SINCE,
    redraws: bool = False,
    data_dir: str | Path | None = None,
) -> Spread:
    """How far and how persistently the line moves in ordinary weeks, known by `as_of`.

    Weeks with a correction or redraw of the map are left out unless `redraws`. Raises DataError when nothing was
    known.
    """
    table = read("positional-weeks", as_of, data_dir)
    keep = table["date"] >= np.datetime64(as_date(since), "D")
    table = table.where(keep if redraws else keep & (table["redraw"] == 0))
    if len(table) < 2:
        raise _nothing(as_of, since)
    net = table["net_km2"]
    z = np.sign(net) * np.sqrt(np.abs(net))
    centred, between = _about_sectors(z, table["sector"])
    front = table["front_km"] > 0
    points = (1, 5, 25, 50, 75, 95, 99)
    return Spread(
        n=len(z),
        mean=float(z.mean()),
        sd=_sd(z),
        kurtosis=float(np.mean((z - z.mean()) ** 4) / np.var(z) ** 2 - 3.0),
        ar1=_ar1(centred, table["sector"], table["date"]),
        between=between,
        within=_sd(centred),
        zero=float((np.abs(net) < 0.1).mean()),
        pace_sd=_sd(net[front] / table["front_km"][front]),
        quantiles={p: float(np.quantile(z, p / 100)) for p in points},
    )


# -- parts -----------------------------------------------------------------------------------------


def _counted(as_of: Day, side: Side | None, data_dir: str | Path | None) -> Table:
    """The counted weeks of a side (or both) known by a day, in order of date."""
    table = read("breakthrough-history", as_of, data_dir)
    table = table.where(counted=1)
    if side is None:
        return table
    if side not in _DIRECTION:
        close = nearest(str(side), _DIRECTION)
        hint = f"did you mean '{close}'?" if close else "russia or ukraine"
        raise DataError(Problem(f"'{side}' is not a side of this record", hint=hint))
    return table.where(direction=_DIRECTION[side])


def _runs(events: Table) -> dict[tuple[str, str], list[Any]]:
    """The dates of each operation in each sector, in order."""
    runs: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for date, operation, sector in zip(
        events["date"], events["operation"], events["sector"], strict=True
    ):
        runs[str(operation), str(sector)].append(date)
    return {key: sorted(dates) for key, dates in runs.items()}


def _gamma(n: int, exposure: int) -> Rate:
    """The Jeffreys posterior of a rate after n events over an exposure."""
    from scipy.special import gammaincinv

    shape = n + 0.5
    low, high = (float(gammaincinv(shape, p)) / exposure for p in (0.05, 0.95))
    return Rate(n, exposure, shape, shape / exposure, low, high)


def _about_sectors(
    z: NDArray[np.float64], sectors: NDArray[Any]
) -> tuple[NDArray[np.float64], float]:
    """z less its sector's mean, and the sd of the sectors' means less what chance gives."""
    centred, means, chance = z.copy(), [], []
    for sector in np.unique(sectors):
        mine = sectors == sector
        centred[mine] -= z[mine].mean()
        if mine.sum() > 8:
            means.append(z[mine].mean())
            chance.append(np.var(z[mine], ddof=1) / mine.sum())
    if len(means) < 2:
        return centred, 0.0
    return centred, math.sqrt(max(float(np.var(means, ddof=1) - np.mean(chance)), 0.0))


def _ar1(centred: NDArray[np.float64], sectors: NDArray[Any], dates: NDArray[Any]) -> float:
    """Correlation of weeks that follow each other in one sector; 0 when there are too few."""
    first, second = [], []
    for sector in np.unique(sectors):
        mine = np.flatnonzero(sectors == sector)
        mine = mine[np.argsort(dates[mine])]
        follows = np.diff(dates[mine]) == np.timedelta64(7, "D")
        first.append(centred[mine][:-1][follows])
        second.append(centred[mine][1:][follows])
    x, y = np.concatenate(first), np.concatenate(second)
    if len(x) < 3 or x.std() == 0 or y.std() == 0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def _sd(values: NDArray[np.float64]) -> float:
    """The sample standard deviation; 0 for a single value."""
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def _nothing(as_of: Day, since: Day) -> DataError:
    message = f"no counted week is known between {as_date(since)} and {as_date(as_of)}"
    return DataError(Problem(message, hint="take a later as-of date"))
