"""A scenario is found, read, changed by overrides, and knows where each of its values stands."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest

from salient.errors import EXIT_USAGE, ScenarioError, UsageError
from salient.quantities import Quantity
from salient.scenario import library
from salient.scenario.loading import load


@pytest.mark.parametrize("name", library.names())
def test_every_packaged_scenario_is_valid(name):
    loaded = load(name)
    assert loaded.scenario.scenario == name
    assert loaded.path == library.path(name)


def test_a_name_a_folder_and_a_file_are_the_same_scenario(write, monkeypatch):
    path = write()
    by_file, by_folder = load(path), load(path.parent)
    assert by_file.scenario == by_folder.scenario == load("kursk-2024").scenario
    monkeypatch.chdir(path.parent)
    assert load("scenario.yaml").scenario == by_file.scenario
    assert load(".").root.file == "scenario.yaml"


def test_a_packaged_name_means_the_same_in_every_folder(tmp_path, monkeypatch):
    (tmp_path / "kursk-2024").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load("kursk-2024").path == library.path("kursk-2024")
    with pytest.raises(ScenarioError, match="there is no such file"):
        load("./kursk-2024")


def test_values_keep_their_meaning(write):
    path = write(("held: Ukrainian-held", "held: NO"), ("start: 2024-08-05", "start: 2024-08-06"))
    scenario = load(path).scenario
    assert scenario.sectors["kursk"].held.startswith("NO")
    assert scenario.period.start.isoformat() == "2024-08-06"
    assert scenario.supporters["north-korea"].flows["shells"].weapon_class == "shells"
    assert scenario.sectors["kursk"].contested_area.unit == "km2"
    assert scenario.sectors["kursk"].contested_area.source in scenario.sources


def test_units_are_converted(write):
    scenario = load(write(("delay: 4 (1 .. 10) weeks", "delay: 1 .. 4 months"))).scenario
    assert scenario.supporters["united-states"].flows["weapons"].delay.low == pytest.approx(
        365.25 / 84
    )


@pytest.mark.parametrize(
    ("key", "piece"),
    [
        ("sectors.kursk.forces.ukraine.strength", "        strength: {value: "),
        ("events.us-weapons-paused", "  - id: us-weapons-paused"),
        (
            "events.us-weapons-paused.supporter",
            "    supporter: united-states\n    flow: weapons\n    level: 0",
        ),
        ("contingents.kpa.arrivals.1.soldiers", "      - {date: 2024-11-11"),
        ("title", "title: The Kursk"),
        ("sectors.kursk.weather.mud", "  kursk:\n    name"),
        ("", "scenario: kursk-2024"),
    ],
)
def test_each_value_knows_its_line(kursk, key, piece):
    loaded = load("kursk-2024")
    file, line = loaded.locate(key)
    assert file == loaded.files[0].name
    assert line == kursk.count("\n", 0, kursk.index(piece)) + 1


def test_what_was_read_has_its_checksum(write):
    path = write(("claims: claims.yaml", "claims: more/claims.yaml"))
    (path.parent / "more").mkdir()
    (path.parent / "more/claims.yaml").write_text("claims: []\n")
    loaded = load(path)
    assert loaded.checksums == {
        "scenario.yaml": hashlib.sha256(path.read_bytes()).hexdigest(),
        "more/claims.yaml": hashlib.sha256(b"claims: []\n").hexdigest(),
    }
    assert loaded.sha256 == loaded.checksums["scenario.yaml"]
    assert loaded.claims is not None
    assert loaded.claims.text == "claims: []\n"
    assert loaded.text == path.read_text(encoding="utf-8")


def test_a_link_inside_the_folder_is_followed(write):
    path = write()
    path.rename(path.with_name("real.yaml"))
    path.symlink_to("real.yaml")
    assert load(path.parent).scenario.scenario == "kursk-2024"


# --set


def test_overrides_change_the_tree_before_it_is_validated():
    loaded = load(
        "kursk-2024",
        [
            "sectors.kursk.forces.ukraine.strength=9000 soldiers",
            "sectors.kursk.contested_area.value=1200 km2",
            "events.us-weapons-paused.level=0.5",
            "mechanisms.intelligence=off",
            "parameters.advance.pace=0.4 .. 0.9 km/week",
            "parameters.attrition.rate[russia]=0.02 1/week",
            "contingents.kpa.arrivals.0.soldiers={value: 5000 soldiers, note: tried}",
            "supporters.europe.will.full=50 weeks",
            "supply_lines.sudzha-road.sectors=[kursk]",
            'title="9"',
            "title=What if: a colon = a sign",
            "events.us-weapons-paused.until=2025-03-09",
        ],
    )
    scenario = loaded.scenario
    assert scenario.sectors["kursk"].forces["ukraine"].strength == Quantity(
        9000, 9000, 9000, "soldiers"
    )
    area = scenario.sectors["kursk"].contested_area
    assert (area.centre, area.source) == (1200, "isw-area")
    assert next(e for e in scenario.events if e.id == "us-weapons-paused").level == Quantity(
        0.5, 0.5, 0.5
    )
    assert scenario.mechanisms["intelligence"] == "off"
    assert scenario.parameters["advance.pace"].high == 0.9
    assert scenario.parameters["attrition.rate[russia]"].unit == "1/week"
    assert scenario.contingents["kpa"].arrivals[0].soldiers.note == "tried"
    assert scenario.supporters["europe"].will is not None
    assert scenario.supporters["europe"].will.reduced.centre == 20
    assert scenario.title == "What if: a colon = a sign"
    assert loaded.locate("title") == ("--set", None)
    assert loaded.locate("region")[0] == loaded.files[0].name


@pytest.mark.parametrize(
    ("override", "key", "words"),
    [
        ("sectors.kursk.forces.ukrain.strength=9000 soldiers", "", ("no 'ukrain' here", "did you mean 'ukraine'?")),
        ("sectors.kursk.forces.ukraine.strenght=9", "", ("unknown key 'strenght'", "did you mean 'strength'?")),
        ("sector.kursk.terrain=open", "", ("unknown key 'sector'", "did you mean 'sectors'?")),
        ("sectors.kursk.terrain=opne", "", ("'opne' was found", "did you mean 'open'?")),
        ("sectors.kursk.contested_area.vlaue=3 km2", "", ("unknown key 'vlaue'", "value")),
        ("sectors.kursk.forces.ukraine.strength=9000 km", "", ("km was found where soldiers is right",)),
        ("events.us-weapons-pause.level=0", "", ("no item 'us-weapons-pause'", "did you mean 'us-weapons-paused'?")),
        ("events.us-weapons-paused.level=much", "", ("'much': this is not a quantity",)),
        ("observe.area.9.noise=1 km", "", ("no item '9'", "numbered from 0")),
        ("observe.area.0=1 km", "", ("a whole item of a list",)),
        ("mechanisms.intelligence=of", "", ("no mechanism 'of'", "did you mean 'off'?")),
        ("mechanisms.inteligence=off", "", ("not a slot", "'intelligence'")),
        ("parameters.advance.pase=1", "", ("no mechanism has a parameter", "'advance.pace'")),
        ("title={a: [}", "", ("a value is missing",)),
        ("title=[&a 1, *a]", "", ("anchors and aliases",)),
        ("scenario=" + "9" * 30, "", ("20 digits",)),
        ("period.end=2024-01-01", "", ("not after its start",)),
        ("claims=/etc/passwd", "", ("leads out of the scenario's folder",)),
        ("events=", "", ("a list is right here, and nothing was found",)),
    ],
)  # fmt: skip
def test_a_wrong_override_is_named_with_its_key(problems, override, key, words):
    (problem,) = problems("kursk-2024", (override,))
    assert problem.file == "--set"
    assert problem.line is None
    assert problem.key == override.partition("=")[0]
    assert str(problem).startswith(f"--set: {problem.key}: ")
    for word in words:
        assert word in str(problem)


@pytest.mark.parametrize("override", ["", "title", "=x"])
def test_an_override_without_key_or_value_is_a_wrong_call(override):
    with pytest.raises(UsageError, match="write KEY=VALUE") as error:
        load("kursk-2024", [override])
    assert error.value.exit_code == EXIT_USAGE


def test_the_resolved_scenario_reads_back_as_the_same(tmp_path, kursk):
    assert load("kursk-2024").resolved() == kursk
    changed = load(
        "kursk-2024",
        [
            "title=NO",
            "region='1e3'",
            "sectors.kursk.held='0o7'",
            "events.us-weapons-paused.level=0.5",
        ],
    )
    path = tmp_path / "scenario.yaml"
    path.write_text(changed.resolved(), encoding="utf-8")
    assert changed.claims is not None
    (tmp_path / "claims.yaml").write_text(changed.claims.text, encoding="utf-8")
    again = load(path)
    assert again.root.plain() == changed.root.plain()
    assert again.scenario == changed.scenario


# lightness


def test_checking_a_scenario_loads_no_numerical_library(heavy):
    code = (
        "import json, sys; from salient.scenario.loading import load; load('kursk-2024');"
        f"print(json.dumps([m for m in {heavy!r} if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


def test_a_mechanism_that_a_yaml_tool_wrote_as_false_is_off(problems):
    assert (
        load("kursk-2024", ("mechanisms.intelligence=false",)).scenario.mechanisms["intelligence"]
        == "off"
    )
    (problem,) = problems("kursk-2024", ("mechanisms.intelligence=true",))
    assert "text is right here" in str(problem)
