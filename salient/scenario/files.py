"""Files of a scenario, read so that a path can neither hang the reader nor lead out of the scenario's folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from salient.errors import Problem, ScenarioError
from salient.scenario.tree import MAX_BYTES


@dataclass(frozen=True)
class TextFile:
    """A file that was read: how it is called in messages, where it is, what it says, and its checksum."""

    name: str
    path: Path
    text: str
    sha256: str


def called(path: Path) -> str:
    """A path for messages: relative when it is below the working directory."""
    text = os.fspath(path)
    with contextlib.suppress(ValueError, OSError):
        text = os.fspath(path.absolute().relative_to(Path.cwd()))
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:1000])


def read(path: Path, name: str | None = None) -> TextFile:
    """Read a text file of at most a megabyte. Devices, pipes and folders are refused, and none is waited for."""
    name = name or called(path)
    data = _bytes(path, name)
    if len(data) > MAX_BYTES:
        raise _refused(
            name,
            f"the file is larger than {MAX_BYTES // 1_000_000} MB; a scenario is text written by people",
        )
    if b"\0" in data:
        raise _refused(
            name,
            "the file holds a zero byte, so it is not text; save it as UTF-8",
            data,
            data.index(b"\0"),
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(
            name, "the file is not UTF-8 text; save it as UTF-8", data, error.start
        ) from None
    return TextFile(name, path, text, hashlib.sha256(data).hexdigest())


def inside(folder: Path, relative: str) -> Path:
    """A path given in a scenario, below the scenario's folder. Raises ValueError, in words, when it leads out."""
    if not relative or "\0" in relative or len(relative) > 200:
        raise ValueError("the name of a file in the scenario's folder is right here")
    if os.path.isabs(relative) or ".." in Path(relative).parts:
        raise ValueError(
            "the path leads out of the scenario's folder; put the file beside the scenario"
        )
    path = folder / relative
    try:
        path.resolve().relative_to(folder.resolve())
    except (ValueError, OSError, RuntimeError):
        raise ValueError(
            "the path is a link that leads out of the scenario's folder; put the file itself there"
        ) from None
    return path


def _bytes(path: Path, name: str) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        raise _refused(name, _why(error)) from None
    with os.fdopen(handle, "rb", closefd=True) as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _refused(name, "this is not a file that can be read as a whole; give a YAML file")
        try:
            return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise _refused(name, _why(error)) from None


def _why(error: OSError | ValueError) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ENOENT:
        return "there is no such file"
    if number == errno.EACCES:
        return "you may not read this file; ask for the right to"
    if number == errno.ELOOP:
        return "this link leads back to itself"
    if number == errno.ENXIO:
        return "this is not a file that can be read as a whole; give a YAML file"
    return f"the file cannot be read: {os.strerror(number) if number else 'its name is not valid'}"


def _refused(name: str, message: str, data: bytes = b"", at: int | None = None) -> ScenarioError:
    line = None if at is None else data.count(b"\n", 0, at) + 1
    return ScenarioError(Problem(message, name, line))
