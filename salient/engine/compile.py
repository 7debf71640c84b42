"""From a scenario to arrays: names, priors, and inputs by week, as they were known on the as-of date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from salient.engine.priors import Prior, PriorTable, ordered, prior
from salient.engine.setting import Setting
from salient.errors import ScenarioError
from salient.mechanisms.base import SIDE_SECTOR, Input, Mechanism, Parameter
from salient.mechanisms.registry import chosen
from salient.quantities import Quantity
from salient.scenario.schema import Change, Event, Scenario

_PAD = 4
_OPENING = {"positional": 0.0, "breakthrough-by-other": 1.0, "breakthrough-by-holder": 2.0}
_FORCES = Parameter(
    "strength",
    10000,
    5000,
    20000,
    "soldiers",
    "soldiers at the start",
    "scenario",
    "M",
    per=SIDE_SECTOR,
    key="sectors.{sector}.forces.{side}.strength",
)
_TARGETS = {
    "support": ("support_level", "flow"),
    "contingent": ("presence", "contingent"),
    "surge": ("surge", "side_sector"),
    "surprise": ("surprised", "side_sector"),
    "interdiction": ("interdiction", "line"),
    "reinforcement": ("reinforcement", "side_sector"),
    "posture": ("stance", "side_sector"),
    "withdrawal": ("leaving", "side_sector"),
    "sanctions": ("sanctions", "side"),
}


@dataclass(frozen=True)
class Path:
    """An input by week: base plus the sum of weight x level, where levels are rows of the prior table.

    base: [week, *dims]; weights: [week, *dims, term]; rows: [term], the row of each term. Terms are padded with
    weight 0 to a multiple of `_PAD`, so that branches and as-of dates share one compilation.
    """

    name: str
    base: np.ndarray
    weights: np.ndarray
    rows: np.ndarray

    @staticmethod
    def of(
        name: str, base: np.ndarray, terms: list[np.ndarray], rows: list[int], room: int
    ) -> Path:
        """A path with its terms padded to `room` and on to a multiple of `_PAD`."""
        n = -(-max(len(terms), room) // _PAD) * _PAD
        weights = np.zeros((*base.shape, n))
        for k, term in enumerate(terms):
            weights[..., k] = term
        return Path(name, base, weights, np.array([*rows, *[0] * (n - len(rows))], dtype=np.int32))


@dataclass(frozen=True)
class Campaign:
    """A compiled scenario: everything that a run needs and nothing that it may not know.

    `weeks` are the Mondays on which weeks begin, one more than there are steps; `origin` is the number of whole weeks
    that maps dated up to the as-of date cover.
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
        """Number of weekly steps."""
        return len(self.weeks) - 1

    def outcome_is_known(self, event: Event) -> bool:
        """Whether an event was public on the as-of date."""
        return known(event, self.as_of)


def known(event: Event, as_of: dt.date) -> bool:
    """Whether an event had been reported by the as-of date."""
    return (event.reported or event.date) <= as_of


def known_end(event: Event, as_of: dt.date) -> dt.date | None:
    """The end of an event, if the as-of date knew it."""
    if event.until is None or (event.until_reported or event.until) > as_of:
        return None
    return event.until


def week_starts(scenario: Scenario) -> tuple[dt.date, ...]:
    """The Mondays from the first of the period to the first at or after its end."""
    first = scenario.period.start - dt.timedelta(days=scenario.period.start.weekday())
    n = -(-(scenario.period.end - first).days // 7)
    return tuple(first + dt.timedelta(days=7 * i) for i in range(n + 1))


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
    if not weeks[0] <= as_of <= weeks[-1]:
        raise ScenarioError(
            f"the as-of date {as_of} is outside the scenario's period, {weeks[0]} to {weeks[-1]}"
        )
    if branch is not None and branch not in scenario.branches:
        raise ScenarioError(
            f"there is no branch '{branch}'; branches are {', '.join(scenario.branches)}"
        )
    names = {slot: name for slot, name in scenario.mechanisms.items() if slot not in off}
    mechanisms = chosen(names)
    setting = _setting(scenario)
    events = [e for e in scenario.events if known(e, as_of) and e.kind != "note"]
    changes = list(scenario.branches[branch].changes) if branch else []
    all_branch_levels = [
        (b, i, c) for b, x in scenario.branches.items() for i, c in enumerate(x.changes)
    ]
    rows, layout = _rows(scenario, setting, mechanisms)
    rows += [_level_row(f"events.{e.id}", e.text, _level(e), e.source) for e in events]
    rows += [
        _level_row(f"branches.{b}.{i}", c.kind, _level(c), None) for b, i, c in all_branch_levels
    ]
    rows += [
        _level_row(
            f"contingents.{k}.arrivals.{i}", f"{c.name}: arrival of {a.date}", a.soldiers, a.source
        )
        for k, c in scenario.contingents.items()
        for i, a in enumerate(c.arrivals)
        if (a.reported or a.date) <= as_of
    ]
    rows += _observation_rows(scenario)
    priors = ordered(_unique(rows))
    inputs = {i.name: i for m in mechanisms for i in m.inputs}
    spans = [_Span.of_event(e, as_of) for e in events]
    spans += [_Span.of_change(c, f"branches.{branch}.{i}", as_of) for i, c in enumerate(changes)]
    builder = _Paths(
        scenario,
        setting,
        priors,
        weeks,
        as_of,
        tuple(spans),
        bool(names.get("will", "off") != "off"),
    )
    paths = {name: builder.path(i) for name, i in inputs.items()}
    origin = (as_of - weeks[0]).days // 7
    parameter_rows = {
        slot: {
            k: np.vectorize(priors.index.__getitem__, otypes=[int])(v) if v.size else v.astype(int)
            for k, v in table.items()
        }
        for slot, table in layout.items()
    }
    return Campaign(
        scenario, as_of, setting, mechanisms, priors, paths, weeks, origin, parameter_rows
    )


def _unique(rows: list[Prior]) -> list[Prior]:
    return list({r.name: r for r in rows}.values())


def _level(e: Event | Change) -> Quantity:
    if e.kind == "reinforcement":
        return e.rate if e.rate is not None else Quantity(0.0, 0.0, 0.0, "soldiers/week")
    return e.level if e.level is not None else Quantity(1.0, 1.0, 1.0)


def _level_row(name: str, label: str, q: Quantity, source: str | None) -> Prior:
    about = {
        "unit": q.unit,
        "label": label,
        "source": q.source or source or "scenario",
        "trust": "A",
        "group": "events",
    }
    return prior(name, "positive", q.low, q.high, **about)


def _observation_rows(s: Scenario) -> list[Prior]:
    """Errors of the sources: what `salient.inference` reads as `observe.area.0.noise` and the like."""
    rows = []
    for i, a in enumerate(s.observe.area):
        about = {
            "unit": "km",
            "label": f"spread of the {a.mapper} map",
            "source": "scenario",
            "trust": "M",
            "group": "evidence",
        }
        rows.append(
            prior(f"observe.area.{i}.noise", "positive", a.noise.low, a.noise.high, **about)
        )
    for i, r in enumerate(s.observe.losses):
        about = {
            "unit": "1",
            "label": f"bias of reports of losses in {r.dataset}",
            "source": "scenario",
            "trust": "C",
            "group": "evidence",
        }
        rows.append(prior(f"observe.losses.{i}.bias", "positive", r.bias.low, r.bias.high, **about))
    return rows


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
        line_in_pocket=tuple(x.through_pocket for x in s.supply_lines.values()),
        holder=tuple(sides.index(x.holder) for x in s.sectors.values()),
        terrain_names=tuple(x.terrain for x in s.sectors.values()),
        contested=np.array([x.contested_area.centre for x in s.sectors.values()])[:, None],
        initial_area=np.array([x.initial_area.centre for x in s.sectors.values()])[:, None],
        reference=reference[:, :, None],
        opening_regime=np.array([_OPENING[x.opening] for x in s.sectors.values()])[:, None],
    )


def _cells(setting: Setting, per: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(product(*(setting.names[d] for d in per)))


def cell_name(name: str, cell: tuple[str, ...]) -> str:
    """Full name of one cell of a parameter, such as `attrition.rate[russia]`."""
    return f"{name}[{','.join(cell)}]" if cell else name


def _rows(
    s: Scenario, setting: Setting, mechanisms: tuple[Mechanism, ...]
) -> tuple[list[Prior], dict[str, dict[str, np.ndarray]]]:
    """Priors of all parameters, and the names of each parameter's cells by slot, in their dims."""
    rows: list[Prior] = []
    layout: dict[str, dict[str, np.ndarray]] = {}
    groups = [("forces", (_FORCES,)), *((m.slot, m.parameters) for m in mechanisms)]
    for slot, parameters in groups:
        layout[slot] = {}
        for p in parameters:
            cells = _cells(setting, p.per)
            table = [_parameter_row(s, slot, p, cell) for cell in cells]
            rows += table
            layout[slot][p.name] = np.array([r.name for r in table], dtype=object).reshape(
                setting.shape(p.per)
            )
    return rows, layout


def _parameter_row(s: Scenario, slot: str, p: Parameter, cell: tuple[str, ...]) -> Prior:
    name = f"{slot}.{p.name}"
    full = cell_name(name, cell)
    q = s.parameters.get(full) or s.parameters.get(name) or _from_scenario(s, p, cell)
    low, high = (q.to(p.unit).low, q.to(p.unit).high) if q else (p.low, p.high)
    source = q.source or p.source if q else p.source
    about = {
        "unit": p.unit,
        "label": p.label,
        "source": source or "",
        "trust": p.trust,
        "group": slot,
    }
    return prior(full, p.kind, low, high, **about)


def _from_scenario(s: Scenario, p: Parameter, cell: tuple[str, ...]) -> Quantity | None:
    """The quantity at the parameter's key, with the cell's names in it; None where the scenario has none."""
    if p.key is None:
        return None
    words = dict(zip(p.per, cell, strict=True))
    if "flow" in words:
        words["supporter"], words["flow"] = words["flow"].split(".", 1)
    here: Any = s
    for part in p.key.format(**words).split("."):
        here = here.get(part) if isinstance(here, dict) else getattr(here, part, None)
        if here is None:
            return None
    return here if isinstance(here, Quantity) else None


@dataclass(frozen=True)
class _Span:
    """What sets an input, from a day to a day (or on), at the level of a row."""

    row: str
    start: dt.date
    end: dt.date | None
    what: Event | Change
    branch: bool = False

    @staticmethod
    def of_event(e: Event, as_of: dt.date) -> _Span:
        end = known_end(e, as_of)
        if end is None and e.lasting is not None:
            end = e.date + dt.timedelta(days=round(7 * e.lasting.centre))
        return _Span(f"events.{e.id}", e.date, end, e)

    @staticmethod
    def of_change(c: Change, row: str, as_of: dt.date) -> _Span:
        start = as_of + dt.timedelta(days=1 + round(7 * c.after.centre))
        end = start + dt.timedelta(days=round(7 * c.lasting.centre)) if c.lasting else None
        return _Span(row, start, end, c, branch=True)


@dataclass(frozen=True)
class _Paths:
    """Builds the path of each input from the spans that set it."""

    scenario: Scenario
    setting: Setting
    priors: PriorTable
    weeks: tuple[dt.date, ...]
    as_of: dt.date
    spans: tuple[_Span, ...]
    will: bool

    def path(self, i: Input) -> Path:
        """The path of one input over all weeks."""
        if i.name == "free_flow":
            return Path.of(i.name, self._free_flow(), [], [], 0)
        if i.name == "arriving":
            return self._arrivals(i)
        shape = self.setting.shape(i.dims)
        base = np.full((self._steps, *shape), float(i.neutral))
        terms: list[np.ndarray] = []
        rows: list[int] = []
        for cell in np.ndindex(*shape):
            for row, weight in self._weights(i, cell):
                column = np.zeros((self._steps, *shape))
                column[(slice(None), *cell)] = weight
                base[(slice(None), *cell)] -= weight * i.neutral
                terms.append(column)
                rows.append(self.priors.index[row])
        if i.name == "support_level" and self.will:
            base, terms = self._announced(base, terms)
        return Path.of(i.name, base, terms, rows, self._room(i))

    @property
    def _steps(self) -> int:
        return len(self.weeks) - 1

    def _weights(self, i: Input, cell: tuple[int, ...]) -> list[tuple[str, np.ndarray]]:
        """For each row that sets this cell, the share of each week in which it does. The latest start wins."""
        mine = sorted(
            (s for s in self.spans if self._sets(s, i, cell)), key=lambda s: (s.start, s.branch)
        )
        days = (self.weeks[-1] - self.weeks[0]).days
        owner = np.full(days, -1)
        for k, s in enumerate(mine):
            first = max((s.start - self.weeks[0]).days, 0)
            last = days if s.end is None else min((s.end - self.weeks[0]).days, days)
            owner[first : max(last, first)] = k
        by_week = owner.reshape(self._steps, 7)
        return [
            (s.row, (by_week == k).mean(axis=1)) for k, s in enumerate(mine) if (owner == k).any()
        ]

    def _sets(self, s: _Span, i: Input, cell: tuple[int, ...]) -> bool:
        name, where = _TARGETS[s.what.kind]
        if name != i.name:
            return False
        e, names = s.what, self.setting.names
        if where == "flow":
            flow = names["flow"][cell[0]]
            return flow == f"{e.supporter}.{e.flow}" or (
                e.flow is None and flow.startswith(f"{e.supporter}.")
            )
        if where == "side":
            return names["side"][cell[0]] == e.side
        if where in ("contingent", "line"):
            return names[where][cell[0]] == getattr(e, where)
        return names["side"][cell[0]] == e.side and e.sector in (None, names["sector"][cell[1]])

    def _first_free_week(self) -> int:
        """The first whole week after the as-of date: until then what was announced holds."""
        return -(-((self.as_of - self.weeks[0]).days + 1) // 7)

    def _free_flow(self) -> np.ndarray:
        free = np.zeros((self._steps, self.setting.size("flow")))
        if self.will:
            for f, name in enumerate(self.setting.names["flow"]):
                supporter = self.scenario.supporters[name.split(".", 1)[0]]
                if supporter.will is not None and not self._fixed_by_branch(f):
                    free[self._first_free_week() :, f] = 1.0
        return free

    def _fixed_by_branch(self, f: int) -> bool:
        dummy = Input("support_level", ("flow",), "1", "")
        return any(
            s.branch and s.what.kind == "support" and self._sets(s, dummy, (f,)) for s in self.spans
        )

    def _announced(
        self, base: np.ndarray, terms: list[np.ndarray]
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Where the supporter's own chances decide, the announced level is 1 and they scale it."""
        free = self._free_flow() > 0
        base = np.where(free, 1.0, base)
        return base, [np.where(free, 0.0, t) for t in terms]

    def _arrivals(self, i: Input) -> Path:
        shape = self.setting.shape(i.dims)
        terms, rows = [], []
        for c, (key, contingent) in enumerate(self.scenario.contingents.items()):
            for k, a in enumerate(contingent.arrivals):
                if (a.reported or a.date) > self.as_of:
                    continue
                column = np.zeros((self._steps, *shape))
                column[:, c] = self._share_of_weeks(a.date, max(round(7 * a.over.centre), 1))
                terms.append(column)
                rows.append(self.priors.index[f"contingents.{key}.arrivals.{k}"])
        return Path.of(i.name, np.zeros((self._steps, *shape)), terms, rows, 0)

    def _room(self, i: Input) -> int:
        """Most terms that any branch could need beside the known events."""
        events = sum(_TARGETS[s.what.kind][0] == i.name for s in self.spans if not s.branch)
        flows = self.setting.size("flow")
        changes = [
            sum(
                (1 if c.flow or c.kind != "support" else flows)
                for c in b.changes
                if _TARGETS[c.kind][0] == i.name
            )
            for b in self.scenario.branches.values()
        ]
        return events + max(changes, default=0)

    def _share_of_weeks(self, start: dt.date, days: int) -> np.ndarray:
        """Share of something spread evenly over `days` from `start` that falls in each week."""
        offsets = (start - self.weeks[0]).days + np.arange(days)
        inside = offsets[(offsets >= 0) & (offsets < 7 * self._steps)]
        return np.bincount(inside // 7, minlength=self._steps) / days
