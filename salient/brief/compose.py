"""`compose`: from findings to the content of a brief. Same findings, same bytes."""

from __future__ import annotations

from typing import Any

from salient.brief import apparatus, causes, charts, dictionary, lead, prose, reference, words
from salient.brief.axes import axis
from salient.brief.charts import recount
from salient.brief.content import (
    BranchRow,
    BranchTable,
    Brief,
    CostRow,
    Download,
    Figures,
    LossCell,
    Sections,
    SourceNote,
    Table,
)
from salient.brief.maps import map_figure
from salient.brief.view import View
from salient.questions.findings import BranchOutlook, Findings, HumanCost, Interval

CSV = "text/csv"
FILES = {
    "map": "map.csv",
    "causes": "causes.csv",
    "fan": "outlook.csv",
    "dots": "outcomes.csv",
    "panels": "outlook.csv",
    "priors": "parameters.csv",
    "losses": "branches.csv",
    "hindcast": "hindcasts.csv",
    "score": "score.csv",
}
"""The file that has the numbers of each figure."""


def compose(findings: Findings) -> Brief:
    """Write the brief: every sentence and number of the page, from what an inference found."""
    view = View(findings)
    scenario = findings.scenario
    title, found = lead.headline(view)
    figures = _figures(view)
    content: dict[str, Any] = dict(
        scenario=scenario.scenario,
        title=scenario.title,
        question=scenario.question,
        region=scenario.region,
        country=scenario.country,
        category=scenario.category,
        authors=apparatus.authors(scenario),
        as_of=findings.as_of,
        as_of_text=words.day(findings.as_of),
        outlook_end=view.end,
        outlook_text=f"{words.count(view.horizon, 'week')}, to {words.day(view.end)}",
        headline=title,
        headline_chance=found,
        deck=lead.deck(view),
        warning=lead.warning(view),
        facts=_facts(view),
        takeaways=lead.takeaways(view),
        sections=_sections(view),
        figures=figures,
        happenings=prose.happenings(view),
        sides=prose.sides_table(view),
        branches=_branches(view),
        claims=causes.claim_rows(view),
        measuring=causes.measuring(view),
        seed=findings.seed,
        draws=findings.draws,
        **_people(view),
        **_evidence(view),
        **_reuse(view, title, figures),
    )
    return Brief(**content, **apparatus.reading(content))


def _facts(view: View) -> list[tuple[str, str]]:
    """The line of facts under the headline."""
    f = view.f
    return [
        ("By", words.listed(apparatus.authors(f.scenario))),
        ("Data to", words.day(f.as_of)),
        ("Outlook", f"{words.count(view.horizon, 'week')}, to {words.day(view.end)}"),
        (
            "Runs",
            f"{words.number(f.draws)} draws"
            + (
                f" in each of {words.number(len(f.branches))} branches"
                if len(f.branches) > 1
                else ""
            ),
        ),
        ("Made with", f"Salient {apparatus.version(f.versions)}".strip()),
    ]


def _sections(view: View) -> Sections:
    return Sections(
        standing=prose.standing(view),
        caused=causes.caused(view),
        claims=causes.claims(view),
        next=prose.outlook(view),
        drivers=prose.drivers(view),
        settling=causes.settling(view),
        people=prose.people(view),
        method=prose.method(view),
        limits=prose.limits(view),
    )


def _figures(view: View) -> Figures:
    """All figures, numbered in the order of the page; those without content are left out."""
    drawn = {
        "map": map_figure,
        "fan": charts.fan_figure,
        "causes": causes.causes_figure,
        "dots": charts.dots_figure,
        "panels": charts.panels_figure,
        "priors": charts.priors_figure,
        "losses": charts.losses_figure,
        "hindcast": charts.hindcast_figure,
        "score": charts.score_figure,
    }
    found: dict[str, Any] = {}
    number = 1
    for name, draw in drawn.items():
        figure = draw(view, number)
        found[name] = figure and figure.model_copy(update={"file": FILES[name]})
        number += found[name] is not None
    return Figures(**found)


def _branches(view: View) -> BranchTable:
    rows = [_branch(view, b) for b in view.branches]
    ends = [v for r in rows if r.difference for v in (r.difference.low, r.difference.high)]
    return BranchTable(
        caption=f"The branches, with the held area on {words.day(view.end)}",
        columns=[
            "branch",
            "chance",
            f"held on {words.short_day(view.end)}",
            "against what was under way",
            "more ground",
            "breakthrough",
            *[f"{view.side(s).adjective} losses" for s in _counted(view)],
        ],
        rows=rows,
        x=axis(ends, "km²", about=3, sign=True),
        note=prose.branch_note(view),
    )


def _branch(view: View, branch: BranchOutlook) -> BranchRow:
    difference = branch.difference
    contraction = view.verdict(branch)
    return BranchRow(
        key=branch.key,
        title=branch.title,
        summary=branch.summary,
        chance=charts.chance_text(view, branch),
        basis=prose.basis_text(branch),
        reason=words.sentence(branch.chance.reason),
        end=view.estimate(branch.end),
        difference=None if difference is None else view.estimate(difference.km2, sign=True),
        more_ground=None if difference is None else view.chance(difference.p_more_ground),
        settled=None
        if contraction is None or difference is None
        else words.share_settled(contraction),
        collapse=view.chance(branch.p_collapse),
        losses=[
            LossCell(
                side=view.side(s).name,
                casualties=view.estimate(recount(branch.losses[s].casualties)),
                killed=view.estimate(recount(branch.losses[s].killed)),
            )
            for s in _counted(view)
        ],
    )


def _counted(view: View) -> list[str]:
    """The sides whose losses stand in the table of branches."""
    return view.sides if view.counts_losses else []


def _people(view: View) -> dict[str, Any]:
    return {
        "costs": [_cost(view, c) for c in view.f.human_cost],
        "costs_note": "Figures by others for the whole war or the whole region are not comparable with the model's "
        "figures for one sector.",
    }


def _cost(view: View, cost: HumanCost) -> CostRow:
    on_page = {s.key for s in _sources(view)}
    return CostRow(
        what=cost.what,
        value=_cost_value(view, cost),
        period=words.with_days(cost.period),
        speaker=cost.speaker,
        kind=cost.kind,
        source=cost.source if cost.source in on_page else None,
    )


def _cost_value(view: View, cost: HumanCost) -> str:
    """The number as the speaker gave it; one of ours is rounded to what the draws support."""
    unit = "count" if cost.unit == "people" else cost.unit
    low, high = cost.low, cost.high
    if low is None or high is None or low == high:
        return words.amount(cost.value, unit)
    if cost.kind == "model":
        return view.text(Interval(cost.value, low, high, unit=unit))
    return (
        f"{words.amount(cost.value, unit)} ({words.between(words.amount(low), words.amount(high))})"
    )


def _evidence(view: View) -> dict[str, Any]:
    """Checks, mechanisms, sources and what helps to read the page."""
    f = view.f
    driver = next(
        (view.labels[view.drivers(b)[0].name] for b in view.others if view.drivers(b)), None
    )
    return {
        "checks": Table(
            caption="Checks of the fit",
            columns=["check", "value", "should be", "passed"],
            numeric=[False, True, False, False],
            rows=[
                [c.name, words.exact(c.value), c.limit, "yes" if c.ok else "no"]
                for c in f.diagnostics.rows
            ],
        ),
        "mechanisms": Table(
            caption="Mechanisms of the model",
            columns=["part", "choice", "what it says", "after"],
            numeric=[False] * 4,
            rows=[[m.slot, m.name, m.title, m.citation] for m in f.mechanisms],
        ),
        "scale": reference.scale(),
        "glossary": reference.glossary(view.sector.held),
        "how_to_read": reference.HOW_TO_READ,
        "exercise": reference.exercise(f.scenario.scenario, f.as_of.isoformat(), driver),
        "sources": _sources(view),
    }


def _sources(view: View) -> list[SourceNote]:
    """The series that the run used, then the texts that the scenario cites."""
    f = view.f
    notes = [apparatus.source_note(s) for s in f.sources]
    have = {s.key for s in f.sources}
    for key, source in f.scenario.sources.items():
        if key not in have and (source.date is None or source.date <= f.as_of):
            notes.append(
                SourceNote(
                    key=key,
                    title=source.title,
                    publisher=source.publisher,
                    url=source.url,
                    licence="",
                    retrieved="" if source.date is None else source.date.isoformat(),
                    **apparatus.bias(""),
                )
            )
    return notes


NETCDF = "application/x-netcdf"
DOWNLOADS = (
    ("brief.json", "every number and sentence of this page", "application/json"),
    (
        "scenario.yaml",
        "the scenario as it was run: assumptions, sources, events",
        "application/yaml",
    ),
    (
        "manifest.json",
        "what the run was made from: versions, seed, checksums of the data",
        "application/json",
    ),
    ("posterior.nc", "the fit: every draw of every number of the model", NETCDF),
    ("draws.nc", "every draw of every branch", NETCDF),
    (dictionary.FILE, "what each column of these files means, and its unit", CSV),
    ("map.csv", "class of area, date, km2; what is left at the end of the outlook", CSV),
    (
        "outlook.csv",
        "date, series (map or branch), kind (assessed, claimed, quantile, draw), km2",
        CSV,
    ),
    (
        "outcomes.csv",
        "the dots of the outcomes: km2 held at the end, one a row, equally likely",
        CSV,
    ),
    (
        "branches.csv",
        "branch, title, measure, unit, median, low and high of a level; or chance",
        CSV,
    ),
    ("parameters.csv", "every number of the model before and after the data", CSV),
    ("hindcasts.csv", "horizon, date, median, low, high, observed, inside", CSV),
    ("score.csv", "forecast and its mean CRPS in km2", CSV),
    ("causes.csv", "each driver's share in the lost ground, after and before the data", CSV),
    ("claims.csv", "claims with their speakers, verdicts and probabilities", CSV),
    ("human-cost.csv", "what others have said: what, value, period, speaker, kind, source", CSV),
)


def _reuse(view: View, title: str, figures: Figures) -> dict[str, Any]:
    """Downloads, the command that reproduces the run, how to cite it, what it is not for."""
    f = view.f
    absent = {
        "hindcasts.csv": not f.hindcasts,
        "score.csv": f.score is None or not f.score.baselines,
        "map.csv": figures.map is None,
        "causes.csv": figures.causes is None,
        "claims.csv": f.claimed is None,
    }
    files = [d for d in DOWNLOADS if not absent.get(d[0])]
    return {
        "downloads": [Download(file=n, what=w, media_type=t) for n, w, t in files],
        "command": f.command,
        "versions": dict(f.versions),
        "citation": apparatus.citation(
            title,
            f.scenario.scenario,
            f.as_of,
            f.seed,
            apparatus.version(f.versions),
            apparatus.authors(f.scenario),
        ),
        **apparatus.FIXED,
    }
