"""From a scenario to arrays: names, priors, and inputs by week, as they were known on the as-of date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

from salient.engine import network
from salient.engine.paths import Path, Paths, Span, known
from salient.engine.priors import PriorTable, ordered
from salient.engine.rows import Layout, all_rows
from salient.engine.setting import Setting
from salient.errors import ScenarioError
from salient.mechanisms.base import Mechanism
from salient.mechanisms.registry import OFF, chosen
from salient.scenario.schema import Scenario, Sector, SupplyLine

_OPENING = {"positional": 0.0, "breakthrough-by-other": 1.0, "breakthrough-by-holder": 2.0}


@dataclass(frozen=True)
class Campaign:
    """A compiled scenario: everything that a run needs and nothing that it may not know.

    `weeks` are the days on which steps begin (Mondays, or every day of a scenario by the day), one more than there are
    steps; `origin` is the number of whole steps that maps dated up to the as-of date cover.
    """

    scenario: Scenario
    as_of: dt.date
    setting: Setting
    mechanisms: tuple[Mechanism, ...]
    priors: PriorTable
    paths: dict[str, Path]
    weeks: tuple[dt.date, ...]
    origin: int
    parameter_rows: dict[str, dict[str, np.ndarray]] = field(repr=False)

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.weeks) - 1


def week_starts(scenario: Scenario) -> tuple[dt.date, ...]:
    """The Mondays from the first of the period to the first at or after its end; by the day, all its days."""
    start, end, step = scenario.period.start, scenario.period.end, scenario.period.step_days
    first = start if step == 1 else start - dt.timedelta(days=start.weekday())
    n = -(-(end - first).days // step)
    return tuple(first + dt.timedelta(days=step * i) for i in range(n + 1))


def compile_scenario(
    scenario: Scenario,
    as_of: dt.date | None = None,
    branch: str | None = None,
    off: tuple[str, ...] = (),
) -> Campaign:
    """Compile for an as-of date (the period's end when None) and a branch (what was under way when None).

    off: slots to switch off, beyond those that the scenario has off. Raises ScenarioError for an as-of date outside
    the period and for an unknown branch.
    """
    as_of = as_of or scenario.period.end
    weeks = week_starts(scenario)
    _can_be_asked(scenario, as_of, weeks, branch)
    names = {slot: name for slot, name in scenario.mechanisms.items() if slot not in off}
    mechanisms = chosen(names)
    setting = _setting(scenario)
    events = [e for e in scenario.events if known(e, as_of) and e.kind != "note"]
    rows, layout = all_rows(scenario, setting, mechanisms, events, as_of)
    priors = ordered(rows)
    changes = scenario.branches[branch].changes if branch else ()
    spans = [Span.of_event(e, as_of) for e in events]
    spans += [Span.of_change(c, f"branches.{branch}.{i}", as_of) for i, c in enumerate(changes)]
    has_will = names.get("will", OFF) != OFF
    builder = Paths(scenario, setting, priors, weeks, as_of, tuple(spans), has_will)
    return Campaign(
        scenario,
        as_of,
        setting,
        mechanisms,
        priors,
        paths={i.name: builder.path(i) for m in mechanisms for i in m.inputs},
        weeks=weeks,
        origin=(as_of - weeks[0]).days // scenario.period.step_days,
        parameter_rows=_numbered(layout, priors),
    )


def _can_be_asked(
    scenario: Scenario, as_of: dt.date, weeks: tuple[dt.date, ...], branch: str | None
) -> None:
    if not weeks[0] <= as_of <= weeks[-1]:
        raise ScenarioError(
            f"the as-of date {as_of} is outside the scenario's period, {weeks[0]} to {weeks[-1]}"
        )
    if branch is not None and branch not in scenario.branches:
        raise ScenarioError(
            f"there is no branch '{branch}'; branches are {', '.join(scenario.branches)}"
        )


def _numbered(layout: Layout, priors: PriorTable) -> dict[str, dict[str, np.ndarray]]:
    """Names of cells as row numbers of the prior table."""

    def rows(cells: np.ndarray) -> np.ndarray:
        return np.array([priors.index[name] for name in cells.ravel()], dtype=int).reshape(
            cells.shape
        )

    return {
        slot: {name: rows(cells) for name, cells in table.items()} for slot, table in layout.items()
    }


def _length(sector: Sector) -> float:
    """Length of the line at the start, km; as wide as the contested ground is deep when the scenario has none."""
    given = sector.front_length
    return max(given.centre, 0.1) if given else max(sector.contested_area.centre, 0.01) ** 0.5


def _cuts(s: Scenario) -> tuple[tuple[tuple[int, ...], tuple[tuple[int, int], ...]], ...]:
    """Cuts of both sides' supply graphs: line numbers as in `supply_lines`, and the (side, sector) that they part."""
    at = {name: i for i, name in enumerate(s.sectors)}
    depots = {name for name, node in s.supply_nodes.items() if node.depot}
    out = []
    for side, name in enumerate(s.belligerents):
        joined = [(k, x) for k, x in enumerate(s.supply_lines.values()) if x.side == name]
        lines = {k: (x.begin, x.finish) for k, x in joined if x.begin and x.finish}
        numbers = list(lines)
        for cut in network.cuts(list(lines.values()), depots, list(s.sectors)):
            parted = tuple((side, at[j]) for j in s.sectors if j in cut.sectors)
            out.append((tuple(numbers[e] for e in cut.lines), parted))
    return tuple(out)


def _ends(s: Scenario, line: SupplyLine) -> tuple[int, ...]:
    """The sectors at a line's end: where it leads, or where the lines of its side from there lead."""
    at = {name: i for i, name in enumerate(s.sectors)}
    if line.finish is None:
        return tuple(at[j] for j in line.sectors)
    if line.finish in at:
        return (at[line.finish],)
    onward = [x.finish for x in s.supply_lines.values() if line.finish == x.begin]
    return tuple(at[j] for j in onward if j in at)


def _setting(s: Scenario) -> Setting:
    sides = tuple(s.belligerents)
    sectors = tuple(s.sectors)
    flows = [(k, f) for k, sup in s.supporters.items() for f in sup.flows]
    supporters = tuple(s.supporters)
    at = {name: i for i, name in enumerate(sectors)}
    reference = np.array(
        [
            [
                (s.sectors[j].forces[x].reference or s.sectors[j].forces[x].strength).centre
                for j in sectors
            ]
            for x in sides
        ]
    )
    return Setting(
        names={
            "side": sides,
            "sector": sectors,
            "flow": tuple(f"{k}.{f}" for k, f in flows),
            "supporter": supporters,
            "contingent": tuple(s.contingents),
            "line": tuple(s.supply_lines),
            "belt": tuple(s.belts),
            "stage": ("1", "2", "3"),
            "generation": ("modern", "older", "reserve"),
        },
        flow_side=tuple(sides.index(s.supporters[k].supports) for k, _ in flows),
        flow_kind=tuple(s.supporters[k].flows[f].kind for k, f in flows),
        flow_supporter=tuple(supporters.index(k) for k, _ in flows),
        contingent_side=tuple(sides.index(c.side) for c in s.contingents.values()),
        contingent_sectors=tuple(tuple(at[j] for j in c.sectors) for c in s.contingents.values()),
        line_side=tuple(sides.index(x.side) for x in s.supply_lines.values()),
        line_sectors=tuple(tuple(at[j] for j in x.sectors) for x in s.supply_lines.values()),
        neighbours=tuple(tuple(at[j] for j in x.neighbours) for x in s.sectors.values()),
        front_length=np.array([_length(x) for x in s.sectors.values()])[:, None],
        cuts=_cuts(s),
        line_ends=tuple(_ends(s, x) for x in s.supply_lines.values()),
        belt_at=tuple((sides.index(x.side), at[x.sector]) for x in s.belts.values()),
        line_in_pocket=tuple(x.through_pocket for x in s.supply_lines.values()),
        holder=tuple(sides.index(x.holder) for x in s.sectors.values()),
        terrain_names=tuple(x.terrain for x in s.sectors.values()),
        contested=np.array([x.contested_area.centre for x in s.sectors.values()])[:, None],
        initial_area=np.array([x.initial_area.centre for x in s.sectors.values()])[:, None],
        reference=reference[:, :, None],
        opening_regime=np.array([_OPENING[x.opening] for x in s.sectors.values()])[:, None],
        step_weeks=s.period.step_days / 7.0,
    )
