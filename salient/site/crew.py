"""Work on many items in several processes, on few in this one."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from salient.processes import process_pool

MANY = 24
Progress = Callable[[str, float], None]


class Crew:
    """As many processes as there are processors, started when there is first enough to do for them."""

    def __init__(self) -> None:
        self.size = min(len(os.sched_getaffinity(0)), 8)
        self._pool: ProcessPoolExecutor | None = None

    def work(
        self, do: Callable[[Any], Any], items: Sequence[Any], stage: str, progress: Progress
    ) -> list[Any]:
        """The results of all items, in their order."""
        done = []
        for k, result in enumerate(self._results(do, items)):
            progress(stage, k / len(items))
            done.append(result)
        return done

    def _results(self, do: Callable[[Any], Any], items: Sequence[Any]) -> Iterable[Any]:
        if len(items) < MANY or self.size == 1:
            return map(do, items)
        if self._pool is None:
            self._pool = process_pool(self.size, _rare_collection)
        size = max(1, min(50, len(items) // (4 * self.size)))
        return self._pool.map(do, items, chunksize=size)

    def end(self) -> None:
        """Let the processes go; what they have not begun is not begun any more."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _rare_collection() -> None:
    """A brief is thousands of objects in no circle: looking for circles after every few hundred finds none."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@contextmanager
def crew() -> Iterator[Crew]:
    """A crew for the length of a block."""
    found = Crew()
    try:
        yield found
    finally:
        found.end()
