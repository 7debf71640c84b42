"""The studies of known effects and claims, on a few worlds: `benchmarks/known_effects.py` and `known_claims.py`."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import known_claims, known_effects, synthetic

WORLDS, PARTICLES = 3, 200


@pytest.fixture(scope="module")
def keep(tmp_path_factory):
    return tmp_path_factory.mktemp("keep")


@pytest.fixture(scope="module")
def effects(keep):
    return [known_effects.one(w, WORLDS, PARTICLES, keep) for w in range(WORLDS)]


def test_a_world_is_the_same_however_many_are_drawn():
    few, more = synthetic.truths(WORLDS), synthetic.truths(WORLDS + 1)
    assert np.array_equal(few.maps, more.maps[:, :WORLDS])
    assert np.array_equal(few.game.value, more.game.value[:, :WORLDS])


def test_true_shares_sum_to_the_true_total(effects):
    for d in effects:
        shares = sum(d["truth"][n] for n in synthetic.REAL)
        assert shares == pytest.approx(d["truth"]["total"], abs=1e-9)
        assert d["truth"][synthetic.DECOY] == d["truth"][synthetic.SHAM] == 0.0


def test_two_drivers_of_one_week_cannot_be_told_apart(effects):
    assert all(d["pair_named"] for d in effects)


def test_the_figures_of_the_study_are_shares(effects):
    found = known_effects.summary(effects)
    assert found["worlds"] == WORLDS
    assert found["pair_cannot_be_told_apart"] == 1.0
    assert 0.0 <= found["coverage_of_shares"] <= 1.0


def test_coverage_counts_what_lies_inside():
    names = (*known_effects.ALL, "total")
    base = {
        "low": dict.fromkeys(names, 0.0),
        "median": dict.fromkeys(names, 5.0),
        "high": dict.fromkeys(names, 10.0),
        "assumed": dict.fromkeys(names, True),
        "odds": dict.fromkeys(known_effects.ALL, 1.0),
        "pair_named": True,
    }
    inside = base | {"truth": dict.fromkeys(names, 4.0)}
    outside = base | {"truth": dict.fromkeys(names, 40.0)}
    assert known_effects.summary([inside, outside])["coverage_of_shares"] == 0.5


def test_claims_are_tested_and_an_interrupted_study_goes_on(keep, capsys):
    words = ["--worlds", str(WORLDS), "--particles", str(PARTICLES), "--keep", str(keep), "--json"]
    known_claims.main(["--claims", "2", *words])
    first = json.loads(capsys.readouterr().out)
    known_claims.main(["--claims", "1", "--first", "1", *words])
    assert [d["world"] for d in json.loads(capsys.readouterr().out)["claims"]] == [1]
    known_claims.main(["--claims", "3", *words])
    made = json.loads(capsys.readouterr().out)
    assert made["claims"][:2] == first["claims"]
    assert [d["world"] for d in made["claims"]] == [0, 1, 2]
    for d in made["claims"]:
        assert 0.0 <= d["probability"] <= d["probability_if_it_acted"] <= 1.0
        assert d["identified"] == (d["verdict"] != "set by assumption")


def test_many_claims_of_one_world_are_counted_each(keep, capsys):
    words = ["--worlds", str(WORLDS), "--particles", str(PARTICLES), "--keep", str(keep), "--json"]
    known_claims.main(["--claims", "1", "--sizes", "2", *words])
    made = json.loads(capsys.readouterr().out)
    assert len(made["claims"]) == 2 * len(known_claims.CAUSES)
    assert sum(made["summary"]["verdicts"].values()) == made["summary"]["claims"] == 8
    decoys = [d for d in made["claims"] if d["claim"].startswith(synthetic.DECOY)]
    assert len(decoys) == 2
    assert not any(d["true"] for d in decoys)
