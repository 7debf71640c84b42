"""The files of a published site, from memory: whole answers with their headers, packed once, checked for change.

Nothing outside the site can be reached: names are taken apart, hidden ones and those that climb are not there, and
every step of the way is opened without following links.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import stat
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from salient.server.limits import security_headers
from salient.site.words import EMBED, SHARE_PICTURE

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".yaml": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".nc": "application/x-netcdf",
    ".woff2": "font/woff2",
}
_SPECIAL = {"atom.xml": "application/atom+xml; charset=utf-8", "feed.json": "application/feed+json"}
_PACKED = (
    "text/",
    "application/json",
    "application/xml",
    "application/atom",
    "image/svg",
    "application/feed",
)
_CHECK_EVERY = 1.0
MOST_KEPT, LARGEST = 96 * 2**20, 8 * 2**20
"""Bytes kept in memory, and the largest file that is; larger ones are read as they are sent."""
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
Live = Callable[[list[str], bytes], bytes]
"""Changes a page, at the names of its path, before it is sent."""
Headers = list[tuple[bytes, bytes]]


@dataclass
class Answer:
    """A file as it is sent: headers and body, plain and packed. checked: when it was last seen unchanged."""

    state: tuple[int, int, int]
    etag: bytes
    plain: tuple[Headers, bytes]
    packed: tuple[Headers, bytes] | None
    short: Headers
    checked: float

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.plain[1]) + (len(self.packed[1]) if self.packed else 0)


@dataclass(frozen=True)
class Large:
    """A file too large to keep: its open descriptor, which the taker closes, its size and headers."""

    descriptor: int
    size: int
    headers: Headers


def parts_of(path: str) -> list[str] | None:
    """The names of a path of an address; None for one that cannot be a file of a site."""
    if not path.startswith("/") or "\x00" in path or "\\" in path or len(path) > 1024:
        return None
    names = path[1:].split("/")
    if names[-1] == "":
        names = [*names[:-1], "index.html"]
    if any(not n or n.startswith(".") or len(n.encode("utf-8", "replace")) > 255 for n in names):
        return None
    return names


class Files:
    """The files of one site."""

    def __init__(self, root: Path, live: Live = lambda names, page: page) -> None:
        self.root = root
        self.live = live
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._size = 0

    def kept(self, path: str) -> Answer | None:
        """The answer for a path when it is in memory and was checked a moment ago.

        When it is time to check again, one asker is sent to do so; the others are answered from memory meanwhile.
        """
        found, now = self._kept.get(path), time.monotonic()
        if found is None or now - found.checked < _CHECK_EVERY:
            return found
        found.checked = now
        return None

    def checked_since(self, path: str, moment: float) -> Answer | None:
        """The answer for a path when somebody has checked it after a moment of the monotonic clock."""
        found = self._kept.get(path)
        return found if found is not None and found.checked > moment else None

    def find(self, path: str) -> Answer | Large | None:
        """The answer for a path, read afresh where it changed; None where there is no such file."""
        names = parts_of(path)
        descriptor = None if names is None else self._open(names)
        if descriptor is None or names is None:
            self._forget(path)
            return None
        keep = False
        try:
            about = os.fstat(descriptor)
            state = (about.st_mtime_ns, about.st_size, about.st_ino)
            old = self._kept.get(path)
            if old is not None and old.state == state:
                old.checked = time.monotonic()
                self._kept.move_to_end(path)
                return old
            if about.st_size > LARGEST:
                keep = True
                return Large(descriptor, about.st_size, self._headers(names[-1], about.st_size))
            with os.fdopen(os.dup(descriptor), "rb") as file:
                body = file.read(LARGEST + 1)
            return self._keep(path, _answer(names[-1], self.live(names, body), state))
        finally:
            if not keep:
                os.close(descriptor)

    def is_folder(self, path: str) -> bool:
        """Whether a path without its last slash is a folder with a page."""
        names = parts_of(path + "/")
        descriptor = None if names is None else self._open(names)
        if descriptor is None:
            return False
        os.close(descriptor)
        return True

    def _headers(self, name: str, size: int) -> Headers:
        return [
            (b"content-type", _type(name).encode()),
            (b"content-length", str(size).encode()),
            (b"cache-control", b"no-cache"),
            *security_headers(),
        ]

    def _open(self, names: list[str]) -> int | None:
        """A descriptor of a plain file, each step opened without following a link."""
        try:
            here = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            for name in names[:-1]:
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                there = os.open(name, flags, dir_fd=here)
                os.close(here)
                here = there
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            found = os.open(names[-1], flags, dir_fd=here)
        except (OSError, ValueError):
            return None
        finally:
            os.close(here)
        if not stat.S_ISREG(os.fstat(found).st_mode):
            os.close(found)
            return None
        return found

    def _keep(self, path: str, answer: Answer) -> Answer:
        self._forget(path)
        self._kept[path] = answer
        self._size += answer.size
        while self._size > MOST_KEPT and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._size -= gone.size
        return answer

    def _forget(self, path: str) -> None:
        old = self._kept.pop(path, None)
        if old is not None:
            self._size -= old.size


def _type(name: str) -> str:
    if name in _SPECIAL:
        return _SPECIAL[name]
    return TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


def _answer(name: str, body: bytes, state: tuple[int, int, int]) -> Answer:
    kind = _type(name)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()
    common = [
        (b"etag", etag),
        (b"cache-control", b"no-cache"),
        (b"vary", b"accept-encoding"),
        *security_headers(
            style_hashes(body) if kind.startswith("text/html") else "",
            name in (EMBED, SHARE_PICTURE),
        ),
    ]
    typed = [(b"content-type", kind.encode()), *common]
    plain = ([*typed, (b"content-length", str(len(body)).encode())], body)
    packed = None
    if kind.startswith(_PACKED) and len(body) > 600:
        small = gzip.compress(body, 6, mtime=0)
        sized = [(b"content-encoding", b"gzip"), (b"content-length", str(len(small)).encode())]
        packed = ([*typed, *sized], small)
    return Answer(state, etag, plain, packed, common, time.monotonic())


def style_hashes(page: bytes) -> str:
    """The hashes of a page's style elements, for its policy: nothing else inline is let through."""
    found = dict.fromkeys(_STYLE.findall(page))
    hashes = [base64.b64encode(hashlib.sha256(s).digest()).decode() for s in list(found)[:20]]
    return "".join(f" 'sha256-{h}'" for h in hashes)
