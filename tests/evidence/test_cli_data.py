"""The commands `salient data list`, `show` and `verify`."""

import json

import pytest
from typer.testing import CliRunner

from salient.cli.data import data_app
from salient.evidence.catalogue import catalogue

run = CliRunner()


def test_list_names_every_data_set_in_80_columns():
    done = run.invoke(data_app, ["list"])
    assert done.exit_code == 0
    assert all(key in done.stdout for key in catalogue())
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


def test_list_as_json():
    done = run.invoke(data_app, ["list", "--json"])
    lines = json.loads(done.stdout)["data"]
    assert [line["key"] for line in lines] == list(catalogue())
    assert set(lines[0]) == {"key", "title", "first", "last", "rows", "licence"}


@pytest.mark.parametrize("key", list(catalogue()))
def test_show_says_everything_wrapped(key):
    done = run.invoke(data_app, ["show", key])
    assert done.exit_code == 0
    for heading in (
        "Who says it",
        "Known bias",
        "Columns",
        "How it was made",
        "Obtained from",
        "Licence",
        "Checksum",
    ):
        assert heading in done.stdout
    words = " ".join(done.stdout.split())
    one = catalogue()[key]
    assert all(" ".join(line.split()) in words for line in one.known_bias)
    assert all(len(line) <= 80 or "://" in line for line in done.stdout.splitlines())


def test_show_as_json_holds_the_columns_and_the_bias():
    done = run.invoke(data_app, ["show", "kursk-area", "--json"])
    shown = json.loads(done.stdout)
    assert shown["columns"][1] == {
        "name": "best_km2", "type": "number", "unit": "km2", "meaning": "held ground plus half of the unknown ground",
    }  # fmt: skip
    assert shown["known_bias"]
    assert shown["sources"][0]["url"].startswith("https://")


def test_show_of_an_unknown_name_leaves_with_1_and_the_nearest():
    done = run.invoke(data_app, ["show", "kursk-aera"])
    assert done.exit_code == 1
    assert "did you mean 'kursk-area'?" in done.stderr
    assert "Traceback" not in done.output


def test_verify_all():
    done = run.invoke(data_app, ["verify"])
    assert done.exit_code == 0
    assert done.stdout.count(": ok") == len(catalogue())


def test_verify_of_a_users_file_that_is_cut(tmp_path):
    (tmp_path / "kursk-area.csv").write_text("date,best_km2\n2025-03-03\n")
    done = run.invoke(data_app, ["verify", "kursk-area", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert "kursk-area: not right" in done.stdout
    assert "were expected" in done.stdout


def test_verify_as_json(tmp_path):
    (tmp_path / "kursk-area.csv").write_text("")
    done = run.invoke(
        data_app, ["verify", "kursk-area", "kursk-events", "--data", str(tmp_path), "--json"]
    )
    said = json.loads(done.stdout)
    assert done.exit_code == 1
    assert said["ok"] is False
    assert len(said["problems"]["kursk-area"]) == 1
    assert said["problems"]["kursk-events"] == []


def test_verify_of_an_unknown_name():
    done = run.invoke(data_app, ["verify", "kursk-aera"])
    assert done.exit_code == 1
    assert "did you mean" in done.stderr
