"""What the documentation tells a reader to run does run.

Every ```python block runs, and every ```bash block that stands under the comment `<!-- run -->`. The blocks of one page
run in order in one empty folder, each in a shell or an interpreter of its own, with this environment's `salient`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(
    r"^(?P<run><!-- run -->\n\n?)?```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A block of code and the line of the page on which it starts."""

    language: str
    code: str
    line: int

    @property
    def command(self) -> list[str]:
        if self.language == "bash":
            return ["bash", "-euo", "pipefail", "-c", self.code]
        return [sys.executable, "-W", "error", "-c", self.code]


def blocks(text: str) -> list[Block]:
    """The blocks of a page that are to run, in order."""
    return [
        Block(found["language"], found["code"], text.count("\n", 0, found.start("code")))
        for found in FENCE.finditer(text)
        if found["language"] == "python" or (found["language"] == "bash" and found["run"])
    ]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if blocks(page.read_text(encoding="utf-8"))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_what_the_page_says_runs(page, tmp_path):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for block in blocks(page.read_text(encoding="utf-8")):
        done = subprocess.run(
            block.command,
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        place = f"{page.relative_to(ROOT)}:{block.line}"
        assert done.returncode == 0, f"{place} failed\n{block.code}\n{done.stdout}\n{done.stderr}"


def test_only_marked_bash_and_every_python_block_runs():
    page = (
        "```bash\nmake brief\n```\n\n<!-- run -->\n```bash\necho one\n```\n\n"
        "```python\nprint(2)\n```\n\n```yaml\na: 1\n```\n"
    )
    assert [(b.language, b.code, b.line) for b in blocks(page)] == [
        ("bash", "echo one\n", 6),
        ("python", "print(2)\n", 10),
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    local = [target for target in targets if "://" not in target]
    missing = [target for target in local if not (page.parent / target).exists()]
    assert not missing
