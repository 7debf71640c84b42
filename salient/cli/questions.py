"""The commands that ask about causes: `salient whatif`, `salient attribute` and `salient audit`. Thin: each reads its
options, calls a room, and says the answer or what is wrong.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salient.cli.options import (
    AsOf,
    Data,
    Draws,
    Json,
    Scenario,
    Seed,
    Set,
    Workers,
    date_of,
    draws_of,
    execution,
    progress,
)
from salient.errors import Problem, SalientError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from salient.inference.fit import Fit
    from salient.questions.basis import Basis
    from salient.questions.whatif import Case
    from salient.scenario.claims import Claims
    from salient.scenario.loading import Loaded
    from salient.scenario.schema import Event

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write the answer and its figure there."),
]
Runs = Annotated[
    int,
    typer.Option("--runs", min=20, max=10_000, help="Draws of the fit that are run again."),
]
Drop = Annotated[
    list[str] | None,
    typer.Option("--drop-event", metavar="ID", help="An event that does not happen."),
]
Move = Annotated[
    list[str] | None,
    typer.Option("--move-event", metavar="ID=DATE", help="An event on another day."),
]
Add = Annotated[
    list[str] | None,
    typer.Option(
        "--add-event", metavar="EVENT", help="Another event, as in 'id: x, date: ..., kind: ...'."
    ),
]
Off = Annotated[
    list[str] | None, typer.Option("--off", metavar="SLOT", help="A mechanism that is off.")
]
Cases = Annotated[
    list[str] | None,
    typer.Option(
        "--case", metavar="CASE", help="A what-if of its own: 'name: KEY=VALUE, KEY=VALUE'."
    ),
]


def register(app: typer.Typer) -> None:
    """Mount the commands on the application."""
    for command in (whatif, attribute, audit):
        app.command()(command)


def whatif(
    scenario: Scenario,
    changes: Set = None,
    drop: Drop = None,
    move: Move = None,
    add: Add = None,
    off: Off = None,
    cases: Cases = None,
    as_of: AsOf = None,
    begin: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day that may go another way."),
    ] = None,
    data: Data = None,
    out: Out = None,
    draws: Draws = 2000,
    runs: Runs = 500,
    seed: Seed = 1,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """What if something were otherwise: the difference it makes. Change a number, an event or a mechanism."""
    from salient.scenario.loading import load

    loaded = load(scenario)
    when = date_of(as_of, "--as-of") or loaded.scenario.period.as_of or _when(loaded, None)
    first = date_of(begin, "--from")
    asked = _cases(
        loaded, when, changes or [], drop or [], move or [], add or [], off or [], cases or []
    )
    with execution(workers, 4000), progress(resumes=False) as say:
        fitted = _basis(loaded, when, data, seed, draws, say)
        from salient.questions.whatif import ask

        answer = ask(fitted, asked, first, runs, say)
    from salient.cli import answers

    answers.give(answers.whatif_answer(answer), out, as_json)


def attribute(
    scenario: Scenario,
    outcome: Annotated[
        str | None,
        typer.Option("--outcome", metavar="WHAT", help="area:SECTOR, losses:SIDE or killed:SIDE."),
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day of the window.")
    ] = None,
    finish: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Day on which the window ends.")
    ] = None,
    as_of: AsOf = None,
    changes: Set = None,
    data: Data = None,
    out: Out = None,
    draws: Draws = 2000,
    runs: Runs = 500,
    seed: Seed = 1,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """What caused it: an outcome split among its drivers. It says too which of them the data cannot tell apart."""
    from salient.questions.drivers import chosen
    from salient.scenario.loading import load

    loaded = load(scenario, changes or [])
    chosen(loaded.scenario.drivers)
    window = date_of(begin, "--from"), date_of(finish, "--to")
    when = _when(loaded, as_of)
    _window_can_be_asked(loaded, when, outcome, *window)
    with execution(workers, 4000), progress(resumes=False) as say:
        fitted = _basis(loaded, when, data, seed, draws, say)
        from salient.questions.attribution import attribute as split

        answer = split(fitted, outcome, *window, runs, say, data)
    from salient.cli import answers

    answers.give(answers.attribution_answer(answer), out, as_json)


def audit(
    scenario: Scenario,
    claims: Annotated[
        Path | None,
        typer.Option("--claims", metavar="FILE", help="Claims; the scenario's own when left out."),
    ] = None,
    as_of: AsOf = None,
    changes: Set = None,
    data: Data = None,
    out: Out = None,
    draws: Draws = 2000,
    runs: Runs = 500,
    seed: Seed = 1,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """Is the claim right: test what was said about the campaign. By an experiment, or against the evidence."""
    from salient.scenario.claims import read_claims, read_claims_file
    from salient.scenario.loading import load

    loaded = load(scenario, changes or [])
    if claims is not None:
        said = read_claims_file(claims, loaded.scenario)
    elif loaded.claims is not None:
        said = read_claims(loaded.claims, loaded.scenario)
    else:
        raise SalientError(
            Problem("the scenario has no claims", key="claims", hint="give --claims FILE")
        )
    when = _when(loaded, as_of)
    with execution(workers, 4000), progress(resumes=False) as say:
        from salient.questions.audit import audit as test

        fitted = _basis(loaded, when, data, seed, draws, say)
        ahead = _outlook(loaded, fitted, said, data, seed, draws, say)
        answer = test(fitted, said, ahead, runs, data, say)
    from salient.cli import answers

    answers.give(answers.audit_answer(answer), out, as_json)


def _fit(
    loaded: Loaded,
    when: dt.date,
    data: Path | None,
    seed: int,
    draws: int,
    say: Callable[[str, float], None],
) -> Fit:
    """A fit as of a date, read where it was made before."""
    from salient.inference import kept
    from salient.inference.fit import prepare

    return kept.fit(prepare(loaded.scenario, when, data), seed, draws_of(draws), say)


def _outlook(
    loaded: Loaded,
    fitted: Basis,
    said: Claims,
    data: Path | None,
    seed: int,
    draws: int,
    say: Callable[[str, float], None],
) -> Fit | None:
    """The fit from which claims about the future are tested: the one at hand, or that of the scenario's as-of date."""
    from salient.inference.fit import Fit
    from salient.questions.audit import needs_outlook

    if not needs_outlook(said):
        return None
    if not isinstance(fitted, Fit):
        message = "an outlook needs a fit, and the scenario names no map to fit to"
        hint = "say under 'cannot' why it cannot be tested"
        raise SalientError(Problem(message, key="claims", hint=hint))
    if fitted.campaign.origin < fitted.campaign.steps:
        return fitted
    then = loaded.scenario.period.as_of
    return None if then is None else _fit(loaded, then, data, seed, draws, say)


def _basis(
    loaded: Loaded,
    when: dt.date,
    data: Path | None,
    seed: int,
    draws: int,
    say: Callable[[str, float], None],
) -> Basis:
    """A fit, or the assumptions alone of a scenario that names no map to fit to."""
    if loaded.scenario.observe.mapped:
        return _fit(loaded, when, data, seed, draws, say)
    from salient.questions.basis import Assumed

    return Assumed.of(loaded.scenario, when, seed, draws_of(draws))


def _when(loaded: Loaded, as_of: str | None) -> dt.date:
    """The as-of date of a question about the past: as said, else the period's end where there are maps.

    Raises SalientError for a scenario by the day, whose past these questions cannot run again.
    """
    period = loaded.scenario.period
    if period.step_days != 7:
        message = "questions about causes run weeks again, and this scenario goes by the day"
        hint = "salient run --set KEY=VALUE shows what a number does"
        raise SalientError(Problem(message, key="period.step", hint=hint))
    usual = period.end if loaded.scenario.observe.area else period.as_of or period.end
    return date_of(as_of, "--as-of") or usual


def _window_can_be_asked(
    loaded: Loaded,
    when: dt.date,
    outcome: str | None,
    begin: dt.date | None,
    finish: dt.date | None,
) -> None:
    """Compile and read the question before the fit, so that a wrong one costs no wait."""
    from salient.engine.compile import compile_scenario
    from salient.questions.worlds import outcome_of

    spec = loaded.scenario.attribution
    asked = outcome or (spec and spec.outcome)
    first, last = begin or (spec and spec.begin), finish or (spec and spec.finish)
    if not (asked and first and last):
        raise SalientError("say --outcome, --from and --to; the scenario has no `attribution`")
    outcome_of(compile_scenario(loaded.scenario, when), asked, first, last)


# What-ifs


def _cases(
    loaded: Loaded,
    when: dt.date,
    changes: list[str],
    drop: list[str],
    move: list[str],
    add: list[str],
    off: list[str],
    named: list[str],
) -> list[Case]:
    """The what-ifs of a command: the one of its own options, and those of `--case`."""
    cases = []
    if changes or drop or move or add or off:
        told = [*changes, *(f"without {d}" for d in drop), *move, *add, *(f"{s} off" for s in off)]
        cases.append(_case(loaded, when, ", ".join(told)[:60], changes, drop, move, add, off))
    for text in named:
        name, colon, rest = text.partition(":")
        parts = [p.strip() for p in re.split(r"[,;]\s*(?=[\w.\[\]-]+\s*=)", rest) if p.strip()]
        if not colon or not parts:
            hint = "write 'name: KEY=VALUE, drop-event=ID, move-event=ID=DATE, off=SLOT'"
            raise SalientError(Problem(f"'{text[:80]}' is not a case", key="--case", hint=hint))
        kinds: dict[str, list[str]] = {"drop-event": [], "move-event": [], "off": [], "set": []}
        for part in parts:
            key, _, value = part.partition("=")
            kinds[key if key in kinds and key != "set" else "set"].append(
                value if key in kinds and key != "set" else part
            )
        cases.append(
            _case(
                loaded, when, name.strip(), kinds["set"], kinds["drop-event"],
                kinds["move-event"], [], kinds["off"],
            )
        )  # fmt: skip
    if not cases:
        hint = "give --set, --drop-event, --move-event, --add-event, --off or --case"
        raise SalientError(Problem("nothing is changed", hint=hint))
    return cases


def _case(
    loaded: Loaded,
    when: dt.date,
    name: str,
    changes: list[str],
    drop: list[str],
    move: list[str],
    add: list[str],
    off: list[str],
) -> Case:
    from salient.questions import whatif as room
    from salient.scenario.loading import load

    scenario = load(loaded.path, changes).scenario if changes else loaded.scenario
    room.check_off(off, scenario)
    case = room.Case(name, scenario, tuple(off))
    for event in drop:
        case = replace(case, scenario=room.without_event(case.scenario, event))
    for text in move:
        event, _, day = text.partition("=")
        date = date_of(day.strip() or "nothing", "--move-event")
        assert date is not None
        rest, moved = room.moved_event(case.scenario, event.strip(), date)
        case = room.with_event(replace(case, scenario=rest), moved, when)
    for text in add:
        case = room.with_event(case, _event(text, case, loaded), when)
    return case


def _event(text: str, case: Case, loaded: Loaded) -> Event:
    """An event as the option says it, checked as one of the scenario's file would be."""
    from pydantic import ValidationError

    from salient.scenario import checks
    from salient.scenario.schema import Event
    from salient.scenario.tree import Composer

    composer = Composer("--add-event")
    inner = text.strip()
    plain = composer.compose(inner if inner.startswith("{") else f"{{{inner}}}").plain()
    if composer.problems:
        raise SalientError(*composer.problems)
    if isinstance(plain, dict):
        plain.setdefault("id", "added-event")
        plain.setdefault("text", "An event that is assumed.")
    try:
        event = Event.model_validate(plain)
    except ValidationError as error:
        raise SalientError(
            *(
                Problem(e["msg"], key="--add-event " + ".".join(str(x) for x in e["loc"]))
                for e in error.errors(include_url=False)
            )
        ) from None
    events = [*case.scenario.events, event]
    alone = case.scenario.model_copy(update={"events": events, "drivers": {}})
    wrong = checks.problems(alone, loaded.root)
    if wrong:
        raise SalientError(*(Problem(p.message, key="--add-event", hint=p.hint) for p in wrong))
    return event
