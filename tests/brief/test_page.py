"""The page as text: complete, well formed, every number from brief.json, nothing of a scenario taken as markup."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from salient.brief.compose import compose
from salient.brief.dictionary import FILE
from salient.brief.page import Explained, csvs, render, unbroken

VOID = {"meta", "link", "br", "hr", "img", "input"}
NUMBER = re.compile(r"\d[\d\u202f]*(?:\.\d+)?")
HOSTILE = "</script></style></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}{% raw %}"


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        assert len(found) == len(attrs), f"{tag} has an attribute twice"
        self.tags.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if "href" in found:
            self.links.append(found["href"])
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack, f"{tag} is closed and was not open"
        assert self.stack.pop() == tag, f"{tag} is closed out of order"

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "script":
            self.scripts.append(data)
        elif self.stack and self.stack[-1] != "style":
            self.texts.append(data)


@pytest.fixture(scope="module")
def page(html):
    return Reader(html)


def numbers(text: str) -> set[str]:
    return {n.replace("\u202f", "") for n in NUMBER.findall(text)}


def test_every_number_of_the_page_is_in_brief_json(brief, page):
    known = numbers(brief.to_json())
    seen = numbers(" ".join(page.texts))
    assert len(seen) > 100
    assert seen - known == set()


def test_every_number_of_the_attributes_is_in_brief_json(brief, page):
    known = numbers(brief.to_json())
    names = ("aria-label", "alt", "title", "content", "data-label")
    for tag, found in page.tags:
        for name in names:
            if tag != "meta" or found.get("name") == "description" or "property" in found:
                assert numbers(found.get(name) or "") <= known


def test_the_page_is_well_formed(page):
    assert page.stack == []
    assert len(page.ids) == len(set(page.ids))
    assert [t for t, _ in page.tags].count("h1") == 1
    assert [t for t, _ in page.tags].count("main") == 1
    here = [a[1:] for a in page.links if a.startswith("#")]
    assert set(here) <= set(page.ids)


def test_headings_do_not_skip_a_level(page):
    levels = [int(t[1]) for t, _ in page.tags if re.fullmatch(r"h[1-6]", t)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_references_between_elements_hold(page):
    for _, found in page.tags:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((found.get(name) or "").split()) <= set(page.ids)
        for value in found.values():
            for target in re.findall(r"url\(#([^)]+)\)", value or ""):
                assert target in page.ids


def test_every_drawing_has_a_title_and_a_description_or_is_hidden(page):
    drawings = [found for tag, found in page.tags if tag == "svg"]
    assert len(drawings) > 15
    for found in drawings:
        assert found.get("aria-hidden") == "true" or (
            found["role"] == "img" and found["aria-labelledby"]
        )


def test_every_figure_has_its_numbers_as_a_table(brief, html):
    for figure in brief.figures.all():
        part = html[html.index(f'<figure id="{figure.id}"') :]
        part = part[: part.index("</figure>")]
        assert "<figcaption>" in part
        assert "<details>" in part
        assert part.count("<tr") == 1 + len(figure.table.rows)


def test_nothing_is_loaded_from_anywhere(page):
    for tag, found in page.tags:
        assert tag not in {"img", "iframe", "object", "embed", "video", "audio", "form"}
        assert "src" not in found
        assert not any(name.startswith("on") for name in found)
        if tag == "link":
            assert found["rel"] == "alternate"
    assert "@import" not in " ".join(page.texts)


def test_links_go_to_the_web_to_files_beside_or_to_the_page(brief, page):
    files = {d.file for d in brief.downloads}
    for link in page.links:
        assert link.startswith(("#", "https://", "http://")) or link in files


def test_the_page_is_light(html):
    assert len(html.encode()) < 1_000_000
    assert len(gzip.compress(html.encode())) < 200_000


def test_linked_data_is_json(page, brief):
    assert len(page.scripts) == 1
    data = json.loads(page.scripts[0])
    assert data["@type"] == "Report"
    assert data["headline"] == brief.headline
    assert data["isBasedOn"]["@type"] == "Dataset"
    assert {d["contentUrl"] for d in data["isBasedOn"]["distribution"]} == {
        d.file for d in brief.downloads
    }


def hostile(findings):
    """The same findings with markup wherever a person could have written text."""
    scenario = findings.scenario
    texts = dict.fromkeys(("title", "question", "summary", "region"), HOSTILE)
    sector = scenario.sectors["kursk"].model_copy(update={"name": HOSTILE, "held": HOSTILE})
    sides = {
        k: v.model_copy(update={"name": HOSTILE + k, "adjective": HOSTILE})
        for k, v in scenario.belligerents.items()
    }
    sources = {
        k: v.model_copy(update={"title": HOSTILE, "publisher": HOSTILE})
        for k, v in scenario.sources.items()
    }
    events = [e.model_copy(update={"text": HOSTILE}) for e in scenario.events]
    scenario = scenario.model_copy(
        update={
            **texts,
            "sectors": {"kursk": sector},
            "belligerents": sides,
            "sources": sources,
            "events": events,
        }
    )
    return replace(
        findings,
        scenario=scenario,
        branches=[replace(b, title=HOSTILE + b.key, summary=HOSTILE) for b in findings.branches],
        history=[replace(s, mapper=HOSTILE) for s in findings.history],
        parameters=[
            replace(p, label=HOSTILE, source=HOSTILE, group=HOSTILE) for p in findings.parameters
        ],
        human_cost=[
            replace(c, what=HOSTILE, speaker=HOSTILE, period=HOSTILE) for c in findings.human_cost
        ],
        sources=[
            replace(s, title=HOSTILE, url="javascript:alert(3)", bias=HOSTILE)
            for s in findings.sources
        ],
        mechanisms=[replace(m, title=HOSTILE, citation=HOSTILE) for m in findings.mechanisms],
        command=HOSTILE,
        versions={"salient": HOSTILE},
    )


def test_text_of_a_scenario_is_never_markup(findings, page):
    brief = compose(hostile(findings))
    found = Reader(render(brief))
    assert found.stack == []
    assert {t for t, _ in found.tags} <= {t for t, _ in page.tags}
    assert [t for t, _ in found.tags].count("script") == 1
    assert not any(a.startswith("javascript:") for a in found.links)
    assert "{{7*7}}" in " ".join(found.texts)
    assert json.loads(found.scripts[0])["about"] == brief.title


def test_a_failed_fit_warns_inside_the_takeaways(failed):
    html = render(compose(failed))
    box = html[html.index('class="takeaways') : html.index("</aside>")]
    assert box.index('class="warning"') < box.index("<ol>")


def test_a_newer_version_is_announced(brief):
    assert "A newer version" in render(
        brief.model_copy(update={"superseded_by": "https://example.org/new"})
    )


def test_ranges_stay_on_one_line():
    assert str(unbroken("a <b> 10 (0–110) c")) == 'a &lt;b&gt; 10 <span class="nb">(0–110)</span> c'
    assert str(unbroken("2025-03-11")) == "2025-03-11"


def test_csvs_hold_the_numbers_of_the_figures(brief):
    files = csvs(brief)
    assert set(files) == {d.file for d in brief.downloads if d.media_type == "text/csv"}
    rows = list(csv.DictReader(io.StringIO(files["outlook.csv"])))
    ends = [
        r
        for r in rows
        if r["date"] == brief.outlook_end.isoformat() and r["kind"] == "quantile 0.5"
    ]
    assert {r["series"] for r in ends} == {r.key for r in brief.branches.rows}
    assert float(ends[0]["km2"]) == brief.figures.fan.fan.median[-1]
    assert len(list(csv.DictReader(io.StringIO(files["parameters.csv"])))) == len(
        brief.figures.priors.table.rows
    )


def test_every_figure_has_its_numbers_in_a_file_and_every_column_is_in_the_dictionary(brief):
    tables = csvs(brief)
    named = {d.file for d in brief.downloads}
    assert all(f.file in tables and f.file in named for f in brief.figures.all())
    said = {(r["file"], r["column"]) for r in csv.DictReader(io.StringIO(tables[FILE]))}
    found = {
        (name, column)
        for name, text in tables.items()
        if name != FILE
        for column in next(csv.reader(io.StringIO(text)))
    }
    assert said == found
    shown = render(brief)
    assert all(f'Data: <a href="{f.file}"' in shown for f in brief.figures.all())


def test_the_page_is_valid(brief, html_faults):
    assert html_faults(render(brief)) == []


def test_a_formula_in_a_cell_is_text(findings):
    rows = [replace(p, label="=HYPERLINK(1)") for p in findings.parameters]
    assert "\n'=HYPERLINK(1)" in csvs(compose(replace(findings, parameters=rows)))["parameters.csv"]


def test_a_term_is_explained_where_it_first_comes_up(brief, html, page):
    links = [found for tag, found in page.tags if found.get("class") == "term"]
    assert len(links) == len({found["href"] for found in links}) > 5
    meanings = {t.meaning for t in brief.glossary}
    assert all(found["title"] in meanings for found in links)


def test_a_term_is_not_explained_inside_another_word(brief):
    said = Explained(brief.glossary)
    assert str(said("A space & a pacemaker")) == "A space &amp; a pacemaker"
    assert str(said("at a pace of")).count("<a ") == 1
    assert "<a " not in str(said("at a pace of"))
