"""The JSON Schema says the same as the types, and the reference page the same as the schema."""

from __future__ import annotations

import importlib.util

import jsonschema
import pytest

from salient.mechanisms.base import SLOTS
from salient.scenario import json_schema, library
from salient.scenario.loading import load


@pytest.fixture(scope="module")
def validator():
    schema = json_schema.build()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", library.names())
def test_packaged_scenarios_validate(name, validator):
    assert [e.message for e in validator.iter_errors(load(name).root.plain())] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("sectors", "kursk", "terrain"), "opne"),
        (("sectors", "kursk", "terain"), "open"),
        (("sectors", "kursk", "contested_area"), "a lot"),
        (("sectors", "kursk", "contested_area"), 1160),
        (("sectors", "kursk", "contested_area"), {"valeu": "1160 km2"}),
        (("sectors", "North Korea"), {}),
        (("mechanisms", "attrition"), "lanchester"),
        (("mechanisms", "atrition"), "off"),
        (("parameters", "advance.pase"), 1),
        (("period", "start"), 20240805),
        (("country",), "Russia"),
        (("events", 0, "kind"), "support"),
        (("events", 0, "rate"), "many"),
        (("branches", "under-way", "chance", "given"), [0.2, 0.5]),
        (("supporters", "north-korea", "flows", "shells", "weapon_class"), "shells"),
    ],
)
def test_what_is_wrong_is_wrong_in_the_schema_too(path, value, validator):
    plain = load("kursk-2024", ["parameters.advance.pace=1 km/week"]).root.plain()
    assert list(validator.iter_errors(plain)) == []
    here = plain
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    errors = list(validator.iter_errors(plain))
    assert errors
    assert all(path[: len(e.absolute_path)] == tuple(e.absolute_path) for e in errors)


def test_every_slot_offers_its_choices_and_off():
    slots = json_schema.build()["properties"]["mechanisms"]["properties"]
    assert list(slots) == list(SLOTS)
    assert all(slot["enum"][-1] == "off" for slot in slots.values())
    assert "lanchester-square" in slots["attrition"]["enum"]


def test_every_key_says_what_it_is():
    schema = json_schema.build()
    for name, part in {"Scenario": schema, **schema["$defs"]}.items():
        assert part["description"], name
        for key, value in part.get("properties", {}).items():
            assert value.get("description"), f"{name}.{key}"


def test_building_it_warns_of_nothing(recwarn):
    assert json_schema.text().endswith("}\n")
    assert not recwarn.list


def test_the_reference_pages_are_up_to_date(root):
    spec = importlib.util.spec_from_file_location(
        "build_reference", root / "tools/build_reference.py"
    )
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    for file, made in tool.PAGES.items():
        assert file.read_text(encoding="utf-8") == made(), "run: python tools/build_reference.py"
