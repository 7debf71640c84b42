"""Reads scenario files one after another and says, as JSON, how each ended, its seconds of work and most memory.

Run by `test_hostile.py` in a process of its own, so that its time and memory are only those of reading.
"""

from __future__ import annotations

import json
import re
import resource
import signal
import sys
import time
from pathlib import Path

SECONDS = 10


def _most_megabytes() -> float:
    """Most memory since this program began; `ru_maxrss` would start at what the process that started it held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def main(paths: list[str]) -> None:
    """Read each path; the alarm ends a reader that hangs."""
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    from salient.errors import SalientError
    from salient.scenario.loading import load

    done = {}
    for path in paths:
        signal.alarm(SECONDS)
        started = time.process_time()
        try:
            load(path)
            said = []
        except SalientError as error:
            said = [str(problem) for problem in error.problems]
        done[path] = {
            "seconds": time.process_time() - started,
            "said": said,
            "megabytes": _most_megabytes(),
        }
        signal.alarm(0)
    json.dump(done, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
