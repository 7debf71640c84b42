"""The site in Chromium: Load more with and without scripts, filters, a narrow screen, the dark, axe, nothing runs."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import subprocess
import threading

import pytest

from salient.site.publish import publish

pytestmark = pytest.mark.browser

BAD = "<script>alert(1)</script><img src=x onerror=alert(2)>"
LONG = "Unbroken" * 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def runs_of_module(folder, brief):
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    spec = spec_from_file_location("runs_of_site", Path(__file__).parent / "conftest.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Runs(folder / "runs", brief)


@pytest.fixture(scope="module")
def site(folder, runs_of_module):
    made = [
        *runs_of_module.many(24),
        *runs_of_module.many(12, country="UA", scenario="other", title="Another front"),
        runs_of_module.make(headline=BAD, title=BAD, deck=BAD, category=BAD, scenario=BAD),
        runs_of_module.make(headline=LONG, title=LONG, deck=LONG, region=LONG),
        runs_of_module.make(headline="\u0645\u0631\u062d\u0628\u0627 \U0001f468\u200d\U0001f469"),
    ]
    publish(made, folder / "public")
    return folder / "public"


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address) -> None:
        """A tab that leaves before its files have come is no fault."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


@pytest.fixture(scope="module")
def address(site):
    server = Server(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def opened(page, address):
    """A tab that notes what it asks for, what it complains of, and what opens a box."""
    page.asked, page.said = [], []
    page.on("request", lambda r: page.asked.append(r.url))
    page.on("console", lambda m: page.said.append(m.text))
    page.on("pageerror", lambda e: page.said.append(str(e)))
    page.on("dialog", lambda d: (page.said.append(d.message), d.dismiss()))
    page.goto(address)
    return page


def numbers(page) -> list[int]:
    return [int(e.get_attribute("data-n")) for e in page.locator("[data-n]").all()]


def test_load_more_appends_each_brief_once_while_others_come_in(
    opened, address, site, runs_of_module
):
    first = numbers(opened)
    total = first[0]
    assert first == [*range(total, total - len(first), -1)]
    publish(runs_of_module.many(3), site)  # between two clicks
    while opened.locator("a.load-more").count():
        before = len(numbers(opened))
        opened.locator("a.load-more").click()
        opened.locator("[data-n]").nth(before).wait_for()
    assert numbers(opened) == [*range(total, 0, -1)]
    assert opened.url == address
    assert "these were the oldest" in opened.locator(".said").text_content()
    last = opened.locator("ol.stream h3 a").last
    last.click()
    assert opened.locator("article h1").is_visible()
    assert opened.said == []


def test_load_more_is_a_link_without_scripts(browser, address, site, runs_of_module):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    seen = numbers(page)
    total = seen[0]
    while page.locator("a.load-more").count():
        publish(runs_of_module.many(1), site)
        page.locator("a.load-more").click()
        seen += numbers(page)
    assert seen == [*range(total, 0, -1)]
    assert "/page/0/" in page.url
    context.close()


def test_load_more_follows_the_link_when_it_cannot_fetch(opened):
    opened.evaluate("() => { window.fetch = () => Promise.reject(new Error('offline')); }")
    with opened.expect_navigation():
        opened.locator("a.load-more").click()
    assert "/page/" in opened.url


def test_load_more_by_keyboard(opened):
    before = len(numbers(opened))
    opened.locator("a.load-more").focus()
    opened.keyboard.press("Enter")
    opened.locator("[data-n]").nth(before).wait_for()
    focused = opened.evaluate("document.activeElement.closest('[data-n]').dataset.n")
    assert int(focused) == numbers(opened)[before]


def test_filters_have_addresses_of_their_own(opened, address):
    opened.locator(".filters a", has_text="Ukraine").click()
    assert opened.url == f"{address}country/ua/index.html"
    assert len(numbers(opened)) == 12
    opened.reload()
    assert opened.locator("h1").text_content() == "Country: Ukraine"
    opened.locator("text=all briefs").click()
    assert opened.url == f"{address}index.html"


def places(site) -> list[str]:
    briefs = sorted(str(p.relative_to(site)) for p in site.glob("briefs/*/2*/index.html"))
    latest = str(next(site.glob("briefs/kursk-2024/latest/index.html")).relative_to(site))
    return ["index.html", "browse/index.html", "page/0/index.html", briefs[0], briefs[-1], latest]


def test_no_page_is_wider_than_a_small_phone(opened, address, site):
    opened.set_viewport_size({"width": 320, "height": 640})
    for place in places(site)[:-1]:
        opened.goto(address + place)
        assert opened.evaluate("document.documentElement.scrollWidth") <= 320, place


def test_latest_leads_to_the_brief(opened, address, site):
    opened.goto(address + places(site)[-1])
    opened.wait_for_url("**/briefs/kursk-2024/2*/index.html")
    assert opened.locator("article h1").is_visible()


def test_nothing_runs_and_nothing_comes_from_elsewhere(opened, address, site):
    for path in [
        *site.glob("*.html"),
        *site.glob("*/*/index.html"),
        *site.glob("briefs/*/*/index.html"),
    ]:
        opened.goto(address + str(path.relative_to(site)), wait_until="domcontentloaded")
        if (
            path.parent.name == "latest"
        ):  # it leads on by itself; the next page must not meet it on its way
            opened.wait_for_url(lambda url: "/latest/" not in url)
    assert opened.said == []
    assert all(a.startswith(address) for a in opened.asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, address, site, scheme):
    from axe_playwright_python.sync_playwright import Axe

    opened.emulate_media(color_scheme=scheme)
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    chosen = places(site)[:-1] if scheme == "light" else places(site)[:1]
    for place in chosen:
        opened.goto(address + place)
        found = Axe().run(opened, options=rules).response["violations"]
        told = [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
        assert told == [], place


def test_the_skip_link_comes_first(opened):
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.keyboard.press("Enter")
    assert opened.evaluate("location.hash") == "#main"


def test_it_prints_without_its_controls(opened, tmp_path):
    opened.emulate_media(media="print")
    assert not opened.locator("a.load-more").is_visible()
    assert opened.locator("ol.stream h3").first.is_visible()


READY = """async () => {
  const all = [...document.images];
  all.forEach((i) => { i.loading = "eager"; });
  await Promise.all(all.map((i) => i.decode().catch(() => null)));
}"""


def taken(page, kept, name: str, whole: bool = False) -> None:
    if whole:
        page.evaluate(READY)  # pictures far below are fetched when a reader comes near them
    kept(name, page.screenshot(full_page=whole))


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("wide", 1280, "light"), ("360", 360, "light"), ("320", 320, "dark"), ("dark", 1280, "dark")],
)
def test_pictures_of_the_front_page_and_a_brief(opened, address, site, kept, name, width, scheme):
    opened.set_viewport_size({"width": width, "height": 900})
    opened.emulate_media(color_scheme=scheme)
    opened.goto(address)
    taken(opened, kept, f"site-front-{name}.png", whole=True)
    opened.goto(address + places(site)[4])
    taken(opened, kept, f"site-brief-{name}.png", whole=True)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_pictures_of_what_a_reader_does(opened, address, site, kept):
    before = len(numbers(opened))
    opened.locator("a.load-more").click()
    opened.locator("[data-n]").nth(before).wait_for()
    opened.locator("[data-n]").nth(before).scroll_into_view_if_needed()
    taken(opened, kept, "site-load-more-clicked.png")
    opened.goto(f"{address}country/ua/index.html")
    taken(opened, kept, "site-filter-country.png", whole=True)
    opened.goto(f"{address}browse/index.html")
    taken(opened, kept, "site-browse.png", whole=True)
    old = next(p for p in places(site) if p.startswith("briefs/kursk-2024/2"))
    opened.goto(address + old)
    banner = opened.locator("aside.superseded")
    assert banner.is_visible()
    taken(opened, kept, "site-superseded-banner.png")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext of poppler reads the PDF")
def test_the_banner_never_has_the_first_sheet_to_itself(opened, address, site, tmp_path):
    old = next(p for p in places(site) if p.startswith("briefs/kursk-2024/2"))
    opened.goto(address + old)
    for more in range(6):  # wherever the first figures come to lie on the sheet
        path = tmp_path / f"{more}.pdf"
        opened.pdf(path=path, prefer_css_page_size=True, print_background=True)
        command = ["pdftotext", "-raw", "-l", "1", path, "-"]
        first = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "newer version" in first
        assert "Three takeaways" in first
        opened.locator(".deck").evaluate(
            "e => { e.textContent += ' And a few more words.'.repeat(5) }"
        )


def test_a_figure_in_the_frame_of_another_page(opened, address, site, kept):
    brief = places(site)[4]
    framed = f"{address}{brief.replace('index', 'embed')}"
    article = f'<!doctype html><title>Other</title><h1>An article</h1><iframe src="{framed}" width="640" height="720">'
    opened.route("**/article", lambda r: r.fulfill(body=article, content_type="text/html"))
    opened.goto(f"{address}article")
    frame = opened.frame_locator("iframe")
    frame.locator("figure svg:visible").first.wait_for()
    assert frame.locator("text=not a prediction of events").is_visible()
    taken(opened, kept, "site-embed-in-a-frame.png")
    opened.goto(f"{framed}#outcomes")
    assert opened.locator("figure:visible").get_attribute("id") == "outcomes"
    assert opened.evaluate("scrollY") == 0
    taken(opened, kept, "site-embed-of-another-figure.png")
    opened.goto(framed)
    assert opened.locator("figure:visible").get_attribute("id") == "outlook"
    opened.set_viewport_size({"width": 320, "height": 640})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 320
    opened.locator("text=The whole brief").click()
    assert opened.url == address + brief


def test_the_front_page_as_a_pdf(opened, kept, tmp_path):
    path = kept("site-front.pdf", opened.pdf(format="A4", print_background=True))
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", path.read_bytes())) <= 6
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout
        flat = re.sub(r"\s+", "", text.decode())
        assert "Campaignbriefs" in flat
        assert "Loadmore" not in flat
