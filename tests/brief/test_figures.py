"""The drawings: marks lie on the paper, edge cases draw, axes are honest."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from salient.brief import figures
from salient.brief.axes import axis, time_axis
from salient.brief.compose import compose
from salient.brief.figures import HERO, NARROW, WIDE
from salient.brief.svg import el, wrap

DRAWN = {
    "fan": figures.fan_chart,
    "map": figures.area_map,
    "dots": figures.dot_plot,
    "priors": figures.prior_posterior,
    "losses": figures.bar_chart,
    "hindcast": figures.hindcast_chart,
    "score": figures.bar_chart,
}


def drawing(brief, name, sheet):
    return ET.fromstring(str(DRAWN[name](getattr(brief.figures, name), sheet)))


@pytest.mark.parametrize("sheet", [WIDE, NARROW, HERO], ids=["wide", "narrow", "hero"])
@pytest.mark.parametrize("name", DRAWN)
def test_marks_lie_on_the_paper(brief, name, sheet):
    picture = drawing(brief, name, sheet)
    width, height = (float(v) for v in picture.get("viewBox").split()[2:])
    moved = {
        e for g in picture.iter() if g.get("transform") or g.get("clip-path") for e in g.iter()
    }
    for item in picture.iter():
        if item in moved or not item.tag.endswith(("rect", "circle")):
            continue
        x = float(item.get("x") or item.get("cx") or 0)
        y = float(item.get("y") or item.get("cy") or 0)
        assert -1 <= x <= width + 1
        assert -1 <= y <= height + 1
        assert float(item.get("width") or 0) >= 0
        assert float(item.get("height") or 0) >= 0


@pytest.mark.parametrize("name", DRAWN)
def test_title_and_description_state_the_finding(brief, name):
    figure = getattr(brief.figures, name)
    texts = [e.text for e in drawing(brief, name, WIDE) if e.tag.endswith(("title", "desc"))]
    assert texts == [figure.title, figure.alt]


def test_a_hundred_dots(brief):
    picture = drawing(brief, "dots", WIDE)
    dots = [e for e in picture.iter() if e.get("class") in ("less", "more")]
    assert len(dots) == 100
    assert len({(e.get("cx"), e.get("cy")) for e in dots}) == 100
    assert sum(e.get("class") == "less" for e in dots) == brief.figures.dots.below


def test_the_fan_has_what_it_must(brief):
    picture = drawing(brief, "fan", HERO)
    classes = [e.get("class") for e in picture.iter()]
    assert classes.count("path") == 12
    assert {"band b90", "band b50", "median", "cut"} <= set(classes)
    assert classes.count("after") == 16 + 1
    texts = [e.text for e in picture.iter() if e.tag.endswith("text")]
    assert any("50" in t and "%" in t for t in texts)
    assert any("90" in t and "%" in t for t in texts)


def test_outcomes_that_are_all_alike_draw(findings):
    base = replace(findings.branches[0], end_draws=np.zeros(4000))
    brief = compose(replace(findings, branches=[base, *findings.branches[1:]]))
    assert len(str(figures.both(figures.dot_plot, brief.figures.dots))) > 1000


def test_the_axis_holds_zero_and_all_values():
    found = axis([120.0, 480.0], "km²")
    assert found.low == 0.0
    assert found.high >= 480.0
    assert [t.at for t in found.ticks] == sorted(t.at for t in found.ticks)
    assert axis([], "km²").high > 0
    assert axis([-30.0, 80.0], "km²", sign=True).ticks[-1].text.startswith("+")


def test_months_are_marked():
    found = time_axis(dt.date(2024, 11, 15), dt.date(2025, 3, 2))
    assert [t.at.month for t in found.ticks] == [12, 1, 2, 3]
    assert "2025" in found.ticks[1].text
    assert len(time_axis(dt.date(2020, 1, 1), dt.date(2025, 1, 1)).ticks) < 12


def test_text_of_an_element_is_escaped():
    assert str(el("text", "<b>", class_='"')) == '<text class="&#34;">&lt;b&gt;</text>'


def test_long_names_are_cut():
    assert wrap("one two three four five", 9, 2) == ["one two", "three fo…"]
    assert all(len(s) <= 12 for s in wrap("a name that goes on and on", 12, 2))


def test_coordinates_are_finite(html):
    drawn = " ".join(re.findall(r'(?:d|points|x|y|cx|cy)="[^"]*"', html))
    assert "nan" not in drawn
    assert "inf" not in drawn


def test_a_few_hindcasts_are_drawn_one_below_the_other(findings):
    brief = compose(replace(findings, hindcasts=findings.hindcasts[:2]))
    texts = [e.text for e in drawing(brief, "hindcast", WIDE).iter() if e.tag.endswith("text")]
    assert any("seen" in t and "expected" in t for t in texts)
    assert sum("ahead, from" in t for t in texts) == 2
