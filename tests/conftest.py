"""What tests of several rooms share."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# A busy machine makes an example slow, not wrong.
settings.register_profile("salient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("salient")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def salient_command() -> str:
    """The `salient` command that belongs to the Python that runs the tests."""
    return str(Path(sys.executable).parent / "salient")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Debian's Chromium. Tests that ask for it carry the marker `browser`."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.fail("Browser tests need Chromium: apt-get install chromium", pytrace=False)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium that the tests of one worker share."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh tab at the width of a laptop."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


@pytest.fixture(scope="session")
def kept() -> Callable[[str, bytes], Path]:
    """Keeps a picture of a state of a page as `NAME`, for people to look at; it must show something.

    The folder is $SALIENT_ARTEFACTS, or `artefacts` at the top of the repository.
    """
    folder = Path(os.environ.get("SALIENT_ARTEFACTS") or ROOT / "artefacts")

    def keep(name: str, content: bytes) -> Path:
        if name.endswith(".png"):
            from PIL import Image

            with Image.open(io.BytesIO(content)) as picture:
                colours = picture.convert("RGB").getcolors(1 << 24) or []
                assert len(colours) > 20, f"{name} shows next to nothing"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(content)
        return path

    return keep


@pytest.fixture(scope="session")
def html_faults() -> Callable[[str], list[str]]:
    """What is wrong with a page: by the parser of the HTML standard, and in its references to itself."""
    return _html_faults


def _html_faults(text: str) -> list[str]:
    import html5lib

    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(text)
    faults = [f"{where}: {what}" for where, what, _ in parser.errors]
    elements = [e for e in tree.iter() if isinstance(e.tag, str)]
    ids = [e.get("id") for e in elements if e.get("id")]
    faults += [f"id '{i}' is there {ids.count(i)} times" for i in set(ids) if ids.count(i) > 1]
    for e in elements:
        name = f"{e.tag} {dict(e.attrib)}"[:120]
        named = [e.get("aria-labelledby"), e.get("aria-describedby"), e.get("for")]
        for i in " ".join(n for n in named if n).split():
            faults += [] if i in ids else [f"{name} names '{i}', which is not there"]
        href = e.get("href") or ""
        if href.startswith("#") and len(href) > 1 and href[1:] not in ids:
            faults.append(f"{name} leads to nothing on the page")
        if e.tag == "img" and e.get("alt") is None:
            faults.append(f"{name} has no alt")
        if e.tag == "a" and "".join(e.itertext()).strip() == "" and e.get("aria-label") is None:
            faults.append(f"{name} has no words")
        if e.tag in ("script", "style") and e.get("src") is None and "<!--" in (e.text or ""):
            faults.append(f"{name} holds a comment sign")
        if any(a.startswith("on") for a in e.attrib):
            faults.append(f"{name} has a handler inline")
    for level in ("html", "head", "title", "body", "main"):
        if sum(e.tag == level for e in elements if level != "title" or e.get("id") is None) != 1:
            faults.append(f"there is not one {level}")
    return faults


@pytest.fixture(scope="session")
def heavy() -> tuple[str, ...]:
    """Packages that a light command must not import."""
    return (
        "arviz", "arviz_stats", "h5netcdf", "jax", "matplotlib", "numpy", "numpyro",
        "pandas", "pint", "scipy", "xarray",
    )  # fmt: skip
