"""Two forces under a law: who wins, when, with what left, and the curve between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import numpy as np

from salient.errors import Problem, SalientError, nearest
from salient.laws import deitchman, generalised, linear, logarithmic, square
from salient.laws.base import Law, Pair, Path

SIDES = ("A", "B")
_CURVE = 101


@dataclass(frozen=True)
class Engagement:
    """The outcome of a battle under a law.

    times: in the unit of the rates; strength: dims time, side; winner: "A", "B" or None where neither is beaten or
    both are gone together; survivors: of the winner, 0 without one; duration: to the end of the battle, None if it
    has none.
    """

    law: str
    start: Pair
    times: np.ndarray
    strength: np.ndarray
    winner: str | None
    survivors: float
    duration: float | None
    invariant: float
    final: Pair
    note: str

    def to_json(self) -> dict[str, Any]:
        """Plain values, with null for what has no end."""
        return {
            "law": self.law,
            "times": self.times.tolist(),
            "strength": self.strength.tolist(),
            "winner": self.winner,
            "survivors": self.survivors,
            "duration": self.duration,
            "invariant": self.invariant,
            "final": list(self.final),
            "losses": [a - b for a, b in zip(self.start, self.final, strict=True)],
            "note": self.note,
        }


@cache
def laws() -> dict[str, Law]:
    """Every law by name: our own, and those that installed packages offer by an entry point in `salient.laws`."""
    own = (
        square.LAW,
        linear.LAW,
        logarithmic.LAW,
        generalised.LAW,
        generalised.HELMBOLD,
        deitchman.LAW,
    )
    table = {law.name: law for law in own}
    for point in entry_points(group="salient.laws"):
        law = point.load()
        if law.name in table:
            raise SalientError(
                f"two laws are named '{law.name}'; the package {point.value} must choose another name"
            )
        table[law.name] = law
    return table


def engage(
    law: str,
    strength: Sequence[float],
    effectiveness: Sequence[float],
    times: Sequence[float] | None = None,
    breakpoint: Sequence[float] = (0.0, 0.0),
    **options: Any,
) -> Engagement:
    """Fight a battle. A loses at rate EB x B and B at rate EA x A under the square law.

    breakpoint: share of its first strength at which each side gives up, 0 to fight to the end. options: what the law
    takes (`p` and `q` of the generalised, `weiss` of Helmbold's, `hidden` of Deitchman's, `reinforcement` of the
    square law).
    Raises SalientError for an unknown law, and for numbers that are not positive and finite.
    """
    chosen = _law(law, options)
    start = _pair("strength", strength, 0.0)
    rate = _pair("effectiveness", effectiveness, 0.0)
    levels = _levels(breakpoint, start)
    with np.errstate(over="ignore", invalid="ignore"):
        path = chosen.path(start, rate, **options)
        return _fought(chosen, path, start, levels, times)


def _fought(
    law: Law, path: Path, start: Pair, levels: Pair, times: Sequence[float] | None
) -> Engagement:
    fallen = (path.when(0, levels[0]), path.when(1, levels[1]))
    over = min(fallen)
    final = _final(path, fallen, levels)
    winner = _winner(path, fallen, final, levels)
    asked = _times(times) if times else np.linspace(0, _span(path, start, over), _CURVE)
    strength = np.where((asked >= over)[:, None], final, path.at(np.minimum(asked, over)))
    strength[asked == 0] = start
    survivors = final[SIDES.index(winner)] if winner else 0.0
    ended = None if math.isinf(over) else over
    return Engagement(
        law.name, start, asked, np.maximum(strength, 0.0), winner, survivors, ended, path.invariant, final,
        _note(winner, ended, final),
    )  # fmt: skip


def _final(path: Path, fallen: Pair, levels: Pair) -> Pair:
    over = min(fallen)
    if math.isinf(over):
        return path.end
    if levels == (0.0, 0.0):
        return path.end
    a, b = path.at(np.array([over]))[0]
    left = [float(a), float(b)]
    for side in (0, 1):
        if fallen[side] == over:
            left[side] = levels[side]
    return left[0], left[1]


def _winner(path: Path, fallen: Pair, final: Pair, levels: Pair) -> str | None:
    if fallen[0] != fallen[1]:
        return SIDES[0] if fallen[1] < fallen[0] else SIDES[1]
    if levels == (0.0, 0.0) and (final[0] == 0) != (final[1] == 0):
        return SIDES[0] if final[0] > 0 else SIDES[1]
    return None


def _span(path: Path, start: Pair, over: float) -> float:
    """How long a curve to draw: the battle, or until a side that fades without end is down to a hundredth."""
    if math.isfinite(over):
        return over
    times = [path.when(i, 0.01 * start[i]) for i in (0, 1)]
    finite = [t for t in times if math.isfinite(t) and t > 0]
    return max(finite) if finite else 1.0


def _note(winner: str | None, ended: float | None, final: Pair) -> str:
    if ended is not None:
        return "" if winner else "the two are equal: both reach their end at the same time"
    if winner:
        return f"{winner} wins in the end, but the other side only fades away: there is no last day"
    if final == (0.0, 0.0):
        return "neither side ever wins: both fade away without end; give breakpoints to see who would give up first"
    return "neither side is beaten: both come to rest where reinforcement makes up for losses"


def _law(name: str, options: dict[str, Any]) -> Law:
    table = laws()
    if name not in table:
        near = nearest(name, tuple(table))
        hint = (
            f"nearest: {near}; laws are {', '.join(table)}"
            if near
            else f"laws are {', '.join(table)}"
        )
        raise SalientError(Problem(f"there is no law '{name}'", key="--law", hint=hint))
    for option, value in options.items():
        if option not in table[name].options:
            takes = ", ".join(table[name].options) or "no options"
            raise SalientError(
                Problem(f"the {name} law takes no '{option}'", key=option, hint=f"it takes {takes}")
            )
        _option(option, value)
    return table[name]


def _option(option: str, value: Any) -> None:
    if option == "hidden":
        if value not in SIDES:
            raise SalientError(Problem(f"'{value}' is not a side", key=option, hint="A or B"))
    elif option == "reinforcement":
        _pair(option, value, 0.0, zero=True)
    elif not (isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 10):
        raise SalientError(
            Problem(f"{value} is not an exponent", key=option, hint="a number from 0 to 10")
        )


def _pair(name: str, values: Sequence[float], floor: float, *, zero: bool = False) -> Pair:
    if len(values) != 2:
        raise SalientError(
            Problem(
                f"{len(values)} values were found", key=name, hint="two are needed, for A and for B"
            )
        )
    for side, v in zip(SIDES, values, strict=True):
        if not math.isfinite(v) or v < floor or (v == floor and not zero) or v > 1e300:
            hint = "a finite number, 0 or more" if zero else "a finite number above 0"
            raise SalientError(Problem(f"{v:g} was found for {side}", key=name, hint=hint))
    return float(values[0]), float(values[1])


def _levels(shares: Sequence[float], start: Pair) -> Pair:
    pair = _pair("breakpoint", shares, 0.0, zero=True)
    if max(pair) >= 1:
        raise SalientError(
            Problem(
                f"{max(pair):g} was found",
                key="breakpoint",
                hint="a share of the first strength, from 0 to below 1",
            )
        )
    return pair[0] * start[0], pair[1] * start[1]


def _times(times: Sequence[float]) -> np.ndarray:
    for t in times:
        if not math.isfinite(t) or t < 0:
            raise SalientError(
                Problem(
                    f"{t:g} is not a time of the battle",
                    key="times",
                    hint="finite numbers, 0 or more",
                )
            )
    return np.array(times, float)
