"""`salient engage` as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import pytest
from typer.testing import CliRunner

from salient import SalientError, engage
from salient.cli import app

CASE = ("engage", "--law", "square", "--strength", "100", "80", "--effectiveness", "1.0", "1.44")


def run(*args: str):
    return CliRunner().invoke(app, list(args))


@pytest.mark.parametrize("times", [("0", "1", "2", "5"), ("0,1,2,5",), ("0,1", "2", "5")])
def test_times_are_one_or_more_numbers(times):
    found = json.loads(run(*CASE, "--times", *times, "--json").stdout)
    assert found["times"] == [0, 1, 2, 5]
    assert found["strength"][-1] == [pytest.approx(28), 0]
    assert (found["winner"], found["law"]) == ("A", "square")


def test_times_can_stand_in_the_middle():
    found = json.loads(run("engage", "--times", "0", "3", *CASE[1:], "--json").stdout)
    assert found["times"] == [0, 3]


def test_what_is_printed_fits_and_names_both_sides_losses():
    out = run(*CASE, "--times", "0", "1").stdout
    assert max(map(len, out.splitlines())) <= 80
    assert "A wins with 28 soldiers left." in out
    assert "Losses: A 72 of 100 soldiers (72%), B 80 of 80 soldiers (100%)." in out
    assert "Duration: 1.622 time units of the rates." in out


@pytest.mark.parametrize(
    "law",
    [
        "linear",
        "logarithmic",
        "generalised",
        "helmbold",
        "deitchman",
        "epstein",
        "salvo",
        "stochastic",
    ],
)
def test_every_law_prints_and_gives_strict_json(law):
    case = ("engage", "--law", law, "--strength", "100", "80", "--effectiveness", "0.02", "0.03")
    shown, told = run(*case), run(*case, "--json")
    assert shown.exit_code == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80
    found = json.loads(told.stdout, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert found["strength"][0] == pytest.approx([100, 80])


def test_parity_is_null_in_json():
    found = json.loads(run(*CASE[:4], "120", "100", *CASE[6:], "--json").stdout)
    assert (found["winner"], found["duration"], found["survivors"]) == (None, None, 0)
    assert found["notes"]


def test_the_picture_is_svg_that_is_described(tmp_path):
    file = tmp_path / "battle.svg"
    assert run(*CASE, "--out", str(file)).exit_code == 0
    top = ET.parse(file).getroot()
    names = [child.tag.rpartition("}")[2] for child in top.iter()]
    assert names.count("polyline") == 2
    assert {"title", "desc"} <= set(names)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"strength": (0, 80)}, "--strength: 0 for side A"),
        ({"strength": (100, -1)}, "--strength: -1 for side B"),
        ({"strength": (float("nan"), 80)}, "--strength: nan"),
        ({"strength": (100, 80, 3)}, "3 numbers"),
        ({"effectiveness": (1, float("inf"))}, "--effectiveness: inf"),
        ({"effectiveness": (1, 0)}, "--effectiveness: 0 for side B"),
        ({"times": [1, -1]}, "before the battle"),
        ({"times": [float("nan")]}, "--times: nan"),
        ({"breakpoint": (0.5, 1.5)}, "--breakpoint"),
        ({"reinforce": (-1, 0)}, "--reinforce"),
        ({"weiss": 0.5}, "no such option"),
        ({"law": "generalised", "p": -1}, "--p: -1"),
        ({"law": "helmbold", "weiss": 2}, "--weiss"),
        ({"law": "deitchman", "hidden": "C"}, "--hidden"),
        ({"law": "stochastic", "strength": (1.5, 2)}, "whole number"),
        ({"law": "stochastic", "strength": (1e6, 1e6)}, "too large"),
        ({"law": "stochastic", "draws": 0}, "--draws"),
        ({"law": "salvo", "staying": (0, 1)}, "--staying"),
        ({"law": "epstein", "effectiveness": (1, 2)}, "first day"),
        ({"law": "sqare"}, "nearest: square"),
    ],
)
def test_what_cannot_be_used_is_said(change, said):
    case = {"law": "square", "strength": (100, 80), "effectiveness": (1.0, 1.44)} | change
    with pytest.raises(SalientError, match=said):
        engage(**case)


def test_wrong_input_leaves_with_one_and_no_traceback():
    command = [sys.executable, "-m", "salient.cli", *CASE[:4], "-5", "80", *CASE[6:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == "--strength: -5 for side A cannot be used (over 0, in soldiers)"


def test_the_first_result_is_quick_and_needs_no_jax():
    code = (
        "import salient, sys; "
        "print(salient.engage('square', (100, 80), (1, 1.44)).winner); "
        "assert 'jax' not in sys.modules and 'scipy' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip()


def test_a_million_draws_take_under_five_seconds():
    begin = time.process_time()
    found = engage("stochastic", (100, 80), (1.0, 1.44), draws=1_000_000)
    assert time.process_time() - begin < 5.0
    assert found.more["simulated"]["draws"] == 1_000_000
