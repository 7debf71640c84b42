"""The table in a terminal: every line fits, failures stand out, and no word is lost."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from salient.cli.app import app
from salient.cli.record_table import count, lines, verdict_mark
from salient.record.rows import row


def test_a_measure_is_a_line_and_long_words_are_notes():
    rows = [
        row(
            "a",
            "accuracy, n = 483",
            "0.79 best tree (Coban 2001)",
            0.71,
            "0.683 logistic",
            "reached",
        ),
        row("a", "Brier score", "", 0.1902, "0.206 logistic", "NOT reached"),
    ]
    out = lines(rows, {"a": "battles"})
    assert out[0] == "a: battles"
    assert out[3].split() == ["accuracy", "[1]", "0.710", "0.79", "0.683", "reached"]
    assert out[4].split()[-1] == "MISSED"
    assert "  [1] n = 483; published: best tree (Coban 2001); baseline: logistic" in out
    assert out[-1] == "1 of 2 goals are reached."


@pytest.mark.parametrize(
    ("verdict", "mark"),
    [
        ("reached", "reached"),
        ("reached, p and q in range", "reached"),
        ("NOT reached", "MISSED"),
        ("NOT reached: no better than the mean", "MISSED"),
        ("does NOT agree within 2 s.e. (0.1)", "DIFFERS"),
        ("worse than yesterday's value", "WORSE"),
        ("flatter", "flatter"),
        ("the data settle 0 %: the surface is flat", "see note"),
    ],
)
def test_failures_are_in_capitals(verdict, mark):
    assert verdict_mark(verdict) == mark


def test_a_cell_without_a_number_points_to_its_note():
    out = lines([row("a", "x", "logarithmic first (Allen)", 1.0, "", "does NOT agree: linear")], {})
    assert out[3].split() == ["x", "[1]", "1.000", "*", "-", "DIFFERS"]
    assert any(
        "published: logarithmic first (Allen); does NOT agree: linear" in line for line in out
    )


def test_nothing_to_count_says_nothing():
    assert count([row("a", "x", "", 1.0, "", "no law")]) == ""


@pytest.mark.parametrize(
    "name", ["force-ratio", "hartley", "bodart", "breakpoints", "iwo-jima-1945"]
)
def test_the_table_fits_and_holds_every_figure(name):
    shown = CliRunner().invoke(app, ["validate", name])
    told = json.loads(CliRunner().invoke(app, ["validate", name, "--json"]).stdout)["rows"]
    assert max(map(len, shown.stdout.splitlines())) <= 80
    for one in told:
        assert (
            f"{one['ours']:,.0f}" in shown.stdout
            or f"{one['ours']:.3f}" in shown.stdout
            or (f"{one['ours']:.4f}" in shown.stdout)
        )
