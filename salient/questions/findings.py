"""What an inference hands to the brief: every number that may be written about, with its interval.

Nothing here computes. `Findings` is filled once a run is done and is all that `salient.brief` reads, so a brief can be
composed from a real run or, in tests, from numbers made up for it.

Sides and branches are named by their keys in the scenario. Areas are km2, times weeks, pace km/week; a rise of the
held area is positive. Draws are equally weighted: resample first where they are not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from salient.inference.results import Check as Check
from salient.inference.results import Diagnostics, Hindcast, Interval, ParameterRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from salient.scenario.schema import Scenario

    Floats: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]


SAMPLE_PATHS = 12
"""Single draws that a fan shows."""


@dataclass(frozen=True)
class MapSeries:
    """The held area as one mapper or speaker gives it.

    low and high: the mapper's own bounds, such as held for sure, and held with all ground of unclear status.
    used: weeks that entered the fit; all when left out.
    kind: assessed by an observer, or claimed by a party to the war.
    """

    mapper: str
    dates: Sequence[dt.date]
    km2: Floats
    low: Floats | None = None
    high: Floats | None = None
    dataset: str | None = None
    used: Flags | None = None
    kind: Literal["assessed", "claimed"] = "assessed"


@dataclass(frozen=True)
class AssessedNow:
    """Where the held area stands on the as-of date, from all the maps together."""

    km2: Interval
    peak: Interval
    peak_date: dt.date
    change_4: Interval
    change_13: Interval


@dataclass(frozen=True)
class Chance:
    """How likely a branch is, and what that number is worth.

    basis: simulated from the supporters' will, a stated judgement, or the reference that the others are parts of.
    """

    p: float
    low: float
    high: float
    reason: str
    basis: Literal["simulated", "judgement", "reference"]


@dataclass(frozen=True)
class Difference:
    """A branch less the branch under way, draw by draw with the same random numbers.

    km2: held area at the end; p_more_ground: share of draws in which the branch ends with more of it.
    p_no_change: share of draws in which both end the same.
    """

    km2: Interval
    p_more_ground: float
    p_no_change: float = 0.0


@dataclass(frozen=True)
class Losses:
    """People killed, and killed or wounded, over the outlook; those of a side's contingents are counted with it."""

    casualties: Interval
    killed: Interval


@dataclass(frozen=True)
class BranchOutlook:
    """One way in which it could go on.

    levels: probabilities of the quantiles, rising, with 0.05, 0.25, 0.5, 0.75 and 0.95 among them.
    area: the quantiles, [levels, weeks]; paths: about a dozen single draws, [paths, weeks].
    end_draws: held area at the end of the outlook, one number a draw.
    difference: None for the branch under way.
    p_collapse: share of draws with a breakthrough of the presser within the outlook.
    losses: by side key.
    drivers: names of the `Findings.parameters` through which what the branch changes acts; they decide whether its
    effect is called settled by data or set by assumption. Empty: nothing is said.
    """

    key: str
    title: str
    summary: str
    chance: Chance
    levels: Floats
    area: Floats
    paths: Floats
    end: Interval
    end_draws: Floats
    difference: Difference | None
    p_collapse: float
    losses: Mapping[str, Losses]
    drivers: Sequence[str] = ()


@dataclass(frozen=True)
class SideNow:
    """A side's state in the sector on the as-of date, as far as the model can tell."""

    strength: Interval
    fires: Interval
    satiety: Interval


@dataclass(frozen=True)
class Now:
    """The regime and pace on the as-of date.

    pace: km/week, change of twice the square root of the held area over the last `pace_weeks`, observed and fitted;
    negative while the held area shrinks. fires and satiety: shares of normal, 1 being normal.
    """

    p_breakthrough: float
    pace_observed: Interval
    pace_fitted: Interval
    sides: Mapping[str, SideNow]
    pace_weeks: int = 8


@dataclass(frozen=True)
class Score:
    """How the outlook did, where what followed is known. baselines: name -> CRPS; all are km2, less is better."""

    crps: float
    baselines: Mapping[str, float]
    weeks: int
    coverage50: float
    coverage90: float
    observed: MapSeries


@dataclass(frozen=True)
class HumanCost:
    """One figure of what the war does to people. low and high: the speaker's own range, if given."""

    what: str
    value: float
    period: str
    speaker: str
    kind: Literal["claim", "claim repeated", "estimate", "verified minimum", "model"]
    source: str
    low: float | None = None
    high: float | None = None
    unit: str = "people"


@dataclass(frozen=True)
class BaseRate:
    """How often it happened elsewhere: events per 1000 sector-weeks among `sector_weeks`, counted up to `as_of`."""

    what: str
    per_1000: Interval
    events: int
    sector_weeks: int
    as_of: dt.date
    source: str = ""


@dataclass(frozen=True)
class SourceRow:
    """A series or text that the run used."""

    key: str
    title: str
    publisher: str
    url: str | None = None
    licence: str = ""
    retrieved: dt.date | None = None
    bias: str = ""


@dataclass(frozen=True)
class MechanismRow:
    """A mechanism that the run used."""

    slot: str
    name: str
    title: str
    citation: str


@dataclass(frozen=True)
class DriverShare:
    """A driver's share in an outcome, after the data and before them. assumed: the data did not settle it.

    one_way: the assumptions give it one sign. acted: chance that the driver did anything at all, from even odds; the
    interval of `share` counts the rest, its median does not.
    """

    title: str
    share: Interval
    mean: float
    prior: Interval
    contraction: float
    assumed: bool
    one_way: bool
    note: str = ""
    acted: float = 0.5


@dataclass(frozen=True)
class Caused:
    """What the ground lost in a window was due to. happened: km2; rest: with none of the drivers.

    together: sets of drivers, by title, that the data cannot tell apart, with the reason; tangled: pairs of which what
    one does depends on the other. placebo: in words, or empty.
    """

    begin: dt.date
    finish: dt.date
    happened: float
    rest: Interval
    total: Interval
    shares: Sequence[DriverShare]
    together: Sequence[tuple[Sequence[str], str]]
    tangled: Sequence[Sequence[str]]
    placebo: str
    draws: int


@dataclass(frozen=True)
class ClaimFound:
    """A claim with its verdict. part: what of it was tested, empty for the whole; probability: None if none was run."""

    text: str
    speaker: str
    named: bool
    position: str
    verdict: str
    probability: float | None
    part: str
    effect: Interval | None
    experiment: str
    note: str


@dataclass(frozen=True)
class Claimed:
    """The claims that were tested, and where they are from."""

    source: str
    claims: Sequence[ClaimFound]


@dataclass(frozen=True)
class Measurable:
    """A number that could be measured: share of the outcome's variance that this would remove, with its interval.

    width: expected width of the outcome's 90 % interval afterwards, as a share of that now; clear: no luck of the draw.
    """

    label: str
    reduction: Interval
    width: float
    clear: bool


@dataclass(frozen=True)
class Settling:
    """What would change the answer: the numbers worth measuring, and in which corner of the assumptions it flips."""

    outcome: str
    width: float
    numbers: Sequence[Measurable]
    flips: Sequence[str]
    precision: float


@dataclass(frozen=True)
class Findings:
    """All that a brief is made from.

    branches: the first is the one under way; their `end_draws` are aligned draw by draw.
    weeks: the dates of the outlook; the first is the last week with data, from which it starts.
    hindcasts are in-sample: the fit has seen their outcomes, and the brief says so.
    outline: a GeoJSON FeatureCollection of the sector, such as the data set `kursk-outline`. Areas have the properties
    `date` and `kind`, a kind that holds the word `held` or `grey`; `state_border` is a line, `place` a named point.
    outline_source: the key of its source.
    command: the text that reproduces the run. versions: package -> version.
    """

    scenario: Scenario
    as_of: dt.date
    sector: str
    holder: str
    presser: str
    seed: int
    draws: int
    sampler: str
    history: Sequence[MapSeries]
    assessed_now: AssessedNow
    weeks: Sequence[dt.date]
    branches: Sequence[BranchOutlook]
    now: Now
    parameters: Sequence[ParameterRow]
    diagnostics: Diagnostics
    hindcasts: Sequence[Hindcast]
    human_cost: Sequence[HumanCost]
    sources: Sequence[SourceRow]
    mechanisms: Sequence[MechanismRow]
    command: str
    versions: Mapping[str, str]
    base_rate: BaseRate | None = None
    score: Score | None = None
    outline: Mapping[str, Any] | None = None
    outline_source: str | None = None
    caused: Caused | None = None
    claimed: Claimed | None = None
    settling: Settling | None = None
    notes: Sequence[str] = field(default_factory=tuple)
    """Further sentences for 'what it leaves out', from the run itself."""
