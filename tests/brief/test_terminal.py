"""The headline and takeaways on a terminal of 80 columns."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from salient.brief.compose import compose
from salient.brief.terminal import show


def printed(brief, width=80):
    out = io.StringIO()
    show(brief, Console(file=out, width=width, color_system=None))
    return out.getvalue()


def test_headline_and_three_takeaways_in_80_columns(brief):
    text = printed(brief, 120)
    assert " ".join(text.split("\n\n")[0].replace("\n", " ").split(" ")).startswith(brief.headline)
    assert all(len(line.rstrip()) <= 80 for line in text.splitlines())
    assert [line[0] for line in text.splitlines() if line[:1] in "123" and line[1:3] == "  "] == [
        "1",
        "2",
        "3",
    ]


def test_a_narrow_terminal(brief):
    assert max(len(line) for line in printed(brief, 50).splitlines()) <= 50


def test_a_warning_comes_before_the_takeaways(failed):
    text = printed(compose(failed))
    assert text.index("This fit failed") < text.index("\n1  ")


def test_text_cannot_style_or_drive_the_terminal(findings):
    branches = [replace(b, title="[red]x[/red]\x1b[2J" + b.key) for b in findings.branches]
    text = printed(compose(replace(findings, branches=branches)))
    assert "[red]x[/red]" in text
    assert "\x1b" not in text
