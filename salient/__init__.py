"""Salient: a land campaign as a model, calibrated to open data, answered with its uncertainty.

Every public name is listed in `__all__` and is loaded when it is first used, so `import salient` is quick and loads no
numerical library. To make a name public, write it in all three places below; a test holds them together.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salient.errors import (
        DataError,
        Interrupted,
        Problem,
        SalientError,
        ScenarioError,
        UsageError,
    )
    from salient.laws.battle import Engagement, engage

__version__ = "0.1.0"

__all__ = [
    "DataError",
    "Engagement",
    "Interrupted",
    "Problem",
    "SalientError",
    "ScenarioError",
    "UsageError",
    "__version__",
    "engage",
]

_HOMES = {
    "salient.errors": (
        "DataError",
        "Interrupted",
        "Problem",
        "SalientError",
        "ScenarioError",
        "UsageError",
    ),
    "salient.laws.battle": ("Engagement", "engage"),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home module the first time it is asked for."""
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'salient' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
