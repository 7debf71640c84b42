"""Whether a mechanism is what it declares: names, dims, units and trust when it is offered, results when it speaks.

The declaration is what the engine, the scenario language and the reference page are made from, so a package whose
declaration is not true would give numbers that mean something else than what stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from salient.errors import MechanismError, Problem, nearest
from salient.mechanisms.base import (
    CHANNELS,
    CORE,
    Input,
    Mechanism,
    Noise,
    Parameter,
    Signal,
    Stock,
)
from salient.quantities import is_unit

DIMS = (
    "side", "sector", "flow", "contingent", "line", "belt", "supporter", "stage", "generation",
)  # fmt: skip
TRUST = {
    "S": "well supported",
    "M": "mixed",
    "C": "contested",
    "A": "our assumption",
}
KINDS = ("positive", "fraction", "real")
NEXT_AREA = "area_next"
"""What a `close` may read beside all else: the area at the end of the week."""


@dataclass(frozen=True)
class Name:
    """Something that a rule can read: what it is, its dims and unit, what it means, who writes it."""

    name: str
    what: str
    dims: tuple[str, ...]
    unit: str
    label: str
    writers: tuple[str, ...]


def names(mechanisms: Iterable[Mechanism]) -> list[Name]:
    """All that a week holds, in the order channels, stocks of the core, stocks, signals, inputs, noise."""
    every = list(mechanisms)
    out = {k: Name(k, "channel", dims, "1", label, ()) for k, (dims, label) in CHANNELS.items()}
    out |= {
        k: Name(k, "stock", d, unit, label, ("engine",)) for k, (d, unit, label) in CORE.items()
    }
    for what in ("stock", "signal", "input", "noise"):
        for m in every:
            for one in _parts(m, what):
                before = out[one.name].writers if one.name in out else ()
                by = (
                    m.slot
                    if what in ("stock", "signal")
                    else "events"
                    if what == "input"
                    else "chance"
                )
                unit = "1" if what == "noise" else one.unit
                label = f"random, {one.kind}" if what == "noise" else one.label
                writers = before if by in before else (*before, by)
                out[one.name] = Name(one.name, what, one.dims, unit, label, writers)
    return list(out.values())


def _parts(m: Mechanism, what: str) -> tuple[Any, ...]:
    return {"stock": m.stocks, "signal": m.signals, "input": m.inputs, "noise": m.noise}[what]


def faults(m: Mechanism, known: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What in the declaration is not so. known: dims of what a rule may read, by name."""
    own = {*(x.name for x in m.signals), *(x.name for x in m.stocks)}
    there = {*known, NEXT_AREA}
    for name in m.reads:
        if name not in there:
            yield f"it reads '{name}', which nothing declares{_near(name, there)}"
    for name in m.writes:
        if name not in own | CHANNELS.keys():
            may = {*own, *CHANNELS}
            yield f"it writes '{name}', which is neither a channel nor a signal or stock of its own{_near(name, may)}"
    parts: tuple[Signal | Stock | Input | Noise, ...] = (*m.signals, *m.stocks, *m.inputs, *m.noise)
    for x in parts:
        if known.get(x.name, x.dims) != x.dims:
            right = ", ".join(known[x.name])
            yield f"'{x.name}' is known with the dims {right}; take these or another name"
        for dim in x.dims:
            if dim not in DIMS:
                yield f"'{x.name}' has the dim '{dim}', which there is not{_near(dim, DIMS)}"
    for p in m.parameters:
        yield from (f"parameter '{p.name}': {fault}" for fault in _parameter_faults(p))


def _parameter_faults(p: Parameter) -> Iterator[str]:
    if p.trust not in TRUST:
        right = ", ".join(f"{k} {words}" for k, words in TRUST.items())
        yield f"trust is '{p.trust}', and one of these is right: {right}"
    if p.kind not in KINDS:
        yield f"kind is '{p.kind}', and one of these is right: {', '.join(KINDS)}"
    if not is_unit(p.unit):
        yield f"'{p.unit}' is not a unit that is known"
    if not p.low <= p.centre <= p.high:
        yield f"its centre {p.centre:g} is not between low {p.low:g} and high {p.high:g}"
    for dim in p.per:
        if dim not in DIMS:
            yield f"there is no dim '{dim}'{_near(dim, DIMS)}"


def _near(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f" (did you mean '{near}'?)" if near else ""


def as_declared(
    m: Mechanism, said: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]
) -> Mapping[str, Any]:
    """What a rule or a close returned, when each name is one that it declares to write, in the dims declared.

    shapes: by name, without the axis of draws. Raises MechanismError otherwise.
    """
    stocks = {s.name for s in m.stocks}
    for name, value in said.items():
        if name not in m.writes:
            where = f"add it to writes{_near(name, m.writes)}"
            raise refused(m, f"its rule returned '{name}', which it does not declare", where)
        found, right = tuple(value.shape[:-1]), shapes[name]
        # an axis of one stands for all of them, but not in a stock, which must keep its shape
        fits = found == right if name in stocks else _spreads(found, right)
        if not fits:
            raise refused(
                m,
                f"'{name}' came out with {_dims(found)} before the axis of draws, where {_dims(right)} is right",
                "a parameter with one dim less is spread by p.name[:, None]",
            )
    return said


def _spreads(found: tuple[int, ...], right: tuple[int, ...]) -> bool:
    return len(found) == len(right) and all(a in (1, b) for a, b in zip(found, right, strict=True))


def _dims(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "no dims"


def refused(m: Mechanism, message: str, hint: str | None = None) -> MechanismError:
    """An error of a mechanism, with its name and slot."""
    return MechanismError(Problem(f"mechanism '{m.name}' ({m.slot}): {message}", hint=hint))


def outside(m: Mechanism) -> bool:
    """Whether it comes with a package other than Salient."""
    return not m.rule.__module__.startswith("salient.")


__all__ = ["DIMS", "TRUST", "Name", "as_declared", "faults", "names", "outside", "refused"]
