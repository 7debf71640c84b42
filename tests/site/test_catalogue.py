"""The catalogue, the same in SQLite and PostgreSQL: numbers, times that never go back, all or nothing."""

from __future__ import annotations

import datetime as dt
import multiprocessing

import pytest
import sqlalchemy as sa

from salient.errors import SalientError
from salient.site import catalogue as module
from salient.site.catalogue import Catalogue, Entry, Run, date_after

NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)


def draft(id: str, made: str = "2026-01-01T00:00:00Z", scenario: str = "s", **words):
    given = {
        "run": f"run-{id}",
        "scenario": scenario,
        "scenario_slug": scenario,
        "title": "T",
        "country": "RU",
        "country_slug": "ru",
        "category": "campaign",
        "category_slug": "campaign",
        "region": "R",
        "headline": f"Finding {id}",
        "summary": "",
        "number": "",
        "number_label": "",
        "alt": "",
        "credit": "",
        "as_of": "2025-12-01",
        "made": made,
        "changed": False,
        **words,
    }
    return Entry(id=id, **given), Run(f"run-{id}", scenario, given["as_of"], "", made, {"a": 1})


@pytest.fixture
def catalogue(database):
    found = Catalogue(database)
    yield found
    found.close()


def test_it_numbers_in_the_order_of_time_then_id(catalogue):
    new = catalogue.add([draft("c"), draft("b", "2026-01-01T09:00:00Z"), draft("a")], NOON)
    assert [(e.n, e.id) for e in new] == [(1, "a"), (2, "c"), (3, "b")]
    assert [e.id for e in catalogue.newest()] == ["b", "c", "a"]
    assert catalogue.count() == 3
    assert catalogue.run("run-a").manifest == {"a": 1}


def test_the_same_brief_is_there_once(catalogue):
    catalogue.add([draft("a")], NOON)
    assert catalogue.add([draft("a"), draft("b"), draft("b")], NOON)[0].n == 2
    assert catalogue.count() == 2


@pytest.mark.parametrize(
    ("made", "last", "clock", "dated"),
    [
        ("2026-01-02", "2026-01-01", "2026-01-03", "2026-01-02"),  # as it is
        ("2026-01-01", "2026-01-01", "2026-01-03", "2026-01-01"),  # the same second
        ("2025-12-01", "2026-01-01", "2026-01-03", "2026-01-03"),  # an old run: when it came in
        ("2027-01-01", "2026-01-01", "2026-01-03", "2026-01-03"),  # made in the future
        ("2025-12-01", "2026-01-01", "2025-01-03", "2026-01-01"),  # the clock went back
    ],
)
def test_times_never_go_back(made, last, clock, dated):
    assert date_after(made, last, clock) == dated


def test_a_clock_that_goes_back_does_not_turn_the_order(catalogue):
    for k in range(6):
        moment = NOON - dt.timedelta(days=k)
        stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        catalogue.add([draft(f"{9 - k}", stamp)], moment)
    found = catalogue.newest()
    assert [e.n for e in found] == [6, 5, 4, 3, 2, 1]
    assert [e.dated for e in found] == sorted((e.dated for e in found), reverse=True)


def test_streams_and_neighbours(catalogue):
    catalogue.add([draft(f"{k:02}", scenario="xy"[k % 2]) for k in range(1, 21)], NOON)
    assert [e.n for e in catalogue.places(3, 5)] == [5, 4, 3]
    assert [e.n for e in catalogue.places(2, 4, "scenario", "y")] == [7, 5, 3]
    assert catalogue.count("scenario", "y", up_to=5) == 3
    assert [e.n for e in catalogue.around(19)] == [20, 18, 17, 16]
    assert [e.n for e in catalogue.around(10, "scenario", "x", 2)] == [14, 12, 8, 6]
    assert [e.n for e in catalogue.since(18)] == [19, 20]
    assert [(g.slug, g.count, g.newest) for g in catalogue.groups("scenario")] == [
        ("x", 10, 20),
        ("y", 10, 19),
    ]
    assert catalogue.find("03").n == 3
    assert catalogue.find("none") is None


def test_the_latest_is_by_as_of_and_unchanged_before_changed(catalogue):
    catalogue.add([draft("a", as_of="2025-03-01")], NOON)
    catalogue.add([draft("b", as_of="2025-02-01")], NOON)
    assert catalogue.latest("s").id == "a"
    catalogue.add([draft("c", as_of="2025-04-01", changed=True)], NOON)
    assert catalogue.latest("s").id == "a"
    catalogue.add([draft("d", as_of="2025-03-01")], NOON)
    assert catalogue.latest("s").id == "d"
    assert catalogue.latest("s", below=4).id == "a"


def _publisher(args):
    address, name = args
    found = Catalogue(address)
    for k in range(10):
        found.add([draft(f"{name}-{k}")], NOON)
    found.close()


def test_publishers_at_the_same_time_lose_nothing(catalogue, database):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.map(_publisher, [(database, name) for name in "abc"])
    assert [e.n for e in catalogue.since(0)] == list(range(1, 31))


def test_all_or_nothing(catalogue, monkeypatch):
    catalogue.add([draft("a")], NOON)
    bad = draft("c", headline=None)
    with pytest.raises(SalientError, match="catalogue cannot be used"):
        catalogue.add([draft("b"), bad], NOON)
    assert [e.id for e in catalogue.since(0)] == ["a"]
    assert catalogue.run("run-b") is None


def test_an_older_catalogue_is_brought_up(database, monkeypatch):
    everything = module._MIGRATIONS
    monkeypatch.setattr(module, "_MIGRATIONS", everything[:1])
    old = Catalogue(database)
    old.add([draft("a")], NOON)
    old.close()
    monkeypatch.setattr(module, "_MIGRATIONS", everything)
    new = Catalogue(database)
    assert new.find("a").headline == "Finding a"
    names = {i["name"] for i in sa.inspect(new.engine).get_indexes("salient_briefs")}
    assert "salient_briefs_country" in names
    new.close()


def test_a_newer_catalogue_is_left_alone(database, monkeypatch):
    Catalogue(database).close()
    monkeypatch.setattr(module, "_MIGRATIONS", module._MIGRATIONS[:1])
    with pytest.raises(SalientError, match="a newer Salient wrote this catalogue"):
        Catalogue(database)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "not the address of a database"),
        ("mysql://x/y", "not the address of a database"),
        ("postgresql://u:secret@127.0.0.1:1/x", "catalogue cannot be used"),
        ("sqlite:////proc/none/x.sqlite", "cannot"),
    ],
)
def test_a_bad_address_is_said_without_its_password(url, said):
    with pytest.raises(SalientError, match=said) as e:
        Catalogue(url)
    assert "secret" not in str(e.value)


def test_a_damaged_file_is_said(tmp_path):
    path = tmp_path / "x.sqlite"
    path.write_text("this is not a database, it is a text of more than a hundred letters " * 4)
    with pytest.raises(SalientError, match="not a database"):
        Catalogue(f"sqlite:///{path}")
