"""From findings to a brief: the words follow the numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from salient.brief.compose import compose
from salient.brief.content import Brief
from salient.brief.page import render
from salient.brief.view import View
from salient.brief.words import NBSP, THIN
from salient.questions.findings import Chance, Difference, Interval


def with_ends(findings, ends):
    """The same findings with other areas at the end of what was under way."""
    ends = np.asarray(ends, dtype=float)
    base = replace(findings.branches[0], end_draws=ends, end=Interval.of(ends, "km2"))
    return replace(findings, branches=[base, *findings.branches[1:]], draws=ends.size)


def test_the_same_findings_give_the_same_bytes(findings, brief):
    assert compose(findings).to_json() == brief.to_json()


def test_brief_json_reads_back(brief):
    assert Brief.model_validate_json(brief.to_json()) == brief


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (
            np.full(1000, 20.0),
            "almost certain (more than 199 in 200) to shrink to less than a tenth",
        ),
        (
            np.r_[np.full(700, 100.0), np.full(300, 350.0)],
            f"likely (70{THIN}%) to shrink by more than half",
        ),
        (np.full(1000, 300.0), "to shrink by 30"),
        (np.full(1000, 352.0), "to stay much as it is by"),
        (np.full(1000, 400.0), "to grow by 30"),
        (np.full(1000, 600.0), "to grow by more than half by"),
        (
            np.r_[np.full(500, 100.0), np.full(500, 500.0)],
            f"has a roughly even chance (50{THIN}%) of shrinking by",
        ),
    ],
)
def test_the_headline_is_the_strongest_thing_that_is_likely(findings, ends, words):
    assert words in compose(with_ends(findings, ends)).headline


def test_three_takeaways_with_a_number_and_a_figure_that_is_there(brief):
    assert len(brief.takeaways) == 3
    ids = {f.id for f in brief.figures.all()}
    for takeaway in brief.takeaways:
        assert any(c.isdigit() for c in takeaway.number)
        assert takeaway.figure in ids
        assert takeaway.comparison


def test_human_cost_stands_beside_the_ground(brief):
    assert "killed or wounded" in brief.takeaways[2].claim
    assert all(len(row.losses) == 2 for row in brief.branches.rows)


def test_what_support_changes_says_whether_it_is_data_or_assumption(findings, brief):
    assert (
        "set by assumption: the data narrowed the numbers behind it by 9"
        in brief.takeaways[1].comparison
    )
    known = [replace(p, contraction=0.7) if p.name == "theta" else p for p in findings.parameters]
    said = compose(replace(findings, parameters=known)).takeaways[1].comparison
    assert "mostly settled by the data" in said


def test_the_pair_is_that_of_the_supporters(findings):
    pair = View(findings).pair
    assert (pair.first.key, pair.second.key) == ("support-resumes", "support-wanes")
    change = pair.first.end_draws - pair.second.end_draws
    assert pair.difference.km2.median == pytest.approx(np.median(change))


def test_a_single_branch_is_enough(findings):
    alone = compose(replace(findings, branches=findings.branches[:1]))
    assert "set by assumption" in alone.takeaways[1].claim
    assert "would be killed" in alone.takeaways[2].comparison


def test_branches_judged_and_without_drivers(findings):
    some = [
        replace(b, chance=Chance(0.3, 0.3, 0.3, "a guess", "judgement"), drivers=())
        for b in findings.branches[1:]
    ]
    found = compose(replace(findings, branches=[findings.branches[0], *some]))
    assert "set by assumption:" not in found.takeaways[1].comparison
    assert {r.chance for r in found.branches.rows[1:]} == {f"unlikely (30{THIN}%)"}


def test_a_run_that_counts_no_losses_says_so(findings):
    branches = [replace(b, losses={}) for b in findings.branches]
    brief = compose(replace(findings, branches=branches))
    assert "does not count losses" in brief.takeaways[2].claim
    assert "a gap, not a zero" in brief.sections.people.paragraphs[0]
    assert brief.figures.losses is None
    assert render(brief).count("<h1") == 1


def test_a_failed_fit_says_so_first(failed):
    brief = compose(failed)
    assert brief.headline.startswith("Unreliable fit: ")
    assert brief.warning is not None
    assert "failed 1 of its 4" in brief.warning
    assert "The chains disagree" in brief.warning
    assert len(brief.takeaways) == 3


def test_only_what_was_public_is_told(brief, findings):
    told = [h.text for h in brief.happenings]
    late = [e for e in findings.scenario.events if (e.reported or e.date) > findings.as_of]
    assert late
    assert not {e.text for e in late} & set(told)
    assert told[-1] == "The United States lifts the pause on intelligence."


def test_who_says_so_stands_beside_what_happened(brief, findings):
    page = render(brief)
    cia = next(h for h in brief.happenings if "CIA" in h.text)
    publisher = next(s.publisher for s in brief.sources if s.key == cia.source)
    named = f'<a href="#source-{cia.source}">{publisher}</a>.'
    assert f'<span class="told">Said by the director of the CIA; reported by {named}' in page
    keys = {s.key for s in brief.sources}
    unsaid = [h for h in brief.happenings if h.speaker is None and h.source in keys]
    assert page.count('"told">Reported by <a') == len(unsaid) > 3
    plain = [h.model_copy(update={"source": None}) for h in brief.happenings]
    alone = render(brief.model_copy(update={"happenings": plain}))
    assert '<span class="told">Said by the director of the CIA.</span>' in alone


def test_a_brief_is_signed_by_whom_the_scenario_names(brief, findings):
    assert brief.authors == ["The Salient authors"]
    assert brief.facts[0] == ("By", "The Salient authors")
    named = findings.scenario.model_copy(update={"authors": ["A. {Writer}", "B & Sons"]})
    signed = compose(replace(findings, scenario=named))
    assert signed.facts[0] == ("By", "A. {Writer} and B & Sons")
    assert signed.citation.text.startswith("A. {Writer} and B & Sons. ")
    assert "author = {{A. \\{Writer\\}} and {B \\& Sons}}" in signed.citation.bibtex
    assert '"author": [{"@type": "Person", "name": "A. {Writer}"}' in render(signed)


def test_a_fitted_pace_that_misses_is_named(findings):
    now = replace(findings.now, pace_fitted=Interval(-0.3, -0.5, -0.1, unit="km/week"))
    assert any(
        "do not agree" in p
        for p in compose(replace(findings, now=now)).sections.standing.paragraphs
    )


def test_a_score_that_loses_is_named(findings):
    score = replace(findings.score, crps=120.0)
    brief = compose(replace(findings, score=score))
    assert "more (worse) than" in " ".join(brief.sections.method.paragraphs)
    assert "worse than the rule “drift of the last 8 weeks”" in brief.figures.score.title


def test_without_score_hindcasts_base_rate_or_map(findings):
    bare = replace(
        findings,
        score=None,
        hindcasts=[],
        base_rate=None,
        caused=None,
        outline=None,
        human_cost=[],
        notes=["it rained"],
    )
    brief = compose(bare)
    assert [f.number for f in brief.figures.all()] == [1, 2, 3, 4, 5]
    assert "not scored yet" in " ".join(brief.sections.method.paragraphs)
    assert brief.sections.limits.paragraphs[-1] == "It rained."
    assert "hindcasts.csv" not in {d.file for d in brief.downloads}


def test_the_map_is_of_the_last_day_that_was_known(brief):
    assert brief.figures.map.date == dt.date(2025, 3, 3)
    assert {s.kind for s in brief.figures.map.shapes} == {"largest", "held", "unclear"}
    assert brief.figures.map.number == 1
    assert {p.name for p in brief.figures.map.places} == {"Sudzha", "Korenevo"}


def test_the_map_shows_past_positions_and_the_spread_of_the_outlook(findings):
    square = [(x, y) for x, y in ((35.0, 51.0), (35.2, 51.0), (35.2, 51.2), (35.0, 51.2))]
    days = ["2024-09-02", "2024-11-11", "2025-01-06", "2025-03-03"]

    def area(k, day):
        ring = [[x + 0.01 * (3 - k) * (x > 35.1), y] for x, y in square]
        return {
            "properties": {"date": day, "kind": "held"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }

    outline = {"features": [area(k, day) for k, day in enumerate(days)]}
    found = compose(replace(findings, outline=outline)).figures.map
    assert [s.kind for s in found.shapes] == ["largest", "past", "past", "held"]
    assert [s.km for s in found.spread.steps] == sorted(s.km for s in found.spread.steps)[::-1]
    assert "size, not a shape" in found.caption
    ends = np.full_like(findings.branches[0].end_draws, 1e6)
    more = replace(findings.branches[0], end_draws=ends)
    grown = replace(findings, outline=outline, branches=[more, *findings.branches[1:]])
    assert compose(grown).figures.map.spread is None


def test_difference_of_nothing_reads_well(findings):
    nothing = Difference(Interval(0, 0, 0, unit="km2"), 0.0, 1.0)
    base = findings.branches[0]
    same = [replace(b, end_draws=base.end_draws, difference=nothing) for b in findings.branches[1:]]
    claim = compose(replace(findings, branches=[base, *same])).takeaways[1].claim
    assert f"would differ by 0{NBSP}km²" in claim


def test_control_characters_are_left_out(findings):
    hostile = findings.scenario.model_copy(update={"title": "a\x1b[31mb\u202ec"})
    assert compose(replace(findings, scenario=hostile)).title == "a[31mbc"


def test_no_word_of_praise_or_alarm(brief):
    text = brief.to_json().lower()
    for word in (
        "enemy forces",
        "heroic",
        "devastating",
        "catastroph",
        "collapse of",
        "brutal",
        "liberat",
        "orc",
    ):
        assert word not in text.replace("force", "")
