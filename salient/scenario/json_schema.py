"""The JSON Schema of the scenario language, for editors: generated from the types and the mechanisms that there are."""

from __future__ import annotations

import json
import re
from typing import Any

from salient.mechanisms.registry import OFF, choices
from salient.quantities import Quantity
from salient.scenario.schema import EVENT_KINDS, Scenario

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def build() -> dict[str, Any]:
    """The schema as plain data. Plug-ins that are installed add their mechanisms to it."""
    quantities: dict[str, Any] = {}
    schema = _tidy(Scenario.model_json_schema(by_alias=True), quantities)
    schema["$defs"] |= dict(sorted(quantities.items()))
    schema["properties"]["mechanisms"] |= {
        "properties": {
            slot: {
                "enum": [*by_name, OFF],
                "description": "; ".join(f"{name}: {m.title}" for name, m in by_name.items()),
            }
            for slot, by_name in choices().items()
        },
        "additionalProperties": False,
    }
    schema["properties"]["parameters"]["propertyNames"] = {
        "anyOf": [{"enum": _parameters()}, {"pattern": r"^[a-z]+\.[a-z_A-Z]+\[.+\]$"}]
    }
    for part in ("Event", "Change"):
        schema["$defs"][part]["allOf"] = _kinds(part)
    return {"$schema": DRAFT, "title": "A Salient scenario", **schema}


def text() -> str:
    """The schema as the text of a JSON file."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


def _tidy(schema: Any, quantities: dict[str, Any]) -> Any:
    """The schema without titles that only repeat keys, closed where names have a pattern, each quantity said once."""
    if isinstance(schema, list):
        return [_tidy(part, quantities) for part in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {k: v for k, v in schema.items() if not (k == "title" and isinstance(v, str))}
    if isinstance(default := tidy.get("default"), dict) and "centre" in default:
        tidy["default"] = str(Quantity(**default))
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    if "x-quantity" in tidy:
        name = re.sub(r"[^A-Za-z0-9.]+", "-", tidy.pop("x-quantity"))
        quantities[name] = {"description": tidy.pop("x-means"), "anyOf": tidy.pop("anyOf")}
        return {"$ref": f"#/$defs/{name}"} | tidy
    return {k: _tidy(v, quantities) for k, v in tidy.items()}


def _parameters() -> list[str]:
    names = {
        f"{slot}.{p.name}": None
        for slot, by_name in choices().items()
        for m in by_name.values()
        for p in m.parameters
    }
    return list(names)


def _kinds(part: str) -> list[dict[str, Any]]:
    """Which keys an event of each kind needs."""
    return [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": {"required": list(kind.needs)},
        }
        for name, kind in EVENT_KINDS.items()
        if kind.needs and (part == "Event" or name != "note")
    ]
