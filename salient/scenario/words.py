"""What the schema finds wrong, in plain words: where, what was found, what would be right, the nearest valid name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from salient.errors import Problem, nearest
from salient.scenario import schema
from salient.scenario.shape import Shape, at, keys
from salient.scenario.tree import MAX_PROBLEMS, Node, Path, key_path, shown, slugged

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Said = tuple[str, str | None]
"""A message and a hint."""

_ODD_DAY = re.compile(
    r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})|(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})"
)
_LONGEST_NAME = 80
_MOST_NAMES = 500
MOST_ERRORS = 20 * MAX_PROBLEMS
"""With more errors of the schema than these there is no use in looking further."""


def problem(root: Node, path: Path, message: str, hint: str | None = None) -> Problem:
    """A problem at a path of a scenario, or at the last place on the way there that exists."""
    node = root.nearest(path)
    return Problem(message, node.file, node.line, key_path(root, path) or None, hint)


def close(name: str, known: Iterable[str]) -> str | None:
    """The nearest valid name, in bounded time."""
    names = [k for k in known if len(k) <= _LONGEST_NAME][:_MOST_NAMES]
    return nearest(name, names) if len(name) <= _LONGEST_NAME else None


def instead(name: str, known: Iterable[str], what: str) -> str:
    """A hint: the nearest valid name, or all of them."""
    names = list(known)
    if near := close(name, names):
        return f"did you mean '{shown(near)}'?"
    return f"{what}: {', '.join(shown(n) for n in names[:30]) or 'none'}"


def found(value: Any) -> str:
    """What stands in the file, for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    return f"'{str(value).lower() if isinstance(value, bool) else shown(value)}'"


def problems(error: ValidationError, root: Node) -> tuple[list[Problem], list[Path] | None]:
    """The problems of a validation in plain words, and the paths that are wrong; None when they are too many."""
    details = error.errors(include_url=False)
    first = [(e, _path(e)) for e in details[: 2 * MAX_PROBLEMS]]
    meant = {(path[:-1], near) for e, path in first if (near := _meant(e, path))}
    said = [
        problem(root, path, *_SAY.get(e["type"], _otherwise)(e, path, root))
        for e, path in first
        # a missing key whose misspelling is there is the same slip, and is said once
        if e["type"] != "missing" or (path[:-1], path[-1]) not in meant
    ]
    return said, [_path(e) for e in details] if len(details) <= MOST_ERRORS else None


def _path(e: ErrorDetails) -> Path:
    path = tuple(step for step in e["loc"] if step != "[key]")
    inner = e.get("ctx", {}).get("at") if e["type"] == "quantity" else None
    return (*path, inner) if inner else path


def _siblings(path: Path) -> Mapping[str, Shape]:
    model = at(path[:-1]).model
    return keys(model) if model is not None else {}


def _meant(e: ErrorDetails, path: Path) -> str | None:
    """The key that an unknown key was probably meant to be."""
    return close(str(path[-1]), _siblings(path)) if e["type"] == "extra_forbidden" else None


def _unknown_key(e: ErrorDetails, path: Path, root: Node) -> Said:
    name = shown(path[-1])
    return f"unknown key '{name}'", instead(name, _siblings(path), "keys that are right here")


def _missing(e: ErrorDetails, path: Path, root: Node) -> Said:
    key, parent = str(path[-1]), at(path[:-1]).model
    sides = _names(root, "belligerents")
    for (model, missing), text in _NAMED.items():
        if parent is model and key == missing:
            return text, f"for example {key}: {sides[0]}" if sides else None
    field = parent.model_fields.get(key) if parent is not None else None
    says = f" ({field.description})" if field is not None and field.description else ""
    return f"this key is missing{says}; add it", None


_NAMED = {
    (schema.Sector, "holder"): "nobody holds this sector; name the side whose held area is counted",
    (schema.Supporter, "supports"): "this supporter supports nobody; name a side, or remove it",
}


def _names(root: Node, section: str) -> list[str]:
    node = root.child(section)
    return list(node.value) if node is not None and isinstance(node.value, dict) else []


def _literal(e: ErrorDetails, path: Path, root: Node) -> Said:
    allowed = re.findall(r"'([^']*)'", e["ctx"]["expected"])
    value = e["input"]
    hint = instead(value, allowed, "right here") if isinstance(value, str) else None
    return f"{found(value)} was found where one of these is right: {', '.join(allowed)}", hint


def _text(e: ErrorDetails, path: Path, root: Node) -> Said:
    value = e["input"]
    if value is None:
        return "text is missing after the colon", None
    if isinstance(value, dict | list):
        return f"text is right here, and {found(value)} was found; put the text in quotes", None
    return (
        f"text is right here, and {found(value)} was found; put it in quotes: {_quoted(value)}",
        None,
    )


def _quoted(value: Any) -> str:
    return f'"{str(value).lower() if isinstance(value, bool) else shown(value)}"'


def _pattern(e: ErrorDetails, path: Path, root: Node) -> Said:
    value, pattern = str(e["input"]), e["ctx"]["pattern"]
    if pattern == schema.COUNTRY:
        return f"{found(value)} is not a country code; write two capital letters, such as UA", None
    if pattern == schema.YEAR_DAY:
        return (
            f"{found(value)} is not a day of the year; write month and day, such as '03-01'",
            None,
        )
    if pattern == schema.ADDRESS:
        return f"{found(value)} is not an address; it begins with http:// or https://", None
    slug = slugged(value)
    rule = "a name has small letters, digits and hyphens, at most 60, such as north-korea"
    return f"{found(value)} is not a name; {rule}", f"did you mean '{slug}'?" if slug else None


def _empty_text(e: ErrorDetails, path: Path, root: Node) -> Said:
    return "the text is empty; write something here", None


def _long_text(e: ErrorDetails, path: Path, root: Node) -> Said:
    return f"the text is longer than {e['ctx']['max_length']} characters; shorten it", None


def _group(e: ErrorDetails, path: Path, root: Node) -> Said:
    model = at(path).model
    names = ", ".join(keys(model)) if at(path).kind == "part" and model is not None else ""
    return (
        f"a group of keys is right here, and {found(e['input'])} was found; write 'key: value' lines below, indented",
        f"keys that are right here: {names}" if names else None,
    )


def _list(e: ErrorDetails, path: Path, root: Node) -> Said:
    value = e["input"]
    example = f"[{shown(value)}]" if isinstance(value, str | int | float) else "[one, two]"
    return f"a list is right here, and {found(value)} was found; write {example}", None


def _bool(e: ErrorDetails, path: Path, root: Node) -> Said:
    return f"true or false is right here, and {found(e['input'])} was found", None


def _few(e: ErrorDetails, path: Path, root: Node) -> Said:
    if path == ("belligerents",):
        return f"a campaign has two belligerents; this one has {e['ctx']['actual_length']}", None
    return "this is empty; at least one is needed", None


def _many(e: ErrorDetails, path: Path, root: Node) -> Said:
    n = len(e["input"]) if isinstance(e["input"], dict | list) else e["ctx"]["actual_length"]
    if path == ("belligerents",):
        return (
            f"a campaign has two belligerents; this one has {n}",
            "an ally is a supporter, and its troops are a contingent",
        )
    return f"{n} stand here, and at most {e['ctx']['max_length']} are possible", None


def _day(e: ErrorDetails, path: Path, root: Node) -> Said:
    value = e["input"]
    if isinstance(value, str) and e["msg"] == "no such day":
        return f"there is no day {shown(value)} in the calendar", None
    hint = None
    if isinstance(value, str) and (odd := _ODD_DAY.fullmatch(value.strip())):
        year, month, day = odd.group(1, 2, 3) if odd.group(1) else odd.group(6, 5, 4)
        hint = f"did you mean {year}-{int(month):02}-{int(day):02}?"
    return f"{found(value)} is not a date; write year, month and day, as in 2024-08-06", hint


def _quantity(e: ErrorDetails, path: Path, root: Node) -> Said:
    context = e["ctx"]
    if "unknown" in context:
        return (
            f"unknown key '{shown(context['unknown'])}'",
            "keys that are right here: value, source, note",
        )
    if "unit" in context:
        unit = shown(context["unit"])
        example = _example(path[:-1] if context["at"] else path)
        near = close(re.split(r"[ /^*]", unit)[0], schema.units())
        return (
            f"unknown unit '{unit}'; write it as in '{example}'",
            f"did you mean '{near}'?" if near else None,
        )
    return f"{found(_scalar(e['input'], context['at']))}: {context['message']}", None


def _scalar(value: Any, at_key: str) -> Any:
    return value.get(at_key or "value", value) if isinstance(value, dict) else value


def _example(path: Path) -> str:
    """A quantity as it may be written at a path."""
    model, name = at(path[:-1]).model, path[-1]
    for field_name, field in model.model_fields.items() if model is not None else ():
        if name == (field.alias or field_name):
            for mark in _marks(field.annotation, field.metadata):
                return mark.example
    return "5000 soldiers"


def _marks(annotation: Any, metadata: Iterable[Any]) -> list[schema.In]:
    from typing import get_args

    inner = [m for a in get_args(annotation) for m in getattr(a, "__metadata__", ())]
    return [m for m in (*metadata, *inner) if isinstance(m, schema.In)]


def _otherwise(e: ErrorDetails, path: Path, root: Node) -> Said:
    return f"{found(e['input'])} is not right here: {e['msg'][:1].lower()}{e['msg'][1:]}", None


_SAY: dict[str, Callable[[ErrorDetails, Path, Node], Said]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "literal_error": _literal,
    "string_type": _text,
    "string_pattern_mismatch": _pattern,
    "string_too_short": _empty_text,
    "string_too_long": _long_text,
    "string_unicode": _text,
    "model_type": _group,
    "model_attributes_type": _group,
    "dict_type": _group,
    "list_type": _list,
    "bool_type": _bool,
    "bool_parsing": _bool,
    "too_short": _few,
    "too_long": _many,
    "day": _day,
    "quantity": _quantity,
}
"""What is said of each kind of error that pydantic can find; a test walks the schema to see that all are here."""
