"""The long record of the front since July 2022: pace by week and sector, switches of outside support, statements.

Pace is net Russian gain per km of front, km a week, from data sets positional-weeks and breakthrough-history and, after
they end, front-weekly. A week takes at most 60 km2 in a sector, so that two collapses do not decide everything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salient.evidence.readers import read
from salient.evidence.vintage import front_lengths, read_front

Array = np.ndarray
FIRST = dt.date(2022, 7, 18)
REFERENCE = dt.date(2023, 10, 9)
"""Pace is given as a share of its mean from this day on, when Russia had the initiative on most of the front."""
CAP = 60.0
NOT_LAND = ("kherson_dnipro", "kherson_right_bank")
RAMP = 8
"""Weeks over which a switch comes to its full weight; most rows date an announcement."""
HALF_LIVES = (13.0, 26.0, 52.0)
"""Weeks in which a switch fades by half, since it is answered or becomes the usual; averaged by their evidence."""
UP = ("start", "increase", "resume", "lift_restriction")
DOWN = ("reduce", "pause", "halt", "restrict")
DRIVERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "weapons and shells to Ukraine": ("ukraine", ("weapons", "shells")),
    "long-range arms and permissions": ("ukraine", ("long_range",)),
    "air defence to Ukraine": ("ukraine", ("air_defence",)),
    "intelligence and links to Ukraine": ("ukraine", ("intelligence", "comms")),
    "money, training, parts to Ukraine": ("ukraine", ("finance", "training", "components")),
    "arms and troops to Russia": ("russia", ("shells", "weapons", "long_range", "troops")),
    "parts, links, trade of Russia": ("russia", ("finance", "components", "comms")),
}
"""What is switched: the side whose inflow changes, and the flows that are taken together."""


@dataclass(frozen=True)
class Panel:
    """Net gain [weeks, sectors], km2 (NaN where the map was redrawn or there was no front), and length of front, km."""

    days: tuple[dt.date, ...]
    sectors: tuple[str, ...]
    net: Array
    km: Array

    @property
    def known(self) -> Array:
        """Where both are known, [weeks, sectors]."""
        return np.isfinite(self.net) & np.isfinite(self.km)

    @property
    def pace(self) -> Array:
        """Pace of the whole front as a share of its reference, [weeks]."""
        seen = self.known
        net = np.where(seen, self.net, 0.0).sum(axis=1)
        pace = net / np.where(seen, self.km, 0.0).sum(axis=1)
        return np.asarray(pace / self.reference)

    @property
    def reference(self) -> float:
        """The mean pace since REFERENCE, km a week."""
        seen = self.known
        late = np.array([d >= REFERENCE for d in self.days])
        return float(self.net[late][seen[late]].sum() / self.km[late][seen[late]].sum())


@dataclass(frozen=True)
class Switch:
    """One change of a flow: sign +1 when its side gets more from then on, -1 when less."""

    day: dt.date
    driver: str
    sign: int


def panel() -> Panel:
    """Every sector of the front on land and every week since FIRST that the shipped maps know."""
    ordinary, events = read("positional-weeks"), read("breakthrough-history")
    front = read_front()
    sectors = tuple(s for s in front.sectors if s not in NOT_LAND)
    last = max(_days(ordinary["date"]))
    weeks = (front.dates[-1] - FIRST).days // 7 + 1
    days = tuple(FIRST + dt.timedelta(weeks=k) for k in range(weeks))
    at, column = {d: i for i, d in enumerate(days)}, {s: j for j, s in enumerate(sectors)}
    net, km = (np.full((weeks, len(sectors)), np.nan) for _ in range(2))
    for row in ordinary.rows():
        if row["date"] in at and row["sector"] in column and not row["redraw"]:
            place = at[row["date"]], column[row["sector"]]
            net[place], km[place] = row["net_km2"], row["front_km"] or np.nan
    for row in events.where(counted=1).rows():
        if row["date"] in at and row["sector"] in column:
            sign = 1.0 if row["direction"] == "russian_gain" else -1.0
            net[at[row["date"]], column[row["sector"]]] = sign * row["km2"]
    for i, day in enumerate(front.dates):
        if day > last:
            lengths = front_lengths(day)
            for j, s in enumerate(sectors):
                net[at[day], j] = front.net[i, front.sectors.index(s)]
                km[at[day], j] = lengths.get(s, np.nan)
    return Panel(days, sectors, np.clip(net, -CAP, CAP), _filled(km))


def _days(dates: Array) -> list[dt.date]:
    return [d.astype(dt.date) for d in dates]


def _filled(km: Array) -> Array:
    """Length of front where a week of an operation does not give it: that of the week before."""
    out = km.copy()
    for i in range(1, len(out)):
        out[i] = np.where(np.isfinite(out[i]) & (out[i] > 0.0), out[i], out[i - 1])
    return out


def switches() -> list[Switch]:
    """The dated switches of all flows; a stated level is none, and one dated to the year only is left out."""
    out = []
    for row in read("support-switches").rows():
        sign = 1 if row["change"] in UP else -1 if row["change"] in DOWN else 0
        driver = next(
            (d for d, (side, flows) in DRIVERS.items() if row["supported_side"] == side and row["flow"] in flows),
            None,
        )  # fmt: skip
        if sign and driver and row["date_precision"] != "year":
            out.append(Switch(row["date"], driver, sign))
    return out


def level(
    days: Sequence[dt.date], found: Sequence[Switch], half_life: float, shift: int = 0
) -> Array:
    """Switches in force by driver, [weeks, drivers]: each rises over RAMP weeks and fades by half in `half_life`.

    shift: weeks by which every switch is moved, around the end of the record to its start.
    """
    weeks = len(days)
    out = np.zeros((weeks, len(DRIVERS)))
    names = list(DRIVERS)
    for one in found:
        start = (one.day - days[0]).days / 7.0
        if shift:
            start = (start + shift) % weeks
        age = np.arange(weeks) - start
        grown = np.clip(age / RAMP, 0.0, 1.0) * 0.5 ** (np.maximum(age - RAMP, 0.0) / half_life)
        out[:, names.index(one.driver)] += one.sign * grown
    return out


def log_ratio(
    days: Sequence[dt.date], rng: np.random.Generator | None = None, error: float = 0.25
) -> Array:
    """Log of Russian over Ukrainian shells fired by week between statements, NaN before the first and after the last.

    Each statement is about the middle of its period. rng: draws a speaker's error of that sd for each, so that what is
    not known of the ratio is carried on.
    """
    points: dict[int, list[float]] = {}
    for row in read("fires-reported").where(side="ratio_ru_ua", measure="shells_fired").rows():
        low, high = row["low"] or row["high"], row["high"] or row["low"]
        start, end = row["period_start"] or row["date"], row["period_end"] or row["date"]
        middle = (start.toordinal() + end.toordinal()) // 2
        wrong = rng.normal(0.0, error) if rng is not None else 0.0
        points.setdefault(middle, []).append(float(0.5 * np.log(low * high)) + wrong)
    return _between(days, points)


def log_troops(days: Sequence[dt.date]) -> Array:
    """Log of Russian troops in the theatre by week between statements; NaN outside."""
    points: dict[int, list[float]] = {}
    said = read("strength-reported").where(measure="troops_in_theatre", side_counted="russia")
    for row in said.rows():
        value = row["low"] or row["high"]
        points.setdefault(row["date"].toordinal(), []).append(float(np.log(value)))
    return _between(days, points)


def _between(days: Sequence[dt.date], points: dict[int, list[float]]) -> Array:
    at = sorted(points)
    values = [float(np.mean(points[k])) for k in at]
    return np.interp([d.toordinal() for d in days], at, values, left=np.nan, right=np.nan)
