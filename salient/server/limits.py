"""Who may ask for what, and how much: limits, tokens, rates, names of the host, and the headers of every answer."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from salient.errors import Problem, SalientError

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}; object-src 'none'"
)
LEAST_TOKEN = 16


@dataclass(frozen=True)
class Limits:
    """draws: the most of one run; body: bytes; queue: jobs that may wait; rate: runs a minute for one client, after
    `burst` at once; query: characters of an address.
    """

    draws: int = 20_000
    body: int = 32_768
    query: int = 16_384
    queue: int = 20
    rate: float = 60.0
    burst: int = 30


class Rate:
    """How often a client may do something: a bucket of `burst`, filled again by `per_minute`."""

    def __init__(self, per_minute: float, burst: int, most_clients: int = 10_000) -> None:
        self._per_second, self._burst, self._most = per_minute / 60.0, float(burst), most_clients
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, client: str, now: float | None = None) -> float:
        """Take one. Returns 0, or the seconds to wait when there is none."""
        now = time.monotonic() if now is None else now
        left, at = self._left.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        wait = 0.0 if left >= 1.0 else (1.0 - left) / self._per_second
        self._left[client] = (left - 1.0 if wait == 0.0 else left, now)
        while len(self._left) > self._most:
            self._left.pop(next(iter(self._left)))
        return wait


def security_headers(styles: str = "", framed: bool = False) -> list[tuple[bytes, bytes]]:
    """The headers that every answer carries.

    styles: hashes of inline styles of a published page; framed: whether pages of others may show it, as they may a
    figure that was made for that, which has no control and no script.
    """
    policy = CSP.format(styles=styles, frames="*" if framed else "'none'")
    shut = [] if framed else [(b"x-frame-options", b"DENY")]
    reach = b"cross-origin" if framed else b"same-origin"
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        *shut,
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", reach),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    ]


@dataclass(frozen=True)
class Access:
    """Who may start runs: anybody on this machine, or who has the token. key: signs cookies and cursors."""

    token: str | None = None
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def allows(self, token: str | None, cookie: str | None) -> bool:
        """Whether a run may be started with this token or this cookie."""
        if self.token is None:
            return True
        if token is not None and _same(token, self.token):
            return True
        return cookie is not None and _same(cookie, self.cookie())

    def cookie(self) -> str:
        """What a browser keeps in place of the token."""
        return self.sign(f"cookie {self.token}")

    def sign(self, text: str) -> str:
        """A signature of a text."""
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()

    def signed(self, text: str, signature: str) -> bool:
        """Whether a signature is that of the text."""
        return _same(signature, self.sign(text))


def _same(a: str, b: str) -> bool:
    return hmac.compare_digest(a.encode("utf-8", "replace"), b.encode("utf-8", "replace"))


def is_loopback(host: str) -> bool:
    """Whether a host to bind to can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def right_host(header: str) -> bool:
    """Whether the host that a request names is this machine: a page elsewhere whose name was turned to 127.0.0.1 names
    another.
    """
    name = header.strip().lower()
    if name.startswith("["):
        name, _, port = name[1:].partition("]")
        if port and not (port[0] == ":" and port[1:].isdigit()):
            return False
    else:
        name = name.rpartition(":")[0] if name.count(":") == 1 else name
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)


def read_token(file: Path | None, host: str) -> str | None:
    """The token in a file. Raises SalientError when it is missing beyond this machine, short, or cannot be read."""
    if file is None:
        if is_loopback(host):
            return None
        raise SalientError(
            Problem(
                f"{host} can be reached by others, and starting runs needs a token there",
                key="--host",
                hint="give --token-file FILE with a line of your own of 16 characters or more, or use 127.0.0.1",
            )
        )
    try:
        with file.open(encoding="utf-8") as text:
            token = text.read(4096).strip()
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is not text"
        raise SalientError(
            Problem(f"the token cannot be read: {why}", str(file), key="--token-file")
        ) from None
    if len(token) < LEAST_TOKEN or not token.isprintable() or not token.isascii():
        message = f"a token is one line of {LEAST_TOKEN} or more plain characters; {len(token)} were found"
        hint = "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        raise SalientError(Problem(message, str(file), key="--token-file", hint=hint))
    return token


def own_key(folder: Path) -> bytes:
    """The key of this server, made once and kept in its state folder, readable by its user alone."""
    file = folder / "server.key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            key = file.read_bytes()
            if len(key) == 32:
                return key
        except FileNotFoundError:
            pass
        key = secrets.token_bytes(32)
        aside = file.with_name(f".server.key.{os.getpid()}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(key)
        aside.replace(file)
        return key
    except OSError as e:
        raise SalientError(
            Problem(f"this folder cannot be used: {e.strerror}", str(folder), key="--state")
        ) from None
