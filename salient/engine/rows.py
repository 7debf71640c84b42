"""The prior of every number of a scenario: mechanisms' parameters, levels of events and branches, errors of sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from salient.engine.priors import Prior, prior
from salient.engine.setting import Setting
from salient.mechanisms.base import SIDE_SECTOR, Mechanism, Parameter
from salient.quantities import Quantity
from salient.scenario.schema import RATED, AreaSeries, Change, Event, FrontMaps, Scenario

Layout = dict[str, dict[str, np.ndarray]]
"""Names of the cells of each parameter, by slot and parameter, in their dims."""

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


def all_rows(
    s: Scenario,
    setting: Setting,
    mechanisms: Sequence[Mechanism],
    events: Sequence[Event],
    as_of: dt.date,
) -> tuple[list[Prior], Layout]:
    """Every number that the as-of date allows to be known of, and the names of each parameter's cells."""
    rows, layout = _parameter_rows(s, setting, mechanisms)
    rows += [_level_row(f"events.{e.id}", e.text, _level(e), e.source) for e in events]
    rows += [
        _level_row(f"branches.{b}.{i}", c.kind, _level(c), None)
        for b, branch in s.branches.items()
        for i, c in enumerate(branch.changes)
    ]
    rows += [
        _level_row(
            f"contingents.{k}.arrivals.{i}", f"{c.name}: arrival of {a.date}", a.soldiers, a.source
        )
        for k, c in s.contingents.items()
        for i, a in enumerate(c.arrivals)
        if (a.reported or a.date) <= as_of
    ]
    rows += _season_rows(s)
    rows += _observation_rows(s)
    return list({r.name: r for r in rows}.values()), layout


def _level(e: Event | Change) -> Quantity:
    if e.kind in RATED:
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


def _season_rows(s: Scenario) -> list[Prior]:
    """How deep the mud and how thick the leaves of each season are."""
    return [
        prior(
            f"seasons.{key}.{what}",
            "fraction",
            q.low,
            q.high,
            unit="1",
            label=f"{season.name}: {what}",
            source=q.source or "scenario",
            trust="A",
            group="season",
        )
        for key, season in s.seasons.items()
        for what, q in (("mud", season.mud), ("leaves", season.leaves))
    ]


def _observation_rows(s: Scenario) -> list[Prior]:
    """Errors of the sources: what `salient.inference` reads as `observe.area.0.noise` and the like."""
    maps: dict[str, AreaSeries | FrontMaps] = {f"area.{i}": a for i, a in enumerate(s.observe.area)}
    maps |= {"front": s.observe.front} if s.observe.front else {}
    rows = []
    for key, a in maps.items():
        about = {
            "unit": "km",
            "label": f"spread of the {a.mapper} map",
            "source": "scenario",
            "trust": "M",
            "group": "evidence",
        }
        rows.append(prior(f"observe.{key}.noise", "positive", a.noise.low, a.noise.high, **about))
    for i, c in enumerate(s.observe.casualties):
        about = {"unit": "1", "source": "scenario", "trust": "A", "group": "evidence"}
        what = f"{c.side} casualties about the law"
        rows += [
            prior(f"observe.casualties.{i}.scatter", "positive", c.scatter.low, c.scatter.high,
                  label=f"scatter of {what}", **about),
            prior(f"observe.casualties.{i}.memory", "fraction", c.memory.low, c.memory.high,
                  label=f"memory of {what}", **about),
        ]  # fmt: skip
    for i, r in enumerate(s.observe.losses):
        about = {
            "unit": "1",
            "label": "reported losses over real ones",
            "source": "scenario",
            "trust": "C",
            "group": "evidence",
        }
        rows.append(prior(f"observe.losses.{i}.bias", "positive", r.bias.low, r.bias.high, **about))
    return rows


def _cells(setting: Setting, per: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(product(*(setting.names[d] for d in per)))


def cell_name(name: str, cell: tuple[str, ...]) -> str:
    """Full name of one cell of a parameter, such as `attrition.rate[russia]`."""
    return f"{name}[{','.join(cell)}]" if cell else name


def _parameter_rows(
    s: Scenario, setting: Setting, mechanisms: Sequence[Mechanism]
) -> tuple[list[Prior], Layout]:
    """Priors of all parameters, and the names of each parameter's cells by slot, in their dims."""
    rows: list[Prior] = []
    layout: Layout = {}
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
