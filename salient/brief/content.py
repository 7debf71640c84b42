"""`Brief`: the content of a brief, as data. It is `brief.json`, and all that the page and the terminal read.

Every number and sentence that a reader sees is in here, written out as it is shown, beside the numbers that the
figures are drawn from. There is no moment of making in it, so the same run gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    model_validator,
)
from pydantic_core import core_schema

FORMAT: Literal["salient-brief/1"] = "salient-brief/1"
AUTHORS = "The Salient authors"

_SIGNS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_CONTROL = re.compile(f"[{_SIGNS}]")

_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def clean(text: str) -> str:
    """The text without control characters, which could drive a terminal or turn the direction of writing."""
    return text if text.isascii() and text.isprintable() else _CONTROL.sub("", text)


def set_out(text: str) -> str:
    """The text as it is printed: without control characters, with a curved apostrophe inside words."""
    if "'" not in text and text.isascii() and text.isprintable():
        return text  # asked of thousands of texts a brief
    plain = clean(text)
    return _APOSTROPHE.sub("\u2019", plain) if "'" in plain else plain


def _line(source: Any, handler: Any) -> core_schema.CoreSchema:
    """A text, set out. A pattern passes those with nothing to do, nearly all of thousands a brief, without Python."""
    ready = core_schema.str_schema(pattern=rf"^[^'{_SIGNS}]*$", strict=True)
    other = core_schema.no_info_after_validator_function(set_out, core_schema.str_schema())
    return core_schema.union_schema(
        [ready, other],
        mode="left_to_right",
        custom_error_type="string_type",
    )


Line = Annotated[str, GetPydanticSchema(_line)]
Code = Annotated[str, AfterValidator(clean)]
Verdict = Literal["settled", "partly", "assumed"]

_PLAIN_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")


def is_plain_file(name: str) -> bool:
    """Whether a text can only be the name of a file in the same folder: no path, no address, nothing hidden."""
    return _PLAIN_FILE.fullmatch(name) is not None


def _plain_file(name: str) -> str:
    if not is_plain_file(name):
        raise ValueError(f"'{name[:80]}' is not the name of a plain file")
    return name


FileName = Annotated[str, AfterValidator(_plain_file)]
Point = tuple[float, float]


class Part(BaseModel):
    """A part of a brief: frozen, closed to keys that it does not know, and without numbers that are none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def even(what: str, length: int, *columns: Sequence[Any] | None) -> None:
    """Raise ValueError unless all columns that are there have a length."""
    found = {len(c) for c in columns if c is not None} - {length}
    if found:
        raise ValueError(f"{what}: {min(found)} values where there should be {length}")


class Estimate(Part):
    """A number with its interval, and how both are written."""

    median: float
    low: float
    high: float
    level: float
    unit: Line
    text: Line = Field(description="such as '210 km² (15–480)'")


class Probability(Part):
    """A chance as share of draws or as a judgement, with its word and how both are written."""

    p: float
    word: Line
    number: Line = Field(description="such as '73 %' or 'fewer than 1 in 1 000'")
    text: Line = Field(description="word and number, such as 'likely (73 %)'")


class Table(Part):
    """A table of texts. `numeric` marks the columns that are set flush right."""

    caption: Line
    columns: list[Line]
    numeric: list[bool]
    rows: list[list[Line]]

    @model_validator(mode="after")
    def _even(self) -> Table:
        """Every row has a cell for each column."""
        width = len(self.columns)
        if not width or len(self.numeric) != width or any(len(r) != width for r in self.rows):
            raise ValueError(f"'{self.caption[:60]}' needs {width or 'some'} cells in each row")
        return self


class Tick(Part):
    """A mark on an axis."""

    at: float
    text: Line


class DateTick(Part):
    """A mark on a time axis."""

    at: dt.date
    text: Line


class Axis(Part):
    """An axis of numbers."""

    label: Line
    low: float
    high: float
    ticks: Annotated[list[Tick], Field(min_length=1)]


class TimeAxis(Part):
    """An axis of dates."""

    start: dt.date
    end: dt.date
    ticks: list[DateTick]


class Points(Part):
    """The held area as one mapper or speaker gives it. `used`: whether the fit has seen it."""

    mapper: Line
    kind: Literal["assessed", "claimed"]
    dates: Annotated[list[dt.date], Field(min_length=1)]
    km2: list[float]
    low: list[float] | None = None
    high: list[float] | None = None
    used: list[bool]

    @model_validator(mode="after")
    def _even(self) -> Points:
        """Each date has all its values."""
        even(
            f"the points of '{self.mapper[:60]}'",
            len(self.dates),
            self.km2,
            self.low,
            self.high,
            self.used,
        )
        return self


class Band(Part):
    """The area between two quantiles. `text` is written on it."""

    level: float
    text: Line
    low: list[float]
    high: list[float]


class Fan(Part):
    """An outlook: quantiles and single draws by week. Bands run from the widest to the narrowest."""

    weeks: Annotated[list[dt.date], Field(min_length=1)]
    median: list[float]
    bands: Annotated[list[Band], Field(min_length=1)]
    paths: list[list[float]]

    @model_validator(mode="after")
    def _even(self) -> Fan:
        """Each week has its median, the ends of all bands and a point of every draw."""
        ends = [end for b in self.bands for end in (b.low, b.high)]
        even("the outlook", len(self.weeks), self.median, *ends, *self.paths)
        return self


class Figure(Part):
    """What every figure has: its number, a title that states the finding, words for those who cannot see it."""

    id: Line
    number: int
    title: Line
    caption: Line
    alt: Line
    credit: Line
    table: Table
    file: FileName | None = Field(None, description="the file beside the page that has its numbers")


class FanFigure(Figure):
    """History as dots and the outlook under way as a fan."""

    time: TimeAxis
    y: Axis
    history: Annotated[list[Points], Field(min_length=1)]
    fan: Fan
    cut_off: dt.date
    cut_off_text: Line
    end_text: Line
    paths_text: Line
    observed: Points | None = None
    observed_text: Line | None = None


class Panel(Part):
    """One branch as a small fan."""

    key: Line
    title: Line
    chance: Line
    end_text: Line
    fan: Fan


class PanelsFigure(Figure):
    """The branches side by side on the same axes, each over the fan of what was under way."""

    time: TimeAxis
    y: Axis
    history: Points
    panels: list[Panel]


class DotsFigure(Figure):
    """A hundred equally likely outcomes as dots."""

    x: Axis
    dots: list[float]
    now: float
    now_text: Line
    below: int = Field(description="how many dots lie below what is held now")


class Bar(Part):
    """An interval as a bar: 5 to 95 % with its median."""

    key: Line
    group: Line
    label: Line
    low: float
    median: float
    high: float
    text: Line


class PriorBar(Part):
    """A parameter before and after the data, in standard deviations of its prior."""

    label: Line
    group: Line
    low: float
    median: float
    high: float
    contraction: float
    contraction_text: Line
    verdict: Verdict
    prior_text: Line
    posterior_text: Line


class PriorsFigure(Figure):
    """What the data settled: prior and posterior of the parameters that matter here."""

    x: Axis
    prior_low: float
    prior_high: float
    prior_text: Line
    rows: list[PriorBar]
    verdicts: dict[Verdict, Line]

    @model_validator(mode="after")
    def _told(self) -> PriorsFigure:
        """Every verdict of a row has its words."""
        untold = {r.verdict for r in self.rows} - {*self.verdicts}
        if untold:
            raise ValueError(f"the verdict '{min(untold)}' has no words")
        return self


class BarsFigure(Figure):
    """Intervals or plain lengths as bars on one axis, grouped."""

    x: Axis
    bars: list[Bar]
    zero: bool = Field(description="whether each bar starts at zero, as plain lengths do")


class ShareBar(Part):
    """A driver's share in what was lost, with its interval, after the data and before. assumed: they settled it not.

    acted: chance that the driver did anything at all, from even odds before the data.
    """

    label: Line
    low: float
    median: float
    high: float
    before_low: float
    before_high: float
    text: Line
    assumed: bool
    acted: float = 0.5


class CausesFigure(Figure):
    """What lost ground was due to, a driver a row."""

    x: Axis
    rows: list[ShareBar]
    before_text: Line
    assumed_text: Line


class ClaimRow(Part):
    """A claim, who makes it, and what it is worth. tone: how the verdict is marked."""

    text: Line
    speaker: Line
    verdict: Line
    tone: Literal["for", "against", "open", "assumed", "untested"]
    chance: Line
    tested: Line
    note: Line


class HindcastPoint(Part):
    """A week as the model has it from some weeks before, and as it was."""

    date: dt.date
    low: float
    median: float
    high: float
    observed: float
    inside: bool
    label: Line
    text: Line


class HindcastPanel(Part):
    """All hindcasts of one horizon."""

    title: Line
    text: Line
    points: list[HindcastPoint]


class HindcastFigure(Figure):
    """Hindcasts beside what was observed."""

    time: TimeAxis
    y: Axis
    panels: list[HindcastPanel]


class Shape(Part):
    """An area on the map, in km from the map's south-west corner."""

    kind: Literal["held", "unclear", "largest", "past"]
    text: Line = Field(description="what it is, for the legend")
    rings: list[list[Point]]
    date: dt.date | None = None
    km2: float | None = None


class SpreadStep(Part):
    """A front of the outlook: so many km inside the one of today."""

    km: float
    text: Line = Field(description="what the ground outside it is, for the legend")


class Spread(Part):
    """The modelled spread of the line, drawn inside the held ground; the deepest front first."""

    lines: list[list[Point]] = Field(
        description="the front, in km from the map's south-west corner"
    )
    steps: list[SpreadStep]
    rest: Line = Field(description="what the ground inside the deepest front is")
    end: dt.date = Field(description="end of the outlook")
    left: list[float] = Field(description="ground left in 95, 50 and 5 of 100 outcomes, km2")


class Place(Part):
    """A named point on the map, in km from the map's south-west corner."""

    name: Line
    at: Point


class MapFigure(Figure):
    """Where it is, who was assessed to hold what, and the spread of the outlook. Drawn in the order of `shapes`."""

    date: dt.date
    width: float
    height: float
    shapes: list[Shape]
    spread: Spread | None = None
    border: list[list[Point]]
    border_text: Line
    places: list[Place]
    scale_km: float
    scale_text: Line


class LossCell(Part):
    """A side's losses over the outlook."""

    side: Line
    casualties: Estimate
    killed: Estimate


class BranchRow(Part):
    """One way in which it could go on, in the table of branches."""

    key: Line
    title: Line
    summary: Line
    chance: Line
    basis: Line
    reason: Line
    end: Estimate
    difference: Estimate | None
    more_ground: Probability | None
    settled: Line | None = Field(description="how much of the difference the data settled")
    collapse: Probability
    losses: list[LossCell]


class BranchTable(Part):
    """All branches, the one under way first and the rest by the held area at the end."""

    caption: Line
    columns: list[Line]
    rows: list[BranchRow]
    x: Axis
    note: Line

    @model_validator(mode="after")
    def _even(self) -> BranchTable:
        """The table has a column for each side's losses, and each branch has them."""
        first, sides = 6, len(self.rows[0].losses) if self.rows else 0
        even("the columns of the branches", first + sides, self.columns)
        even("the losses of a branch", sides, *[r.losses for r in self.rows])
        return self


class CostRow(Part):
    """A figure of what the war does to people, with who says so."""

    what: Line
    value: Line
    period: Line
    speaker: Line
    kind: Line
    source: Line | None = Field(description="key of a source on the page, if it is there")


class Takeaway(Part):
    """One sentence of claim and number, one of comparison, and the figure that shows it."""

    claim: Line
    number: Line
    label: Line = Field(description="what the number is")
    comparison: Line
    figure: Line
    figure_text: Line

    @property
    def text(self) -> str:
        """The takeaway as one run of text."""
        return f"{self.claim} {self.comparison}"


class Section(Part):
    """Words of a section. `pull` is set large."""

    id: Line
    title: Line
    paragraphs: list[Line]
    pull: Line | None = None


class Happening(Part):
    """A dated event, as it was known on the as-of date."""

    date: dt.date
    date_text: Line
    text: Line
    source: Line | None
    speaker: Line | None = Field(None, description="who says so, where it rests on a statement")


class SourceNote(Part):
    """A source on the page."""

    key: Line
    title: Line
    publisher: Line
    url: Code | None
    licence: Line
    retrieved: Line
    bias: Line
    more: Line = Field(description="the rest of what is known of its bias")


class Term(Part):
    """A word of the glossary."""

    term: Line
    meaning: Line


class Exercise(Part):
    """A task for a class, with the commands to type."""

    title: Line
    steps: list[Line]
    commands: list[Code]
    question: Line


class Download(Part):
    """A file of the run folder, beside the page."""

    file: FileName
    what: Line
    media_type: Line


class Citation(Part):
    """How to cite this brief."""

    text: Line
    bibtex: Code


class Correction(Part):
    """What was wrong, and when it was mended."""

    date: dt.date
    text: Line


class AnyFigures(Part):
    """What the figures of every brief have: the fan of its outlook, which the cards of a site show."""

    fan: FanFigure

    def all(self) -> list[Figure]:
        """Those that are there, by number."""
        found = [getattr(self, name) for name in type(self).model_fields]
        return sorted((f for f in found if f is not None), key=lambda f: f.number)


class AnyBrief(Part):
    """What a brief of every form has: what is found, who says what, how to repeat it, what a site shows of it."""

    format: str
    language: Literal["en"] = "en"
    scenario: Line
    title: Line
    question: Line
    region: Line
    country: Line
    category: Line
    authors: list[Line] = Field(default_factory=lambda: [AUTHORS], description="who signs it")
    as_of: dt.date
    as_of_text: Line
    outlook_end: dt.date
    outlook_text: Line
    headline: Line
    deck: Line
    warning: Line | None = Field(description="set when the numbers are not to be relied on")
    superseded_by: Line | None = None
    facts: list[tuple[Line, Line]] = Field(
        description="as-of date, length of the outlook, draws, version, ..."
    )
    reading_minutes: int
    reading_text: Line
    takeaways: Annotated[list[Takeaway], Field(min_length=3, max_length=3)]
    figures: AnyFigures
    costs: list[CostRow]
    costs_note: Line
    scale: Table
    glossary: list[Term]
    how_to_read: Line
    exercise: Exercise
    sources: list[SourceNote]
    downloads: list[Download]
    command: Code
    versions: dict[Line, Line]
    seed: int
    draws: int
    citation: Citation
    licence: Line
    must_not: Line
    funding: Line
    contact: Line
    corrections: list[Correction] = Field(default_factory=list)
    corrections_text: Line

    def to_json(self) -> str:
        """The bytes of brief.json."""
        return self.model_dump_json(indent=1) + "\n"


class Figures(AnyFigures):
    """The figures of the page."""

    map: MapFigure | None
    causes: CausesFigure | None = None
    panels: PanelsFigure
    dots: DotsFigure
    priors: PriorsFigure
    losses: BarsFigure | None
    hindcast: HindcastFigure | None
    score: BarsFigure | None


class Sections(Part):
    """The sections of the page, in their order."""

    standing: Section
    caused: Section | None = None
    claims: Section | None = None
    next: Section
    drivers: Section
    settling: Section | None = None
    people: Section
    method: Section
    limits: Section

    def all(self) -> list[Section]:
        """All of them, in order."""
        found = [getattr(self, name) for name in type(self).model_fields]
        return [part for part in found if part is not None]


class CoverFan(BaseModel):
    """What a card says of the main figure."""

    alt: Line
    credit: Line


class CoverFigures(BaseModel):
    """The main figure."""

    fan: CoverFan


class Cover(BaseModel):
    """What a site's cards show of a brief; the rest of its brief.json is passed over."""

    scenario: Line
    title: Line
    question: Line
    region: Line
    country: Line
    category: Line
    as_of: dt.date
    headline: Line
    deck: Line
    takeaways: Annotated[list[Takeaway], Field(min_length=3, max_length=3)]
    figures: CoverFigures


class Brief(AnyBrief):
    """A brief of a calibrated campaign: what is found, how sure it is, how that is known, and how to repeat it."""

    format: Literal["salient-brief/1"] = FORMAT
    headline_chance: Probability
    sections: Sections
    figures: Figures
    happenings: list[Happening]
    sides: Table
    branches: BranchTable
    checks: Table
    mechanisms: Table
    claims: list[ClaimRow] = Field(default_factory=list)
    measuring: Table | None = Field(
        None, description="what each number would settle if it were measured"
    )
