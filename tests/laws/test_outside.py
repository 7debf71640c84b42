"""A separate package adds a law and a mechanism, and Salient is not touched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "outside_package"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """What an installer leaves of the package, without a network: its modules and its entry points."""
    place = tmp_path_factory.mktemp("site")
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = place / f"outside_example-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = project["entry-points"].items()
    (info / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items())
            for group, points in groups
        )
    )
    (place / "outside_example").symlink_to(HERE / "outside_example")
    return place


def python(place: Path, *args: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).resolve().parents[2])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(place), root])}
    return subprocess.run(
        [sys.executable, *args], env=env, capture_output=True, text=True, timeout=120, check=False
    )


ENGAGE = ("-m", "salient.cli", "engage", "--law", "fading", "--strength", "100", "80")


def test_the_law_from_outside_is_solved(installed):
    done = python(
        installed, *ENGAGE, "--effectiveness", "1", "1.44", "--set", "fading=0.2", "--json"
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["winner"] == "A"
    assert found["survivors"] == pytest.approx(28.0, rel=1e-12)
    assert found["duration"] > 1.6215917908794275


def test_forces_that_tire_soon_do_not_decide(installed):
    done = python(installed, *ENGAGE, "--effectiveness", "1", "1.44", "--set", "fading=2", "--json")
    found = json.loads(done.stdout)
    assert (found["winner"], found["duration"]) == (None, None)
    assert found["losses"]["B"] < 80


def test_the_mechanism_from_outside_can_be_chosen(installed):
    code = "from salient.mechanisms.registry import choices; print(sorted(choices()['terrain']))"
    done = python(installed, "-c", code)
    assert "'even-ground'" in done.stdout


def test_the_mechanism_from_outside_runs_and_does_what_it_says(installed):
    """The holder of ground is stronger by its weight; at a weight of next to nothing it changes next to nothing."""
    run = ("-m", "salient.cli", "run", "kursk-2024", "--draws", "20", "--json")
    chosen = ("--set", "mechanisms.terrain=even-ground")
    weights = [("--set", f"parameters.terrain.weight={w}") for w in ("1e-9", "2.0")]
    held = []
    for extra in [("--set", "mechanisms.terrain=off"), *((*chosen, *w) for w in weights)]:
        done = python(installed, *run, *extra)
        assert done.returncode == 0, done.stderr
        held.append(json.loads(done.stdout)["area_km2"][-1]["median"])
    assert held[1] == pytest.approx(held[0], rel=1e-5)
    assert held[2] > held[0]


def test_without_the_package_there_is_no_such_law(tmp_path):
    done = python(tmp_path, *ENGAGE, "--effectiveness", "1", "1.44")
    assert done.returncode == 1
    assert "there is no law 'fading'" in done.stderr


def test_the_guide_shows_the_package(root):
    page = (root / "docs" / "how-to" / "add-a-mechanism.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```python\n(.*?)^```", page, flags=re.M | re.S)
    for module in ("even_ground", "fading"):
        assert (HERE / "outside_example" / f"{module}.py").read_text(encoding="utf-8") in shown
