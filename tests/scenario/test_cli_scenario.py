"""`salient check`, `salient new` and `salient schema`."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from salient.cli import scenario as cli_scenario
from salient.scenario import json_schema


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    cli_scenario.register(app)

    def invoked(*arguments: str):
        result = CliRunner().invoke(app, list(arguments))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoked


def test_a_scenario_in_order_is_said_to_be(run):
    result = run("check", "kursk-2024")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "kursk-2024: ok\n", "")


def test_every_problem_of_every_file_is_a_line(run, write):
    path = write(("terrain: rolling-forest", "terrain: opne"), ("    holder: ukraine\n", ""))
    result = run("check", "kursk-2024", path.name, "missing.yaml")
    assert result.exit_code == 1
    assert result.stdout == "kursk-2024: ok\n"
    lines = result.stderr.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("scenario.yaml:")
    assert ": sectors.kursk.holder: nobody holds this sector" in lines[0]
    assert ": sectors.kursk.terrain: 'opne' was found" in lines[1]
    assert lines[2] == "missing.yaml: there is no such file"


def test_problems_as_json(run, write):
    path = write(("terrain: rolling-forest", "terrain: opne"))
    result = run("check", "--json", "kursk-2024", path.name)
    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)
    assert problem["file"] == "scenario.yaml"
    assert isinstance(problem["line"], int)
    assert problem["key"] == "sectors.kursk.terrain"
    assert problem["hint"] == "did you mean 'open'?"
    assert json.loads(run("check", "--json", "kursk-2024").stdout) == []


def test_a_change_can_be_checked(run):
    assert run("check", "kursk-2024", "--set", "mechanisms.intelligence=off").exit_code == 0
    result = run("check", "kursk-2024", "--set", "mechanisms.intelligence=of")
    assert result.exit_code == 1
    assert result.stderr.startswith("--set: mechanisms.intelligence: ")


def test_a_file_must_be_named(run):
    assert run("check").exit_code == 2


def test_a_new_scenario_can_be_checked_at_once(run, tmp_path):
    result = run("new", "my-campaign")
    assert result.exit_code == 0
    assert "my-campaign/scenario.yaml" in result.stdout
    assert run("check", "my-campaign").stdout == "my-campaign: ok\n"
    again = run("new", "second", "--from", "my-campaign")
    assert again.exit_code == 0
    assert (tmp_path / "second/scenario.yaml").is_file()


def test_the_schema_is_printed_or_written(run, tmp_path):
    assert run("schema").stdout == json_schema.text()
    assert run("schema", "--out", "x.json").exit_code == 0
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == json_schema.text()
