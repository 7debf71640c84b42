"""The packaged Kursk scenario, and ways to break it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from salient.errors import Problem, ScenarioError
from salient.scenario import library
from salient.scenario.loading import load

Edit = tuple[str | re.Pattern[str], str]


@pytest.fixture(scope="session")
def kursk() -> str:
    """The text of the packaged scenario."""
    return library.path("kursk-2024").read_text(encoding="utf-8")


@pytest.fixture
def write(tmp_path: Path, kursk: str) -> Callable[..., Path]:
    """Write the packaged scenario with pieces of its text replaced, each of which must be there."""

    def written(*edits: Edit) -> Path:
        text = kursk
        for old, new in edits:
            pattern = old if isinstance(old, re.Pattern) else re.compile(re.escape(old))
            filled = new if isinstance(old, re.Pattern) else new.replace("\\", r"\\")
            text, n = pattern.subn(filled, text, count=1)
            assert n, f"the packaged scenario has no {pattern.pattern!r} any more: change this test"
        path = tmp_path / "scenario.yaml"
        path.write_text(text, encoding="utf-8")
        claims = library.path("kursk-2024").with_name("claims.yaml")
        (tmp_path / claims.name).write_text(claims.read_text(encoding="utf-8"), encoding="utf-8")
        return path

    return written


@pytest.fixture
def problems() -> Callable[..., list[Problem]]:
    """What loading finds wrong."""

    def found(path: Path | str, overrides: tuple[str, ...] = ()) -> list[Problem]:
        with pytest.raises(ScenarioError) as error:
            load(path, overrides)
        return list(error.value.problems)

    return found
