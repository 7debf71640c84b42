"""Scenarios by the day: what has no place in them is said with its line, and the packaged ones are copied and run."""

from __future__ import annotations

import pytest

from salient.errors import ScenarioError
from salient.scenario import drafts, library
from salient.scenario.loading import load


def broken(tmp_path, old, new, name="ardennes-1944"):
    text = library.path(name).read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "scenario.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        load(file)
    return str(error.value)


@pytest.mark.parametrize("name", ["ardennes-1944", "iwo-jima-1945"])
def test_a_copy_is_a_scenario(name, tmp_path):
    made = load(drafts.new("mine", name, into=tmp_path)).scenario
    assert made.period.step_days == 1
    assert "limits" in made.summary


def test_a_mechanism_by_the_week_is_refused(tmp_path):
    said = broken(
        tmp_path, "attrition: generalised", "attrition: generalised\n  manpower: replacement"
    )
    assert "'replacement' counts in weeks" in said
    assert "arrivals, off" in said


def test_a_map_is_refused(tmp_path):
    map_ = "{sector: ardennes, dataset: kursk-area, column: best_km2, mapper: X, noise: 0.5 km}"
    area = f"observe:\n  area:\n    - {map_}"
    said = broken(tmp_path, "observe:", area)
    assert "observed by the week" in said


def test_a_column_that_is_not_there_is_named(tmp_path):
    said = broken(tmp_path, "column: allied_casualties", "column: allied_casualities")
    assert "allied_casualties" in said
    assert ":" in said


def test_ground_is_needed_where_something_moves_the_line(tmp_path):
    week = "step: 1 week}"
    text = library.path("ardennes-1944").read_text(encoding="utf-8").replace("step: 1 day}", week)
    file = tmp_path / "scenario.yaml"
    file.write_text(
        text.replace("attrition: generalised", "attrition: generalised\n  advance: power-ratio")
    )
    with pytest.raises(ScenarioError) as error:
        load(file)
    assert "'contested_area' is missing, and advance moves the line" in str(error.value)
