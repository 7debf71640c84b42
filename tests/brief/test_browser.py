"""The page in Chromium: it loads nothing, fits a phone, reads in the dark and prints."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from salient.brief.compose import compose
from salient.brief.page import render

pytestmark = pytest.mark.browser

CONTRAST = """() => {
  const rgb = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode()); ) {
    const e = node.parentElement;
    if (!node.data.trim() || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const ink = rgb(e.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${e.tagName} ${e.getAttribute("class")}: ${node.data}`);
  }
  return found;
}"""

OUTSIDE = """() => {
  const found = [];
  for (const t of document.querySelectorAll("svg text")) {
    if (!t.checkVisibility()) continue;
    const box = t.getBoundingClientRect(), paper = t.closest("svg").getBoundingClientRect();
    const across = box.left < paper.left - 2 || box.right > paper.right + 2;
    if (across || box.top < paper.top - 2 || box.bottom > paper.bottom + 2)
      found.push(`${t.closest("figure")?.id}: ${t.textContent}`);
  }
  return found;
}"""

TOUCHING = """() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg")) {
    if (!svg.checkVisibility()) continue;
    const boxes = [...svg.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect()]);
    boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
      const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (wide > 1 && high > 3) found.push(`${svg.closest("figure")?.id}: ${a} / ${b}`);
    }));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def address(html, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(html, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(page, address):
    """The page, with all that it asks for and all that it complains about."""
    page.asked, page.said = [], []
    page.on("request", lambda r: page.asked.append(r.url))
    page.on("console", lambda m: page.said.append(m.text))
    page.on("pageerror", lambda e: page.said.append(str(e)))
    page.goto(address)
    return page


def test_it_asks_for_nothing_and_complains_of_nothing(opened, address):
    opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert opened.asked == [address]
    assert opened.said == []
    assert opened.evaluate("document.compatMode") == "CSS1Compat"


@pytest.mark.parametrize("width", [320, 360, 414, 700, 1000, 1280, 1900])
def test_it_fits_its_width(opened, width):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_no_words_of_a_figure_cover_others(opened, width):
    opened.set_viewport_size({"width": width, "height": 800})
    assert opened.evaluate(TOUCHING) == []


def test_letters_in_figures_can_be_read(opened):
    for width in (320, 360, 700, 1280):
        opened.set_viewport_size({"width": width, "height": 800})
        least = opened.evaluate(
            "Math.min(...[...document.querySelectorAll('svg text')].filter(t => t.checkVisibility())"
            ".map(t => t.getBoundingClientRect().height))"
        )
        assert least >= 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(opened, scheme):
    opened.emulate_media(color_scheme=scheme)
    ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(int(v) for v in re.findall(r"\d+", ground)) < 200) == (scheme == "dark")
    assert opened.evaluate(CONTRAST) == []


def test_without_scripts_it_is_the_same(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("h1").is_visible()
    assert page.locator("figure svg:visible").count() > 8
    context.close()


def test_the_keyboard_reaches_the_skip_link_first(opened):
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.keyboard.press("Enter")
    assert opened.evaluate("location.hash") == "#main"


def test_figures_have_names_for_a_screen_reader(opened, brief):
    names = [f.get_attribute("aria-labelledby") for f in opened.locator("figure").all()]
    assert names == [f"{f.id}-title" for f in brief.figures.all()]
    tree = opened.locator("main").aria_snapshot()
    assert _plain(brief.headline) in _plain(tree)
    assert len(re.findall(r"- '?img", tree)) >= len(brief.figures.all())


def _plain(text):
    return re.sub(r"\s+", " ", text)


def test_text_of_a_scenario_runs_nothing(page, findings, tmp_path):
    said = []
    page.on("dialog", lambda d: (said.append(d.message), d.dismiss()))
    bad = "<script>alert(1)</script><svg onload=alert(2)>"
    scenario = findings.scenario.model_copy(update={"title": bad, "region": bad, "question": bad})
    path = tmp_path / "bad.html"
    path.write_text(render(compose(replace(findings, scenario=scenario))), encoding="utf-8")
    page.goto(path.as_uri())
    assert said == []
    assert bad in page.locator(".question").text_content()


def test_on_paper_every_figure_is_drawn_once_and_nothing_is_cut(opened):
    opened.emulate_media(media="print")
    opened.set_viewport_size({"width": 703, "height": 1000})  # A4 between its margins
    figures = opened.locator("figure").all()
    assert len(figures) >= 8
    for figure in figures:
        assert figure.locator("svg:visible:not(.panel)").count() == (
            0 if figure.locator("svg.panel").count() else 1
        )
        assert figure.locator("svg:visible").first.bounding_box()["width"] > 100
    columns = {round(f.bounding_box()["x"]) for f in figures}
    assert len(columns) == 2
    cut = "es => es.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)"
    assert opened.locator(".flow, pre").evaluate_all(cut) == []


def test_it_prints_on_a_few_pages_with_its_figures_and_addresses(opened, tmp_path):
    path = tmp_path / "brief.pdf"
    opened.pdf(path=path, prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))
    assert 2 <= pages <= 7
    if shutil.which("pdftotext"):
        # in the order in which it is written: sources stand in two columns, whose lines would be mixed
        text = subprocess.run(
            ["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True
        ).stdout
        flat = re.sub(r"\s+", "", text)
        for word in (
            "Threetakeaways",
            "Figure1",
            "Figure8",
            "https://deepstatemap.live",
            "salientbriefkursk-2024",
        ):
            assert word in flat
