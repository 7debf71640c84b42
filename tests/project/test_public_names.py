"""The public names of Salient: listed once each, loaded lazily, and all there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import salient


def test_names_are_sorted_and_each_can_be_had():
    assert salient.__all__ == sorted(salient.__all__)
    for name in salient.__all__:
        assert getattr(salient, name) is not None


def test_the_three_lists_of_names_agree():
    homes = {(home, name) for home, names in salient._HOMES.items() for name in names}
    tree = ast.parse(Path(salient.__file__).read_text(encoding="utf-8"))
    typed = {
        (node.module, alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert homes == typed
    assert sorted(name for _, name in homes) == [n for n in salient.__all__ if n != "__version__"]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'salliance'"):
        _ = salient.salliance


def test_dir_shows_the_public_names():
    assert set(salient.__all__) <= set(dir(salient))


def test_importing_salient_loads_no_numerical_library(heavy):
    code = f"import salient, sys; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
