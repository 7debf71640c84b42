"""`compose_front`: from findings to the content of a brief of a front. Same findings, same bytes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from salient.brief import (
    apparatus,
    dictionary,
    front_charts,
    front_lead,
    front_map,
    front_tables,
    reference,
    words,
)
from salient.brief.content import Download, Exercise, Term
from salient.brief.front_content import FrontBrief, FrontFigures
from salient.brief.front_prose import sections
from salient.brief.front_view import MAPPER, FrontView
from salient.forecasting.panel import LEAST_WEEKS
from salient.questions.front import HORIZON, FrontFindings

CSV = "text/csv"
DOWNLOADS = (
    ("brief.json", "every number and sentence of this page", "application/json"),
    (dictionary.FILE, "what each column of these files means, and its unit", CSV),
    ("forecast.csv", "all quantiles of every sector and the sum, in Hubverse columns", CSV),
    ("outlook.csv", "the sum: what was seen, quantiles and single futures by week, km2", CSV),
    ("sectors.csv", "by sector: what was seen, what is expected, chances", CSV),
    ("track-record.csv", "how past forecasts did, beside the models apart and the rules", CSV),
    ("past-forecasts.csv", "past forecasts of the sum and what followed, km2", CSV),
    ("losses.csv", "estimated losses of both sides by 13 weeks, and weekly claims", CSV),
    ("human-cost.csv", "what others have said: what, value, period, speaker, kind, source", CSV),
    (
        "scenario.yaml",
        "the scenario as it was run: sectors, sources, assumptions",
        "application/yaml",
    ),
    ("manifest.json", "what the run was made from: versions, seed, checksums", "application/json"),
)
HOW_TO_READ = (
    f"A change such as “+140 km² (+20 to +590)” gives the middle of what the forecast expects and the {words.P90} "
    "interval: of 100 such cases, 5 should lie below it and 5 above, if the forecast is as good as it says. How far "
    "past ones were is in the track record. Words for likelihood are chosen by code from the number beside them, by "
    "the scale below (Intelligence Community Directive 203). Chances beyond the outermost quantiles are written as “at "
    f"least 97{words.THIN}%” or “at most 3{words.THIN}%”."
)
COSTS_NOTE = (
    "Totals of soldiers are for the whole war. Of each speaker the newest figure is shown; those of outsiders are left "
    "out where they are older than about a year. Counts of civilians are minima that were verified by the United "
    "Nations; those in areas under Russian control and in Russia are mostly not in them."
)


def compose_front(findings: FrontFindings) -> FrontBrief:
    """Write the brief: every sentence and number of the page."""
    view, s = FrontView(findings), findings.scenario
    title, size = front_lead.headline(view)
    figures = _figures(view)
    content: dict[str, Any] = dict(
        scenario=s.scenario,
        title=s.title,
        question=s.question,
        region=s.region,
        country=s.country,
        category=s.category,
        authors=apparatus.authors(s),
        as_of=findings.as_of,
        as_of_text=words.day(findings.as_of),
        outlook_end=findings.end,
        outlook_text=f"{words.count(HORIZON, 'week')}, to {view.end}",
        headline=title,
        headline_estimate=size,
        deck=front_lead.deck(view),
        warning=front_lead.warning(view),
        facts=_facts(view),
        takeaways=front_lead.takeaways(view),
        sections=sections(view),
        figures=figures,
        rows=front_tables.rows(view),
        standing=front_tables.standing(view),
        ahead=front_tables.ahead(view),
        losses=front_tables.losses(view),
        record=front_tables.record(view),
        rivals=front_tables.rivals(view),
        costs=[front_tables.cost(c) for c in findings.human_cost],
        costs_note=COSTS_NOTE,
        scale=reference.scale(),
        glossary=_glossary(view),
        how_to_read=HOW_TO_READ,
        exercise=_exercise(view),
        sources=[
            *[apparatus.source_note(row) for row in findings.sources],
            *([front_map.source()] if figures.map else []),
        ],
        downloads=_downloads(findings),
        command=findings.command,
        versions=dict(findings.versions),
        seed=findings.seed,
        draws=findings.draws,
        citation=apparatus.citation(
            title,
            s.scenario,
            findings.as_of,
            findings.seed,
            apparatus.version(findings.versions),
            apparatus.authors(s),
        ),
        **apparatus.FIXED,
    )
    return FrontBrief(**content, **apparatus.reading(content))


def front_files(findings: FrontFindings, brief: FrontBrief) -> dict[str, str]:
    """The tables that lie beside the page, but for the forecast itself: name -> text."""
    return front_tables.files(FrontView(findings), brief.figures.fan, brief.costs)


def _facts(view: FrontView) -> list[tuple[str, str]]:
    f = view.f
    return [
        ("By", words.listed(apparatus.authors(f.scenario))),
        ("Maps to", words.day(f.front.last_map)),
        ("Outlook", f"{words.count(HORIZON, 'week')}, to {view.end}"),
        ("Sectors", words.number(len(f.sectors))),
        ("Made with", f"Salient {apparatus.version(f.versions)}".strip()),
    ]


def _figures(view: FrontView) -> FrontFigures:
    """All figures, numbered in the order of the page."""
    drawn = front_map.sector_map(view, 1)
    first = 1 if drawn is None else 2
    found: dict[str, tuple[Any, str]] = {
        "map": (drawn, "sectors.csv"),
        "fan": (front_charts.fan_figure(view, first), "outlook.csv"),
        "sectors": (front_charts.sectors_figure(view, first + 1), "sectors.csv"),
        "losses": (front_charts.losses_figure(view, first + 2), "losses.csv"),
        "record": (front_charts.record_figure(view, first + 3), "past-forecasts.csv"),
    }
    return FrontFigures(
        **{k: f and f.model_copy(update={"file": file}) for k, (f, file) in found.items()}
    )


def _downloads(f: FrontFindings) -> list[Download]:
    absent = () if f.record.lines else ("track-record.csv", "past-forecasts.csv")
    listed = [Download(file=n, what=w, media_type=t) for n, w, t in DOWNLOADS if n not in absent]
    claims = f.scenario.claims
    if claims:
        what = "claims about this front, as salient audit takes them"
        listed.insert(-1, Download(file=claims, what=what, media_type="application/yaml"))
    return listed


def _glossary(view: FrontView) -> list[Term]:
    named = {
        "as-of date": "The last day of data. Nothing reported later was used, in any part.",
        "interval": "The range that should hold the outcome in the stated share of cases; here from the 5 to the 95 % "
        "point unless another share is given.",
        "net change": f"Ground gained less ground lost: how much larger the {view.ground} is at the end, on the "
        f"maps of {MAPPER}.",
        "origin": "The day from which a forecast is made, with what was known then.",
        "outsider": "Whoever is no party to the war and has said how many were killed or wounded.",
        "single future": "A way in which the sum could go on. Its course from week to week is that of the state space, "
        "how far it has come that of the forecast.",
        "sector": "One of the parts into which this project has divided the front.",
        "state space": "A model in which something that is not seen, here the tempo of a sector, moves slowly and "
        "produces what is seen.",
        "sum": "The net change of all sectors together.",
        "weighted interval score": "WIS: the distance of a forecast, with all its intervals, from what happened, in "
        "km². Less is better.",
    }
    return [Term(term=k, meaning=v) for k, v in named.items()]


def _exercise(view: FrontView) -> Exercise:
    """A task for a class: the forecast of a quarter ago, judged by what followed."""
    f = view.f
    weeks = len(f.front.dates)
    back = HORIZON if weeks >= LEAST_WEEKS + 2 * HORIZON else 0
    then = f.as_of - dt.timedelta(weeks=back)
    name = f.scenario.scenario
    return Exercise(
        title="For a class: would you have said so?",
        steps=[
            f"Look at the maps up to {words.day(then)} only. Write down, for three sectors and for the sum, a range in "
            "which you are nine tenths sure that the net change of the next thirteen weeks lies.",
            "Make the brief of that day with the first command and compare its ranges with yours.",
            "Look up what followed. Count how many outcomes lie in your ranges and in those of the brief. The second "
            "command does so for many weeks and for simple rules.",
        ],
        commands=[
            f"salient brief {name} --as-of {then}",
            f"salient backtest {name} --from {then} --to {f.as_of} --model analogues",
        ],
        question="Were your ranges too narrow, too wide, or in the wrong place? What did you know of the front that "
        "the forecast did not, and did it help?",
    )
