"""The packaged scenarios, and new ones made from them."""

from __future__ import annotations

import os

import pytest

from salient.errors import ScenarioError
from salient.scenario import drafts, library
from salient.scenario.loading import load


def test_a_packaged_scenario_is_found_by_its_name():
    assert "kursk-2024" in library.names()
    assert library.path("kursk-2024").is_file()


@pytest.mark.parametrize(
    "name", ["kursk", "kursk-2042", "nowhere", "", "../kursk-2024", "\x1b[31m"]
)
def test_an_unknown_name_is_answered_with_the_nearest_and_the_list(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError) as error:
        library.path(name)
    assert "kursk-2024" in str(error.value)
    assert str(error.value).isprintable()
    assert ("did you mean 'kursk-2024'?" in str(error.value)) == ("kursk" in name)


def test_a_new_scenario_is_a_copy_with_its_own_name(tmp_path, kursk):
    path = drafts.new("my-campaign", into=tmp_path)
    assert path == tmp_path / "my-campaign/scenario.yaml"
    made, source = load(path), load("kursk-2024")
    assert made.scenario.scenario == "my-campaign"
    assert made.scenario.title == f"{source.scenario.title} (my-campaign)"
    changed = [
        (a, b) for a, b in zip(kursk.splitlines(), made.text.splitlines(), strict=True) if a != b
    ]
    assert [a.partition(":")[0] for a, _ in changed] == ["scenario", "title"]
    assert os.listdir(tmp_path) == ["my-campaign"]


def test_comments_and_the_claims_are_kept(write, tmp_path):
    path = write(
        ("scenario: kursk-2024\n", "# first\nscenario: kursk-2024  # name\n"),
        (
            "title: The Kursk salient, August 2024 to June 2025\n",
            "title: >-\n  A 'long'\n  title\n",
        ),
        ("claims: claims.yaml", "claims: more/claims.yaml"),
    )
    (path.parent / "more").mkdir()
    (path.parent / "more/claims.yaml").write_text("# none\n")
    (path.parent / "unread.txt").write_text("x")
    made = drafts.new("copy", str(path), into=tmp_path / "more")
    text = made.read_text(encoding="utf-8")
    assert text.startswith("# first\nscenario: copy  # name\n")
    assert load(made).scenario.title == "A 'long' title (copy)"
    assert (made.parent / "more/claims.yaml").read_text() == "# none\n"
    assert sorted(os.listdir(made.parent)) == ["more", "scenario.yaml"]


def test_a_name_that_is_a_number_stays_a_name(tmp_path):
    assert load(drafts.new("2024", into=tmp_path)).scenario.scenario == "2024"


@pytest.mark.parametrize("name", ["My Campaign", "../x", "a/b", "", ".", "-x", "x" * 61, "x\n"])
def test_a_name_must_be_one(name, tmp_path):
    with pytest.raises(ScenarioError, match="not a name"):
        drafts.new(name, into=tmp_path)
    assert os.listdir(tmp_path) == []


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("mine", "link"):
        with pytest.raises(ScenarioError, match="there already"):
            drafts.new(name, into=tmp_path)
    with pytest.raises(ScenarioError, match="packaged scenario"):
        drafts.new("kursk-2024", into=tmp_path)
    assert os.listdir(tmp_path / "mine") == []


def test_a_copy_of_what_is_wrong_is_not_made(write, tmp_path):
    with pytest.raises(ScenarioError, match="'opne'"):
        drafts.new("mine", str(write(("terrain: rolling-forest", "terrain: opne"))), into=tmp_path)
    with pytest.raises(ScenarioError, match="no scenario 'nowhere'"):
        drafts.new("mine", "nowhere", into=tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["claims.yaml", "scenario.yaml"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    with pytest.raises(ScenarioError, match="no folder can be made here"):
        drafts.new("mine", into=tmp_path / "missing")
