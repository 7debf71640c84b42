"""The laws of attrition against what is known of them in closed form."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salient.mechanisms.attrition import MECHANISMS

LAW = {m.name: m.rule for m in MECHANISMS}
EXPONENTS = {
    "lanchester-square": (1.0, 0.0),
    "lanchester-linear": (1.0, 1.0),
    "logarithmic": (0.0, 1.0),
}
REFERENCE = np.array([20_000.0, 12_000.0])
START = np.array([24_000.0, 15_000.0])
RATE = np.array([0.03, 0.05])


def course(
    law: str, weeks: float, steps: int, start: np.ndarray = START, rate: np.ndarray = RATE,
    p: float = 0.5, q: float = 0.75,
) -> np.ndarray:  # fmt: skip
    """Strengths of both sides after each step, dims step, side; a law in steps of weeks / steps."""
    setting = SimpleNamespace(reference=REFERENCE[:, None, None], step_weeks=1.0)
    zero = np.zeros((2, 1, 1))
    given_ = SimpleNamespace(
        rate=rate[:, None] * weeks / steps,
        killed=np.full((2, 1), 0.25),
        p=np.array([p]),
        q=np.array([q]),
    )
    w = SimpleNamespace(setting=setting, allied_soldiers=zero, lethality=zero, exposure=zero)
    n = [start]
    for _ in range(steps):
        w.strength = n[-1][:, None, None]
        n.append(n[-1] + LAW[law](w, given_)["strength_flow"][:, 0, 0])
    return np.array(n)


def coefficients(p: float, q: float) -> tuple[float, float]:
    """k with dN_y/dt = -k_y N_x^p N_y^q, for the rates at the reference strengths."""
    x, y = REFERENCE[::-1], REFERENCE
    k = RATE * x**-p * y ** (1.0 - q)
    return float(k[0]), float(k[1])


def square(t: float) -> np.ndarray:
    """N_a(t) = N_a0 cosh kt - sqrt(b/a) N_d0 sinh kt, and the same for the other side."""
    b, a = coefficients(1.0, 0.0)
    k = np.sqrt(a * b)
    one, two = START
    return np.array(
        [
            one * np.cosh(k * t) - np.sqrt(b / a) * two * np.sinh(k * t),
            two * np.cosh(k * t) - np.sqrt(a / b) * one * np.sinh(k * t),
        ]
    )


def linear(t: float) -> np.ndarray:
    """dN_a/dt = -b N_a N_d: the difference D = a N_a - b N_d stays, and N_a follows a logistic."""
    b, a = coefficients(1.0, 1.0)
    one, two = START
    d = a * one - b * two
    ratio = a * one / (b * two)
    first = d / (a * (1.0 - np.exp(-d * t) / ratio))
    return np.array([first, (a * first - d) / b])


def logarithmic(t: float) -> np.ndarray:
    """N(t) = N_0 exp(-bt)."""
    return START * np.exp(-RATE * t)


CLOSED = {"lanchester-square": square, "lanchester-linear": linear, "logarithmic": logarithmic}


@pytest.mark.parametrize("law", ["lanchester-square", "lanchester-linear"])
def test_small_steps_come_to_the_closed_form_at_first_order(law: str) -> None:
    errors = [
        np.abs(course(law, 10, n)[-1] / CLOSED[law](10) - 1).max() for n in (40, 80, 160, 320)
    ]
    assert errors[-1] < 2e-3
    ratios = np.array(errors[:-1]) / errors[1:]
    np.testing.assert_allclose(ratios, 2.0, atol=0.15)


@pytest.mark.parametrize("steps", [1, 7, 50])
def test_the_logarithmic_law_is_exact_at_any_step(steps: int) -> None:
    np.testing.assert_allclose(course("logarithmic", 12, steps)[-1], logarithmic(12), rtol=1e-12)


@pytest.mark.parametrize("law", sorted(EXPONENTS))
def test_the_invariant_holds(law: str) -> None:
    """a N_a^w - b N_d^w, w = p - q + 1, and for w = 0 the same with logarithms."""
    p, q = EXPONENTS[law]
    b, a = coefficients(p, q)
    w = p - q + 1.0
    n = course(law, 10, 20_000)
    power = np.log(n) if w == 0 else n**w
    kept = a * power[:, 0] - b * power[:, 1]
    scale = a * power[0, 0] + b * power[0, 1]
    assert np.abs(kept - kept[0]).max() / scale < 2e-5


def test_annihilation_takes_the_time_of_the_square_law() -> None:
    """k t = artanh(sqrt(b/a) N_d0 / N_a0), survivors sqrt(N_a0^2 - (b/a) N_d0^2); a straight line would say less."""
    b, a = coefficients(1.0, 0.0)
    assert a * START[0] ** 2 > b * START[1] ** 2
    end = np.arctanh(np.sqrt(b / a) * START[1] / START[0]) / np.sqrt(a * b)
    last = course("lanchester-square", float(end), 20_000)[-1]
    assert last[1] / START[1] < 0.02
    survivors = np.sqrt(START[0] ** 2 - b / a * START[1] ** 2)
    assert last[0] == pytest.approx(survivors, rel=2e-3)
    straight = START[1] / (a * START[0])
    assert straight < 0.8 * end


@pytest.mark.parametrize("law", sorted(EXPONENTS))
def test_named_laws_are_the_generalised_one(law: str) -> None:
    p, q = EXPONENTS[law]
    np.testing.assert_allclose(course("generalised", 8, 8, p=p, q=q), course(law, 8, 8), rtol=1e-12)


def test_fires_without_fires_is_the_generalised_law() -> None:
    np.testing.assert_array_equal(course("fires", 8, 8), course("generalised", 8, 8))


@pytest.mark.parametrize("law", sorted(LAW))
def test_equal_sides_stay_equal(law: str) -> None:
    start, rate = REFERENCE * 1.3, np.array([0.04, 0.04])
    share = course(law, 20, 20, start, rate) / REFERENCE
    np.testing.assert_allclose(share[:, 0], share[:, 1], rtol=1e-12)


@given(
    law=st.sampled_from(sorted(LAW)),
    strengths=st.tuples(st.floats(1, 1e6), st.floats(1, 1e6)),
    rates=st.tuples(st.floats(1e-4, 2), st.floats(1e-4, 2)),
    p=st.floats(0.05, 3),
    q=st.floats(0.05, 3),
)
@settings(max_examples=60)
def test_nobody_loses_more_than_they_have(
    law: str, strengths: tuple[float, float], rates: tuple[float, float], p: float, q: float
) -> None:
    n = course(law, 4, 4, np.array(strengths), np.array(rates), p, q)
    assert np.isfinite(n).all()
    assert (n >= 0).all()
    assert (np.diff(n, axis=0) <= 0).all()


@given(size=st.floats(0.1, 10))
@settings(max_examples=20)
def test_the_loss_ratio_of_two_sizes_follows_the_exponents(size: float) -> None:
    """L_a / L_d goes as (N_a / N_d)^(q - p): what battles are compared by."""
    p, q, small = 0.4, 0.9, np.array([1e-7, 1e-7])

    def ratio(factor: float) -> float:
        n = course("generalised", 1, 1, REFERENCE * np.array([factor, 1.0]), small, p, q)
        lost = (n[0] - n[1]) / REFERENCE
        return float(lost[0] / lost[1])

    assert ratio(size) / ratio(1.0) == pytest.approx(size ** (q - p), rel=1e-5)


def test_the_killed_are_their_share_of_casualties() -> None:
    one = np.ones((2, 1, 1))
    w = SimpleNamespace(
        setting=SimpleNamespace(reference=one, step_weeks=1.0),
        strength=50.0 * one,
        allied_soldiers=0.0 * one,
    )
    p = SimpleNamespace(rate=np.full((2, 1), 0.1), killed=np.array([[0.2], [0.4]]))
    out = LAW["logarithmic"](w, p)
    np.testing.assert_allclose(out["killed"] / out["casualties"], p.killed[:, None])
    np.testing.assert_array_equal(out["strength_flow"], -out["casualties"])
