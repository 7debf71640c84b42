"""What tests of several rooms share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
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
