"""What is installed, what runs, how fast, and what to do about what does not."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from salient.errors import SalientError

PACKAGE = "salient-model"
OLDEST = (3, 11)
ROOM_MB = 500
SCENARIO = "kursk-2024"
DATABASE = "SALIENT_DATABASE"
State = Literal["ok", "not there", "not right"]
_DEVELOPERS = ("test", "dev", "bench", "all")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. base: whether Salient works at all without it; do: what mends it."""

    part: str
    name: str
    state: State
    said: str
    do: str = ""
    base: bool = False

    @property
    def fails(self) -> bool:
        """Whether the base does not work because of it."""
        return self.base and self.state != "ok"


def examine() -> list[Finding]:
    """Everything, in the order in which it is shown. Nothing that goes wrong stops the rest."""
    out = [python(), *packages()]
    for part, name, base, look in (
        ("runs", "data", True, data),
        ("runs", "scenario", True, scenario),
        ("runs", "compiler", True, compiler),
        ("runs", "engine", True, engine),
        ("runs", "cache", False, cache),
        ("runs", "disk", False, disk),
        ("runs", "Chromium", False, chromium),
        ("runs", "database", False, database),
    ):
        out.append(_looked(part, name, base, look))
    return out


def _looked(
    part: str, name: str, base: bool, look: Callable[[], tuple[State, str, str]]
) -> Finding:
    try:
        state, said, do = look()
    except SalientError as e:
        state, said, do = "not right", str(e).splitlines()[0], ""
    except Exception as e:  # a doctor reports whatever ails the patient
        state, said, do = (
            "not right",
            f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}",
            "",
        )
    if state != "ok" and not do:
        do = f"pip install --force-reinstall {PACKAGE}" if base else ""
    return Finding(part, name, state, said, do, base)


def python() -> Finding:
    """The version of Python."""
    here = sys.version_info[:3]
    said = ".".join(map(str, here))
    right = here[:2] >= OLDEST
    do = "" if right else f"install Python {OLDEST[0]}.{OLDEST[1]} or later"
    return Finding("installed", "Python", "ok" if right else "not right", said, do, True)


def packages() -> Iterator[Finding]:
    """The packages that each extra, and the base, asks for."""
    try:
        wanted = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        said = "run from its source; what it needs is not recorded"
        yield Finding("installed", PACKAGE, "not there", said, "pip install -e .")
        return
    for line in wanted:
        found = re.match(r"([A-Za-z0-9._-]+)(\[[^]]*\])?\s*([^;]*)", line)
        extra = re.search(r"""extra == ['"]([\w-]+)['"]""", line)
        group = extra[1] if extra else ""
        if found is None or found[1] == PACKAGE or group in _DEVELOPERS:
            continue
        yield package(found[1], found[3].strip(), group)


def package(name: str, wanted: str, extra: str) -> Finding:
    """One package, whether it is there and new enough."""
    part = f"extra {extra}" if extra else "base"
    do = f"pip install '{PACKAGE}[{extra}]'" if extra else f"pip install --upgrade {PACKAGE}"
    try:
        have = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(
            part, name, "not there", f"{wanted or 'any version'} is wanted", do, not extra
        )
    least = re.search(r">=\s*([\d.]+)", wanted)
    if least and _numbers(have) < _numbers(least[1]):
        return Finding(part, name, "not right", f"{have}; {wanted} is wanted", do, not extra)
    return Finding(part, name, "ok", have, "", not extra)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version)[:3])


def data() -> tuple[State, str, str]:
    """Every shipped file against the catalogue."""
    from salient.evidence.catalogue import catalogue
    from salient.evidence.files import verify

    bad = [key for key in catalogue() if verify(key)]
    if bad:
        return "not right", f"not as shipped: {', '.join(bad[:3])}", "salient data verify"
    return "ok", f"{len(catalogue())} data sets are as shipped", ""


def scenario() -> tuple[State, str, str]:
    """Whether the packaged scenario can be read."""
    from salient.scenario.loading import load

    before = time.perf_counter()
    load(SCENARIO)
    return "ok", f"{SCENARIO} is read in {time.perf_counter() - before:.1f} s", ""


def compiler() -> tuple[State, str, str]:
    """Whether JAX compiles a program here."""
    before = time.perf_counter()
    import jax

    jax.jit(lambda x: x + 1.0)(1.0).block_until_ready()
    spent = time.perf_counter() - before
    return (
        "ok",
        f"JAX {jax.__version__} on {jax.default_backend()}, first program in {spent:.1f} s",
        "",
    )


def engine() -> tuple[State, str, str]:
    """How many campaigns a second the plain engine runs, measured for up to two seconds."""
    import numpy as np

    from salient.engine.compile import compile_scenario
    from salient.engine.ensemble import run_numpy
    from salient.scenario.loading import load

    campaign = compile_scenario(load(SCENARIO).scenario)
    z = np.zeros((len(campaign.priors.free), 100))
    begin, done = time.perf_counter(), 0
    while done == 0 or time.perf_counter() - begin < 1.0:
        run_numpy(campaign, z, seed=1, record=("area",))
        done += z.shape[1]
    rate = done / (time.perf_counter() - begin)
    said = f"{rate:,.0f} runs of {campaign.steps} weeks a second, uncompiled, {os.cpu_count()} processors"
    return "ok", said, ""


def cache() -> tuple[State, str, str]:
    """Whether compiled programs can be kept."""
    from salient.engine.cache import folder

    where = folder()
    do = "set SALIENT_CACHE to a folder that can be written"
    try:
        where.mkdir(parents=True, exist_ok=True)
        probe = where / f".doctor-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as e:
        return "not right", f"{where}: {e.strerror}; every command compiles anew", do
    return "ok", f"{where} can be written", ""


def disk() -> tuple[State, str, str]:
    """Room for runs in the folder where we are."""
    free = shutil.disk_usage(Path.cwd()).free // 1_000_000
    if free < ROOM_MB:
        return (
            "not right",
            f"{free:,} MB free",
            f"make room: a brief with its draws takes up to {ROOM_MB} MB",
        )
    return "ok", f"{free:,} MB free", ""


def chromium() -> tuple[State, str, str]:
    """A browser, which only the tests of the page need."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return "ok", found, ""
    return "not there", "only the tests of the page need it", "apt-get install chromium"


def database() -> tuple[State, str, str]:
    """The catalogue of published briefs, where one is named."""
    url = os.environ.get(DATABASE, "")
    if not url:
        return "ok", f"{DATABASE} is not set; a site keeps its catalogue in a file", ""
    try:
        parts = urlsplit(url)
        where = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    except ValueError:
        return (
            "not right",
            "the address cannot be read",
            f"set {DATABASE} to postgresql://USER@HOST/NAME",
        )
    try:
        import sqlalchemy as sa

        given = sa.make_url(url)
        if given.drivername in ("postgresql", "postgres"):
            given = given.set(drivername="postgresql+psycopg")
        if given.get_backend_name() == "sqlite" and not Path(given.database or ":").exists():
            return "ok", f"{where} is not made yet; the first `salient publish` makes it", ""
        slow: dict[str, int] = (
            {"connect_timeout": 3} if given.drivername.startswith("postgresql") else {}
        )
        engine = sa.create_engine(given, connect_args=slow)
        try:
            with engine.connect() as connection:
                connection.execute(sa.text("select 1"))
        finally:
            engine.dispose()
    except ImportError as e:
        extra = "postgresql" if "psycopg" in str(e) else "site"
        return "not there", f"{where} needs {e.name}", f"pip install '{PACKAGE}[{extra}]'"
    except Exception as e:  # drivers raise what they like; their words may hold the password
        return (
            "not right",
            f"{where} does not answer ({type(e).__name__})",
            "is it running, and is the address right?",
        )
    return "ok", f"{where} answers", ""
