"""The laws that can be chosen: those of this folder, and those of installed packages that offer more.

A package offers a law by an entry point in the group ``salient.laws`` that names a `Law` or several of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points

from salient.errors import Problem, SalientError, nearest
from salient.laws import chain, closed, epstein, generalised, salvo
from salient.laws.base import Law

GROUP = "salient.laws"
_OWN = (closed, generalised, epstein, salvo, chain)


def _offered() -> Iterator[Law]:
    for point in entry_points(group=GROUP):
        found = point.load()
        for law in [found] if isinstance(found, Law) else found:
            if not isinstance(law, Law):
                raise SalientError(
                    Problem(
                        f"the entry point '{point.name}' offers something that is not a law",
                        key=point.value,
                        hint="name a salient.laws.base.Law or a tuple of them",
                    )
                )
            yield law


@cache
def laws() -> dict[str, Law]:
    """Every law by name. Raises SalientError when two have the same name."""
    table: dict[str, Law] = {}
    for law in (*(law for module in _OWN for law in module.LAWS), *_offered()):
        if law.name in table:
            raise SalientError(f"two laws are named '{law.name}'")
        table[law.name] = law
    return table


def law_named(name: str) -> Law:
    """The law of that name. Raises SalientError with the nearest name when there is none."""
    table = laws()
    if name in table:
        return table[name]
    near = nearest(name, table)
    hint = f"nearest: {near}" if near else "there are " + ", ".join(table)
    raise SalientError(Problem(f"there is no law '{name}'", key="--law", hint=hint))
