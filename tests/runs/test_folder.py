"""Run folders: whole or not at all, resumed, and never at the cost of what was there."""

import errno
import json

import numpy as np
import pytest

from salient.errors import SalientError
from salient.runs.folder import MANIFEST, RunFolder, differences, key_of, plain_errors


def finished(out, text="old"):
    folder = RunFolder(out, "k")
    (folder.work / MANIFEST).write_text("{}")
    (folder.work / "brief.json").write_text(text)
    folder.finish()


def test_nothing_is_at_the_place_until_it_is_whole(tmp_path):
    out = tmp_path / "run"
    folder = RunFolder(out, "k")
    folder.keep("fit", {"z": np.ones(3)})
    assert not out.exists()
    (folder.work / MANIFEST).write_text("{}")
    folder.finish()
    assert sorted(p.name for p in out.iterdir()) == [MANIFEST]
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_new_run_replaces_an_old_one_only_when_whole(tmp_path):
    out = tmp_path / "run"
    finished(out, "old")
    folder = RunFolder(out, "k2")
    assert (out / "brief.json").read_text() == "old"
    (folder.work / MANIFEST).write_text("{}")
    (folder.work / "brief.json").write_text("new")
    folder.finish()
    assert (out / "brief.json").read_text() == "new"


def test_finished_stages_of_the_same_key_are_taken_up(tmp_path):
    RunFolder(tmp_path / "run", "k").keep("fit", {"z": np.arange(4.0)})
    again = RunFolder(tmp_path / "run", "k").load("fit")
    assert again is not None
    assert again["z"].tolist() == [0, 1, 2, 3]
    assert RunFolder(tmp_path / "run", "other").load("fit") is None


def test_a_broken_record_of_stages_begins_afresh(tmp_path):
    folder = RunFolder(tmp_path / "run", "k")
    folder.keep("fit", {"z": np.ones(1)})
    (folder.work / "stages.json").write_text("{ cut sho")
    assert RunFolder(tmp_path / "run", "k").load("fit") is None


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("words")
    with pytest.raises(SalientError, match="not a run folder"):
        RunFolder(tmp_path / "thesis", "k")
    assert (tmp_path / "thesis" / "chapter1.txt").read_text() == "words"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "cannot be written"),
        (errno.ENOTDIR, "no folder"),
    ],
)
def test_what_the_disk_says_becomes_one_message(tmp_path, number, words):
    with pytest.raises(SalientError, match=words), plain_errors(tmp_path):
        raise OSError(number, "as the disk says it")


def test_keys_tell_runs_apart():
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})


def test_differences_name_the_place():
    a = {"x": [1, 2, {"y": 3}], "z": "t"}
    assert differences(a, json.loads(json.dumps(a))) == (4, [])
    assert differences(a, {"x": [1, 2, {"y": 4}], "z": "t"}) == (4, ["x[2].y"])
    assert differences(a, {"x": [1, 2, {"y": 3}]})[1] == ["z"]
