"""Findings that are made up: plausible numbers from a small simulation, for tests of the brief alone."""

from __future__ import annotations

import datetime as dt
import string
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from salient.brief.compose import compose
from salient.brief.page import render
from salient.questions.findings import (
    AssessedNow,
    BaseRate,
    BranchOutlook,
    Caused,
    Chance,
    Check,
    Claimed,
    ClaimFound,
    Diagnostics,
    Difference,
    DriverShare,
    Findings,
    Hindcast,
    HumanCost,
    Interval,
    Losses,
    MapSeries,
    Measurable,
    MechanismRow,
    Now,
    ParameterRow,
    Score,
    Settling,
    SideNow,
    SourceRow,
)
from salient.scenario.schema import Scenario

SCENARIO = Path(__file__).parents[2] / "salient" / "scenarios" / "kursk-2024" / "scenario.yaml"
LEVELS = np.array([0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975])
START, LAST, END = dt.date(2024, 8, 5), dt.date(2025, 3, 10), dt.date(2025, 6, 30)
WAYS = {
    # key: pace km/week, weekly hazard of a breakthrough, share of draws that the branch leaves as they are
    "under-way": (1.1, 0.06, 0.0),
    "support-resumes": (0.9, 0.05, 0.3),
    "support-wanes": (1.35, 0.085, 0.2),
    "local-defence": (0.8, 0.045, 0.1),
}


def share(title: str, low: float, median: float, high: float, *, assumed: bool) -> DriverShare:
    after, before = Interval(median, low, high, unit="km2"), Interval(8, -20, 130, unit="km2")
    return DriverShare(title, after, 1.2 * median, before, 0.03, assumed, low >= 0.0, "a judgement")


CAUSED = Caused(
    dt.date(2025, 2, 10),
    dt.date(2025, 3, 10),
    171.0,
    Interval(35, -9, 173, unit="km2"),
    Interval(136, -2, 180, unit="km2"),
    (
        share("Shells from North Korea", 2, 21, 81, assumed=True),
        share("Russian surges and the infiltration by pipeline", -24, 20, 97, assumed=True),
        share("Pause of US intelligence and pause of US weapons", 0, 1, 18, assumed=True),
    ),
    (
        (
            ("Pause of US intelligence", "Russian surges"),
            "they switch in the same week, of 2025-03-03, and maps are weekly",
        ),
    ),
    (("Shells from North Korea", "Russian surges"),),
    "Placebo, ground gained elsewhere: 192 km2 in the same weeks.",
    500,
)
CLAIMED = Claimed(
    "Claims that were made up for a test",
    (
        ClaimFound(
            "Troops of an ally pushed the line back.", "an officer", False, "well placed",
            "set by assumption", 0.65, "", Interval(-1, -258, 0, unit="km2"),
            "2024-10-28 to 2025-03-10, with and without the contingent", "Nothing was settled.",
        ),
        ClaimFound(
            "The pause did it.", "experts who are not named", False, "unknown", "set by assumption",
            0.04, "ground held here", Interval(0, 0, 0.2, unit="km2"), "with and without", "",
        ),
        ClaimFound("It fell.", "A. Person", True, "partly", "supported", 0.999, "", None, "", "By maps."),
        ClaimFound("They will.", "the same", False, "interested", "cannot test", None, "", None, "", "No data."),
    ),
)  # fmt: skip
SETTLING = Settling(
    "ground held at the end",
    276.0,
    (
        Measurable("density of a line", Interval(0.017, 0.008, 0.028, unit="share"), 1.0, True),
        Measurable("pace of the line", Interval(0.005, 0.0, 0.012, unit="share"), 1.0, False),
    ),
    ("Looked for was a corner.", "No corner was found: 83 in 100 runs lie below 170 km2."),
    0.25,
)


def mondays(start: dt.date, end: dt.date) -> list[dt.date]:
    return [start + dt.timedelta(weeks=k) for k in range((end - start).days // 7 + 1)]


def simulate(way: str, draws: int, seed: int) -> np.ndarray:
    """Held area, [weeks, draws], with the same random numbers for every way."""
    pace, hazard, _ = WAYS[way]
    rng = np.random.default_rng(seed)
    weeks = len(mondays(LAST, END))
    start = rng.normal(352, 14, draws)
    u, z = rng.random((weeks, draws)), rng.standard_normal((weeks, draws))
    tempo = np.exp(0.35 * rng.standard_normal(draws))
    area, broken = [start], rng.random(draws) < 0.5
    for k in range(weeks - 1):
        broken = np.where(broken, u[k] > 0.3, u[k] < hazard)
        now = area[-1]
        slow = np.maximum(np.sqrt(now) - 0.5 * (pace * tempo + 0.9 * z[k]), 0) ** 2
        area.append(np.where(broken, now * np.exp(-0.45 * np.exp(0.4 * z[k])), slow))
    return np.array(area)


def losses(scale: float, rng: np.random.Generator) -> Losses:
    draws = scale * np.exp(0.45 * rng.standard_normal(4000))
    killed = draws * rng.uniform(0.2, 0.33, 4000)
    return Losses(Interval.of(draws, "people"), Interval.of(killed, "people"))


def branch(scenario: Scenario, key: str, draws: int, seed: int) -> BranchOutlook:
    area, base = simulate(key, draws, seed), simulate("under-way", draws, seed)
    same = np.random.default_rng(seed + 7).random(draws) < WAYS[key][2]
    area[:, same] = base[:, same]
    rng = np.random.default_rng(seed + len(key))
    change = area[-1] - base[-1]
    given = {
        "under-way": Chance(1, 1, 1, scenario.branches[key].chance.reason, "reference"),
        "support-resumes": Chance(
            0.58, 0.5, 0.66, scenario.branches["support-resumes"].chance.reason, "simulated"
        ),
        "support-wanes": Chance(
            0.17, 0.12, 0.23, scenario.branches["support-wanes"].chance.reason, "simulated"
        ),
        "local-defence": Chance(
            0.45, 0.2, 0.7, scenario.branches["local-defence"].chance.reason, "judgement"
        ),
    }
    return BranchOutlook(
        key=key,
        title=scenario.branches[key].title,
        summary=scenario.branches[key].summary,
        chance=given[key],
        levels=LEVELS,
        area=np.quantile(area, LEVELS, axis=1),
        paths=area[:, :12].T,
        end=Interval.of(area[-1], "km2"),
        end_draws=area[-1],
        difference=None
        if key == "under-way"
        else Difference(
            Interval.of(change, "km2"), float((change > 0).mean()), float((change == 0).mean())
        ),
        p_collapse=float((area[-1] < 0.4 * area[0]).mean()),
        losses={
            "ukraine": losses(5200 * WAYS[key][0] ** 0.3, rng),
            "russia": losses(9100 * WAYS[key][0] ** 0.2, rng),
        },
        drivers=("share_intelligence", "mu_own", "theta")
        if "support" in key
        else ("posture_loss",),
    )


def row(
    name, label, unit, prior, posterior, contraction, shift, source, trust, group, kind="positive"
):
    return ParameterRow(
        name,
        label,
        unit,
        Interval(*prior, unit=unit),
        Interval(*posterior, unit=unit),
        contraction,
        shift,
        source,
        trust,
        group,
        kind,
    )


PARAMETERS = [
    row(
        "sigma",
        "week-to-week noise of the map",
        "km/week",
        (1.0, 0.4, 2.5),
        (0.72, 0.55, 0.95),
        0.90,
        -0.6,
        "calibration of Kursk maps",
        "A",
        "observation",
    ),
    row(
        "bf",
        "share lost in a week of breakthrough",
        "1",
        (0.45, 0.2, 0.75),
        (0.52, 0.38, 0.64),
        0.70,
        0.3,
        "other pockets of the war",
        "M",
        "breakthrough",
        "fraction",
    ),
    row(
        "phi",
        "how long the noise lasts",
        "1",
        (0.4, 0.05, 0.85),
        (0.24, 0.06, 0.48),
        0.66,
        -0.6,
        "assumption",
        "A",
        "observation",
        "fraction",
    ),
    row(
        "psi_r",
        "share of the contingent lost in a month",
        "1",
        (0.08, 0.03, 0.2),
        (0.07, 0.045, 0.11),
        0.52,
        -0.2,
        "BBC, UK MoD",
        "M",
        "contingents",
        "fraction",
    ),
    row(
        "v_ref",
        "pace at the reference state",
        "km/week",
        (0.7, 0.3, 1.6),
        (0.85, 0.55, 1.3),
        0.48,
        0.4,
        "Biddle 2004",
        "M",
        "advance",
    ),
    row(
        "b0",
        "chance of a breakthrough in a quiet week",
        "1/week",
        (0.02, 0.005, 0.09),
        (0.024, 0.009, 0.06),
        0.41,
        0.1,
        "base rate of the whole front",
        "M",
        "breakthrough",
        "fraction",
    ),
    row(
        "m",
        "how power grows with numbers",
        "1",
        (0.3, 0.1, 0.7),
        (0.28, 0.12, 0.6),
        0.20,
        -0.1,
        "Helmbold 1993",
        "C",
        "advance",
    ),
    row(
        "share_intelligence",
        "share of intelligence from the United States",
        "1",
        (0.8, 0.5, 0.95),
        (0.79, 0.5, 0.94),
        0.03,
        0.0,
        "no published estimate",
        "A",
        "intelligence",
        "fraction",
    ),
    row(
        "mu_own",
        "aimed share of fire without outside intelligence",
        "1",
        (0.5, 0.3, 0.8),
        (0.5, 0.31, 0.78),
        0.09,
        0.1,
        "no published estimate",
        "C",
        "intelligence",
        "fraction",
    ),
    row(
        "theta",
        "how losses follow shells fired",
        "1",
        (0.6, 0.3, 0.9),
        (0.6, 0.3, 0.89),
        0.03,
        0.0,
        "Dupuy 1987",
        "C",
        "ammunition",
        "fraction",
    ),
    row(
        "posture_loss",
        "ground given up by fighting only from prepared positions",
        "1",
        (0.2, 0.05, 0.5),
        (0.2, 0.05, 0.5),
        -0.04,
        0.0,
        "assumption",
        "A",
        "posture",
        "fraction",
    ),
    row(
        "shell_ratio",
        "shells fired, Russian to Ukrainian",
        "1",
        (2.5, 1.5, 5),
        (2.6, 1.6, 4.9),
        0.09,
        0.1,
        "statements of both sides",
        "C",
        "ammunition",
    ),
    row(
        "road_hit",
        "interdiction of the Sudzha road",
        "1/week",
        (0.3, 0.1, 0.9),
        (0.42, 0.13, 1.0),
        0.02,
        0.5,
        "press reports",
        "A",
        "supply",
    ),
    row(
        "p",
        "exponent of losses on strength",
        "1",
        (1.0, 0.6, 1.4),
        (1.2, 0.8, 1.5),
        -0.08,
        0.7,
        "Johnson and MacKay 2011",
        "C",
        "attrition",
        "real",
    ),
]
PARAMETERS += [
    row(
        f"other_{letter}",
        f"further number {letter}",
        "1",
        (1.0, 0.5, 2.0),
        (1.0, 0.52, 1.9),
        0.01 * (k % 7),
        0.1,
        "assumption",
        "A",
        "attrition",
    )
    for k, letter in enumerate(string.ascii_lowercase[:24])
]


def history() -> tuple[list[MapSeries], np.ndarray]:
    """Two mappers and one party's claims up to the last week, and what was seen afterwards."""
    rng = np.random.default_rng(4)
    past, future = mondays(START, LAST), mondays(LAST, END)[1:]
    t = np.arange(len(past))
    level = np.interp(
        t, [0, 4, 6, 10, 16, 22, 29, 30, 31], [60, 1060, 985, 830, 660, 570, 515, 490, 352]
    )
    deep = np.round(level + rng.normal(0, 8, t.size), 1)
    isw = np.round(level + rng.normal(4, 14, t.size), 1)[6:]
    used = t > 3
    claims = [1, 2, 3, 7, 9]
    after = np.round(np.interp(np.arange(16), [0, 1, 5, 15], [165, 118, 60, 30]), 1)
    return [
        MapSeries("DeepState", past, deep, deep * 0.84, deep * 1.16, "kursk-area", used),
        MapSeries("ISW and CTP", past[6:], isw, dataset="kursk-area"),
        MapSeries(
            "Ukrainian General Staff",
            [past[k] for k in claims],
            np.array([1000.0, 1263, 1294, 1300, 1100]),
            dataset="kursk-claims",
            kind="claimed",
            used=np.zeros(5, dtype=bool),
        ),
    ], MapSeries("DeepState", future, after, dataset="kursk-area")


def blob(x, y, radius, seed):
    """A ring that looks like an area on a map, in degrees."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    wave = sum(rng.normal(0, 0.09 / k) * np.cos(k * angle + rng.uniform(0, 6)) for k in range(1, 9))
    ring = [
        [
            round(float(x + 1.55 * radius * (1 + w) * np.cos(a)), 4),
            round(float(y + radius * (1 + w) * np.sin(a)), 4),
        ]
        for a, w in zip(angle, wave, strict=True)
    ]
    return [*ring, ring[0]]


def outline() -> dict:
    def area(date, kind, rings):
        return {
            "type": "Feature",
            "properties": {"date": date, "kind": kind},
            "geometry": {"type": "MultiPolygon", "coordinates": [[r] for r in rings]},
        }

    def place(name, x, y):
        return {
            "type": "Feature",
            "properties": {"date": None, "kind": "place", "name": name},
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }

    border = [
        [33.9, 51.36],
        [34.2, 51.26],
        [34.7, 51.17],
        [35.0, 51.21],
        [35.15, 51.08],
        [35.45, 51.02],
        [35.9, 50.7],
    ]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"date": None, "kind": "state_border"},
                "geometry": {"type": "LineString", "coordinates": border},
            },
            place("Sudzha", 35.27, 51.19),
            place("Korenevo", 34.9, 51.41),
            place("Kursk", 36.19, 51.73),
            area("2024-09-02", "ukraine_held_kursk", [blob(35.05, 51.27, 0.17, 1)]),
            area("2024-09-02", "grey_kursk", [blob(35.3, 51.4, 0.08, 2)]),
            area("2025-03-03", "ukraine_held_kursk", [blob(35.12, 51.2, 0.1, 3)]),
            area(
                "2025-03-03",
                "grey_kursk",
                [blob(35.28, 51.28, 0.05, 5), blob(34.95, 51.27, 0.03, 6)],
            ),
            area("2025-03-31", "ukraine_held_kursk", [blob(35.2, 51.1, 0.03, 7)]),
        ],
    }


def hindcasts() -> list[Hindcast]:
    rng = np.random.default_rng(12)
    found = []
    for horizon in (4, 13):
        for k in range(6, 31 - horizon, 2):
            at = START + dt.timedelta(weeks=k)
            seen = float(
                np.interp(k + horizon, [6, 10, 16, 22, 29, 31], [985, 830, 660, 570, 515, 352])
            )
            width = 55 + 9 * horizon
            middle = seen + rng.normal(0, 0.33 * width)
            found.append(
                Hindcast(
                    horizon,
                    at,
                    Interval(middle, middle - width, middle + 0.8 * width, unit="km2"),
                    round(seen, 1),
                    abs(middle - seen) < 0.38 * width,
                    abs(middle - seen) < width,
                )
            )
    return found


COSTS = [
    HumanCost(
        "North Korean soldiers killed or wounded",
        5000,
        "to 27 March 2025",
        "UK Ministry of Defence",
        "estimate",
        "ap-2025-03-27",
        4000,
        5500,
    ),
    HumanCost(
        "North Korean soldiers killed or wounded",
        4000,
        "to 13 January 2025",
        "Western officials (BBC)",
        "estimate",
        "ap-2025-03-27",
    ),
    HumanCost(
        "Ukrainian soldiers killed or wounded in Kursk",
        76000,
        "to 26 April 2025",
        "Russian General Staff",
        "claim",
        "kiel-r28",
    ),
    HumanCost(
        "Russian soldiers killed or wounded in Kursk",
        55000,
        "to 20 March 2025",
        "Ukrainian General Staff",
        "claim",
        "kiel-r28",
    ),
    HumanCost(
        "civilians killed in Ukraine", 164, "March 2025", "OHCHR", "verified minimum", "ohchr"
    ),
    HumanCost(
        "civilians injured in Ukraine", 910, "March 2025", "OHCHR", "verified minimum", "ohchr"
    ),
    HumanCost(
        "people displaced from border districts of Kursk oblast",
        112000,
        "to August 2024",
        "regional authorities",
        "claim",
        "reuters-kursk",
        100000,
        150000,
    ),
]

SOURCES = [
    SourceRow(
        "kursk-area",
        "Ukrainian-held area in Kursk oblast, weekly",
        "DeepState; ISW and CTP",
        "https://deepstatemap.live",
        "attribution",
        dt.date(2026, 11, 23),
        "maps lag events by days and change in batches; one pocket of 11 km² is never revised",
    ),
    SourceRow(
        "kursk-claims",
        "Area claimed in Kursk oblast",
        "statements of both sides",
        None,
        "facts, cited",
        dt.date(2026, 11, 23),
        "claims of a party about its own success",
    ),
    SourceRow(
        "kursk-outline",
        "Outline of the Kursk salient",
        "DeepState; OpenStreetMap contributors",
        "https://deepstatemap.live",
        "attribution; ODbL",
        dt.date(2026, 11, 23),
        "drawn every two weeks, simplified",
    ),
    SourceRow(
        "ohchr",
        "Protection of civilians in Ukraine, monthly update",
        "OHCHR",
        "https://ukraine.ohchr.org",
        "public",
        dt.date(2026, 11, 23),
        "verified cases only: a minimum",
    ),
    SourceRow(
        "kiel-r28",
        "Ukraine Support Tracker, Release 28",
        "Kiel Institute",
        "https://www.ifw-kiel.de/topics/war-against-ukraine/ukraine-support-tracker/",
        "cite",
        dt.date(2026, 11, 23),
        "allocations by date of announcement, not deliveries",
    ),
]

MECHANISMS = [
    MechanismRow(
        "advance",
        "power-ratio",
        "Pace of the line from the ratio of power",
        "Helmbold 1990; Biddle 2004",
    ),
    MechanismRow(
        "breakthrough",
        "regime",
        "Rare weeks in which a share of the ground is lost",
        "Hamilton 1989",
    ),
    MechanismRow(
        "attrition", "fires", "Losses from aimed and area fire", "Osipov 1915; Deitchman 1962"
    ),
    MechanismRow(
        "support",
        "pipeline",
        "Support arrives with delay through a chain of stocks",
        "our assumption",
    ),
    MechanismRow("will", "regimes", "Support is full, reduced or halted", "our assumption"),
    MechanismRow("supply", "lines", "Supply over roads that can be attacked", "Kress 2002"),
]


def made_up(draws: int = 4000, seed: int = 20250311) -> Findings:
    scenario = Scenario.model_validate(yaml.safe_load(SCENARIO.read_text(encoding="utf-8")))
    past, observed = history()
    side = {
        "ukraine": SideNow(
            Interval(10400, 7000, 14800, unit="soldiers"),
            Interval(0.62, 0.4, 0.9),
            Interval(0.7, 0.45, 0.92),
        ),
        "russia": SideNow(
            Interval(57000, 44000, 71000, unit="soldiers"),
            Interval(1.1, 0.8, 1.5),
            Interval(0.88, 0.7, 0.98),
        ),
    }
    return Findings(
        scenario=scenario,
        as_of=dt.date(2025, 3, 11),
        sector="kursk",
        holder="ukraine",
        presser="russia",
        seed=seed,
        draws=draws,
        sampler="tempered SMC, 4000 particles",
        history=past,
        assessed_now=AssessedNow(
            Interval(352, 329, 375, unit="km2"),
            Interval(1062, 1030, 1095, unit="km2"),
            dt.date(2024, 9, 2),
            Interval(-165, -192, -139, unit="km2"),
            Interval(-265, -296, -231, unit="km2"),
        ),
        weeks=mondays(LAST, END),
        branches=[branch(scenario, key, draws, seed) for key in WAYS],
        now=Now(
            0.54,
            Interval(-1.06, -1.45, -0.7, unit="km/week"),
            Interval(-0.98, -1.5, -0.62, unit="km/week"),
            side,
        ),
        parameters=PARAMETERS,
        diagnostics=Diagnostics(
            True,
            [
                Check("largest R-hat of the reference run", 1.004, "at most 1.01", True),
                Check("smallest effective sample", 799, "at least 400", True),
                Check("unique particles", 0.83, "at least 0.5", True),
                Check(
                    "mean pace, fitted less observed, in standard errors", -0.4, "within 2", True
                ),
            ],
        ),
        hindcasts=hindcasts(),
        human_cost=COSTS,
        sources=SOURCES,
        mechanisms=MECHANISMS,
        command="salient brief kursk-2024 --as-of 2025-03-11 --draws 4000 --seed 20250311",
        versions={"salient": "0.1.0", "jax": "0.9.0", "numpy": "2.4.6", "python": "3.11.9"},
        caused=CAUSED,
        claimed=CLAIMED,
        settling=SETTLING,
        base_rate=BaseRate(
            "weeks with a breakthrough",
            Interval(19, 15, 24, unit=""),
            66,
            3480,
            dt.date(2025, 3, 10),
            "kursk-area",
        ),
        score=Score(
            48.2,
            {"last value stays": 249.0, "drift of the last 8 weeks": 94.1, "logistic curve": 115.3},
            16,
            0.62,
            0.94,
            observed,
        ),
        outline=outline(),
        outline_source="kursk-outline",
    )


@pytest.fixture(scope="session")
def findings() -> Findings:
    return made_up()


@pytest.fixture(scope="session")
def brief(findings):
    return compose(findings)


@pytest.fixture(scope="session")
def html(brief) -> str:
    return render(brief)


@pytest.fixture(scope="session")
def failed(findings) -> Findings:
    """The same with a fit that did not pass its checks."""
    checks = [
        *findings.diagnostics.rows[1:],
        Check("largest R-hat of the reference run", 1.31, "at most 1.01", False),
    ]
    wrong = Diagnostics(False, checks, ["The chains disagree on where the breakthrough began."])
    return replace(findings, diagnostics=wrong)
