"""Questions about a scenario that no map calibrates: answered from the assumptions alone, and said so first."""

import json

import pytest
from typer.testing import CliRunner

from salient.cli import app
from salient.errors import SalientError

SMALL = """
scenario: small
title: A made-up front
summary: Two sectors that nobody drew a map of.
question: What is assumed?
region: Nowhere
country: UA
period: {start: 2024-07-01, end: 2024-12-30, step: 1 week, as_of: 2024-12-02}
belligerents:
  ukraine: {name: Ukraine, adjective: Ukrainian, country: UA}
  russia: {name: Russia, adjective: Russian, country: RU}
sectors:
"""
SECTOR = """
  {name}:
    name: {name}
    country: UA
    holder: ukraine
    held: Ukrainian-held ground, {name}
    contested_area: 2000 km2
    initial_area: 1000 km2
    terrain: open
    forces:
      ukraine: {{strength: 10000 (5000 .. 18000) soldiers, fortification: 0.4 (0.2 .. 0.7)}}
      russia: {{strength: 11000 (5000 .. 19000) soldiers, fortification: 0.3 (0.1 .. 0.6)}}
"""
REST = """
supporters:
  united-states:
    name: United States
    supports: ukraine
    flows:
      weapons: {kind: weapons, share: 0.35 (0.15 .. 0.6), delay: 8 (3 .. 20) weeks}
mechanisms: {support: pipeline, ammunition: stock, attrition: fires, advance: power-ratio, breakthrough: off}
events:
  - {id: halt, date: 2024-09-02, kind: support, supporter: united-states, flow: weapons, level: 0, text: A halt.}
drivers:
  halt: {title: The halt, alternative: {without: [halt]}}
  guns: {title: Guns from abroad, alternative: {stopped: [united-states.weapons]}}
claims: claims.yaml
"""
CLAIMS = """
source: a test
claims:
  - {id: a, text: It cost ground., speaker: x, named: true, position: unknown, kind: causal, cause: [halt],
     effect: 'area:total', direction: less, window: {from: 2024-09-02, to: 2024-12-02}}
  - {id: b, text: Why., speaker: x, named: true, position: unknown, kind: fact, cannot: No data.}
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "small"
    folder.mkdir()
    sectors = "".join(SECTOR.format(name=n) for n in ("north", "south"))
    (folder / "scenario.yaml").write_text(SMALL + sectors + REST, encoding="utf-8")
    (folder / "claims.yaml").write_text(CLAIMS, encoding="utf-8")
    return str(folder)


def run(*words):
    result = CliRunner().invoke(app, [*words])
    if isinstance(result.exception, SalientError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_answer_says_first_that_nothing_is_calibrated(small):
    window = ["--outcome", "area:total", "--from", "2024-09-02", "--to", "2024-12-02"]
    for words in (
        ["whatif", small, "--drop-event", "halt", "--runs", "40"],
        ["attribute", small, *window, "--runs", "40"],
        ["audit", small, "--runs", "40"],
        ["voi", small, "--outcome", "area:total", "--draws", "300"],
    ):
        text = run(*words)
        assert text.startswith("NOTHING HERE IS CALIBRATED"), words
        assert max(map(len, text.splitlines())) <= 80


def test_no_share_and_no_claim_is_settled(small):
    window = ["--outcome", "area:total", "--from", "2024-09-02", "--to", "2024-12-02"]
    made = json.loads(run("attribute", small, *window, "--runs", "40", "--json"))
    assert made["calibrated"] is False
    assert not any(d["identified"] for d in made["drivers"])
    assert all("nothing is calibrated" in d["note"] for d in made["drivers"])
    assert made["largest_gap_of_sum"] < 1e-9
    halt = next(d for d in made["drivers"] if d["name"] == "halt")
    assert halt["median"] > 0.0
    claims = json.loads(run("audit", small, "--runs", "40", "--json"))["claims"]
    assert [c["verdict"] for c in claims] == ["set by assumption", "cannot test"]


def test_a_whatif_of_one_sector_moves_their_sum_by_as_much(small):
    made = json.loads(run("whatif", small, "--drop-event", "halt", "--runs", "40", "--json"))
    area = {o["outcome"]: o for o in made["cases"][0]["outcomes"] if o["outcome"][:4] == "area"}
    assert set(area) == {"area:total", "area:north", "area:south"}
    assert area["area:total"]["difference"]["median"] > 0.0
    assert made["cases"][0]["held_under_5_percent_from"] == {"factual": None, "changed": None}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--outcome", "area:total", "--from", "2024-07-01", "--to", "2024-12-02"], "opening"),
        (["--outcome", "area:totle", "--from", "2024-09-02", "--to", "2024-12-02"], "'total'"),
        (["--outcome", "area:total", "--from", "2024-09-02", "--to", "2025-12-02"], "not within"),
        ([], "say --outcome"),
    ],
)
def test_what_cannot_be_asked_of_it_is_said(small, words, says):
    with pytest.raises(SalientError, match=says):
        run("attribute", small, *words)


def test_an_outlook_without_a_fit_is_refused(small, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(
        CLAIMS.replace("kind: causal, cause: [halt]", "kind: outlook, branch: x"), encoding="utf-8"
    )
    with pytest.raises(SalientError, match="not a branch"):
        run("audit", small, "--claims", str(file))
