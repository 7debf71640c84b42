"""The keys that the schema knows at each place of a scenario, and what of a broken scenario can still be checked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from salient.scenario.schema import Part, Scenario
from salient.scenario.tree import Path, slugged


@dataclass(frozen=True)
class Shape:
    """What stands at a key: a part, parts by name, a list of parts, values by name, or one value."""

    kind: Literal["part", "named", "list", "values", "value"]
    model: type[Part] | None = None


ROOT = Shape("part", Scenario)
_VALUE = Shape("value")


@cache
def keys(model: type[Part]) -> dict[str, Shape]:
    """The keys of a part as they stand in a file, each with what stands there."""
    return {
        field.alias or name: _shape(field.annotation) for name, field in model.model_fields.items()
    }


def below(shape: Shape, step: str | int) -> Shape:
    """What stands one step further down."""
    if shape.kind == "part" and shape.model is not None:
        return keys(shape.model).get(str(step), _VALUE)
    if shape.kind in ("named", "list"):
        return Shape("part", shape.model)
    return _VALUE


def at(path: Path) -> Shape:
    """What stands at a path of a scenario."""
    shape = ROOT
    for step in path:
        shape = below(shape, step)
    return shape


def _shape(annotation: Any) -> Shape:
    arguments = get_args(annotation)
    origin = get_origin(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return Shape("part", annotation)
    if origin is dict:
        inner = _shape(arguments[1])
        return Shape("named", inner.model) if inner.kind == "part" else Shape("values")
    if origin is list:
        inner = _shape(arguments[0])
        return Shape("list", inner.model) if inner.kind == "part" else _VALUE
    parts = [shape for a in arguments if (shape := _shape(a)).kind != "value"]
    return parts[0] if parts else _VALUE


class _Named(dict[str, Any]):
    """Parts by name. One whose name is not written as a name is also found by the name that was meant."""

    def __init__(self, parts: dict[str, Any]) -> None:
        super().__init__(parts)
        self._meant = {slugged(name): name for name in parts}

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._meant

    def __missing__(self, name: str) -> Any:
        return self[self._meant[name]]


def remains(plain: Any, wrong: Collection[Path]) -> Scenario:
    """The scenario without what is wrong: fields at or around the wrong paths are absent, and reading one is an
    AttributeError. Checks of two places use it, so that all errors are shown at once.
    """
    return _part(Scenario, plain, (), {path[:n] for path in wrong for n in range(len(path) + 1)})


def _part(model: type[Part], plain: Any, path: Path, touched: Collection[Path]) -> Any:
    given = plain if isinstance(plain, dict) else {}
    if path not in touched and isinstance(plain, dict):
        return model.model_validate(plain)
    values: dict[str, Any] = {}
    absent = []
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key not in given:
            absent += [name] if field.is_required() or not isinstance(plain, dict) else []
        elif (*path, key) not in touched:
            values[name] = _value(model, name, given[key])
        elif (inner := keys(model)[key]).kind in ("part", "named", "list"):
            values[name] = _inner(inner, given[key], (*path, key), touched)
        elif inner.kind == "values" and isinstance(given[key], dict):
            good = {k: v for k, v in given[key].items() if (*path, key, k) not in touched}
            values[name] = _value(model, name, good)
        else:
            absent.append(name)
    part = model.model_construct(**values)
    for name in absent:
        part.__dict__.pop(name, None)
    return part


def _inner(shape: Shape, plain: Any, path: Path, touched: Collection[Path]) -> Any:
    assert shape.model is not None
    if shape.kind == "part":
        return _part(shape.model, plain, path, touched)
    if shape.kind == "named":
        entries = plain if isinstance(plain, dict) else {}
        return _Named({k: _part(shape.model, v, (*path, k), touched) for k, v in entries.items()})
    items = plain if isinstance(plain, list) else []
    return [_part(shape.model, v, (*path, i), touched) for i, v in enumerate(items)]


def _value(model: type[Part], name: str, plain: Any) -> Any:
    """One valid field, read by itself."""
    from pydantic import TypeAdapter

    field = model.model_fields[name]
    kind: Any = field.annotation
    for mark in field.metadata:
        kind = Annotated[kind, mark]
    return TypeAdapter(kind).validate_python(plain)
