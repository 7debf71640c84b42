"""Random numbers by counter: the same number for the same (seed, draw, stream, week), whatever the batch.

Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11), with the key
(seed, stream) and the counter (draw, week). A stream is a name and the name of its cell, such as
``advance_noise/kursk``, so neither the order of sides nor that of sectors matters.
"""

from __future__ import annotations

import zlib
from typing import Any

from salient.numerics import Array, namespace, ndtri

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_MANTISSA = 2.0**-52


def stream(name: str, *cell: str) -> int:
    """The 32-bit key of a stream and cell, from their names."""
    return zlib.crc32("/".join((name, *cell)).encode())


def threefry(key: tuple[Array, Array], counter: tuple[Array, Array]) -> tuple[Array, Array]:
    """Two words of 32 random bits for each counter. Key and counter are arrays of uint32 that broadcast."""
    k0, k1 = key
    ks = (k0, k1, k0 ^ k1 ^ _PARITY)
    x0, x1 = counter[0] + ks[0], counter[1] + ks[1]
    for group in range(5):
        for r in _ROTATIONS[group % 2]:
            x0 = x0 + x1
            x1 = (x1 << r) | (x1 >> (32 - r))
            x1 = x1 ^ x0
        x0 = x0 + ks[(group + 1) % 3]
        x1 = x1 + ks[(group + 2) % 3] + (group + 1)
    return x0, x1


def uniform(seed: Any, streams: Array, draws: Array, week: Any) -> Array:
    """Uniform numbers in (0, 1), one for each stream (rows) and draw (columns).

    seed, week: uint32 scalars; streams: uint32 [cells]; draws: uint32 [draws], ids that are global to the run.
    """
    xp = namespace(draws, seed, week)
    u32 = xp.uint32
    key = (xp.asarray(seed, u32)[None, None], xp.asarray(streams, u32)[:, None])
    count = (xp.asarray(draws, u32)[None, :], xp.asarray(week, u32))
    high, low = threefry(key, count)
    bits = high.astype(xp.float64) * 2.0**20 + (low >> 12).astype(xp.float64)
    return (bits + 0.5) * _MANTISSA


def normal(seed: Any, streams: Array, draws: Array, week: Any) -> Array:
    """Standard normals, one for each stream (rows) and draw (columns), by the inverse transform."""
    return ndtri(uniform(seed, streams, draws, week))
