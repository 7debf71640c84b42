"""Time and memory of one forecast of the front with its fit, and of a backtest by origin, on two cores.

    python -m benchmarks.front [--origins 4] [--out DIR]

A backtest of 50 origins is as many times longer. Origins that DIR has already are not made again, so give an empty one.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.timing import machine

LIMIT_S, LIMIT_50_S, LIMIT_GB = 180.0, 1800.0, 4.0


def timed(*words: str) -> tuple[float, float, float]:
    """Seconds on the clock, seconds of work, and the most memory of the command and its workers together, GB."""
    start = time.perf_counter()
    made = subprocess.Popen(
        [sys.executable, "-m", "salient.cli", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    most = [0.0]
    work: dict[int, float] = {}
    watch = threading.Thread(target=_watch, args=(made, most, work))
    watch.start()
    code = made.wait()
    watch.join()
    if code:
        sys.exit(f"salient {' '.join(words)} ended with {code}")
    return time.perf_counter() - start, sum(work.values()), most[0]


def _watch(made: subprocess.Popen[bytes], most: list[float], work: dict[int, float]) -> None:
    """Follow a process and all below it twice a second: memory together, and what each has worked so far."""
    while made.poll() is None:
        seen = [_state(pid) for pid in _tree(made.pid)]
        most[0] = max(most[0], sum(memory for _, _, memory in seen))
        work.update({pid: max(work.get(pid, 0.0), seconds) for pid, seconds, _ in seen})
        time.sleep(0.5)


def _tree(root: int) -> list[int]:
    """A process and all below it. Workers come from a server of forks, so the system does not count them for us."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            parents.setdefault(parent, []).append(int(folder.name))
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo += parents.get(found[-1], [])
    return found


def _state(pid: int) -> tuple[int, float, float]:
    """A process, its seconds of work and its resident memory, GB; nothing for one that has ended."""
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return pid, 0.0, 0.0
    seconds = (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
    return pid, seconds, pages * os.sysconf("SC_PAGE_SIZE") / 1e9


def main() -> None:
    """Measure and print, with the limits beside."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--origins", type=int, default=4)
    ask.add_argument("--last", default="2026-02-16", help="last origin")
    ask.add_argument("--out", type=Path)
    given = ask.parse_args()
    last = dt.date.fromisoformat(given.last)
    first = last - dt.timedelta(weeks=given.origins - 1)
    print(machine(), f"load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        out = given.out or Path(scratch) / "backtest"
        words = ("--from", str(first), "--to", str(last), "--out", str(out), "--workers", "2")
        wall, work, memory = timed("backtest", "ukraine-front", *words)
        each = wall / given.origins
        print(
            f"backtest, {given.origins} origins: {wall:.0f} s, work {work:.0f} s, {memory:.1f} GB",
            flush=True,
        )
        free = 50 * work / given.origins / 2 / 60
        print(
            f"  50 origins at that pace: {50 * each / 60:.0f} min (limit {LIMIT_50_S / 60:.0f}, {LIMIT_GB:.0f} GB); "
            f"{free:.0f} min with both cores free"
        )
        file = str(Path(scratch) / "f.csv")
        wall, work, memory = timed("forecast", "ukraine-front", "--out", file)
        print(
            f"one forecast, 13 weeks: {wall:.0f} s, work {work:.0f} s, {memory:.1f} GB (limit {LIMIT_S:.0f} s)"
        )


if __name__ == "__main__":
    main()
