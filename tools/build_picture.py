"""Take the picture of the README from a brief: python tools/build_picture.py briefs/kursk-2024. Needs Chromium.

The picture holds the top of the page, down to the end of the first figure.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "brief.png"
WIDTH, HEIGHT = 1100, 1740


def main(folder: Path) -> None:
    """Open the page of a run folder and keep its top."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto((folder / "index.html").resolve().as_uri())
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
