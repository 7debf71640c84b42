"""The brief of a whole front from end to end, with a quick stand-in for the sampler."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from salient.cli.app import app
from salient.errors import SalientError
from salient.evidence.catalogue import DATA
from salient.evidence.vintage import find
from salient.forecasting import tempo
from salient.runs import front_run
from salient.site.publish import publish

AS_OF = "2025-10-06"
TABLES = ("losses-claimed-weekly", "casualty-estimates", "human-cost-monthly")


def redrawn(gained, lost, horizons, seed, common=True):
    """Futures in the form of the state space's: whole past weeks in a new order, so that sectors move together."""
    net = gained - lost
    rng = np.random.default_rng(seed)
    return np.cumsum(net[rng.integers(0, len(net), (horizons, 400))], axis=0).swapaxes(1, 2)


@pytest.fixture(scope="module", autouse=True)
def quick():
    with pytest.MonkeyPatch.context() as m:
        m.setattr(tempo, "paths", redrawn)
        yield


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)))


def write(out, *more, as_of=AS_OF):
    made = run("brief", "ukraine-front", "--as-of", as_of, "--draws", 400, "--out", out, *more)
    assert made.exit_code == 0, made.exception or made.output
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "A"
    return out, write(out)


def brief_of(folder):
    return json.loads((folder / "brief.json").read_text(encoding="utf-8"))


def test_it_leaves_a_whole_run_folder(made):
    out, _ = made
    brief = brief_of(out)
    names = {p.name for p in out.iterdir()}
    assert names == {"index.html", *(d["file"] for d in brief["downloads"])}
    assert not list(out.parent.glob("*.partial"))
    assert (out / "index.html").stat().st_size < 1_000_000
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["command"] == brief["command"]
    assert set(manifest["checksums"]["data"]) == {"front-weekly", "track-record", *TABLES}


def test_it_prints_headline_and_three_takeaways_in_80_columns(made):
    out, done = made
    brief = brief_of(out)
    printed = " ".join(done.stdout.split())
    assert " ".join(brief["headline"].split()) in printed
    assert len(brief["takeaways"]) == 3
    assert all(len(line) <= 80 or "/" in line for line in done.stdout.splitlines())


def test_the_forecast_beside_it_is_that_of_the_forecast_command(made, tmp_path):
    done = run("forecast", "ukraine-front", "--as-of", AS_OF, "--out", tmp_path / "f.csv")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "f.csv").read_bytes() == (made[0] / "forecast.csv").read_bytes()


def test_only_forecasts_that_had_come_true_are_in_the_record(made):
    with (made[0] / "past-forecasts.csv").open(encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    assert rows
    assert max(r["end"] for r in rows) <= AS_OF
    assert {int(r["weeks"]) for r in rows} == {1, 4, 8, 13}


def test_the_same_command_gives_the_same_bytes_and_another_seed_does_not(made, tmp_path):
    write(tmp_path / "B")
    write(tmp_path / "C", "--seed", 2)
    for name in ("brief.json", "index.html", "forecast.csv", "losses.csv"):
        assert (tmp_path / "B" / name).read_bytes() == (made[0] / name).read_bytes()
    assert (tmp_path / "C/forecast.csv").read_bytes() != (made[0] / "forecast.csv").read_bytes()


def poison(file, known_by):
    """Change what became known after the as-of date, and add rows that cannot be."""
    lines = file.read_text(encoding="utf-8").splitlines()
    at = lines[0].split(",").index(known_by)
    out = [lines[0]]
    for row in csv.reader(lines[1:]):
        if row[at] > AS_OF:
            row = [v if "-" in v or not v.replace(".", "").isdigit() else "777777" for v in row]
        out.append(",".join(f'"{v}"' if "," in v else v for v in row))
    file.write_text("\n".join(out) + "\n", encoding="utf-8")


def test_nothing_after_the_as_of_date_changes_a_byte(tmp_path):
    data = tmp_path / "data"
    (data / "territory").mkdir(parents=True)
    shutil.copy(find(None), data / "territory/deepstate_weekly.csv")
    for key in TABLES:
        shutil.copy(DATA / f"{key}.csv", data)
    write(tmp_path / "clean", "--data", data)
    poison(data / "territory/deepstate_weekly.csv", "date")
    with (data / "territory/deepstate_weekly.csv").open("a", encoding="utf-8") as f:
        f.write('2031-01-06,mars,x,,,,,\n"broken\n')
    poison(data / "losses-claimed-weekly.csv", "date")
    poison(data / "casualty-estimates.csv", "reported")
    poison(data / "human-cost-monthly.csv", "reported")
    assert "777777" in (data / "casualty-estimates.csv").read_text(encoding="utf-8")
    write(tmp_path / "poisoned", "--data", data)
    names = [p.name for p in (tmp_path / "clean").iterdir() if p.name != "manifest.json"]
    assert len(names) > 7
    for name in names:
        assert (tmp_path / "clean" / name).read_bytes() == (
            tmp_path / "poisoned" / name
        ).read_bytes(), name


def test_reproduce_says_the_same_and_finds_what_was_changed(made, tmp_path):
    done = run("reproduce", made[0])
    assert done.exit_code == 0, done.output
    assert "Every number came out the same" in done.output
    copy = tmp_path / "copy"
    shutil.copytree(made[0], copy)
    brief = brief_of(copy)
    brief["rows"][0]["ahead"]["13"]["median"] += 1.0
    (copy / "brief.json").write_text(json.dumps(brief))
    done = run("reproduce", copy)
    assert done.exit_code == 1
    assert "rows[0].ahead.13.median" in done.output


def test_a_run_with_data_of_ones_own_is_not_reproduced_from_those_shipped(tmp_path):
    (tmp_path / "data").mkdir()
    shutil.copy(find(None), tmp_path / "data")
    write(tmp_path / "out", "--data", tmp_path / "data")
    assert "own folder" in (tmp_path / "out/index.html").read_text(encoding="utf-8")
    done = run("reproduce", tmp_path / "out")
    assert isinstance(done.exception, SalientError)
    assert "--data" in str(done.exception)


def test_a_site_takes_it(made, tmp_path):
    published = publish([made[0]], tmp_path / "site")
    assert published
    pages = list((tmp_path / "site").rglob("briefs/ukraine-front/*/index.html"))
    text = "".join(p.read_text(encoding="utf-8") for p in pages)
    assert brief_of(made[0])["takeaways"][0]["label"] in text
    assert "Front brief" in text
    front = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "ukraine-front" in front


def test_an_interrupted_run_goes_on_from_its_forecast(made, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    def never(*_):
        raise AssertionError("the forecast was finished")

    out = tmp_path / "D"
    with monkeypatch.context() as m:
        m.setattr(front_run, "findings", stop)
        run("brief", "ukraine-front", "--as-of", AS_OF, "--draws", 400, "--out", out)
    assert not out.exists()
    monkeypatch.setattr(front_run, "forecast", never)
    write(out)
    assert (out / "brief.json").read_bytes() == (made[0] / "brief.json").read_bytes()


def test_before_any_forecast_had_come_true_it_warns(tmp_path):
    write(tmp_path / "E", as_of="2025-03-10")
    brief = brief_of(tmp_path / "E")
    assert "nothing shows yet how good" in brief["warning"]
    assert brief["record"] is None
    assert brief["figures"]["record"] is None
    assert brief["takeaways"][2]["number"] == "none yet"
    page = (tmp_path / "E/index.html").read_text(encoding="utf-8")
    assert 'href="#method"' in page


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["kursk-2024", "--set", "forecast=panel"], "no sector of 'kursk-2024'"),
        (["ukraine-front", "--as-of", "2026-08-01"], "the last map is of 2026-02-23"),
        (["ukraine-front", "--as-of", "2024-12-30"], "weeks of maps are known"),
        (["ukraine-front", "--as-of", "2020-01-06"], "no map is dated by"),
        (["ukraine-front", "--set", "forecast=pannel"], "panel"),
    ],
)
def test_what_cannot_be_forecast_is_refused_in_words(args, said, tmp_path):
    done = run("brief", *args, "--out", tmp_path / "no")
    assert isinstance(done.exception, SalientError), done.output
    assert said in str(done.exception)
    assert not (tmp_path / "no").exists()
