"""Kill -9 over publishing and over serving, again and again: what is lost, and what a reader meets in between.

python -m benchmarks.kill [--turns 40] [--run DIR]

Publishing: run folders are given to `salient publish`, which is killed after a random time. Then every page that the
site leads to is read, each brief that was there before is looked for, and the same command is given again.
Serving: questions are put to `salient serve`, which is killed while it works. Started again, it must finish every job
that it had accepted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from benchmarks.publish import copies, one_run

SALIENT = [sys.executable, "-m", "salient.cli"]


def chain(site: Path) -> list[int]:
    """The numbers of all briefs that a reader comes to by Load more. Every page on the way must be whole."""
    path, seen = site / "index.html", []
    while path.is_file():
        text = path.read_text(encoding="utf-8")
        if not text.rstrip().endswith("</html>"):
            raise AssertionError(f"{path} is not whole")
        seen += [int(n) for n in re.findall(r'data-n="(\d+)"', text)]
        for place in re.findall(r'href="([^"]*briefs/[^"]*index\.html)"', text):
            brief = (path.parent / place).read_text(encoding="utf-8")
            if not brief.rstrip().endswith("</html>"):
                raise AssertionError(f"{place} is not whole")
        link = re.search(r'class="load-more" rel="next" href="([^"]+)"', text)
        if link is None:
            break
        path = path.parent / link[1]
    return seen


def kill_publishing(run: Path, folder: Path, turns: int, rng: random.Random) -> tuple[int, int]:
    """How many briefs were lost or broken, and how many calls were killed before their end."""
    site, lost, killed, there = folder / "site", 0, 0, 0
    every = list(copies(run, folder / "runs", range(3 * (turns + 1))))
    began = time.perf_counter()
    subprocess.run(_publish(site, every[:3]), check=True, stdout=subprocess.DEVNULL)
    whole = time.perf_counter() - began
    for turn in range(1, turns + 1):
        there = 3 * turn
        batch = every[there : there + 3]
        process = subprocess.Popen(_publish(site, batch), stdout=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.0, 1.1 * whole))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        lost += _missing(site, there)
        subprocess.run(_publish(site, batch), check=True, stdout=subprocess.DEVNULL)
        lost += _missing(site, there + 3)
    return lost, killed


def _publish(site: Path, folders: Sequence[Path]) -> list[str]:
    base = ["--url", "https://example.org/b/"]
    return [*SALIENT, "publish", "--site", str(site), *base, *map(str, folders)]


def _missing(site: Path, least: int) -> int:
    """How many of the first `least` briefs cannot be reached, are there twice, or are not whole."""
    try:
        seen = chain(site)
    except (AssertionError, OSError) as e:
        print(e, file=sys.stderr)
        return 1
    return len(set(range(1, least + 1)) - set(seen)) + len(seen) - len(set(seen))


def kill_serving(state: Path, turns: int, rng: random.Random) -> tuple[int, int, int]:
    """Accepted jobs that were lost, jobs accepted, and of these how many were not over when the server was killed."""
    accepted: dict[str, int] = {}
    open_then = 0
    for turn in range(turns):
        process, address = _serve(state)
        mine = []
        for k in range(5):
            status, reply = _ask(address, 2000 + 5 * turn + k)
            if status == 202:
                mine.append(reply["job"])
                accepted[reply["job"]] = 2000 + 5 * turn + k
        time.sleep(rng.uniform(0.0, 1.0))
        open_then += sum(_job(address, j)["status"] not in ("done", "failed") for j in mine)
        process.send_signal(signal.SIGKILL)
        process.wait()
    process, address = _serve(state)
    lost = sum(not _ended_well(address, job, draws) for job, draws in accepted.items())
    process.send_signal(signal.SIGINT)
    process.wait(30)
    return lost, len(accepted), open_then


def _serve(state: Path) -> tuple[subprocess.Popen[str], str]:
    command = [*SALIENT, "serve", "--port", "0", "--state", str(state), "--scenario", "kursk-2024"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"http://\S+:\d+", process.stdout.readline())
    assert found is not None
    return process, found.group()


def _ask(address: str, draws: int) -> tuple[int, dict[str, object]]:
    body = json.dumps({"scenario": "kursk-2024", "draws": draws}).encode()
    # a job rather than an answer: a warm engine answers before anybody can kill it
    headers = {"content-type": "application/json", "prefer": "respond-async"}
    request = urllib.request.Request(f"{address}/api/whatif", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as e:
        return e.code, {}


def _job(address: str, job: str) -> dict[str, object]:
    try:
        with urllib.request.urlopen(f"{address}/api/jobs/{job}", timeout=60) as reply:
            return dict(json.load(reply))
    except urllib.error.HTTPError:
        return {"status": "lost"}


def _ended_well(address: str, job: str, draws: int, patience: float = 600.0) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        now = _job(address, job)
        if now["status"] in ("done", "failed", "lost"):
            result = now.get("result")
            return now["status"] == "done" and isinstance(result, dict) and result["draws"] == draws
        time.sleep(0.2)
    return False


def main() -> None:
    """Kill and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument(
        "--run", type=Path, help="a run folder of `salient brief`; made if not given"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run = given.run or one_run(folder / "first")
        os.environ.pop("SALIENT_DATABASE", None)
        lost, killed = kill_publishing(run, folder, given.turns, rng)
        print(f"publish: {killed} of {given.turns} calls killed, {lost} briefs lost or broken")
        lost_jobs, accepted, open_then = kill_serving(
            folder / "state", max(given.turns // 8, 2), rng
        )
        print(f"serve: {accepted} jobs accepted, {open_then} not over at a kill, {lost_jobs} lost")
    sys.exit(1 if lost or lost_jobs else 0)


if __name__ == "__main__":
    main()
