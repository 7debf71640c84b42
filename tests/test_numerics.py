"""The functions of equations: the same for NumPy and JAX, and right at their ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from salient import numerics as n

X = np.linspace(-20, 20, 41)
POSITIVE = np.geomspace(1e-6, 1e6, 41)
INSIDE = np.linspace(0.01, 0.99, 41)

UNARY: dict[str, tuple[Callable[..., Any], Callable[..., Any], np.ndarray]] = {
    "exp": (n.exp, np.exp, X),
    "expm1": (n.expm1, np.expm1, X),
    "log": (n.log, np.log, POSITIVE),
    "log1p": (n.log1p, np.log1p, POSITIVE),
    "sqrt": (n.sqrt, np.sqrt, POSITIVE),
    "tanh": (n.tanh, np.tanh, X),
    "sinh": (n.sinh, np.sinh, X),
    "expit": (n.expit, special.expit, X),
    "logit": (n.logit, special.logit, INSIDE),
    "softplus": (n.softplus, lambda x: np.logaddexp(0, x), X),
    "ndtri": (n.ndtri, stats.norm.ppf, INSIDE),
    "zeros_like": (n.zeros_like, np.zeros_like, X),
    "ones_like": (n.ones_like, np.ones_like, X),
}
BINARY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "maximum": (n.maximum, np.maximum),
    "minimum": (n.minimum, np.minimum),
    "where": (lambda x, y: n.where(x > y, x, y), np.maximum),
    "stack": (lambda x, y: n.stack([x, y], axis=1), lambda x, y: np.stack([x, y], axis=1)),
    "concatenate": (
        lambda x, y: n.concatenate([x, y]),
        lambda x, y: np.concatenate([x, y]),
    ),
    "total": (lambda x, y: n.total(n.stack([x, y])), lambda x, y: x + y),
    "foe": (lambda x, y: n.foe(n.stack([x, y])), lambda x, y: np.stack([y, x])),
}


@pytest.fixture(scope="session")
def jnp() -> Any:
    """JAX's NumPy, in float64."""
    from salient.engine.cache import use_jax

    use_jax()
    import jax.numpy

    return jax.numpy


@pytest.mark.parametrize("name", UNARY)
def test_a_function_of_one_array(name: str, jnp: Any) -> None:
    mine, theirs, x = UNARY[name]
    assert isinstance(mine(x), np.ndarray)
    np.testing.assert_allclose(mine(x), theirs(x), rtol=1e-9, atol=1e-12)
    made = mine(jnp.asarray(x))
    assert n.namespace(made) is jnp
    np.testing.assert_allclose(made, theirs(x), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", BINARY)
def test_a_function_of_two_arrays(name: str, jnp: Any) -> None:
    mine, theirs = BINARY[name]
    x, y = X, X[::-1] * 0.5
    np.testing.assert_array_equal(mine(x, y), theirs(x, y))
    made = mine(jnp.asarray(x), jnp.asarray(y))
    assert n.namespace(made) is jnp
    np.testing.assert_array_equal(made, theirs(x, y))


def test_one_jax_array_is_enough(jnp: Any) -> None:
    assert n.namespace(1.0, X) is np
    assert n.namespace(1.0, X, jnp.ones(2)) is jnp
    assert n.special(X).__name__ == "scipy.special"
    assert n.special(jnp.ones(2)).__name__ == "jax.scipy.special"


POS = st.floats(1e-3, 1e3)


@given(a=POS, b=POS, scale=st.floats(0.01, 100))
@settings(max_examples=100)
def test_smooth_min(a: float, b: float, scale: float) -> None:
    least = n.smooth_min(a, b)
    assert min(a, b) * (1 - 1e-12) <= least <= 2 ** (1 / 6) * min(a, b) * (1 + 1e-12)
    assert least == pytest.approx(n.smooth_min(b, a))
    assert n.smooth_min(scale * a, scale * b) == pytest.approx(scale * least)
    assert n.smooth_min(a * 1.1, b) >= least
    assert n.smooth_min(a, a) == pytest.approx(a)


@given(x=st.floats(-50, 50), width=st.floats(0.05, 5))
@settings(max_examples=100)
def test_softplus_lies_just_above_the_larger_of_x_and_0(x: float, width: float) -> None:
    y = float(n.softplus(np.array(x), width))
    assert max(x, 0.0) - 1e-12 <= y <= max(x, 0.0) + width * np.log(2) + 1e-12


@given(p=st.floats(1e-6, 1 - 1e-6))
@settings(max_examples=50)
def test_inverses(p: float) -> None:
    assert n.expit(n.logit(np.array(p))) == pytest.approx(p, rel=1e-9)
    assert special.ndtr(n.ndtri(np.array(p))) == pytest.approx(p, rel=1e-9)


@given(x=POS, y=st.floats(-8, 8))
@settings(max_examples=50)
def test_power(x: float, y: float) -> None:
    assert n.power(np.array(x), y) == pytest.approx(x**y, rel=1e-12)


def test_smooth_min_does_not_overflow() -> None:
    with np.errstate(over="raise", invalid="raise"):
        least = n.smooth_min(np.array([1e-80, 1.0, 1e-200]), np.array([1.0, 1e80, 1e200]))
    np.testing.assert_allclose(least, 2 ** (1 / 6) * np.array([1e-80, 1.0, 1e-200]))


def test_smooth_min_has_a_gradient_where_both_are_equal(jnp: Any) -> None:
    import jax

    slopes = jax.grad(n.smooth_min, argnums=(0, 1))(jnp.array(2.0), jnp.array(2.0))
    np.testing.assert_allclose(slopes, 0.5)


def test_expit_does_not_overflow() -> None:
    with np.errstate(over="raise", invalid="raise"):
        assert n.expit(np.array([-1e4, 1e4])).tolist() == [0, 1]
        assert np.isfinite(n.softplus(np.array([-1e4, 1e4]))).all()


@pytest.mark.parametrize("name", ["expit", "softplus", "tanh", "sinh", "ndtri"])
def test_gradients_are_finite(name: str, jnp: Any) -> None:
    import jax

    mine, _, x = UNARY[name]
    slope = jax.vmap(jax.grad(mine))(jnp.asarray(x))
    assert np.isfinite(slope).all()
    assert (np.asarray(slope) >= 0).all()


def test_importing_mechanisms_and_engine_loads_no_jax() -> None:
    code = (
        "import sys, salient, salient.numerics, salient.mechanisms.registry as r; r.choices();"
        "assert not {'jax', 'scipy', 'numpy', 'arviz', 'pint'} & set(sys.modules), sorted(sys.modules);"
        "import salient.engine.compile, salient.engine.ensemble;"
        "assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
