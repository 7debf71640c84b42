"""The mechanisms that can be chosen: those of this folder, and those of installed packages that offer more.

A package offers a mechanism by an entry point in the group ``salient.mechanisms`` that names a `Mechanism` or a list
of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points

from salient import mechanisms
from salient.errors import MechanismError, SalientError, nearest
from salient.mechanisms.base import SLOTS, Mechanism, Parameter
from salient.mechanisms.declared import faults, names, outside, refused

OFF = "off"
_NOT_MECHANISMS = {"base", "declared", "registry"}


def _own() -> Iterator[Mechanism]:
    for module in pkgutil.iter_modules(mechanisms.__path__):
        if module.name not in _NOT_MECHANISMS:
            yield from importlib.import_module(f"{mechanisms.__name__}.{module.name}").MECHANISMS


def _offered() -> Iterator[Mechanism]:
    for point in entry_points(group="salient.mechanisms"):
        found = point.load()
        yield from [found] if isinstance(found, Mechanism) else found


@cache
def choices() -> dict[str, dict[str, Mechanism]]:
    """Every mechanism by slot and name. Raises SalientError when two have the same name, or a slot is unknown."""
    table: dict[str, dict[str, Mechanism]] = {slot: {} for slot in SLOTS}
    every = (*_own(), *_offered())
    for m in every:
        if m.slot not in table:
            near = nearest(m.slot, SLOTS)
            raise SalientError(
                f"mechanism '{m.name}' is for the slot '{m.slot}', which is not one; nearest: {near}"
            )
        if m.name in table[m.slot] or m.name == OFF:
            raise SalientError(f"two mechanisms for '{m.slot}' are named '{m.name}'")
        table[m.slot][m.name] = m
    _hold_to_declarations(every)
    return table


def _hold_to_declarations(every: Sequence[Mechanism]) -> None:
    """Those from outside are refused if what they declare is not so; tests hold our own to the same."""
    offered = [m for m in every if outside(m)]
    if not offered:
        return
    known = {n.name: n.dims for n in names(every)}
    found = [refused(m, fault) for m in offered for fault in faults(m, known)]
    if found:
        raise MechanismError(*(p for e in found for p in e.problems))


def chosen(names: Mapping[str, str]) -> tuple[Mechanism, ...]:
    """The mechanisms that a scenario picks, in the order in which they act; slots left out or `off` have none."""
    table = choices()
    return tuple(table[slot][names[slot]] for slot in SLOTS if names.get(slot, OFF) != OFF)


def parameter_table(names: Mapping[str, str]) -> dict[str, Parameter]:
    """Parameters of the chosen mechanisms by full name, such as `advance.pace`."""
    return {
        f"{m.slot}.{p.name}": replace(p, name=f"{m.slot}.{p.name}")
        for m in chosen(names)
        for p in m.parameters
    }
