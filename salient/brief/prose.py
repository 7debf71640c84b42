"""The sections of a brief in words. Each sentence is made from numbers; nothing here is known beforehand."""

from __future__ import annotations

import datetime as dt

from salient.brief import words
from salient.brief.charts import recount
from salient.brief.content import Happening, Section, Table
from salient.brief.lead import apart, worth
from salient.brief.reference import LIMITS
from salient.brief.view import View
from salient.questions.findings import BranchOutlook, Findings, Interval, ParameterRow
from salient.scenario.schema import Event

HAPPENINGS, MOST_NAMED = 8, 4


def standing(view: View) -> Section:
    """Where things stand."""
    f = view.f
    now, peak = f.assessed_now.km2, f.assessed_now.peak
    share = words.percent(now.median / peak.median) if peak.median > 0 else "none"
    return Section(
        id="standing",
        title="Where things stand",
        paragraphs=[
            f"On {words.day(f.as_of)} the maps together put the {_lower(view.sector.held)} at {view.text(now)}. "
            f"{_latest(view)}",
            f"{_change(view, f.assessed_now.change_4, 4)}, {_change(view, f.assessed_now.change_13, 13, short=True)}. "
            f"What is held is {share} of the {view.text(peak)} held at the most, on "
            f"{words.day(f.assessed_now.peak_date)}.",
            f"{_pace(view)} {_regime(view)}",
            "What each side can bring to bear is not observed. The model infers it from the maps, from reports of "
            "reinforcement and loss, and from its assumptions; the table gives what it has for the as-of date.",
        ],
        pull=f"{share} of the greatest extent is still held",
    )


def _lower(text: str) -> str:
    """The text for use inside a sentence: it may open with 'The', but not lose the capital of a name."""
    return text[4:] if text.startswith("The ") else text


def _latest(view: View) -> str:
    """The last reading of each map."""
    parts = []
    for s in view.assessed:
        k = max(range(len(s.dates)), key=lambda i: s.dates[i])
        parts.append(
            f"{s.mapper} {words.amount(round(float(s.km2[k])), 'km2')} ({words.day(s.dates[k])})"
        )
    return f"Their last readings: {words.listed(parts)}." if parts else ""


def _change(view: View, change: Interval, weeks: int, short: bool = False) -> str:
    size = view.text(view.size(change))
    way = "less" if change.median < 0 else "more"
    than = f"{way} than {words.count(weeks, 'week')} before"
    return f"{size} {than}" if short else f"That is {size} {than}"


def _pace(view: View) -> str:
    now = view.f.now
    seen, fitted = view.size(now.pace_observed), view.size(now.pace_fitted)
    way = "shrank" if now.pace_observed.median < 0 else "grew"
    said = (
        f"Over the last {words.count(now.pace_weeks, 'week')} it {way} at a pace of {view.text(seen)}; "
        f"the fitted model has {view.text(fitted)}."
    )
    same_way = now.pace_observed.median * now.pace_fitted.median >= 0
    if same_way and seen.low <= fitted.high and fitted.low <= seen.high:
        return said
    return said + " The two do not agree within their error, so read the medians with care."


def _regime(view: View) -> str:
    p = view.chance(view.f.now.p_breakthrough)
    return (
        f"Chance that {view.presser.adjective} forces were in a breakthrough on the as-of date, not in "
        f"positional fighting: {p.text}."
    )


def sides_table(view: View) -> Table:
    """What each side has, as far as the model can tell."""
    rows = []
    for key in view.sides:
        s = view.f.now.sides[key]
        rows.append(
            [
                view.side(key).name,
                view.text(recount(s.strength)),
                _ratio(view, s.fires),
                _ratio(view, s.satiety),
            ]
        )
    return Table(
        caption=f"Model estimates for {words.day(view.f.as_of)}, with {words.P90} intervals",
        columns=[
            "side",
            "soldiers in the sector",
            "fires, 1 = normal",
            "supply, 1 = all that is needed",
        ],
        numeric=[False, True, True, True],
        rows=rows,
    )


def _ratio(view: View, i: Interval) -> str:
    low, median, high = (words.number(v, 2) for v in (i.low, i.median, i.high))
    return f"{median} ({words.between(low, high)})"


def known(event: Event) -> dt.date:
    """The day on which an event became public."""
    return event.reported or event.date


def happenings(view: View) -> list[Happening]:
    """The last events that were known on the as-of date, oldest first."""
    found = [e for e in view.f.scenario.events if known(e) <= view.f.as_of]
    found = sorted(found, key=lambda e: e.date)[-HAPPENINGS:]
    return [
        Happening(
            date=e.date,
            date_text=words.day(e.date),
            text=words.sentence(e.text),
            source=e.source,
            speaker=e.speaker,
        )
        for e in found
    ]


def outlook(view: View) -> Section:
    """What next."""
    branches = (
        f" in each of {words.number(len(view.branches))} branches, with the same random numbers, so that a difference "
        "between two branches is the work of what was changed"
        if len(view.branches) > 1
        else ". The scenario names no other way in which it may go on"
    )
    paragraphs = [
        f"The outlook runs {words.count(view.horizon, 'week')}, to {words.day(view.end)}. It starts from the "
        f"posterior draws of the fit; {words.number(view.f.draws)} of them are simulated{branches}.",
    ]
    pull = None
    if view.pair is not None:
        first, second = view.pair.first.title, view.pair.second.title
        paragraphs.append(
            f"{apart(view, view.pair)} Chance that it is more: "
            f"{view.chance(view.pair.difference.p_more_ground).text}.{_same(view.pair.difference.p_no_change)}"
        )
        settled = view.verdict(view.pair.first, view.pair.second)
        if settled is not None and words.settled(settled) == "assumed":
            pull = f"What lies between “{first}” and “{second}” is set by assumption, not by data"
    paragraphs += _judgements(view)
    return Section(id="next", title="What next", paragraphs=paragraphs, pull=pull)


def _same(p: float) -> str:
    if p < 0.05:
        return ""
    return f" In {words.percent(p)} of draws both end the same."


def _judgements(view: View) -> list[str]:
    """What the chances of the branches are worth."""
    simulated = [b.title for b in view.others if b.chance.basis == "simulated"]
    judged = [b.title for b in view.others if b.chance.basis == "judgement"]
    said = []
    if simulated:
        said.append(
            f"The chances of {words.listed([f'“{t}”' for t in simulated])} are shares of draws in which each "
            "supporter's will takes its own course; how long such states last is itself assumed."
        )
    if judged:
        said.append(
            f"{'That of' if len(judged) == 1 else 'Those of'} {words.listed([f'“{t}”' for t in judged])} "
            f"{'is a judgement' if len(judged) == 1 else 'are judgements'}, given as a range."
        )
    if not said:
        return []
    return [
        " ".join(
            [
                *said,
                "The chances need not add up to one: branches may overlap, and others are possible.",
            ]
        )
    ]


def drivers(view: View) -> Section:
    """What drives it, and what the data settled."""
    rows = sorted(view.f.parameters, key=lambda p: -p.contraction)
    kinds = {v: [p for p in rows if words.settled(p.contraction) == v] for v in words.VERDICTS}
    assumed = len(kinds["assumed"])
    paragraphs = [
        f"The model has {words.count(len(rows), 'uncertain number')}. "
        f"Of {_these(view, kinds['settled'], 'mostly settled')} {_these(view, kinds['partly'], 'partly settled')} "
        f"The other {words.number(assumed)} stand where the assumptions put them.",
        *driver_sentences(view),
    ]
    if pulled := [
        p for p in rows if abs(p.shift) >= 0.5 and words.settled(p.contraction) == "assumed"
    ]:
        paragraphs.append(
            "The data pull some numbers without narrowing them, in standard deviations of the prior: "
            + words.listed(
                [
                    f"{view.labels[p.name]} ({words.number(p.shift, 1, sign=True)})"
                    for p in pulled[:5]
                ]
            )
            + "."
        )
    return Section(
        id="drivers",
        title="What drives it, and what the data settled",
        paragraphs=paragraphs,
        pull=f"{words.number(assumed)} of {words.count(len(rows), 'number')} are set by assumption",
    )


def _these(view: View, rows: list[ParameterRow], verb: str) -> str:
    if not rows:
        return f"none the data {verb}." if verb.startswith("mostly") else f"None was {verb}."
    named = [
        f"{view.labels[p.name]} ({words.contraction_text(p.contraction)})"
        for p in rows[:MOST_NAMED]
    ]
    if len(rows) > len(named):
        named.append(f"{words.number(len(rows) - len(named))} more")
    if verb.startswith("mostly"):
        return f"these the data {verb} {words.number(len(rows))}: {words.listed(named)}."
    return f"They {verb} {words.number(len(rows))}: {words.listed(named)}."


def driver_sentences(view: View) -> list[str]:
    """What the branches act through, and whether the data settled it; one sentence for those that act alike."""
    alike: dict[tuple[str, ...], list[BranchOutlook]] = {}
    for branch in view.others:
        alike.setdefault(tuple(p.name for p in view.drivers(branch)), []).append(branch)
    said = []
    for branches in alike.values():
        rows = view.drivers(branches[0])
        if not rows:
            continue
        named = words.listed([f"“{b.title}”" for b in branches])
        acts, whose = ("acts", "its effect") if len(branches) == 1 else ("act", "their effects")
        said.append(
            f"{named} {acts} through {_through(view, rows)}. "
            f"The size of {whose} is {worth(rows[0].contraction)}."
        )
    return said


def _through(view: View, rows: list[ParameterRow]) -> str:
    """The names of parameters, or where there are many of them the parts of the model that they are of."""
    if len(rows) <= MOST_NAMED:
        return words.listed([view.labels[p.name] for p in rows])
    parts = list(dict.fromkeys(p.group for p in sorted(rows, key=lambda p: p.group)))
    return f"{words.count(len(rows), 'number')} of {words.listed(parts)}"


def people(view: View) -> Section:
    """What it costs people."""
    kinds = sorted({c.kind for c in view.f.human_cost})
    others = (
        f"The table holds what is said of it, with who says so ({words.listed(kinds)}). A claim by a party "
        "to the war about its enemy is a claim, and a verified minimum is a minimum."
        if kinds
        else "No figures by others were at hand."
    )
    return Section(id="people", title="What it costs people", paragraphs=[*_losses(view), others])


def _losses(view: View) -> list[str]:
    """What the model has for the losses of both sides."""
    if not view.counts_losses:
        return ["The model of this run does not count losses of people. That is a gap, not a zero."]
    base = view.base
    hurt, killed = (
        words.listed(
            [
                f"{view.text(recount(getattr(base.losses[s], what)))} {view.troops(s)}"
                for s in view.sides
            ]
        )
        for what in ("casualties", "killed")
    )
    return [
        f"If what was under way goes on to {words.day(view.end)}, the model has {hurt} soldiers "
        f"killed or wounded in the sector. Of these {killed} soldiers would be killed.",
        "These are estimates with wide ranges, and they stand here so that no figure of ground is read without "
        "them. The model does not count the missing, the captured or civilians.",
    ]


def method(view: View) -> Section:
    """How we know: the method box."""
    f = view.f
    maps = words.listed(
        [f"{s.mapper} ({words.count(len(s.dates), 'week')})" for s in view.assessed]
    )
    return Section(
        id="method",
        title="How we know",
        paragraphs=[
            f"The campaign is simulated by the week with {words.count(len(f.mechanisms), 'mechanism')}, from supply "
            "and training to losses and the movement of the line. Each is an equation with uncertain numbers. Every "
            "number has a prior from a named source or a stated assumption. The fit asks which values make the "
            f"weekly maps of {maps} likely, one week at a time, with an error for each map and a second regime "
            "for breakthroughs. "
            f"Method: {f.sampler}; {words.number(f.draws)} draws; seed {f.seed}. "
            f"Only what had been reported by {words.day(f.as_of)} was used.",
            _checks(view),
            *_base_rate(f),
            *_hindcasts(view),
            *_score(view),
        ],
    )


def _checks(view: View) -> str:
    d = view.f.diagnostics
    passed = sum(c.ok for c in d.rows)
    n = words.number(len(d.rows))
    if passed == len(d.rows) and d.ok:
        return f"The fit passed all {n} of its checks."
    said = " ".join(words.sentence(s) for s in d.sentences)
    return f"The fit passed {words.number(passed)} of its {n} checks. {said}".strip()


def _base_rate(f: Findings) -> list[str]:
    b = f.base_rate
    if b is None:
        return []
    low, median, high = (
        words.rough(v) for v in (b.per_1000.low, b.per_1000.median, b.per_1000.high)
    )
    return [
        f"Base rate: {words.number(b.events)} in {words.count(b.sector_weeks, 'sector-week')} up to "
        f"{words.day(b.as_of)}, or {median} ({words.between(low, high)}) in {words.number(1000)}: {b.what}."
    ]


def _hindcasts(view: View) -> list[str]:
    rows = view.f.hindcasts
    if not rows:
        return []
    n = words.number(len(rows))
    half, most = (
        words.number(sum(getattr(h, name) for h in rows)) for name in ("inside50", "inside90")
    )
    return [
        f"The observed area lies in the {words.P50} interval of {half} and in the {words.P90} interval of {most} of "
        f"{n} hindcasts. They are in-sample: the fit had seen the outcomes."
    ]


def _score(view: View) -> list[str]:
    s = view.f.score
    if s is None:
        return ["What followed is not known to this run, so the outlook is not scored yet."]
    if s.baselines:
        best = min(s.baselines, key=lambda k: s.baselines[k])
        than = "less (better) than" if s.crps < s.baselines[best] else "more (worse) than"
        beside = (
            f"{than} the {words.amount(s.baselines[best], 'km2')} of the best simple rule ({best})"
        )
    else:
        beside = "with too few weeks of maps before it for a simple rule to compare with"
    return [
        f"What followed is known, and the outlook is scored on it; the fit has not seen it. Over "
        f"{words.count(s.weeks, 'week')} its mean CRPS is {words.amount(s.crps, 'km2')}, {beside}. The {words.P50} "
        f"band held {words.percent(s.coverage50)} of the weeks, the {words.P90} band {words.percent(s.coverage90)}."
    ]


def limits(view: View) -> Section:
    """What it leaves out."""
    return Section(
        id="limits",
        title="What it leaves out",
        paragraphs=[*LIMITS, *[words.sentence(n) for n in view.f.notes]],
    )


def branch_note(view: View) -> str:
    """The line under the table of branches."""
    runs = words.number(view.f.draws)
    return (
        f"Differences are from “{view.base.title}”, draw by draw over {runs} draws a branch; bars are {words.P90} "
        "intervals with the median marked. Losses are soldiers killed or wounded over the outlook. The model does "
        "not say which branch anyone should choose."
    )


def basis_text(branch: BranchOutlook) -> str:
    """What kind of number a branch's chance is."""
    return {
        "simulated": "simulated",
        "judgement": "a judgement",
        "reference": "",
    }[branch.chance.basis]
