"""A run folder: written aside, renamed when whole, resumed from finished stages.

What was there before stays until then.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salient.errors import Problem, SalientError

if TYPE_CHECKING:
    import numpy as np

MANIFEST, BRIEF, PAGE = "manifest.json", "brief.json", "index.html"
_KEY = "stages.json"


def key_of(content: Mapping[str, Any]) -> str:
    """The fingerprint of everything that decides a run's numbers."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


class RunFolder:
    """A folder in the making beside its final place: `OUT.partial` until `finish`."""

    def __init__(self, out: Path, key: str) -> None:
        self.out = out
        self.work = out.with_name(out.name + ".partial")
        self._claim(key)

    def _claim(self, key: str) -> None:
        """Take up the finished stages of an interrupted run of the same key, else begin afresh."""
        if (
            self.out.exists()
            and not (self.out / MANIFEST).is_file()
            and (not self.out.is_dir() or any(self.out.iterdir()))
        ):
            raise SalientError(
                Problem(f"{self.out} is there and is not a run folder", hint="choose another --out")
            )
        try:
            before = json.loads((self.work / _KEY).read_text())
        except (OSError, ValueError):
            before = None
        if before != {"key": key}:
            shutil.rmtree(self.work, ignore_errors=True)
            self.work.mkdir(parents=True)
            (self.work / _KEY).write_text(json.dumps({"key": key}))

    def load(self, stage: str) -> dict[str, np.ndarray] | None:
        """The arrays of a finished stage, or None."""
        import numpy as np

        file = self.work / f"stage-{stage}.npz"
        if not file.is_file():
            return None
        with np.load(file) as arrays:
            return dict(arrays)

    def keep(self, stage: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep a finished stage; it is there as a whole or not at all."""
        import numpy as np

        file = self.work / f"stage-{stage}.npz"
        aside = file.with_suffix(".tmp.npz")
        np.savez(aside, allow_pickle=False, **dict(arrays))
        os.replace(aside, file)

    def finish(self) -> None:
        """Put the folder in its place; an older one steps aside first and goes only when the new one stands."""
        for file in (*self.work.glob("stage-*"), self.work / _KEY):
            file.unlink(missing_ok=True)
        old = self.out.with_name(self.out.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        if self.out.exists():
            os.replace(self.out, old)
        os.replace(self.work, self.out)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def plain_errors(out: Path) -> Iterator[None]:
    """Turn what the disk says into one message; what was at `out` before is untouched."""
    try:
        yield
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "make room and give the same command again: it goes on from what is finished"
            raise SalientError(
                Problem(
                    "the disk is full; nothing at that place was changed", file=str(out), hint=hint
                )
            ) from None
        if e.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise SalientError(
                Problem("this place cannot be written", file=str(out), hint="choose another --out")
            ) from None
        if e.errno in (errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG):
            raise SalientError(
                Problem(f"no folder can be made there: {e.strerror}", file=str(out))
            ) from None
        raise


def numbers(tree: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a JSON tree with its place."""
    if isinstance(tree, dict):
        for k, v in tree.items():
            yield from numbers(v, f"{at}.{k}" if at else k)
    elif isinstance(tree, list):
        for i, v in enumerate(tree):
            yield from numbers(v, f"{at}[{i}]")
    else:
        yield at, tree


def differences(a: Any, b: Any) -> tuple[int, list[str]]:
    """How many leaves were compared, and the places where two JSON trees differ."""
    left, right = dict(numbers(a)), dict(numbers(b))
    places = sorted(left.keys() | right.keys())
    missing = object()
    return len(places), [p for p in places if left.get(p, missing) != right.get(p, missing)]
