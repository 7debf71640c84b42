"""What needs two places of a scenario at once: dates in order, names that must exist, shares that must add up.

Each rule looks at one thing and yields `(path, message, hint)`. When the schema has found errors, the rules run on what
is left: a rule that needs something absent then stops, and what is wrong there has been said already.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from salient.errors import Problem
from salient.mechanisms.base import SLOTS, Parameter
from salient.mechanisms.registry import OFF, choices
from salient.quantities import Quantity
from salient.scenario.schema import (
    EVENT_KINDS,
    Event,
    Flow,
    Reports,
    Scenario,
    Target,
)
from salient.scenario.shape import at
from salient.scenario.tree import MAX_PROBLEMS, Node, Path, shown
from salient.scenario.words import instead, problem

Finding = tuple[Path, str, str | None]
Findings = Iterator[Finding]

MOST_BETWEEN = 10
"""Junctions of a side's supply lines, beyond which its cuts would be too many to list."""
LONGEST = dt.timedelta(weeks=1040)


def problems(scenario: Scenario, root: Node, whole: bool = True) -> list[Problem]:
    """Everything that the rules find. `whole` is False for a scenario of which parts are absent."""
    found: list[Problem] = []
    for findings in _all(scenario, root):
        try:
            for finding in islice(findings, MAX_PROBLEMS):
                found.append(problem(root, *finding))
        except AttributeError:
            if whole:
                raise
        if len(found) > MAX_PROBLEMS:
            break
    return found


def _all(s: Scenario, root: Node) -> Iterator[Findings]:
    """Every rule, on everything that it is about."""
    yield from (_period(s), _ids(s, root), _shares(s), _mechanisms(s), _parameters(s), _history(s))
    yield from (_by_the_day(s), _no_ground(s, root), _front(s))
    yield _sources(s, root)
    for name in _names(s, "sectors"):
        yield from (_holder(s, name), _both_sides(s, name), _forces(s, name), _areas(s, name))
        yield _neighbours(s, name)
    for name in _names(s, "seasons"):
        yield _season(s, name)
    for name in _names(s, "belts"):
        yield _belt(s, name)
    for name in _names(s, "supply_nodes"):
        yield _node(s, name)
    yield _reached(s)
    for name in _names(s, "supply_lines"):
        yield from (_line_side(s, name), _line_sectors(s, name), _line_ends(s, name))
    for name in _names(s, "supporters"):
        yield _supports(s, name)
    for name in _names(s, "contingents"):
        yield from (_sender(s, name), _fights_for(s, name), _used_in(s, name), _arrivals(s, name))
    for i, event in enumerate(_items(s, "events")):
        yield from (_until(event, ("events", i)), _within(s, event, ("events", i)))
        yield from _of_target(s, event, ("events", i))
    for name in _names(s, "branches"):
        yield _chance(s, name)
        for i, change in enumerate(_items(s.branches[name], "changes")):
            yield from _of_target(s, change, ("branches", name, "changes", i))
    for name in _names(s, "drivers"):
        yield from (_driver(s, name), _driver_effect(s, name), _driver_after(s, name))
    for i, _ in enumerate(_items(getattr(s, "observe", None), "area")):
        yield _map(s, i)
    for i, _ in enumerate(_items(getattr(s, "observe", None), "casualties")):
        yield _counts(s, i)
    for i, _ in enumerate(_items(getattr(s, "observe", None), "losses")):
        yield _reports(s, i)


def _of_target(s: Scenario, target: Target, path: Path) -> Iterator[Findings]:
    yield from (_needs(target, path), _no_use(target, path), _flow(s, target, path))
    for key, section in _SECTIONS.items():
        yield _reference(s, target, key, section, path)


_SECTIONS = {
    "supporter": "supporters",
    "contingent": "contingents",
    "side": "belligerents",
    "sector": "sectors",
    "line": "supply_lines",
}
"""Where the name under a key must exist."""

_CALLED = {
    "supporters": ("a supporter", "supporters"),
    "contingents": ("a contingent", "contingents"),
    "belligerents": ("a belligerent", "belligerents"),
    "sectors": ("a sector", "sectors"),
    "supply_lines": ("a supply line", "supply lines"),
    "sources": ("a source", "sources"),
}


def _names(part: Any, section: str) -> list[str]:
    """The names in a section that may be absent."""
    return list(getattr(part, section, ()))


def _items(part: Any, section: str) -> list[Any]:
    """The items of a list that may be absent."""
    return list(getattr(part, section, ()))


def _in(known: Mapping[str, Any], section: str, name: str, path: Path) -> Findings:
    """A name that must be in a section. Silent where there are not two belligerents: that has been said."""
    if name not in known and not (section == "belligerents" and len(known) != 2):
        one, many = _CALLED[section]
        yield path, f"'{shown(name)}' is not {one} of this scenario", instead(name, known, many)


# Time


def _period(s: Scenario) -> Findings:
    start, end = s.period.start, s.period.end
    if end <= start:
        yield (
            ("period", "end"),
            f"the period ends on {end}, which is not after its start, {start}",
            None,
        )
    elif end - start > LONGEST:
        weeks = (end - start).days // 7
        yield (
            ("period", "end"),
            f"the period has {weeks} weeks; at most {LONGEST.days // 7} are possible",
            None,
        )
    elif s.period.as_of is not None and (wrong := _outside(s, s.period.as_of)):
        yield (("period", "as_of"), wrong, None)


def _by_the_day(s: Scenario) -> Findings:
    """A mechanism that counts in weeks, a map or a cumulative report has no place in a scenario by the day."""
    if s.period.step_days == 7:
        return
    table = choices()
    for slot, name in s.mechanisms.items():
        if name != OFF and name in table.get(slot, {}) and not table[slot][name].any_step:
            can = [m.name for m in table[slot].values() if m.any_step]
            yield (
                ("mechanisms", slot),
                f"'{name}' counts in weeks, and the step of this scenario is a day",
                f"by the day there is {', '.join([*can, OFF])}",
            )
    for key in ("area", "front", "losses"):
        if getattr(s.observe, key, None):
            message = "this is observed by the week, and the step of this scenario is a day"
            yield ("observe", key), message, "name counted casualties under observe.casualties"


def _front(s: Scenario) -> Findings:
    """Maps of a whole front stand alone, and the brief of such a scenario forecasts from them."""
    observe = getattr(s, "observe", None)
    if getattr(observe, "front", None) is None:
        return
    if _items(observe, "area"):
        yield ("observe", "front"), "there are maps under observe.area too", "leave out one of them"
    if getattr(s, "forecast", None) != "panel":
        message = "the brief of a whole front forecasts every sector from its maps"
        yield ("observe", "front"), message, "write 'forecast: panel' at the top"
    holders = {sector.holder for sector in s.sectors.values()}
    if len(holders) > 1:
        message = "these maps count the ground that one side takes, and the sectors have more than one holder"
        yield ("observe", "front"), message, "give every sector the same holder"


_MOVES = ("advance", "breakthrough", "withdrawal")


def _no_ground(s: Scenario, root: Node) -> Findings:
    """Ground may be left out only where nothing moves the line."""
    moves = [slot for slot in _MOVES if s.mechanisms.get(slot, OFF) != OFF]
    for name in s.sectors if moves else ():
        for key in ("contested_area", "initial_area"):
            if root.nearest(("sectors", name)).child(key) is None:
                yield (
                    ("sectors", name),
                    f"the key '{key}' is missing, and {moves[0]} moves the line",
                    f"give it, or write '{moves[0]}: off'",
                )


def _outside(s: Scenario, day: dt.date) -> str | None:
    start, end = s.period.start, s.period.end
    if start < end and not start <= day < end:
        return f"{day} is outside the period of the scenario, {start} to {end}"
    return None


def _until(event: Event, path: Path) -> Findings:
    if event.until is None and event.until_reported is not None:
        yield (
            (*path, "until_reported"),
            "the event has no end that could be reported; add 'until', or remove this",
            None,
        )
    if event.until is not None and event.until <= event.date:
        message = f"the event ends on {event.until}, which is not after it begins, {event.date}"
        yield (*path, "until"), f"{message}; 'until' is the first day without it", None


def _within(s: Scenario, event: Event, path: Path) -> Findings:
    if message := _outside(s, event.date):
        yield (*path, "date"), message, None


def _arrivals(s: Scenario, name: str) -> Findings:
    for i, arrival in enumerate(_items(s.contingents[name], "arrivals")):
        day = getattr(arrival, "date", None)
        if day is not None and (message := _outside(s, day)):
            yield ("contingents", name, "arrivals", i, "date"), message, None


def _ids(s: Scenario, root: Node) -> Findings:
    first: dict[str, int] = {}
    for i, event in enumerate(s.events):
        identity = getattr(event, "id", None)
        if identity in first:
            line = root.nearest(("events", first[identity], "id")).line
            yield (
                ("events", i, "id"),
                f"another event has this id, on line {line}; give it one of its own",
                None,
            )
        elif identity is not None:
            first[identity] = i


# Who stands where


def _holder(s: Scenario, name: str) -> Findings:
    yield from _in(
        s.belligerents, "belligerents", s.sectors[name].holder, ("sectors", name, "holder")
    )


def _both_sides(s: Scenario, name: str) -> Findings:
    there = s.sectors[name].forces
    for side in s.belligerents:
        if side not in there and len(s.belligerents) == 2 and not set(there) - set(s.belligerents):
            message = f"'{shown(side)}' has no forces here; add a group '{shown(side)}:' with its strength"
            yield ("sectors", name, "forces"), message, None


def _forces(s: Scenario, name: str) -> Findings:
    for side in s.sectors[name].forces:
        yield from _in(s.belligerents, "belligerents", side, ("sectors", name, "forces", side))


def _areas(s: Scenario, name: str) -> Findings:
    held, contested = s.sectors[name].initial_area, s.sectors[name].contested_area
    if held.centre > contested.centre:
        message = f"{held.centre:g} km2 held at the start is more than the contested area, {contested.centre:g} km2"
        yield ("sectors", name, "initial_area"), message, None


def _neighbours(s: Scenario, name: str) -> Findings:
    for i, other in enumerate(s.sectors[name].neighbours):
        path: Path = ("sectors", name, "neighbours", i)
        yield from _in(s.sectors, "sectors", other, path)
        if other == name:
            yield path, f"'{shown(name)}' cannot be beside itself", None
        elif other in s.sectors and name not in s.sectors[other].neighbours:
            yield path, f"'{shown(other)}' does not name '{shown(name)}' back; add it there", None


def _season(s: Scenario, name: str) -> Findings:
    season = s.seasons[name]
    for i, sector in enumerate(season.sectors):
        yield from _in(s.sectors, "sectors", sector, ("seasons", name, "sectors", i))
    for key in ("begin", "finish"):
        try:
            dt.date.fromisoformat(f"2024-{getattr(season, key)}")
        except ValueError:
            message = f"there is no day {getattr(season, key)} in the calendar"
            yield ("seasons", name, key), message, None
    if season.begin == season.finish:
        message = (
            f"the season begins and ends on {season.begin}; 'finish' is the first day without it"
        )
        yield ("seasons", name, "finish"), message, None


def _line_side(s: Scenario, name: str) -> Findings:
    yield from _in(
        s.belligerents, "belligerents", s.supply_lines[name].side, ("supply_lines", name, "side")
    )


def _line_sectors(s: Scenario, name: str) -> Findings:
    for i, sector in enumerate(s.supply_lines[name].sectors):
        yield from _in(s.sectors, "sectors", sector, ("supply_lines", name, "sectors", i))


def _line_ends(s: Scenario, name: str) -> Findings:
    """A line serves sectors, or joins two places of its side; one between places needs a capacity."""
    line, path = s.supply_lines[name], ("supply_lines", name)
    ends = {"from": line.begin, "to": line.finish}
    if not line.sectors and not any(ends.values()):
        yield (
            (*path, "sectors"),
            "this line leads nowhere; give 'sectors', or 'from' and 'to'",
            None,
        )
    if not any(ends.values()):
        return
    for key, place in ends.items():
        if place is None:
            yield (*path, key), f"a line between two places needs '{key}'; add it", None
        elif place in s.supply_nodes:
            if s.supply_nodes[place].side != line.side:
                message = f"'{shown(place)}' is a place of '{s.supply_nodes[place].side}'"
                yield (*path, key), f"{message}, and the line is of '{shown(line.side)}'", None
        elif key == "from" or place not in s.sectors:
            known = {**s.supply_nodes, **(s.sectors if key == "to" else {})}
            what = "a supply node" if key == "from" else "a supply node or sector"
            message = f"'{shown(place)}' is not {what} of this scenario"
            yield (*path, key), message, instead(place, known, "places")
    if line.capacity is None:
        yield (*path, "capacity"), "a line between two places needs a capacity; add it", None


def _belt(s: Scenario, name: str) -> Findings:
    belt = s.belts[name]
    yield from _in(s.belligerents, "belligerents", belt.side, ("belts", name, "side"))
    yield from _in(s.sectors, "sectors", belt.sector, ("belts", name, "sector"))


def _node(s: Scenario, name: str) -> Findings:
    yield from _in(
        s.belligerents, "belligerents", s.supply_nodes[name].side, ("supply_nodes", name, "side")
    )
    if name in s.sectors:
        message = f"'{shown(name)}' is a sector too; give the place another name"
        yield ("supply_nodes", name), message, None


def _reached(s: Scenario) -> Findings:
    """Where lines between places lead to a sector, a depot must be behind them; and places must be few."""
    for side in s.belligerents:
        joined = [(x.begin, x.finish) for x in s.supply_lines.values() if x.side == side]
        near: dict[str, set[str]] = {}
        for a, b in ((a, b) for a, b in joined if a is not None and b is not None):
            near.setdefault(a, set()).add(b)
            near.setdefault(b, set()).add(a)
        between = [n for n in near if n in s.supply_nodes and not s.supply_nodes[n].depot]
        if len(between) > MOST_BETWEEN:
            message = f"'{side}' has {len(between)} junctions; at most {MOST_BETWEEN} are possible"
            yield ("supply_nodes",), message, None
        found = {n for n in near if n in s.supply_nodes and s.supply_nodes[n].depot}
        new = set(found)
        while new := {b for a in new if a not in s.sectors for b in near[a]} - found:
            found |= new
        for k, line in s.supply_lines.items():
            if line.side == side and line.finish in s.sectors and line.finish not in found:
                message = f"no depot of '{side}' is joined to '{shown(line.finish)}'"
                yield ("supply_lines", k, "to"), message, None


def _supports(s: Scenario, name: str) -> Findings:
    side = s.supporters[name].supports
    yield from _in(s.belligerents, "belligerents", side, ("supporters", name, "supports"))


def _shares(s: Scenario) -> Findings:
    """Flows of one kind, and of one class of weapon, cannot be more than all that a side gets."""
    total: dict[tuple[str, str, str | None], float] = {}
    for path, side, flow in _flows(s):
        key = (side, flow.kind, flow.weapon_class)
        before = total.get(key, 0.0)
        total[key] = before + flow.share.centre
        if before <= 1.0 + 1e-9 < total[key]:
            what = f"{flow.kind} ({flow.weapon_class})" if flow.weapon_class else flow.kind
            message = (
                f"with this flow, {total[key]:.3g} of the {what} of '{side}' comes from supporters"
            )
            yield (*path, "share"), f"{message}; the shares may add up to 1", None


def _flows(s: Scenario) -> Iterator[tuple[Path, str, Flow]]:
    """Every flow that is whole, with its path and the side that it supports."""
    for name, supporter in s.supporters.items():
        for key in _names(supporter, "flows"):
            flow = supporter.flows[key]
            if hasattr(supporter, "supports") and all(
                hasattr(flow, k) for k in ("kind", "share", "weapon_class")
            ):
                yield ("supporters", name, "flows", key), supporter.supports, flow


def _sender(s: Scenario, name: str) -> Findings:
    supporter = s.contingents[name].supporter
    yield from _in(s.supporters, "supporters", supporter, ("contingents", name, "supporter"))


def _fights_for(s: Scenario, name: str) -> Findings:
    contingent, path = s.contingents[name], ("contingents", name, "side")
    yield from _in(s.belligerents, "belligerents", contingent.side, path)
    sender = s.supporters.get(contingent.supporter)
    both = sender is not None and {contingent.side, sender.supports} <= set(s.belligerents)
    if sender is not None and both and sender.supports != contingent.side:
        message = f"it fights for '{contingent.side}', but its supporter '{contingent.supporter}' supports"
        yield path, f"{message} '{sender.supports}'; change one of the two", None


def _used_in(s: Scenario, name: str) -> Findings:
    for i, sector in enumerate(s.contingents[name].sectors):
        yield from _in(s.sectors, "sectors", sector, ("contingents", name, "sectors", i))


# Events and branches


def _needs(target: Target, path: Path) -> Findings:
    kind = EVENT_KINDS[_kind(target)]
    for key in kind.needs:
        if getattr(target, key, "absent") is None:
            about = kind.sets if key in ("level", "rate") else Target.model_fields[key].description
            yield (
                (*path, key),
                f"a change of kind '{_kind(target)}' needs this key ({about}); add it",
                None,
            )


def _no_use(target: Target, path: Path) -> Findings:
    kind = EVENT_KINDS[_kind(target)]
    right = (*kind.needs, *kind.may)
    for key in Target.model_fields:
        if key not in right and getattr(target, key, None) is not None:
            uses = f"it uses {', '.join(right)}"
            yield (
                (*path, key),
                f"a change of kind '{_kind(target)}' has no use for this key; remove it",
                uses,
            )


def _kind(target: Target) -> str:
    return str(target.kind)  # type: ignore[attr-defined]


def _reference(s: Scenario, target: Target, key: str, section: str, path: Path) -> Findings:
    name = getattr(target, key, None)
    if name is not None:
        yield from _in(getattr(s, section), section, name, (*path, key))


def _flow(s: Scenario, target: Target, path: Path) -> Findings:
    name = target.flow
    if name is None or target.supporter not in s.supporters:
        return
    flows = s.supporters[target.supporter].flows
    if name not in flows:
        yield (
            (*path, "flow"),
            f"'{name}' is not a flow of '{target.supporter}'",
            instead(name, flows, "its flows"),
        )


def _chance(s: Scenario, name: str) -> Findings:
    path: Path = ("branches", name, "chance")
    chance = s.branches[name].chance
    read = {key: getattr(chance, key) for key in ("supporter", "stays", "level")}
    ways = "either 'given', or 'supporter', 'stays' and 'level'"
    if chance.given is not None and any(v is not None for v in read.values()):
        yield path, f"the probability comes from two places; keep one: {ways}", None
    elif chance.given is None and all(v is None for v in read.values()):
        yield path, f"the probability is missing; say where it comes from: {ways}", None
    elif chance.given is None:
        for key in (k for k, v in read.items() if v is None):
            yield (*path, key), f"this key is missing; a probability needs {ways}", None
    if chance.supporter is not None:
        yield from _in(s.supporters, "supporters", chance.supporter, (*path, "supporter"))
        supporter = s.supporters.get(chance.supporter)
        if supporter is not None and supporter.will is None:
            message = f"'{chance.supporter}' has no 'will' to read a probability from; add one, or use 'given'"
            yield (*path, "supporter"), message, None


# Drivers


def _driver(s: Scenario, name: str) -> Findings:
    path: Path = ("drivers", name, "alternative")
    alternative = s.drivers[name].alternative
    if alternative.nothing:
        message = "the driver has no alternative; say what would not have happened, stopped or been otherwise"
        yield path, message, "keys: without, stopped, absent, set"
    events = {getattr(e, "id", ""): None for e in s.events}
    flows = _along(s, "flow")
    for i, event in enumerate(alternative.without):
        if event not in events and not _unreadable(s):
            message = f"'{shown(event)}' is not an event of this scenario"
            yield (*path, "without", i), message, instead(event, events, "events")
    for i, flow in enumerate(alternative.stopped):
        if flow not in flows:
            message = f"'{shown(flow)}' is not a flow of this scenario"
            yield (*path, "stopped", i), message, instead(flow, flows, "flows")
    yield from _numbers(s, alternative.set, (*path, "set"))
    for i, contingent in enumerate(alternative.absent):
        yield from _in(s.contingents, "contingents", contingent, (*path, "absent", i))


def _unreadable(s: Scenario) -> bool:
    """Whether events are given of which none could be read: that has been said."""
    return not s.events and "events" in s.model_fields_set


def _driver_effect(s: Scenario, name: str) -> Findings:
    """What an effect is said to act through: numbers of mechanisms, and how strong events were."""
    events, known = {f"events.{getattr(e, 'id', '')}": None for e in s.events}, _known_parameters(s)
    for i, number in enumerate(s.drivers[name].effect):
        path: Path = ("drivers", name, "effect", i)
        plain = number.partition("[")[0]
        group = plain.partition(".")[0]
        if group == "events" and plain not in events and not _unreadable(s):
            message = f"'{shown(plain)}' is no event of this scenario"
            yield path, message, instead(plain, events, "events")
        elif group in SLOTS and plain not in known:
            message = f"no mechanism has a parameter '{shown(plain)}'"
            yield path, message, instead(plain, known, "parameters")


def _driver_after(s: Scenario, name: str) -> Findings:
    for i, other in enumerate(s.drivers[name].after):
        path: Path = ("drivers", name, "after", i)
        if other not in s.drivers:
            yield (
                path,
                f"'{shown(other)}' is not a driver of this scenario",
                instead(other, s.drivers, "drivers"),
            )
        elif other == name or name in s.drivers[other].after:
            yield (
                path,
                f"'{shown(other)}' and '{shown(name)}' cannot each bring about the other",
                None,
            )


# Mechanisms and parameters


def _mechanisms(s: Scenario) -> Findings:
    table = choices()
    for slot, name in s.mechanisms.items():
        if slot not in table:
            yield (
                ("mechanisms", slot),
                f"'{shown(slot)}' is not a slot for a mechanism",
                instead(slot, SLOTS, "slots"),
            )
        elif name != OFF and name not in table[slot]:
            known = [*table[slot], OFF]
            near = instead(name, known, "the choices are")
            more = f" The choices are: {', '.join(known)}" if near.startswith("did you") else ""
            yield (
                ("mechanisms", slot),
                f"there is no mechanism '{shown(name)}' for {slot}",
                near + more,
            )


def _parameters(s: Scenario) -> Findings:
    yield from _numbers(s, s.parameters, ("parameters",))


def _numbers(s: Scenario, given: Mapping[str, Quantity], at_key: Path) -> Findings:
    """Parameters of mechanisms by name, with or without their cell in brackets."""
    known = _known_parameters(s)
    names = {dim: _along(s, dim) for dim in ("flow", "belt", *_SECTIONS)}
    for full, q in given.items():
        name, bracket, cell = full.partition("[")
        path: Path = (*at_key, full)
        if name not in known:
            near = instead(name, known, "parameters")
            yield path, f"no mechanism has a parameter '{shown(name)}'", near
            continue
        if message := _wrong_value(q, known[name]):
            yield path, message, None
        if bracket:
            yield from _wrong_cell(path, name, cell, known[name].per, names)


def _known_parameters(s: Scenario) -> dict[str, Parameter]:
    """Parameters of every mechanism: what is switched off may keep its numbers. Those chosen come first."""
    table = choices()
    every = [m for by_name in table.values() for m in by_name.values()]
    chosen = [table[slot][n] for slot, n in s.mechanisms.items() if n in table.get(slot, {})]
    return {f"{m.slot}.{p.name}": p for m in (*every, *chosen) for p in m.parameters}


def _wrong_cell(
    path: Path, name: str, cell: str, per: tuple[str, ...], names: Mapping[str, Mapping[str, None]]
) -> Findings:
    """What is wrong with the names in brackets, as in `attrition.rate[russia]`."""
    parts = cell[:-1].split(",") if cell.endswith("]") else []
    if not per:
        yield path, f"this parameter has one value; write '{name}'", None
    elif len(parts) != len(per):
        example = ",".join(next(iter(names.get(dim, {})), dim) for dim in per)
        yield path, f"the brackets hold {' and '.join(per)}; write '{name}[{shown(example)}]'", None
    else:
        for part, dim in zip(parts, per, strict=True):
            if part not in names.get(dim, {}):
                near = instead(part, names.get(dim, {}), "right there")
                yield path, f"'{shown(part)}' in the brackets is not a {dim}", near


def _along(s: Scenario, dim: str) -> dict[str, None]:
    """The names along a dim."""
    if dim == "flow":
        supporters = getattr(s, "supporters", {})
        return {
            f"{name}.{key}": None
            for name in supporters
            for key in _names(supporters[name], "flows")
        }
    return dict.fromkeys(_names(s, {**_SECTIONS, "belt": "belts"}[dim]))


def _wrong_value(q: Quantity, p: Parameter) -> str | None:
    """What is wrong with the value of a parameter: its unit, or its range."""
    prior = f"{p.centre:g} ({p.low:g} .. {p.high:g})" + ("" if p.unit == "1" else f" {p.unit}")
    if q.unit == "1" and p.unit != "1":
        return f"the unit is missing; write '{q} {p.unit}'"
    try:
        q = q.to(p.unit)
    except ValueError as error:
        return f"{error}; its prior is '{prior}'"
    if p.kind == "positive" and (q.low < 0 or (q.low == 0 and not q.certain)):
        return f"'{q}' is not above 0, and {p.label} must be; its prior is '{prior}'"
    inside = q.low >= 0 and q.high <= 1
    if p.kind == "fraction" and not (inside and (q.certain or (q.low > 0 and q.high < 1))):
        return f"'{q}' is not between 0 and 1, and {p.label} must be; its prior is '{prior}'"
    return None


# Sources and data


def _sources(s: Scenario, root: Node) -> Findings:
    """Every `source:` names an entry of `sources`."""
    for path, node in root.walk():
        named = bool(path) and path[-1] == "source" and isinstance(node.value, str)
        if (
            named
            and path[0] != "sources"
            and at(path).kind == "value"
            and at(path[:-1]).kind != "values"
        ):
            yield from _in(s.sources, "sources", node.value, path)


def _map(s: Scenario, i: int) -> Findings:
    series, path = s.observe.area[i], ("observe", "area", i)
    columns = {"column": getattr(series, "column", None), "mask": getattr(series, "mask", None)}
    yield from _columns(getattr(series, "dataset", None), columns, path)
    yield from _in(s.sectors, "sectors", series.sector, (*path, "sector"))


def _counts(s: Scenario, i: int) -> Findings:
    counts, path = s.observe.casualties[i], ("observe", "casualties", i)
    yield from _columns(
        getattr(counts, "dataset", None), {"column": getattr(counts, "column", None)}, path
    )
    for key in ("side", "sector"):
        yield from _in(
            getattr(s, _SECTIONS[key]), _SECTIONS[key], getattr(counts, key), (*path, key)
        )
    if s.observe.mapped:
        yield path, "counted casualties are fitted where there is no map, and there is one", None


def _reports(s: Scenario, i: int) -> Findings:
    reports, path = s.observe.losses[i], ("observe", "losses", i)
    yield from _columns(getattr(reports, "dataset", None), {}, path)
    yield from _whose(reports, path)
    for key in ("contingent", "side", "sector"):
        name = getattr(reports, key, None)
        if name is not None:
            yield from _in(getattr(s, _SECTIONS[key]), _SECTIONS[key], name, (*path, key))


def _whose(reports: Reports, path: Path) -> Findings:
    of = getattr(reports, "of", None)
    if of is not None and getattr(reports, of, "absent") is None:
        yield (*path, of), f"these are losses of a {of}, so this key is needed; name the {of}", None


def _columns(key: str | None, columns: Mapping[str, str | None], path: Path) -> Findings:
    """The data set is in the catalogue, and has the columns."""
    from salient.evidence.catalogue import catalogue

    known = catalogue()
    if key is None:
        return
    if key not in known:
        yield (
            (*path, "dataset"),
            f"there is no data set '{key}' in the catalogue",
            instead(key, known, "data sets"),
        )
        return
    for where, column in columns.items():
        if column is not None and column not in known[key].names:
            near = instead(column, known[key].names, "its columns")
            yield (*path, where), f"'{key}' has no column '{shown(column)}'", near


def _history(s: Scenario) -> Findings:
    for side in s.observe.history:
        yield from _in(s.belligerents, "belligerents", side, ("observe", "history", side))
