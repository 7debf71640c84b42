"""Battles: nothing of hindsight is read, bad rows have reasons, and the figures hold by group cross-validation."""

from __future__ import annotations

import csv
import json
import random
import re

import pytest
from typer.testing import CliRunner

from salient.cli.app import app
from salient.errors import SalientError
from salient.evidence.catalogue import DATA
from salient.record.battles import OUTCOMES, answers
from salient.record.table import CHUNK, READ

PAGE = "docs/explanation/what-history-says.md"
LEAKS = ("wina", "att_casualties", "def_casualties")


@pytest.fixture
def battles():
    with (DATA / "cdb90-battles.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))[:60]


def write(path, rows, names=None):
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, names or list(rows[0]), extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    return path


def said(path):
    return json.dumps([one for block in answers(path) for one in block])


def test_hindsight_is_never_read(tmp_path, battles):
    before = said(write(tmp_path / "a.csv", battles))
    names = [n for n in battles[0] if n not in (*LEAKS, "split_group")]
    assert said(write(tmp_path / "b.csv", battles, names)) == before
    shuffled = [dict(r) for r in battles]
    for name in LEAKS:
        values = [r[name] for r in battles]
        random.Random(1).shuffle(values)
        for row, value in zip(shuffled, values, strict=True):
            row[name] = value
    assert said(write(tmp_path / "c.csv", shuffled)) == before
    poisoned = [
        {**r, **dict.fromkeys(LEAKS, "poison"), "advance_km": "x", "duration_days": "-9"}
        for r in battles
    ]
    assert said(write(tmp_path / "d.csv", poisoned)) == before


def test_no_hindsight_column_is_among_those_read():
    assert not set(READ) & set(OUTCOMES)
    assert not [
        n for n in READ if n.startswith(("infl_", "rel_")) or "casualties" in n or "final" in n
    ]


def test_bad_rows_have_reasons_and_the_rest_is_answered(tmp_path, battles):
    rows = [dict(r) for r in battles[:6]]
    rows[0]["att_strength"] = "many"
    rows[1]["def_strength"] = "-5"
    rows[2]["battle_id"] = rows[5]["battle_id"]
    rows[3]["att_strength"] = ""
    rows[4]["def_tanks"] = "-1"
    found = [one for block in answers(write(tmp_path / "a.csv", rows)) for one in block]
    assert [bool(one["reason"]) for one in found] == [True, True, False, False, True, True]
    assert "'many'" in found[0]["reason"]
    assert "already given in line 4" in found[5]["reason"]
    for one in found:
        if one["reason"] is None:
            assert 0 < one["p_attacker_wins"] < 1
            for name in ("loss_ratio", "attacker_losses", "defender_losses"):
                assert one[name]["low"] <= one[name]["median"] <= one[name]["high"]


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("att_strength", "45", "50 to 10,000,000 was expected, 45 was found; was it in thousands?"),
        ("att_strength", "0", "0 was found"),
        ("att_strength", "-5", "-5 was found"),
        ("att_strength", "45,000", "write its digits together"),
        ("att_strength", "about 45000", "a number was expected, 'about 45000' was found"),
        ("att_strength", "nan", None),
        ("att_strength", "inf", "inf was found"),
        ("att_strength", "1e300", "1e300 was found"),
        (
            "front_width_att_km",
            "7000",
            "(km): 0.02 to 2,000 was expected, 7000 was found; was it in metres?",
        ),
        ("def_tanks", "-1", "def_tanks (tanks)"),
        ("surprise", "9", "surprise"),
        ("year", "19440", "year"),
    ],
)
def test_a_number_that_cannot_be_is_named_with_its_unit(tmp_path, battles, column, text, said):
    rows = [{**battles[0], column: text}, battles[1]]
    bad, good = (one for block in answers(write(tmp_path / "a.csv", rows)) for one in block)
    assert good["reason"] is None
    assert (bad["reason"] is None) if said is None else (said in bad["reason"])


def test_the_rest_of_a_table_is_answered_and_counted(tmp_path, battles):
    rows = [dict(r) for r in battles[:5]]
    rows[2]["def_strength"] = "many"
    path = write(tmp_path / "a.csv", rows)
    told = json.loads(CliRunner().invoke(app, ["validate", "--table", str(path), "--json"]).stdout)
    assert (told["rows"], told["not_used"]) == (5, 1)
    shown = CliRunner().invoke(app, ["validate", "cdb90", "--table", str(path)]).stdout
    assert "not used: def_strength: a number was expected, 'many' was found" in shown
    assert "5 rows, 1 not used, with the reason of each above." in shown


def test_only_strengths_are_enough(tmp_path, battles):
    path = write(tmp_path / "a.csv", battles[:3], ["att_strength", "def_strength"])
    assert all(one["reason"] is None for block in answers(path) for one in block)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "att_strength"),
        (b"att_strength,def_strength\n", "no rows"),
        (b"\xff\xfe\x00\x01", "not a CSV"),
    ],
)
def test_a_file_that_is_no_table_is_one_message(tmp_path, content, message):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(SalientError, match=message):
        list(answers(path))


def test_blocks_do_not_change_the_answers(tmp_path, battles):
    many = [
        {**r, "battle_id": f"{k}-{r['battle_id']}"} for k in range(CHUNK // 60 + 1) for r in battles
    ]
    blocks = list(answers(write(tmp_path / "a.csv", many)))
    assert [len(b) for b in blocks] == [CHUNK, len(many) - CHUNK]
    last, first = blocks[1][-1], blocks[0][59]
    assert last["p_attacker_wins"] == pytest.approx(first["p_attacker_wins"], abs=2e-4)


def test_the_command_prints_json(tmp_path, battles):
    path = write(tmp_path / "a.csv", battles)
    done = CliRunner().invoke(app, ["validate", "cdb90", "--table", str(path), "--json"])
    assert done.exit_code == 0
    assert len(json.loads(done.stdout)["battles"]) == 60


def test_the_winner_is_in_range_by_group_cross_validation():
    from salient.record.battles import shipped
    from salient.record.verdicts import held_out, winner_scores

    auc, accuracy, brier, slope = winner_scores(shipped(), held_out(shipped(), targets=())["p"])
    assert auc >= 0.70
    assert 0.683 < accuracy < 0.80, "over 80 % would be leakage"
    assert brier <= 0.19
    assert 0.8 <= slope <= 1.2


def test_no_group_is_in_two_folds():
    from salient.record.battles import shipped
    from salient.record.verdicts import folds

    rows = shipped()
    pairs = {(r.words["split_group"], f) for r, f in zip(rows, folds(rows), strict=True)}
    assert len(pairs) == len({g for g, _ in pairs})


@pytest.fixture(scope="module")
def everything(root):
    """What `salient validate --json` prints, in a process of its own, and how long it took."""
    import os
    import subprocess
    import sys
    import time

    env = {**os.environ, "PYTHONPATH": str(root)}
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "salient.cli", "validate", "--json"],
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)["rows"], time.monotonic() - start


@pytest.mark.slow
def test_all_sets_take_less_than_five_minutes(everything):
    rows, seconds = everything
    from salient.record.verdicts import SETS

    assert set(SETS) <= {r["set"] for r in rows}
    assert seconds < 300


@pytest.mark.slow
def test_the_page_shows_what_the_command_computes(root, everything):
    from salient.record.rows import as_markdown

    assert as_markdown(everything[0]) in (root / PAGE).read_text(encoding="utf-8")


def test_the_page_has_no_figure_of_its_own(root):
    """Outside the table there are constants of the program only."""
    from salient.record.battles import WINNER
    from salient.record.daily import P_RANGE, Q_RANGE

    page = (root / PAGE).read_text(encoding="utf-8")
    prose = re.sub(r"<!-- begin -->.*<!-- end -->", "", page, flags=re.S)
    known = {str(v) for v in (WINNER.inputs, WINNER.state, WINNER.war, *P_RANGE, *Q_RANGE)}
    assert set(re.findall(r"-?\d+\.\d+", prose)) <= known
    assert set(re.findall(r"\d+(?= %)", prose)) <= {"90"}


def test_the_page_shows_the_picture(root):
    from salient.record.picture import posterior_picture

    shown = (root / "docs" / "images" / "ardennes-1944.svg").read_text(encoding="utf-8")
    words = [re.sub(r"<[^>]+>", " ", text).split() for text in (shown, posterior_picture())]
    assert words[0] == words[1]
    assert shown.count("<rect") == pytest.approx(posterior_picture().count("<rect"), abs=3)


@pytest.mark.slow
def test_losses_are_in_range(everything):
    ours = {r["measure"].split(", n =")[0]: r["ours"] for r in everything[0]}
    assert ours["RMSE of log loss ratio since 1900"] <= 1.31
    for side in ("attacker", "defender", "ratio"):
        assert 0.85 <= ours[f"90 % interval covers, {side} losses"] <= 0.95


def test_two_views_are_joined_by_forecasts_of_unseen_wars():
    """The loss ratio weighs against the attacker, the log odds for; a model without it is worse out of sample."""
    from salient.record.battles import fitted, views

    model = fitted()
    level, slope, share = model.join
    assert slope > 0.3
    assert share < 0
    from salient.record.battles import joined, shipped

    rows = shipped()[:40]
    x, absent, unseen = model.scale.design(rows)
    odds, ratio = views(model.winner, model.losses["ratio"], x, absent, unseen)
    assert joined(model.join, odds, ratio) == pytest.approx(level + slope * odds + share * ratio)


def test_a_state_that_was_never_seen_draws_the_odds_in(battles, tmp_path):
    rows = [
        dict(battles[0]),
        {**battles[0], "battle_id": "new", "attacker": "Nowhere", "war_std": "A new war"},
    ]
    known, unknown = (one for block in answers(write(tmp_path / "a.csv", rows)) for one in block)
    assert known["p_attacker_wins"] != unknown["p_attacker_wins"]
    width = [one["loss_ratio"]["high"] / one["loss_ratio"]["low"] for one in (known, unknown)]
    assert width[1] > width[0]
