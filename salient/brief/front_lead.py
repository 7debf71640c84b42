"""The top of a brief of a front: headline, deck, warning and the three takeaways, worded from the numbers."""

from __future__ import annotations

from salient.brief import words
from salient.brief.content import Estimate, Takeaway
from salient.brief.front_view import (
    FrontView,
    chance,
    change,
    km2,
    named,
    people,
    share,
)
from salient.forecasting.record import VARIANTS
from salient.questions.front import HORIZON

LEAST_COVER, LEAST_ORIGINS = 0.8, 20
"""A record of so many origins whose 90 % intervals held less than this is a warning."""


def headline(view: FrontView) -> tuple[str, Estimate]:
    """Whether the occupied area grows, how likely that is, and by how much."""
    total = view.f.total
    size, grows = change(total.ahead[HORIZON]), chance(total.p_grows)
    if 0.45 <= total.p_grows <= 0.55:
        way = f"has a {grows.text} of growing"
    elif total.p_grows > 0.5:
        way = f"is {grows.text} to grow"
    else:
        way = f"is {chance(1.0 - total.p_grows).text} to shrink"
    return f"The {view.ground} on the front {way} by {view.end}: net change {size.text}", size


def deck(view: FrontView) -> str:
    """What the numbers are, with the losses beside the ground."""
    f = view.f
    lost = words.listed(
        [f"{people(s.recent, f.draws)} {view.adjective(s.key)}" for s in view.sides]
    )
    n = words.count(len(f.sectors), "sector")
    return (
        f"A statistical forecast from weekly maps of {n}, {words.count(HORIZON, 'week')} ahead, with the record of "
        f"such forecasts. In the last {words.count(HORIZON, 'week')} the net change was {km2(f.total.past[HORIZON])}, "
        f"and an estimated {lost} soldiers were killed or wounded a week. These are model results, not a prediction of "
        "events."
    )


def warning(view: FrontView) -> str | None:
    """What speaks against relying on the numbers, or None."""
    line = view.line("sectors")
    if line is None:
        return (
            "No forecast of this kind had come true by the as-of date, so nothing shows yet how good they are. "
            "Do not rely on the intervals below."
        )
    if line.origins >= LEAST_ORIGINS and line.cover90 < LEAST_COVER:
        return (
            f"Past {words.P90} intervals {words.count(line.horizon, 'week')} ahead held only "
            f"{words.percent(line.cover90)} of what followed: the intervals below are too narrow."
        )
    return None


def takeaways(view: FrontView) -> list[Takeaway]:
    """Exactly three: the sum, the sector to watch, and what such forecasts have been worth."""
    return [_total(view), _sector(view), _record(view)]


def _total(view: FrontView) -> Takeaway:
    f = view.f
    size = change(f.total.ahead[HORIZON])
    before = (
        ""
        if f.year_before is None
        else f" and {km2(f.year_before)} in the same weeks a year before"
    )
    return Takeaway(
        claim=f"From {words.day(f.as_of)} to {view.end} the sum of all sectors changes by {size.text}.",
        number=size.text,
        label=f"net change of the {view.ground} in {words.count(HORIZON, 'week')}, {words.P90} interval",
        comparison=f"It was {km2(f.total.past[HORIZON])} in the last {words.count(HORIZON, 'week')}{before}. "
        f"More than in the last {words.number(HORIZON)}: {chance(f.p_faster).text}.",
        figure="outlook",
        figure_text="the outlook",
    )


def _sector(view: FrontView) -> Takeaway:
    first, *others = view.likeliest
    p = share(first.p_most or 0.0)
    rest = [f"{named(s)} ({share(s.p_most or 0.0).number})" for s in others[:2]]
    past = max(view.f.sectors, key=lambda s: abs(s.past[HORIZON]))
    return Takeaway(
        claim=f"{named(first)} is the sector most likely to change most: {change(first.ahead[HORIZON]).text}.",
        number=f"{p.number} {named(first)}",
        label=f"chance that no other sector changes more by {view.end}",
        comparison=f"Next come {words.listed(rest)}. In the last {words.count(HORIZON, 'week')} {named(past)} "
        f"changed most, by {km2(past.past[HORIZON])}.",
        figure="sectors",
        figure_text="the sectors",
    )


def _record(view: FrontView) -> Takeaway:
    line, total = view.line("sectors"), view.line("total")
    if line is None or total is None:
        return Takeaway(
            claim="No forecast of this kind had come true by the as-of date.",
            number="none yet",
            label="past forecasts whose outcome is known",
            comparison="So there is nothing yet to compare them with.",
            figure="method",
            figure_text="how we know",
        )
    ahead = words.count(line.horizon, "week")
    return Takeaway(
        claim=f"Of past forecasts {ahead} ahead, the {words.P90} intervals held {words.percent(line.cover90)} of what "
        f"followed in the sectors, over {words.count(line.origins, 'weekly forecast')}.",
        number=f"{words.percent(line.cover90)} inside",
        label=f"outcomes by sector inside {words.P90} intervals, {ahead} ahead",
        comparison=f"Their error was {ratio(line.ratio, line.ratio_low, line.ratio_high)} of that of the simple rule "
        f"fixed beforehand, for the sum of the front {words.number(total.ratio, 2)}; under 1 is better. About "
        f"{words.number(VARIANTS)} variants were looked at on these weeks, so the ratios flatter.",
        figure="record" if view.f.record.past else "method",
        figure_text="past forecasts",
    )


def ratio(value: float, low: float | None, high: float | None) -> str:
    """A ratio of errors, with its interval where there is one."""
    text = words.number(value, 2)
    if low is None or high is None:
        return text
    return f"{text} ({words.between(words.number(low, 2), words.number(high, 2))})"
