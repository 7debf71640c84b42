"""`FrontBrief`: the content of a brief of a whole front, as data. It shares its parts with `Brief`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from salient.brief.content import (
    AnyBrief,
    AnyFigures,
    Axis,
    BarsFigure,
    Estimate,
    Figure,
    HindcastFigure,
    Line,
    Part,
    Point,
    Probability,
    Sections,
    Table,
    TimeAxis,
    even,
)

FORMAT: Literal["salient-front-brief/1"] = "salient-front-brief/1"


TINTS = 6
TintNumber = Annotated[int, Field(ge=0, lt=TINTS)]


class LossBlock(Part):
    """Killed and wounded a week of one side over some weeks: median and 90 % interval."""

    start: dt.date
    end: dt.date
    low: float
    median: float
    high: float


class LossPanel(Part):
    """One side's losses over time, and what the other side claims of them week by week, where it does."""

    title: Line
    text: Line
    blocks: list[LossBlock]
    claimed_days: list[dt.date]
    claimed: list[float]

    @model_validator(mode="after")
    def _even(self) -> LossPanel:
        """Each claim has its day."""
        even("the claims", len(self.claimed_days), self.claimed)
        return self


class LossesFigure(Figure):
    """Estimated losses of both sides on the same axes, beside claims."""

    time: TimeAxis
    y: Axis
    panels: list[LossPanel]


class SectorArea(Part):
    """A sector on the map, in km from its south-west corner, and its change: km2, and the tint that it has."""

    number: int = Field(description="what it is called on the map")
    key: Line
    name: Line
    rings: list[list[Point]]
    at: Point = Field(description="where the number stands")
    seen: float
    seen_tint: TintNumber
    expected: float
    expected_tint: TintNumber


class SectorMap(Figure):
    """The front twice: what the maps saw change by sector, and what the forecast expects. No line of contact."""

    date: dt.date
    width: float
    height: float
    country: list[list[Point]]
    country_text: Line
    sectors: list[SectorArea]
    seen_text: Line
    expected_text: Line
    tints: Annotated[list[Line], Field(min_length=TINTS, max_length=TINTS)] = Field(
        description="what each tint means, the first for a loss"
    )
    scale_km: float
    scale_text: Line


class FrontFigures(AnyFigures):
    """The figures of the page."""

    map: SectorMap | None = None
    sectors: BarsFigure
    losses: LossesFigure
    record: HindcastFigure | None


class SectorRow(Part):
    """One sector, or the sum of all: what the tables and the bars are written from. Changes are km2."""

    key: Line
    name: Line
    front_km: float | None
    past: dict[int, float] = Field(description="change over the last weeks, by their number")
    ahead: dict[int, Estimate] = Field(description="change over the coming weeks, by their number")
    grows: Probability = Field(description="chance that it is larger at the end")
    most: Probability | None = Field(description="chance that no other sector changes more")


class FrontBrief(AnyBrief):
    """A brief of a front: where it stands, thirteen weeks ahead by sector, and how good such forecasts have been."""

    format: Literal["salient-front-brief/1"] = FORMAT
    headline_estimate: Estimate = Field(description="net change of the sum to the end")
    sections: Sections
    figures: FrontFigures
    rows: list[SectorRow] = Field(description="the sectors, then the sum")
    standing: Table
    ahead: Table
    losses: Table
    record: Table | None = Field(description="None while no forecast has come true")
    rivals: Table | None = Field(description="the models apart and the rules")
