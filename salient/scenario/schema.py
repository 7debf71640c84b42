"""The scenario language as types: what may stand in a scenario file, with its unit.

`Scenario` is the root. Everything is frozen and knows no file: `salient.scenario.loading` reads files safely and gives
each error its line, `salient.scenario.checks` tests what needs two places at once (a date before another, a name that
must exist). The JSON Schema for editors is generated from here.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from salient import quantities
from salient.quantities import Quantity

ANY = "any unit"
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
_NUMBER_FORMS = [
    {"type": "number"},
    {"type": "string", "maxLength": 200},
    {
        "type": "object",
        "required": ["value"],
        "additionalProperties": False,
        "properties": {
            "value": {"type": ["number", "string"]},
            "source": {"type": "string"},
            "note": {"type": "string"},
        },
    },
]


def _quantity(unit: str, low: float, high: float) -> Any:
    """A reader of quantities in `unit` that lie between low and high."""

    def read(value: Any) -> Quantity:
        if isinstance(value, Quantity):
            return value if unit == ANY else value.to(unit)
        source = note = None
        if isinstance(value, dict):
            if extra := set(value) - {"value", "source", "note"}:
                raise ValueError(f"unknown key '{sorted(extra)[0]}' here; value, source and note are right")
            if "value" not in value:
                raise ValueError("the key 'value' is missing; value, source and note are right here")
            source, note, value = value.get("source"), value.get("note"), value["value"]
        if not isinstance(value, str | int | float):
            raise ValueError(f"a number with the unit {unit} is right here")
        q = quantities.parse(value)
        if unit != ANY:
            q = q.to(unit)
        if not (low <= q.low and q.high <= high):
            raise ValueError(f"{q} is outside {low:g} .. {high:g}" + ("" if unit == "1" else f" {unit}"))
        return Quantity(q.centre, q.low, q.high, q.unit, source, note)

    return read


def Q(unit: str, low: float = 0.0, high: float = 1e12) -> Any:  # noqa: N802  (reads as a type)
    """The type of a quantity in `unit` between low and high."""
    what = f"a quantity in {unit}" if unit != "1" else "a number without unit"
    return Annotated[
        Quantity,
        BeforeValidator(_quantity(unit, low, high)),
        WithJsonSchema({"anyOf": _NUMBER_FORMS, "description": f"{what}: a value, 'low .. high' or 'centre (low .. high)'"}),
    ]


Area = Q("km2", 0, 2e7)
Soldiers = Q("soldiers", 0, 1e8)
Share = Q("1", 0, 1)
Level = Q("1", 0, 20)
Weeks = Q("weeks", 0, 2000)


class Part(BaseModel):
    """A part of a scenario: frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


class Source(Part):
    """Where a number or a statement is from."""

    title: Text
    publisher: Text
    url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=500)] | None = None
    date: dt.date | None = None


class Period(Part):
    """The weeks that the scenario covers, from Monday to Monday."""

    start: dt.date
    end: dt.date
    step: Literal["1 week"] = "1 week"


class Belligerent(Part):
    """One of the two sides."""

    name: Text
    adjective: Text
    country: Country


class Forces(Part):
    """What a side has in a sector at the start."""

    strength: Soldiers = Field(description="soldiers in the sector at the start")  # type: ignore[valid-type]
    reference: Soldiers | None = Field(  # type: ignore[valid-type]
        None, description="strength at which its power is 1; the centre of strength when left out"
    )
    fortification: Share = Field(Quantity(0.3, 0.3, 0.3), description="share of the works that could be built")  # type: ignore[valid-type]


class Sector(Part):
    """A stretch of front with ground that changes hands."""

    name: Text
    country: Country = Field(description="country that the ground belongs to by international law")
    holder: Slug = Field(description="side whose held area is counted; the other side presses")
    held: Text = Field(description="how the held area is named on the page")
    contested_area: Area = Field(description="all the ground that is at stake")  # type: ignore[valid-type]
    initial_area: Area = Field(description="area held at the start")  # type: ignore[valid-type]
    terrain: Literal["open", "rolling", "rolling-forest", "forest", "urban", "river", "rugged"]
    opening: Literal["positional", "breakthrough-by-holder", "breakthrough-by-other"] = "positional"
    forces: dict[Slug, Forces]


class SupplyLine(Part):
    """A road or railway that carries a side's supplies to sectors."""

    name: Text
    side: Slug
    sectors: list[Slug] = Field(min_length=1)
    share: Share = Field(Quantity(1.0, 1.0, 1.0), description="share of the sectors' normal supply that it carries")  # type: ignore[valid-type]


class Flow(Part):
    """One kind of support from one supporter."""

    kind: Literal["weapons", "training", "intelligence", "finance"]
    weapon_class: Slug | None = Field(None, alias="class")
    share: Share = Field(description="share of the side's normal supply of this kind that it is")  # type: ignore[valid-type]
    delay: Weeks = Field(Quantity(4, 1, 10, "weeks"), description="mean time from allocation to arrival")  # type: ignore[valid-type]


class Will(Part):
    """How long a supporter's support stays full, reduced or halted."""

    full: Weeks = Quantity(60, 20, 180, "weeks")  # type: ignore[valid-type]
    reduced: Weeks = Quantity(20, 7, 60, "weeks")  # type: ignore[valid-type]
    halted: Weeks = Quantity(6, 2, 18, "weeks")  # type: ignore[valid-type]


class Supporter(Part):
    """A state outside the front that sustains a side."""

    name: Text
    supports: Slug
    flows: dict[Slug, Flow] = Field(min_length=1)
    will: Will | None = None


class Arrival(Part):
    """Soldiers of a contingent that reach the front."""

    date: dt.date
    reported: dt.date | None = None
    soldiers: Soldiers  # type: ignore[valid-type]
    over: Weeks = Quantity(1, 1, 1, "weeks")  # type: ignore[valid-type]
    source: str | None = None


class TaskQuality(Part):
    """Fighting value of a contingent soldier by task, 1 being the side's own average soldier."""

    assault: Level  # type: ignore[valid-type]
    hold: Level  # type: ignore[valid-type]
    irregular: Level  # type: ignore[valid-type]
    technical: Level  # type: ignore[valid-type]


class Contingent(Part):
    """Troops of an ally that fight beside a belligerent."""

    name: Text
    supporter: Slug
    side: Slug
    sectors: list[Slug] = Field(min_length=1, description="sectors where it may be used")
    quality: TaskQuality
    arrivals: list[Arrival] = Field(min_length=1)


class Event(Part):
    """A dated change. What it sets lasts until `until`, or until a later event sets the same thing."""

    id: Slug
    date: dt.date
    until: dt.date | None = None
    reported: dt.date | None = Field(None, description="day on which it became public; the date when left out")
    until_reported: dt.date | None = None
    kind: Literal[
        "support", "contingent", "surge", "surprise", "interdiction", "reinforcement",
        "posture", "withdrawal", "sanctions", "note",
    ]
    text: Text
    source: str | None = None
    supporter: Slug | None = None
    flow: Slug | None = None
    contingent: Slug | None = None
    side: Slug | None = None
    sector: Slug | None = None
    line: Slug | None = None
    level: Level | None = None  # type: ignore[valid-type]
    rate: Q("soldiers/week", 0, 1e6) | None = None  # type: ignore[valid-type]


class Change(Part):
    """What a branch does after the as-of date: an event whose day is counted from it."""

    after: Weeks = Quantity(0, 0, 0, "weeks")  # type: ignore[valid-type]
    lasting: Weeks | None = None  # type: ignore[valid-type]
    kind: Literal["support", "contingent", "surge", "surprise", "interdiction", "reinforcement", "posture", "withdrawal", "sanctions"]
    supporter: Slug | None = None
    flow: Slug | None = None
    contingent: Slug | None = None
    side: Slug | None = None
    sector: Slug | None = None
    line: Slug | None = None
    level: Level | None = None  # type: ignore[valid-type]
    rate: Q("soldiers/week", 0, 1e6) | None = None  # type: ignore[valid-type]


class BranchChance(Part):
    """Where the probability of a branch comes from."""

    supporter: Slug | None = Field(None, description="read it from this supporter's simulated will")
    stays: Literal["above", "below"] | None = None
    level: Share | None = None  # type: ignore[valid-type]
    given: Share | None = Field(None, description="a stated judgement, as an interval")  # type: ignore[valid-type]
    reason: Text


class Branch(Part):
    """One way it could go on."""

    title: Text
    summary: Text
    changes: list[Change] = Field(default_factory=list)
    chance: BranchChance


class AreaSeries(Part):
    """A published map's area for a sector, as an observation with its error."""

    sector: Slug
    dataset: Slug
    column: str
    mapper: Text
    mask: str | None = Field(None, description="column that is 1 where the series is not to be used")
    floor: Area = Quantity(0, 0, 0, "km2")  # type: ignore[valid-type]
    noise: Q("km", 0, 100) = Quantity(0.5, 0.2, 1.2, "km")  # type: ignore[valid-type]


class Reports(Part):
    """Published totals of losses, each with its speaker's bias and spread."""

    dataset: Slug
    measure: str
    of: Literal["contingent", "side"]
    contingent: Slug | None = None
    side: Slug | None = None
    sector: Slug | None = None
    speakers: list[str] = Field(default_factory=list, description="use only these; all when empty")
    bias: Q("1", 0.01, 100) = Quantity(1, 0.7, 1.5)  # type: ignore[valid-type]
    spread: Q("1", 0.01, 5) = Quantity(0.2, 0.2, 0.2)  # type: ignore[valid-type]


class Observe(Part):
    """What was seen: the data that calibrate the scenario."""

    area: list[AreaSeries] = Field(default_factory=list)
    losses: list[Reports] = Field(default_factory=list)


class Scenario(Part):
    """A campaign: what is assumed, with sources and intervals, what happened, what was seen, what may follow."""

    scenario: Slug
    title: Text
    summary: Text
    question: Text
    region: Text
    country: Country
    category: Slug = "campaign"
    period: Period
    sources: dict[Slug, Source] = Field(default_factory=dict)
    belligerents: dict[Slug, Belligerent] = Field(min_length=2, max_length=2)
    sectors: dict[Slug, Sector] = Field(min_length=1)
    supply_lines: dict[Slug, SupplyLine] = Field(default_factory=dict)
    supporters: dict[Slug, Supporter] = Field(default_factory=dict)
    contingents: dict[Slug, Contingent] = Field(default_factory=dict)
    mechanisms: dict[str, str]
    parameters: dict[str, Q(ANY, -1e12, 1e12)] = Field(default_factory=dict)  # type: ignore[valid-type]
    events: list[Event] = Field(default_factory=list)
    observe: Observe = Field(default_factory=Observe)
    branches: dict[Slug, Branch] = Field(default_factory=dict)
    claims: str | None = Field(None, description="file of claims beside the scenario")
