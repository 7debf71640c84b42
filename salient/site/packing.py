"""Packing: archives and bitmaps, quickly, since a site has thousands of both. The same content gives the same bytes."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable
from typing import Any

from salient.errors import Problem, SalientError

_packer: Callable[..., Any]
try:
    from isal import isal_zlib

    _packer = isal_zlib.compressobj
except ModuleNotFoundError:  # no wheel for this machine: the standard library packs too, slower
    _packer = zlib.compressobj

_RAW, _WRAPPED = -15, 15
_DAY = (1 << 5) | 1  # 1980-01-01, the first day that an archive can tell: no clock is in it
_MOST, _LARGE = 0xFFFF, 0xFFFF_FFFF


def archive(files: Iterable[tuple[str, bytes, bool]]) -> bytes:
    """A ZIP archive of names, contents and whether to pack them; names are plain letters, digits and signs."""
    out, directory, count = io.BytesIO(), io.BytesIO(), 0
    for name, content, pack in files:
        if count == _MOST or out.tell() + len(content) > _LARGE // 2:
            raise SalientError(
                Problem("an archive holds up to 2 GB", file=name, hint="publish a smaller run")
            )
        label, at, packed = (
            name.encode("ascii"),
            out.tell(),
            _deflated(content) if pack else content,
        )
        sizes = zlib.crc32(content), len(packed), len(content), len(label)
        head = struct.pack("<HHHHHLLLHH", 20, 0, 8 if pack else 0, 0, _DAY, *sizes, 0)
        out.write(b"PK\x03\x04" + head + label + packed)
        unix = 0o600 << 16
        directory.write(b"PK\x01\x02" + struct.pack("<H", 0x0314) + head)
        directory.write(struct.pack("<HHHLL", 0, 0, 0, unix, at) + label)
        count += 1
    listed, start = directory.getvalue(), out.tell()
    out.write(listed + b"PK\x05\x06")
    out.write(struct.pack("<HHHHLLH", 0, 0, count, count, len(listed), start, 0))
    return out.getvalue()


def _deflated(content: bytes) -> bytes:
    packer = _packer(1, zlib.DEFLATED, _RAW)
    return packer.compress(content) + packer.flush()


def png(size: tuple[int, int], palette: bytes, rows: bytes) -> bytes:
    """A PNG of up to sixteen colours; `rows` holds two pixels a byte, row by row."""
    width, height = size
    wide = (width + 1) // 2
    plain = b"".join([b"\0" + rows[at : at + wide] for at in range(0, wide * height, wide)])
    packer = _packer(1, zlib.DEFLATED, _WRAPPED)
    parts = {
        b"IHDR": struct.pack(">LLBBBBB", width, height, 4, 3, 0, 0, 0),
        b"PLTE": palette,
        b"IDAT": packer.compress(plain) + packer.flush(),
        b"IEND": b"",
    }
    chunks = [
        struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))
        for name, data in parts.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
