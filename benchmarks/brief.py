"""The main job from a cold and from a warm compile cache, with its memory: python -m benchmarks.brief."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.campaign import SCENARIO
from benchmarks.timing import Case, arguments, measure, show

AS_OF = "2025-03-11"


class Brief:
    """Runs the command with its own cache folder and remembers the most memory that it held, in MB."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.peak: dict[str, float] = {}
        self.n = 0

    def run(self, cache: str, kind: str) -> None:
        """Write a brief into a new folder."""
        self.n += 1
        salient = str(Path(sys.executable).parent / "salient")
        out = str(self.folder / f"brief-{self.n}")
        child = subprocess.Popen(
            [salient, "brief", SCENARIO, "--as-of", AS_OF, "--out", out],
            env={**os.environ, "SALIENT_CACHE": str(self.folder / cache)},
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        self.peak[kind] = round(max(self.peak.get(kind, 0.0), used.ru_maxrss / 1024))

    def cold(self) -> None:
        """With nothing compiled."""
        self.run(f"cold-{self.n}", "cold")

    def warm(self) -> None:
        """With everything compiled before."""
        self.run("warm", "warm")


def main() -> None:
    """Measure and print, after one brief that fills the warm cache."""
    options = arguments(__doc__, repeat=3)
    with tempfile.TemporaryDirectory() as folder:
        brief = Brief(Path(folder))
        brief.run("warm", "filling")
        cases = [
            Case(f"salient brief {SCENARIO}, cold cache", brief.cold),
            Case(f"salient brief {SCENARIO}, warm cache", brief.warm),
        ]
        results = measure(cases, options.repeat, warm=False, compare=False)
        show(results, options.json, peak_MB=brief.peak)


if __name__ == "__main__":
    main()
