"""What a brief says of causes, of claims, and of what would change its answer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from salient.brief.causes import plain
from salient.brief.compose import compose
from salient.brief.content import Brief
from salient.brief.page import csvs, render
from salient.questions.findings import Measurable


def test_shares_set_by_assumption_are_called_so_at_once(brief):
    s = brief.sections.caused
    assert s.pull == "Set by assumption: the data settled none of these shares."
    assert "do not quote a share" in s.paragraphs[1]
    assert "the assumptions give the direction" in s.paragraphs[1]
    assert "over 95\u202f% for none" in s.paragraphs[1]
    assert "of 3\u00a0March 2025, and maps are weekly" in s.paragraphs[2]
    assert brief.figures.causes.title.endswith("All of 3 shares are set by assumption")


def test_a_share_that_the_data_settled_is_named(findings):
    first, *rest = findings.caused.shares
    caused = replace(findings.caused, shares=(replace(first, assumed=False), *rest))
    made = compose(replace(findings, caused=caused))
    assert made.sections.caused.pull is None
    assert "had a say in the share of Shells from North Korea" in made.sections.caused.paragraphs[1]


def test_a_driver_for_which_the_maps_speak_is_named(findings):
    first, *rest = findings.caused.shares
    caused = replace(findings.caused, shares=(replace(first, acted=0.96), *rest))
    made = compose(replace(findings, caused=caused))
    said = made.sections.caused.paragraphs[1]
    assert "50\u202f%" in said
    assert "96\u202f%" in said
    assert "only for “Shells from North Korea”" in said
    assert csvs(made)["causes.csv"].splitlines()[1].endswith(",yes,0.96")


def test_claims_stand_with_their_speakers_and_what_was_tested(brief):
    a, b, c, d = brief.claims
    assert a.speaker == "An officer, not named; well placed to know"
    assert (a.verdict, a.tone, a.chance) == ("set by assumption", "assumed", "probability 0.65")
    assert a.note.startswith("Effect 0\u00a0km² (\u2212260 to 0); 28\u00a0October")
    assert b.speaker == "Experts who are not named; how well placed is unknown"
    assert b.tested == "Ground held here."
    assert "either way in nine draws of ten" in b.note
    assert (c.tone, c.chance, c.speaker[:9]) == ("for", "probability over 0.99", "A. Person")
    assert (d.tone, d.chance) == ("untested", "")
    assert "1 that cannot be tested" in brief.sections.claims.paragraphs[0]


def test_what_would_change_the_answer_says_how_little(brief, findings):
    said = brief.sections.settling.paragraphs
    assert "density of a line" in said[0]
    assert "no single number settles the outlook" in said[0]
    assert [r[-1] for r in brief.measuring.rows] == ["yes", "may be luck"]
    none = tuple(replace(m, clear=False) for m in findings.settling.numbers)
    made = compose(replace(findings, settling=replace(findings.settling, numbers=none)))
    assert "their order may be luck" in made.sections.settling.paragraphs[0]
    assert isinstance(none[0], Measurable)


def test_a_brief_without_drivers_or_claims_has_no_such_sections(findings):
    made = compose(replace(findings, caused=None, claimed=None, settling=None))
    page = render(made)
    for name in ("caused", "claims", "settling"):
        assert f'id="{name}"' not in page
        assert f'href="#{name}"' not in page
    assert made.figures.causes is None
    assert {"causes.csv", "claims.csv"}.isdisjoint({d.file for d in made.downloads})
    assert {"causes.csv", "claims.csv"}.isdisjoint(csvs(made))


def test_the_page_shows_every_claim_and_the_json_holds_it(brief):
    page = render(brief)
    for c in brief.claims:
        assert c.text in page
    assert page.count('class="claim"') == len(brief.claims)
    again = Brief.model_validate(json.loads(brief.to_json()))
    assert again.claims == brief.claims
    assert again.figures.causes == brief.figures.causes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("on 2025-03-03", "on 3\u00a0March 2025"),
        ("from -3 to 5 km2", "from \u22123 to 5\u00a0km²"),
        ("a one-week pause", "a one-week pause"),
    ],
)
def test_sentences_are_set_as_the_page_sets_them(text, says):
    assert plain(text) == says
