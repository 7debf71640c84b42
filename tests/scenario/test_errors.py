"""Each mistake in a scenario file is named once, with its line and key, what was found and what would be right.

A case edits the packaged scenario and lists every problem that must be found: the line, given by a piece of its text
after the edits, the key, and pieces of what is said. Nothing else may be found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

Said = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class Case:
    name: str
    edits: list[tuple[str | re.Pattern[str], str]]
    said: list[Said] = field(default_factory=list)


SECTOR = "    terrain: rolling-forest\n"
COUNTER = "  - id: russian-counter-offensive\n"
PAUSE = "    supporter: united-states\n    flow: weapons\n    level: 0\n"
UNDER_WAY = "chance: {given: 1, reason"
ROAD = "sudzha-road: {name"

CASES = [
    # keys
    Case(
        "unknown key",
        [("    terrain: rolling", "    terain: rolling")],
        [("terain:", "sectors.kursk.terain", ("unknown key 'terain'", "did you mean 'terrain'?"))],
    ),
    Case(
        "unknown key that is near none",
        [(SECTOR, SECTOR + "    weather: mud\n")],
        [
            (
                "weather:",
                "sectors.kursk.weather",
                ("unknown key 'weather'", "keys that are right here: name, country"),
            )
        ],
    ),
    Case(
        "unknown key at the top",
        [("\nquestion:", "\nquestions:")],
        [("questions:", "questions", ("unknown key 'questions'", "did you mean 'question'?"))],
    ),
    Case(
        "missing key",
        [("region: Kursk oblast\n", "")],
        [("scenario: kursk-2024", "region", ("missing", "where it happens", "add it"))],
    ),
    Case(
        "missing key in an event",
        [("    kind: surge\n", "")],
        [
            (
                "id: russian-counter-offensive",
                "events.russian-counter-offensive.kind",
                ("missing", "what changes"),
            )
        ],
    ),
    Case(
        "a key twice",
        [(SECTOR, SECTOR + "    terrain: open\n")],
        [("terrain: open", "sectors.kursk.terrain", ("stands twice", "first on line"))],
    ),
    Case(
        "a python name for a key",
        [("{kind: weapons, class: shells", "{kind: weapons, weapon_class: shells")],
        [
            (
                "weapon_class",
                "supporters.north-korea.flows.shells.weapon_class",
                ("unknown key 'weapon_class'", "class"),
            )
        ],
    ),
    Case(
        "nobody holds the sector",
        [("    holder: ukraine\n", "")],
        [("  kursk:\n", "sectors.kursk.holder", ("nobody holds this sector", "holder: ukraine"))],
    ),
    Case(
        "a supporter of nobody",
        [("    supports: russia\n", "")],
        [
            (
                "  north-korea:\n",
                "supporters.north-korea.supports",
                ("supports nobody", "supports: ukraine"),
            )
        ],
    ),
    # types
    Case(
        "a number for a text",
        [("\ntitle: The Kursk", "\ntitle: 2024 #")],
        [("title: 2024", "title", ("text is right here", "'2024'", 'put it in quotes: "2024"'))],
    ),
    Case(
        "no text",
        [("\nregion: Kursk oblast", "\nregion:")],
        [("region:", "region", ("text is missing after the colon",))],
    ),
    Case(
        "empty text",
        [("\nregion: Kursk oblast", "\nregion: ''")],
        [("region:", "region", ("the text is empty",))],
    ),
    Case(
        "long text",
        [("\nregion: Kursk oblast", "\nregion: " + "x" * 2001)],
        [("region:", "region", ("longer than 2000 characters",))],
    ),
    Case(
        "one of a list",
        [("terrain: rolling-forest", "terrain: rolling-forrest")],
        [
            (
                "rolling-forrest",
                "sectors.kursk.terrain",
                (
                    "'rolling-forrest' was found",
                    "open, rolling, rolling-forest",
                    "did you mean 'rolling-forest'?",
                ),
            )
        ],
    ),
    Case(
        "unknown kind of event",
        [(COUNTER, COUNTER.replace("id", "kind: sruge\n    id")), ("    kind: surge\n", "")],
        [
            (
                "kind: sruge",
                "events.russian-counter-offensive.kind",
                ("'sruge'", "did you mean 'surge'?"),
            )
        ],
    ),
    Case(
        "a name for a list",
        [("side: ukraine, sectors: [kursk]", "side: ukraine, sectors: kursk")],
        [(ROAD, "supply_lines.sudzha-road.sectors", ("a list is right here", "write [kursk]"))],
    ),
    Case(
        "a text for a group",
        [("  ukraine: {name: Ukraine, adjective: Ukrainian, country: UA}", "  ukraine: Ukraine")],
        [
            (
                "  ukraine: Ukraine\n",
                "belligerents.ukraine",
                (
                    "a group of keys is right here",
                    "'Ukraine' was found",
                    "name, adjective, country",
                ),
            )
        ],
    ),
    Case(
        "a list for a group",
        [
            (
                "period: {start: 2024-08-05, end: 2025-06-30, step: 1 week, as_of: 2025-03-11}",
                "period: [2024-08-05, 2025-06-30]",
            )
        ],
        [
            (
                "period:",
                "period",
                ("a group of keys is right here", "a list was found", "start, end, step"),
            )
        ],
    ),
    Case(
        "yes for true",
        [("through_pocket: true", "through_pocket: yes")],
        [
            (
                ROAD,
                "supply_lines.sudzha-road.through_pocket",
                ("true or false is right here", "'yes'"),
            )
        ],
    ),
    Case(
        "a name with capitals",
        [
            ("  europe:\n", "  Western Europe:\n"),
            ("supporter: europe", "supporter: western-europe"),
        ],
        [
            (
                "  Western Europe:",
                "supporters.Western Europe",
                (
                    "'Western Europe' is not a name",
                    "small letters, digits and hyphens",
                    "did you mean 'western-europe'?",
                ),
            )
        ],
    ),
    Case(
        "a country by its name",
        [("\ncountry: RU", "\ncountry: Russia")],
        [("country: Russia", "country", ("'Russia' is not a country code", "two capital letters"))],
    ),
    Case(
        "an address without http",
        [('url: "https://www.uawire.org', 'url: "www.uawire.org')],
        [
            (
                'url: "www.uawire.org',
                "sources.uawire-2025-03-05.url",
                ("begins with http:// or https://",),
            )
        ],
    ),
    Case(
        "one belligerent",
        [("  russia: {name: Russia, adjective: Russian, country: RU}\n", "")],
        [("belligerents:", "belligerents", ("a campaign has two belligerents; this one has 1",))],
    ),
    Case(
        "three belligerents",
        [
            (
                "\nsectors:\n",
                "  belarus: {name: Belarus, adjective: Belarusian, country: BY}\n\nsectors:\n",
            )
        ],
        [
            (
                "belligerents:",
                "belligerents",
                ("two belligerents; this one has 3", "an ally is a supporter"),
            )
        ],
    ),
    Case(
        "an empty list",
        [("    sectors: [kursk]\n", "    sectors: []\n")],
        [("sectors: []", "contingents.kpa.sectors", ("empty", "at least one"))],
    ),
    # dates
    Case(
        "not a date",
        [("start: 2024-08-05", "start: 5.8.2024")],
        [
            (
                "start: 5.8.2024",
                "period.start",
                ("'5.8.2024' is not a date", "did you mean 2024-08-05?"),
            )
        ],
    ),
    Case(
        "a number for a date",
        [("start: 2024-08-05", "start: 20240805")],
        [("start: 20240805", "period.start", ("'20240805' is not a date", "as in 2024-08-06"))],
    ),
    Case(
        "no such day",
        [("start: 2024-08-05", "start: 2024-02-30")],
        [("start: 2024-02-30", "period.start", ("there is no day 2024-02-30",))],
    ),
    Case(
        "a period backwards",
        [("start: 2024-08-05, end: 2025-06-30", "start: 2025-06-30, end: 2024-08-05")],
        [
            (
                "period:",
                "period.end",
                ("ends on 2024-08-05, which is not after its start, 2025-06-30",),
            )
        ],
    ),
    Case(
        "a period without end",
        [("end: 2025-06-30", "end: 2224-06-30")],
        [("period:", "period.end", ("at most 1040",))],
    ),
    Case(
        "an event outside the period",
        [("    date: 2024-09-10\n", "    date: 2023-09-10\n")],
        [
            (
                "date: 2023-09-10",
                "events.russian-counter-offensive.date",
                ("2023-09-10 is outside the period", "2024-08-05 to 2025-06-30"),
            )
        ],
    ),
    Case(
        "an event that ends before it begins",
        [("    until: 2024-09-30\n", "    until: 2024-08-01\n")],
        [
            (
                "until: 2024-08-01",
                "events.russian-reserves-arrive.until",
                ("not after it begins, 2024-08-12",),
            )
        ],
    ),
    Case(
        "the report of an end that is not there",
        [("    until: 2024-09-30\n", "")],
        [
            (
                "until_reported: 2024-09-12",
                "events.russian-reserves-arrive.until_reported",
                ("no end", "add 'until'"),
            )
        ],
    ),
    Case(
        "an arrival outside the period",
        [("date: 2024-10-28", "date: 2025-10-28")],
        [
            (
                "date: 2025-10-28",
                "contingents.kpa.arrivals.0.date",
                ("2025-10-28 is outside the period",),
            )
        ],
    ),
    # quantities
    Case(
        "no unit",
        [("{value: 1160 km2", "{value: 1160")],
        [
            (
                "{value: 1160,",
                "sectors.kursk.contested_area.value",
                ("'1160': the unit is missing; write '1160 km2'",),
            )
        ],
    ),
    Case(
        "unknown unit",
        [("{value: 1160 km2", "{value: 1160 kmm2")],
        [
            (
                "1160 kmm2",
                "sectors.kursk.contested_area.value",
                ("unknown unit 'kmm2'", "did you mean 'km2'?"),
            )
        ],
    ),
    Case(
        "wrong unit",
        [("{value: 1160 km2", "{value: 1160 soldiers")],
        [
            (
                "1160 soldiers",
                "sectors.kursk.contested_area.value",
                ("soldiers was found where km2 is right",),
            )
        ],
    ),
    Case(
        "digits apart",
        [("{value: 1160 km2", "{value: 1 160 km2")],
        [
            (
                "1 160 km2",
                "sectors.kursk.contested_area.value",
                ("'1 160 km2'", "write digits together, as in 1160"),
            )
        ],
    ),
    Case(
        "not a quantity",
        [("{value: 1160 km2", "{value: most of it")],
        [
            (
                "most of it",
                "sectors.kursk.contested_area.value",
                ("'most of it'", "not a quantity", "write '1260 km2'"),
            )
        ],
    ),
    Case(
        "an interval backwards",
        [("10000 .. 18000 soldiers", "18000 .. 10000 soldiers")],
        [
            (
                "18000 .. 10000",
                "sectors.kursk.forces.ukraine.strength.value",
                ("put the smaller first",),
            )
        ],
    ),
    Case(
        "an interval from 0",
        [("fortification: 0.15 (0.05 .. 0.35)", "fortification: 0.15 (0 .. 0.35)")],
        [
            (
                "0.15 (0 ..",
                "sectors.kursk.forces.ukraine.fortification",
                ("may not begin at 0", "such as 0.01"),
            )
        ],
    ),
    Case(
        "a share above 1",
        [("fortification: 0.15 (0.05 .. 0.35)", "fortification: 15")],
        [
            (
                "fortification: 15",
                "sectors.kursk.forces.ukraine.fortification",
                ("15 is too large", "is 1"),
            )
        ],
    ),
    Case(
        "less than nothing",
        [("{value: 1160 km2", "{value: -1160 km2")],
        [("-1160 km2", "sectors.kursk.contested_area.value", ("too small",))],
    ),
    Case(
        "unknown key of a quantity",
        [("{value: 1160 km2, source", "{value: 1160 km2, src")],
        [
            (
                "src:",
                "sectors.kursk.contested_area.src",
                ("unknown key 'src'", "value, source, note"),
            )
        ],
    ),
    Case(
        "a quantity without value",
        [("contested_area: {value: 1160 km2, ", "contested_area: {")],
        [("contested_area:", "sectors.kursk.contested_area", ("the key 'value' is missing",))],
    ),
    Case(
        "true for a quantity",
        [("{value: 1160 km2", "{value: true")],
        [
            (
                "value: true",
                "sectors.kursk.contested_area.value",
                ("'true': a quantity is right here", "km2"),
            )
        ],
    ),
    # names that must exist
    Case(
        "unknown holder",
        [("    holder: ukraine\n", "    holder: ukrain\n")],
        [
            (
                "holder: ukrain\n",
                "sectors.kursk.holder",
                ("'ukrain' is not a belligerent", "did you mean 'ukraine'?"),
            )
        ],
    ),
    Case(
        "forces of nobody",
        [("      russia:\n        strength", "      russsia:\n        strength")],
        [
            (
                "      russsia:",
                "sectors.kursk.forces.russsia",
                ("'russsia' is not a belligerent", "'russia'"),
            )
        ],
    ),
    Case(
        "a side without forces",
        [(re.compile(r"      russia:\n        strength(.*\n        .*)*\n"), "")],
        [
            (
                "    forces:\n",
                "sectors.kursk.forces",
                ("'russia' has no forces here", "add a group 'russia:'"),
            )
        ],
    ),
    Case(
        "a supporter of a side that is not there",
        [("    supports: russia\n", "    supports: belarus\n")],
        [
            (
                "supports: belarus",
                "supporters.north-korea.supports",
                ("'belarus' is not a belligerent", "ukraine, russia"),
            )
        ],
    ),
    Case(
        "a contingent of the other side",
        [
            (
                "    supporter: north-korea\n    side: russia\n",
                "    supporter: north-korea\n    side: ukraine\n",
            )
        ],
        [
            (
                "    side: ukraine\n    sectors:",
                "contingents.kpa.side",
                ("fights for 'ukraine'", "supports 'russia'"),
            )
        ],
    ),
    Case(
        "a contingent in an unknown sector",
        [("    sectors: [kursk]\n", "    sectors: [krusk]\n")],
        [("[krusk]", "contingents.kpa.sectors.0", ("'krusk' is not a sector", "'kursk'"))],
    ),
    Case(
        "a contingent from an unknown supporter",
        [("    supporter: north-korea\n    side", "    supporter: south-korea\n    side")],
        [
            (
                "supporter: south-korea",
                "contingents.kpa.supporter",
                ("'south-korea' is not a supporter", "'north-korea'"),
            )
        ],
    ),
    Case(
        "a line for an unknown side",
        [("side: ukraine, sectors: [kursk]", "side: ukrania, sectors: [kursk, sumy]")],
        [
            (
                ROAD,
                "supply_lines.sudzha-road.side",
                ("'ukrania' is not a belligerent", "'ukraine'"),
            ),
            (
                ROAD,
                "supply_lines.sudzha-road.sectors.1",
                ("'sumy' is not a sector", "sectors: kursk"),
            ),
        ],
    ),
    Case(
        "an event about an unknown supporter",
        [(PAUSE, PAUSE.replace("united-states", "united-state"))],
        [
            (
                "supporter: united-state\n",
                "events.us-weapons-paused.supporter",
                ("is not a supporter", "'united-states'"),
            )
        ],
    ),
    Case(
        "an event about an unknown flow",
        [(PAUSE, PAUSE.replace("weapons", "weapon"))],
        [
            (
                "flow: weapon\n",
                "events.us-weapons-paused.flow",
                ("'weapon' is not a flow of 'united-states'", "'weapons'"),
            )
        ],
    ),
    Case(
        "an event about an unknown contingent",
        [("    contingent: kpa\n", "    contingent: kpaa\n")],
        [
            (
                "contingent: kpaa",
                "events.contingent-withdrawn.contingent",
                ("is not a contingent", "'kpa'"),
            )
        ],
    ),
    Case(
        "an event on an unknown line",
        [("    line: sudzha-road\n", "    line: sumy-road\n")],
        [
            (
                "line: sumy-road",
                "events.drone-unit-on-the-road.line",
                ("is not a supply line", "'sudzha-road'"),
            )
        ],
    ),
    Case(
        "unknown source of a number",
        [("source: isw-area}", "source: isw-aera}")],
        [
            (
                "isw-aera",
                "sectors.kursk.contested_area.source",
                ("'isw-aera' is not a source", "'isw-area'"),
            )
        ],
    ),
    Case(
        "unknown source of an event",
        [("    source: pravda-2025-03-04\n", "    source: pravda\n")],
        [("source: pravda\n", "events.us-weapons-paused.source", ("'pravda' is not a source",))],
    ),
    Case(
        "unknown data set and column",
        [
            ("dataset: kursk-area, column: best_km2", "dataset: kursk-aera, column: best_km2"),
            ("isw_held_km2", "isw_km2"),
        ],
        [
            ("kursk-aera", "observe.area.0.dataset", ("no data set 'kursk-aera'", "'kursk-area'")),
            (
                "isw_km2",
                "observe.area.1.column",
                ("has no column 'isw_km2'", "did you mean 'isw_held_km2'?"),
            ),
        ],
    ),
    Case(
        "whose losses",
        [("of: contingent, contingent: kpa", "of: contingent")],
        [
            (
                "of: contingent",
                "observe.losses.0.contingent",
                ("losses of a contingent", "name the contingent"),
            )
        ],
    ),
    Case(
        "an unknown side gains",
        [("history: {ukraine:", "history: {ukrayne:")],
        [("ukrayne", "observe.history.ukrayne", ("is not a belligerent", "'ukraine'"))],
    ),
    # events and branches
    Case(
        "the same id twice",
        [("id: contingent-withdrawn", "id: russian-counter-offensive")],
        [
            (
                "last:id: russian-counter-offensive",
                "events.russian-counter-offensive.id",
                ("another event has this id, on line", "one of its own"),
            )
        ],
    ),
    Case(
        "an event without what its kind needs",
        [("    line: sudzha-road\n    level: 0.3 .. 0.8\n", "")],
        [
            (
                "id: drone-unit-on-the-road",
                "events.drone-unit-on-the-road.level",
                ("kind 'interdiction' needs", "0 none, 1 heavy"),
            ),
            (
                "id: drone-unit-on-the-road",
                "events.drone-unit-on-the-road.line",
                ("kind 'interdiction' needs", "supply line"),
            ),
        ],
    ),
    Case(
        "an event with what its kind cannot use",
        [
            (
                "    line: sudzha-road\n    level: 0.3 .. 0.8\n",
                "    line: sudzha-road\n    level: 1\n    rate: 5 soldiers/week\n",
            )
        ],
        [
            (
                "rate: 5 soldiers",
                "events.drone-unit-on-the-road.rate",
                ("no use for this key; remove it", "it uses line, level"),
            )
        ],
    ),
    Case(
        "a change of an unknown sector",
        [
            (
                "kind: posture, side: ukraine, sector: kursk",
                "kind: posture, side: ukraine, sector: krusk",
            )
        ],
        [
            (
                "sector: krusk",
                "branches.local-defence.changes.0.sector",
                ("'krusk' is not a sector", "'kursk'"),
            )
        ],
    ),
    Case(
        "a probability from nowhere",
        [(UNDER_WAY, "chance: {reason")],
        [
            (
                "chance: {reason",
                "branches.under-way.chance",
                ("the probability is missing", "'given'"),
            )
        ],
    ),
    Case(
        "a probability from two places",
        [(UNDER_WAY, "chance: {given: 1, stays: above, reason")],
        [("stays: above, reason", "branches.under-way.chance", ("two places", "keep one"))],
    ),
    Case(
        "half a probability",
        [(UNDER_WAY, "chance: {supporter: united-states, level: 0.5, reason")],
        [
            (
                "level: 0.5, reason",
                "branches.under-way.chance.stays",
                ("this key is missing", "'stays'"),
            )
        ],
    ),
    Case(
        "a probability from a supporter without will",
        [(UNDER_WAY, "chance: {supporter: europe, stays: above, level: 0.5, reason")],
        [
            (
                "supporter: europe, stays",
                "branches.under-way.chance.supporter",
                ("'europe' has no 'will'", "'given'"),
            )
        ],
    ),
    Case(
        "shares above 1",
        [
            (
                re.compile(r"(name: European states[^{]*\{kind: weapons, share: )\{[^}]*\}"),
                r"\g<1>0.9",
            )
        ],
        [
            (
                "share: 0.9",
                "supporters.europe.flows.weapons.share",
                ("of the weapons of 'ukraine'", "add up to 1"),
            )
        ],
    ),
    # sizes
    Case(
        "more held than contested",
        [("{value: 1160 km2", "{value: 116 km2")],
        [
            (
                "initial_area:",
                "sectors.kursk.initial_area",
                ("120 km2", "more than the contested area, 116 km2"),
            )
        ],
    ),
    # mechanisms and parameters
    Case(
        "what a driver acts through",
        [("effect: [contingents.assault,", "effect: [contingents.asault, events.nope,")],
        [
            (
                "effect: [contingents.asault",
                "drivers.contingent.effect.0",
                ("no mechanism has a parameter", "'contingents.assault'"),
            ),
            (
                "effect: [contingents.asault",
                "drivers.contingent.effect.1",
                ("'events.nope' is no event",),
            ),
        ],
    ),
    Case(
        "unknown slot",
        [("  attrition: fires\n", "  atrition: fires\n")],
        [("atrition:", "mechanisms.atrition", ("not a slot for a mechanism", "'attrition'"))],
    ),
    Case(
        "unknown mechanism",
        [("  attrition: fires\n", "  attrition: lanchester\n")],
        [
            (
                "attrition: lanchester",
                "mechanisms.attrition",
                (
                    "no mechanism 'lanchester'",
                    "did you mean 'lanchester-square'?",
                    "The choices are: fires",
                    "off",
                ),
            )
        ],
    ),
    Case(
        "parameters",
        [
            (
                "\nevents:\n",
                "\nparameters:\n  advance.pase: 1\n  advance.pace: 3 soldiers\n"
                "  attrition.rate[russia]: 1 .. 0.5 soldiers\n"
                "  attrition.rate[rusia]: 0.02 1/week\n  intelligence.own: 1.5\n  posture.weight[x]: 1\n"
                "  readiness.wear: -1 1/week\n  attrition.rate: 0.02\n  fortification.start[kursk]: 0.3\n\nevents:\n",
            )
        ],
        [
            (
                "advance.pase",
                "parameters.advance.pase",
                ("no mechanism has a parameter", "'advance.pace'"),
            ),
            (
                "advance.pace:",
                "parameters.advance.pace",
                ("soldiers was found where km/week is right", "its prior is"),
            ),
            (
                "attrition.rate[russia]",
                "parameters.attrition.rate[russia]",
                ("put the smaller first",),
            ),
            (
                "attrition.rate[rusia]",
                "parameters.attrition.rate[rusia]",
                ("'rusia' in the brackets is not a side", "'russia'"),
            ),
            ("intelligence.own", "parameters.intelligence.own", ("'1.5' is not between 0 and 1",)),
            (
                "posture.weight[x]",
                "parameters.posture.weight[x]",
                ("has one value", "write 'posture.weight'"),
            ),
            (
                "readiness.wear: -1 1/week",
                "parameters.readiness.wear",
                ("'-1 1/week' is not above 0",),
            ),
            (
                "attrition.rate: 0.02",
                "parameters.attrition.rate",
                ("the unit is missing; write '0.02 1/week'",),
            ),
            (
                "fortification.start[kursk]",
                "parameters.fortification.start[kursk]",
                ("side and sector", "[ukraine,kursk]"),
            ),
        ],
    ),
    # files
    Case(
        "claims outside the folder",
        [("claims: claims.yaml", "claims: ../../x")],
        [("claims:", "claims", ("leads out of the scenario's folder",))],
    ),
    Case(
        "claims that are not there",
        [("claims: claims.yaml", "claims: no-claims.yaml")],
        [("claims:", "claims", ("claims.yaml: there is no such file",))],
    ),
]


def line_of(text: str, piece: str) -> int:
    """The line of the first (or, after `last:`, the last) place of a piece of text."""
    last = piece.startswith("last:")
    at = text.rindex(piece.removeprefix("last:")) if last else text.index(piece)
    return text.count("\n", 0, at + len(piece.lstrip("\n")) - len(piece.strip("\n"))) + 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_named_with_its_line_and_key_and_what_is_right(case, write, problems):
    path = write(*case.edits)
    text = path.read_text(encoding="utf-8")
    found = {problem.key: problem for problem in problems(path)}
    assert sorted(found) == sorted(key for _, key, _ in case.said), "\n".join(
        map(str, found.values())
    )
    for piece, key, words in case.said:
        problem = found[key]
        for word in words:
            assert word in str(problem)
        assert (problem.file, problem.line) == (str(path), line_of(text, piece)), str(problem)
        assert str(problem).startswith(f"{path}:{problem.line}: {key}: ")


def test_no_problem_is_named_twice(write, problems):
    for case in CASES:
        keys = [(problem.key, problem.message) for problem in problems(write(*case.edits))]
        assert len(keys) == len(set(keys))


def test_all_mistakes_are_shown_at_once_in_the_order_of_the_file(write, problems):
    path = write(
        ("    terrain: rolling", "    terain: rolling"),
        ("{value: 1160 km2", "{value: 1160 soldiers"),
        ("start: 2024-08-05", "start: 2025-08-05"),
        ("    supports: russia\n", "    supports: belarus\n"),
        ("    holder: ukraine\n", ""),
        (PAUSE, PAUSE.replace("united-states", "united-state")),
    )
    found = problems(path)
    assert {problem.key for problem in found} >= {
        "period.end",
        "sectors.kursk.terain",
        "sectors.kursk.contested_area.value",
        "sectors.kursk.holder",
        "supporters.north-korea.supports",
        "events.us-weapons-paused.supporter",
    }
    lines = [problem.line for problem in found]
    assert lines == sorted(lines)


def test_every_kind_of_error_of_the_schema_has_words():
    """Walks the compiled schema: each kind of node can fail in ways that are known here, and each has its words."""
    from salient.scenario.schema import Scenario
    from salient.scenario.words import _SAY

    fails = {
        "model": {"model_type"},
        "model-fields": {"missing", "extra_forbidden", "model_attributes_type"},
        "str": {
            "string_type",
            "string_pattern_mismatch",
            "string_too_short",
            "string_too_long",
            "string_unicode",
        },
        "dict": {"dict_type", "too_short", "too_long"},
        "list": {"list_type", "too_short", "too_long"},
        "literal": {"literal_error"},
        "bool": {"bool_type", "bool_parsing"},
        "function-plain": {"quantity"},
        "function-before": {"day"},
        "date": set(),  # what `_day` lets through is a date
        "nullable": set(),
        "default": set(),
        "model-field": set(),
        "definitions": set(),
        "definition-ref": set(),
    }
    Scenario.model_rebuild()

    def kinds(node):
        if isinstance(node, dict):
            if isinstance(node.get("type"), str) and node["type"] != "no-info":
                yield node["type"]
            for key, value in node.items():
                if key not in ("metadata", "default", "serialization"):
                    yield from kinds(value)
        elif isinstance(node, list):
            for value in node:
                yield from kinds(value)

    seen = set(kinds(Scenario.__pydantic_core_schema__))
    assert seen <= set(fails)
    assert set().union(*(fails[kind] for kind in seen)) <= set(_SAY)
