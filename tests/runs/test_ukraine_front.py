"""The scenario of the whole front: it is valid, has its twelve sectors, and a run says each and their sum."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from salient.cli.app import app
from salient.errors import DataError
from salient.inference.fit import prepare
from salient.scenario.library import path
from salient.scenario.loading import load


def test_the_front_has_twelve_sectors_whose_strengths_are_said_to_be_latent() -> None:
    scenario = load(path("ukraine-front")).scenario
    assert len(scenario.sectors) == 12
    for sector in scenario.sectors.values():
        for forces in sector.forces.values():
            assert forces.strength.low < forces.strength.centre < forces.strength.high
            assert "latent" in (forces.strength.note or "")


def test_the_year_2026_leaves_thirteen_weeks_and_deliveries_are_known_when_the_month_ends() -> None:
    scenario = load(path("ukraine-front")).scenario
    assert (scenario.period.end - scenario.period.as_of).days >= 13 * 7  # type: ignore[operator]
    monthly = [e for e in scenario.events if e.source == "kiel-r28"]
    assert len(monthly) > 30
    assert all(e.reported is not None and e.reported > e.date for e in monthly)


def test_a_run_says_every_sector_and_the_sum() -> None:
    result = CliRunner().invoke(app, ["run", "ukraine-front", "--draws", "8", "--json"])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert len(said["sectors_km2"]) == 12
    first = sum(rows[0]["median"] for rows in said["sectors_km2"].values())
    assert said["area_km2"][0]["median"] == pytest.approx(first, rel=0.05)
    assert {len(r) for r in said["sectors_km2"].values()} == {len(said["area_km2"])}


def test_a_fit_of_a_scenario_without_maps_is_refused_in_words() -> None:
    scenario = load(path("ukraine-front"), ["observe.front=null"]).scenario
    with pytest.raises(DataError, match="names no map"):
        prepare(scenario, None)
