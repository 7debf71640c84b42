"""JAX as Salient uses it: float64, on the CPU, with compiled programs kept between runs."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path


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
    keep_programs()


@cache
def keep_programs() -> None:
    """Keep compiled programs in the cache folder, where it can be written. Leaves the precision as it is."""
    import jax

    try:
        where = folder() / "xla"
        where.mkdir(parents=True, exist_ok=True)
        jax.config.update("jax_compilation_cache_dir", str(where))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    except OSError:
        return
