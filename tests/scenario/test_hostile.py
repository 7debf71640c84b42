"""Files that try to do harm are refused, each in bounded time and memory and with a message that says why."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SECONDS, MEGABYTES = 2.0, 300.0
PACKAGED = Path(__file__).parents[2] / "salient/scenarios/kursk-2024/scenario.yaml"
UNITS = [
    "soldiers",
    "km",
    "mile",
    "hectare",
    "day",
    "week",
    "month",
    "year",
    "EUR",
    "people",
    "men",
]


def _numbers(n: int, form: str) -> str:
    """Many events whose level is a number that is slow to refuse."""
    return "events:\n" + "".join(f"  - level: {form.format(i=i)}\n" for i in range(n))


def _laughs() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join(['*' + a] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines)


def _many_names() -> str:
    """Long names that are all nearly one another: slow to compare."""
    text = PACKAGED.read_text(encoding="utf-8")
    names = "".join(f"  {'x' * 50}{i}: {{title: t, publisher: p}}\n" for i in range(4000))
    text = text.replace("sources:\n", "sources:\n" + names, 1)
    return text.replace("source: trt-2024-09-12", f"source: {'x' * 55}")


def _miswritten() -> str:
    """Many names that are not names, and many events that use them."""
    supporters = "".join(f"  X {i}: {{name: x}}\n" for i in range(2000))
    events = "".join(f"  - {{id: e{i}, supporter: x-{i % 2000}, flow: y}}\n" for i in range(4000))
    return f"supporters:\n{supporters}events:\n{events}"


def _cells() -> str:
    """Many sectors, and parameters for each."""
    sectors = "".join(f"  s{i}: {{}}\n" for i in range(9000))
    cells = "".join(f"  advance.pace[s{i}]: 1 km/week\n" for i in range(9000))
    return f"sectors:\n{sectors}parameters:\n{cells}"


ONES = "1" * 60
HOSTILE: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "laughs": (_laughs, "anchors and aliases"),
    "alias to itself": (lambda: "a: &a [*a]", "anchors and aliases"),
    "python object": (lambda: "a: !!python/object/apply:os.system ['true']", "tags"),
    "local tag": (lambda: "a: !x 1", "tags"),
    "deep flow": (lambda: "[" * 400_000, "levels"),
    "deep flow on lines": (lambda: "[\n" * 400_000, "levels"),
    "deep braces": (lambda: "a: " + "{a: " * 200_000, "levels"),
    "deep dashes": (lambda: "- " * 400_000, "levels"),
    "deep questions": (lambda: "? " * 400_000, "levels|key is right"),
    "deep block": (lambda: "\n".join(" " * i + "a:" for i in range(1000)), "levels"),
    "many nodes": (lambda: "a: [" + "1," * 400_000 + "]", "more than 50000 values"),
    "many keys": (lambda: "".join(f"k{i}: 1\n" for i in range(24_000)), "unknown key"),
    "one key again and again": (lambda: "a: 1\n" * 24_000, "stands twice"),
    "too large": (lambda: "# " + "x" * 1_000_000, "larger than 1 MB"),
    "one comment": (lambda: "#" * 1_000_000, "empty"),
    "comments": (lambda: "#\n" * 500_000, "empty"),
    "blanks": (lambda: " " * 1_000_000, "empty"),
    "blank lines": (lambda: "\n" * 1_000_000, "empty"),
    "tabs": (lambda: "\t" * 1_000_000, "tab|empty"),
    "one text": (lambda: "x" * 1_000_000, "key: value"),
    "one key": (lambda: "x" * 900 + ": 1\n" + "y: " + "z" * 900_000, "unknown key"),
    "open quote": (lambda: "title: '" + "x\n" * 400_000, "opened here is not closed"),
    "folded": (lambda: "title: >\n" + "  x\n" * 200_000, "longer than"),
    "backslashes": (lambda: 'title: "' + "\\n" * 400_000 + '"', "empty"),
    "directives": (lambda: "".join(f"%TAG !{i}! x\n" for i in range(60_000)), "begin with %"),
    "documents": (lambda: "---\n" * 200_000, "second document"),
    "exclamations": (lambda: "!" * 900_000, "tags|YAML"),
    "huge integer": (lambda: "a: " + "9" * 900_000, "20 digits"),
    "huge hexadecimal": (lambda: "a: 0x" + "f" * 900_000, "20 digits|unknown key"),
    "huge float": (lambda: "a: 0." + "9" * 900_000, "20 digits"),
    "huge exponent": (lambda: PACKAGED.read_text(encoding="utf-8").replace("1160 km2", "1e999999999 km2"), "too large"),
    "zero byte": (lambda: b"a: \0", "zero byte"),
    "utf-16": (lambda: "a: 1".encode("utf-16"), "UTF-8"),
    "latin-1": (lambda: "a: \N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1"), "UTF-8"),
    "escape": (lambda: b"a: \x1b[31m", "control character"),
    "escape in quotes": (lambda: '"\\e[31m\\a": 1', "unknown key"),
    "bytes": (lambda: random.Random(1).randbytes(900_000), "zero byte|UTF-8"),
    "slow numbers": (lambda: _numbers(4500, f"{ONES}({ONES}..{ONES}"), "quantity"),
    "slow digits": (lambda: _numbers(12_000, "1(1..1" + "1" * 40 + "x)"), "quantity"),
    "powers": (lambda: _numbers(12_000, "1 km**9**9**9**{i}"), "unknown unit"),
    "many units": (lambda: _numbers(16_000, "1 x{i}"), "quantity|unit"),
    "many known units": (
        lambda: "events:\n" + "".join(f"  - level: {i} {a}/{b}\n" for i in range(60) for a in UNITS for b in UNITS),
        "was found where",
    ),
    "many names": (_many_names, "is not a source"),
    "miswritten names": (_miswritten, "is not a name"),
    "many cells": (_cells, "missing"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def special(folder: Path) -> dict[str, str]:
    """Places that are no files, or not files of the scenario, and what is said of each."""
    places = folder / "places"
    places.mkdir()
    os.mkfifo(places / "pipe")
    (places / "loop").symlink_to("loop")
    (places / "folder.yaml").mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(places / "socket"))
    server.close()
    for name, target in (("out", "/etc/hostname"), ("zero", "/dev/zero")):
        (places / name).mkdir()
        (places / name / "scenario.yaml").symlink_to(target)
    (places / "claims").mkdir()
    text = PACKAGED.read_text(encoding="utf-8")
    (places / "claims/passwd.yaml").symlink_to("/etc/passwd")
    (places / "claims/scenario.yaml").write_text(
        text.replace("claims: claims.yaml", "claims: passwd.yaml")
    )
    (places / "climbing").mkdir()
    (places / "climbing/scenario.yaml").write_text(
        text.replace("claims: claims.yaml", "claims: ../../x")
    )
    (places / "absolute").mkdir()
    (places / "absolute/scenario.yaml").write_text(
        text.replace("claims: claims.yaml", "claims: /etc/passwd")
    )
    (places / "waiting").mkdir()
    os.mkfifo(places / "waiting/claims.yaml")
    (places / "waiting/scenario.yaml").write_text(
        text.replace("claims: claims.yaml", "claims: claims.yaml")
    )
    said = {
        "pipe": "not a file",
        "loop": "leads back to itself",
        "folder.yaml": "no such file",
        "socket": "not a file",
        "missing.yaml": "no such file",
        "out": "leads out of the scenario's folder",
        "zero": "leads out of the scenario's folder",
        "claims": "leads out of the scenario's folder",
        "climbing": "leads out of the scenario's folder",
        "absolute": "leads out of the scenario's folder",
        "waiting": "not a file",
    }
    found = {str(places / name): words for name, words in said.items()}
    return found | {
        "/dev/zero": "not a file",
        "/dev/urandom": "not a file",
        "/dev/stdin": "not a file|cannot be read|no such file",
        "/proc/self/mem": "cannot be read|not a file",
        "x" * 5000: "there is no scenario|valid",
        "nul\0l.yaml": "valid",
    }


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> dict[str, dict[str, object]]:
    for name, (make, _) in HOSTILE.items():
        made = make()
        data = made.encode("utf-8") if isinstance(made, str) else made
        (folder / f"{name}.yaml").write_bytes(data)
    return _read([str(folder / f"{name}.yaml") for name in HOSTILE])


def _read(paths: list[str]) -> dict[str, dict[str, object]]:
    """How each path ends, read in another process that has a pipe for its input."""
    reader = str(Path(__file__).with_name("reader.py"))
    command = [sys.executable, "-W", "error", reader, json.dumps(paths)]
    done = subprocess.run(
        command, stdin=subprocess.PIPE, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_bounded_time_and_memory(name, outcomes, folder):
    outcome = outcomes[str(folder / f"{name}.yaml")]
    said = "\n".join(outcome["said"])
    assert outcome["said"], "it was accepted"
    assert any(words in said for words in HOSTILE[name][1].split("|")), said[:2000]
    assert len(outcome["said"]) <= 101
    assert max(len(line) for line in outcome["said"]) < 3000
    assert all(line.isprintable() for line in outcome["said"])
    assert outcome["seconds"] < SECONDS
    assert outcome["megabytes"] < MEGABYTES


def test_what_is_no_file_of_the_scenario_is_refused_at_once(special):
    for path, outcome in _read(list(special)).items():
        said = "\n".join(outcome["said"])
        assert any(words in said for words in special[path].split("|")), (path[:100], said[:500])
        assert outcome["seconds"] < SECONDS
        assert outcome["megabytes"] < MEGABYTES
