"""Whatever is in a file, it is a scenario or a SalientError; a quantity reads back as it was written."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from salient import quantities
from salient.errors import Problem, SalientError
from salient.quantities import Quantity
from salient.scenario import library, schema
from salient.scenario.loading import load
from salient.scenario.tree import Composer, Node, written

LIGHT = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
KURSK = library.path("kursk-2024").read_text(encoding="utf-8")
TREE = Composer("f").compose(KURSK)
PATHS = [path for path, _ in TREE.walk() if path]

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**19), 10**19), st.floats(allow_nan=False), st.text(max_size=20),
    st.sampled_from(["kursk", "ukraine", "2025-01-01", "1 .. 2 km2", "off", "1260 km2", "-1", "3 weeks", "nan", "%"]),
)  # fmt: skip
KEYS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["value", "source", "id", "name", "kursk", "ukraine", "off"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def problems(ref: str | Path, *overrides: str) -> list[Problem]:
    """What loading finds wrong. Anything but a SalientError comes through and fails the test."""
    try:
        load(ref, overrides)
    except SalientError as error:
        return list(error.problems) or [Problem("")]
    return []


def reads(path: Path, data: bytes) -> None:
    """Loading ends well, or with problems that a person can read."""
    path.write_bytes(data)
    for problem in problems(path):
        assert problem.message
        assert str(problem).isprintable()


@LIGHT
@given(st.binary(max_size=300))
def test_bytes(tmp_path, data):
    reads(tmp_path / "x.yaml", data)


@LIGHT
@given(st.text(alphabet=":-{}[]&*!|>'\"%@`#?,\n\t abkm129.~\x07\u2028\ufeff", max_size=80))
def test_texts_of_the_characters_that_mean_something(tmp_path, text):
    reads(tmp_path / "x.yaml", text.encode())


@LIGHT
@given(VALUES)
def test_values(tmp_path, value):
    reads(tmp_path / "x.yaml", json.dumps(value).encode())


@LIGHT
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=4))
@example([(("mechanisms",), None), (("events",), {})])
@example([(("belligerents",), []), (("period",), None)])
@example([(("sectors", "kursk", "forces"), {"ukraine": None, "x": []})])
def test_a_scenario_with_any_value_anywhere(tmp_path, changes):
    plain = TREE.plain()
    for path, value in changes:
        here = plain
        for step in path[:-1]:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                break
        else:
            if isinstance(here, dict) or (
                isinstance(here, list) and isinstance(path[-1], int) and path[-1] < len(here)
            ):
                here[path[-1]] = value
    reads(tmp_path / "x.yaml", json.dumps(plain).encode())


@LIGHT
@given(st.lists(st.sampled_from(PATHS), min_size=1, max_size=4))
def test_a_scenario_with_anything_left_out(tmp_path, paths):
    tree = Composer("f").compose(KURSK)
    for path in paths:
        parent = tree.nearest(path[:-1])
        if isinstance(parent.value, dict):
            parent.value.pop(path[-1], None)
    reads(tmp_path / "x.yaml", written(tree).encode())


@LIGHT
@given(
    st.text(max_size=40) | st.sampled_from([".".join(map(str, p)) for p in PATHS]),
    st.text(max_size=40),
)
def test_any_override(key, value):
    for problem in problems("kursk-2024", f"{key}={value}"):
        assert str(problem).isprintable()


@given(VALUES)
def test_a_written_tree_reads_back(value):
    def node(x):
        if isinstance(x, dict):
            return Node({k: node(v) for k, v in x.items()}, "f", 1)
        return Node([node(v) for v in x] if isinstance(x, list) else x, "f", 1)

    def clean(x):
        if isinstance(x, dict):
            return all(map(clean, x.keys())) and all(map(clean, x.values()))
        return (
            all(map(clean, x))
            if isinstance(x, list)
            else not isinstance(x, str) or (x.isprintable() and x.isascii())
        )

    assume(clean(value))
    text = written(node({"a": value}))
    assert Composer("f").compose(text).plain() == {"a": value}


NUMBERS = st.floats(1e-6, 1e9)


@given(
    st.lists(NUMBERS, min_size=3, max_size=3).map(sorted),
    st.sampled_from(["km2", "soldiers", "weeks", "1", "1/week"]),
)
def test_a_quantity_reads_back_as_it_was_written(numbers, unit):
    low, centre, high = numbers
    quantity = schema.In(unit).read(f"{centre!r} ({low!r} .. {high!r}) {unit}")
    assert quantity == Quantity(centre, low, high, unit)
    again = schema.In(unit).read(str(quantity))
    assert again.unit == unit
    assert [again.centre, again.low, again.high] == pytest.approx([centre, low, high], rel=1e-5)


@given(st.text(max_size=60) | st.from_regex(r"[0-9._eE+() /^*a-z]{1,60}", fullmatch=True))
def test_a_quantity_is_read_or_refused_in_words(text):
    for unit in ("km2", "1", schema.ANY):
        quantity = None
        with contextlib.suppress(PydanticCustomError):
            quantity = schema.In(unit, -1e12).read(text)
        if quantity is not None:
            assert quantity.low <= quantity.centre <= quantity.high
            assert unit in (quantity.unit, schema.ANY)
            assert quantities.parse(text.strip()) is not None
