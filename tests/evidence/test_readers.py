"""Readers hand out what was known by a day, and refuse a file that is cut short or altered in one clear message."""

import datetime as dt
import json
import shutil

import numpy as np
import pytest

from salient.errors import DataError
from salient.evidence import catalogue as catalogue_module
from salient.evidence import files
from salient.evidence.catalogue import DATA, catalogue, data_set
from salient.evidence.files import verify
from salient.evidence.readers import latest, read, read_features

TABLES = [key for key, one in catalogue().items() if one.file.endswith(".csv")]


@pytest.mark.parametrize("key", TABLES)
@pytest.mark.parametrize("as_of", ["2024-10-28", "2025-03-11", "2025-08-31"])
def test_no_row_is_from_after_the_as_of_date(key, as_of):
    table = read(key, as_of, empty_ok=True)
    assert (table[table.data_set.known_by] <= np.datetime64(as_of)).all()
    assert (table["date"] <= np.datetime64(as_of)).all()


@pytest.mark.parametrize("key", TABLES)
def test_a_later_as_of_date_only_adds_rows(key):
    sizes = [
        len(read(key, day, empty_ok=True))
        for day in ("2024-08-01", "2024-12-30", "2025-03-31", "2026-02-28")
    ]
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(read(key)) == data_set(key).rows


@pytest.mark.parametrize("key", TABLES)
def test_types_are_dates_text_and_numbers(key):
    table = read(key)
    kinds = {"date": "M", "text": "U", "number": "f", "integer": "f"}
    assert {c.name: table[c.name].dtype.kind for c in table.data_set.columns} == {
        c.name: kinds[c.type] for c in table.data_set.columns
    }


def test_known_values_of_the_area():
    table = read("kursk-area")
    march = table.where(date=np.datetime64("2025-03-10"))
    assert march["best_km2"].tolist() == [356.8]
    assert march["isw_held_km2"].tolist() == [332.1]
    assert np.isnan(table["isw_held_km2"][0])
    assert table["early_lag"].sum() == 3
    assert table.unit("best_km2") == "km2"


def test_a_report_counts_from_the_day_it_was_public_not_from_the_day_it_is_about():
    about_mid_january = {
        "measure": "casualties_killed_and_wounded",
        "speaker": "Western officials (BBC)",
    }
    assert len(read("contingent-reports", "2025-01-22").where(**about_mid_january)) == 0
    assert len(read("contingent-reports", "2025-01-23").where(**about_mid_january)) == 1


def test_words_that_told_of_later_days_are_gone():
    texts = " ".join(
        row["text"] + row["size"] for row in read("support-switches", "2025-02-28").rows()
    )
    assert "no new drawdown found after" not in texts
    assert "2025-04" not in texts


def test_the_british_chart_is_not_known_before_it_was_posted():
    early = read("casualty-estimates", "2025-01-06")
    assert not (early["note"] == "chart drawn from Ukrainian General Staff figures").any()


def test_before_the_first_date_is_an_error_that_says_so():
    with pytest.raises(
        DataError, match=r"nothing was known by 2024-10-01; the first row .* 2024-10-23"
    ):
        read("contingent-reports", "2024-10-01")


def test_unless_an_empty_table_is_right():
    table = read("contingent-reports", "2024-10-01", empty_ok=True)
    assert len(table) == 0
    assert list(table.rows()) == []


def test_columns_cannot_be_changed():
    table = read("kursk-area")
    with pytest.raises(ValueError, match="read-only"):
        table["best_km2"][0] = 1.0
    with pytest.raises(TypeError):
        table.columns["best_km2"] = np.zeros(1)


def test_an_unknown_column_gets_the_nearest_one():
    with pytest.raises(DataError, match=r"no column 'best_km'.*'best_km2'"):
        read("kursk-area")["best_km"]


def test_rows_are_plain_values():
    row = next(read("kursk-area").rows())
    assert row["date"] == dt.date(2024, 8, 5)
    assert row["isw_held_km2"] is None
    assert json.loads(json.dumps(row["best_km2"])) == 0.0


def test_the_latest_row():
    assert latest(read("kursk-area", "2025-03-11"))["best_km2"] == 356.8


def test_weekly_claims_are_sums_of_the_daily_ones():
    table = read("losses-claimed-weekly")
    week = table.where(date=np.datetime64("2025-03-17"))
    assert week["personnel"].tolist() == [1300 + 1430 + 1200 + 1410 + 1180 + 1400 + 1210]
    assert week["personnel"].tolist() == [
        895_450 - 886_320
    ]  # the source's cumulative figures of 17 and 10 March
    august = table.where(date=np.datetime64("2024-08-12"))
    assert august["tanks"].tolist() == [8450 - 8417]
    assert august["artillery"].tolist() == [16_728 - 16_345]
    assert table.where(date=np.datetime64("2024-08-05"))["personnel"].tolist() == [
        584_090 - 576_000
    ]
    assert (np.diff(table["date"]) == np.timedelta64(7, "D")).all()


def test_visual_totals_and_months_agree_with_the_notes():
    totals = read("losses-visual-totals").where(equipment_type="All Types")
    assert dict(zip(totals["side"], totals["type_total"], strict=True)) == {
        "russia": 22381,
        "ukraine": 9374,
    }
    months = read("losses-visual-monthly")
    whole = months.where(category="total")
    parts = months.where(months["category"] != "total")
    for side in ("russia", "ukraine"):
        assert (
            whole.where(side=side)["newly_recorded"].sum()
            == parts.where(side=side)["newly_recorded"].sum()
        )


def test_support_is_derived_and_rounded():
    table = read("support-monthly")
    assert set(table["donor_group"]) == {"united_states", "europe", "other"}
    assert np.allclose(table["eur_bn"] * 10, np.round(table["eur_bn"] * 10))
    assert table["eur_bn"].sum() < 166.5  # all military allocations since 2022


def test_both_sides_claims_of_losses_are_cumulative():
    table = read("kursk-losses-claimed").where(measure="losses_of_personnel")
    russian = table.where(speaker_side="russia", side="ukraine")
    assert (np.diff(russian["figure"][np.argsort(russian["date"], kind="stable")]) >= 0).all()
    assert {(r["speaker_side"], r["side"]) for r in table.rows()} == {
        ("russia", "ukraine"),
        ("ukraine", "russia"),
    }


# -- maps ------------------------------------------------------------------------------------------


def test_outlines_up_to_a_day_with_border_and_towns():
    features = read_features("kursk-outline", "2025-03-11")
    kinds = [f["properties"]["kind"] for f in features]
    dates = [f["properties"]["date"] for f in features if f["properties"]["date"]]
    assert kinds.count("state_border") == 1
    assert kinds.count("place") == 5
    assert max(dates) == "2025-03-03"
    border = next(f for f in features if f["properties"]["kind"] == "state_border")["geometry"]
    assert len(border["coordinates"]) > 100
    assert all(33.5 <= lon <= 36.6 and 50.3 <= lat <= 52.3 for lon, lat in border["coordinates"])


def test_the_outline_has_the_area_that_the_table_has():
    table = read("kursk-area")
    for feature in read_features("kursk-outline"):
        said = feature["properties"]
        if said["kind"] == "ukraine_held_kursk" and said["date"] <= "2025-07-28":
            row = table.where(date=np.datetime64(said["date"]))
            assert row["deepstate_held_km2"][0] == pytest.approx(said["area_km2"], abs=0.06)


def test_a_table_is_not_a_map():
    with pytest.raises(DataError, match="is a table, not a map"):
        read_features("kursk-area")


# -- files that are not right ----------------------------------------------------------------------


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A copy of the shipped data that a test may harm."""
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    monkeypatch.setattr(files, "DATA", folder)
    monkeypatch.setattr(catalogue_module, "DATA", folder)
    return folder


def test_a_file_cut_short_is_one_error_with_what_was_expected_and_found(shipped):
    path = shipped / "kursk-area.csv"
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(DataError) as caught:
        read("kursk-area")
    assert len(caught.value.problems) == 1
    text = str(caught.value)
    assert "kursk-area.csv" in text
    assert "cut short: 52 rows" in text
    assert "were expected" in text
    assert "were found" in text


def test_one_altered_digit_is_seen(shipped):
    path = shipped / "kursk-area.csv"
    path.write_bytes(path.read_bytes().replace(b"356.8", b"365.8"))
    with pytest.raises(DataError, match="altered: 52 rows with checksum e0cb3073b30b"):
        read("kursk-area")
    assert "altered" in str(verify("kursk-area")[0])


def test_a_missing_file_says_what_to_do(shipped):
    (shipped / "kursk-area.csv").unlink()
    with pytest.raises(
        DataError, match=r"kursk-area.csv.*cannot be read.*install the package again"
    ):
        read("kursk-area")


def test_a_map_cut_short_is_seen(shipped):
    path = shipped / "kursk-outline.geojson"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DataError, match="cut short: 58 features"):
        read_features("kursk-outline")


# -- a folder of the user --------------------------------------------------------------------------


def own(folder, text, name="kursk-area.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder


HEADER = ",".join(data_set("kursk-area").names)
ROW = "2025-03-03,480,400,560,400,160,,,,,2025-03-02,0"


def test_a_users_file_takes_the_place_of_the_shipped_one(tmp_path):
    table = read("kursk-area", data_dir=own(tmp_path, f"{HEADER}\n{ROW}\n"))
    assert table.own
    assert table["best_km2"].tolist() == [480.0]
    assert len(table.sha256) == 64
    assert verify("kursk-area", tmp_path) == []


def test_other_data_sets_are_still_the_shipped_ones(tmp_path):
    own(tmp_path, f"{HEADER}\n{ROW}\n")
    assert not read("kursk-events", data_dir=tmp_path).own


def test_columns_may_stand_in_another_order_with_others_beside_them(tmp_path):
    names, cells = HEADER.split(","), ROW.split(",")
    text = ",".join(["mine", *names[::-1]]) + "\n" + ",".join(["x", *cells[::-1]]) + "\n"
    assert read("kursk-area", data_dir=own(tmp_path, text))["low_km2"].tolist() == [400.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER.replace("best_km2", "best") + f"\n{ROW}\n", "1: the column best_km2 were expected"),
        (f"{HEADER}\n{ROW}\n2025-03-10,356", ":3: 12 values were expected, 2 were found"),
        (
            f"{HEADER}\n{ROW.replace('2025-03-03', '3/3/2025')}\n",
            ":2: date: a date such as 2025-03-11 was expected",
        ),
        (f"{HEADER}\n{ROW.replace('2025-03-03', '')}\n", ":2: date: a date was expected"),
        (
            f"{HEADER}\n{ROW.replace('480', 'about 480')}\n",
            ":2: best_km2: a number was expected, 'about 480'",
        ),
        (f"{HEADER}\n{ROW.replace('480', 'inf')}\n", ":2: best_km2: a number was expected, 'inf'"),
        (f"{HEADER}\n{ROW[:-1]}0.5\n", ":2: early_lag: a whole number was expected"),
        (f"{HEADER}\n", "at least one row was expected, none was found"),
        ("", "the columns .* were expected, nothing were found"),
    ],
)
def test_a_users_file_that_is_not_right_names_the_place(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read("kursk-area", data_dir=own(tmp_path, text))
    assert len(caught.value.problems) == 1
    assert "kursk-area.csv" in str(caught.value)


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "kursk-area.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(DataError, match="UTF-8 text was expected"):
        read("kursk-area", data_dir=tmp_path)


def test_a_file_that_is_far_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 100)
    with pytest.raises(DataError, match="larger than"):
        read("kursk-area", data_dir=own(tmp_path, f"{HEADER}\n{ROW}\n"))


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(DataError, match="no such folder of data"):
        read("kursk-area", data_dir=tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["{", "[]", '{"features": [1]}', "[" * 100_000])
def test_a_users_map_that_is_not_right(tmp_path, text):
    own(tmp_path, text, "kursk-outline.geojson")
    with pytest.raises(DataError, match="FeatureCollection was expected"):
        read_features("kursk-outline", data_dir=tmp_path)
