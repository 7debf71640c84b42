"""The site of ten thousand briefs: how long it takes to build, what one more takes, and how heavy its pages are.

python -m benchmarks.publish [--briefs 10000] [--run DIR] [--keep DIR]

The briefs are copies of one real run with other dates, titles, scenarios, countries and categories, so that each has a
page, pictures and an archive of its own. The draws and the fit of the run, 9 MB a brief, are left out: they are copied
and not read, and ten thousand of them measure the disk.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import datetime as dt
import gzip
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAVY = (".nc",)
SCENARIOS, COUNTRIES, CATEGORIES = 200, ("RU", "UA", "SD", "MM", "ET", "YE", "ML"), 5


def one_run(folder: Path) -> Path:
    """The brief of the packaged scenario, as its user makes it."""
    command = [sys.executable, "-m", "salient.cli", "brief", "kursk-2024", "--as-of", "2025-03-11"]
    subprocess.run([*command, "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def copies(run: Path, to: Path, numbers: range) -> Iterator[Path]:
    """Run folders that differ from the first in words, dates and place."""
    brief = json.loads((run / "brief.json").read_bytes())
    manifest = json.loads((run / "manifest.json").read_bytes())
    brief["downloads"] = [d for d in brief["downloads"] if not d["file"].endswith(HEAVY)]
    files = [d["file"] for d in brief["downloads"]]
    said = sorted(
        {w for p in brief["sections"].values() for t in p["paragraphs"] for w in t.split()}
    )
    first = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    for k in numbers:
        folder = to / f"run-{k:06}"
        folder.mkdir(parents=True)
        for name in files:
            if name not in ("brief.json", "manifest.json"):
                shutil.copyfile(run / name, folder / name)
        s = k % SCENARIOS
        words = {
            "scenario": f"campaign-{s}",
            "title": f"Campaign {s}",
            "headline": f"{k}: {_words(said, k, 14)}",
            "deck": f"{_words(said, k + 0.5, 40)}.",
            "country": COUNTRIES[s % len(COUNTRIES)],
            "category": f"Category {s % CATEGORIES}",
            "as_of": (first.date() + dt.timedelta(days=k // SCENARIOS)).isoformat(),
            "seed": k,
        }
        made = (first + dt.timedelta(minutes=k)).isoformat()
        (folder / "brief.json").write_text(json.dumps(brief | words), encoding="utf-8")
        text = json.dumps(manifest | {"created": made, "scenario": words["scenario"]})
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        yield folder


def _words(among: list[str], seed: float, count: int) -> str:
    """Words in no order, as hard to pack as those of different briefs."""
    return " ".join(random.Random(seed).choices(among, k=count))


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of the processors in the program and in the system, which is mostly the disk."""

    wall: float
    user: float
    system: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} s, of the processors {self.user:.1f} s and {self.system:.1f} s in the system"


def published(site: Path, folders: list[Path]) -> tuple[Spent, dict[str, int]]:
    """What `salient publish` takes, and what it says it did."""
    command = [sys.executable, "-m", "salient.cli", "publish", "--site", str(site), "--json"]
    command += ["--url", "https://example.org/briefs/"]
    began, before = time.perf_counter(), _spent()
    done = subprocess.run([*command, *map(str, folders)], capture_output=True, text=True)
    wall = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"salient publish ended with {done.returncode}: {done.stderr.strip()[-1000:]}")
    with contextlib.suppress(ChildProcessError):
        while True:  # its workers, which outlive it by a moment
            os.wait()
    user, system = (now - then for now, then in zip(_spent(), before, strict=True))
    return Spent(wall, user, system), json.loads(done.stdout)


def _spent() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime, used.ru_stime


def adopt_orphans() -> None:
    """Let the workers of a process that ended be children of this one, so that their time is counted (Linux)."""
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def packed(path: Path) -> float:
    """The size of a page as it travels, in kB."""
    return len(gzip.compress(path.read_bytes(), 6)) / 1000


def heaviest(site: Path, pattern: str) -> float:
    """The size of the heaviest page of a kind as it travels, in kB."""
    return max(packed(p) for p in site.glob(pattern))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--briefs", type=int, default=10_000)
    parser.add_argument(
        "--run", type=Path, help="a run folder of `salient brief`; made if not given"
    )
    parser.add_argument("--keep", type=Path, help="leave the site and its run folders here")
    given = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        run = given.run or one_run(folder / "first")
        site, count = folder / "site", given.briefs
        folders = list(copies(run, folder / "runs", range(count)))
        spent, done = published(site, folders)
        each = 1000 / count
        print(f"{done['briefs']} briefs: {spent}", end="")
        print(f"; {each * spent.user:.1f} and {each * spent.system:.1f} ms a brief", end="")
        print(f"; {done['files_changed']} files", end="")
        print(f"; load {os.getloadavg()[2]:.0f}")  # others at work lengthen all of these times
        for folder_ in copies(run, folder / "runs", range(count, count + 3)):
            spent, done = published(site, [folder_])
            print(f"one more: {spent}; {done['files_changed']} files changed")
        print(f"front page {packed(site / 'index.html'):.1f} kB packed", end="")
        print(f"; heaviest head of a stream {heaviest(site, '*/*/index.html'):.1f} kB", end="")
        print(
            f"; heaviest page of Load more {heaviest(site, '**/page/*/index.html'):.1f} kB", end=""
        )
        print(f"; heaviest brief {heaviest(site, 'briefs/campaign-0/2*/index.html'):.1f} kB")


if __name__ == "__main__":
    main()
