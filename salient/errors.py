"""What goes wrong, said so that a person can mend it.

A `Problem` names the place (file, line, key), what was found, what would be right and the nearest valid name.
A `SalientError` carries one or more of them to the command line, which prints each on its own line and leaves with
the exit code: 1 the input is wrong, 2 usage, 3 interrupted and resumable.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

EXIT_OK, EXIT_INPUT, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 3


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The valid name closest to `name`, or None when nothing is close."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it is and what would be right."""

    message: str
    file: str | None = None
    line: int | None = None
    key: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}"
        parts = [p for p in (place, self.key, self.message) if p]
        text = ": ".join(parts)
        return f"{text} ({self.hint})" if self.hint else text


class SalientError(Exception):
    """Wrong input, with every problem found. Never shown as a traceback by the commands."""

    exit_code = EXIT_INPUT

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: Sequence[Problem] = [
            p if isinstance(p, Problem) else Problem(p) for p in problems
        ]
        super().__init__("\n".join(str(p) for p in self.problems))


class ScenarioError(SalientError):
    """A scenario file is not valid."""


class MechanismError(SalientError):
    """A mechanism is not what it declares, or its rule cannot be run."""


class DataError(SalientError):
    """A data file is missing, cut short, altered, or does not reach the date asked for."""


class UsageError(SalientError):
    """The command was called in a way that cannot be meant."""

    exit_code = EXIT_USAGE


class Interrupted(SalientError):
    """Stopped by the user; what was finished is kept and the same command resumes."""

    exit_code = EXIT_INTERRUPTED
