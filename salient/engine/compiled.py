"""Programs as XLA runs them: traced once for all processes, compiled once for all threads.

Tracing a campaign in Python takes longer than loading what the compiler made of it, so the traced program is kept in
the user's cache folder too, as the StableHLO that `jax.export` writes. Its name is a digest of everything that it
depends on: the key that its maker gives, shapes and types of the arguments, all of Salient's source, and versions. A
file that is missing or damaged costs a new tracing, never a wrong number.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

import salient
from salient.engine import cache

_DIGEST = hashlib.sha256().digest_size


class Compiled:
    """A function for JAX. Called with arguments of shapes that are new, it is traced or loaded, and compiled, while
    other threads wait.
    """

    def __init__(
        self, trace: Callable[..., Any], key: tuple[Any, ...], types: tuple[type, ...] = ()
    ) -> None:
        """key: what the trace depends on besides its arguments; without one the program is not kept on disk.

        types: named tuples in what it returns.
        """
        self._trace = trace
        self._key = key
        self._types = types
        self._ready: dict[Any, Callable[..., Any]] = {}
        self._one = Lock()

    def __call__(self, *args: Any) -> Any:
        """Run it, compiled before if arguments of these shapes were seen."""
        shapes = _shapes(args)
        ready = self._ready.get(shapes)
        if ready is not None:
            return ready(*args)
        with self._one:
            if shapes not in self._ready:
                program = self._program(args, shapes)
                out = program(*args)
                self._ready[shapes] = program
                return out
        return self._ready[shapes](*args)

    def _program(self, args: tuple[Any, ...], shapes: Any) -> Callable[..., Any]:
        import jax
        from jax import export

        cache.use_jax()
        if not self._key:
            return jax.jit(self._trace)
        _register(self._types)
        file = cache.folder() / "programs" / f"{_digest(self._key, shapes)}.bin"
        traced = _load(file)
        if traced is None:
            traced = export.export(jax.jit(self._trace))(*args)
            _keep(file, bytes(traced.serialize()))
        return jax.jit(traced.call)


def _shapes(args: tuple[Any, ...]) -> Any:
    """Structure of the arguments, with shape and type of each array in it."""
    import jax

    leaves, tree = jax.tree.flatten(args)
    return tree, tuple((np.shape(x), np.result_type(x).str) for x in leaves)


def _digest(key: tuple[Any, ...], shapes: Any) -> str:
    text = repr((key, str(shapes[0]), shapes[1], *made_with()))
    return hashlib.sha256(text.encode()).hexdigest()


def made_with() -> tuple[object, ...]:
    """Salient's source, versions and machine: numbers that are kept are good only with the same."""
    return _source(), _versions(), platform.machine()


@once
def _source() -> str:
    """Digest of Salient's own source, since a trace is made of it."""
    digest = hashlib.sha256()
    root = Path(salient.__file__).parent
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _versions() -> tuple[str, ...]:
    return (platform.python_version(), *(version(p) for p in ("jax", "jaxlib", "numpy")))


@once
def _registered(kind: type) -> None:
    from jax import export

    export.register_namedtuple_serialization(kind, serialized_name=kind.__qualname__)


def _register(types: tuple[type, ...]) -> None:
    for kind in types:
        _registered(kind)


def _load(file: Path) -> Any:
    """The traced program, or None when there is none that is whole."""
    from jax import export

    try:
        kept = file.read_bytes()
        digest, program = kept[:_DIGEST], kept[_DIGEST:]
        if hashlib.sha256(program).digest() != digest:
            return None
        return export.deserialize(bytearray(program))
    except (OSError, ValueError):
        return None


def _keep(file: Path, program: bytes) -> None:
    """Write aside and rename, so that no other process reads half a program. A folder that is full is done without."""
    aside = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(hashlib.sha256(program).digest() + program)
        aside.replace(file)
    with suppress(OSError):
        aside.unlink(missing_ok=True)
