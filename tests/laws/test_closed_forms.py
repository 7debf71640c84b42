"""Every law against what is known of it by other means: sixty-digit closed forms, another integrator, invariants."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from salient import engage

strengths = st.floats(0, 7).map(lambda x: 10.0**x)
rates = st.floats(-9, 3).map(lambda x: 10.0**x)
cases = {
    "strength": st.tuples(strengths, strengths),
    "effectiveness": st.tuples(rates, rates),
}
quick = settings(max_examples=80)

DETERMINISTIC = {
    "square": {},
    "linear": {},
    "logarithmic": {},
    "generalised": {"p": 0.45, "q": 0.8},
    "helmbold": {"weiss": 0.35},
    "deitchman": {},
}


def written(x):
    """The decimal number that a user wrote."""
    return Decimal(repr(x))


def square_to_sixty_digits(strength, effectiveness, share):
    """(winner, duration, survivors, both strengths at `share` of the duration), by exp and ln of decimals."""
    with localcontext() as context:
        context.prec = 60
        (a, b), (ea, eb) = map(written, strength), map(written, effectiveness)
        u, v = ea.sqrt() * a, eb.sqrt() * b
        if u == v:
            return None
        high, low = max(u, v), min(u, v)
        k = (ea * eb).sqrt()
        duration = ((high + low) / (high - low)).ln() / 2 / k
        t = duration * Decimal(share)
        grow, fade = (k * t).exp(), (-k * t).exp()
        winner = ((high + low) * fade + (high - low) * grow) / 2
        loser = ((high + low) * fade - (high - low) * grow) / 2
        root = (ea.sqrt(), eb.sqrt())
        w = 0 if u > v else 1
        left = (high * high - low * low).sqrt() / root[w]
        return w, float(duration), float(left), float(winner / root[w]), float(loser / root[1 - w])


@given(**cases, share=st.floats(0.01, 0.9))
@quick
def test_the_square_law_to_nine_digits(strength, effectiveness, share):
    known = square_to_sixty_digits(strength, effectiveness, share)
    assume(known is not None)
    w, duration, left, winner, loser = known
    found = engage("square", strength, effectiveness, times=[duration * share])
    assume(found.winner is not None)
    assert found.winner == "AB"[w]
    assert found.duration == pytest.approx(duration, rel=1e-11)
    assert found.survivors == pytest.approx(left, rel=1e-11)
    assert found.strength[0][w] == pytest.approx(winner, rel=1e-11)
    assert found.strength[0][1 - w] == pytest.approx(loser, rel=1e-9)


@pytest.mark.parametrize("apart", [1e-3, 1e-6, 1e-9, 1e-12, 1e-14])
@pytest.mark.parametrize("first", [True, False])
def test_the_square_law_next_to_parity(apart, first):
    strength = (1e5 * (1 + apart), 1e5) if first else (1e5, 1e5 * (1 + apart))
    w, duration, left, winner, loser = square_to_sixty_digits(strength, (0.3, 0.3), 0.5)
    found = engage("square", strength, (0.3, 0.3), times=[duration / 2])
    assert found.winner == "AB"[w]
    assert (found.duration, found.survivors) == pytest.approx((duration, left), rel=1e-11)
    assert found.strength[0][w] == pytest.approx(winner, rel=1e-9)
    assert found.strength[0][1 - w] == pytest.approx(loser, rel=1e-9)


@given(**cases)
@quick
def test_the_exact_difference_of_the_numbers_as_written_says_who_wins(strength, effectiveness):
    one, two = (
        Fraction(repr(e)) * Fraction(repr(n)) ** 2
        for e, n in zip(effectiveness, strength, strict=True)
    )
    found = engage("square", strength, effectiveness)
    assert found.winner == (None if one == two else "A" if one > two else "B")


def test_the_duration_is_that_of_the_curve_and_not_of_a_straight_line():
    """A straight line to zero, 80 / (1.0 x 100), is 51 % short here; an open simulator that draws it is 28 % off."""
    found = engage("square", (100, 80), (1.0, 1.44))
    assert found.duration == pytest.approx(math.atanh(0.96) / 1.2, rel=1e-12)
    assert found.survivors == pytest.approx(28.0, rel=1e-12)
    assert found.invariant == pytest.approx(784.0, rel=1e-12)
    assert 0.5 * found.duration > 80 / 100


@given(**cases, share=st.floats(0.01, 20))
@quick
def test_the_linear_law_to_nine_digits(strength, effectiveness, share):
    """y = D / ((x_0/y_0) exp(D t) - 1) and x = y + D with x the larger of e_A A and e_B B."""
    with localcontext() as context:
        context.prec = 60
        x, y = (written(e) * written(n) for e, n in zip(effectiveness, strength, strict=True))
        assume(abs(x - y) > Decimal("1e-13") * max(x, y))
        t = share / float(x + y)
        d = x - y
        later = d / ((x / y) * (d * Decimal(t)).exp() - 1)
        known = [
            float((later + d) / written(effectiveness[0])),
            float(later / written(effectiveness[1])),
        ]
    found = engage("linear", strength, effectiveness, times=[t])
    assert found.strength[0] == pytest.approx(known, rel=1e-9)
    assert found.winner == ("A" if x > y else "B")
    assert found.duration is None


@given(**cases, share=st.floats(0, 30))
@quick
def test_the_logarithmic_law(strength, effectiveness, share):
    t = share / max(effectiveness)
    found = engage("logarithmic", strength, effectiveness, times=[t])
    known = [n * math.exp(-e * t) for n, e in zip(strength, effectiveness[::-1], strict=True)]
    assert found.strength[0] == pytest.approx(known, rel=1e-12)
    assert (found.winner, found.duration) == (None, None)


def integrated(slope, strength, t):
    """Another way to the same place: an eighth-order integrator."""
    run = solve_ivp(slope, (0.0, t), strength, method="DOP853", rtol=1e-12, atol=1e-12)
    return run.y[:, -1]


@given(
    p=st.floats(0, 3), q=st.floats(0, 2.5), ratio=st.floats(0.3, 3), tilt=st.floats(0.3, 3),
    share=st.floats(0.01, 0.9),
)  # fmt: skip
@settings(max_examples=40)
def test_the_generalised_law_against_an_integrator(p, q, ratio, tilt, share):
    strength, effectiveness = (ratio, 1.0), (1.0, tilt)

    def slope(t, n):
        return [-tilt * n[1] ** p * n[0] ** q, -(n[0] ** p) * n[1] ** q]

    whole = engage("generalised", strength, effectiveness, p=p, q=q)
    t = share * (min(whole.duration, 2.0) if whole.duration else 2.0)
    known = integrated(slope, strength, t)
    assume((known > 1e-3).all())
    found = engage("generalised", strength, effectiveness, p=p, q=q, times=[t])
    np.testing.assert_allclose(found.strength[0], known, rtol=1e-9)


@pytest.mark.parametrize(
    ("law", "p", "q"), [("square", 1, 0), ("linear", 1, 1), ("logarithmic", 0, 1)]
)
def test_named_laws_are_points_of_the_generalised_one(law, p, q):
    case = {"strength": (5e4, 3e4), "effectiveness": (2e-6, 5e-6), "times": [1.0, 1e4, 1e5]}
    one, two = engage(law, **case), engage("generalised", **case, p=p, q=q)
    np.testing.assert_allclose(one.strength, two.strength, rtol=1e-10)
    assert one.winner == two.winner
    assert (one.duration is None) == (law != "square")
    same = (one.survivors, one.duration or 0.0)
    assert same == pytest.approx((two.survivors, two.duration or 0.0), rel=1e-10)


@pytest.mark.parametrize(("weiss", "p", "q"), [(1, 1, 0), (0.5, 0.5, 0.5), (0, 0, 1)])
def test_helmbolds_family_runs_from_square_to_logarithmic(weiss, p, q):
    case = {"strength": (500, 300), "effectiveness": (0.2, 0.5), "times": [0.5, 1.0, 3.0]}
    one, two = engage("helmbold", **case, weiss=weiss), engage("generalised", **case, p=p, q=q)
    np.testing.assert_array_equal(one.strength, two.strength)


@pytest.mark.parametrize("effectiveness", [(0.05, 1.0), (0.001, 1.0), (0.02, 0.9999)])
@pytest.mark.parametrize("hidden", ["A", "B"])
def test_deitchmans_ambush_against_an_integrator(effectiveness, hidden):
    strength = (90.0, 81.0)
    ea, eb = effectiveness

    def slope(t, n):
        mixed = n[0] * n[1]
        return [-eb * (mixed if hidden == "A" else n[1]), -ea * (n[0] if hidden == "A" else mixed)]

    whole = engage("deitchman", strength, effectiveness, hidden=hidden)
    t = 0.4 * (whole.duration or 0.4 * whole.horizon)
    found = engage("deitchman", strength, effectiveness, hidden=hidden, times=[t])
    np.testing.assert_allclose(found.strength[0], integrated(slope, strength, t), rtol=1e-9)


def test_deitchmans_parity():
    """(rho/2) R^2 = gamma G."""
    found = engage("deitchman", (100, 80), (0.016, 1.0))
    assert found.winner is None
    assert engage("deitchman", (100.01, 80), (0.016, 1.0)).winner == "A"
    assert engage("deitchman", (99.99, 80), (0.016, 1.0)).winner == "B"


@given(
    ratio=st.floats(0.3, 3), arriving=st.tuples(st.floats(0, 30), st.floats(0, 30)),
    effectiveness=st.tuples(st.floats(0.1, 2), st.floats(0.1, 2)), share=st.floats(0.05, 0.99),
)  # fmt: skip
@settings(max_examples=40)
def test_reinforcement_against_an_integrator(ratio, arriving, effectiveness, share):
    strength = (100.0 * ratio, 100.0)
    ea, eb = effectiveness

    def slope(t, n):
        return [arriving[0] - eb * n[1], arriving[1] - ea * n[0]]

    whole = engage("square", strength, effectiveness, reinforce=arriving)
    t = share * min(whole.duration or 5.0, 8.0)
    found = engage("square", strength, effectiveness, reinforce=arriving, times=[t])
    np.testing.assert_allclose(
        found.strength[0], integrated(slope, strength, t), rtol=1e-7, atol=1e-7
    )
    if whole.duration:
        end = integrated(slope, strength, whole.duration)
        loser = "AB".index(whole.winner) ^ 1
        assert abs(end[loser]) < 1e-6 * end.max()


@given(**cases, law=st.sampled_from(sorted(DETERMINISTIC)), reach=st.floats(0.01, 3))
@quick
def test_swapping_the_sides_swaps_the_results(law, strength, effectiveness, reach):
    options = DETERMINISTIC[law]
    other = {"hidden": "A"} if law == "deitchman" else options
    one = engage(law, strength, effectiveness, **options)
    t = [reach * one.horizon]
    one = engage(law, strength, effectiveness, times=t, **options)
    two = engage(law, strength[::-1], effectiveness[::-1], times=t, **other)
    np.testing.assert_array_equal(one.strength[0], two.strength[0][::-1])
    assert {one.winner, two.winner} in ({"A", "B"}, {None})
    assert (one.duration, one.survivors) == (two.duration, two.survivors)
    assert one.losses == two.losses[::-1]


@given(**cases, law=st.sampled_from(sorted(DETERMINISTIC)))
@quick
def test_nobody_comes_back_and_nobody_is_negative(law, strength, effectiveness):
    found = engage(law, strength, effectiveness, **DETERMINISTIC[law])
    n = np.array(found.strength)
    assert np.isfinite(n).all()
    assert (n >= 0).all()
    assert (np.diff(n, axis=0) <= 1e-12 * n[:-1]).all()
    np.testing.assert_allclose(n[0], strength, rtol=1e-9)
    if found.winner:
        assert 0 <= found.survivors <= strength["AB".index(found.winner)]


@given(
    ratio=st.floats(0.3, 3), effectiveness=st.tuples(st.floats(0.1, 5), st.floats(0.1, 5)),
    law=st.sampled_from(["square", "linear", "generalised", "helmbold"]),
)  # fmt: skip
@quick
def test_the_invariant_stays(ratio, effectiveness, law):
    options = DETERMINISTIC[law]
    strength = (100 * ratio, 100.0)
    w = {"square": 2.0, "linear": 1.0, "generalised": 0.65, "helmbold": 0.7}[law]
    found = engage(law, strength, effectiveness, **options)
    n = np.array(found.strength)[:-1]
    terms = np.array(effectiveness) * n**w
    scale = terms[0].sum()
    np.testing.assert_allclose(terms[:, 0] - terms[:, 1], found.invariant, atol=1e-10 * scale)


@given(more=st.floats(1.01, 3))
@settings(max_examples=25)
def test_more_soldiers_leave_more_and_lose_fewer_only_when_numbers_count_double(more):
    """Losses fall with one's own numbers when w is over 1, stay under the linear law, and rise when w is below."""
    for law, sign in (("square", -1), ("linear", 0), ("generalised", 1)):
        less = engage(law, (100, 60), (1.0, 1.0), **DETERMINISTIC[law])
        grown = engage(law, (100 * more, 60), (1.0, 1.0), **DETERMINISTIC[law])
        assert grown.survivors > less.survivors
        change = (100 * more - grown.survivors) - (100 - less.survivors)
        assert (0 if abs(change) < 1e-9 else math.copysign(1, change)) == sign


@pytest.mark.parametrize(
    ("law", "effectiveness"),
    [("square", (1.0, 1.44)), ("linear", (1.0, 1.2)), ("helmbold", (1.0, 1.2**0.7))],
)
def test_at_parity_neither_wins(law, effectiveness):
    found = engage(law, (120, 100), effectiveness, times=[0.0, 0.01, 1.0])
    assert (found.winner, found.survivors) == (None, 0.0)
    n = np.array(found.strength)
    np.testing.assert_allclose(n[:, 0] / n[:, 1], 1.2, rtol=1e-12)
    if law == "square":
        assert found.duration is None


def test_a_breakpoint_ends_the_battle():
    found = engage("square", (100, 80), (1.0, 1.44), breakpoint=(0.5, 0.6), times=[0, 0.2, 9])
    assert (found.winner, found.ended_by) == ("A", "breakpoint")
    assert found.strength[-1][1] == pytest.approx(48, rel=1e-12)
    assert found.strength[-1][0] == found.survivors
    assert found.survivors**2 - 1.44 * 48**2 == pytest.approx(784, rel=1e-11)


@pytest.mark.parametrize("law", ["linear", "logarithmic"])
def test_breakpoints_of_laws_that_never_end(law):
    found = engage(law, (100, 80), (0.01, 0.01), breakpoint=(0.5, 0.5))
    if law == "logarithmic":
        assert (found.winner, found.duration) == (None, pytest.approx(math.log(2) / 0.01))
    else:
        known = math.log((0.2 + 0.4) / (0.5 * 1.0)) / 0.2
        assert (found.winner, found.duration) == ("A", pytest.approx(known, rel=1e-11))


def test_the_end_stays():
    found = engage("square", (100, 80), (1.0, 1.44), times=[1.7, 50.0, 1e9])
    assert found.strength.tolist() == [[found.survivors, 0.0]] * 3


@pytest.mark.parametrize("law", ["linear", "logarithmic", "deitchman", "generalised"])
def test_a_time_without_bound_is_the_limit(law):
    options = {"p": 1.0, "q": 1.2} if law == "generalised" else {}
    found = engage(law, (4e6, 9e5), (400.0, 0.03), times=[0.0, 1e300], **options)
    left = [n - loss for n, loss in zip((4e6, 9e5), found.losses, strict=True)]
    assert found.strength[-1] == pytest.approx(left, rel=1e-9, abs=1e-9)
