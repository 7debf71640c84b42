"""What a brief of a whole front is made from: where it stands, thirteen weeks ahead, the track record, the losses.

Nothing that became known after the as-of date is read. Areas are km2 of change of the Russian-occupied area, a rise
positive; losses are soldiers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError
from salient.evidence.catalogue import data_set
from salient.evidence.claims import read_claims
from salient.evidence.readers import read
from salient.evidence.vintage import TOTAL, Front, front_lengths, name_in_maps
from salient.forecasting import claims, record
from salient.forecasting.panel import STALE_DAYS, Forecast
from salient.forecasting.scores import LEVELS, TIE_KM2, distribution
from salient.inference import losses as people
from salient.inference.results import Interval
from salient.questions.findings import SAMPLE_PATHS, HumanCost, SourceRow
from salient.questions.human_cost import civilians
from salient.scenario.schema import Scenario

WEEKS_BACK = (4, 13, 52)
WEEKS_AHEAD = (1, 4, 13)
HORIZON = 13
CLAIMS_AHEAD = claims.LONGEST
"""Weeks ahead of the forecast of claimed losses."""
RECENT_DAYS = 400
"""Figures of outsiders about dates older than this are not set beside the newest."""
_SOURCES = ("front-weekly", "losses-claimed-weekly", "casualty-estimates", "human-cost-monthly")


@dataclass(frozen=True)
class Change:
    """Change of the occupied area of one sector, or of the sum of all.

    past: km2 over the last weeks, by their number; ahead: km2 over the coming weeks, by their number; weekly: its
    quantiles [weeks ahead, levels]; p_grows: chance that it is larger at the end, within what quantiles from 2.5 to
    97.5 % can say; p_most: chance that no other sector changes more at the end, None for the sum.
    """

    key: str
    name: str
    front_km: float | None
    past: Mapping[int, float]
    ahead: Mapping[int, Interval]
    weekly: np.ndarray
    p_grows: float
    p_most: float | None


@dataclass(frozen=True)
class SideLosses:
    """Soldiers of one side. recent and year: killed and wounded a week in the last 13 and 52 weeks; total, killed:
    since February 2022; blocks: killed and wounded a week by block, the newest first.
    """

    key: str
    name: str
    recent: Interval
    year: Interval
    total: Interval
    killed: Interval
    blocks: Sequence[Interval]


@dataclass(frozen=True)
class LossFindings:
    """Both sides' losses. claimed: what the other side says, a week, by end of the week; None where it says nothing.

    claimed_recent: its mean over the last 13 weeks. factor: claimed over estimated in the newest block; contraction:
    how far the figures of others narrowed that factor. ratio: total losses of the claimed side over the other's.
    claims_ahead: what will be claimed in the CLAIMS_AHEAD weeks after the newest week; None where too little is known.
    """

    sides: Sequence[SideLosses]
    edges: Sequence[dt.date]
    claimed_side: str
    claimed_by: str
    claimed_days: Sequence[dt.date]
    claimed: np.ndarray
    claimed_recent: float | None
    factor: Interval | None
    contraction: float
    ratio: Interval
    speakers: Mapping[str, Sequence[str]]
    left_out: int
    copies: int
    claims_ahead: Interval | None


@dataclass(frozen=True)
class FrontFindings:
    """All that a brief of a front is made from. paths: as `paths_of_sum` gives them."""

    scenario: Scenario
    as_of: dt.date
    front: Front
    forecast: Forecast
    sectors: Sequence[Change]
    total: Change
    paths: np.ndarray
    p_faster: float
    year_before: float | None
    record: record.Record
    losses: LossFindings
    human_cost: Sequence[HumanCost]
    sources: Sequence[SourceRow]
    seed: int
    draws: int
    command: str
    versions: Mapping[str, str]
    own_data: bool

    @property
    def end(self) -> dt.date:
        """The last day of the outlook."""
        return self.as_of + dt.timedelta(weeks=HORIZON)


def findings(
    scenario: Scenario,
    as_of: dt.date,
    front: Front,
    forecast: Forecast,
    seed: int,
    draws: int,
    command: str,
    versions: Mapping[str, str],
    data_dir: Path | None = None,
) -> FrontFindings:
    """Gather what the brief tells. forecast: of HORIZON weeks at least; draws: of the losses."""
    names = {name_in_maps(k): s.name for k, s in scenario.sectors.items()}
    lengths = front_lengths(as_of, data_dir)
    most = chances_of_most(forecast, HORIZON, seed)
    sectors = tuple(
        _change(s, names.get(s, s), front.net[:, i], forecast.quantiles[s], lengths.get(s), most[i])
        for i, s in enumerate(front.sectors)
    )
    net = front.net.sum(axis=1)
    whole = sum(lengths.values()) if set(front.sectors) <= set(lengths) else None
    total = _change(TOTAL, "sum of all sectors", net, forecast.quantiles[TOTAL], whole, None)
    seen = people.witnesses(as_of, _sides(scenario), _presser(scenario), data_dir)
    lost = people.fit(seen, draws, seed)
    return FrontFindings(
        scenario=scenario,
        as_of=as_of,
        front=front,
        forecast=forecast,
        sectors=sectors,
        total=total,
        paths=paths_of_sum(forecast, HORIZON),
        p_faster=1.0 - distribution(forecast.quantiles[TOTAL][HORIZON - 1], total.past[HORIZON]),
        year_before=float(net[-52 : HORIZON - 52].sum()) if len(net) >= 52 else None,
        record=record.known(as_of),
        losses=_losses(scenario, lost, _claims_ahead(as_of, data_dir, seed)),
        human_cost=[*_said(scenario, seen), *civilians(as_of, data_dir)],
        sources=_sources(),
        seed=seed,
        draws=draws,
        command=command,
        versions=versions,
        own_data=data_dir is not None,
    )


def _presser(scenario: Scenario) -> str:
    """The side that does not hold the counted ground. Raises SalientError where sectors differ in that."""
    holders = {s.holder for s in scenario.sectors.values()}
    if len(holders) != 1:
        hint = "a forecast of a front counts the ground of one side"
        raise SalientError(Problem("the sectors have different holders", key="sectors", hint=hint))
    return next(side for side in scenario.belligerents if side not in holders)


def _sides(scenario: Scenario) -> tuple[str, str]:
    first, second = scenario.belligerents
    return first, second


def _change(
    key: str, name: str, net: np.ndarray, weekly: np.ndarray, km: float | None, most: float | None
) -> Change:
    return Change(
        key=key,
        name=name,
        front_km=km,
        past={n: float(net[-n:].sum()) for n in WEEKS_BACK if len(net) >= n},
        ahead={h: interval(weekly[h - 1]) for h in WEEKS_AHEAD},
        weekly=weekly,
        p_grows=1.0 - distribution(weekly[HORIZON - 1], TIE_KM2),
        p_most=most,
    )


def interval(quantiles: np.ndarray) -> Interval:
    """Median and 90 % interval of quantiles at LEVELS, km2."""
    low, median, high = np.interp([0.05, 0.5, 0.95], LEVELS, quantiles)
    return Interval(float(median), float(low), float(high), unit="km2")


def chances_of_most(forecast: Forecast, h: int, seed: int, n: int = 4000) -> np.ndarray:
    """For each sector the chance that its change over h weeks is the largest in size [sectors].

    How sectors move together is taken from the futures of the state space, by rank; how far each moves, from the
    published quantiles. Without futures they move apart.
    """
    sectors = forecast.front.sectors
    if forecast.paths is None:
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0x4057])))
        ranks = rng.random((len(sectors), n))
    else:
        ranks = _ranks(forecast.paths[h - 1])
    moved = [
        np.interp(r, LEVELS, forecast.quantiles[s][h - 1])
        for r, s in zip(ranks, sectors, strict=True)
    ]
    first = np.abs(np.array(moved)).argmax(axis=0)
    return np.asarray(np.bincount(first, minlength=len(sectors)) / len(first))


def paths_of_sum(forecast: Forecast, horizons: int, count: int = SAMPLE_PATHS) -> np.ndarray:
    """Single futures of the sum of the front, km2 since the origin [paths, horizons]; none without joint futures.

    How a path goes on from week to week is taken from the state space, by rank in each week; how far it has come, from
    the published quantiles (ensemble copula coupling, Schefzik et al. 2013, doi 10.1214/13-STS443). So many paths at
    the same distance among the futures stand for all of them; none goes beyond the outermost quantiles.
    """
    if forecast.paths is None:
        return np.empty((0, horizons))
    ranks = _ranks(forecast.paths[:horizons].sum(axis=1))
    chosen = ranks[:, np.arange(count) * ranks.shape[1] // count]
    weekly = forecast.quantiles[TOTAL]
    return np.array([np.interp(r, LEVELS, q) for r, q in zip(chosen, weekly, strict=False)]).T


def _ranks(futures: np.ndarray) -> np.ndarray:
    """Where each future stands among all of them, between 0 and 1; the same shape, futures last."""
    return (np.argsort(np.argsort(futures, axis=-1), axis=-1) + 0.5) / futures.shape[-1]


def _claims_ahead(as_of: dt.date, data_dir: Path | None, seed: int) -> Interval | None:
    """Soldiers that will be claimed in the coming weeks; None without fresh claims of weeks enough."""
    known = read_claims(as_of, data_dir)
    if len(known.days) < claims.LEAST_WEEKS or (as_of - known.days[-1]).days >= STALE_DAYS:
        return None
    last = claims.forecast(known, CLAIMS_AHEAD, seed)[-1]
    low, median, high = np.interp([0.05, 0.5, 0.95], LEVELS, last)
    return Interval(float(median), float(low), float(high), unit="soldiers")


def _losses(scenario: Scenario, lost: people.Losses, ahead: Interval | None) -> LossFindings:
    seen, said = lost.witnesses, lost.witnesses.claims
    table = seen.tables[0]
    rows = [r for r in table.rows() if r["personnel"] is not None]
    claimed_side = _presser(scenario)
    other = next(s for s in seen.sides if s != claimed_side)
    return LossFindings(
        sides=tuple(_side(scenario, lost, side) for side in seen.sides),
        edges=lost.edges,
        claimed_side=claimed_side,
        claimed_by="" if said is None else said.speaker,
        claimed_days=[r["date"] for r in rows],
        claimed=np.array([r["personnel"] for r in rows], dtype=float),
        claimed_recent=None if said is None else said.between(lost.edges[1], lost.edges[0]),
        factor=None if lost.claim is None else Interval.of(lost.claim),
        contraction=lost.contraction,
        ratio=Interval.of(lost.total(claimed_side) / lost.total(other)),
        speakers={k: people.speakers(seen.reports, k) for k in ("claim", "own", "named", "outsider")},
        left_out=seen.left_out,
        copies=seen.copies,
        claims_ahead=ahead,
    )  # fmt: skip


def _side(scenario: Scenario, lost: people.Losses, side: str) -> SideLosses:
    i = lost.witnesses.sides.index(side)
    total, unit = lost.total(side), "soldiers"
    return SideLosses(
        key=side,
        name=scenario.belligerents[side].name,
        recent=Interval.of(lost.weekly(side, 1), unit),
        year=Interval.of(lost.weekly(side, 4), unit),
        total=Interval.of(total, unit),
        killed=Interval.of(total * lost.killed(side), unit),
        blocks=tuple(Interval.of(b, unit) for b in lost.rate[i]),
    )


def _said(scenario: Scenario, seen: people.Witnesses) -> list[HumanCost]:
    """What was said of soldiers' losses: the weekly claims, then the newest figure of each speaker."""
    weekly, said = seen.tables
    claimed = _presser(scenario)
    out = _weekly(scenario, seen, weekly.key)
    since = seen.as_of - dt.timedelta(days=RECENT_DAYS)
    newest: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in sorted(said.rows(), key=lambda r: (r["date"], r["speaker"], r["measure"])):
        newest[row["side"], row["measure"], people.speaker_of(row)] = row
    for side, about in sorted(scenario.belligerents.items(), key=lambda item: item[1].name):
        for measure, what in (("casualties", "killed and wounded"), ("deaths", "killed")):
            mine = [r for (s, m, _), r in newest.items() if (s, m) == (side, measure)]
            for row in sorted(mine, key=lambda r: (r["date"], r["speaker"]), reverse=True):
                repeated = people.repeats_claims(row, claimed)
                if row["date"] >= since or (row["from_warring_party"] and not repeated):
                    out.append(_cost(row, f"{about.adjective} soldiers {what}", said.key, repeated))
    return out


def _weekly(scenario: Scenario, seen: people.Witnesses, key: str) -> list[HumanCost]:
    """The newest week of the claims and their running total."""
    claims = seen.claims
    if claims is None:
        return []
    name = f"{scenario.belligerents[claims.side].adjective} soldiers “eliminated”"
    day, week = claims.days[-1], float(np.diff(claims.totals)[-1])
    whole = f"February 2022 to {day}"
    out = [HumanCost(f"{name}, in one week", week, f"week to {day}", claims.speaker, "claim", key)]
    if claims.days[0] == people.START:
        total = float(claims.totals[-1])
        out.append(HumanCost(name, total, whole, claims.speaker, "claim", key))
    return out


def _cost(row: Mapping[str, Any], what: str, key: str, repeated: bool) -> HumanCost:
    low, high, one = (
        None if row[k] is None else float(row[k]) for k in ("low", "high", "estimate")
    )
    if one is None and (low is None or high is None):
        what = f"{what}, {'at least' if high is None else 'at most'}"
    ends = [v for v in (low, high) if v is not None]
    value = one if one is not None else sum(ends) / len(ends)
    return HumanCost(
        what,
        value,
        f"February 2022 to {row['date']}",
        people.speaker_of(row),
        "claim repeated" if repeated else "claim" if row["from_warring_party"] else "estimate",
        key,
        low if high is not None else None,
        high if low is not None else None,
    )


def _sources() -> list[SourceRow]:
    out = []
    for key in _SOURCES:
        d = data_set(key)
        url = d.sources[0].url if d.sources else None
        bias = " ".join(d.known_bias)
        out.append(SourceRow(key, d.title, d.publisher, url, d.licence.short, d.retrieved, bias))
    return out


def tables_read(as_of: dt.date, data_dir: Path | None = None) -> dict[str, str]:
    """The checksums of the tables that the brief reads beside the maps, by key."""
    return {
        key: read(key, as_of, data_dir, empty_ok=True).sha256
        for key in _SOURCES
        if key != "front-weekly"
    }
