"""What an installed Salient needs besides its Python files is in the wheel."""

from __future__ import annotations

from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

DATA = ("salient/scenarios", "salient/evidence/data", "salient/brief/templates")


@pytest.fixture(scope="module")
def packed(root) -> set[str]:
    """Paths in the wheel that a build of this tree would make."""
    files = WheelBuilder(str(root)).recurse_included_files()
    return {Path(file.distribution_path).as_posix() for file in files}


@pytest.mark.parametrize("folder", DATA)
def test_package_data_are_packed_whole(root, packed, folder):
    there = {
        path.relative_to(root).as_posix()
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there
    assert there <= packed


def test_every_module_and_the_mark_of_its_types_are_packed(root, packed):
    modules = {path.relative_to(root).as_posix() for path in (root / "salient").rglob("*.py")}
    assert modules | {"salient/py.typed"} <= packed


def test_nothing_but_the_package_is_packed(packed):
    assert {path.split("/")[0] for path in packed} == {"salient"}
