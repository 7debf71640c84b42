"""The main job from end to end, on the packaged campaign with few draws."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml

from salient import cli
from salient.errors import EXIT_INPUT, EXIT_INTERRUPTED
from salient.evidence.catalogue import DATA
from salient.scenario.loading import load

ARGS = ["brief", "kursk-2024", "--as-of", "2025-03-11", "--seed", "1", "--draws", "500"]


def salient(monkeypatch, capsys, *args):
    """Run a command in this process: exit code, standard output, standard error."""
    monkeypatch.setattr("sys.argv", ["salient", *map(str, args)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    said = capsys.readouterr()
    return left.value.code or 0, said.out, said.err


@pytest.fixture(scope="module")
def made(tmp_path_factory, salient_command):
    """A brief made by the command itself, in a process of its own."""
    out = tmp_path_factory.mktemp("runs") / "A"
    done = subprocess.run(
        [salient_command, *ARGS, "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out, done


def brief_of(folder: Path):
    return json.loads((folder / "brief.json").read_text())


def test_it_leaves_a_whole_run_folder(made):
    out, _ = made
    names = {p.name for p in out.iterdir()}
    assert names >= {
        "manifest.json",
        "scenario.yaml",
        "posterior.nc",
        "draws.nc",
        "brief.json",
        "index.html",
    }
    assert not list(out.parent.glob("*.partial"))
    assert (out / "index.html").stat().st_size < 1_000_000


def test_it_prints_headline_and_three_takeaways_in_80_columns(made):
    out, done = made
    brief = brief_of(out)
    printed = " ".join(done.stdout.split())
    assert " ".join(brief["headline"].split()) in printed
    assert len(brief["takeaways"]) == 3
    assert all(len(line) <= 80 or "/" in line for line in done.stdout.splitlines())
    assert done.stderr == ""


def test_the_brief_has_the_four_branches_and_the_human_cost(made):
    brief = brief_of(made[0])
    assert [b["key"] for b in brief["branches"]["rows"]] == [
        "under-way",
        "local-defence",
        "support-resumes",
        "support-wanes",
    ] or len(brief["branches"]["rows"]) == 4
    kinds = {c["kind"] for c in brief["costs"]}
    assert kinds >= {"claim", "estimate", "verified minimum", "model"}


def test_draws_carry_units_and_names(made):
    import xarray as xr

    with xr.open_dataset(made[0] / "draws.nc", engine="h5netcdf") as draws:
        assert draws["area_published"].attrs == {
            "long_name": "held area as DeepState would map it",
            "units": "km2",
        }
        assert dict(draws.sizes)["draw"] == 500
        assert (draws["area"] >= 0).all()
        assert all({"long_name", "units"} <= set(v.attrs) for v in draws.data_vars.values())


def test_the_posterior_is_inference_data(made):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import arviz

        data = arviz.from_netcdf(made[0] / "posterior.nc")
    assert {"posterior", "observed_data", "sample_stats"} <= set(data.groups())
    assert data.posterior["advance.pace[kursk]"].dims == ("chain", "draw")
    assert data.posterior["advance.pace[kursk]"].attrs["units"] == "km/week"


def test_another_chunk_and_one_worker_give_the_same_bytes(made, tmp_path, monkeypatch, capsys):
    code, _, err = salient(
        monkeypatch, capsys, *ARGS, "--out", tmp_path / "B", "--chunk", 500, "--workers", 1
    )
    assert code == 0, err
    assert (tmp_path / "B" / "brief.json").read_bytes() == (made[0] / "brief.json").read_bytes()
    assert (tmp_path / "B" / "index.html").read_bytes() == (made[0] / "index.html").read_bytes()


def test_reproduce_says_that_every_number_is_the_same(made, monkeypatch, capsys):
    code, out, err = salient(monkeypatch, capsys, "reproduce", made[0])
    assert code == 0, err
    assert re.search(r"Every number came out the same: \d{3,} values", out)


def test_reproduce_finds_a_number_that_was_changed(made, tmp_path, monkeypatch, capsys):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(made[0], copy)
    brief = brief_of(copy)
    brief["takeaways"][0]["number"] = "999 km2"
    (copy / "brief.json").write_text(json.dumps(brief))
    code, out, _ = salient(monkeypatch, capsys, "reproduce", copy)
    assert code == EXIT_INPUT
    assert "1 of" in out
    assert "takeaways[0].number" in out


def test_an_interrupted_run_goes_on_from_its_finished_fit(made, tmp_path, monkeypatch, capsys):
    from salient.runs import brief_run

    def stop(*_):
        raise KeyboardInterrupt

    out = tmp_path / "C"
    with monkeypatch.context() as m:
        m.setattr(brief_run, "look_ahead", stop)
        code, _, err = salient(m, capsys, *ARGS, "--out", out)
    assert code == EXIT_INTERRUPTED
    assert "goes on from there" in err
    assert not out.exists()

    def never(*_):
        raise AssertionError("the fit was finished")

    monkeypatch.setattr(brief_run, "fit", never)
    code, _, err = salient(monkeypatch, capsys, *ARGS, "--out", out)
    assert code == 0, err
    assert (out / "brief.json").read_bytes() == (made[0] / "brief.json").read_bytes()


def test_a_full_disk_leaves_the_older_run(made, tmp_path, monkeypatch, capsys):
    import errno
    import shutil

    from salient.runs import brief_run

    out = tmp_path / "D"
    shutil.copytree(made[0], out)
    before = (out / "brief.json").read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(brief_run.store, "save_draws", full)
    code, _, err = salient(monkeypatch, capsys, *ARGS, "--out", out)
    assert code == EXIT_INPUT
    assert "the disk is full" in err
    assert "Traceback" not in err
    assert (out / "brief.json").read_bytes() == before


def test_a_fit_that_fails_its_checks_says_so_first(tmp_path, monkeypatch, capsys):
    """Ninety draws are far too few: the brief is written, and its first words say what it is worth."""
    args = ["brief", "kursk-2024", "--draws", "90", "--out", tmp_path / "E"]
    code, out, err = salient(monkeypatch, capsys, *args)
    assert code == 0, err
    assert out.startswith("Unreliable fit")
    assert "has not converged" in out
    assert brief_of(tmp_path / "E")["as_of"] == "2025-03-11"


MISTAKES = {
    "unknown scenario": (["brief", "kursk-2025"], "kursk-2024"),
    "not a date": (["brief", "kursk-2024", "--as-of", "11 March"], "is not a date"),
    "before the data": (["brief", "kursk-2024", "--as-of", "2024-08-20"], "2024-09-02 or later"),
    "outside the period": (
        ["brief", "kursk-2024", "--as-of", "2030-01-01"],
        "outside the scenario's period",
    ),
    "no week left": (
        ["brief", "kursk-2024", "--as-of", "2025-06-30"],
        "leaves no week to look ahead",
    ),
    "sampler": (["fit", "kursk-2024", "--sampler", "gibbs"], "smc or nuts"),
    "no such branch": (["run", "kursk-2024", "--branch", "peace"], "there is no branch 'peace'"),
    "no such key": (
        ["brief", "kursk-2024", "--set", "sectors.kursk.forces.ukrane.strength=1"],
        "ukraine",
    ),
    "not a run folder": (["reproduce", "."], "not a run folder"),
    "no posterior": (["run", "kursk-2024", "--posterior", "missing.nc"], "no such file"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_one_message_and_exit_1(name, tmp_path, monkeypatch, capsys):
    args, words = MISTAKES[name]
    monkeypatch.chdir(tmp_path)
    code, _, err = salient(monkeypatch, capsys, *args)
    assert code == EXIT_INPUT
    assert words in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_a_data_file_cut_short_is_named(tmp_path, monkeypatch, capsys):
    text = (DATA / "kursk-area.csv").read_text()
    (tmp_path / "kursk-area.csv").write_text(text[: len(text) // 2 + 7])
    code, _, err = salient(
        monkeypatch, capsys, *ARGS, "--data", tmp_path, "--out", tmp_path / "out"
    )
    assert code == EXIT_INPUT
    assert "kursk-area.csv" in err
    assert not (tmp_path / "out").exists()


def test_an_ensemble_from_the_priors_and_from_a_posterior(made, monkeypatch, capsys):
    code, out, err = salient(monkeypatch, capsys, "run", "kursk-2024", "--draws", 500, "--json")
    assert code == 0, err
    prior = json.loads(out)
    posterior_file = made[0] / "posterior.nc"
    code, out, err = salient(
        monkeypatch,
        capsys,
        "run",
        "kursk-2024",
        "--posterior",
        posterior_file,
        "--branch",
        "support-wanes",
        "--draws",
        500,
        "--json",
    )
    assert code == 0, err
    after = json.loads(out)
    assert after["source"] == "posterior as of 2025-03-11"
    assert after["area_km2"][0]["week"] == "2025-03-17"
    width = [x["area_km2"][-1]["high"] - x["area_km2"][-1]["low"] for x in (prior, after)]
    assert width[1] < width[0]
    assert np.isfinite(list(after["losses_people"]["Russian"]["killed"].values())[:3]).all()


def test_a_changed_number_changes_the_answer(monkeypatch, capsys):
    def last(*changes):
        code, out, err = salient(
            monkeypatch, capsys, "run", "kursk-2024", "--draws", 500, "--json", *changes
        )
        assert code == 0, err
        return json.loads(out)["area_km2"][-1]["median"]

    assert last("--set", "sectors.kursk.forces.ukraine.strength=30000 .. 40000 soldiers") > last()


def test_the_look_before_a_fit_names_the_sharpest_directions(monkeypatch, capsys):
    code, out, err = salient(
        monkeypatch, capsys, "fit", "kursk-2024", "--as-of", "2025-03-11", "--diagnose", "--json"
    )
    assert code == 0, err
    found = json.loads(out)
    assert found["prior_pace_km_week"]["low"] < found["prior_pace_km_week"]["high"]
    assert "advance.pace[kursk]" in found["curvature"]
    assert max(found["curvature"].values()) < 60


def test_a_fit_says_what_the_data_settled_and_writes_the_posterior(tmp_path, monkeypatch, capsys):
    file = tmp_path / "deep" / "p.nc"
    code, out, err = salient(monkeypatch, capsys, "fit", *ARGS[1:], "--out", file)
    assert code == 0, err
    assert "attrition.rate[russia]" in out.replace("\n", "") or "attrition.rate" in out
    assert "set by assumption" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert file.is_file()
    assert [p.name for p in file.parent.iterdir()] == ["p.nc"]


def test_a_month_into_the_campaign(monkeypatch, capsys, tmp_path):
    """One mapper has not begun, no week was positional, no rule has weeks enough, most events are still to come."""
    args = ["brief", "kursk-2024", "--as-of", "2024-09-02", "--draws", "200"]
    code, _, err = salient(monkeypatch, capsys, *args, "--out", tmp_path / "A")
    assert code == 0, err
    brief = brief_of(tmp_path / "A")
    assert "DeepState" in {p["mapper"] for p in brief["figures"]["fan"]["history"]}
    assert "ISW and CTP" not in {p["mapper"] for p in brief["figures"]["fan"]["history"]}
    assert brief["figures"]["score"] is None
    assert "with too few weeks of maps" in " ".join(brief["sections"]["method"]["paragraphs"])
    assert not any("pace" in row[0] for row in brief["checks"]["rows"])
    assert not (tmp_path / "A" / "score.csv").exists()


def test_a_campaign_of_the_barest_kind(monkeypatch, capsys, tmp_path):
    """No supporters, allies, supply lines, events, branches, drivers nor claims: what was under way is all there is."""
    packaged = tmp_path / "bare"
    shutil.copytree(load("kursk-2024").folder, packaged)
    content = yaml.safe_load((packaged / "scenario.yaml").read_text(encoding="utf-8"))
    gone = "supporters contingents supply_lines events branches drivers attribution claims"
    for key in gone.split():
        del content[key]
    content["observe"]["losses"] = [
        r for r in content["observe"]["losses"] if "contingent" not in r
    ]
    content["mechanisms"] |= {"contingents": "off", "supply": "off", "support": "off"}
    (packaged / "scenario.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    args = ["brief", packaged, "--as-of", "2025-03-11", "--draws", "200", "--out", tmp_path / "A"]
    code, _, err = salient(monkeypatch, capsys, *args)
    assert code == 0, err
    brief = brief_of(tmp_path / "A")
    assert [r["key"] for r in brief["branches"]["rows"]] == ["under-way"]
    assert "names no other way" in brief["sections"]["next"]["paragraphs"][0]
    assert brief["figures"]["causes"] is None


def test_what_no_mechanism_counts_is_not_held_against_reports(monkeypatch, capsys, tmp_path):
    """Allies and supply are off: reports of allied losses are left out and named, and a driver's number with them."""
    args = [
        "brief",
        "kursk-2024",
        "--as-of",
        "2025-03-11",
        "--draws",
        "200",
        "--out",
        tmp_path / "A",
    ]
    off = ["--set", "mechanisms.contingents=off", "--set", "mechanisms.supply=off"]
    code, _, err = salient(monkeypatch, capsys, *args, *off)
    assert code == 0, err
    brief = brief_of(tmp_path / "A")
    limits = " ".join(brief["sections"]["limits"]["paragraphs"])
    assert "eports of the losses of a contingent (kpa) were not used" in limits
    assert brief["figures"]["causes"] is not None
