"""Workers end with the process that started them."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from salient.processes import WorkerLost, apart

PROGRAM = """
import os, sys, time
from salient.processes import process_pool

if __name__ == "__main__":
    with process_pool(2) as pool:
        print(*{pool.submit(os.getpid).result() for _ in range(8)}, flush=True)
        time.sleep(60)
"""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_no_worker_outlives_a_killed_process(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as run:
        workers = [int(pid) for pid in run.stdout.readline().split()]
        assert workers
        assert all(map(alive, workers))
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    end = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(alive, workers))


def counts(say):
    for k in range(3):
        say("counting", k / 3)


def where(file, say):
    file.write_text(f"{os.getpid()} {os.nice(0)}")


def wrong(say):
    raise ValueError("not so")


def vanishes(say):
    say("about to go", 0.5)
    os.kill(os.getpid(), signal.SIGKILL)


def lasts(file, say):
    file.write_text(str(os.getpid()))
    time.sleep(60)


def test_work_apart_is_heard_here():
    heard = []
    apart(counts, lambda *said: heard.append(said))
    assert heard[0] == ("starting", 0.0)
    assert list(dict.fromkeys(heard))[1:] == [("counting", k / 3) for k in range(3)]


def test_work_apart_gives_way(tmp_path):
    apart(partial(where, tmp_path / "f"), ignored)
    process, nice = map(int, (tmp_path / "f").read_text().split())
    assert process != os.getpid()
    assert nice == min(os.nice(0) + 10, 19)


def test_what_goes_wrong_apart_is_raised_here():
    with pytest.raises(ValueError, match="not so"):
        apart(wrong, ignored)


def test_a_worker_that_is_killed_is_missed():
    with pytest.raises(WorkerLost):
        apart(vanishes, ignored)


def test_who_no_longer_listens_ends_the_worker(tmp_path):
    class Enough(Exception):
        pass

    def say(stage, share):
        if (tmp_path / "f").exists() and (tmp_path / "f").read_text():
            raise Enough

    with pytest.raises(Enough):
        apart(partial(lasts, tmp_path / "f"), say)
    assert not alive(int((tmp_path / "f").read_text()))


def ignored(stage, share):
    pass
