"""Work in other processes, which end when the one that asked for it ends, however it ends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection, get_context, parent_process
from typing import Any

Say = Callable[[str, float], None]
_LISTEN = 0.25
"""Seconds after which the last word of a silent worker is said again."""


class WorkerLost(Exception):
    """A worker ended before its work did: it was killed, or there was no memory left."""


def process_pool(workers: int, begin: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """A pool whose workers start clean and do not outlive this process, even if it is killed.

    `begin` is what each worker does first.
    """
    return ProcessPoolExecutor(
        workers, mp_context=get_context("forkserver"), initializer=_begin, initargs=(begin,)
    )


def _begin(begin: Callable[[], None] | None) -> None:
    _end_with_parent()
    if begin is not None:
        begin()


def _end_with_parent() -> None:
    """Watch the process that started this one; without it a worker would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def apart(work: Callable[[Say], None], say: Say) -> None:
    """Do a piece of work in a process of its own that gives way to this one. What it says is said here.

    work: can be pickled, and leaves its result where others find it. Raises what it raises, WorkerLost where its
    process ends before it does, and what `say` raises, which ends the process too.
    """
    context = get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_work_apart, args=(work, theirs), daemon=True)
    worker.start()
    theirs.close()  # so that the end of the worker is the end of the pipe
    told: Any = ("starting", 0.0)
    try:
        while told is not None:
            if isinstance(told, Exception):
                raise told
            say(*told)
            if ours.poll(_LISTEN):
                told = ours.recv()
    except EOFError:
        raise WorkerLost from None
    finally:
        worker.kill()
        worker.join()
        ours.close()


def _work_apart(work: Callable[[Say], None], theirs: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that asked
    _end_with_parent()
    os.nice(10)
    try:
        work(lambda stage, share: theirs.send((stage, share)))
        theirs.send(None)
    except Exception as e:
        theirs.send(e)
