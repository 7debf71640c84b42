"""Data of a scenario as arrays on its weeks, up to the as-of date. The only door through which data come in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from salient.engine.compile import Campaign
from salient.errors import DataError, Problem
from salient.evidence.readers import Table, read
from salient.evidence.vintage import WEEK, Front, name_in_maps, read_front
from salient.scenario.schema import Reports


@dataclass(frozen=True)
class Maps:
    """Published areas by map. km2: [map, week + 1, sector], NaN where there is none; used: where it may be fitted.

    floor: [map, sector], km2 that the map keeps drawing however little is held; noise: names of prior rows.
    """

    km2: np.ndarray
    used: np.ndarray
    floor: np.ndarray
    noise: tuple[str, ...]
    mappers: tuple[str, ...]

    @property
    def above_floor(self) -> np.ndarray:
        """Areas less the floor of their map, at least 0.5 km2."""
        return np.maximum(self.km2 - self.floor[:, None, :], 0.5)


@dataclass(frozen=True)
class LossReport:
    """A published total of losses: on a day, of a contingent or of a side in a sector."""

    date: dt.date
    figure: float
    speaker: str
    of: str
    index: int
    bias: str
    spread: float


@dataclass(frozen=True)
class Observations:
    """What was seen by the as-of date."""

    maps: Maps
    losses: tuple[LossReport, ...]
    tables: tuple[Table, ...]
    front: Front | None = None

    @property
    def checksums(self) -> dict[str, str]:
        """The checksum of what was read, by data set."""
        own = {"front-weekly": self.front.sha256} if self.front else {}
        return {t.key: t.sha256 for t in self.tables} | own

    def path(self, campaign: Campaign) -> np.ndarray:
        """The area by week that past weeks are forced to, [week + 1, sector]: the mean of the maps that are there.

        Weeks without a map take the one before; before the first map stands the scenario's initial area.
        """
        values = self.maps.above_floor
        out = np.empty((campaign.steps + 1, campaign.setting.size("sector")))
        last = campaign.setting.initial_area[:, 0]
        for t in range(campaign.steps + 1):
            seen = np.isfinite(self.maps.km2[:, t])
            count = seen.sum(axis=0)
            mean = np.where(seen, values[:, t], 0.0).sum(axis=0) / np.maximum(count, 1)
            last = np.where((count > 0) & (mean > 1.0), mean, last)
            out[t] = last
        return out


def observe(campaign: Campaign, data_dir: Path | None = None, future: bool = False) -> Observations:
    """Everything that the scenario observes, as known on the as-of date.

    future: read maps beyond the as-of date too, to score an outlook; never for a fit. Raises DataError when nothing
    had been mapped by the as-of date.
    """
    as_of = None if future else campaign.as_of
    tables: dict[str, Table] = {}

    def table(key: str) -> Table:
        return tables.setdefault(key, read(key, as_of=as_of, data_dir=data_dir, empty_ok=True))

    if not future and not campaign.scenario.observe.mapped:
        raise DataError(_no_map(campaign))
    front = read_front(as_of, data_dir) if campaign.scenario.observe.front else None
    maps = _maps(campaign, table) if front is None else _front_maps(campaign, front)
    if not future and not maps.used[:, : campaign.origin + 1].any():
        raise DataError(
            f"no map that can be fitted is dated up to {campaign.as_of}; "
            f"take an as-of date of {_first_usable(campaign, data_dir)} or later"
        )
    losses = tuple(
        report
        for i, r in enumerate(campaign.scenario.observe.losses)
        if counted(campaign, r)
        for report in _reports(campaign, i, table(r.dataset))
    )
    return Observations(maps, losses, tuple(tables.values()), front)


def _no_map(campaign: Campaign) -> Problem:
    name = campaign.scenario.scenario
    if campaign.scenario.observe.casualties:
        hint = "`salient fit` calibrates it to counted casualties, and `salient run` runs it"
        return Problem(f"'{name}' names no map, so there is no brief of it", hint=hint)
    return Problem(
        f"'{name}' names no map to calibrate to, so there is no fit and no brief of it",
        hint="name maps under observe.area or observe.front, or use `salient run`, which starts from the priors",
    )


def _front_maps(campaign: Campaign, front: Front) -> Maps:
    """What each sector's holder still has, by the maps of a front: its initial area less what it lost on balance.

    Weeks that had no map of their own are left out, and so is a sector that is not on the maps. Raises DataError when
    none is.
    """
    spec, sectors = campaign.scenario.observe.front, campaign.setting.names["sector"]
    assert spec is not None
    columns = {name: i for i, name in enumerate(front.sectors)}
    names = [name_in_maps(s) for s in sectors]
    at = {j: columns[name] for j, name in enumerate(names) if name in columns}
    if not at:
        hint = f"name sectors after {', '.join(front.sectors)}"
        message = "no sector is on the weekly maps of the front"
        raise DataError(Problem(message, key="sectors", hint=hint))
    km2 = np.full((1, campaign.steps + 1, len(sectors)), np.nan)
    here, there = np.array(list(at)), np.array(list(at.values()))
    lost = np.vstack([np.zeros(len(front.sectors)), np.cumsum(front.net, axis=0)])
    for k, date in enumerate((front.dates[0] - WEEK, *front.dates)):
        t = (date - campaign.weeks[0]).days // 7
        between = {k - 1, k} <= set(front.bridged)  # the last week of a gap ends on a map
        if 0 <= t <= campaign.steps and not between:
            km2[0, t, here] = campaign.setting.initial_area[here, 0] - lost[k, there]
    used = np.nan_to_num(km2) > 0.0
    floor = np.zeros((1, len(sectors)))
    return Maps(km2, used, floor, ("observe.front.noise",), (spec.mapper,))


def _maps(campaign: Campaign, table: Callable[[str], Table]) -> Maps:
    series = campaign.scenario.observe.area
    sectors = campaign.setting.names["sector"]
    shape = (len(series), campaign.steps + 1, len(sectors))
    km2, used = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    floor = np.zeros((len(series), len(sectors)))
    for m, s in enumerate(series):
        rows = table(s.dataset)
        j = sectors.index(s.sector)
        floor[m, j] = s.floor.centre
        masked = rows[s.mask] if s.mask else np.zeros(len(rows))
        for date, value, hidden in zip(rows["date"], rows[s.column], masked, strict=True):
            t = (date.item() - campaign.weeks[0]).days
            if t % 7 == 0 and 0 <= t // 7 <= campaign.steps and np.isfinite(value):
                km2[m, t // 7, j] = value
                used[m, t // 7, j] = not hidden and value > s.floor.centre
    return Maps(
        km2,
        used,
        floor,
        tuple(f"observe.area.{m}.noise" for m in range(len(series))),
        tuple(s.mapper for s in series),
    )


def _first_usable(campaign: Campaign, data_dir: Path | None) -> dt.date:
    maps = observe(campaign, data_dir, future=True).maps
    weeks = np.flatnonzero(maps.used.any(axis=(0, 2)))
    return campaign.weeks[int(weeks[0])] if weeks.size else campaign.weeks[-1]


_COUNTED_BY = {"contingent": "contingents", "side": "attrition"}


def counted(campaign: Campaign, reports: Reports) -> bool:
    """Whether the model counts such losses; with their mechanism off there is nothing to hold reports against."""
    return any(m.slot == _COUNTED_BY[reports.of] for m in campaign.mechanisms)


def _reports(campaign: Campaign, i: int, rows: Table) -> list[LossReport]:
    """Reports of one series; `figure` where it is given, else the lower bound."""
    spec = campaign.scenario.observe.losses[i]
    names = campaign.setting.names
    index = (
        names["contingent"].index(spec.contingent)
        if spec.of == "contingent"
        else names["side"].index(spec.side or "")
    )
    rows = rows.where(measure=spec.measure)
    if spec.of == "side":
        rows = rows.where(side=spec.side)
    out = []
    for row in rows.rows():
        speaker = row.get("speaker") or ""
        figure = row.get("figure") or row.get("low")
        if (
            figure
            and (not spec.speakers or speaker in spec.speakers)
            and row["date"] <= campaign.as_of
        ):
            out.append(
                LossReport(
                    row["date"],
                    float(figure),
                    speaker,
                    spec.of,
                    index,
                    f"observe.losses.{i}.bias",
                    spec.spread.centre,
                )
            )
    return sorted(out, key=lambda r: r.date)[-1:] if spec.latest else out
