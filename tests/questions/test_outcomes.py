"""Outcomes by name and date, and the commands that ask about them, on the packaged campaign."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from salient.cli import app
from salient.errors import SalientError
from salient.questions.outcomes import known_outcomes, outcome_of
from salient.runs.assumption_run import study_of
from salient.scenario.loading import load

run = CliRunner()


@pytest.fixture(scope="module")
def study():
    return study_of(load("kursk-2024", []), "area:kursk", None, None, None, 1)


def test_every_known_outcome_can_be_asked(study):
    names = known_outcomes(study.campaign)
    assert {"area:kursk", "losses:russia", "killed:ukraine", "strength:russia"} <= set(names)
    assert all(outcome_of(study.campaign, n).unit in ("km2", "people", "soldiers") for n in names)


def test_an_unknown_outcome_names_the_nearest(study):
    with pytest.raises(SalientError, match="did you mean 'area:kursk'"):
        outcome_of(study.campaign, "area:kurks")
    with pytest.raises(SalientError, match="outcomes are area:kursk"):
        outcome_of(study.campaign, "x")


def test_a_day_before_the_outlook_is_refused(study):
    day = study.campaign.as_of
    with pytest.raises(SalientError, match="outside what is run"):
        outcome_of(study.campaign, "area:kursk", day)


def test_losses_count_allies_and_only_the_outlook(study):
    campaign = study.campaign
    record = {
        "casualties": np.ones((campaign.steps, 2, 1, 3)),
        "troops_lost": np.arange(campaign.steps)[:, None, None] * 2.0 * np.ones((1, 1, 3)),
    }
    weeks = campaign.steps - campaign.origin
    own = outcome_of(campaign, "casualties:russia").read(record)
    with_allies = outcome_of(campaign, "losses:russia").read(record)
    assert own == pytest.approx([weeks] * 3)
    assert with_allies == pytest.approx([weeks + 2 * (weeks - 1)] * 3)
    assert outcome_of(campaign, "losses:ukraine").read(record) == pytest.approx([weeks] * 3)


def test_runs_that_share_an_id_share_their_chance(study):
    z = np.repeat(study.sample(1), 3, axis=1)
    same = study.answers(z, np.array([7, 7, 7]))
    apart = study.answers(z, np.array([7, 8, 9]))
    assert same[0] == same[1] == same[2] == apart[0]
    assert len(set(apart)) == 3


def test_shares_of_a_posterior_are_its_quantiles(study):
    from dataclasses import replace

    fitted = np.random.default_rng(0).normal(2.0, 0.1, (len(study.priors), 999))
    one = replace(study, posterior=fitted)
    assert one.at(np.full((len(study.priors), 1), 0.5))[0, 0] == pytest.approx(np.median(fitted[0]))
    assert one.sample(5000).shape == fitted.shape


def test_sensitivity_end_to_end(tmp_path):
    out = tmp_path / "s"
    command = ["sensitivity", "kursk-2024", "--outcome", "area:kursk", "--at", "2025-05-05"]
    done = run.invoke(app, [*command, "--draws", "64", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["unit"] == "km2"
    assert found["date"] == "2025-05-05"
    assert found["rows"][-1]["name"] == "chance"
    assert len(found["screened"]) > 100
    assert json.loads((out / "sensitivity.json").read_text()) == found
    figure = (out / "tornado.svg").read_text()
    assert figure.startswith("<svg")
    assert "<desc>" in figure
    table = run.invoke(app, [*command, "--draws", "64"])
    assert table.exit_code == 0
    assert max(len(line) for line in table.stdout.splitlines()) <= 80


def test_voi_and_discover_end_to_end(tmp_path):
    common = ["kursk-2024", "--outcome", "area:kursk", "--draws", "500"]
    done = run.invoke(app, ["voi", *common, "--out", str(tmp_path / "v")])
    assert done.exit_code == 0, done.output
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert (tmp_path / "v" / "voi.csv").read_text().startswith("name,label,value,low,high,unit")
    done = run.invoke(app, ["discover", *common, "--below", "50", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert 0.1 < found["overall"]["share"] < 0.9
    assert found["sentences"]


def test_discover_wants_one_side():
    done = run.invoke(app, ["discover", "kursk-2024", "--outcome", "area:kursk"])
    assert "one of --below X and --above X" in str(done.exception)
    assert done.exception.exit_code == 2


def test_a_posterior_of_another_day_is_refused(tmp_path, monkeypatch):
    import datetime as dt

    from salient.runs import store

    monkeypatch.setattr(store, "load_posterior", lambda file: ({}, {"as_of": "2025-03-11"}))
    monkeypatch.setattr(store, "as_of_date", lambda attrs: dt.date(2025, 3, 11))
    with pytest.raises(SalientError, match="the posterior is of 2025-03-11"):
        study_of(load("kursk-2024", []), "area:kursk", dt.date(2025, 2, 1), None, tmp_path, 1)
    with pytest.raises(SalientError, match="knows nothing of"):
        study_of(load("kursk-2024", []), "area:kursk", None, None, tmp_path, 1)
