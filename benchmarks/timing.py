"""Timing that is fair on a shared machine: cases take turns, and medians are compared."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Case:
    """Something to time. `amount` is how much of `unit` one call does; `floor` and `goal` are ratios to hold.

    A floor is compared with how many times more per second the first case of the table does; with `at_most` the
    median itself, in seconds, must not be above them.
    """

    name: str
    work: Callable[[], object]
    amount: float = 1.0
    unit: str = "runs"
    floor: float | None = None
    goal: float | None = None
    at_most: bool = False
    times: int | None = None


@dataclass
class Result:
    """What was measured of a case: seconds of each call, and its ratio to the first case of the table."""

    name: str
    unit: str
    amount: float
    seconds: list[float] = field(default_factory=list)
    ratio: float | None = None
    floor: float | None = None
    goal: float | None = None
    at_most: bool = False

    @property
    def median(self) -> float:
        """Seconds of a call, the middle one."""
        return statistics.median(self.seconds)

    @property
    def rate(self) -> float:
        """Units a second."""
        return self.amount / self.median

    @property
    def verdict(self) -> str:
        """Whether floor and goal are met; empty without them."""
        if self.floor is None or (self.ratio is None and not self.at_most):
            return ""
        value = self.median if self.at_most else self.ratio
        assert value is not None
        goal = self.floor if self.goal is None else self.goal
        meets = (lambda most: value <= most) if self.at_most else (lambda least: value >= least)
        return "goal" if meets(goal) else "floor" if meets(self.floor) else "missed"


def measure(
    cases: Sequence[Case], repeat: int, warm: bool = True, compare: bool = True
) -> list[Result]:
    """Time every case `repeat` times, in turns, after one call each to warm up; compare rates with the first."""
    results = [
        Result(c.name, c.unit, c.amount, floor=c.floor, goal=c.goal, at_most=c.at_most)
        for c in cases
    ]
    if warm:
        for case in cases:
            case.work()
    for turn in range(repeat):
        for case, result in zip(cases, results, strict=True):
            if turn < (case.times or repeat):
                start = time.perf_counter()
                case.work()
                result.seconds.append(time.perf_counter() - start)
    for result in results[1:]:
        if compare and result.unit == results[0].unit:
            result.ratio = results[0].rate / result.rate
    return results


def machine() -> dict[str, object]:
    """What the numbers were measured on, in general terms."""
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table."""
    lines = [
        "| case | median | rate | first case is faster by | floor | goal | met |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for r in results:
        ratio = "" if r.ratio is None else f"{_short(r.ratio)}x"
        unit = " s" if r.at_most else "x"
        ends = ["" if v is None else f"{v:g}{unit}" for v in (r.floor, r.goal)]
        rate = f"{_short(r.rate)} {r.unit}/s"
        cells = [r.name, _seconds(r.median), rate, ratio, *ends, r.verdict]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _short(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if value >= 1000 else f"{value:.3g}"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{1e3 * value:.3g} ms"


def arguments(about: str, repeat: int) -> argparse.Namespace:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--repeat", type=int, default=repeat, help="turns to take")
    return parser.parse_args()


def show(results: Sequence[Result], as_json: bool, **more: object) -> None:
    """Print the results."""
    if as_json:
        rows = [
            asdict(r) | {"median": r.median, "rate": r.rate, "verdict": r.verdict} for r in results
        ]
        print(json.dumps({"machine": machine(), "results": rows, **more}, indent=2))
        return
    print(table(results))
    print()
    print(", ".join(f"{k} {v}" for k, v in {**machine(), **more}.items()))
