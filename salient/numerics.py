"""The few functions that equations need, for NumPy and JAX arrays alike.

Each looks at its argument and uses that array's own library, so a mechanism reads like its equation, runs on either,
and importing it loads neither. All work element by element and have gradients everywhere.
"""

from __future__ import annotations

import math
import sys
from types import ModuleType
from typing import Any, TypeAlias

Array: TypeAlias = Any
"""A NumPy or JAX array (or a Python float). Its dims are named in the docstring of what takes it; draws come last."""


def namespace(*arrays: Array) -> ModuleType:
    """`jax.numpy` when any of `arrays` is a JAX array or tracer, else `numpy`."""
    jax = sys.modules.get("jax")
    if jax is not None and any(isinstance(a, jax.Array) for a in arrays):
        import jax.numpy as jnp

        return jnp
    import numpy

    return numpy


def special(*arrays: Array) -> ModuleType:
    """The `scipy.special` that goes with `arrays`."""
    import importlib

    jaxed = namespace(*arrays).__name__.startswith("jax")
    return importlib.import_module("jax.scipy.special" if jaxed else "scipy.special")


def exp(x: Array) -> Array:
    """e to the x."""
    return namespace(x).exp(x)


def expm1(x: Array) -> Array:
    """exp(x) - 1, exact for small x."""
    return namespace(x).expm1(x)


def log(x: Array) -> Array:
    """Natural logarithm."""
    return namespace(x).log(x)


def log1p(x: Array) -> Array:
    """log(1 + x), exact for small x."""
    return namespace(x).log1p(x)


def sqrt(x: Array) -> Array:
    """Square root."""
    return namespace(x).sqrt(x)


def tanh(x: Array) -> Array:
    """Hyperbolic tangent."""
    return namespace(x).tanh(x)


def sinh(x: Array) -> Array:
    """Hyperbolic sine."""
    return namespace(x).sinh(x)


def expit(x: Array) -> Array:
    """The logistic function, 1 / (1 + exp(-x))."""
    return 0.5 * (1.0 + namespace(x).tanh(0.5 * x))


def logit(p: Array) -> Array:
    """The inverse of `expit`."""
    return log(p) - log1p(-p)


def softplus(x: Array, width: float = 1.0) -> Array:
    """A smooth max(0, x): width * log(1 + exp(x / width))."""
    return width * namespace(x).logaddexp(x / width, 0.0 * x)


def maximum(x: Array, y: Array) -> Array:
    """The larger of the two."""
    return namespace(x, y).maximum(x, y)


def minimum(x: Array, y: Array) -> Array:
    """The smaller of the two."""
    return namespace(x, y).minimum(x, y)


def where(condition: Array, x: Array, y: Array) -> Array:
    """x where the condition holds, else y."""
    return namespace(condition, x, y).where(condition, x, y)


def stack(arrays: list[Array], axis: int = 0) -> Array:
    """Join arrays of one shape along a new axis."""
    return namespace(*arrays).stack(arrays, axis=axis)


def concatenate(arrays: list[Array], axis: int = 0) -> Array:
    """Join arrays along an axis that they have."""
    return namespace(*arrays).concatenate(arrays, axis=axis)


def zeros_like(x: Array) -> Array:
    """Zeros in the shape of x."""
    return namespace(x).zeros_like(x)


def ones_like(x: Array) -> Array:
    """Ones in the shape of x."""
    return namespace(x).ones_like(x)


def total(x: Array, axis: int = 0) -> Array:
    """Sum along one axis."""
    return namespace(x).sum(x, axis=axis)


def foe(x: Array) -> Array:
    """The same quantity as the other side has it: flips the side axis, which is the first."""
    return x[::-1]


def power(x: Array, y: Array | float) -> Array:
    """x to the y for positive x, in half the time of `x**y`."""
    return exp(y * log(x))


def smooth_min(a: Array, b: Array) -> Array:
    """A smooth min(a, b) of positive numbers, scaled so that smooth_min(1, 1) is 1.

    ((a^-6 + b^-6) / 2)^(-1/6): what a ration or a road lets through, with a gradient everywhere. Written by the
    ratio of the two, so that nothing overflows.
    """
    least = minimum(a, b)
    ratio = (least / maximum(a, b)) ** 2
    return least * exp((math.log(2.0) - log1p(ratio * ratio * ratio)) / 6.0)


def ndtri(p: Array) -> Array:
    """The standard normal quantile of p in (0, 1)."""
    return special(p).ndtri(p)
