"""The page of a front: complete, well formed, nothing loaded, every number from brief.json."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.util
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from salient.brief import forms, front_map, front_view
from salient.brief.dictionary import FILE
from salient.brief.front_compose import compose_front, front_files
from salient.brief.front_content import FrontBrief
from salient.brief.page import is_web
from salient.evidence.vintage import read_front
from salient.forecasting import panel
from salient.forecasting.scores import LEVELS
from salient.questions.front import Change, findings
from salient.scenario.loading import load

AS_OF = dt.date(2026, 2, 23)


def _tools():
    file = Path(__file__).with_name("test_page.py")
    spec = importlib.util.spec_from_file_location("tools_of_the_page", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOLS = _tools()


@pytest.fixture(scope="module")
def found():
    front = read_front(AS_OF)
    made = panel.forecast(front, 13, 1, "analogues")
    scenario = load("ukraine-front").scenario
    return findings(scenario, AS_OF, front, made, 1, 2000, "salient brief", {"salient": "0"})


@pytest.fixture(scope="module")
def brief(found):
    return compose_front(found)


@pytest.fixture(scope="module")
def html(brief):
    return forms.page(brief)


@pytest.fixture(scope="module")
def page(html):
    return TOOLS.Reader(html)


def test_same_findings_same_bytes_and_it_reads_back(found, brief):
    text = brief.to_json()
    assert compose_front(found).to_json() == text
    assert forms.read(text.encode()) == brief
    assert isinstance(forms.read(text.encode()), FrontBrief)


def test_every_number_of_the_page_is_in_brief_json(brief, page):
    known = TOOLS.numbers(brief.to_json())
    fixed = TOOLS.numbers(" ".join(str(n) for n in range(1, 14)))  # numbers of figures
    assert TOOLS.numbers(" ".join(page.texts)) <= known | fixed


def test_the_page_is_well_formed_and_its_references_hold(page):
    assert page.stack == []
    assert len(page.ids) == len(set(page.ids))
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)
    for _, attributes in page.tags:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(attributes.get(name, "").split()) <= set(page.ids)


def test_nothing_is_loaded_from_anywhere(brief, page):
    for tag, attributes in page.tags:
        assert tag not in ("img", "iframe", "video", "object", "embed")
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    beside = {d.file for d in brief.downloads}
    for link in page.links:
        assert link.startswith("#") or is_web(link) or link in beside


def test_every_takeaway_has_number_interval_and_comparison(brief):
    assert len(brief.takeaways) == 3
    ids = {f.id for f in brief.figures.all()}
    for t in brief.takeaways:
        assert TOOLS.numbers(t.number)
        assert t.comparison
        assert t.figure in ids
    assert all("(" in t.text for t in brief.takeaways)


def test_both_sides_are_written_of_in_the_same_terms(brief):
    sides = [row[0] for row in brief.losses.rows]
    assert sides == ["Russia", "Ukraine"]
    assert [p.title for p in brief.figures.losses.panels] == [
        "Russian soldiers",
        "Ukrainian soldiers",
    ]
    assert all(
        len(p.blocks) == len(brief.figures.losses.panels[0].blocks)
        for p in brief.figures.losses.panels
    )
    whats = {c.what.split(" ", 1)[1] for c in brief.costs if c.what.startswith("Ukrainian")}
    assert whats <= {c.what.split(" ", 1)[1] for c in brief.costs if c.what.startswith("Russian")}


def test_it_says_what_it_does_not_know(html):
    for said in (
        "does not enter either",
        "it forecast worse than the maps alone, and what it says of causes is set",
        "variants of the models",
        "failed",
    ):
        assert said in html, said


def test_the_files_hold_the_numbers_of_the_tables(found, brief):
    tables = front_files(found, brief)
    rows = list(csv.DictReader(io.StringIO(tables["sectors.csv"])))
    seen = {
        (r["location"], r["weeks"]): float(r["median"])
        for r in rows
        if r["measure"] == "change seen"
    }
    assert len({r["location"] for r in rows}) == 13
    parts = sum(v for (place, weeks), v in seen.items() if place != "total" and weeks == "13")
    assert parts == pytest.approx(seen["total", "13"], abs=0.01)
    record = list(csv.DictReader(io.StringIO(tables["track-record.csv"])))
    assert {r["weeks"] for r in record} == {"1", "4", "8", "13"}
    assert {d.file for d in brief.downloads} >= set(tables)
    said = {(r["file"], r["column"]) for r in csv.DictReader(io.StringIO(tables[FILE]))}
    found = {
        (name, column)
        for name, text in tables.items()
        if name != FILE
        for column in next(csv.reader(io.StringIO(text)))
    }
    assert {pair for pair in said if pair[0] != "forecast.csv"} == found
    assert {f.file for f in brief.figures.all()} <= {d.file for d in brief.downloads}


def test_a_front_that_shrinks_or_stands_is_said_so(found):
    def moved(by):
        weekly = found.total.weekly * 0 + np.linspace(-100, 100, len(LEVELS)) + by
        total = Change(
            **{
                **vars(found.total),
                "weekly": weekly,
                "p_grows": float(np.interp(by, [-100, 100], [0, 1])),
            }
        )
        return compose_front(replace(found, total=total)).headline

    assert "to shrink" in moved(-90)
    assert "chance" in moved(0)
    assert "growing" in moved(0)
    assert "to grow" in moved(90)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "almost certain (at least 97\u202f%)"),
        (0.0, "almost no chance (at most 3\u202f%)"),
        (0.6, "likely (60\u202f%)"),
    ],
)
def test_no_chance_is_read_beyond_the_outermost_quantiles(p, text):
    assert front_view.chance(p).text == text


def test_a_record_that_held_too_little_is_a_warning(found):
    lines = [replace(one, cover90=0.6, origins=30) for one in found.record.lines]
    bad = compose_front(replace(found, record=replace(found.record, lines=tuple(lines))))
    assert "too narrow" in (bad.warning or "")
    assert "missed what had been asked" in " ".join(bad.sections.method.paragraphs)


def test_text_of_a_scenario_is_never_markup(found):
    hostile = found.scenario.model_copy(update={"title": TOOLS.HOSTILE, "region": TOOLS.HOSTILE})
    page = TOOLS.Reader(forms.page(compose_front(replace(found, scenario=hostile))))
    assert all(tag not in ("img",) for tag, _ in page.tags)
    assert len(page.scripts) == 1
    json.loads(page.scripts[0])


def test_the_map_shows_each_sector_twice_and_no_line_of_contact(brief, html):
    drawn = brief.figures.map
    assert [a.key for a in drawn.sectors] == [s.key for s in brief.rows[:-1]]
    assert [a.expected for a in drawn.sectors] == [
        round(r.ahead[13].median, 1) for r in brief.rows[:-1]
    ]
    for a in drawn.sectors:
        assert front_map.inside(a.at, a.rings)
        assert front_map.inside(a.at, drawn.country)
    assert html.count('class="sector ') == 2 * (2 * 12 + len(drawn.tints))
    assert "Claims by the parties are not on this map" in drawn.caption
    assert "front-sectors" in {s.key for s in brief.sources}


def test_tints_by_their_bounds():
    changes = (-300, -10, -9, 0, 9.4, 9.6, 49, 50, 100, 199, 200, 900)
    assert [front_map.tint(v) for v in changes] == [0, 0, 1, 1, 1, 2, 2, 3, 4, 4, 5, 5]


def test_a_front_of_other_sectors_has_no_map(found):
    other = [replace(found.sectors[0], key="elsewhere"), *found.sectors[1:]]
    made = compose_front(replace(found, sectors=other))
    assert made.figures.map is None
    assert made.figures.fan.number == 1
