"""The tables of a brief of a front, on the page and as files beside it."""

from __future__ import annotations

from collections.abc import Sequence

from salient.brief import dictionary, words
from salient.brief.content import CostRow, FanFigure, Table
from salient.brief.front_content import SectorRow
from salient.brief.front_lead import ratio
from salient.brief.front_view import FrontView, bare, chance, change, named, people, share, whole
from salient.brief.page import Cell, as_csv, fan_rows, path_rows
from salient.evidence.vintage import TOTAL
from salient.forecasting.record import OURS, Line, Past
from salient.questions.findings import HumanCost, Interval
from salient.questions.front import HORIZON, WEEKS_AHEAD, WEEKS_BACK, Change

ORDER = {name: k for k, name in enumerate(OURS)}
LABELS = {
    "published": "this forecast",
    "analogues": "past weeks as active, alone",
    "tempo": "state space, alone",
}


def rows(view: FrontView) -> list[SectorRow]:
    """The sectors and the sum, as numbers."""
    return [
        SectorRow(
            key=c.key,
            name=named(c),
            front_km=c.front_km,
            past={n: round(v, 3) for n, v in c.past.items()},
            ahead={h: change(i) for h, i in c.ahead.items()},
            grows=chance(c.p_grows),
            most=None if c.p_most is None else share(c.p_most),
        )
        for c in (*view.f.sectors, view.f.total)
    ]


def standing(view: FrontView) -> Table:
    """What each sector has done, and how long its front is."""
    f = view.f
    long = any(s.front_km is not None for s in f.sectors)
    spans = [n for n in WEEKS_BACK if n in f.total.past]
    return Table(
        caption=f"Net change of the {view.ground} in the weeks to {words.day(f.front.last_map)}, km²"
        + (", and length of the line" if long else ""),
        columns=[
            "sector",
            *[f"{n} weeks" for n in spans],
            *(["line, km"] if long else []),
        ],
        numeric=[False] + [True] * (len(spans) + long),
        rows=[_standing_row(c, spans, long) for c in (*f.sectors, f.total)],
    )


def _standing_row(c: Change, spans: list[int], long: bool) -> list[str]:
    km = words.DASH if c.front_km is None else words.number(round(c.front_km))
    return [named(c), *[whole(c.past[n]) for n in spans], *([km] if long else [])]


def ahead(view: FrontView) -> Table:
    """What each sector is expected to do."""
    f = view.f
    return Table(
        caption=f"Net change from {words.day(f.as_of)}, km²: median and {words.P90} interval",
        columns=[
            "sector",
            *[words.count(h, "week") for h in WEEKS_AHEAD],
            f"chance to be larger in {words.count(HORIZON, 'week')}",
            "changes most",
        ],
        numeric=[False, True, True, True, True, True],
        rows=[
            [
                named(c),
                *[bare(c.ahead[h]) for h in WEEKS_AHEAD],
                chance(c.p_grows).number,
                words.DASH if c.p_most is None else share(c.p_most).number,
            ]
            for c in (*f.sectors, f.total)
        ],
    )


def losses(view: FrontView) -> Table:
    """Both sides' losses: what is claimed and what is estimated."""
    f, lost = view.f, view.f.losses
    claimed = (
        words.DASH if lost.claimed_recent is None else words.number(round(lost.claimed_recent, -1))
    )
    return Table(
        caption=f"Soldiers killed or wounded, with {words.P90} intervals of the estimates. Claims: "
        f"{lost.claimed_by or 'none'}",
        columns=[
            "side",
            f"claimed a week, {words.count(HORIZON, 'week')}",
            f"estimate a week, {words.count(HORIZON, 'week')}",
            f"estimate a week, {words.count(52, 'week')}",
            "estimate, whole war",
            "of these killed",
        ],
        numeric=[False, True, True, True, True, True],
        rows=[
            [
                s.name,
                claimed if s.key == lost.claimed_side else "none in the data",
                *[people(i, f.draws) for i in (s.recent, s.year, s.total, s.killed)],
            ]
            for s in view.sides
        ],
    )


def record(view: FrontView) -> Table | None:
    """How the published forecast did, by horizon; None while none has come true."""
    lines = [one for one in view.f.record.lines if one.forecaster == "published"]
    if not lines:
        return None
    return Table(
        caption="This forecast on past weeks: share of outcomes inside its intervals, and its error",
        columns=[
            "ahead",
            "of",
            "origins",
            f"in {words.P50}",
            f"in {words.P90}",
            "mean WIS, km²",
            "against the fixed rule",
            "against the best rule",
        ],
        numeric=[False, False, True, True, True, True, True, True],
        rows=[
            [
                words.count(one.horizon, "week"),
                "sectors" if one.part == "sectors" else "sum",
                words.number(one.origins),
                words.percent(one.cover50),
                words.percent(one.cover90),
                words.number(one.wis, 1),
                ratio(one.ratio, one.ratio_low, one.ratio_high),
                words.number(one.ratio_best, 2),
            ]
            for one in lines
        ],
    )


def rivals(view: FrontView) -> Table | None:
    """The models apart and the rules that they are set against."""
    lines = view.f.record.lines
    if not lines:
        return None
    ranked = sorted(lines, key=lambda one: (one.part, one.horizon, ORDER.get(one.forecaster, 9)))
    return Table(
        caption="The two models apart, and the rules fixed beforehand",
        columns=[
            "of", "ahead", "forecaster", "mean WIS, km²", "ratio", f"in {words.P50}", f"in {words.P90}", "best rule",
        ],
        numeric=[False, False, False, True, True, True, True, False],
        rows=[
            [
                "sectors" if one.part == "sectors" else "sum",
                words.count(one.horizon, "week"),
                LABELS.get(one.forecaster, f"rule {one.forecaster}"),
                words.number(one.wis, 1),
                ratio(one.ratio, one.ratio_low, one.ratio_high),
                words.percent(one.cover50),
                words.percent(one.cover90),
                one.best,
            ]
            for one in ranked
        ],
    )  # fmt: skip


def cost(said: HumanCost) -> CostRow:
    """What another says of people, as the speaker gave it."""
    unit = "count" if said.unit == "people" else said.unit
    value = words.amount(said.value, unit)
    if said.low is not None and said.high is not None and said.low != said.high:
        value = words.between(words.amount(said.low, unit), words.amount(said.high, unit))
    return CostRow(
        what=said.what,
        value=value,
        period=words.with_days(said.period),
        speaker=said.speaker,
        kind=said.kind,
        source=said.source,
    )


def files(view: FrontView, fan: FanFigure, costs: Sequence[CostRow]) -> dict[str, str]:
    """The numbers of the page as CSV files: name -> text."""
    tables: dict[str, list[Sequence[Cell]]] = {
        "outlook.csv": _outlook_rows(fan),
        "sectors.csv": _sector_rows(view),
        "losses.csv": _loss_rows(view),
        "human-cost.csv": [
            ["what", "value", "period", "speaker", "kind", "source"],
            *[[c.what, c.value, c.period, c.speaker, c.kind, c.source] for c in costs],
        ],
    }
    if view.f.record.lines:
        tables["track-record.csv"] = _record_rows(view.f.record.lines)
        tables["past-forecasts.csv"] = _past_rows(view.f.record.past)
    tables[dictionary.FILE] = dictionary.rows(["forecast.csv", *tables])
    return {name: as_csv(found) for name, found in tables.items()}


def _outlook_rows(figure: FanFigure) -> list[Sequence[Cell]]:
    """One number a row: what was seen, then quantiles of the sum and single futures; km2 from the as-of date."""
    rows: list[Sequence[Cell]] = [["date", "series", "kind", "km2"]]
    for p in figure.history:
        rows += [[d.isoformat(), p.mapper, p.kind, v] for d, v in zip(p.dates, p.km2, strict=True)]
    return [*rows, *fan_rows(TOTAL, figure.fan), *path_rows(TOTAL, figure.fan)]


def _sector_rows(view: FrontView) -> list[Sequence[Cell]]:
    out: list[Sequence[Cell]] = [
        ["location", "name", "measure", "weeks", "unit", "median", "low", "high", "chance"]
    ]
    for c in (*view.f.sectors, view.f.total):
        start = [c.key, named(c)]
        out += [
            [*start, "change seen", n, "km2", round(v, 3), None, None, None]
            for n, v in c.past.items()
        ]
        for h, i in c.ahead.items():
            found = [round(v, 3) for v in (i.median, i.low, i.high)]
            out.append([*start, "change forecast", h, "km2", *found, None])
        out.append(
            [*start, "larger at the end", HORIZON, "1", None, None, None, round(c.p_grows, 4)]
        )
        if c.p_most is not None:
            out.append([*start, "changes most", HORIZON, "1", None, None, None, round(c.p_most, 4)])
        if c.front_km is not None:
            out.append([*start, "length of the line", 0, "km", c.front_km, None, None, None])
    return out


def _loss_rows(view: FrontView) -> list[Sequence[Cell]]:
    lost = view.f.losses
    out: list[Sequence[Cell]] = [["side", "kind", "start", "end", "unit", "median", "low", "high"]]
    for s in view.sides:
        for k, b in reversed(list(enumerate(s.blocks))):
            span = [lost.edges[k + 1].isoformat(), lost.edges[k].isoformat()]
            out.append([s.key, "estimate", *span, "soldiers/week", *_whole(b)])
        start = [lost.edges[-1].isoformat(), lost.edges[0].isoformat(), "soldiers"]
        out.append([s.key, "estimate, killed and wounded", *start, *_whole(s.total)])
        out.append([s.key, "estimate, killed", *start, *_whole(s.killed)])
    who = f"claim, {lost.claimed_by}"
    for day, v in zip(lost.claimed_days, lost.claimed, strict=True):
        claimed: list[Cell] = [day.isoformat(), "soldiers/week", round(float(v))]
        out.append([lost.claimed_side, who, None, *claimed, None, None])
    return out


def _past_rows(past: Sequence[Past]) -> list[Sequence[Cell]]:
    out: list[Sequence[Cell]] = [
        ["origin", "weeks", "end", "low", "low50", "median", "high50", "high", "followed"]
    ]
    for p in past:
        said = [p.low, p.low50, p.median, p.high50, p.high, p.truth]
        out.append([p.origin.isoformat(), p.horizon, p.end.isoformat(), *said])
    return out


def _whole(i: Interval) -> list[Cell]:
    return [round(i.median), round(i.low), round(i.high)]


def _record_rows(lines: Sequence[Line]) -> list[Sequence[Cell]]:
    heads = [
        "part", "weeks", "forecaster", "origins", "wis_km2", "fixed_rule", "ratio", "ratio_low", "ratio_high",
        "best_rule", "ratio_best", "cover50", "cover90",
    ]  # fmt: skip
    return [
        heads,
        *[
            [
                one.part, one.horizon, one.forecaster, one.origins, _short(one.wis), one.opponent, _short(one.ratio),
                _short(one.ratio_low), _short(one.ratio_high), one.best, _short(one.ratio_best),
                _short(one.cover50), _short(one.cover90),
            ]
            for one in lines
        ],
    ]  # fmt: skip


def _short(x: float | None) -> float | None:
    return None if x is None else round(x, 4)
