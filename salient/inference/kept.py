"""Fits that are kept between processes, so that a second question about a campaign need not wait for the same fit.

A fit is decided by what it is computed from and by the seed, so one that was made before is as good as a new one. Its
name is a digest of the program, all arrays that go into it, seed, draws, Salient's source and the versions of packages.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from salient.engine import cache
from salient.engine.compiled import made_with
from salient.inference.fit import Fit
from salient.inference.fit import fit as make
from salient.inference.posterior import Posterior

MOST = 20
"""Fits that are kept; older ones go."""
Progress = Callable[[str, float], None]


def folder() -> Path:
    """Where fits are kept."""
    return cache.folder() / "fits"


def fit(
    posterior: Posterior,
    seed: int,
    draws: int,
    progress: Progress | None = None,
    where: Path | None = None,
) -> Fit:
    """The fit by SMC: read where it was made before, else made and kept. where: another folder than `folder()`.

    A campaign with mechanisms from outside Salient is fitted anew each time, since their source may have changed.
    """
    found = read(posterior, seed, draws, where)
    if found is None:
        found = make(posterior, seed, draws, "smc", progress)
        write(found, draws, where)
    return found


def can_keep(posterior: Posterior) -> bool:
    """Whether a fit of it may be kept: not with mechanisms from outside, whose source may change."""
    return bool(posterior.key)


def read(posterior: Posterior, seed: int, draws: int, where: Path | None = None) -> Fit | None:
    """The fit that was kept; None where there is none that is whole."""
    file = _file(posterior, seed, draws, where)
    if file is None:
        return None
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
            z, n = kept["z"], [float(x) for x in kept["numbers"]]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if z.ndim != 3 or z.shape[0] != len(posterior.names) or not np.isfinite(z).all():
        return None
    with suppress(OSError):
        os.utime(file)
    return Fit(posterior, seed, "smc", z, n[0], n[1], n[2], 0, n[3])


def write(fitted: Fit, draws: int, where: Path | None = None) -> None:
    """Keep a fit, written aside and renamed. A folder that is full or closed is done without."""
    file = _file(fitted.posterior, fitted.seed, draws, where)
    if file is None:
        return
    evidence = np.nan if fitted.log_evidence is None else fitted.log_evidence
    numbers = np.array([fitted.accepted, fitted.unique, fitted.forgot, evidence])
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.stem}.{os.getpid()}.npz")
        np.savez(aside, allow_pickle=False, z=fitted.z, numbers=numbers)
        aside.replace(file)
        newest = sorted(file.parent.glob("*.npz"), key=lambda f: f.stat().st_mtime, reverse=True)
        for old in newest[MOST:]:
            old.unlink(missing_ok=True)


def _file(posterior: Posterior, seed: int, draws: int, where: Path | None) -> Path | None:
    """The file of a fit; None where it may not be kept."""
    import jax

    key = posterior.key
    if not key:
        return None
    leaves, tree = jax.tree.flatten(posterior.data)
    digest = hashlib.sha256(
        repr((key, str(tree), posterior.origin, seed, draws, made_with())).encode()
    )
    for leaf in leaves:
        array = np.asarray(leaf)
        digest.update(repr((array.shape, array.dtype.str)).encode() + array.tobytes())
    name = posterior.campaign.scenario.scenario
    return (where or folder()) / f"{name}-{digest.hexdigest()[:24]}.npz"
