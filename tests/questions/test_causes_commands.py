"""`salient whatif`, `attribute` and `audit` as commands, on the quick fit."""

import json

import pytest
from typer.testing import CliRunner

from salient.cli import app, questions
from salient.errors import SalientError


@pytest.fixture
def run(monkeypatch, kursk_fit):
    monkeypatch.setattr(questions, "_fit", lambda *_: kursk_fit)

    def ran(*words):
        result = CliRunner().invoke(app, list(words))
        if isinstance(result.exception, SalientError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return ran


def test_whatif_gives_area_and_losses_with_a_figure(run, tmp_path):
    out = tmp_path / "answer"
    text = run(
        "whatif", "kursk-2024", "--drop-event", "road-under-fire",
        "--case", "half the pace: parameters.advance.pace=0.4 km/week",
        "--runs", "20", "--json", "--out", str(out),
    )  # fmt: skip
    made = json.loads(text)
    assert [c["name"] for c in made["cases"]] == ["without road-under-fire", "half the pace"]
    kinds = [o["outcome"] for o in made["cases"][0]["outcomes"]]
    assert kinds == [
        "area:kursk",
        "losses:ukraine",
        "killed:ukraine",
        "losses:russia",
        "killed:russia",
    ]
    assert all(
        o["difference"]["low"] <= o["difference"]["median"] <= o["difference"]["high"]
        for c in made["cases"]
        for o in c["outcomes"]
    )
    assert made["cases"][1]["numbers_set"] == ["advance.pace[kursk]"]
    assert json.loads((out / "whatif.json").read_text()) == made
    assert (out / "whatif.svg").read_text().startswith("<svg")


def test_tables_fit_eighty_columns(run):
    text = run("whatif", "kursk-2024", "--drop-event", "road-under-fire", "--runs", "20")
    assert max(map(len, text.splitlines())) <= 80


def test_audit_gives_a_verdict_for_a_file_of_ones_own(run, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "source: a test\nclaims:\n"
        "  - {id: a, text: It came., speaker: x, named: true, position: unknown, kind: causal,\n"
        "     cause: [contingent], effect: 'area:kursk', direction: less,\n"
        "     window: {from: 2024-11-04, to: 2025-03-31}}\n"
        "  - {id: b, text: Why., speaker: x, named: true, position: unknown, kind: fact, cannot: No data.}\n"
    )
    (a, b) = json.loads(
        run("audit", "kursk-2024", "--claims", str(file), "--runs", "20", "--json")
    )["claims"]
    assert {"id", "text", "speaker", "verdict", "probability", "identified", "note"} <= set(a)
    assert 0.0 <= a["probability"] <= 1.0
    assert (b["verdict"], b["note"]) == ("cannot test", "No data.")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["whatif", "kursk-2024"], "nothing is changed"),
        (["whatif", "iwo-jima-1945", "--off", "surprise"], "by the day"),
        (["whatif", "kursk-2024", "--set", "sectors.kursk.forces.ukrane.strength=5"], "'ukraine'"),
        (["whatif", "kursk-2024", "--case", "x"], "is not a case"),
        (
            ["whatif", "kursk-2024", "--add-event", "kind: note, date: 2024-01-01"],
            "outside the period",
        ),
        (["attribute", "kursk-2024", "--outcome", "area:kurks"], "did you mean 'kursk'"),
        (["attribute", "kursk-2024", "--to", "2025-01-01"], "not after"),
        (["attribute", "ukraine-front", "--set", "drivers={}"], "no drivers"),
        (["audit", "ukraine-front", "--set", "claims=null"], "no claims"),
    ],
)
def test_what_is_wrong_is_said_before_any_fit(run, words, says):
    with pytest.raises(SalientError, match=says):
        run(*words)
