"""The catalogue is whole: every file is listed, has its checksum, its terms and its bias, and nothing is held out."""

import datetime as dt
import subprocess
import sys

import pytest

from salient.errors import DataError
from salient.evidence.catalogue import DATA, HELD_OUT_AFTER, as_date, catalogue, data_set
from salient.evidence.files import load, verify

KEYS = list(catalogue())
ASKED = [
    "kursk-area", "kursk-area-daily", "kursk-area-reported", "kursk-events", "support-switches", "contingent-reports",
    "losses-claimed-weekly", "losses-visual-monthly", "casualty-estimates", "support-monthly", "human-cost-monthly",
    "breakthrough-history", "breakthrough-exposure", "positional-weeks", "fires-reported", "strength-reported",
    "kursk-outline", "kursk-losses-claimed",
]  # fmt: skip


def test_every_data_set_that_the_kursk_scenario_needs_is_there():
    assert not set(ASKED) - set(KEYS)


def test_each_file_in_the_folder_is_listed_once():
    listed = [one.file for one in catalogue().values()]
    here = {p.name for p in DATA.iterdir() if not p.name.startswith(".")} - {"catalogue.yaml"}
    assert sorted(listed) == sorted(here)


def test_what_is_shipped_stays_small():
    assert sum(p.stat().st_size for p in DATA.iterdir()) < 1_500_000


@pytest.mark.parametrize("key", KEYS)
def test_the_file_is_what_the_catalogue_says(key):
    assert verify(key) == []


@pytest.mark.parametrize("key", KEYS)
def test_the_entry_says_who_under_which_terms_and_how_biased(key):
    one = data_set(key)
    texts = [one.title, one.description, one.side, one.publisher, one.derived]
    texts += [one.licence.short, one.licence.found, one.licence.means]
    assert all(text.strip() for text in texts)
    assert one.sources
    assert one.known_bias
    assert all(line.strip().endswith(".") for line in one.known_bias)
    assert all(
        column.meaning and column.type in ("date", "text", "number", "integer")
        for column in one.columns
    )
    assert "date" in one.names
    assert len(one.sha256) == 64


@pytest.mark.parametrize("key", KEYS)
def test_no_row_is_dated_or_became_known_after_the_cut(key):
    loaded = load(data_set(key))
    days = [
        d
        for name in ("date", loaded.data_set.known_by)
        for d in loaded.values[name]
        if d is not None
    ]
    assert max(days) <= HELD_OUT_AFTER == dt.date(2026, 2, 28)


@pytest.mark.parametrize("key", [k for k in KEYS if data_set(k).known_by == "reported"])
def test_nothing_became_known_before_it_was(key):
    loaded = load(data_set(key))
    pairs = zip(loaded.values["date"], loaded.values["reported"], strict=True)
    assert all(known >= date for date, known in pairs)


@pytest.mark.parametrize("key", [k for k in KEYS if "url" in data_set(k).names])
def test_each_statement_names_a_page(key):
    assert all(str(url).strip() for url in load(data_set(key)).values["url"])


def test_an_unknown_name_gets_the_nearest_one():
    with pytest.raises(DataError, match=r"no data set 'kursk-aera'.*did you mean 'kursk-area'"):
        data_set("kursk-aera")


def test_a_name_like_none_points_to_the_list():
    with pytest.raises(DataError, match="salient data list"):
        data_set("zzzzzz")


@pytest.mark.parametrize(
    "wrong", ["2025-3-11", "20250311", "2025-W11-2", "yesterday", "2025-02-30", ""]
)
def test_a_date_that_is_none_says_what_would_be_right(wrong):
    with pytest.raises(DataError, match="2025-03-11"):
        as_date(wrong)


def test_the_catalogue_loads_no_numerical_library():
    code = (
        "import sys; from salient.evidence.catalogue import catalogue; catalogue();"
        "from salient.evidence.files import verify; verify('kursk-area');"
        "print([m for m in ('numpy', 'pandas', 'jax', 'scipy', 'pint', 'arviz') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
