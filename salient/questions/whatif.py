"""What if: the campaign as it went beside the campaign with something changed, on the same draws and the same chance.

Only the scenario as it is is fitted. Numbers that a change leaves alone keep the values that the data gave them; those
that it sets take the new ones. The past is run again by abduction (`worlds`), so that with nothing changed it is the
observed one; after the as-of date both runs share their random numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from salient.engine.compile import Campaign, compile_scenario
from salient.engine.ensemble import Record, prior_draws
from salient.engine.paths import Path
from salient.engine.priors import Prior, PriorTable
from salient.errors import Problem, SalientError, nearest
from salient.inference.fit import Fit
from salient.inference.forecast import Origin, draw_origin
from salient.inference.results import Interval
from salient.mechanisms.advance import root, squared
from salient.mechanisms.base import SLOTS
from salient.quantities import Quantity
from salient.questions.basis import Basis, after, caution, warning
from salient.questions.worlds import (
    Past,
    World,
    factual_world,
    roomy,
    run_world,
    scaled,
    side_losses,
)
from salient.scenario.schema import Branch, BranchChance, Change, Event, Scenario, Target

Progress = Callable[[str, float], None]
LEAST = 1.0
"""A difference of less than a square kilometre, or a person, is none."""
_AHEAD = "what-if"
_HAVE_TO_BE_ON = ("advance", "breakthrough", "attrition")


@dataclass(frozen=True)
class Case:
    """A changed campaign to compare: the scenario with its changes, and mechanisms that are off. name: as shown.

    ahead: events after the as-of date; they hold whatever a supporter's own chances would be.
    """

    name: str
    scenario: Scenario
    off: tuple[str, ...] = ()
    ahead: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Compared:
    """One outcome with and without the change. difference: changed less factual; more, same: shares of draws.

    Less than 1 km2, or one person, counts as the same.
    """

    key: str
    words: str
    factual: Interval
    changed: Interval
    difference: Interval
    more: float
    same: float


@dataclass(frozen=True)
class CaseResult:
    """A case in numbers. start: the first week that is free to differ; weeks, gap: quantiles 5, 50, 95 % of the
    difference in held area by week, [3, week]; gone: day by which the holder has lost all but 5 % of its largest
    ground, in the median draw, factual and changed, None while it holds more.
    """

    name: str
    start: dt.date
    outcomes: tuple[Compared, ...]
    weeks: tuple[dt.date, ...]
    gap: np.ndarray
    gone: tuple[dt.date | None, dt.date | None]
    changed_numbers: tuple[str, ...]


@dataclass(frozen=True)
class WhatIf:
    """Cases against the campaign as it went. since: first week whose losses are counted, the same for all cases.

    until: the day on which outcomes are compared.
    """

    scenario: str
    title: str
    as_of: dt.date
    since: dt.date
    until: dt.date
    draws: int
    cases: tuple[CaseResult, ...]
    warning: str | None = None
    caution: str | None = None


@dataclass(frozen=True)
class Sides:
    """The two runs of a case, every week."""

    factual: Record
    changed: Record
    start: int


def ask(
    fitted: Basis,
    cases: Sequence[Case],
    begin: dt.date | None = None,
    draws: int = 500,
    progress: Progress | None = None,
) -> WhatIf:
    """Run each case beside the campaign as it went. begin: the first day that may differ; when None, that does.

    Raises SalientError for a case whose names of sides, sectors or supporters are other ones.
    """
    say = progress or (lambda stage, share: None)
    past = after(fitted, draws)
    origin = draw_origin(fitted.posterior, past.z, fitted.seed) if isinstance(fitted, Fit) else None
    runs = []
    for i, case in enumerate(cases):
        say(f"running {case.name}", i / len(cases))
        runs.append(both(fitted, past, origin, case, begin))
    c = fitted.campaign
    since = min(sides.start for sides, _ in runs)
    done = [
        _result(c, past, case, sides, since, new)
        for case, (sides, new) in zip(cases, runs, strict=True)
    ]
    return WhatIf(
        c.scenario.scenario, c.scenario.title, c.as_of, c.weeks[since], c.weeks[-1], past.draws,
        tuple(done), warning(fitted), caution(fitted),
    )  # fmt: skip


def both(
    fitted: Basis, past: Past, origin: Origin | None, case: Case, begin: dt.date | None = None
) -> tuple[Sides, tuple[str, ...]]:
    """The factual and the changed run of a case, and the names of the numbers that the change set."""
    campaign = fitted.campaign
    changed = _compiled(fitted, case)
    table, z, new = merged(campaign, changed.priors, past.z, fitted.seed)
    changed = replace(
        changed, priors=table, paths={k: _sized(campaign, k, p) for k, p in changed.paths.items()}
    )
    as_fitted = in_place(campaign, changed, z, past.z)
    start = _start(campaign, changed, past, new, case.off, begin)
    base = factual_world(campaign)
    factual = _onward(campaign, past, base, start, origin)
    if as_fitted is not None:
        world, z = as_fitted
        record = _onward(campaign, replace(past, z=z), world, start, origin)
    else:
        record = _onward(changed, replace(past, z=z), factual_world(changed), start, origin)
    return Sides(factual, record, start), new


def _compiled(fitted: Basis, case: Case) -> Campaign:
    campaign = fitted.campaign
    on = {m.slot for m in campaign.mechanisms}
    off = tuple(s for s in SLOTS if s not in on or s in case.off)
    scenario, branch = case.scenario, None
    if case.ahead:
        branch = _AHEAD
        changes = [_change(e, campaign.as_of) for e in case.ahead]
        chance = BranchChance(given=Quantity(1.0, 1.0, 1.0), reason="assumed")
        later = Branch(title=case.name, summary=case.name, changes=changes, chance=chance)
        scenario = scenario.model_copy(update={"branches": {**scenario.branches, _AHEAD: later}})
    changed = compile_scenario(scenario, campaign.as_of, branch, off)
    if changed.setting.names != campaign.setting.names or changed.weeks != campaign.weeks:
        raise SalientError(
            Problem(
                "a what-if keeps the period, sides, sectors, supporters, contingents and lines of the scenario",
                key=case.name,
                hint="change the scenario file for that",
            )
        )
    return changed


def _change(e: Event, as_of: dt.date) -> Change:
    """An event after the as-of date as a change whose day is counted from it."""
    wait, lasting = (e.date - as_of).days - 1, e.until and (e.until - e.date).days
    about = {key: getattr(e, key) for key in Target.model_fields}
    return Change(
        after=_weeks(wait), lasting=_weeks(lasting) if lasting else None, kind=e.kind, **about
    )


def _weeks(days: int) -> Quantity:
    return Quantity(days / 7, days / 7, days / 7, "weeks")


def _sized(campaign: Campaign, name: str, path: Path) -> Path:
    like = campaign.paths.get(name)
    return roomy(path, like.rows.size) if like is not None else path


def merged(
    campaign: Campaign, priors: PriorTable, z: np.ndarray, seed: int
) -> tuple[PriorTable, np.ndarray, tuple[str, ...]]:
    """The changed campaign's prior table and draws, in the places of the fit where both have the same names.

    A number that the change leaves alone keeps the prior of the fit, which history may have moved, and its draws.
    """
    before = compile_scenario(
        campaign.scenario,
        campaign.as_of,
        off=tuple(s for s in SLOTS if s not in {m.slot for m in campaign.mechanisms}),
    ).priors
    fitted = {r.name: r for r in campaign.priors.rows}
    scenario = {r.name: r for r in before.rows}
    rows, new = [], []
    for r in priors.rows:
        same = r.name in scenario and _same(r, scenario[r.name])
        rows.append(fitted[r.name] if same else r)
        if not same:
            new.append(r.name)
    table = PriorTable(tuple(sorted(rows, key=lambda r: (not r.free, r.name))))
    at = {r.name: i for i, r in enumerate(campaign.priors.free)}
    drawn = prior_draws(tuple(r.name for r in table.free), z.shape[1], seed)
    out = np.stack(
        [
            z[at[r.name]] if r.name in at and r.name not in new else drawn[i]
            for i, r in enumerate(table.free)
        ]
    )
    return table, out, tuple(new)


def in_place(
    campaign: Campaign, changed: Campaign, z: np.ndarray, fitted_z: np.ndarray
) -> tuple[World, np.ndarray] | None:
    """The changed campaign as a world of the fitted one, so that no program is compiled again, with its draws.

    None where it cannot be one: other mechanisms or constants, numbers that are new, or uncertain where they were not.
    """
    index, rows = campaign.priors.index, campaign.priors.rows
    same_rules = [(m.slot, m.name) for m in campaign.mechanisms] == [
        (m.slot, m.name) for m in changed.mechanisms
    ]
    if not same_rules or not _same_setting(campaign, changed):
        return None
    mu, sd = np.array([r.mu for r in rows]), np.array([r.sd for r in rows])
    out = fitted_z.copy()
    for i, r in enumerate(changed.priors.rows):
        at = index.get(r.name)
        if at is None or (r.free and (not rows[at].free or rows[at].kind != r.kind)):
            return None
        if r.free:
            mu[at], sd[at], out[at] = r.mu, r.sd, z[i]
        else:
            mu[at], sd[at] = scaled(rows[at], r.natural(0.0)), 0.0
    names = changed.priors.names
    paths = {
        k: replace(p, rows=np.array([index[names[i]] for i in p.rows], dtype=np.int32))
        for k, p in changed.paths.items()
    }
    if any(p.rows.size != campaign.paths[k].rows.size for k, p in paths.items()):
        return None
    return World(paths, mu, sd), out


def _same_setting(a: Campaign, b: Campaign) -> bool:
    """Whether two campaigns have the same names and constants."""
    return all(
        np.array_equal(np.asarray(x), np.asarray(y)) if isinstance(x, np.ndarray) else x == y
        for x, y in (
            (getattr(a.setting, f.name), getattr(b.setting, f.name)) for f in fields(a.setting)
        )
    )


def _same(a: Prior, b: Prior) -> bool:
    return (a.kind, a.mu, a.sd) == (b.kind, b.mu, b.sd)


def _start(
    campaign: Campaign,
    changed: Campaign,
    past: Past,
    new: tuple[str, ...],
    off: tuple[str, ...],
    begin: dt.date | None,
) -> int:
    """The first week that is free: that of `begin`, else the first in which anything differs."""
    if begin is not None:
        week = (begin - campaign.weeks[0]).days // 7
        first, last = campaign.weeks[past.first], campaign.weeks[-1]
        if not past.first <= week < campaign.steps:
            message = f"{begin} is not within {first} to {last}, the weeks that can be run again"
            raise SalientError(Problem(message, key="--from"))
        return week
    groups = {r.name: r.group for r in changed.priors.rows}
    always = any(groups[name] != "events" for name in new)
    if off or always or not _same_setting(campaign, changed):
        return past.first
    weeks = [_first_unlike(campaign, changed, k, set(new)) for k in changed.paths]
    return min(max(min(weeks, default=0), past.first), campaign.steps - 1)


def _first_unlike(campaign: Campaign, changed: Campaign, name: str, new: set[str]) -> int:
    """The first week in which an input is set otherwise, or by a number that is another one."""
    a, b = campaign.paths[name], changed.paths[name]
    before, after = _by_row(campaign, a), _by_row(changed, b)
    unlike = np.abs(a.base - b.base).reshape(campaign.steps, -1).max(axis=1, initial=0.0)
    for row in before.keys() | after.keys():
        x, y = before.get(row, 0.0 * a.base), after.get(row, 0.0 * b.base)
        gap = np.abs(y) if row in new else np.abs(x - y)
        unlike = np.maximum(unlike, gap.reshape(campaign.steps, -1).max(axis=1, initial=0.0))
    return int(np.argmax(unlike > 1e-12)) if (unlike > 1e-12).any() else campaign.steps


def _by_row(campaign: Campaign, path: Path) -> dict[str, np.ndarray]:
    """Weights of an input by the name of the number that they multiply, [week, *dims]."""
    out: dict[str, np.ndarray] = {}
    for k, row in enumerate(path.rows):
        weight = path.weights[..., k]
        if weight.any():
            name = campaign.priors.names[row]
            out[name] = out.get(name, 0.0) + weight
    return out


def _onward(
    campaign: Campaign, past: Past, world: World, start: int, origin: Origin | None
) -> Record:
    """All weeks of a run: observed to `start`, abducted to the as-of date, by chance from it on.

    At the as-of date the factual area is what the filter believes, which maps leave uncertain; another world's is as
    far from it as its run was from the observed path.
    """
    if origin is None or past.origin >= campaign.steps:
        return run_world(past, world, start, campaign=campaign)
    at = {"area": origin.area, "deviation": origin.deviation, "broken": origin.regime}
    have = {s.name for m in campaign.mechanisms for s in m.stocks}
    if start < past.origin:
        before = run_world(past, world, start, campaign=campaign)
        week = past.origin - 1
        gap = root(before["area"][week]) - root(past.area[past.origin])[:, None]
        area = np.minimum(squared(root(origin.area) + gap), campaign.setting.contested)
        at["area"] = np.where(before["area"][week] <= 0.0, 0.0, area)
        if "regime" in before:
            at["broken"] = np.where(
                before["regime"][week] == past.regime[week], origin.regime, before["regime"][week]
            )
    at = {k: v for k, v in at.items() if k in have or k == "area"}
    return run_world(past, world, min(start, past.origin), campaign=campaign, at=at)


def _result(
    campaign: Campaign, past: Past, case: Case, sides: Sides, since: int, new: tuple[str, ...]
) -> CaseResult:
    """A case in numbers; losses are counted from week `since` on, at or before the first that differs."""
    f, c, start = sides.factual, sides.changed, sides.start
    steps = campaign.steps
    outcomes = [] if len(campaign.setting.names["sector"]) == 1 else [_all_ground(f, c)]
    outcomes += [
        _compared(
            f"area:{name}",
            campaign.scenario.sectors[name].held,
            "km2",
            f["area"][-1, j],
            c["area"][-1, j],
        )
        for j, name in enumerate(campaign.setting.names["sector"])
    ]
    a, b = (side_losses(campaign, r, since, steps) for r in (f, c))
    for i, side in enumerate(campaign.setting.names["side"]):
        who = campaign.scenario.belligerents[side].adjective
        for key, words, k in (("losses", "killed and wounded", 0), ("killed", "killed", 1)):
            outcomes.append(
                _compared(f"{key}:{side}", f"{who} forces, {words}", "people", a[k][i], b[k][i])
            )
    gap = (c["area"] - f["area"]).sum(axis=1)[start:]
    return CaseResult(
        case.name,
        campaign.weeks[start],
        tuple(outcomes),
        campaign.weeks[start + 1 :],
        np.quantile(gap, [0.05, 0.5, 0.95], axis=-1),
        (_gone(campaign, past, f, start), _gone(campaign, past, c, start)),
        new,
    )


def _all_ground(f: Record, c: Record) -> Compared:
    a, b = (r["area"][-1].sum(axis=0) for r in (f, c))
    return _compared("area:total", "Ground held, all sectors", "km2", a, b)


def _compared(key: str, words: str, unit: str, a: np.ndarray, b: np.ndarray) -> Compared:
    gap = np.where(np.abs(b - a) < 1e-6, 0.0, b - a)
    return Compared(
        key,
        words,
        Interval.of(a, unit),
        Interval.of(b, unit),
        Interval.of(gap, unit),
        float((gap >= LEAST).mean()),
        float((np.abs(gap) < LEAST).mean()),
    )


def _gone(campaign: Campaign, past: Past, r: Record, start: int) -> dt.date | None:
    if not past.observed:
        return None
    held = np.median(r["area"].sum(axis=1), axis=-1)
    most = past.area[: past.origin + 1].sum(axis=1).max()
    weeks = np.flatnonzero(held[start:] < 0.05 * most)
    return campaign.weeks[start + int(weeks[0]) + 1] if weeks.size else None


# Changes of events


def without_event(scenario: Scenario, name: str) -> Scenario:
    """The scenario in which an event does not happen. Raises SalientError for one that is not there."""
    _event(scenario, name, "--drop-event")
    return scenario.model_copy(update={"events": [e for e in scenario.events if e.id != name]})


def moved_event(scenario: Scenario, name: str, day: dt.date) -> tuple[Scenario, Event]:
    """The scenario without an event, and the event as it is on its new days.

    Raises SalientError for an event that is not there and for a day outside the period.
    """
    e = _event(scenario, name, "--move-event")
    _inside(scenario, day, "--move-event")
    shift = day - e.date
    until = None if e.until is None else e.until + shift
    moved = {"date": day, "until": until, "reported": day, "until_reported": until}
    return without_event(scenario, name), e.model_copy(update=moved)


def with_event(case: Case, event: Event, as_of: dt.date) -> Case:
    """The case with another event. Raises SalientError for an id that is taken and a day outside the period.

    One in the past counts as known on the as-of date; one after it is assumed, whatever was announced.
    """
    if any(e.id == event.id for e in (*case.scenario.events, *case.ahead)):
        raise SalientError(Problem(f"there is an event '{event.id}' already", key="--add-event"))
    _inside(case.scenario, event.date, "--add-event")
    if event.date > as_of:
        return replace(case, ahead=(*case.ahead, event))
    known = {"reported": event.date}
    if event.until is not None and event.until <= as_of:
        known["until_reported"] = event.until
    event = event.model_copy(update=known)
    events = [*case.scenario.events, event]
    return replace(case, scenario=case.scenario.model_copy(update={"events": events}))


def check_off(slots: Sequence[str], scenario: Scenario) -> None:
    """Raise SalientError for a slot that is not there, and for those without which nothing moves."""
    for slot in slots:
        if slot not in SLOTS:
            close = nearest(slot[:80], SLOTS)
            hint = f"did you mean '{close}'?" if close else f"slots: {', '.join(SLOTS)}"
            raise SalientError(
                Problem(f"there is no mechanism '{slot[:80]}'", key="--off", hint=hint)
            )
        if slot in _HAVE_TO_BE_ON:
            raise SalientError(
                Problem(f"without '{slot}' there is no campaign to compare", key="--off")
            )


def _event(scenario: Scenario, name: str, option: str) -> Event:
    there = {e.id: e for e in scenario.events}
    if name not in there:
        close = nearest(name[:80], there)
        hint = f"did you mean '{close}'?" if close else f"events: {', '.join(there)}"
        raise SalientError(Problem(f"there is no event '{name[:80]}'", key=option, hint=hint))
    return there[name]


def _inside(scenario: Scenario, day: dt.date, option: str) -> None:
    start, end = scenario.period.start, scenario.period.end
    if not start <= day < end:
        message = f"{day} is outside the period of the scenario, {start} to {end}"
        raise SalientError(Problem(message, key=option))
