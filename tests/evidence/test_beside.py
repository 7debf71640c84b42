"""Days and older weeks beside the weekly maps: used where they agree with the maps, left out and said where not."""

import datetime as dt
import shutil

import numpy as np
import pytest

from salient.evidence.beside import DAYS_FILE, known_front, weeks_before
from salient.evidence.catalogue import DATA
from salient.evidence.vintage import find, read_front

ORIGIN = dt.date(2025, 9, 1)


@pytest.fixture
def folder(tmp_path):
    shutil.copy(find(None), tmp_path / "front-weekly.csv")
    shutil.copy(DATA / DAYS_FILE, tmp_path / DAYS_FILE)
    return tmp_path


def test_days_add_up_to_their_weeks():
    front = known_front()
    weeks = front.daily.reshape(len(front.dates), 7, -1).sum(axis=1)
    assert weeks == pytest.approx(front.net, abs=0.01)
    assert front.sha256 != read_front().sha256


def test_a_vintage_of_a_day_is_the_whole_cut_there(folder):
    whole, then = known_front(None, folder), known_front(ORIGIN, folder)
    assert np.array_equal(whole.until(ORIGIN).daily, then.daily)


def test_days_after_the_origin_are_not_looked_at(folder):
    before = known_front(ORIGIN, folder)
    file = folder / DAYS_FILE
    rows = file.read_text().splitlines()
    poison = [r if r[:10] <= str(ORIGIN) else r[:11] + "siversk,1e9" for r in rows[1:]]
    file.write_text("\n".join([rows[0], *poison, "2099-01-01,mars,x", "never,siversk,4"]) + "\n")
    after = known_front(ORIGIN, folder)
    assert np.array_equal(before.daily, after.daily)
    assert after.notes == ()
    assert after.sha256 == before.sha256


@pytest.mark.parametrize("value", ["nan", "much", "40.0", "-3", "inf", "1e400"])
def test_days_that_contradict_their_week_are_left_out_and_said(folder, value):
    with (folder / DAYS_FILE).open("a") as file:
        file.write(f"2025-06-05,siversk,{value}\n")
    front = known_front(ORIGIN, folder)
    assert front.daily is None
    assert "the days of siversk in the week to 2025-06-09 do not add up" in front.notes[-1]
    assert front.sha256 == read_front(ORIGIN, folder).sha256


def test_without_a_table_of_days_the_weekly_maps_do(folder):
    (folder / DAYS_FILE).unlink()
    assert known_front(ORIGIN, folder).daily is None


def test_days_of_a_week_without_a_map_share_its_change(folder):
    file = folder / "front-weekly.csv"
    gone = ("2025-06-09", "2025-06-16")
    rows = [r for r in file.read_text().splitlines() if not r.startswith(gone)]
    file.write_text("\n".join(rows) + "\n")
    front = known_front(ORIGIN, folder)
    first = front.bridged[0]
    assert len(front.bridged) == 3
    assert front.daily is not None
    assert front.daily[7 * first : 7 * first + 7].sum(axis=0) == pytest.approx(front.net[first])
    assert front.until(front.dates[first]).bridged == (first,)


def test_older_weeks_end_on_the_first_map(folder):
    front = read_front()
    older = weeks_before(front, 52)
    assert older.shape == (52, 12)
    assert np.array_equal(weeks_before(front, 3), older[-3:])
    assert len(weeks_before(front, 0)) == 0
    file = folder / "front-weekly.csv"
    rows = [r for r in file.read_text().splitlines() if not r.startswith("2024-07-08")]
    file.write_text("\n".join(rows) + "\n")
    assert len(weeks_before(read_front(None, folder), 52)) == 0
