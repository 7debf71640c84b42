"""Reads scenario files one after another and says, as JSON, how each ended, its seconds of work and most memory.

Run by `test_hostile.py` in a process of its own, so that its time and memory are only those of reading.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import time

SECONDS = 10


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
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        signal.alarm(0)
    json.dump(done, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
