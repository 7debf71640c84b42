"""Jobs in a SQLite file: what was accepted is on the disk before anybody is told so, and survives the server.

Each lane works off its own in order: a job waits for those of its scenario, not while another scenario is fitted. A job
that was running when the server ended is queued again when it starts.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from salient.errors import Problem, SalientError

Status = Literal["queued", "running", "done", "failed"]
Say = Callable[[str, float], None]
Work = Callable[[dict[str, Any], Say], dict[str, Any]]
"""From a request to its result; raises SalientError for what the asker can mend."""

FILE = "jobs.sqlite3"
KEPT = 2000
"""Finished jobs that are kept; older ones go."""
_REST = ""
"""The lane of what names no scenario that has its own."""
_VERSION = 1
_TABLE = """
create table if not exists jobs (
  number integer primary key autoincrement,
  id text not null unique, key text not null, request text not null, status text not null,
  stage text not null default '', share real not null default 0,
  result text, error text, created real not null, changed real not null);
create index if not exists jobs_by_key on jobs (key, status);
create index if not exists jobs_by_status on jobs (status, number);
"""


class QueueFull(Exception):
    """There are as many jobs waiting as may wait."""


@dataclass(frozen=True)
class Job:
    """A job as it stands. share: how far it is, 0 to 1; error: what is wrong, a message a line."""

    id: str
    key: str
    request: dict[str, Any]
    status: Status
    stage: str
    share: float
    result: dict[str, Any] | None
    error: str | None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ("done", "failed")


class Jobs:
    """The queue and its workers, one for each scenario of `lanes` and one for the rest.

    Safe to call from any thread.
    """

    def __init__(
        self, folder: Path, work: Work, most_waiting: int = 20, lanes: Sequence[str] = ()
    ) -> None:
        self._work, self._most = work, most_waiting
        self._lock = threading.RLock()
        self._wake = {lane: threading.Event() for lane in (*lanes, _REST)}
        self._stop = threading.Event()
        self._live: dict[str, tuple[str, float]] = {}
        self._threads: list[threading.Thread] = []
        self._db = _opened(folder)
        with self._writing() as db:
            db.execute("update jobs set status = 'queued', share = 0 where status = 'running'")

    def start(self) -> None:
        """Begin to work off the queue."""
        for lane in self._wake:
            thread = threading.Thread(target=self._run, args=(lane,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, wait: float = 3.0) -> bool:
        """Take up no further job. Returns whether the workers have ended within so many seconds."""
        self._stop.set()
        end = time.monotonic() + wait
        for wake in self._wake.values():
            wake.set()
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))
        if any(thread.is_alive() for thread in self._threads):
            return False
        with self._lock:
            self._db.close()
        return True

    def add(self, key: str, request: dict[str, Any]) -> Job:
        """Queue a request, or give the job of the same key that is there already. Raises QueueFull."""
        with self._writing() as db:
            there = self._newest(key)
            if there is not None and there.status != "failed":
                return there
            (waiting,) = db.execute("select count(*) from jobs where status = 'queued'").fetchone()
            if waiting >= self._most:
                raise QueueFull
            id_, now = secrets.token_hex(12), time.time()
            db.execute(
                "insert into jobs (id, key, request, status, created, changed)"
                " values (?, ?, ?, 'queued', ?, ?)",
                (id_, key, json.dumps(request), now, now),
            )
        self._wake[self._lane(request)].set()
        found = self.get(id_)
        assert found is not None
        return found

    def get(self, id_: str) -> Job | None:
        """The job of an id."""
        with self._lock:
            row = self._db.execute(f"{_SELECT} where id = ?", (id_,)).fetchone()
        return None if row is None else self._job(row)

    def of_key(self, key: str) -> Job | None:
        """The newest job of a key."""
        with self._lock:
            return self._newest(key)

    def waiting(self) -> int:
        """How many are queued or running."""
        with self._lock:
            query = "select count(*) from jobs where status in ('queued', 'running')"
            return int(self._db.execute(query).fetchone()[0])

    def _newest(self, key: str) -> Job | None:
        query = f"{_SELECT} where key = ? order by number desc limit 1"
        row = self._db.execute(query, (key,)).fetchone()
        return None if row is None else self._job(row)

    def _job(self, row: tuple[Any, ...]) -> Job:
        id_, key, request, status, stage, share, result, error = row
        if status == "running" and id_ in self._live:
            stage, share = self._live[id_]
        found = None if result is None else json.loads(result)
        return Job(id_, key, json.loads(request), status, stage, share, found, error)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _lane(self, request: dict[str, Any]) -> str:
        name = str(request.get("scenario", _REST))
        return name if name in self._wake else _REST

    def _run(self, lane: str) -> None:
        wake = self._wake[lane]
        while not self._stop.is_set():
            job = self._next(lane)
            if job is None:
                wake.wait(1.0)
                wake.clear()
                continue
            self._do(job)

    def _next(self, lane: str) -> Job | None:
        with self._writing() as db:
            query = "select id, request from jobs where status = 'queued' order by number"
            waiting = ((id_, self._lane(json.loads(asked))) for id_, asked in db.execute(query))
            first = next((id_ for id_, its in waiting if its == lane), None)
            if first is None:
                return None
            db.execute(
                "update jobs set status = 'running', changed = ? where id = ?",
                (time.time(), first),
            )
        return self.get(first)

    def _do(self, job: Job) -> None:
        def say(stage: str, share: float) -> None:
            if self._stop.is_set():
                raise _Stopped
            self._live[job.id] = (stage, share)

        status, result, error = "done", None, None
        try:
            result = json.dumps(self._work(job.request, say))
        except _Stopped:
            return
        except SalientError as e:
            status, error = "failed", "\n".join(str(p) for p in e.problems)
        except Exception as e:
            status, error = "failed", f"the run broke off: {type(e).__name__}"
        with self._writing() as db:
            db.execute(
                "update jobs set status = ?, result = ?, error = ?, share = 1, changed = ? where id = ?",
                (status, result, error, time.time(), job.id),
            )
            db.execute(
                "delete from jobs where status in ('done', 'failed') and number <="
                " (select max(number) from jobs) - ?",
                (KEPT,),
            )
        self._live.pop(job.id, None)


class _Stopped(Exception):
    """The server is ending; the job stays as it is and is queued again at the next start."""


_SELECT = "select id, key, request, status, stage, share, result, error from jobs"


def _opened(folder: Path) -> sqlite3.Connection:
    """The database, made where it is not there. A commit is on the disk before it returns."""
    file = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        (version,) = db.execute("pragma user_version").fetchone()
        if version not in (0, _VERSION):
            raise SalientError(
                Problem("this file is of a newer Salient", str(file), hint="give another --state")
            )
        db.executescript(_TABLE)
        db.execute(f"pragma user_version = {_VERSION}")
        return db
    except (OSError, sqlite3.Error) as e:
        raise SalientError(
            Problem(f"jobs cannot be kept here: {e}", str(file), hint="give another --state")
        ) from None
