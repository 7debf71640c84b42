"""Numbers as people write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salient.quantities import UNITS, Quantity, factor, known_units, parse

NUMBER = st.floats(-1e12, 1e12).filter(lambda v: v == 0 or abs(v) > 1e-12)
UNIT = st.sampled_from([s for spellings in UNITS.values() for s in spellings])
CANONICAL = {s: unit for unit, spellings in UNITS.items() for s in spellings}


@pytest.mark.parametrize(
    ("text", "centre", "low", "high", "unit"),
    [
        ("1260 km2", 1260, 1260, 1260, "km2"),
        ("1260 km²", 1260, 1260, 1260, "km2"),
        ("11000 .. 20000 soldiers", math.sqrt(11000 * 20000), 11000, 20000, "soldiers"),
        ("11_000..20_000 men", math.sqrt(11000 * 20000), 11000, 20000, "soldiers"),
        ("0.6 (0.3 .. 0.9) km/week", 0.6, 0.3, 0.9, "km/week"),
        ("0.6(0.3..0.9)", 0.6, 0.3, 0.9, "1"),
        ("-4.5 (-5.9 .. -3.1)", -4.5, -5.9, -3.1, "1"),
        ("-3 .. 5", 1, -3, 5, "1"),
        ("0 .. 5", 2.5, 0, 5, "1"),
        ("2e3 weeks", 2000, 2000, 2000, "weeks"),
        (" .5 ", 0.5, 0.5, 0.5, "1"),
        ("3 per week", 3, 3, 3, "1/week"),
        (7, 7, 7, 7, "1"),
        (0.25, 0.25, 0.25, 0.25, "1"),
    ],
)
def test_forms(text: str | float, centre: float, low: float, high: float, unit: str) -> None:
    q = parse(text)
    assert (q.centre, q.low, q.high, q.unit) == (pytest.approx(centre), low, high, unit)
    assert q.certain == (low == high)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a quantity"),
        ("much", "is not a quantity"),
        ("5 .. 3", "put the smaller first"),
        ("9 (1 .. 5) km", "put the smaller first"),
        (True, "not true or false"),
        ("1e999", "too large"),
        (float("nan"), "too large"),
        (float("inf"), "too large"),
        ("1" * 201, "too long"),
    ],
)
def test_what_is_wrong_is_said(text: str | float | bool, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text)


@given(values=st.tuples(NUMBER, NUMBER, NUMBER).map(sorted), unit=UNIT)
@settings(max_examples=200)
def test_what_is_written_is_read(values: list[float], unit: str) -> None:
    low, centre, high = values
    q = parse(f"{centre!r} ({low!r} .. {high!r}) {unit}")
    assert q == Quantity(centre, low, high, CANONICAL[unit])
    single = parse(f"{centre!r} {unit}")
    assert (single.centre, single.low, single.high) == (centre, centre, centre)


@given(values=st.tuples(NUMBER, NUMBER, NUMBER).map(sorted), unit=st.sampled_from(list(UNITS)))
@settings(max_examples=200)
def test_what_is_shown_is_read_back_to_six_digits(values: list[float], unit: str) -> None:
    low, centre, high = (float(f"{v:g}") for v in values)
    q = Quantity(centre, low, high, unit)
    assert parse(str(q)) == q


@pytest.mark.parametrize(
    ("unit", "to", "expected"),
    [
        ("km", "km", 1),
        ("miles", "km", 1.609344),
        ("m", "km", 0.001),
        ("hectares", "km2", 0.01),
        ("mi2", "km2", 1.609344**2),
        ("days", "weeks", 1 / 7),
        ("year", "weeks", 365.25 / 7),
        ("1/day", "1/week", 7),
        ("per day", "1/week", 7),
        ("soldiers/day", "soldiers/week", 7),
        ("m/day", "km/week", 0.007),
        ("%", "1", 0.01),
        ("people", "soldiers", 1),
        ("", "1", 1),
    ],
)
def test_factors(unit: str, to: str, expected: float) -> None:
    assert factor(unit, to) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "to", "why"),
    [
        ("km", "weeks", "km was found where weeks is right"),
        ("soldiers", "km2", "soldiers was found where km2 is right"),
        ("%", "km", "percent was found where km is right"),
        ("kn", "km", "unknown unit 'kn'"),
        ("soldeirs", "soldiers", "did you mean 'soldiers'"),
        ("km", "1", "km was found where no unit is right"),
        ("1", "km", "was found where km is right"),
    ],
)
def test_units_that_do_not_fit_are_refused(unit: str, to: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        factor(unit, to)


def test_conversion_keeps_where_it_is_from() -> None:
    q = Quantity(10, 5, 20, "miles", "atlas", "about").to("km")
    assert q.low == pytest.approx(5 * 1.609344)
    assert (q.unit, q.source, q.note) == ("km", "atlas", "about")


def test_the_units_that_are_named_can_be_used() -> None:
    assert {"km", "weeks", "soldiers"} <= set(known_units())
    for unit, spellings in UNITS.items():
        for spelling in spellings:
            assert factor(spelling, unit) == 1
