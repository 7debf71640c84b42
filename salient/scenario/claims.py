"""The language of claims: who said what, how well placed, and what of it can be tested.

A file of claims lies beside a scenario. A claim is causal (something moved an outcome), a statement of fact that
evidence can be held against, or an outlook on what a branch would bring. What the model cannot test says why.
"""

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from salient.errors import Problem, ScenarioError, nearest
from salient.scenario import files
from salient.scenario.files import TextFile
from salient.scenario.schema import (
    Alternative,
    AnyQuantity,
    Day,
    Flag,
    Part,
    Quantity,
    Scenario,
    Slug,
    Text,
)
from salient.scenario.tree import Composer, Node, key_path

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MOST = 200


class Window(Part):
    """The weeks that a claim is about."""

    begin: Day = Field(alias="from", description="first day")
    finish: Day = Field(alias="to", description="day on which it ends")


class Evidence(Part):
    """How a statement of fact is held against a data set.

    value: a number at `from`, `least`, `most`, `mean` or `change` between two days, compared with `than`. largest-fall:
    whether the steepest weekly fall of a column lies within the days. near: whether mapped ground came within a
    distance of a place.
    """

    dataset: Slug = Field(description="key of the data catalogue: `salient data list`")
    what: Text | None = Field(None, description="what the column counts, in words")
    test: Literal["value", "change", "most", "least", "mean", "largest-fall", "near"] = Field(
        description="what is looked at"
    )
    column: str | None = Field(None, description="column that holds the number")
    where: dict[str, str] = Field(
        default_factory=dict, description="only rows whose columns have these values"
    )
    begin: Day | None = Field(None, alias="from", description="first day that counts")
    finish: Day | None = Field(None, alias="to", description="last day that counts")
    than: AnyQuantity | None = Field(None, description="number that it is compared with")
    sense: Literal["above", "below"] = Field("above", description="what the statement says of it")
    error: AnyQuantity | None = Field(None, description="standard error of the number")
    place: str | None = Field(None, description="place of the map, for `near`")


class Claim(Part):
    """One claim: its words, its speaker, and the experiment that tests it."""

    id: Slug = Field(description="its own name")
    text: Text = Field(description="what is claimed, in our words")
    speaker: Text = Field(description="who says it")
    named: Flag = Field(description="whether the speaker is named")
    position: Literal["well placed", "partly", "poorly", "interested", "unknown"] = Field(
        description="how well placed the speaker is to know"
    )
    kind: Literal["causal", "fact", "outlook"] = Field(description="what sort of claim it is")
    cause: list[Slug] = Field(default_factory=list, description="drivers that are the cause")
    change: Alternative | None = Field(
        None, description="how it would be without the cause, where no driver says it"
    )
    branch: Slug | None = Field(None, description="branch that an outlook is about")
    effect: str | None = Field(
        None, description="area:SECTOR, area:total, losses:SIDE or killed:SIDE"
    )
    direction: Literal["more", "less"] | None = Field(
        None, description="whether the cause made the effect more or less; area is area held"
    )
    size: AnyQuantity | None = Field(None, description="least size that is claimed")
    window: Window | None = Field(None, description="when; the scenario's own when left out")
    place: Text | None = Field(None, description="where, in words")
    evidence: Evidence | None = Field(None, description="how a statement of fact is checked")
    cannot: Text | None = Field(None, description="why this model cannot test it")
    only: Text | None = Field(
        None, description="the part of the claim that is tested, where it is not the whole"
    )
    note: Text | None = Field(
        None, description="how the claim is read, or what its test leaves out"
    )


class Claims(Part):
    """The root of a file of claims."""

    source: Text = Field(description="where the claims are from")
    published: Day | None = Field(
        None,
        description="first day on which they were known; a brief of an earlier date leaves them out",
    )
    claims: list[Claim] = Field(min_length=1, max_length=MOST, description="the claims")


def read_claims(file: TextFile, scenario: Scenario) -> Claims:
    """The claims of a file, checked against their scenario. Raises ScenarioError with every problem found."""
    composer = Composer(file.name)
    root = composer.compose(file.text)
    if composer.problems:
        raise ScenarioError(*composer.problems)
    if not isinstance(root.value, dict):
        raise ScenarioError(
            Problem("a file of claims has keys 'source' and 'claims'", file.name, root.line)
        )
    try:
        made = Claims.model_validate(root.plain())
    except ValidationError as error:
        raise ScenarioError(*(_said(e, root) for e in error.errors(include_url=False))) from None
    problems = [p for i, c in enumerate(made.claims) for p in _wrong(c, i, scenario, root)]
    problems += _twice(made, root)
    if problems:
        raise ScenarioError(*problems)
    return made


def read_claims_file(path: Any, scenario: Scenario) -> Claims:
    """As `read_claims`, from a path that the user gives."""
    from pathlib import Path

    return read_claims(files.read(Path(path)), scenario)


def _at(root: Node, path: tuple[str | int, ...], message: str, hint: str | None = None) -> Problem:
    node = root.nearest(path)
    return Problem(message, node.file, node.line, key_path(root, path) or None, hint)


def _said(e: "ErrorDetails", root: Node) -> Problem:
    path = tuple(step for step in e["loc"] if step != "[key]")
    if e["type"] == "missing":
        return _at(root, path, "this key is missing; add it")
    if e["type"] == "extra_forbidden":
        model = Claim if len(path) == 3 else Claims
        known = [f.alias or n for n, f in model.model_fields.items()]
        near = nearest(str(path[-1])[:80], known)
        return _at(root, path, "unknown key", f"did you mean '{near}'?" if near else None)
    return _at(root, path, e["msg"])


def _wrong(c: Claim, i: int, s: Scenario, root: Node) -> list[Problem]:
    """What is wrong with a claim, beside what the schema finds."""
    here: tuple[str | int, ...] = ("claims", i)
    out: list[Problem] = []
    if c.cannot is not None:
        return out
    if c.kind == "causal":
        if not c.cause and (c.change is None or c.change.nothing):
            hint = "name drivers under 'cause', an alternative under 'change', or say why not under 'cannot'"
            out.append(_at(root, here, f"the claim '{c.id}' has no cause", hint))
        if c.cause and c.change is not None:
            out.append(
                _at(root, (*here, "change"), "the cause is said twice; keep 'cause' or 'change'")
            )
    if c.kind == "outlook" and c.branch is None:
        out.append(_at(root, here, f"the outlook '{c.id}' has no cause: name its branch"))
    if c.kind == "fact" and c.evidence is None:
        out.append(_at(root, here, f"the fact '{c.id}' has no evidence to be checked with"))
    if c.kind != "fact":
        out += [
            _at(
                root,
                here,
                f"the claim '{c.id}' has no {key}",
                "or say under 'cannot' why it cannot be tested",
            )
            for key in ("effect", "direction")
            if getattr(c, key) is None
        ]
    for n, name in enumerate(c.cause):
        out += _unknown(name, s.drivers, "a driver", root, (*here, "cause", n))
    if c.branch is not None:
        out += _unknown(c.branch, s.branches, "a branch", root, (*here, "branch"))
    if c.effect is not None:
        kind, _, name = c.effect.partition(":")
        there: list[str] = [*s.sectors] if kind == "area" else [*s.belligerents]
        there += ["total"] if kind == "area" and len(there) > 1 else []
        if kind not in ("area", "losses", "killed"):
            message = f"'{c.effect}' is not an effect; area:SECTOR, losses:SIDE and killed:SIDE are"
            out.append(_at(root, (*here, "effect"), message))
        else:
            one = "a sector" if kind == "area" else "a belligerent"
            out += _unknown(name, there, one, root, (*here, "effect"))
    return out


def _unknown(
    name: str, there: Collection[str], one: str, root: Node, path: tuple[str | int, ...]
) -> list[Problem]:
    if name in there:
        return []
    near = nearest(name[:80], there)
    hint = f"did you mean '{near}'?" if near else f"there is {', '.join(there) or 'none'}"
    return [_at(root, path, f"'{name[:80]}' is not {one} of this scenario", hint)]


def _twice(made: Claims, root: Node) -> list[Problem]:
    seen: set[str] = set()
    out = []
    for i, c in enumerate(made.claims):
        if c.id in seen:
            out.append(_at(root, ("claims", i, "id"), f"another claim is called '{c.id}'"))
        seen.add(c.id)
    return out


def days(window: Window | None) -> tuple[dt.date, dt.date] | None:
    """First day and end of a window."""
    return None if window is None else (window.begin, window.finish)


__all__ = [
    "Claim",
    "Claims",
    "Evidence",
    "Quantity",
    "Window",
    "days",
    "read_claims",
    "read_claims_file",
]
