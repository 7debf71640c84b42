"""What-if: the question as an address or as JSON, the knobs that a scenario has, and the answer in numbers."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from salient.brief import words
from salient.engine.priors import Prior
from salient.errors import Problem, SalientError
from salient.inference.posterior import Posterior
from salient.inference.results import Interval
from salient.questions.live import Changes, Pair, adjustable, bounds, known_events
from salient.server.contract import (
    Amount,
    Both,
    Catalogue,
    Number,
    SectorAnswer,
    Span,
    WhatIf,
)
from salient.server.warm import Warm

DRAWS = 1000
ANSWER = "answer/2"
"""The form of an answer: one of another form is not given again."""
MOST_CHANGES = 200
_FIRST_GROUPS = ("events", "forces", "support", "contingents", "supply", "will")
_TITLES = {
    "advance": "Advance",
    "ammunition": "Ammunition",
    "attrition": "Losses",
    "breakthrough": "Breakthrough",
    "contingents": "Allied contingents",
    "equipment": "Equipment",
    "events": "How strong events were",
    "forces": "Forces at the start",
    "fortification": "Fortification",
    "intelligence": "Intelligence",
    "manpower": "Manpower",
    "posture": "Posture",
    "production": "Production and sanctions",
    "readiness": "Readiness",
    "supply": "Supply lines",
    "support": "Support from outside",
    "surprise": "Surprise",
    "terrain": "Terrain",
    "training": "Training",
    "will": "How long support lasts",
    "withdrawal": "Withdrawal",
}


class Question(BaseModel):
    """A what-if. Nothing that is left out is changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str = Field(max_length=60, description="name of a scenario that the server has")
    draws: int = Field(DRAWS, ge=100, le=1_000_000, description="simulated outcomes of each way")
    branch: str | None = Field(
        None, max_length=60, description="branch to follow after the as-of date"
    )
    numbers: dict[str, float] = Field(
        default_factory=dict, max_length=MOST_CHANGES, description="value by number, in its unit"
    )
    without: list[str] = Field(
        default_factory=list, max_length=MOST_CHANGES, description="ids of events that are left out"
    )
    support: dict[str, float] = Field(
        default_factory=dict,
        max_length=MOST_CHANGES,
        description="level of a flow from the as-of date on, 1 being normal",
    )
    presence: dict[str, float] = Field(
        default_factory=dict,
        max_length=MOST_CHANGES,
        description="share of a contingent at the front from the as-of date on",
    )

    def plain(self, reference: str | None) -> Question:
        """The same question in its one form: sorted, without what changes nothing."""
        return Question(
            scenario=self.scenario,
            draws=self.draws,
            branch=None if self.branch in (None, "", reference) else self.branch,
            numbers=dict(sorted(self.numbers.items())),
            without=sorted(set(self.without)),
            support=dict(sorted(self.support.items())),
            presence=dict(sorted(self.presence.items())),
        )

    def changes(self) -> Changes:
        """What the engine is asked."""
        return Changes(
            self.branch, self.numbers, frozenset(self.without), self.support, self.presence
        )

    def key(self, fit: str) -> str:
        """The fingerprint of the question put to a fit: the same key, the same answer."""
        return hashlib.sha256(f"{ANSWER}{fit}{self.model_dump_json()}".encode()).hexdigest()

    def query(self) -> str:
        """The question as the query of an address; empty when nothing is asked."""
        pairs: list[tuple[str, str]] = []
        if self.branch:
            pairs.append(("branch", self.branch))
        pairs += [("without", e) for e in self.without]
        pairs += [(f"support.{k}", _short(v)) for k, v in self.support.items()]
        pairs += [(f"presence.{k}", _short(v)) for k, v in self.presence.items()]
        pairs += [(f"number.{k}", _short(v)) for k, v in self.numbers.items()]
        if self.draws != DRAWS:
            pairs.append(("draws", str(self.draws)))
        return urlencode(pairs)


def _short(value: float) -> str:
    return f"{value:.10g}"


def read_query(scenario: str, pairs: Sequence[tuple[str, str]]) -> Question:
    """The question of an address. Empty fields say nothing. Raises SalientError with everything that is wrong."""
    found: dict[str, Any] = {"numbers": {}, "support": {}, "presence": {}, "without": []}
    groups = {"number": "numbers", "support": "support", "presence": "presence"}
    problems: list[Problem] = []
    for key, value in pairs[: 4 * MOST_CHANGES]:
        value, shown = value.strip(), key[:80]
        head, dot, name = key.partition(".")
        if not value:
            continue
        if dot and head in groups:
            number = _number(value)
            if number is None:
                problems.append(Problem(f"'{value[:40]}' is not a number", key=shown))
            else:
                found[groups[head]][name] = number
        elif key == "without":
            found["without"].append(value)
        elif key == "branch":
            found["branch"] = value
        elif key == "draws":
            if not (value.isascii() and value.isdigit()) or len(value) > 7:
                problems.append(Problem(f"'{value[:40]}' is not a whole number", key="draws"))
            else:
                found["draws"] = int(value)
        else:
            hint = "branch, without, support.FLOW, presence.CONTINGENT, number.NAME, draws"
            problems.append(Problem(f"unknown key '{shown}'", hint=hint))
    if problems:
        raise SalientError(*problems)
    return question({"scenario": scenario, **found})


def question(found: dict[str, Any]) -> Question:
    """A question from plain data. Raises SalientError for what does not fit the schema."""
    from pydantic import ValidationError

    try:
        return Question.model_validate(found)
    except ValidationError as e:
        raise SalientError(
            *[Problem(d["msg"], key=".".join(str(x) for x in d["loc"])[:80]) for d in e.errors()]
        ) from None


def _number(text: str) -> float | None:
    try:
        value = float(text) if len(text) <= 40 else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Knob:
    """A number that can be changed. fitted: after the data, None before the fit; settled: what the data did to it."""

    key: str
    label: str
    unit: str
    group: str
    low: float
    high: float
    step: float
    before: Interval
    fitted: Interval | None
    settled: str
    source: str

    @property
    def text(self) -> str:
        """The number as it stands."""
        return words.quantity(self.fitted or self.before)

    def public(self) -> Number:
        """For the API."""
        return {
            "key": self.key,
            "label": self.label,
            "unit": self.unit,
            "group": self.group,
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "before_data": _interval(self.before),
            "after_data": None if self.fitted is None else _interval(self.fitted),
            "data": self.settled,
            "source": self.source,
        }


def _interval(i: Interval) -> Span:
    return {"median": i.median, "low": i.low, "high": i.high, "level": i.level}


@dataclass(frozen=True)
class Group:
    """Numbers of one kind, under a heading."""

    key: str
    title: str
    knobs: tuple[Knob, ...]
    first: bool


def groups(warm: Warm) -> list[Group]:
    """The numbers of a scenario by group: those that the scenario itself states first."""
    posterior: Posterior = warm.posterior
    fitted = warm.fitted
    rows = [(r, i) for i, r in enumerate(posterior.campaign.priors.free)]
    able = {r.name for r in adjustable(posterior.campaign)}
    found: dict[str, list[Knob]] = {}
    for row, i in rows:
        if row.name in able:
            found.setdefault(row.group, []).append(
                knob(warm, row, None if fitted is None else fitted.flat[i])
            )
    order = sorted(found, key=lambda g: (_rank(g), g))
    return [
        Group(g, _TITLES.get(g, g.capitalize()), tuple(found[g]), g in _FIRST_GROUPS) for g in order
    ]


def _rank(group: str) -> int:
    return _FIRST_GROUPS.index(group) if group in _FIRST_GROUPS else len(_FIRST_GROUPS)


def knob(warm: Warm, row: Prior, z: np.ndarray | None) -> Knob:
    """One number: its range in round steps, and where the data left it."""
    low, high = bounds(row)
    step = _step(high - low)
    low, high = math.ceil(low / step) * step, math.floor(high / step) * step
    median, a, b = row.interval
    after, settled = None, "not yet fitted"
    if z is not None:
        m, x, y = (row.natural(float(q)) for q in np.quantile(z, [0.5, 0.05, 0.95]))
        after = Interval(m, x, y, unit=row.unit)
        settled = words.share_settled(float(1.0 - z.var()))
    return Knob(
        row.name,
        _label(warm, row),
        row.unit,
        row.group,
        float(f"{low:.10g}"),
        float(f"{high:.10g}"),
        step,
        Interval(median, a, b, unit=row.unit),
        after,
        settled,
        row.source,
    )


def _step(width: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that cuts a range into 50 to 130 parts."""
    power = 10.0 ** math.floor(math.log10(width / 50))
    return next(float(f"{m * power:.3g}") for m in (5, 2, 1) if m * power <= width / 50)


def _label(warm: Warm, row: Prior) -> str:
    """The label, with whose number it is in the scenario's own words."""
    s = warm.loaded.scenario
    label = row.label[:1].upper() + row.label[1:]
    cell = row.name.partition("[")[2].rstrip("]")
    if not cell:
        return label.rstrip(".")
    names = {k: b.name for k, b in s.belligerents.items()}
    names |= {k: x.name for k, x in s.sectors.items()}
    names |= {k: x.name for k, x in s.supporters.items()}
    names |= {k: x.name for k, x in s.contingents.items()}
    names |= {k: x.name for k, x in s.supply_lines.items()}
    names |= {
        f"{k}.{f}": f"{x.name}, {flow_name(f)}" for k, x in s.supporters.items() for f in x.flows
    }
    keys = cell.split(",")
    if len(s.sectors) == 1 and len(keys) > 1:
        keys = [k for k in keys if k not in s.sectors]
    if len(s.sectors) == 1 and keys == list(s.sectors):
        return label
    return f"{label}: {', '.join(names.get(k, k) for k in keys)}"


def flow_name(key: str) -> str:
    """A flow's key as a word."""
    return key.replace("-", " ")


def catalogue(warm: Warm) -> Catalogue:
    """Everything that can be asked of a scenario, for the API."""
    s, campaign = warm.loaded.scenario, warm.posterior.campaign
    return {
        "scenario": warm.name,
        "title": s.title,
        "question": s.question,
        "region": s.region,
        "country": s.country,
        "as_of": campaign.as_of.isoformat(),
        "end": campaign.weeks[-1].isoformat(),
        "ready": warm.ready,
        "branches": [
            {"key": k, "title": b.title, "summary": b.summary} for k, b in s.branches.items()
        ],
        "events": [
            {
                "id": e.id,
                "date": e.date.isoformat(),
                "kind": e.kind,
                "text": e.text,
                "source": e.source,
            }
            for e in known_events(campaign)
        ],
        "support": [{"key": k, "title": t} for k, t in flows(warm)],
        "presence": [{"key": k, "title": c.name} for k, c in s.contingents.items()],
        "numbers": [k.public() for g in groups(warm) for k in g.knobs],
    }


def flows(warm: Warm) -> list[tuple[str, str]]:
    """Each flow of support with its name."""
    return [
        (f"{k}.{f}", f"{x.name}: {flow_name(f)}")
        for k, x in warm.loaded.scenario.supporters.items()
        for f in x.flows
    ]


LEVELS = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)


def answer(warm: Warm, asked: Question, pair: Pair) -> WhatIf:
    """The answer as data: quantiles by week of both ways, paired differences and the chance of more ground for
    every sector, and losses.
    """
    campaign = warm.posterior.campaign
    sides = campaign.setting.names["side"] if pair.factual.casualties.size else ()
    sectors = [_sector(warm, pair, j) for j in range(campaign.setting.size("sector"))]
    return {
        "scenario": warm.name,
        "as_of": campaign.as_of.isoformat(),
        "question": asked.model_dump(),
        "query": asked.query(),
        "draws": pair.draws,
        "seed": warm.seed,
        "unit": "km2",
        "weeks": [d.isoformat() for d in campaign.weeks[campaign.origin :]],
        "levels": list(LEVELS),
        "sectors": sectors,
        "losses": [
            {
                "side": side,
                "casualties": _triple(pair.factual.casualties[i], pair.changed.casualties[i]),
                "killed": _triple(pair.factual.killed[i], pair.changed.killed[i]),
            }
            for i, side in enumerate(sides)
        ],
        "cautions": list(warm.trouble),
    }


def _sector(warm: Warm, pair: Pair, j: int) -> SectorAnswer:
    """The answer for one sector."""
    key = warm.posterior.campaign.setting.names["sector"][j]
    sector, gap = warm.loaded.scenario.sectors[key], pair.gap[j]
    return {
        "sector": key,
        "name": sector.name,
        "held": sector.held,
        "factual": _quantiles(pair.factual.area[j]),
        "changed": _quantiles(pair.changed.area[j]),
        "end": {
            "factual": _draws(pair.factual.area[j, -1], "km2"),
            "changed": _draws(pair.changed.area[j, -1], "km2"),
            "difference": _draws(gap, "km2"),
            "p_more": float((gap > 0).mean()),
            "p_less": float((gap < 0).mean()),
            "p_same": float((gap == 0).mean()),
        },
    }


def _quantiles(area: np.ndarray) -> list[list[float]]:
    return [[round(float(v), 2) for v in row] for row in np.quantile(area, LEVELS, axis=-1)]


def _draws(values: np.ndarray, unit: str) -> Amount:
    i = Interval.of(values, unit)
    return {
        "median": round(i.median, 3),
        "low": round(i.low, 3),
        "high": round(i.high, 3),
        "level": 0.9,
        "unit": unit,
    }


def _triple(factual: np.ndarray, changed: np.ndarray) -> Both:
    return {
        "factual": _draws(factual, "people"),
        "changed": _draws(changed, "people"),
        "difference": _draws(changed - factual, "people"),
    }


def work(warm: Warm, request: dict[str, Any], say: Any) -> dict[str, Any]:
    """A job: the question that a request holds, answered by the warm engine."""
    asked = question(request)
    engine = warm.engine(say)
    return json.loads(
        json.dumps(answer(warm, asked, engine.ask(asked.changes(), asked.draws, say)))
    )
