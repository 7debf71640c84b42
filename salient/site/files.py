"""Files of the site: each is written aside and renamed, and left alone when it already says the same."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from salient.errors import Problem, SalientError


class Writer:
    """Writes files below `root` and counts those that changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.changed = 0

    def text(self, name: str, text: str) -> None:
        """Write a text file below the root."""
        self.bytes(name, text.encode("utf-8", "replace"))

    def bytes(self, name: str, content: bytes) -> None:
        """Write a file below the root; a reader sees the old one or the new one, never a part."""
        self.changed += write(self.root / name, content)


def partial_of(path: Path) -> Path:
    """Where a file is written before it gets its name."""
    return path.with_name(f".{path.name}.partial")


def write(path: Path, content: bytes) -> bool:
    """Write a file aside and rename it. Returns whether it changed."""
    try:
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return False
    except FileNotFoundError:
        pass
    new = partial_of(path)
    try:
        try:
            new.write_bytes(content)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(content)
        os.replace(new, path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    return True


SMALL = 1 << 20


def fill(folder: Path, files: Mapping[str, Path | bytes]) -> dict[str, bytes]:
    """Put copies of files into a new folder. Returns what is in those that are small, for who needs it next."""
    folder.mkdir(parents=True)
    known: dict[str, bytes] = {}
    for name, source in files.items():
        if isinstance(source, Path) and source.stat().st_size > SMALL:
            shutil.copyfile(source, folder / name)
            continue
        known[name] = source if isinstance(source, bytes) else source.read_bytes()
        write_new(folder / name, known[name])
    return known


def write_new(path: Path, content: bytes) -> None:
    """Write a file into a folder that nobody reads yet."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]
    finally:
        os.close(handle)


@contextmanager
def locked(site: Path) -> Iterator[None]:
    """Hold the site: a second publisher waits until the first has ended, however it ends."""
    with plain_errors(site):
        site.mkdir(parents=True, exist_ok=True)
        handle = (site / ".lock").open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        handle.close()


_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EROFS, errno.EPERM)


@contextmanager
def plain_errors(site: Path) -> Iterator[None]:
    """Turn what the disk says into one message with what to do."""
    try:
        yield
    except OSError as e:
        raise _said(e, site) from None


def _said(e: OSError, site: Path) -> SalientError:
    if e.errno in _FULL:
        return SalientError(
            Problem(
                "the disk is full; every page of the site is whole, old or new",
                file=str(site),
                hint="make room and give the same command again: it goes on from there",
            )
        )
    if e.errno in _CLOSED:
        return SalientError(
            Problem("this place cannot be written", file=str(site), hint="choose another --site")
        )
    return SalientError(
        Problem(
            f"the site cannot be written: {e.strerror or e}",
            file=str(e.filename or site),
            hint="mend that and give the same command again: it goes on from there",
        )
    )
