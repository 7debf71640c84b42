"""Fetching a data set anew from where it came from, into a folder of the user's own.

Every file is read whole, checked, written aside and renamed; what stood there before stays until then, and nothing is
ever written into the package. Only the standard library is used.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import http.client
import io
import json
import shutil
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from salient.errors import DataError, Problem
from salient.evidence.catalogue import DATA, DataSet, Upstream, data_set
from salient.evidence.files import LARGEST, load

_PIECE = 65_536
_AGENT = "salient (open-source campaign model; data fetch)"


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched, where it stands now, and its checksum."""

    url: str
    path: Path
    size: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class Fetch:
    """What a fetch brought. ready: the file has the form of the shipped table and can be given with --data."""

    key: str
    files: tuple[Fetched, ...]
    ready: bool
    note: str
    shipped_sha256: str

    def as_dict(self) -> dict[str, Any]:
        """Everything, in types that JSON knows."""
        return {
            **vars(self),
            "files": [{**vars(f), "path": str(f.path)} for f in self.files],
        }


def fetch(key: str, out: str | Path, timeout: float = 60.0, largest: int = LARGEST) -> Fetch:
    """Fetch the upstream files of a data set into the folder `out`.

    timeout: seconds for each file, from the first byte asked for to the last received. Raises DataError for an unknown
    data set, one that has no single address upstream, a folder that cannot be used, and whatever the network does;
    nothing is then changed in the folder.
    """
    one = data_set(key)
    if not one.upstream:
        raise DataError(_why_not(one))
    folder = _usable(Path(out))
    got = [(u, _content(u, timeout, largest)) for u in one.upstream]
    rows = [_checked(u, content) for u, content in got]
    make = _MAKERS.get(key)
    if make is None:
        files = [(u.url, u.file, content, n) for (u, content), n in zip(got, rows, strict=True)]
    else:
        files = [(got[0][0].url, one.file, make(got[0][1]), rows[0])]
    placed = _placed(folder, files, one if make else None)
    return Fetch(key, tuple(placed), make is not None, one.upstream_note, one.sha256)


def _why_not(one: DataSet) -> Problem:
    where = ", ".join(s.url for s in one.sources if s.url) or "the pages named row by row"
    return Problem(
        f"'{one.key}' has no single file upstream to fetch: {one.derived} "
        f"Its sources are {where}; terms: {one.licence.short}",
        hint="docs/how-to/add-data.md says how to bring a newer table of your own with --data",
    )


def _usable(folder: Path) -> Path:
    """The folder, made if need be. Raises DataError when it lies in the package or cannot be made."""
    package = DATA.parent.parent
    if folder.resolve().is_relative_to(package):
        raise DataError(
            Problem(
                "data are never fetched into the package",
                file=str(folder),
                key="--out",
                hint="give a folder of your own",
            )
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise DataError(
            Problem(f"no folder can be made there: {e.strerror}", file=str(folder), key="--out")
        ) from None
    return folder


def _content(upstream: Upstream, timeout: float, largest: int) -> bytes:
    """The whole content at an address, or one DataError that says what happened and what to do."""
    url = upstream.url
    host = urllib.parse.urlsplit(url).hostname or url
    hint = "nothing was changed; try again later"
    try:
        return _read(url, timeout, largest)
    except urllib.error.HTTPError as e:
        e.close()
        gone = e.code in (404, 410)
        message = (
            f"there is nothing at this address any more (HTTP {e.code})"
            if gone
            else f"the server refused (HTTP {e.code})"
        )
        moved = "the source has moved or was taken down; the shipped table stays usable"
        raise DataError(Problem(message, file=url, hint=moved if gone else hint)) from None
    except TimeoutError:
        raise DataError(
            Problem(
                f"{host} took longer than {timeout:g} s",
                file=url,
                hint=f"{hint}, or with a longer --timeout",
            )
        ) from None
    except urllib.error.URLError as e:
        if isinstance(e.reason, TimeoutError):
            raise DataError(
                Problem(
                    f"{host} took longer than {timeout:g} s",
                    file=url,
                    hint=f"{hint}, or with a longer --timeout",
                )
            ) from None
        raise DataError(
            Problem(
                f"{host} cannot be reached: {_reason(e.reason)}",
                file=url,
                hint=f"are you online? {hint}",
            )
        ) from None
    except (http.client.HTTPException, OSError) as e:
        raise DataError(
            Problem(f"the connection broke off: {_reason(e)}", file=url, hint=hint)
        ) from None


def _reason(e: object) -> str:
    return str(getattr(e, "strerror", None) or e) or type(e).__name__


def _read(url: str, timeout: float, largest: int) -> bytes:
    """Read an address in small pieces, so that neither a slow nor an endless answer can hold us."""
    end = time.monotonic() + timeout
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        if urllib.parse.urlsplit(answer.url).scheme not in ("http", "https"):
            raise DataError(Problem("the address leads to something that is not the web", file=url))
        promised = answer.headers.get("Content-Length", "")
        length = int(promised) if promised.isdigit() else None
        if length is not None and length > largest:
            raise DataError(_too_large(url, largest))
        pieces, size = [], 0
        while piece := answer.read1(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > largest:
                raise DataError(_too_large(url, largest))
            if time.monotonic() > end:
                raise TimeoutError
    if length is not None and size < length:
        raise DataError(
            Problem(
                f"the file was cut short: {length:,} bytes were promised, {size:,} came",
                file=url,
                hint="nothing was changed; try again",
            )
        )
    return b"".join(pieces)


def _too_large(url: str, largest: int) -> Problem:
    return Problem(
        f"the file is larger than {largest / 1e6:g} MB and is not taken",
        file=url,
        hint="no table here is near it: is the address still what it was?",
    )


def _checked(upstream: Upstream, content: bytes) -> int:
    """The number of rows of a file that has the columns it must have. Raises DataError when the form has changed."""
    try:
        text = content.decode("utf-8-sig")
        rows = json.loads(text) if upstream.file.endswith(".json") else _rows(text)
        first = set(rows[0]) if rows else set()
    except (ValueError, csv.Error, TypeError, KeyError, RecursionError):
        kind = "JSON" if upstream.file.endswith(".json") else "CSV"
        raise DataError(
            Problem(
                f"{kind} rows were expected, something else came", file=upstream.url, hint=_CHANGED
            )
        ) from None
    missing = [c for c in upstream.columns if c not in first]
    if missing:
        found = ", ".join(sorted(map(str, first))) or "no rows"
        message = (
            f"the form has changed: {', '.join(missing)} were expected, {found[:200]} were found"
        )
        raise DataError(Problem(message, file=upstream.url, hint=_CHANGED))
    return len(rows)


_CHANGED = "nothing was changed; the shipped table stays usable"


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def visual_totals(content: bytes) -> bytes:
    """Oryx's totals in the form of `losses-visual-totals`, dated today (UTC)."""
    counts = ("destroyed", "abandoned", "captured", "damaged", "type_total")
    handle = io.StringIO()
    columns = ("date", "side", "equipment_type", *counts)
    lines = csv.DictWriter(handle, columns, lineterminator="\n")
    lines.writeheader()
    today = dt.datetime.now(dt.UTC).date().isoformat()
    for row in _rows(content.decode("utf-8-sig")):
        kind = " ".join(row["equipment_type"].split())
        head = {"date": today, "side": row["country"].lower(), "equipment_type": kind}
        lines.writerow({**head, **{c: row[c] for c in counts}})
    return handle.getvalue().encode()


_MAKERS: dict[str, Callable[[bytes], bytes]] = {"losses-visual-totals": visual_totals}


def _placed(
    folder: Path, files: Iterable[tuple[str, str, bytes, int]], table: DataSet | None
) -> list[Fetched]:
    """Write the files aside, check a table in the shipped form, and rename them all."""
    try:
        aside = Path(tempfile.mkdtemp(prefix=".fetch-", dir=folder))
    except OSError as e:
        raise DataError(
            Problem(f"this place cannot be written: {e.strerror}", file=str(folder), key="--out")
        ) from None
    try:
        out = [
            Fetched(url, aside / name, len(content), hashlib.sha256(content).hexdigest(), rows)
            for url, name, content, rows in files
            if (aside / name).write_bytes(content) >= 0
        ]
        if table is not None:
            load(table, aside)
        return [replace(one, path=one.path.replace(folder / one.path.name)) for one in out]
    except OSError as e:
        raise DataError(
            Problem(f"this place cannot be written: {e.strerror}", file=str(folder), key="--out")
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


__all__ = ["Fetch", "Fetched", "fetch", "visual_totals"]
