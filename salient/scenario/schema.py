"""The scenario language as types: what may stand in a scenario file, with its unit.

`Scenario` is the root. Everything is frozen and knows no file: `salient.scenario.loading` reads files safely and gives
each error its line, `salient.scenario.checks` tests what needs two places at once (a date before another, a name that
must exist). The JSON Schema for editors and the reference page are generated from here, so every key says what it is.
"""

# Annotations are not text here (no `from __future__ import annotations`): pydantic reads them faster so.
import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError, core_schema

from salient import quantities
from salient.quantities import Quantity

ANY = "any unit"
SLUG = r"^[a-z0-9][a-z0-9-]{0,59}$"
YEAR_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
COUNTRY = r"^[A-Z]{2}$"
ADDRESS = r"^https?://"

Slug = Annotated[str, StringConstraints(pattern=SLUG)]
Flag = Annotated[bool, Field(strict=True)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
YearDay = Annotated[str, StringConstraints(pattern=YEAR_DAY)]
Country = Annotated[str, StringConstraints(pattern=COUNTRY)]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = r"[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_FORM = re.compile(
    rf"{_NUMBER}\s*(?:\.\.\s*{_NUMBER}|\(\s*{_NUMBER}\s*\.\.\s*{_NUMBER}\s*\))?"
    r"\s*(1(?:/.*)?|[^\d\s.,(_].*)?",
    re.ASCII,
)
_GROUPED = re.compile(r"\d[ ,' ]\d{3}(?!\d)")
_UNIT = re.compile(r"(?:1/|per )?([a-zA-Z]+|%)(?:\^?2|²)?(?:/([a-zA-Z]+)(?:\^?2|²)?)?")
_TIMES = frozenset(["d", "day", "days", "week", "weeks", "month", "months", "year", "years"])
_NOT_A_QUANTITY = "write '1260 km2', '11000 .. 20000 soldiers' or '0.6 (0.3 .. 0.9)'"


def _day(value: Any) -> Any:
    """A date is written as 2024-08-06 and in no other way."""
    if isinstance(value, str):
        if not _DAY.fullmatch(value):
            raise PydanticCustomError("day", "not a date")
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("day", "no such day") from None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise PydanticCustomError("day", "not a date")


Day = Annotated[dt.date, BeforeValidator(_day)]


def _off(value: Any) -> Any:
    """The word that a YAML tool has read as 'false' and written so."""
    return "off" if value is False else value


Choice = Annotated[str, BeforeValidator(_off)]
"""The name of a mechanism, or 'off'."""


def _wrong(message: str, at: str = "", **found: str) -> PydanticCustomError:
    """A quantity is wrong, at a key inside it when `at` names one."""
    return PydanticCustomError("quantity", "{message}", {"message": message, "at": at, **found})


@dataclass(frozen=True)
class In:
    """What makes a `Quantity` a field of a scenario: its unit and the range in which its interval must lie."""

    unit: str
    low: float = 0.0
    high: float = 1e12

    def read(self, value: Any) -> Quantity:
        """Read what stands in the file, in this unit."""
        if isinstance(value, Quantity):
            return value if self.unit == ANY else value.to(self.unit)
        if not isinstance(value, dict):
            return self._number(value, "")
        for key in value:
            if key not in ("value", "source", "note"):
                raise _wrong("", at=key, unknown=key)
        if "value" not in value:
            raise _wrong("the key 'value' is missing")
        for key in ("source", "note"):
            if not isinstance(value.get(key, ""), str):
                raise _wrong("text is right here", at=key)
        q = self._number(value["value"], "value")
        return Quantity(q.centre, q.low, q.high, q.unit, value.get("source"), value.get("note"))

    def _number(self, value: Any, at: str) -> Quantity:
        q = _parsed(value, at, self.example)
        if self.unit not in (ANY, "1") and q.unit == "1":
            raise _wrong(f"the unit is missing; write '{str(value)[:60]} {self.unit}'", at)
        if self.unit != ANY:
            if misfit := _misfit(q.unit, self.unit):
                raise _wrong(f"{misfit}; write it as in '{self.example}'", at)
            q = q.to(self.unit)
        unit = "" if self.unit in (ANY, "1") else f" {self.unit}"
        if q.low < self.low:
            raise _wrong(
                f"{q} is too small; the least that makes sense is {self.low:.15g}{unit}", at
            )
        if q.high > self.high:
            raise _wrong(
                f"{q} is too large; the most that makes sense is {self.high:.15g}{unit}", at
            )
        if self.unit != ANY and not q.certain:
            self._open(q, at)
        return q

    def _open(self, q: Quantity, at: str) -> None:
        """The ends of an interval are 5 % and 95 % points of a prior that never reaches 0 or, for a share, 1."""
        if q.low <= 0:
            raise _wrong(
                "an interval may not begin at 0; begin it at a small number, such as 0.01", at
            )
        if self.high == 1 and q.high >= 1:
            raise _wrong("the interval of a share may not reach 1; end it at 0.99, say", at)

    @property
    def example(self) -> str:
        """A quantity of this unit and range, as it may be written."""
        number = "0.5" if self.high <= 1 else "20" if self.high <= 1e5 else "5000"
        return number if self.unit in (ANY, "1") else f"{number} {self.unit}"

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        what = f"a quantity in {self.unit}" if self.unit not in (ANY, "1") else "a number"
        bounds = "" if self.unit == ANY else f" from {self.low:.15g} to {self.high:.15g}"
        text = {"type": "string", "maxLength": 200, "pattern": f"^{_FORM.pattern}$"}
        forms = [text] if self.unit not in (ANY, "1") else [{"type": "number"}, text]
        return {
            "x-quantity": f"{self.unit} {self.low:.15g} to {self.high:.15g}",
            "x-means": f"{what}{bounds}: a value, 'low .. high' or 'centre (low .. high)'",
            "anyOf": [
                *forms,
                {
                    "type": "object",
                    "required": ["value"],
                    "additionalProperties": False,
                    "properties": {
                        "value": {"anyOf": forms},
                        "source": {"type": "string", "description": "key of `sources`"},
                        "note": {"type": "string"},
                    },
                },
            ],
        }


@lru_cache(maxsize=1)
def units() -> frozenset[str]:
    """Every word that may stand in a unit."""
    return frozenset({*quantities.known_units(), "%"})


def _is_unit(text: str) -> bool:
    """Whether every word of a unit is known: a look at the words, before anything evaluates them."""
    if text in ("", "1"):
        return True
    words = _UNIT.fullmatch(text)
    return words is not None and units().issuperset(w for w in words.groups() if w)


@lru_cache(maxsize=2048)
def _misfit(unit: str, right: str) -> str | None:
    """Why a unit of known words does not measure what is right, if it does not.

    No unit that is right has another denominator than a time, so nothing else is worth evaluating.
    """
    if "/" in unit and unit != right and unit.rsplit("/", 1)[1] not in _TIMES:
        return f"{unit} was found where {right} is right"
    try:
        quantities.factor(unit, right)
    except ValueError as error:
        return str(error)
    return None


def _parsed(value: Any, at: str, example: str) -> Quantity:
    """The number in its own unit. Refuses what `quantities.parse` would be slow to refuse."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong(f"a quantity is right here, as in '{example}'", at)
    if isinstance(value, str):
        value = value.strip()
        form = _FORM.fullmatch(value) if len(value) <= 200 else None
        if form is None:
            grouped = _GROUPED.search(value[:200])
            why = "write digits together, as in 1160" if grouped else _NOT_A_QUANTITY
            raise _wrong(f"this is not a quantity; {why}", at)
        if not _is_unit(unit := (form.group(1) or "").strip()):
            raise _wrong("", at, unit=unit)
    try:
        return quantities.parse(value)
    except ValueError as error:
        raise _wrong(str(error), at) from None


Area = Annotated[Quantity, In("km2", 0, 2e7)]
Ground = Annotated[Quantity, In("km2", 0.1, 2e7)]
Soldiers = Annotated[Quantity, In("soldiers", 0, 1e8)]
Strength = Annotated[Quantity, In("soldiers", 1, 1e8)]
Rate = Annotated[Quantity, In("soldiers/week", 0, 1e6)]
Share = Annotated[Quantity, In("1", 0, 1)]
Level = Annotated[Quantity, In("1", 0, 20)]
Weeks = Annotated[Quantity, In("weeks", 0, 2000)]
Distance = Annotated[Quantity, In("km", 0, 100)]
Depth = Annotated[Quantity, In("km", 0, 1000)]
Length = Annotated[Quantity, In("km", 0.1, 20000)]
Bias = Annotated[Quantity, In("1", 0.01, 100)]
Spread = Annotated[Quantity, In("1", 0.01, 5)]
AnyQuantity = Annotated[Quantity, In(ANY, -1e12, 1e12)]


class Part(BaseModel):
    """A part of a scenario: frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True
    )


class Source(Part):
    """Where a number or a statement is from."""

    title: Text = Field(description="what it is called")
    publisher: Text = Field(description="who published it")
    url: Annotated[str, StringConstraints(pattern=ADDRESS, max_length=500)] | None = Field(
        None, description="where it can be read"
    )
    date: Day | None = Field(None, description="day on which it was published")


class Period(Part):
    """The time that the scenario covers: weeks from Monday to Monday, or single days."""

    start: Day = Field(description="first day; by the week, its week begins on the Monday before")
    end: Day = Field(description="day after the last; by the week, its week runs to Monday")
    step: Literal["1 week", "1 day"] = Field(
        "1 week",
        description="length of a step; by the day, only mechanisms that do not count in weeks can act",
    )
    as_of: Day | None = Field(
        None, description="as-of date of a brief or fit when none is given; the end when left out"
    )

    @property
    def step_days(self) -> int:
        """Length of a step in days."""
        return 1 if self.step == "1 day" else 7


class Belligerent(Part):
    """One of the two sides."""

    name: Text = Field(description="its name on the page")
    adjective: Text = Field(description="as in 'Ukrainian forces'")
    country: Country = Field(description="two-letter code of the country")


class Forces(Part):
    """What a side has in a sector at the start."""

    strength: Strength = Field(description="soldiers in the sector at the start")
    reference: Strength | None = Field(
        None, description="strength at which its power is 1; the centre of strength when left out"
    )
    fortification: Share = Field(
        Quantity(0.3, 0.3, 0.3), description="share of the works that could be built"
    )


class Sector(Part):
    """A stretch of front with ground that changes hands."""

    name: Text = Field(description="its name on the page")
    country: Country = Field(description="country that the ground belongs to by international law")
    holder: Slug = Field(description="side whose held area is counted; the other side presses")
    held: Text = Field(description="how the held area is named on the page")
    contested_area: Ground = Field(
        Quantity(1.0, 1.0, 1.0, "km2"),
        description="all the ground that is at stake; may be left out where nothing moves the line",
    )
    initial_area: Area = Field(
        Quantity(1.0, 1.0, 1.0, "km2"),
        description="area held at the start; may be left out where nothing moves the line",
    )
    front_length: Length | None = Field(
        None,
        description="length of the line at the start; the root of the contested area when left out",
    )
    neighbours: list[Slug] = Field(
        default_factory=list, description="sectors beside it, each of which names it back"
    )
    terrain: Literal["open", "rolling", "rolling-forest", "forest", "urban", "river", "rugged"] = (
        Field(description="what the ground is like")
    )
    opening: Literal["positional", "breakthrough-by-holder", "breakthrough-by-other"] = Field(
        "positional", description="how the first week finds the front"
    )
    forces: dict[Slug, Forces] = Field(description="what each side has there at the start")


class Season(Part):
    """A part of every year in which the ground is muddy or the trees are in leaf."""

    name: Text = Field(description="its name on the page")
    begin: YearDay = Field(description="first day, month and day, as in '03-01'")
    finish: YearDay = Field(
        description="day after the last; before `begin`, the season spans New Year"
    )
    mud: Share = Field(
        Quantity(0.0, 0.0, 0.0), description="how deep the mud is; 1 as deep as it gets"
    )
    leaves: Share = Field(
        Quantity(0.0, 0.0, 0.0), description="how far trees and hedges hide who stands among them"
    )
    sectors: list[Slug] = Field(default_factory=list, description="where; all when left out")


class Belt(Part):
    """Works built in depth behind a side's line, which count once the line has come to them."""

    name: Text = Field(description="its name on the page")
    side: Slug = Field(description="side that built it")
    sector: Slug = Field(description="sector that it lies in")
    depth: Depth = Field(description="how far behind that side's line it lies at the start")
    works: Share = Field(description="share of the works that could be built")


class SupplyNode(Part):
    """A place that supply lines join: a depot, from which supply comes, or a junction."""

    name: Text = Field(description="its name on the page")
    side: Slug = Field(description="side that uses it")
    depot: Flag = Field(False, description="whether supply comes from here, as much as is wanted")


class SupplyLine(Part):
    """A road or railway that carries a side's supplies to sectors."""

    name: Text = Field(description="its name on the page")
    side: Slug = Field(description="side that it supplies")
    sectors: list[Slug] = Field(
        default_factory=list, description="sectors that it supplies, for `supply: lines`"
    )
    begin: Slug | None = Field(
        None, alias="from", description="supply node where it begins, for `supply: network`"
    )
    finish: Slug | None = Field(
        None, alias="to", description="supply node or sector where it ends, for `supply: network`"
    )
    capacity: Strength | None = Field(
        None, description="soldiers at normal tempo whom it can supply"
    )
    distance: Length | None = Field(
        None, description="distance of its nearest stretch from the front at the start"
    )
    share: Share = Field(
        Quantity(1.0, 1.0, 1.0), description="share of the sectors' normal supply that it carries"
    )
    through_pocket: Flag = Field(
        False,
        description="whether it runs through the held ground, so that losing ground exposes it",
    )


class Flow(Part):
    """One kind of support from one supporter."""

    kind: Literal["weapons", "training", "intelligence", "finance"] = Field(
        description="what is given"
    )
    weapon_class: Slug | None = Field(
        None, alias="class", description="kind of weapon, such as shells"
    )
    share: Share = Field(description="share of the side's normal supply of this kind that it is")
    delay: Weeks = Field(
        Quantity(4, 1, 10, "weeks"), description="mean time from allocation to arrival"
    )


class Will(Part):
    """How long a supporter's support stays full, reduced or halted."""

    full: Weeks = Field(Quantity(60, 20, 180, "weeks"), description="time that full support lasts")
    reduced: Weeks = Field(
        Quantity(20, 7, 60, "weeks"), description="time that reduced support lasts"
    )
    halted: Weeks = Field(Quantity(6, 2, 18, "weeks"), description="time that a halt lasts")


class Supporter(Part):
    """A state outside the front that sustains a side."""

    name: Text = Field(description="its name on the page")
    supports: Slug = Field(description="side that it supports")
    flows: dict[Slug, Flow] = Field(
        min_length=1, description="what it gives, by a name of your own"
    )
    will: Will | None = Field(None, description="how long its support lasts")


class Arrival(Part):
    """Soldiers of a contingent that reach the front."""

    date: Day = Field(description="day on which they begin to arrive")
    reported: Day | None = Field(
        None, description="day on which it became public; the date when left out"
    )
    soldiers: Soldiers = Field(description="how many arrive")
    over: Weeks = Field(Quantity(1, 1, 1, "weeks"), description="time over which they arrive")
    source: str | None = Field(None, description="key of `sources`")


class TaskQuality(Part):
    """Fighting value of a contingent soldier by task, 1 being the side's own average soldier."""

    assault: Level = Field(description="when attacking")
    hold: Level = Field(description="when holding ground")
    irregular: Level = Field(description="in hard terrain and irregular fighting")
    technical: Level = Field(description="with drones and other technology")


class Contingent(Part):
    """Troops of an ally that fight beside a belligerent."""

    name: Text = Field(description="its name on the page")
    supporter: Slug = Field(description="supporter that sends it")
    side: Slug = Field(description="side that it fights for")
    sectors: list[Slug] = Field(min_length=1, description="sectors where it may be used")
    quality: TaskQuality = Field(description="fighting value by task")
    arrivals: list[Arrival] = Field(min_length=1, description="when how many arrive")


Effect = Literal[
    "support",
    "contingent",
    "surge",
    "surprise",
    "interdiction",
    "reinforcement",
    "detachment",
    "return",
    "posture",
    "withdrawal",
    "sanctions",
]


@dataclass(frozen=True)
class EventKind:
    """What an event of a kind needs, what else it may have (all of them when left out), and what it sets."""

    needs: tuple[str, ...]
    may: tuple[str, ...]
    sets: str


EVENT_KINDS: dict[str, EventKind] = {
    "support": EventKind(
        ("supporter", "level"),
        ("flow",),
        "what is allocated, in all flows or one; 1 normal, 0 nothing",
    ),
    "contingent": EventKind(("contingent", "level"), (), "share at the front; 1 all, 0 none"),
    "surge": EventKind(("side", "level"), ("sector",), "tempo that the side orders; 1 normal"),
    "surprise": EventKind(("side", "level"), ("sector",), "the side surprises the other; 1 fully"),
    "interdiction": EventKind(("line", "level"), (), "effort against the line; 0 none, 1 heavy"),
    "reinforcement": EventKind(("side", "rate"), ("sector",), "soldiers a week who join the side"),
    "detachment": EventKind(
        ("side", "rate"), (), "soldiers a week who leave for a campaign outside these sectors"
    ),
    "return": EventKind(("side", "rate"), (), "soldiers a week who come back from there"),
    "posture": EventKind(("side", "level"), ("sector",), "1 for local defence, 0 normal"),
    "withdrawal": EventKind(
        ("side", "level"), ("sector",), "log share of its ground that the side gives up a week"
    ),
    "sanctions": EventKind(("side", "level"), (), "level of sanctions on it; 1 as at the start"),
    "note": EventKind((), ("supporter", "flow", "contingent", "side", "sector", "line"), "nothing"),
}


RATED = ("reinforcement", "detachment", "return")
"""Kinds of events that have a rate, not a level."""


class Target(Part):
    """What a change acts on, and how strongly. Which of these keys are right depends on `kind`."""

    supporter: Slug | None = Field(None, description="supporter that it is about")
    flow: Slug | None = Field(None, description="flow of that supporter")
    contingent: Slug | None = Field(None, description="contingent that it is about")
    side: Slug | None = Field(None, description="side that it is about")
    sector: Slug | None = Field(None, description="sector that it is about")
    line: Slug | None = Field(None, description="supply line that it is about")
    level: Level | None = Field(None, description="how strong; its meaning depends on `kind`")
    rate: Rate | None = Field(None, description="soldiers a week who join, leave or return")


class Event(Target):
    """A dated change. What it sets lasts until `until`, or until a later event sets the same thing."""

    id: Slug = Field(description="its own name, which `--set events.ID.level=...` uses")
    date: Day = Field(description="first day of the change")
    until: Day | None = Field(None, description="day on which it ends; lasts when left out")
    reported: Day | None = Field(
        None, description="day on which it became public; the date when left out"
    )
    until_reported: Day | None = Field(
        None, description="day on which its end became public; `until` when left out"
    )
    lasting: Weeks | None = Field(
        None, description="how long it is taken to last while no end of it is known"
    )
    kind: Literal[Effect, "note"] = Field(description="what changes")
    text: Text = Field(description="what happened, in a sentence")
    speaker: Text | None = Field(
        None, description="who says so, where it rests on somebody's statement"
    )
    source: str | None = Field(None, description="key of `sources`")


class Change(Target):
    """What a branch does after the as-of date: an event whose day is counted from it."""

    after: Weeks = Field(Quantity(0, 0, 0, "weeks"), description="time from the as-of date")
    lasting: Weeks | None = Field(None, description="how long; to the end when left out")
    kind: Effect = Field(description="what changes")


class BranchChance(Part):
    """Where the probability of a branch comes from."""

    supporter: Slug | None = Field(None, description="read it from this supporter's simulated will")
    stays: Literal["above", "below"] | None = Field(
        None, description="on which side of `level` its mean support must stay"
    )
    level: Share | None = Field(None, description="level of support that is compared")
    given: Share | None = Field(None, description="a stated judgement, as an interval")
    reason: Text = Field(description="why, in words")


class Branch(Part):
    """One way it could go on."""

    title: Text = Field(description="its name on the page")
    summary: Text = Field(description="what is assumed, in a sentence")
    changes: list[Change] = Field(default_factory=list, description="what it changes")
    chance: BranchChance = Field(description="where its probability comes from")


class AreaSeries(Part):
    """A published map's area for a sector, as an observation with its error."""

    sector: Slug = Field(description="sector that it shows")
    dataset: Slug = Field(description="key of the data catalogue: `salient data list`")
    column: str = Field(description="column of the data set")
    mapper: Text = Field(description="who draws the map")
    mask: str | None = Field(
        None, description="column that is 1 where the series is not to be used"
    )
    floor: Area = Field(Quantity(0, 0, 0, "km2"), description="least error of the map")
    noise: Distance = Field(
        Quantity(0.5, 0.2, 1.2, "km"), description="error of the line that the map draws"
    )


class FrontMaps(Part):
    """Weekly maps of a whole front, whose sectors have the names of the scenario's, with _ for -.

    A sector's holder has its `initial_area` less what the maps show as lost since the first one.
    """

    mapper: Text = Field(description="who draws the maps")
    noise: Distance = Field(
        Quantity(0.002, 0.0005, 0.01, "km"), description="error of the line that the maps draw"
    )


class Reports(Part):
    """Published totals of losses, each with its speaker's bias and spread."""

    dataset: Slug = Field(description="key of the data catalogue: `salient data list`")
    measure: str = Field(description="what is counted, as the data set names it")
    of: Literal["contingent", "side"] = Field(description="whose losses")
    contingent: Slug | None = Field(None, description="the contingent")
    side: Slug | None = Field(None, description="the side")
    sector: Slug | None = Field(None, description="the sector; all when left out")
    speakers: list[str] = Field(default_factory=list, description="use only these; all when empty")
    latest: Flag = Field(
        False, description="use only the newest: totals that grow are one report, not many"
    )
    bias: Bias = Field(Quantity(1, 0.7, 1.5), description="what is said over what is so")
    spread: Spread = Field(Quantity(0.2, 0.2, 0.2), description="sd of the log of what is said")


class Counts(Part):
    """Casualties of a side in a sector, counted step by step, with their scatter about the law of attrition."""

    side: Slug = Field(description="side that it counts")
    sector: Slug = Field(description="sector where they fell")
    dataset: Slug = Field(description="key of the data catalogue: `salient data list`")
    column: str = Field(description="column of the data set")
    scatter: Spread = Field(
        Quantity(0.5, 0.2, 1.2), description="sd of the log about the law, from step to step"
    )
    memory: Share = Field(
        Quantity(0.5, 0.05, 0.95),
        description="part of one step's deviation that is left at the next",
    )


class Observe(Part):
    """What was seen: the data that calibrate the scenario."""

    area: list[AreaSeries] = Field(default_factory=list, description="areas on published maps")
    front: FrontMaps | None = Field(
        None, description="weekly maps of a whole front, in place of `area`"
    )
    casualties: list[Counts] = Field(
        default_factory=list,
        description="casualties counted step by step, where there is no map",
    )
    losses: list[Reports] = Field(default_factory=list, description="published totals of losses")
    history: dict[Slug, str] = Field(
        default_factory=dict,
        description="how the history of breakthroughs names each side's gains",
    )

    @property
    def mapped(self) -> bool:
        """Whether there are maps to calibrate to."""
        return bool(self.area) or self.front is not None


class Alternative(Part):
    """How it would have been without a driver: all of what stands here at once."""

    without: list[Slug] = Field(default_factory=list, description="events that do not happen")
    stopped: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="flows that never flow, as in 'united-states.weapons'",
    )
    absent: list[Slug] = Field(
        default_factory=list, description="contingents that are never at the front"
    )
    set: dict[str, AnyQuantity] = Field(
        default_factory=dict, description="parameters with another value"
    )

    @property
    def nothing(self) -> bool:
        """Whether it changes nothing."""
        return not (self.without or self.stopped or self.absent or self.set)


class Driver(Part):
    """Something that may have moved the outcome, with the path that it would have had otherwise."""

    title: Text = Field(description="its name on the page")
    alternative: Alternative = Field(description="how it would have been otherwise")
    group: Slug | None = Field(
        None, description="cause that it shares with others, such as one supporter's flows"
    )
    after: list[Slug] = Field(
        default_factory=list, description="drivers that may have brought it about"
    )
    effect: list[str] = Field(
        default_factory=list,
        description="parameters through which it acts; those of its mechanisms when left out",
    )
    note: Text | None = Field(None, description="what a reader must know of the alternative")


class Placebo(Part):
    """An outcome that the drivers should have moved too if they matter as much as is claimed."""

    title: Text = Field(description="what is looked at, in words")
    dataset: Slug = Field(description="key of the data catalogue: `salient data list`")
    column: str = Field(description="column that counts what changed since the row before")
    where: dict[str, str] = Field(
        default_factory=dict, description="only rows whose columns have these values"
    )
    note: Text | None = Field(None, description="what it can and cannot show")


class Attribution(Part):
    """What `salient attribute` asks when nothing else is said."""

    outcome: str = Field(description="area:SECTOR, losses:SIDE or killed:SIDE")
    begin: Day = Field(alias="from", description="first day of the window")
    finish: Day = Field(alias="to", description="day on which it ends")
    placebo: Placebo | None = Field(
        None, description="an outcome that the drivers should have moved too"
    )


class Scenario(Part):
    """A campaign: what is assumed, with sources and intervals, what happened, what was seen, what may follow."""

    scenario: Slug = Field(description="name of the scenario: small letters, digits, hyphens")
    title: Text = Field(description="headline")
    summary: Text = Field(description="what it is about, in a few sentences")
    question: Text = Field(description="what the brief answers")
    region: Text = Field(description="where it happens")
    country: Country = Field(description="two-letter code of the country where it happens")
    category: Slug = Field("campaign", description="heading under which the brief is filed")
    authors: list[Text] = Field(
        default_factory=list,
        max_length=20,
        description="who wrote it, for the byline of the brief; the authors of Salient when left out",
    )
    forecast: Literal["panel"] | None = Field(
        None,
        description="how the brief looks ahead: `panel` forecasts every sector from the maps alone; "
        "when left out, the mechanisms are calibrated and run",
    )
    period: Period = Field(description="the weeks that are covered")
    sources: dict[Slug, Source] = Field(
        default_factory=dict, description="where numbers and statements are from"
    )
    belligerents: dict[Slug, Belligerent] = Field(
        min_length=2, max_length=2, description="the two sides"
    )
    sectors: dict[Slug, Sector] = Field(min_length=1, description="where ground changes hands")
    seasons: dict[Slug, Season] = Field(
        default_factory=dict, description="mud and leaves by the time of year"
    )
    belts: dict[Slug, Belt] = Field(
        default_factory=dict, description="fortified belts behind the line"
    )
    supply_nodes: dict[Slug, SupplyNode] = Field(
        default_factory=dict, description="depots and junctions of the supply lines"
    )
    supply_lines: dict[Slug, SupplyLine] = Field(
        default_factory=dict, description="how supplies reach the sectors"
    )
    supporters: dict[Slug, Supporter] = Field(
        default_factory=dict, description="who sustains the sides"
    )
    contingents: dict[Slug, Contingent] = Field(
        default_factory=dict, description="allied troops at the front"
    )
    mechanisms: dict[str, Choice] = Field(description="how war works: a mechanism, or off, by slot")
    parameters: dict[str, AnyQuantity] = Field(
        default_factory=dict, description="parameters of mechanisms that differ from their prior"
    )
    events: list[Event] = Field(default_factory=list, description="what happened")
    observe: Observe = Field(default_factory=lambda: Observe(), description="what was seen")
    branches: dict[Slug, Branch] = Field(default_factory=dict, description="how it may go on")
    drivers: dict[Slug, Driver] = Field(
        default_factory=dict, max_length=10, description="what an outcome is split among"
    )
    attribution: Attribution | None = Field(None, description="which outcome, over which weeks")
    claims: str | None = Field(None, description="file of claims beside the scenario")

    @property
    def ways(self) -> dict[str, Branch]:
        """The branches, the one under way first; where none is named, that one alone."""
        return self.branches or {UNDER_WAY: _under_way()}


UNDER_WAY = "under-way"


def _under_way() -> Branch:
    """What had begun goes on: the branch of a scenario that names none."""
    return Branch(
        title="What was under way",
        summary="What had been announced by the as-of date goes on.",
        chance=BranchChance(
            given=Quantity(1, 1, 1, "1"),
            reason="the scenario names no other way in which it may go on",
        ),
    )
