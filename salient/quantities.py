"""Numbers as people write them: a value or an interval, a unit and a source.

1260 km2                      a value that is taken as known
11000 .. 20000 soldiers       a 90 % interval, its centre the geometric mean
0.6 (0.3 .. 0.9) km/week      a centre and a 90 % interval
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from salient.errors import nearest

Kind = Literal["positive", "fraction", "real"]

_NUMBER = r"[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_FORMS = (
    re.compile(rf"^(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})\s*(?P<unit>.*)$"),
    re.compile(
        rf"^(?P<centre>{_NUMBER})\s*\(\s*(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})\s*\)\s*(?P<unit>.*)$"
    ),
    re.compile(rf"^(?P<centre>{_NUMBER})\s*(?P<unit>.*)$"),
)

UNITS: dict[str, tuple[str, ...]] = {
    "1": ("", "1"),
    "soldiers": ("soldiers", "soldier", "people", "men"),
    "km": ("km", "kilometre", "kilometres"),
    "km2": ("km2", "km^2", "km²"),
    "km/week": ("km/week", "km/weeks"),
    "weeks": ("weeks", "week"),
    "1/week": ("1/week", "per week"),
    "soldiers/week": ("soldiers/week",),
    "EUR": ("EUR",),
}
"""Units that need no conversion, with the spellings that are read as each."""

_CANONICAL = {spelling: unit for unit, spellings in UNITS.items() for spelling in spellings}
_DEFINITIONS = (
    "soldier = [people] = _ = soldiers = people = men",
    "metre = [length] = m = metres = meter",
    "kilometre = 1000 metre = km = kilometres",
    "mile = 1609.344 metre = mi = miles",
    "km2 = kilometre ** 2",
    "hectare = 10000 metre ** 2 = ha = hectares",
    "mi2 = mile ** 2 = sqmi",
    "day = [time] = d = days",
    "week = 7 day = _ = weeks",
    "month = 30.4375 day = _ = months",
    "year = 365.25 day = _ = years",
    "EUR = [money]",
    "percent = 0.01 = %",
)


@lru_cache(maxsize=1)
def _registry() -> Any:
    """The units that a scenario may use, and no others. Loaded only when a conversion is needed."""
    import pint

    units: Any = pint.UnitRegistry(None)
    for line in _DEFINITIONS:
        units.define(line)
    return units


def known_units() -> list[str]:
    """Names that may stand as a unit in a scenario."""
    names = {word for line in _DEFINITIONS for word in re.split(r"\s*=\s*", line) if word.isalnum()}
    return sorted(n for n in names | set(_CANONICAL) if n and not n[0].isdigit())


def is_unit(text: str) -> bool:
    """Whether a scenario may use it as a unit."""
    if text in _CANONICAL or text in ("%", "percent"):
        return True
    try:
        _registry().parse_units(text)
    except Exception:  # pint raises many kinds for what is no unit
        return False
    return True


@lru_cache(maxsize=512)
def factor(unit: str, to: str) -> float:
    """What a number in `unit` is multiplied by to be in `to`.

    Raises ValueError, in words, for a unit that is not known or does not measure the same thing.
    """
    if _CANONICAL.get(unit, unit) == _CANONICAL.get(to, to):
        return 1.0
    if unit in ("%", "percent"):
        if to == "1":
            return 0.01
        raise ValueError(f"percent was found where {to} is right")
    import pint

    text = unit.replace("km²", "km2").replace("per ", "1/")
    try:
        return float(_registry().Quantity(1.0, text or "").to("" if to == "1" else to).magnitude)
    except pint.UndefinedUnitError:
        near = nearest(unit.split("/")[0], known_units())
        raise ValueError(
            f"unknown unit '{unit}'"
            + (f"; did you mean '{near}'?" if near else f"; give it in {to}")
        ) from None
    except pint.DimensionalityError:
        found = unit or "a bare number"
        raise ValueError(
            f"{found} was found where {'no unit' if to == '1' else to} is right"
        ) from None
    except Exception:
        raise ValueError(f"'{unit}' cannot be read as a unit; give it in {to}") from None


@dataclass(frozen=True)
class Quantity:
    """A number with its 90 % interval, unit and source; `low == high` means that it is taken as known."""

    centre: float
    low: float
    high: float
    unit: str = "1"
    source: str | None = None
    note: str | None = None

    @property
    def certain(self) -> bool:
        """Whether there is no interval."""
        return self.low == self.high

    def to(self, unit: str) -> Quantity:
        """The same quantity in another unit. Raises ValueError when it does not measure the same."""
        f = factor(self.unit, unit)
        return replace(
            self, centre=self.centre * f, low=self.low * f, high=self.high * f, unit=unit
        )

    def __str__(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.certain:
            return f"{self.centre:g}{unit}"
        return f"{self.centre:g} ({self.low:g} .. {self.high:g}){unit}"


def parse(text: str | float | int) -> Quantity:
    """Read a quantity as written in a scenario. Raises ValueError that says what would be right."""
    if isinstance(text, bool):
        raise ValueError("a number with its unit is right here, not true or false")
    if isinstance(text, int | float):
        return _checked(float(text), float(text), float(text), "1")
    if len(text) > 200:
        raise ValueError(
            "a quantity is a number and a unit, such as '1260 km2'; this text is too long"
        )
    for form in _FORMS:
        if match := form.match(text.strip()):
            part = match.groupdict()
            centre = _number(part.get("centre"))
            low, high = _number(part.get("low")), _number(part.get("high"))
            if low is None or high is None:
                low = high = centre
            if centre is None:
                assert low is not None
                assert high is not None
                centre = math.sqrt(low * high) if low > 0 else 0.5 * (low + high)
            return _checked(centre, low, high, part["unit"].strip())
    raise ValueError(
        f"'{text}' is not a quantity; write '1260 km2', '11000 .. 20000 soldiers' or '0.6 (0.3 .. 0.9)'"
    )


def _number(text: str | None) -> float | None:
    return None if text is None else float(text.replace("_", ""))


def _checked(centre: float, low: float | None, high: float | None, unit: str) -> Quantity:
    assert low is not None
    assert high is not None
    if not all(math.isfinite(v) and abs(v) < 1e15 for v in (centre, low, high)):
        raise ValueError("the number is too large to mean anything here")
    if not low <= centre <= high:
        raise ValueError(
            f"the interval runs from {low:g} to {high:g} and its centre is {centre:g}: put the smaller first"
        )
    return Quantity(centre, low, high, _CANONICAL.get(unit, unit))
