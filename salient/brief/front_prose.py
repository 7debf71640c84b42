"""The sections of a brief of a front in words. Each sentence is made from numbers; nothing is known beforehand."""

from __future__ import annotations

import datetime as dt

from salient.brief import words
from salient.brief.content import Section, Sections
from salient.brief.front_lead import ratio
from salient.brief.front_view import (
    FUTURES,
    MAPPER,
    FrontView,
    bare,
    chance,
    change,
    km2,
    named,
    people,
    share,
)
from salient.forecasting.record import VARIANTS, Line
from salient.inference import losses as model
from salient.questions.findings import Interval
from salient.questions.front import CLAIMS_AHEAD, HORIZON, WEEKS_AHEAD, Change

STILL_KM2 = 1.0
"""A sector whose area moved by less over four weeks is said not to have moved."""
GOAL50, GOAL90 = (0.43, 0.57), (0.85, 0.95)
"""Shares of outcomes inside the 50 and 90 % intervals that were asked for beforehand."""

LIMITS = (
    "It says how much ground may change hands in a sector, not where in it, and not why. It knows no units, commanders "
    "or plans.",
    "It takes the coming weeks to be like past weeks of sectors that were as active. A cease-fire, a collapse, a new "
    "offensive that is prepared but not begun, or a change of support is in it only as far as such things have moved "
    "the maps before.",
    "It rests on one mapper, run from Ukraine, who shows only change that was confirmed. Change appears late and in "
    "batches, and ground of unknown status is not counted.",
    "The sectors were drawn by this project with the whole period in view. They are not those of either army.",
    "Sectors without change for a while are forecast from few examples; a surprise there is the likeliest large error.",
    "Losses of soldiers are estimates from sources that depend on each other. Missing and captured soldiers and "
    "civilians are not in them.",
)


def sections(view: FrontView) -> Sections:
    """All sections of the page."""
    return Sections(
        standing=_standing(view),
        next=_next(view),
        drivers=_drivers(view),
        people=_people(view),
        method=_method(view),
        limits=Section(
            id="limits", title="What it leaves out", paragraphs=[*LIMITS, *_notes(view)]
        ),
    )


def _notes(view: FrontView) -> list[str]:
    f = view.f
    own = "Data of the user's own folder took the place of those shipped." if f.own_data else ""
    return [n for n in (*f.front.notes, own) if n]


def _pace(value: float, weeks: int) -> str:
    return f"{words.with_unit(words.rough(value / weeks), 'km2')} a week"


def _standing(view: FrontView) -> Section:
    f = view.f
    past = f.total.past
    spans = [f"{km2(v)} in {words.count(n, 'week')}" for n, v in past.items()]
    by_change = sorted(f.sectors, key=lambda s: -abs(s.past[HORIZON]))
    top = [f"{named(s)} ({km2(s.past[HORIZON])})" for s in by_change[:3]]
    still = [s for s in f.sectors if abs(s.past[4]) < STILL_KM2]
    less = [s for s in f.sectors if s.past[HORIZON] <= -STILL_KM2]
    return Section(
        id="standing",
        title="Where the front stands",
        paragraphs=[
            f"On the map of {words.day(f.front.last_map)} the net change of the {view.ground} was "
            f"{words.listed(spans)}, all {words.count(len(f.sectors), 'sector')} together. {_tempo(view)}",
            f"In the last {words.count(HORIZON, 'week')} most changed in {words.listed(top)}. "
            + _few(still, "moved by less than 1 km² in the last four weeks", "sector")
            + " "
            + _few(less, f"shrank in the last {words.number(HORIZON)}", "sector"),
            f"A net change is ground gained less ground lost. These are changes on the maps of {MAPPER}: they show "
            "what its editors had confirmed, so a week without change may be a week without a new map of that place.",
        ],
        pull=f"{_pace(past[4], 4)} in the last four weeks, {_pace(past[HORIZON], HORIZON)} in the last thirteen",
    )


def _few(found: list[Change], what: str, one: str) -> str:
    """How many sectors something holds for, with their names where they are few."""
    if not found:
        return f"No {one} {what}."
    names = f" ({words.listed([named(s) for s in found])})" if len(found) <= 4 else ""
    return f"{_count(len(found))} {one if len(found) == 1 else one + 's'} {what}{names}."


def _count(n: int) -> str:
    """A number at the start of a sentence."""
    small = (
        "No",
        "One",
        "Two",
        "Three",
        "Four",
        "Five",
        "Six",
        "Seven",
        "Eight",
        "Nine",
        "Ten",
        "Eleven",
        "Twelve",
    )
    return small[n] if n < len(small) else words.number(n)


def _tempo(view: FrontView) -> str:
    """Whether the last weeks were faster than the year."""
    past = view.f.total.past
    if 52 not in past:
        return ""
    now, year = past[4] / 4, past[52] / 52
    way = "slower" if now < year else "faster"
    return f"The last four weeks were {way} than the year, {_pace(past[4], 4)} against {_pace(past[52], 52)}."


def _next(view: FrontView) -> Section:
    f = view.f
    steps = [f"{change(f.total.ahead[h]).text} in {words.count(h, 'week')}" for h in WEEKS_AHEAD]
    busy = [f"{named(s)} {bare(s.ahead[HORIZON])}" for s in view.ranked[:3]]
    likely = sum(s.p_grows > 0.8 for s in f.sectors)
    ends = [sum(getattr(s.ahead[HORIZON], e) for s in f.sectors) for e in ("low", "high")]
    wide = Interval(0.0, ends[0], ends[1], unit="km2")
    return Section(
        id="next",
        title="Thirteen weeks ahead",
        paragraphs=[
            f"For the sum of all sectors the forecast is {words.listed(steps)}, with {words.P90} intervals. That the "
            f"{view.ground} is larger on {view.end} than now is {chance(f.total.p_grows).text}; that it grows by more "
            f"than in the last {words.count(HORIZON, 'week')} is {chance(f.p_faster).text}.",
            f"By sector the largest medians are {words.listed(busy)}, in km². In "
            f"{words.count(likely, 'sector')} of {words.number(len(f.sectors))} growth is very likely or more. That "
            f"{named(view.likeliest[0])} changes most is {share(view.likeliest[0].p_most or 0.0).text}.",
            "The sum is a forecast of its own. Its interval is narrower than those of the sectors laid end to end "
            f"({words.range_text(wide, 4000, sign=True)}), because not all of them move far at once, and its median "
            "is not the sum of theirs, because what each sector may do is lopsided.",
        ],
    )


def _drivers(view: FrontView) -> Section:
    f = view.f
    gross = sum(abs(s.past[HORIZON]) for s in f.sectors) or 1.0
    top = sorted(f.sectors, key=lambda s: -abs(s.past[HORIZON]))[:3]
    part = sum(abs(s.past[HORIZON]) for s in top) / gross
    return Section(
        id="drivers",
        title="What drives it, and what this cannot say",
        paragraphs=[
            "This forecast is statistical. What moves it is how active each sector has lately been on the maps, how "
            "active all of them are together, and what followed when past sectors were as active. Strengths, "
            "supplies, weather, plans and outside support do not enter, so it cannot say why ground changes hands or "
            "what would change it.",
            f"What it does see: {words.percent(part)} of all change by sector in the last "
            f"{words.count(HORIZON, 'week')} was in three sectors, {words.listed([named(s) for s in top])}.",
            "The scenario also holds a mechanistic model of this front, with strengths, production and deliveries. "
            "It can be calibrated to these maps and asked what would have been otherwise, and no number of this page "
            "comes from it. Where that was measured, on ukraine-front from past weeks, it forecast worse than the maps "
            "alone, and what it says of causes is set by its assumptions.",
            "What outside support does to the pace of the front does not enter either. The documentation sets the "
            "switches since 2022 against the maps, with sectors as each other's controls. Nothing on this page speaks "
            "for or against an effect.",
        ],
    )


def _people(view: FrontView) -> Section:
    f, lost = view.f, view.f.losses
    weekly = [f"{people(s.recent, f.draws)} {view.adjective(s.key)}" for s in view.sides]
    totals = [
        f"{people(s.total, f.draws)} {view.adjective(s.key)}, of them {people(s.killed, f.draws)} killed"
        for s in view.sides
    ]
    first = (
        f"An estimated {words.listed(weekly)} soldiers were killed or wounded a week in the last "
        f"{words.count(HORIZON, 'week')}, on the whole front. Since February 2022 the estimate is "
        f"{words.listed(totals)}. Ranges are {words.P90} intervals, and they are wide because nobody has counted."
    )
    return Section(
        id="people",
        title="What it costs people",
        paragraphs=[first, *_claims(view), _bias(view), _depends(lost.left_out, lost.copies)],
    )


def _claims(view: FrontView) -> list[str]:
    lost = view.f.losses
    if lost.claimed_recent is None or lost.factor is None or not lost.claimed_days:
        return ["No claim of weekly losses was known for the last weeks."]
    about, other = (
        view.adjective(lost.claimed_side),
        next(s for s in lost.sides if s.key != lost.claimed_side),
    )
    factor = ratio(lost.factor.median, lost.factor.low, lost.factor.high)
    return [
        f"The {lost.claimed_by} claims {about} losses every day: {words.number(lost.claimed[-1])} “eliminated” in the "
        f"week to {words.day(lost.claimed_days[-1])}, and {words.number(lost.claimed_recent)} a week on average over "
        f"the last {words.count(HORIZON, 'week')}. Measured by what outsiders say, its claims of these weeks are "
        f"{factor} times the estimate. Neither side publishes its own losses, and no weekly claim about "
        f"{view.adjective(other.key)} losses is in the data; their estimate rests on a few totals, so it moves slowly "
        "and its range is wider.",
        *_claims_ahead(view),
    ]


def _claims_ahead(view: FrontView) -> list[str]:
    """What will be claimed, and what such forecasts have been worth."""
    lost, f = view.f.losses, view.f
    if lost.claims_ahead is None:
        return []
    end = words.day(lost.claimed_days[-1] + dt.timedelta(weeks=CLAIMS_AHEAD))
    said = (
        f"In the {words.count(CLAIMS_AHEAD, 'week')} to {end} the {lost.claimed_by} is expected to claim "
        f"{people(lost.claims_ahead, FUTURES)} more. That is a forecast of what will be said, from the claims alone."
    )
    line = next((c for c in f.record.claims if c.horizon == CLAIMS_AHEAD), None)
    if line is None:
        return [said + " None so far ahead had come true by the as-of date."]
    return [
        f"{said} Past {words.P90} intervals so far ahead held {words.percent(line.inside90)} of what was then claimed "
        f"({words.count(line.origins, 'origin')}, of which about {words.number(line.apart)} do not overlap), with an "
        f"error of {words.number(line.ratio, 2)} of that of the rule that the last four weeks go on."
    ]


def _bias(view: FrontView) -> str:
    lost = view.f.losses
    both = ratio(lost.ratio.median, lost.ratio.low, lost.ratio.high)
    other = next(s for s in lost.sides if s.key != lost.claimed_side)
    return (
        "Each speaker has an unknown factor between what is said and what is so, with a stated prior: 0.7 to 1.5 for "
        "what one side says of the other, 0.1 to 0.6 for what a side admits, 0.4 to 1.0 for counts of named dead, and "
        "0.7 to 1.4 for outsiders, who also share a factor because they read each other. Such sources settle only the "
        "ratios of their factors: the level rests on outsiders being right together within a third. "
        f"Over the whole war the ratio of {view.adjective(lost.claimed_side)} to {view.adjective(other.key)} losses "
        f"comes out at {both}."
    )


def _depends(left_out: int, copies: int) -> str:
    return (
        f"Not used are {words.count(left_out, 'figure')} that give only a lower or an upper bound. "
        f"Another {words.number(copies)}, which repeat the Ukrainian claims as the British monthly ones do, "
        "are not counted as a second opinion. Speakers mean different things by a casualty; a lightly wounded "
        "soldier is in some figures and not in others."
    )


def _method(view: FrontView) -> Section:
    f = view.f
    return Section(
        id="method",
        title="How we know",
        paragraphs=[
            f"The forecast of a sector is the average, quantile by quantile, of two unlike models of {MAPPER}'s weekly "
            f"maps ({words.count(len(f.front.dates), 'week')} to {words.day(f.front.last_map)}). One takes what "
            "followed in all past weeks and sectors of similar activity. The other is a state space: each sector's "
            "tempo moves slowly, all share a part of it, and ground is taken in jumps. The sum comes from the second, "
            "pulled towards the sum's own past changes, by a quarter at four weeks and by half at eight. "
            f"Only what was known on {words.day(f.as_of)} was used; seed {f.seed}.",
            *_scores(view),
            f"Losses: a log-normal model of the rates of both sides by {model.BLOCK_WEEKS} weeks with a bias for each "
            f"speaker, {words.number(f.draws)} draws, normal in the logarithms. It has not been scored, since the "
            "truth is not known.",
        ],
    )


def _scores(view: FrontView) -> list[str]:
    record = view.f.record
    if not record.lines:
        return [
            "No forecast of this kind had come true by the as-of date. The record begins with origins in March 2025."
        ]
    first, last = min(p.origin for p in record.past), max(p.end for p in record.past)
    failed = (
        "None failed to give a forecast."
        if record.failed == 0
        else f"{words.count(record.failed, 'origin')} gave no forecast and count in no row."
    )
    return [
        f"The record: such forecasts were made again from every Monday since {words.day(first)}, each with the maps "
        f"known then, and compared with what followed up to {words.day(last)}. {failed} The score is the weighted "
        "interval score, in km²; less is better. It is set against a simple rule that was fixed beforehand for each "
        "horizon, and against whichever of sixteen rules turned out best. The record was made from the maps that "
        "ship.",
        _verdict(view),
        f"About {words.number(VARIANTS)} variants of the models were looked at on these same weeks before this one was "
        "kept, so the ratios flatter, by how much was not measured. Origins a week apart overlap: thirteen weeks ahead "
        "there are three or four independent windows in a year.",
    ]


def _verdict(view: FrontView) -> str:
    """What went well and what did not, goals included."""
    lines = [one for one in view.f.record.lines if one.forecaster == "published"]
    worse = [one for one in lines if one.ratio >= 1.0]
    sectors = [one for one in lines if one.part == "sectors"]
    wrong = [one for one in sectors if not _covers(one)]
    good = [
        f"{words.number(one.ratio, 2)} at {words.count(one.horizon, 'week')}" for one in sectors
    ]
    said = [f"In the sectors the error was {words.listed(good)} of that of the rule."]
    if worse:
        said.append(
            f"It was no better than the rule for {words.listed([_where(one) for one in worse])}."
        )
    if wrong:
        missed = [
            f"{_ahead(one)} ({words.percent(one.cover50)} and {words.percent(one.cover90)} inside)"
            for one in wrong
        ]
        said.append(
            f"The {words.P50} and {words.P90} intervals missed what had been asked of them "
            f"(43{words.DASH}57 and 85{words.DASH}95{words.THIN}%) at {words.listed(missed)}."
        )
    else:
        said.append("The intervals held as much as had been asked of them at every horizon.")
    return " ".join(said)


def _covers(one: Line) -> bool:
    return GOAL50[0] <= one.cover50 <= GOAL50[1] and GOAL90[0] <= one.cover90 <= GOAL90[1]


def _ahead(one: Line) -> str:
    return words.count(one.horizon, "week")


def _where(one: Line) -> str:
    """A line of the record by part and horizon."""
    part = "the sectors" if one.part == "sectors" else "the sum"
    return f"{part} at {_ahead(one)}"
