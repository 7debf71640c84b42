"""The top of a brief: headline, deck, warning and the three takeaways, each chosen and worded from the numbers."""

from __future__ import annotations

import numpy as np

from salient.brief import words
from salient.brief.charts import recount
from salient.brief.content import Probability, Takeaway
from salient.brief.view import NEAR, Pair, View

LIKELY = 0.55
SHRINKS: tuple[tuple[float, str, str], ...] = (
    (0.10, "shrink to less than a tenth of what is held now", "shrinking to less than a tenth"),
    (0.25, "shrink to less than a quarter of what is held now", "shrinking to less than a quarter"),
    (0.50, "shrink by more than half", "shrinking by more than half"),
    (0.75, "shrink by more than a quarter", "shrinking by more than a quarter"),
    (1 - NEAR, "shrink", "shrinking"),
)
GROWS: tuple[tuple[float, str, str], ...] = (
    (1.50, "grow by more than half", "growing by more than half"),
    (1.25, "grow by more than a quarter", "growing by more than a quarter"),
    (1 + NEAR, "grow", "growing"),
)


def headline(view: View) -> tuple[str, Probability]:
    """The strongest statement about the held area that is at least likely, and its chance."""
    verb, verbing, found = _finding(view)
    held, by = view.sector.held, words.day(view.end)
    if found.word.endswith("chance"):
        article = "almost no" if found.word.startswith("almost") else "a roughly even"
        text = f"{held} has {article} chance ({found.number}) of {verbing} by {by}"
    else:
        text = f"{held} is {found.text} to {verb} by {by}"
    return (text if view.f.diagnostics.ok else f"Unreliable fit: {text}"), found


def _finding(view: View) -> tuple[str, str, Probability]:
    """What the held area does, as a verb and as a noun, and how likely that is."""
    ends = view.base.end_draws / max(view.f.assessed_now.km2.median, 1e-9)
    said = [
        *[(verb, ing, view.share(ends < bound)) for bound, verb, ing in SHRINKS],
        *[(verb, ing, view.share(ends > bound)) for bound, verb, ing in GROWS],
        ("stay much as it is", "staying much as it is", view.share(np.abs(ends - 1) <= NEAR)),
    ]
    likely = [s for s in said if s[2].p > LIKELY]
    if likely:
        return likely[0]
    return max((said[len(SHRINKS) - 1], said[-2], said[-1]), key=lambda s: s[2].p)


def deck(view: View) -> str:
    """What the numbers are, in one breath."""
    f = view.f
    return (
        f"With data up to {words.day(f.as_of)} the model has {view.text(view.base.end)} held on "
        f"{words.day(view.end)} if what was under way goes on, against {view.text(f.assessed_now.km2)} now. "
        f"Ranges hold {words.P90} of {words.number(f.draws)} simulated outcomes. "
        "These are model results, not a prediction of events."
    )


def warning(view: View) -> str | None:
    """What is wrong with the fit, or None."""
    d = view.f.diagnostics
    if d.ok:
        return None
    failed = [c.name for c in d.rows if not c.ok]
    said = " ".join(words.sentence(s) for s in d.sentences)
    which = (
        f"failed {words.number(len(failed))} of its {words.count(len(d.rows), 'check')} ({words.listed(failed)})"
        if failed
        else "is not to be trusted"
    )
    return f"This fit {which}: do not rely on the numbers below. {said}".strip()


def takeaways(view: View) -> list[Takeaway]:
    """Exactly three: the outlook, what support changes, and what it costs people."""
    return [_outlook(view), _support(view), _people(view)]


def _outlook(view: View) -> Takeaway:
    base, now = view.base, view.f.assessed_now.km2
    less = view.share(base.end_draws < now.median)
    return Takeaway(
        claim=f"If what was under way goes on, {view.text(base.end)} would be held on {words.day(view.end)}, "
        f"against {view.middle(now)} now.",
        number=view.text(base.end),
        label=f"held on {words.day(view.end)}, {words.P90} interval",
        comparison=f"Less than now: {less.text}. A week of breakthrough by {view.presser.adjective} forces "
        f"in the {words.count(view.horizon, 'week')} to come: {view.chance(base.p_collapse).text}.",
        figure="outlook",
        figure_text="the outlook",
    )


def _support(view: View) -> Takeaway:
    pair = view.pair
    if pair is None:
        return _learnt(view)
    d = pair.difference
    more = view.chance(d.p_more_ground)
    contraction = view.verdict(pair.first, pair.second)
    said = "" if contraction is None else f" The size of the difference is {worth(contraction)}."
    return Takeaway(
        claim=apart(view, pair),
        number=view.text(d.km2, sign=True),
        label=f"difference of the two, {words.P90} interval",
        comparison=f"Chance that it is more: {more.text}.{said}",
        figure="branches",
        figure_text="the branches",
    )


def apart(view: View, pair: Pair) -> str:
    """What lies between two branches, as a sentence."""
    change = pair.difference.km2
    start = f"If “{pair.first.title}” came about and not “{pair.second.title}”, "
    if change.low < 0 < change.high or change.median == 0:
        return f"{start}the held area on {words.day(view.end)} would differ by {view.text(change, sign=True)}."
    way = "less" if change.median < 0 else "more"
    return f"{start}{view.text(view.size(change))} {way} would be held on {words.day(view.end)}."


def worth(contraction: float) -> str:
    """How much of an effect the data settled, with the number behind the words."""
    verdict = words.share_settled(contraction)
    if contraction < 0.005:
        return f"{verdict}: the data narrowed none of the numbers behind it"
    return f"{verdict}: the data narrowed the numbers behind it by {words.percent(contraction)} at most"


def _learnt(view: View) -> Takeaway:
    """Where there is but one branch: how much the data settled."""
    rows = view.f.parameters
    assumed = sum(words.settled(p.contraction) == "assumed" for p in rows)
    best = max(rows, key=lambda p: p.contraction)
    return Takeaway(
        claim=f"Of {words.count(len(rows), 'number')} in the model, {words.number(assumed)} are set by assumption.",
        number=f"{words.number(assumed)} of {words.number(len(rows))}",
        label="numbers set by assumption",
        comparison=f"What the data narrowed most is {view.labels[best.name]}, "
        f"by {words.contraction_text(best.contraction)}.",
        figure="settled",
        figure_text="what the data settled",
    )


def _people(view: View) -> Takeaway:
    if not view.counts_losses:
        return Takeaway(
            claim="The model of this run does not count losses of people.",
            number="not counted",
            label="soldiers killed or wounded",
            comparison="What others have said of them stands beside the figures of ground.",
            figure="people",
            figure_text="what it costs people",
        )
    base = view.base
    said = [f"{view.text(recount(base.losses[s].casualties))} {view.troops(s)}" for s in view.sides]
    return Takeaway(
        claim=f"If what was under way goes on, {words.listed(said)} soldiers would be killed or wounded by "
        f"{words.day(view.end)}, in the model.",
        number=", ".join(
            f"{view.range(recount(base.losses[s].casualties))} {view.troops(s)}" for s in view.sides
        ),
        label=f"soldiers killed or wounded by {words.day(view.end)}, {words.P90} intervals",
        comparison=_across(view),
        figure="losses",
        figure_text="losses in each branch",
    )


def _across(view: View) -> str:
    """How the losses differ between branches."""
    if len(view.branches) < 2:
        killed = [
            f"{view.text(recount(view.base.losses[s].killed))} {view.troops(s)}" for s in view.sides
        ]
        return f"Of these {words.listed(killed)} soldiers would be killed."
    parts, apart = [], False
    for s in view.sides:
        found = sorted((b.losses[s].casualties for b in view.branches), key=lambda i: i.median)
        apart = apart or found[0].high < found[-1].low
        ends = [view.middle(recount(i)) for i in (found[0], found[-1])]
        parts.append(f"from {ends[0]} to {ends[1]} {view.troops(s)}")
    tail = "and some of the ranges do not overlap" if apart else "and all their ranges overlap"
    return f"Across the branches the medians run {words.listed(parts)}, {tail}."
