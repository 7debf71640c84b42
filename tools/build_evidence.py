"""Build the tables in salient/evidence/data from the raw folder, and write their checksums into the catalogue.

    python tools/build_evidence.py RAW [--atlas countries-10m.json]

RAW holds `territory/`, `ukraine-war/` and `historical/` as downloaded and reduced from the sources that the catalogue
names (sources, commits and columns are described there, entry by entry). `--atlas` is `countries-10m.json` from
`npm pack world-atlas@2.0.2` (Natural Earth, public domain); without it the state border that is already in
kursk-outline.geojson is kept.
`kursk-losses-claimed.csv` was written by hand from pages that were read, so here only its checksum is refreshed.

Only the standard library and PyYAML are used. The same input gives the same bytes. No row dated after 2026-02-28 is
written. What is judged by hand (the day a row became known, words that tell the future) is in evidence_reported.yaml.
"""

from __future__ import annotations

import argparse
import calendar
import csv
import datetime as dt
import hashlib
import io
import itertools
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

Row = dict[str, Any]
HELD_OUT_AFTER = "2026-02-28"
HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "salient" / "evidence" / "data"

SECTORS = (
    "sumy_border",
    "kharkiv_vovchansk",
    "kupiansk",
    "lyman_borova",
    "siversk",
    "kramatorsk_chasiv_yar",
    "toretsk_kostiantynivka",
    "pokrovsk",
    "kurakhove_novopavlivka",
    "velyka_novosilka_huliaipole",
    "orikhiv_zaporizhzhia",
    "kherson_right_bank",
)
"""Sectors at risk of a breakthrough: those of the territory history without kherson_dnipro (a river) and the rear."""

ACTIVE_FRONT_KM = 5.0
HISTORY_START = "2022-05-16"
BOX = (33.5, 50.3, 36.6, 52.3)
PLACES = (
    ("Sudzha", 35.27, 51.19, "wikimili.com/en/Sudzha"),
    ("Korenevo", 34.90, 51.40, "wikipedia.jakami.de, Korenewo (Kursk)"),
    ("Glushkovo", 34.63, 51.33, "perceptiode.com, Glushkovo"),
    ("Kursk", 36.18, 51.72, "en.wikipedia.org, Kursk"),
    ("Sumy", 34.78, 50.92, "de.zxc.wiki/wiki/Sumy"),
)


# -- reading and writing ---------------------------------------------------------------------------


def read(path: Path) -> list[Row]:
    """The rows of a CSV file as they stand."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def as_csv(columns: str | list[str], rows: Iterable[Row]) -> str:
    """CSV with LF line ends and only `columns`, which may be names with blanks between them."""
    columns = columns.split() if isinstance(columns, str) else columns
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def renamed(rows: list[Row], **names: str) -> list[Row]:
    """The rows with columns renamed: `new="old"`."""
    for row in rows:
        for new, old in names.items():
            row[new] = row.pop(old)
    return rows


def day(text: str) -> dt.date:
    """A date from its ISO text."""
    return dt.date.fromisoformat(text)


def month_end(text: str) -> str:
    """The last day of the month that a date or `YYYY-MM` lies in."""
    year, month = int(text[:4]), int(text[5:7])
    return dt.date(year, month, calendar.monthrange(year, month)[1]).isoformat()


def next_month_15(text: str) -> str:
    """The 15th of the month after `YYYY-MM`."""
    return (day(month_end(text)) + dt.timedelta(days=15)).isoformat()


# -- when a row became known -----------------------------------------------------------------------


def by_precision(row: Row) -> str:
    """The day on which a dated statement was surely known: later when its date is vague."""
    date, precision = row["date"], row.get("date_precision", "day")
    if precision in ("month", "approx", "year"):
        return max(date, month_end(date))
    if precision == "week":
        return (day(date) + dt.timedelta(days=7)).isoformat()
    return str(date)


def dated_address(url: str) -> str | None:
    """The day a web address tells: from a post's number, or a year/month/day in the path."""
    if post := re.search(r"(?:twitter|x)\.com/\w+/status/(\d{15,})", url):
        stamp = ((int(post[1]) >> 22) + 1288834974657) / 1000
        return dt.datetime.fromtimestamp(stamp, dt.UTC).date().isoformat()
    if found := re.search(r"/(20\d\d)/(\d\d?)/(\d\d?)/", url):
        return dt.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    if found := re.search(r"/(20\d\d)/(\d\d)/", url):
        return month_end(f"{found[1]}-{found[2]}")
    return None


def apply_judgement(key: str, rows: list[Row]) -> list[Row]:
    """Set `reported` and text as evidence_reported.yaml says; each of its entries must hit a row."""
    rules = yaml.safe_load((HERE / "evidence_reported.yaml").read_text(encoding="utf-8"))
    for rule in rules.get(key) or []:
        match = {k: str(v) for k, v in rule["match"].items()}
        hit = [r for r in rows if all(str(r[k]) == v for k, v in match.items())]
        if not hit:
            sys.exit(f"evidence_reported.yaml: {key}: nothing matches {match}")
        for row in hit:
            row.update(rule.get("set", {}))
            if "reported" in rule:
                row["reported"] = max(str(rule["reported"]), row["date"])
    return sorted(rows, key=lambda r: r["date"])


def statements(key: str, path: Path, columns: str, **names: str) -> str:
    """A table of dated statements, with the day on which each became known."""
    rows = renamed(read(path), **names)
    for row in rows:
        row["reported"] = by_precision(row)
    return as_csv(columns, apply_judgement(key, rows))


# -- the tables ------------------------------------------------------------------------------------


def copied(path: Path) -> str:
    """A table that is used as it stands."""
    rows = read(path)
    return as_csv(list(rows[0]), rows)


def kursk_area_reported(raw: Path) -> str:
    """What each side and others said of the area held in Kursk."""
    columns = "date reported km2 speaker speaker_side kind date_precision note source url"
    names = {
        "speaker": "reporter",
        "speaker_side": "source_side",
        "source": "source_title",
        "url": "source_url",
    }
    return statements("kursk-area-reported", raw / "territory/kursk_reported.csv", columns, **names)


def kursk_events(raw: Path) -> str:
    """The timeline of the campaign."""
    columns = "date reported actor kind text source url"
    return statements("kursk-events", raw / "ukraine-war/events.csv", columns)


def support_switches(raw: Path) -> str:
    """Dated switches of outside support to either side."""
    columns = "date reported supporter supported_side class flow change size text date_precision source url"
    return statements("support-switches", raw / "ukraine-war/support_events.csv", columns)


def contingent_reports(raw: Path) -> str:
    """What was said of the North Korean contingent."""
    columns = "date reported measure low high figure speaker speaker_side note source url"
    names = {"speaker": "reported_by", "speaker_side": "source_side"}
    return statements("contingent-reports", raw / "ukraine-war/allied_troops.csv", columns, **names)


def fires_reported(raw: Path) -> str:
    """Statements on shells, drones and their ratios."""
    columns = (
        "date reported period_start period_end side measure low high unit speaker speaker_side text "
        "date_precision source url"
    )
    return statements("fires-reported", raw / "ukraine-war/fires_reported.csv", columns)


def strength_reported(raw: Path) -> str:
    """Statements on troops and recruitment."""
    columns = (
        "date reported about place side_counted measure low high speaker speaker_side text date_precision "
        "source url"
    )
    path = raw / "ukraine-war/strength_reported.csv"
    return statements("strength-reported", path, columns, about="as_of")


def casualty_estimates(raw: Path) -> str:
    """Outside and official estimates of dead and casualties, both sides."""
    rows = renamed(
        read(raw / "ukraine-war/casualty_estimates.csv"), speaker="source", url="source_url"
    )
    for row in rows:
        row["reported"] = max(row["date"], dated_address(row["url"]) or row["date"])
        row["from_warring_party"] = int(row["from_warring_party"] == "True")
        chart = "1876584633103507960" in row["url"]
        row["note"] = "chart drawn from Ukrainian General Staff figures" if chart else ""
    columns = "date reported side measure low high estimate from_warring_party speaker note url"
    return as_csv(columns, apply_judgement("casualty-estimates", rows))


CLAIMED = ("personnel", "tanks", "apc_ifv", "artillery", "mlrs", "air_defence", "vehicles")


def losses_claimed_weekly(raw: Path) -> str:
    """Russian losses as claimed each day by the Ukrainian General Staff, summed over the seven days to each Monday."""
    daily: dict[str, dict[str, int]] = defaultdict(dict)
    for row in read(raw / "ukraine-war/losses_daily.csv"):
        # the first report is what was lost since 24 February
        said = row["daily_corrected"] or (row["flag"] == "first_report" and row["cumulative"])
        if row["category"] in CLAIMED and said:
            daily[row["category"]][row["date"]] = int(float(said))
    for category in CLAIMED:
        for day in ("2022-02-22", "2022-02-23", "2022-02-24"):
            daily[category][day] = 0
    rows, monday = [], dt.date(2022, 2, 28)
    while monday.isoformat() <= HELD_OUT_AFTER:
        week = [(monday - dt.timedelta(days=d)).isoformat() for d in range(7)]
        sums = {
            c: sum(daily[c][d] for d in week) if all(d in daily[c] for d in week) else ""
            for c in CLAIMED
        }
        rows.append({"date": monday.isoformat(), **sums})
        monday += dt.timedelta(days=7)
    return as_csv(["date", *CLAIMED], rows)


STATES = ("destroyed", "damaged", "abandoned", "captured")


def losses_visual_monthly(raw: Path) -> str:
    """Equipment confirmed by photograph, by the month in which a scraper first saw the entry, both sides."""
    sums: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    scrapes: dict[str, set[str]] = defaultdict(set)
    for row in read(raw / "ukraine-war/losses_visual_recorded.csv"):
        month = row["date"][:7]
        if row["date"] == "2022-03-19":  # the opening stock, not a month's new entries
            continue
        scrapes[month].add(row["date"])
        for category in (row["category"], "total"):
            cell = sums[month, row["side"], category]
            for state in STATES:
                cell[state] += int(row[state])
    rows = []
    for (month, side, category), cell in sorted(sums.items()):
        reported = min(month_end(month), "2025-07-19") if month == "2025-07" else month_end(month)
        head = {"date": f"{month}-01", "reported": reported, "side": side, "category": category}
        total = sum(cell.values())
        rows.append({**head, "newly_recorded": total, **cell, "scrapes": len(scrapes[month])})
    columns = (
        "date reported side category newly_recorded destroyed damaged abandoned captured scrapes"
    )
    return as_csv(columns, rows)


def losses_visual_totals(raw: Path) -> str:
    """Totals as printed in the headings of the lists."""
    rows = read(raw / "ukraine-war/losses_visual_totals_2025-07-19.csv")
    columns = "date side equipment_type destroyed abandoned captured damaged type_total"
    return as_csv(columns, rows)


def support_monthly(raw: Path) -> str:
    """Military allocations by donor group and month, EUR bn to one decimal, and as an index. Derived, not the table."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for row in read(raw / "ukraine-war/support_monthly.csv"):
        if row["support_type"] == "military" and row["month"] != "undated":
            donor = row["donor_group"]
            group = {"united_states": "united_states", "other": "other"}.get(donor, "europe")
            sums[row["month"], group] += float(row["eur_bn"])
    base = sum(v for (month, _), v in sums.items() if month.startswith("2023")) / 12
    months = [f"{y}-{m:02d}" for y in (2024, 2025, 2026) for m in range(1, 13)]
    rows = []
    for month in [m for m in months if m <= HELD_OUT_AFTER[:7]]:
        for group in ("united_states", "europe", "other"):
            value = sums.get((month, group), 0.0)
            head = {"date": f"{month}-01", "reported": month_end(month), "donor_group": group}
            rows.append({**head, "eur_bn": f"{value:.1f}", "index": f"{100 * value / base:.0f}"})
    return as_csv("date reported donor_group eur_bn index", rows)


def human_cost_monthly(raw: Path) -> str:
    """Civilian casualties by month and people displaced, with the day by which each was published."""
    rows = read(raw / "ukraine-war/human_cost_monthly.csv")
    for row in rows:
        month = row["month"]
        row["date"] = f"{month}-01"
        if row["kind"] != "stock":
            row["reported"] = next_month_15(month)
        elif month == "2026-02":
            row["reported"] = month_end(month)
        elif month.endswith("-12"):
            row["reported"] = f"{int(month[:4]) + 1}-06-30"
        else:
            row["reported"] = f"{month[:4]}-12-31"
    rows.sort(key=lambda r: (r["date"], r["measure"]))
    return as_csv("date reported measure value kind source note", rows)


# -- breakthroughs and ordinary weeks --------------------------------------------------------------


def history(raw: Path) -> dict[str, list[Row]]:
    """Weekly history of the sectors at risk, by sector, in order of date."""
    by_sector: dict[str, list[Row]] = {s: [] for s in SECTORS}
    for row in read(raw / "territory/history_weekly.csv"):
        if row["sector"] in by_sector:
            by_sector[row["sector"]].append(row)
    return {s: sorted(rows, key=lambda r: r["date"]) for s, rows in by_sector.items()}


def active_weeks(weeks: list[Row]) -> Iterable[tuple[Row, Row]]:
    """(last Monday, this Monday) of each week in which the front was over 5 km at its start or its end."""
    for before, now in itertools.pairwise(weeks):
        if max(float(before["front_km"]), float(now["front_km"])) > ACTIVE_FRONT_KM:
            yield before, now


def breakthrough_exposure(raw: Path) -> str:
    """How many sectors were at risk in each week."""
    count: dict[str, int] = defaultdict(int)
    for weeks in history(raw).values():
        for _, now in active_weeks(weeks):
            count[now["date"]] += 1
    return as_csv(
        ["date", "active_sectors"], [{"date": d, "active_sectors": count[d]} for d in sorted(count)]
    )


def contested_km2(raw: Path) -> dict[str, float]:
    """Ground of each sector that changed hands after 2022-05-16."""
    text = (raw / "territory/sectors_history.geojson").read_text(encoding="utf-8")
    found = {}
    for feature in json.loads(text)["features"]:
        found[feature["properties"]["id"]] = float(feature["properties"]["contested_km2"])
    return found


def breakthrough_history(raw: Path) -> str:
    """The judged sector-weeks of large change, with the ground that was at stake at the start of each."""
    weeks, contested = history(raw), contested_km2(raw)
    rows = read(raw / "territory/history_events.csv")
    for row in rows:
        row["contested_km2"] = contested[row["sector"]]
        past = [w for w in weeks.get(row["sector"], []) if w["date"] < row["date"]]
        row["occupied_before_km2"] = past[-1]["occupied_km2"] if past else ""
        row["at_stake_km2"] = ""
        if past and row["date"] >= HISTORY_START:
            least = min(
                float(w["occupied_km2"]) for w in weeks[row["sector"]] if w["date"] >= HISTORY_START
            )
            taken = float(past[-1]["occupied_km2"]) - least
            left = row["contested_km2"] - taken if row["direction"] == "russian_gain" else taken
            row["at_stake_km2"] = f"{left:.1f}"
    columns = (
        "date sector direction km2 kind size_class operation name grey_part_km2 opposite_km2 pct_of_contested "
        "contested_km2 occupied_before_km2 at_stake_km2 counted"
    )
    return as_csv(columns, sorted(rows, key=lambda r: (r["date"], r["sector"])))


def positional_weeks(raw: Path) -> str:
    """Weekly net change of each active sector in weeks without a counted breakthrough."""
    kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in read(raw / "territory/history_events.csv"):
        kinds[event["date"], event["sector"]].append(int(event["counted"]))
    rows = []
    for sector, weeks in history(raw).items():
        for before, now in active_weeks(weeks):
            events = kinds[now["date"], sector]
            if now["date"] < HISTORY_START or any(events):
                continue
            net = float(now["gained_km2"]) - float(now["lost_km2"])
            front = 0.5 * (float(before["front_km"]) + float(now["front_km"]))
            head = {"date": now["date"], "sector": sector, "net_km2": f"{net:.2f}"}
            rows.append({**head, "front_km": f"{front:.1f}", "redraw": int(bool(events))})
    rows.sort(key=lambda r: (r["date"], r["sector"]))
    return as_csv("date sector net_km2 front_km redraw", rows)


def front_daily(raw: Path) -> str:
    """Net change of each sector by day, days without change left out."""
    rows = []
    for one in read(raw / "territory/deepstate_daily.csv"):
        if one["sector"] != "total" and one["gained_km2"]:
            net = float(one["gained_km2"]) - float(one["lost_km2"])
            if round(net, 3):
                rows.append({"date": one["date"], "sector": one["sector"], "net_km2": f"{net:.3f}"})
    return as_csv("date sector net_km2", rows)


def front_before(raw: Path) -> str:
    """Weekly net change in the sectors of front-weekly in the year before its first week."""
    first = read(raw / "territory/deepstate_weekly.csv")[0]["date"]
    start = (dt.date.fromisoformat(first) - dt.timedelta(weeks=52)).isoformat()
    sectors = {r["sector"] for r in read(raw / "territory/deepstate_weekly.csv")} - {"total"}
    rows = []
    for one in read(raw / "territory/history_weekly.csv"):
        if start < one["date"] <= first and one["sector"] in sectors:
            net = float(one["gained_km2"]) - float(one["lost_km2"])
            rows.append({"date": one["date"], "sector": one["sector"], "net_km2": f"{net:.3f}"})
    return as_csv("date sector net_km2", rows)


# -- battles and campaigns of the past ---------------------------------------------------------------


def cdb90_battles(raw: Path) -> str:
    """Battles of CDB90 with what was knowable before them and what came of them; those without a date are left out."""
    columns = (
        "date battle_id name war_std campaign attacker defender start_date year att_strength def_strength "
        "att_artillery def_artillery att_tanks def_tanks att_air_sorties def_air_sorties att_cavalry def_cavalry "
        "front_width_att_km def_posture1 def_posture2 terrain1 terrain2 weather1 weather3 surprise "
        "war_initiator_attacks att_casualties def_casualties wina split_group duration_days advance_km"
    )
    rows = [r for r in read(raw / "historical/cdb90.csv") if r["start_date"]]
    for row in rows:
        row["date"] = row["start_date"]
    return as_csv(columns, rows)


def bodart_battles(raw: Path) -> str:
    """Strengths and casualties of both sides of 1,079 battles; only the year of each is known."""
    rows = read(raw / "historical/bodart_1620_1905.csv")
    for row in rows:
        row["date"] = f"{row['year']}-01-01"
    columns = "date battle_no period year r_strength r_casualties b_strength b_casualties"
    return as_csv(columns, rows)


_STUDY_YEAR = {"Das": 2019, "Allen": 2016, "Dupuy": 1979, "Lawrence, War": 2017, "University": 2007}
"""Year of publication where the name of the study does not say it; of a work told by another, the teller's."""


def published_fits(raw: Path) -> str:
    """What others report, with the exponents (p, q) and their standard deviations where they could be read."""
    rows = read(raw / "historical/published_fits.csv")
    for row in rows:
        study = row["study"]
        year = re.search(r"(1[89]|20)\d\d", study)
        named = next((y for k, y in _STUDY_YEAR.items() if study.startswith(k)), None)
        row["date"] = f"{named or (year[0] if year else sys.exit(f'no year: {study}'))}-01-01"
        row["reading"] = row["reading"].replace(
            "named in the brief; not found in the stored material", "known by name only; not found"
        )
        if "square law" in row["model"] or "Engel form" in row["model"]:
            row["p"], row["q"] = "1", "0"
        elif "phi=(1.058, 0.704)" in row["parameters"]:  # own exponent first, then the enemy's
            row["q"], row["p"] = "1.058", "0.704"
            row["q_sd"], row["p_sd"] = row["value"].split(", ")
    columns = "date study data_set model parameters statistic value reading source p q p_sd q_sd"
    return as_csv(columns, rows)


# -- the outline -----------------------------------------------------------------------------------


def border_line(atlas: Path) -> list[list[float]]:
    """The border that Ukraine and Russia share inside the box, from a quantised TopoJSON."""
    topology = json.loads(atlas.read_text(encoding="utf-8"))
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    shapes = {g["properties"]["name"]: g for g in topology["objects"]["countries"]["geometries"]}

    def used(shape: Row) -> set[int]:
        parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        return {i if i >= 0 else ~i for part in parts for ring in part for i in ring}

    line = []
    for number in sorted(used(shapes["Ukraine"]) & used(shapes["Russia"])):
        x = y = 0
        for dx, dy in topology["arcs"][number]:
            x, y = x + dx, y + dy
            lon, lat = x * sx + tx, y * sy + ty
            if BOX[0] <= lon <= BOX[2] and BOX[1] <= lat <= BOX[3]:
                line.append([round(lon, 3), round(lat, 3)])
    return line


def kept_border(out: Path) -> list[list[float]]:
    """The border in the outline that is there already."""
    features = json.loads(out.read_text(encoding="utf-8"))["features"]
    found = next(f for f in features if f["properties"]["kind"] == "state_border")
    return list(found["geometry"]["coordinates"])


def kursk_outline(raw: Path, atlas: Path | None, out: Path) -> str:
    """Simplified outlines of the ground held and grey in Kursk, every 14 days, the state border and five places."""
    border = border_line(atlas) if atlas else kept_border(out)
    features: list[Row] = [_feature("state_border", {"type": "LineString", "coordinates": border})]
    for name, lon, lat, source in PLACES:
        point = {"type": "Point", "coordinates": [lon, lat]}
        features.append(_feature("place", point, name=name, source=source))
    snapshots = json.loads((raw / "territory/front_snapshots.geojson").read_text(encoding="utf-8"))
    for item in snapshots["features"]:
        said = item["properties"]
        if said["kind"] in ("ukraine_held_kursk", "grey_kursk"):
            extra = {"area_km2": said["area_km2"]}
            features.append(_feature(said["kind"], item["geometry"], date=said["date"], **extra))
    return as_collection(features)


def front_sectors(raw: Path) -> str:
    """The sectors of the front as this project drew them, and the outline of Ukraine. No line of contact."""
    features: list[Row] = []
    outline = json.loads((raw / "territory/base_outline.geojson").read_text(encoding="utf-8"))
    for item in outline["features"]:
        if item["properties"].get("name") == "Ukraine" and item["geometry"]:
            features.append(_feature("country", item["geometry"], name="Ukraine"))
    sectors = json.loads((raw / "territory/sectors.geojson").read_text(encoding="utf-8"))
    for item in sectors["features"]:
        said = {"sector": item["properties"]["id"], "name": item["properties"]["name"]}
        features.append(_feature("sector", item["geometry"], date="2024-07-08", **said))
    return as_collection(features)


def as_collection(features: list[Row]) -> str:
    """A feature a line."""
    lines = ",\n".join(json.dumps(f, separators=(",", ":"), sort_keys=True) for f in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _feature(kind: str, geometry: Row, date: str | None = None, **properties: Any) -> Row:
    return {
        "type": "Feature",
        "properties": {"kind": kind, "date": date, **properties},
        "geometry": geometry,
    }


# -- the whole -------------------------------------------------------------------------------------

TABLES: dict[str, Callable[[Path], str]] = {
    "front-weekly": lambda raw: copied(raw / "territory/deepstate_weekly.csv"),
    "front-daily": front_daily,
    "front-before": front_before,
    "kursk-area": lambda raw: copied(raw / "territory/kursk_weekly.csv"),
    "kursk-area-daily": lambda raw: copied(raw / "territory/kursk_daily.csv"),
    "kursk-area-reported": kursk_area_reported,
    "kursk-events": kursk_events,
    "support-switches": support_switches,
    "contingent-reports": contingent_reports,
    "losses-claimed-weekly": losses_claimed_weekly,
    "losses-visual-monthly": losses_visual_monthly,
    "losses-visual-totals": losses_visual_totals,
    "casualty-estimates": casualty_estimates,
    "support-monthly": support_monthly,
    "human-cost-monthly": human_cost_monthly,
    "breakthrough-history": breakthrough_history,
    "breakthrough-exposure": breakthrough_exposure,
    "positional-weeks": positional_weeks,
    "fires-reported": fires_reported,
    "strength-reported": strength_reported,
    "cdb90-battles": cdb90_battles,
    "ardennes-1944-daily": lambda raw: copied(raw / "historical/ardennes_1944_daily.csv"),
    "iwo-jima-1945": lambda raw: copied(raw / "historical/iwo_jima_1945.csv"),
    "bodart-battles": bodart_battles,
    "published-fits": published_fits,
}


def measured(path: Path) -> dict[str, str]:
    """What the catalogue records of a file: rows, first and last date, checksum."""
    data = path.read_bytes()
    if path.suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"))))
        dates = [v for r in rows for k, v in r.items() if k in ("date", "reported")]
        first, last = min(r["date"] for r in rows), max(r["date"] for r in rows)
    else:
        rows = json.loads(data)["features"]
        dates = [f["properties"]["date"] for f in rows if f["properties"]["date"]]
        first, last = min(dates), max(dates)
    if max(dates) > HELD_OUT_AFTER:
        sys.exit(f"{path.name}: a row is dated {max(dates)}, after {HELD_OUT_AFTER}")
    sha = hashlib.sha256(data).hexdigest()
    return {"rows": str(len(rows)), "first": first, "last": last, "sha256": sha}


def refresh_catalogue(folder: Path) -> None:
    """Write rows, dates and checksum of each file into its entry of catalogue.yaml."""
    path = folder / "catalogue.yaml"
    parts = re.split(r"(?m)^(?=- key: )", path.read_text(encoding="utf-8"))
    for number, part in enumerate(parts[1:], start=1):
        found = re.search(r"(?m)^  file: (\S+)$", part)
        if found is None:
            sys.exit(f"catalogue.yaml: an entry has no file: {part[:40]}")
        for name, value in measured(folder / found[1]).items():
            part, times = re.subn(rf"(?m)^  {name}: .*$", f"  {name}: {value}", part)
            if times != 1:
                sys.exit(f"catalogue.yaml: {found[1]} must have one line '{name}:'")
        parts[number] = part
    path.write_text("".join(parts), encoding="utf-8", newline="\n")


def main() -> None:
    """Build every table, then refresh the catalogue."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "raw", type=Path, help="the folder with territory/, ukraine-war/ and historical/"
    )
    parser.add_argument("--atlas", type=Path, help="countries-10m.json of world-atlas 2.0.2")
    parser.add_argument("--out", type=Path, default=DATA, help="where the tables go")
    given = parser.parse_args()
    for key, build in TABLES.items():
        text = build(given.raw)
        (given.out / f"{key}.csv").write_text(text, encoding="utf-8", newline="\n")
    outline = given.out / "kursk-outline.geojson"
    text = kursk_outline(given.raw, given.atlas, outline)
    outline.write_text(text, encoding="utf-8", newline="\n")
    (given.out / "front-sectors.geojson").write_text(
        front_sectors(given.raw), encoding="utf-8", newline="\n"
    )
    refresh_catalogue(given.out)


if __name__ == "__main__":
    main()
