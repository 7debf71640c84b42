"""`--set KEY=VALUE`: a change of a scenario for one run, made on the tree before it is validated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from salient.errors import Problem, ScenarioError, UsageError
from salient.scenario.shape import ROOT, Shape, below, keys
from salient.scenario.tree import Composer, Node, resolve, shown
from salient.scenario.words import instead

FLAG = "--set"
"""Stands in messages where the name of a file would."""


def apply(root: Node, overrides: Iterable[str]) -> list[Problem]:
    """Make the changes in the tree, in order, and return what is wrong with them.

    A key is a path with dots: `sectors.kursk.forces.ukraine.strength`. An event is named by its id, an item of
    another list by its number from 0. Raises UsageError for one without '='.
    """
    problems = []
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                Problem(
                    f"'{shown(override)}' has no key and value; write KEY=VALUE",
                    FLAG,
                    key=shown(key),
                )
            )
        try:
            _set(root, key.strip(), read(value))
        except ValueError as error:
            problems.append(Problem(str(error), FLAG, key=shown(key.strip())))
        except ScenarioError as error:
            problems += [Problem(p.message, FLAG, key=shown(key.strip())) for p in error.problems]
    return problems


def read(value: str) -> Node:
    """A value as YAML: a group, a list or a quoted text as such, anything else as one scalar."""
    value = value.strip()
    if value[:1] in ("{", "[", '"', "'"):
        node = Composer(FLAG).compose(value)
        for _, inner in node.walk():
            inner.line = None
        return node
    return Node(resolve(value), FLAG, None)


def _set(root: Node, key: str, value: Node) -> None:
    node, shape, rest = root, ROOT, key.split(".")
    while True:
        if shape.kind == "values":  # names here have dots of their own
            rest = [".".join(rest)]
        step, rest = rest[0], rest[1:]
        if shape.kind == "list":
            node, shape = _item(node, step), Shape("part", shape.model)
        elif not rest:
            return _put(node, shape, step, value)
        else:
            node, shape = _entry(node, shape, step), below(shape, step)
        if not rest:
            raise ValueError("this names a whole item of a list; name one of its keys")


def _put(node: Node, shape: Shape, step: str, value: Node) -> None:
    """Set the last key of the path."""
    if shape.kind == "part" and shape.model is not None:
        _known(step, keys(shape.model), "keys that are right here")
    elif shape.kind == "value":
        _known(step, ("value", "source", "note"), "keys that are right here")
        if not isinstance(node.value, dict):
            node.value = {"value": Node(node.value, node.file, node.line)}
    if not isinstance(node.value, dict):
        node.value = {}
    node.value[step] = value


def _entry(node: Node, shape: Shape, step: str) -> Node:
    """The node one step down. A part that may be left out is made when it is not there; what has a name must be there
    already.
    """
    below_here = node.child(step)
    if below_here is not None:
        return below_here
    if shape.kind == "part" and shape.model is not None:
        _known(step, keys(shape.model), "keys that are right here")
        node.value = node.value if isinstance(node.value, dict) else {}
        node.value[step] = Node({}, FLAG, None)
        return node.value[step]
    names = node.value if isinstance(node.value, dict) else ()
    raise ValueError(f"there is no '{shown(step)}' here ({instead(step, names, 'there is')})")


def _item(node: Node, step: str) -> Node:
    """An item of a list, by its id or its number."""
    items: list[Node] = node.value if isinstance(node.value, list) else []
    by_id = {
        i.value: item
        for item in items
        if (i := item.child("id")) is not None and isinstance(i.value, str)
    }
    if step in by_id:
        return by_id[step]
    if step.isascii() and step.isdigit() and int(step[:9]) < len(items):
        return items[int(step[:9])]
    if by_id:
        raise ValueError(f"there is no item '{shown(step)}' ({instead(step, by_id, 'ids')})")
    raise ValueError(
        f"there is no item '{shown(step)}'; the list has {len(items)}, numbered from 0"
    )


def _known(step: str, known: Mapping[str, object] | tuple[str, ...], what: str) -> None:
    if step not in known:
        raise ValueError(f"unknown key '{shown(step)}' ({instead(step, known, what)})")
