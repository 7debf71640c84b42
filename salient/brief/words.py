"""Numbers into words: one scale of likelihood, one way to write a number, one to write an interval.

The words for likelihood are those of Intelligence Community Directive 203, chosen by code from the number that stands
beside them, so that word and number cannot drift apart. A number is rounded to what the number of draws supports.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence

from salient.brief.content import Estimate, Probability, Verdict
from salient.questions.findings import Interval

THIN = "\u202f"
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "\u2013"
P50, P90 = f"50{THIN}%", f"90{THIN}%"

SCALE: tuple[tuple[str, float, float], ...] = (
    ("almost no chance", 0.01, 0.05),
    ("very unlikely", 0.05, 0.20),
    ("unlikely", 0.20, 0.45),
    ("roughly even chance", 0.45, 0.55),
    ("likely", 0.55, 0.80),
    ("very likely", 0.80, 0.95),
    ("almost certain", 0.95, 0.99),
)
"""ICD 203, paragraph D.6.e(2)(a): the word, and the bounds of its chance."""

SETTLED, PARTLY = 0.5, 0.2
"""Contraction from which the data settled most of a number, and from which they settled some of it."""

UNITS = {
    "km2": "km²",
    "km/week": "km a week",
    "1/week": "a week",
    "soldiers/week": "soldiers a week",
    "1": "",
    "count": "",
    "EUR": "EUR",
}


WHOLE = ("soldiers", "people", "count", "km2")
"""Units of which no part is written."""


def likelihood(p: float) -> str:
    """The word for a chance. A chance on a bound takes the word that is nearer to an even chance."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a chance lies between 0 and 1, and {p} was given")
    p = round(p, 9)
    for word, _, high in SCALE[:3]:
        if p < high:
            return word
    for word, low, _ in reversed(SCALE[4:]):
        if p > low:
            return word
    return SCALE[3][0]


def chance(p: float, draws: int) -> Probability:
    """A share of `draws` draws as a number and its word. The word is that of the number shown."""
    shown, number = _share(p, draws)
    return Probability(
        p=p, word=likelihood(shown), number=number, text=f"{likelihood(shown)} ({number})"
    )


def judged(p: float, low: float, high: float) -> Probability:
    """A judgement as a range of chances and its word: two words where the range spans them."""
    if round(100 * low) == round(100 * high):
        number, words = percent(p), [likelihood(round(p, 2))]
    else:
        number = f"{round(100 * low)}{DASH}{percent(high)}"
        words = list(dict.fromkeys([likelihood(round(low, 2)), likelihood(round(high, 2))]))
    word = " to ".join(words)
    return Probability(p=p, word=word, number=number, text=f"{word} ({number})")


def _share(p: float, draws: int) -> tuple[float, str]:
    """The chance as it is shown, and how."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a chance lies between 0 and 1, and {p} was given")
    if p <= 0.0 or p >= 1.0:
        bound = _round_down(max(draws, 3) / 3.0)
        if bound <= 2:
            return (0.0, "no draw") if p <= 0.0 else (1.0, "every draw")
        if p <= 0.0:
            return 0.0, f"fewer than 1 in {number(bound)}"
        return 1.0, f"more than {number(bound - 1)} in {number(bound)}"
    step = 1 if draws >= 1000 else 5 if draws >= 100 else 10
    shown = step * round(100 * p / step)
    if shown == 0:
        return 0.0, f"fewer than 1 in {100 // step}"
    if shown == 100:
        return 1.0, f"more than {100 // step - 1} in {100 // step}"
    return shown / 100, f"{shown}{THIN}%"


def _round_down(value: float) -> int:
    """The largest of 1, 2, 5, 10, 20, ... that is not above the value."""
    power = 10 ** math.floor(math.log10(max(value, 1.0)))
    return int(power * max(m for m in (1, 2, 5) if m * power <= max(value, 1.0)))


def percent(share: float) -> str:
    """A share as whole percent. Not for chances, which may not be 0 or 100 %: use `chance`."""
    return f"{number(round(100 * share))}{THIN}%"


def number(value: float, digits: int = 0, sign: bool = False) -> str:
    """A number with narrow spaces between thousands and a true minus."""
    text = f"{abs(value):,.{digits}f}".replace(",", THIN)
    if not any(c in "123456789" for c in text):
        return text
    mark = MINUS if value < 0 else "+" if sign else ""
    return mark + text


def step(width: float, draws: int) -> float:
    """The unit to round an interval of this width to: 1, 5, 10, 50, ..., and the tenths of these.

    It is the Monte Carlo error of the end of a 90 % interval, which is 0.64 widths over the root of the number of
    draws where the draws are about normal, rounded up.
    """
    error = 0.64 * abs(width) / math.sqrt(max(draws, 1))
    return _round_up(error)


def _round_up(value: float) -> float:
    """The smallest of 1, 5, 10, 50, ..., or tenths of these, that is not below the value; 0 for nothing."""
    if value <= 0.0 or not math.isfinite(value):
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{m * power:.3g}") for m in (1, 5, 10) if m * power >= value * (1 - 1e-9))


def unit_name(unit: str) -> str:
    """A unit as it is written."""
    if unit in UNITS:
        return UNITS[unit]
    return unit.replace("1/", "a ").replace("/", " a ")


def with_unit(text: str, unit: str) -> str:
    """A number, already written, and its unit."""
    name = unit_name(unit)
    return f"{text}{NBSP}{name}" if name else text


def amount(value: float, unit: str = "", sign: bool = False) -> str:
    """A single number with three figures, or whole from a hundred on, and its unit."""
    return with_unit(number(value, _digits_of(value), sign), unit)


def quantity(interval: Interval) -> str:
    """A number of the model with its interval, rounded to about a fortieth of its width."""
    unit = _round_up((interval.high - interval.low) / 40)
    if interval.low != 0:
        unit = min(unit, 10.0 ** math.floor(math.log10(abs(interval.low))))
    low, median, high = (rounded(v, unit) for v in (interval.low, interval.median, interval.high))
    return with_unit(median, interval.unit) + ("" if low == high else f" ({between(low, high)})")


def rough(value: float) -> str:
    """A number with two figures."""
    digits = 0 if value == 0 else max(0, 1 - math.floor(math.log10(abs(value))))
    return number(value, digits)


def exact(value: float) -> str:
    """A diagnostic: four figures, so that it can be held against its limit."""
    return f"{value:.4g}".replace("-", MINUS)


def _digits_of(value: float) -> int:
    if value == 0 or abs(value) >= 100 or value == int(value):
        return 0
    return max(0, min(4, 2 - math.floor(math.log10(abs(value)))))


def estimate(
    interval: Interval, draws: int, sign: bool = False, never_negative: bool = True
) -> Estimate:
    """An interval with its text, such as '210 km² (15–480)', rounded to what the draws support.

    sign: write a plus before a rise; for differences, which may be negative.
    """
    unit = _step_for(interval, draws)
    low, median, high = (
        rounded(v, unit, sign, never_negative and not sign)
        for v in (interval.low, interval.median, interval.high)
    )
    return Estimate(
        median=interval.median,
        low=interval.low,
        high=interval.high,
        level=interval.level,
        unit=interval.unit,
        text=with_unit(median, interval.unit) + ("" if low == high else f" ({between(low, high)})"),
    )


def median_text(interval: Interval, draws: int, sign: bool = False) -> str:
    """The median of an interval, rounded as in `estimate`, with its unit."""
    text = rounded(interval.median, _step_for(interval, draws), sign, not sign)
    return with_unit(text, interval.unit)


def range_text(interval: Interval, draws: int, sign: bool = False, join: str | None = None) -> str:
    """The ends of an interval, rounded as in `estimate`, with its unit; as '15–480 km²', or with a word between."""
    unit = _step_for(interval, draws)
    low, high = (rounded(v, unit, sign, not sign) for v in (interval.low, interval.high))
    text = between(low, high) if join is None else f"{low} {join} {high}"
    return with_unit(text, interval.unit)


def _step_for(interval: Interval, draws: int) -> float:
    """The step of an interval; at least one for people, and for areas, which no map knows better."""
    found = step(interval.high - interval.low, draws)
    return max(found, 1.0) if interval.unit in WHOLE else found


def between(low: str, high: str) -> str:
    """Two numbers, already written, as a range; with words where a sign would make the dash unclear."""
    if low == high:
        return low
    plain = not any(c in low + high for c in f"{MINUS}+ ")
    return f"{low}{DASH}{high}" if plain else f"{low} to {high}"


def rounded(value: float, unit: float, sign: bool = False, count: bool = False) -> str:
    """A number rounded to multiples of `unit`. A count that is not nothing is never written as 0."""
    if unit <= 0:
        return number(value, _digits_of(value), sign)
    digits = max(0, -math.floor(math.log10(unit)))
    shown = unit * round(value / unit)
    if count and value > 0 and shown == 0:
        return f"under {number(unit, digits)}"
    return number(shown, digits, sign)


def settled(contraction: float) -> Verdict:
    """What the data did to a number, from the contraction of its variance."""
    if contraction >= SETTLED:
        return "settled"
    return "partly" if contraction >= PARTLY else "assumed"


VERDICTS: dict[Verdict, str] = {
    "settled": "mostly settled by the data",
    "partly": "partly settled by the data",
    "assumed": "set by assumption",
}


TRUST = {
    "S": "well supported",
    "M": "mixed or narrow evidence",
    "C": "contested",
    "A": "our assumption",
}


def share_settled(contraction: float) -> str:
    """The words for what the data did to a number."""
    return VERDICTS[settled(contraction)]


def contraction_text(contraction: float) -> str:
    """How far the data narrowed a number: its share, or none where it is not above zero."""
    return "none" if contraction < 0.005 else percent(contraction)


def day(date: dt.date) -> str:
    """A date as it is written in text, such as '11 March 2025'."""
    return f"{date.day}{NBSP}{date:%B} {date.year}"


def with_days(text: str) -> str:
    """A text with each date in it, such as 2025-03-11, as `day` writes it."""
    return _ISO_DAY.sub(lambda m: day(dt.date.fromisoformat(m[0])), text)


def short_day(date: dt.date) -> str:
    """A date without its year, such as '11 Mar'."""
    return f"{date.day}{NBSP}{date:%b}"


def count(n: int, one: str, many: str | None = None) -> str:
    """A number and the thing that is counted: '1 week', '16 weeks', 'no weeks'."""
    if n == 0:
        return f"no {many or one + 's'}"
    return f"{number(n)}{NBSP}{one if n == 1 else many or one + 's'}"


def listed(items: Sequence[str], last: str = "and") -> str:
    """Items as a list in a sentence."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    text = text.strip()
    if not text:
        return text
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else text + "."
