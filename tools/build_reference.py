"""Writes docs/reference/scenario.md from the JSON Schema of the scenario language, and mechanisms.md from declarations.

    python tools/build_reference.py

`tests/scenario/test_json_schema.py` holds the page to what this makes.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from salient.engine.setting import Setting
from salient.mechanisms.base import SLOTS, Mechanism
from salient.mechanisms.declared import names
from salient.mechanisms.registry import choices
from salient.quantities import UNITS
from salient.scenario import json_schema, schema

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/scenario.md"

HEAD = """\
# The scenario file

<!-- Written by tools/build_reference.py from the types of the language. Do not edit: run it. -->

A scenario is one YAML file, `scenario.yaml` in a folder of its own. `salient new NAME` makes one to edit, and
`salient check NAME` says what is wrong with it: every problem at once, each with its file, line and key.
`salient schema --out scenario.schema.json` writes the JSON Schema, with which an editor completes and checks keys as
you type; in most editors this first line of the file is enough:

    # yaml-language-server: $schema=scenario.schema.json

## How it is read

* YAML 1.2: `NO`, `yes` and `12:30` are text, and only `true` and `false` are true and false.
* Dates are written 2024-08-06.
* Names (of sides, sectors, supporters, sources, ...) are small letters, digits and hyphens: `north-korea`.
* Anchors, aliases, tags and several documents in a file are not allowed. A file has at most 1 MB.
* `--set KEY=VALUE` changes a value for one run. A key is the path with dots, `sectors.kursk.forces.ukraine.strength`;
  an event is named by its id, `events.us-weapons-paused.level`, an item of another list by its number from 0.

## Quantities

| written | means |
|---|---|
| `1260 km2` | a value that is taken as known |
| `11000 .. 20000 soldiers` | an interval: 5 % and 95 % points; its centre is the geometric mean |
| `0.6 (0.3 .. 0.9) km/week` | a centre and an interval |
| `{value: 1260 km2, source: isw-area, note: in October}` | any of these with a key of `sources` and a note |

"""

TAIL = """\
## Parameters

Each mechanism brings priors for its parameters. `parameters` changes one by its full name, such as `advance.pace`, or
for one side, sector, supporter, flow, contingent or line, such as `attrition.rate[russia]` or
`fortification.start[ukraine,kursk]`. `salient schema` lists the names.
"""


@cache
def _built() -> dict[str, Any]:
    return json_schema.build()


def page() -> str:
    """The whole page."""
    built = _built()
    parts = {"Scenario": built, **built["$defs"]}
    text = HEAD + _units() + "\n## Keys\n\n"
    for name in _in_order(built):
        text += _part(name, parts[name])
    return re.sub(r"\n{3,}", "\n\n", text + _kinds() + _mechanisms() + TAIL)


def _units() -> str:
    plain = ", ".join(f"`{spellings[0]}`" for unit, spellings in UNITS.items() if unit != "1")
    others = "`m`, `mi`, `ha`, `mi2`, `days`, `months`, `years` and `%`"
    return f"Units: {plain}. {others} are converted, also in one unit per time, as in `70 m/day`.\n"


def _in_order(built: dict[str, Any]) -> list[str]:
    """Parts in the order in which a reader meets them."""
    order = ["Scenario"]
    for name in order:
        part = built if name == "Scenario" else built["$defs"][name]
        order += [n for n in _parts_of(part["properties"]) if n not in order]
    return order


def _parts_of(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if hasattr(schema, name):
            yield name
        for value in node.values():
            yield from _parts_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from _parts_of(value)


def _part(name: str, part: dict[str, Any]) -> str:
    title = {"Scenario": "The whole file"}.get(name, _spaced(name))
    rows = [
        f"| `{key}` | {_kind(value)} | {value.get('description', '')} | {_default(key, value, part)} |"
        for key, value in part["properties"].items()
    ]
    table = "\n".join(["| key | is | says | when left out |", "|---|---|---|---|", *rows])
    return f"### {title}\n\n{part['description']}\n\n{table}\n\n"


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _link(name: str) -> str:
    text = _spaced(name)
    return f"[{text.lower()}](#{text.lower().replace(' ', '-')})"


def _kind(value: dict[str, Any]) -> str:
    """What stands at a key, in a few words."""
    if any_of := value.get("anyOf"):
        return " or ".join(_kind(v) for v in any_of if v.get("type") != "null")
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return _link(name) if hasattr(schema, name) else _quantity(name)
    if "enum" in value or "const" in value:
        return ", ".join(f"`{v}`" for v in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        return f"list of {_kind(value['items'])}"
    if "patternProperties" in value:
        return f"by name: {_kind(next(iter(value['patternProperties'].values())))}"
    if value.get("type") == "object":
        inner = value.get("additionalProperties")
        return (
            f"by name: {_kind(inner)}"
            if isinstance(inner, dict)
            else "[mechanisms](#mechanisms) by slot"
        )
    if value.get("type") == "boolean":
        return "`true` or `false`"
    named = {
        schema.SLUG: "name",
        schema.YEAR_DAY: "day of the year",
        schema.COUNTRY: "country code",
        schema.ADDRESS: "address",
    }
    return "date" if value.get("format") == "date" else named.get(value.get("pattern", ""), "text")


def _quantity(name: str) -> str:
    bounds = _built()["$defs"][name]["description"].partition(":")[0]
    return bounds.replace("a quantity in ", "").replace("a number from", "number from")


def _default(key: str, value: dict[str, Any], part: dict[str, Any]) -> str:
    if key in part.get("required", ()):
        return "must be there"
    default = value.get("default")
    return (
        ""
        if default in (None, [], {})
        else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    )


def _kinds() -> str:
    rows = [
        f"| `{name}` | {_keys(kind.needs)} | {_keys(kind.may)} | {kind.sets} |"
        for name, kind in schema.EVENT_KINDS.items()
    ]
    table = "\n".join(
        ["| kind | needs | may have | `level` or `rate` is |", "|---|---|---|---|", *rows]
    )
    text = """What an event, or a change of a branch, needs depends on its `kind`.
Without `sector` it acts in all sectors, without `flow` on all flows."""
    return f"## Kinds of events\n\n{text}\n\n{table}\n\n"


def _keys(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _mechanisms() -> str:
    rows = [
        f"| `{slot}` | {'; '.join(f'`{name}` ({m.title})' for name, m in by_name.items())} |"
        for slot, by_name in choices().items()
    ]
    table = "\n".join(["| slot | choices, beside `off` |", "|---|---|", *rows])
    text = "A slot that is left out is off."
    return f"## Mechanisms\n\n{text}\n\n{table}\n\n"


MECHANISM_PAGE = PAGE.with_name("mechanisms.md")

MECHANISM_HEAD = """\
# What a mechanism can read and write

<!-- Written by tools/build_reference.py from the declarations of the mechanisms. Do not edit: run it. -->

For whoever [adds a mechanism](../how-to/add-a-mechanism.md). A rule reads any of these names as `w.name`. Arrays have
the dims that stand here, in that order, and draws last. An axis may be 1 long where all along it are equal.

* A **channel** adds up what the mechanisms of the week return. What is read is the sum of the slots before.
* A **stock** lasts: read, it is the value at the start of the week. The mechanism that declares it sets it, in `close`.
* A **signal** lives within the week. Read by a later slot it is what was written, else its neutral value.
* An **input** is set by events of the scenario. **Noise** is drawn anew each week.

`w.area_next` is there in `close`: the area at the end of the week.
"""

SETTING = """\
## The setting

`w.setting` holds names and constants of the scenario and sums over them:

| name | gives |
|---|---|
"""


def mechanism_page() -> str:
    """The page about mechanisms."""
    every = [m for slot in choices().values() for m in slot.values()]
    table = {n.name: n for n in names(every)}
    parts = [MECHANISM_HEAD]
    for what, title in (
        ("channel", "Channels"), ("stock", "Stocks"), ("signal", "Signals"), ("input", "Inputs"), ("noise", "Noise"),
    ):  # fmt: skip
        rows = [
            f"| `{n.name}` | {', '.join(n.dims) or 'none'} | {n.unit} | {n.label} | {_by(n.writers)} |"
            for n in table.values()
            if n.what == what
        ]
        head = "| name | dims | unit | meaning | set by |\n|---|---|---|---|---|"
        parts.append(f"## {title}\n\n{head}\n" + "\n".join(rows) + "\n")
    parts += [SETTING + "\n".join(_setting_rows()) + "\n", _slots(every)]
    return "\n".join(parts)


def _by(writers: tuple[str, ...]) -> str:
    return ", ".join(f"`{w}`" if w in SLOTS else w for w in writers) or "whoever adds to it"


def _setting_rows() -> Iterator[str]:
    yield from (f"| `{name}` | {words} |" for name, words in _CONSTANTS.items())
    fields = {f.name for f in dataclasses.fields(Setting)}
    for name, found in vars(Setting).items():
        about = getattr(found, "func", found).__doc__
        if not name.startswith("_") and name not in fields | {"describe"} and about:
            yield f"| `{name}{_signature(found)}` | {about.strip().partition(chr(10))[0].rstrip('.')} |"


_CONSTANTS = {
    "step_weeks": "length of a step in weeks: 1, or 1/7 by the day",
    "names": "names by dim, such as `names['sector']`",
    "contested": "km2 that can be held in each sector, [sector, 1]",
    "initial_area": "km2 held at the start, [sector, 1]",
    "reference": "soldiers of each side in each sector at the reference state, [side, sector, 1]",
    "front_length": "km of front in each sector, [sector, 1]",
}


def _signature(found: Any) -> str:
    if not callable(found):
        return ""
    return "(" + ", ".join(p for p in inspect.signature(found).parameters if p != "self") + ")"


def _slots(every: list[Mechanism]) -> str:
    rows = [
        f"| `{slot}` | {_keys(tuple(choices()[slot])) or ''} | {_written(every, slot)} |"
        for slot in SLOTS
    ]
    text = """Slots act in this order. A mechanism that takes the place of another should write what that one writes,
or what reads it finds the neutral value: without `casualties` and `killed` a run reports no human cost and cannot be
fitted to counted losses."""
    head = "| slot | choices | their channels, signals and stocks |\n|---|---|---|"
    return f"## Slots\n\n{text}\n\n{head}\n" + "\n".join(rows) + "\n"


def _written(every: list[Mechanism], slot: str) -> str:
    said = dict.fromkeys(w for m in every if m.slot == slot for w in m.writes)
    return _keys(tuple(said))


PAGES = {PAGE: page, MECHANISM_PAGE: mechanism_page}

if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    for file, made in PAGES.items():
        file.write_text(made(), encoding="utf-8")
        print(f"written: {file}")
