"""The classical laws against closed forms worked out with other means, and what must hold of any of them."""

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from typer.testing import CliRunner

from salient.cli import app
from salient.errors import SalientError
from salient.laws.chance import Salvo, exact_endings, simulate
from salient.laws.engage import engage, laws

strengths = st.floats(1, 1e7)
rates = st.floats(1e-9, 1e3)
CLOSED = [
    ("square", {}), ("linear", {}), ("logarithmic", {}), ("deitchman", {}), ("generalised", {}), ("helmbold", {}),
    ("generalised", {"p": 1.0, "q": 1.0}), ("generalised", {"p": 0.4, "q": 1.4}),
    ("square", {"reinforcement": (1.0, 0.5)}),
]  # fmt: skip


def rates_of(law, options, a, b, ea, eb):
    p, q = {
        "square": (1, 0),
        "linear": (1, 1),
        "logarithmic": (0, 1),
        "helmbold": (0.35, 0.65),
    }.get(law, (options.get("p", 0.5), options.get("q", 0.75)))
    if law == "deitchman":
        return -eb * b, -ea * a * b
    ra, rb = options.get("reinforcement", (0, 0))
    return ra - eb * b**p * a**q, rb - ea * a**p * b**q


@pytest.mark.parametrize(("law", "options"), CLOSED)
@pytest.mark.parametrize(("start", "rate"), [((100, 80), (1.0, 1.44)), ((30, 45), (0.02, 0.01))])
def test_it_solves_its_equation(law, options, start, rate):
    end = engage(law, start, rate, **options)
    last = 0.8 * (end.duration or float(end.times[-1]))
    times = np.linspace(0, last, 7)

    def f(t, y):
        return rates_of(law, options, *y, *rate)

    other = solve_ivp(f, (0, last), start, "DOP853", times, rtol=1e-12, atol=1e-12)
    ours = engage(law, start, rate, times.tolist(), **options).strength
    assert ours == pytest.approx(other.y.T, rel=1e-8, abs=1e-9)


@given(a=strengths, b=strengths, ea=rates, eb=rates)
def test_square_law_ends_as_the_closed_form_says(a, b, ea, eb):
    e = engage("square", (a, b), (ea, eb))
    gap = Fraction(repr(ea)) * Fraction(repr(a)) ** 2 - Fraction(repr(eb)) * Fraction(repr(b)) ** 2
    assert e.winner == (None if gap == 0 else "A" if gap > 0 else "B")
    if gap == 0:
        assert e.duration is None
        return
    left = math.sqrt(abs(float(gap)) / (ea if gap > 0 else eb))
    assert e.survivors == pytest.approx(left, rel=1e-9)
    strong = math.sqrt(ea) * a if gap > 0 else math.sqrt(eb) * b
    weak = math.sqrt(eb) * b if gap > 0 else math.sqrt(ea) * a
    ratio = weak / strong
    if ratio < 0.999:  # artanh itself loses digits nearer to parity
        assert e.duration == pytest.approx(math.atanh(ratio) / math.sqrt(ea * eb), rel=1e-9)
        assert e.duration > 0.999 * ratio / math.sqrt(ea * eb)  # a straight line ends too early


def test_a_straight_line_in_place_of_the_curve_would_be_a_quarter_off():
    e = engage("square", (100, 80), (1.0, 1.0))
    straight = 80 / (1.0 * 100)
    assert e.duration == pytest.approx(math.atanh(0.8))
    assert straight / e.duration < 0.75


@given(a=strengths, b=strengths, ea=rates, eb=rates, t=st.floats(0, 3))
def test_linear_and_logarithmic_invariants(a, b, ea, eb, t):
    scale = t / (ea * a + eb * b)
    x, y = engage("linear", (a, b), (ea, eb), [scale]).strength[0]
    assert ea * x - eb * y == pytest.approx(ea * a - eb * b, abs=1e-9 * (ea * a + eb * b))
    x, y = engage("logarithmic", (a, b), (ea, eb), [t]).strength[0]
    assert (x, y) == pytest.approx((a * math.exp(-eb * t), b * math.exp(-ea * t)), rel=1e-12)


@pytest.mark.parametrize("law", [name for name in laws() if name != "deitchman"])
@given(a=st.floats(1, 1e5), b=st.floats(1, 1e5), ea=st.floats(1e-3, 10), eb=st.floats(1e-3, 10))
def test_swapping_the_sides_swaps_the_result(law, a, b, ea, eb):
    one, two = engage(law, (a, b), (ea, eb), [0.0]), engage(law, (b, a), (eb, ea), [0.0])
    assert {one.winner, two.winner} in ({"A", "B"}, {None})
    assert one.final == pytest.approx(two.final[::-1], rel=1e-7, abs=1e-9 * max(a, b))
    assert (one.duration is None) == (two.duration is None)
    if one.duration is not None and abs(one.invariant) > 1e-6 * ea * a:
        assert one.duration == pytest.approx(two.duration, rel=1e-6)


def test_deitchman_can_hide_either_side():
    one = engage("deitchman", (100, 80), (0.01, 0.1), [1.0, 2.0])
    two = engage("deitchman", (80, 100), (0.1, 0.01), [1.0, 2.0], hidden="A")
    assert np.array_equal(one.strength, two.strength[:, ::-1])
    gap = 0.01 / 2 * 100**2 - 0.1 * 80
    assert one.invariant == pytest.approx(gap)


def test_parity_is_parity_and_after_the_end_nothing_moves():
    equal = engage("square", (100, 120), (1.44, 1.0), [0, 1, 50])
    assert (equal.winner, equal.duration, equal.invariant) == (None, None, 0.0)
    assert equal.strength[1] * [1.2, 1.0] == pytest.approx(equal.strength[1][::-1] * [1.0, 1.2])
    after = engage("square", (100, 80), (1.0, 1.44), [1.7, 50, 1e9])
    assert after.strength.tolist() == [[28.0, 0.0]] * 3


def test_breakpoints_end_it_sooner():
    whole, broken = (engage("square", (100, 80), (1.0, 1.0), None, b) for b in ((0, 0), (0.7, 0.7)))
    assert broken.duration < whole.duration
    assert broken.winner == "A"
    assert broken.final[1] == pytest.approx(56)
    assert 100**2 - broken.final[0] ** 2 == pytest.approx(80**2 - 56**2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"law": "sqare"}, "square"),
        ({"strength": (0, 1)}, "above 0"),
        ({"strength": (-3, 1)}, "above 0"),
        ({"strength": (math.nan, 1)}, "finite"),
        ({"effectiveness": (1, math.inf)}, "finite"),
        ({"times": [-1]}, "0 or more"),
        ({"breakpoint": (1.0, 0)}, "below 1"),
        ({"weiss": 0.5}, "takes no 'weiss'"),
        ({"law": "deitchman", "hidden": "C"}, "A or B"),
        ({"law": "generalised", "p": math.nan}, "exponent"),
    ],
)
def test_what_cannot_be_meant_is_refused(change, said):
    with pytest.raises(SalientError) as refused:
        engage(**{"law": "square", "strength": (1, 2), "effectiveness": (1, 1), **change})
    assert said in "\n".join(str(p) for p in refused.value.problems)


def test_exact_chain_against_every_path_and_against_draws():
    def p_wins(a, b, ea, eb):
        if b == 0 or a == 0:
            return float(b == 0)
        up = ea * a / (ea * a + eb * b)
        return up * p_wins(a, b - 1, ea, eb) + (1 - up) * p_wins(a - 1, b, ea, eb)

    exact = exact_endings((6, 5), (1.0, 1.3))
    assert exact.p_a_wins == pytest.approx(p_wins(6, 5, 1.0, 1.3), rel=1e-12)
    assert exact.survivors_a.sum() + exact.survivors_b.sum() == pytest.approx(1)
    drawn = simulate((6, 5), (1.0, 1.3), 40_000, 1)
    assert (drawn.left[0] > 0).mean() == pytest.approx(exact.p_a_wins, abs=0.01)
    assert drawn.left.mean(axis=1) == pytest.approx(exact.mean(), abs=0.05)
    assert np.array_equal(drawn.left, simulate((6, 5), (1.0, 1.3), 40_000, 1).left)


def test_large_forces_of_chance_follow_the_square_law():
    drawn = simulate((1000, 800), (1.0, 1.0), 300, 1)
    sure = engage("square", (1000, 800), (1.0, 1.0))
    assert drawn.left[0].mean() == pytest.approx(sure.survivors, rel=0.02)


def test_salvo_by_hand_and_by_chance():
    salvo = Salvo((3, 2), (4, 4), (1, 1), (2, 2))
    assert salvo.rounds(1)[1].tolist() == [0.5, 0.0]  # A: 8 - 3 = 5 hits of 2; B: 12 - 2 = 10 hits
    large = Salvo(
        (300, 200), (0.4, 0.4)
    )  # so large that no side is hit out, and means are those of certainty
    assert large.by_chance(1, 4000, 1)[1].mean(axis=1) == pytest.approx(
        large.rounds(1)[1], rel=0.01
    )


def test_the_law_is_the_one_of_the_campaign():
    """Many small steps of the campaign's attrition come to the closed form."""
    from types import SimpleNamespace

    from salient.mechanisms.attrition import hazard

    strength, step = np.array([[[100.0]], [[80.0]]]), 1e-4
    setting = SimpleNamespace(reference=np.ones((2, 1, 1)))
    rate = np.array([[1.44], [1.0]]) * step  # a side's rate is what the other does to it
    for _ in range(5000):
        week = SimpleNamespace(strength=strength, allied_soldiers=0.0, setting=setting)
        strength = strength * np.exp(-hazard(week, rate, 1.0, 0.0))
    assert strength.ravel() == pytest.approx(
        engage("square", (100, 80), (1.0, 1.44), [0.5]).strength[0], rel=2e-4
    )


def run(*words):
    return CliRunner().invoke(app, ["engage", *map(str, words)])


def test_the_command_says_and_prints_json(tmp_path):
    base = ("--law", "square", "--strength", 100, 80, "--effectiveness", 1.0, 1.44)
    said = run(*base, "--out", tmp_path / "x.svg")
    assert "A wins after 1.622" in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 80
    assert (tmp_path / "x.svg").read_text().startswith("<svg")
    made = json.loads(run(*base, "--times", 0, 1, 2, "--json").stdout)
    assert made["times"] == [0, 1, 2]
    assert made["strength"][0] == [100, 80]
    assert made["strength"][2] == [28, 0]
    assert (made["winner"], made["survivors"]) == ("A", 28)
    assert json.loads(run(*base, "--times", "0,1,2", "--json").stdout) == made


def test_the_command_draws_battles_of_chance():
    made = json.loads(
        run(
            "--law",
            "stochastic",
            "--strength",
            20,
            15,
            "--effectiveness",
            1,
            1,
            "--draws",
            20000,
            "--json",
        ).stdout
    )
    assert made["drawn"]["p_a_wins"] == pytest.approx(made["exact"]["p_a_wins"], abs=0.02)
    assert (
        "90 %"
        in run(
            "--law", "stochastic", "--strength", 9, 9, "--effectiveness", 1, 1, "--draws", 50
        ).stdout
    )
    assert (
        "salvo"
        in run("--law", "salvo", "--strength", 3, 2, "--effectiveness", 4, 4, "--draws", 9).stdout
    )
