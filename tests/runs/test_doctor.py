"""The doctor reports what is wrong, says what to do, and never fails itself."""

import json

import pytest
from typer.testing import CliRunner

from salient.cli import app
from salient.runs import doctor

run = CliRunner()


def test_here_the_base_works():
    done = run.invoke(app, ["doctor", "--json"])
    found = json.loads(done.stdout)
    by_name = {f["name"]: f for f in found["findings"]}
    assert done.exit_code == 0, done.stdout
    assert found["ok"]
    assert by_name["engine"]["state"] == "ok"
    assert "a second" in by_name["engine"]["said"]
    assert all(f["do"] for f in found["findings"] if f["state"] != "ok")


def test_a_missing_package_comes_with_its_command():
    found = doctor.package("no-such-package-at-all", ">=1", "fit")
    assert (found.state, found.do) == ("not there", "pip install 'salient-model[fit]'")
    assert not found.fails
    assert doctor.package("no-such-package-at-all", ">=1", "").fails
    assert doctor.package("numpy", ">=999", "").state == "not right"
    assert doctor.package("numpy", ">=1.0", "").state == "ok"


def test_altered_data_leave_with_1(monkeypatch):
    monkeypatch.setattr(doctor, "data", lambda: ("not right", "kursk-area", "salient data verify"))
    monkeypatch.setattr(doctor, "engine", lambda: ("ok", "", ""))
    monkeypatch.setattr(doctor, "compiler", lambda: ("ok", "", ""))
    done = run.invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert "NOT RIGHT: kursk-area" in done.stdout
    assert "-> salient data verify" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines() if "/" not in line) <= 80


def test_what_breaks_while_looking_is_a_finding(monkeypatch):
    def breaks():
        raise RuntimeError("boom")

    found = doctor._looked("runs", "engine", True, breaks)
    assert found.fails
    assert "RuntimeError: boom" in found.said
    assert found.do


def test_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SALIENT_CACHE", str(tmp_path / "file" / "below"))
    state, _, do = doctor.cache()
    assert state == "not right"
    assert "SALIENT_CACHE" in do


def test_a_database_that_does_not_answer_keeps_its_password(monkeypatch):
    pytest.importorskip("sqlalchemy")
    monkeypatch.setenv("SALIENT_DATABASE", "postgresql://me:secret@127.0.0.1:1/briefs")
    state, said, do = doctor.database()
    assert state != "ok"
    assert "secret" not in said + do
    assert do


def test_a_database_file_that_is_there(monkeypatch, tmp_path):
    pytest.importorskip("sqlalchemy")
    monkeypatch.setenv("SALIENT_DATABASE", f"sqlite:///{tmp_path / 'briefs.sqlite'}")
    assert "not made yet" in doctor.database()[1]
    assert not (tmp_path / "briefs.sqlite").exists()
