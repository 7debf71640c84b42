"""The page of commands names every command and option that there is, and none that there is not."""

from __future__ import annotations

import re
import shlex
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


def given(root) -> Iterator[tuple[str, list[str]]]:
    """Every command that the README and the docs give, as a shell would read it: where, and its words."""
    for page in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [m[1] for m in re.finditer(r"`(salient [^`\n]+)`", text)]
        lines += [m[1] for m in re.finditer(r"^(?: {4})?(salient .+)$", text, flags=re.M)]
        for line in lines:
            if not re.search(r"[A-Z]{2,}|\[|\.\.\.|<", line.replace("KEY=VALUE", "a=1")):
                yield page.name, shlex.split(line.split(" | ")[0].split(" > ")[0], comments=True)


def test_every_command_that_is_given_can_be_given(root):
    """Its command is there, its options are known, and none that it needs is missing."""
    seen = 0
    for page, words in given(root):
        name = next((n for n in (" ".join(words[:3]), " ".join(words[:2])) if n in THERE), None)
        if len(words) == 2 and name is None:
            continue  # what is no command by itself, such as `salient data` or `salient --help`
        assert name is not None, (page, words)
        rest = words[len(name.split()) :]
        if rest:
            THERE[name].make_context(name, rest)
        seen += 1
    assert seen > 60
