"""The page of commands names every command and option that there is, and none that there is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from salient.cli import app


def commands(group: Any, path: str = "salient") -> Iterator[tuple[str, Any]]:
    """Every command under a group, with its full name."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


THERE = dict(commands(typer.main.get_command(app)))


@pytest.fixture(scope="module")
def sections(root) -> dict[str, str]:
    """The text under each heading of the page that names a command."""
    text = (root / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.M)[1:]
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    return {name: body for name, body in found.items() if name.startswith("salient ")}


def test_the_page_has_a_section_for_each_command(sections):
    assert set(sections) == set(THERE)


@pytest.mark.parametrize("name", THERE)
def test_the_section_names_each_option(sections, name):
    there = {
        option
        for parameter in THERE[name].params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }
    assert set(re.findall(r"`(--[a-z-]+)", sections[name])) == there
