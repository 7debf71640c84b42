"""The server: a what-if on the warm engine, and pages by `wrk` where it is installed.

python benchmarks/serve.py [--site SITE]
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path


def what_if(address: str, runs: int = 15) -> list[float]:
    """Seconds of as many what-ifs of 1 000 draws, each with another number so that none is read from the last."""
    seconds = []
    for k in range(runs):
        question = {
            "scenario": "kursk-2024",
            "branch": "support-wanes",
            "numbers": {"forces.strength[russia,kursk]": 9000 + 10 * k + time.time() % 10},
        }
        request = urllib.request.Request(
            f"{address}/api/whatif",
            json.dumps(question).encode(),
            {"content-type": "application/json"},
        )
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as reply:
            assert reply.status == 200
            reply.read()
        seconds.append(time.perf_counter() - began)
    return seconds


def made_site(folder: Path) -> Path:
    """A front page and a brief of the sizes of real ones: 60 KB and 250 KB."""
    words = " ".join(f"{k * 7919 % 100_003}" for k in range(42_000))
    (folder / "briefs" / "a" / "1").mkdir(parents=True)
    (folder / "index.html").write_text(f"<!doctype html><title>Front</title><p>{words[:60_000]}")
    (folder / "briefs" / "a" / "1" / "index.html").write_text(
        f"<!doctype html><title>Brief</title><p>{words[:250_000]}"
    )
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path)
    site = parser.parse_args().site
    with tempfile.TemporaryDirectory() as state:
        site = site or made_site(Path(state) / "site")
        command = [sys.executable, "-m", "salient.cli", "serve", "--port", "0"]
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--state", state, "--site", str(site)], stdout=subprocess.PIPE, text=True
        )
        try:
            found = re.search(r"http://\S+:\d+", process.stdout.readline())
            print(f"listening after {time.perf_counter() - began:.1f} s")
            process.stdout.readline()
            print(f"warm after {time.perf_counter() - began:.1f} s")
            seconds = what_if(found.group())
            print(
                f"what-if, 1000 draws: median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s"
            )
            pages = [
                "/",
                *(f"/{name}" for name in ("feed.json", "atom.xml") if (site / name).is_file()),
                *[f"/{p.parent.relative_to(site)}/" for p in site.glob("briefs/*/2*/index.html")][
                    :1
                ],
            ]
            for page in pages if shutil.which("wrk") else ():
                load = ["wrk", "-t1", "-c32", "-d5s", "--latency", "-H", "Accept-Encoding: gzip"]
                subprocess.run([*load, found.group() + page], check=True)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


if __name__ == "__main__":
    main()
