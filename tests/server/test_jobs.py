"""Jobs: none is lost, whenever the process ends."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from salient.errors import SalientError
from salient.server.jobs import FILE, Jobs, QueueFull


def until_over(jobs, id_, seconds=5.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = jobs.get(id_)
        if job.over:
            return job
        time.sleep(0.01)
    raise AssertionError(job)


def test_a_job_is_done_and_its_result_kept(tmp_path):
    jobs = Jobs(tmp_path, lambda request, say: {"twice": 2 * request["n"]})
    jobs.start()
    job = jobs.add("a", {"n": 4})
    assert until_over(jobs, job.id).result == {"twice": 8}
    assert jobs.add("a", {"n": 4}).id == job.id
    assert jobs.stop()


def test_what_goes_wrong_is_said_and_may_be_tried_again(tmp_path):
    def work(request, say):
        raise SalientError("the data are missing") if request["n"] else ValueError("secret path")

    jobs = Jobs(tmp_path, work)
    jobs.start()
    first, second = jobs.add("a", {"n": 1}), jobs.add("b", {"n": 0})
    assert until_over(jobs, first.id).error == "the data are missing"
    assert until_over(jobs, second.id).error == "the run broke off: ValueError"
    assert jobs.add("a", {"n": 1}).id != first.id
    jobs.stop()


def test_the_queue_has_an_end(tmp_path):
    jobs = Jobs(tmp_path, lambda request, say: {}, most_waiting=2)
    jobs.add("a", {})
    jobs.add("b", {})
    with pytest.raises(QueueFull):
        jobs.add("c", {})
    jobs.stop()


def test_progress_is_told(tmp_path):
    seen = []

    def work(request, say):
        say("running", 0.5)
        seen.append(jobs.of_key("a"))
        return {}

    jobs = Jobs(tmp_path, work)
    jobs.start()
    until_over(jobs, jobs.add("a", {}).id)
    assert (seen[0].status, seen[0].stage, seen[0].share) == ("running", "running", 0.5)
    jobs.stop()


def test_a_scenario_does_not_wait_for_another_that_is_being_fitted(tmp_path):
    fitted = threading.Event()

    def work(request, say):
        if request["scenario"] == "slow":
            assert fitted.wait(20)
        return {"of": request["scenario"]}

    jobs = Jobs(tmp_path, work, lanes=["slow", "quick"])
    jobs.start()
    slow = [jobs.add(f"slow {k}", {"scenario": "slow"}) for k in range(2)]
    assert until_over(jobs, jobs.add("b", {"scenario": "quick"}).id).result == {"of": "quick"}
    assert until_over(jobs, jobs.add("c", {"scenario": "gone"}).id).result == {"of": "gone"}
    assert [jobs.get(j.id).status for j in slow] == ["running", "queued"]
    fitted.set()
    assert all(until_over(jobs, j.id).result == {"of": "slow"} for j in slow)
    assert jobs.stop()


def test_a_job_that_was_running_is_queued_again(tmp_path):
    def work(request, say):
        while True:
            say("running", 0.1)
            time.sleep(0.01)

    jobs = Jobs(tmp_path, work)
    jobs.start()
    job = jobs.add("a", {})
    while jobs.get(job.id).status != "running":
        time.sleep(0.01)
    assert jobs.stop()
    again = Jobs(tmp_path, lambda request, say: {"done": True})
    again.start()
    assert until_over(again, job.id).result == {"done": True}
    again.stop()


def test_a_file_of_a_newer_kind_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("pragma user_version = 9")
    with pytest.raises(SalientError, match="newer Salient"):
        Jobs(tmp_path, lambda request, say: {})


def test_a_folder_that_cannot_be_one(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SalientError, match="jobs cannot be kept here"):
        Jobs(tmp_path / "file", lambda request, say: {})


ADDS = """
import sys, time
from pathlib import Path
from salient.server.jobs import Jobs
def work(request, say):
    time.sleep(0.01)
    return {"n": request["n"]}
jobs = Jobs(Path(sys.argv[1]), work, most_waiting=10_000)
jobs.start()
for n in range(400):
    job = jobs.add(f"{sys.argv[2]}-{n}", {"n": n})
    print(job.id, n, flush=True)
    time.sleep(0.002)
"""


def test_kill_9_loses_no_accepted_job(tmp_path):
    rng, accepted = random.Random(5), {}
    for turn in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", ADDS, str(tmp_path), str(turn)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        first = process.stdout.readline()
        time.sleep(rng.uniform(0.02, 0.4))
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        lines = [
            line.split() for line in (first + rest).splitlines(keepends=True) if line[-1:] == "\n"
        ]
        accepted |= {id_: int(n) for id_, n in lines}
    assert len(accepted) > 20
    jobs = Jobs(tmp_path, lambda request, say: {"n": request["n"]}, most_waiting=10_000)
    jobs.start()
    done = {id_: until_over(jobs, id_, 20).result for id_ in accepted}
    assert done == {id_: {"n": n} for id_, n in accepted.items()}
    jobs.stop()
