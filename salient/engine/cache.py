"""JAX as Salient uses it: float64, on the CPU, with compiled programs kept between runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

OPTIONS: dict[str, Any] = {
    "xla_backend_optimization_level": 1,
    "xla_cpu_use_fusion_emitters": False,
}
"""How runs are compiled: in half the time of JAX's own choice, and a fifth slower when they run.

A brief runs few draws, and each new as-of date is a new program; only a run of some hundred thousand draws would gain
by the other choice. The likelihood, which is called all the time, is compiled as JAX does.
"""


def folder() -> Path:
    """Where compiled programs are kept: $SALIENT_CACHE, else the user's cache folder."""
    if given := os.environ.get("SALIENT_CACHE"):
        return Path(given)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "salient"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "salient"


@cache
def use_jax() -> None:
    """Set JAX up once in this process. A cache folder that cannot be written is done without."""
    import jax

    jax.config.update("jax_enable_x64", True)
    try:
        where = folder() / "xla"
        where.mkdir(parents=True, exist_ok=True)
        jax.config.update("jax_compilation_cache_dir", str(where))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    except OSError:
        return


def compiled(function: Callable[..., Any]) -> Any:
    """The function as a program that is quick to compile: by `OPTIONS`, where this JAX knows them."""
    import jax

    use_jax()
    return jax.jit(function, compiler_options=_options())


@cache
def _options() -> dict[str, Any] | None:
    import jax

    try:
        jax.jit(lambda x: -x, compiler_options=OPTIONS)(1.0)
    except jax.errors.JaxRuntimeError:
        return None
    return OPTIONS
