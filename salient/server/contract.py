"""The JSON API as types: what each address gives. FastAPI writes the OpenAPI description from them.

Dates are ISO 8601, and moments have their zone. A change that a client would notice belongs in the changelog.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # which pydantic wants before Python 3.12


class Wrong(TypedDict):
    """What is wrong with a request, and what would be right: a sentence, or one for each fault."""

    detail: str | list[str]


class Health(TypedDict):
    """Whether the server is well. ready: by scenario, whether it is fitted; jobs: how many wait or run."""

    status: Literal["ok"]
    version: str
    ready: dict[str, bool]
    jobs: int


class BriefItem(TypedDict):
    """A brief of the site, as in its JSON Feed."""

    id: str
    date_published: str
    url: NotRequired[str]
    title: NotRequired[str]
    summary: NotRequired[str]
    tags: NotRequired[list[str]]
    image: NotRequired[str]
    language: NotRequired[str]


class BriefPage(TypedDict):
    """Briefs, newest first. next: the cursor of the next page, null at the end."""

    items: list[BriefItem]
    next: str | None


class ScenarioItem(TypedDict):
    """A scenario that can be asked. ready: whether it is fitted, so that an answer comes at once."""

    name: str
    title: str
    question: str
    region: str
    country: str
    ready: bool
    url: str


class Closed(TypedDict):
    """A scenario that cannot be asked here, and why."""

    name: str
    title: str
    region: str
    why: str


class Scenarios(TypedDict):
    """All scenarios of the server."""

    items: list[ScenarioItem]
    not_offered: list[Closed]


class Span(TypedDict):
    """A median and its interval; level: the share of draws inside."""

    median: float
    low: float
    high: float
    level: float


class Amount(Span):
    """A span with its unit."""

    unit: str


class Number(TypedDict):
    """A number that can be changed, from low to high. after_data: null before the fit; data: what they did to it."""

    key: str
    label: str
    unit: str
    group: str
    low: float
    high: float
    step: float
    before_data: Span
    after_data: Span | None
    data: str
    source: str


class Titled(TypedDict):
    """A key and what it is called."""

    key: str
    title: str


class BranchItem(Titled):
    """A branch that can be followed."""

    summary: str


class EventItem(TypedDict):
    """An event that was known on the as-of date and can be left out."""

    id: str
    date: str
    kind: str
    text: str
    source: str | None


class Catalogue(TypedDict):
    """What can be changed in a scenario; keys are those of a question."""

    scenario: str
    title: str
    question: str
    region: str
    country: str
    as_of: str
    end: str
    ready: bool
    branches: list[BranchItem]
    events: list[EventItem]
    support: list[Titled]
    presence: list[Titled]
    numbers: list[Number]


class End(TypedDict):
    """Ground held at the end both ways, the difference draw by draw, and shares of draws with more, less, the same."""

    factual: Amount
    changed: Amount
    difference: Amount
    p_more: float
    p_less: float
    p_same: float


class SectorAnswer(TypedDict):
    """Both ways in one sector. factual, changed: quantiles of the held ground, [levels][weeks]."""

    sector: str
    name: str
    held: str
    factual: list[list[float]]
    changed: list[list[float]]
    end: End


class Both(TypedDict):
    """A count of people both ways, and the difference draw by draw."""

    factual: Amount
    changed: Amount
    difference: Amount


class LossAnswer(TypedDict):
    """Losses of one side over the outlook. casualties: killed and wounded; killed: of these."""

    side: str
    casualties: Both
    killed: Both


class WhatIf(TypedDict):
    """An answer. question: as it was understood; query: the same for an address; cautions: checks that failed."""

    scenario: str
    as_of: str
    question: dict[str, Any]
    query: str
    draws: int
    seed: int
    unit: str
    weeks: list[str]
    levels: list[float]
    sectors: list[SectorAnswer]
    losses: list[LossAnswer]
    cautions: list[str]


class Accepted(TypedDict):
    """A run that is not over yet: where to ask for it, and where its progress is told. share: how far it is, 0 to 1."""

    job: str
    status: str
    stage: str
    share: float
    url: str
    events: str


class JobState(TypedDict):
    """A job as it stands, with its result once it is done, or what is wrong once it has failed."""

    job: str
    status: Literal["queued", "running", "done", "failed"]
    stage: str
    share: float
    result: WhatIf | None
    error: list[str]
