"""What a brief says of causes: the split of the lost ground, the claims, and what would change the answer."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from salient.brief import words
from salient.brief.axes import axis
from salient.brief.content import CausesFigure, ClaimRow, Section, ShareBar, Table
from salient.brief.view import View
from salient.questions.findings import Caused, ClaimFound, DriverShare, Measurable, Settling

PLACED = {
    "well placed": "well placed to know",
    "partly": "partly placed to know",
    "poorly": "poorly placed to know",
    "interested": "has an interest",
    "unknown": "how well placed is unknown",
}
Tone = Literal["for", "against", "open", "assumed", "untested"]
_STRONG = 0.95
"""The chance that a driver acted above which the interval of its share may leave out 0."""
_TONES: dict[str, Tone] = {
    "supported": "for",
    "leaning": "for",
    "cannot tell": "open",
    "leaning against": "against",
    "contradicted": "against",
    "set by assumption": "assumed",
    "cannot test": "untested",
}


_ISO = re.compile(r"\b(\d{4}-\d\d-\d\d)\b")
_MINUS = re.compile(r"(?<![\w\u202f-])-(?=\d)")


def plain(text: str) -> str:
    """A sentence of the questions as the page writes it: days in words, square kilometres and minus signs set."""
    said = _ISO.sub(lambda m: words.day(dt.date.fromisoformat(m.group(1))), text)
    return _MINUS.sub("\u2212", said).replace(" km2", "\u00a0km²")


def caused(view: View) -> Section | None:
    """What the lost ground is due to."""
    c = view.f.caused
    if c is None:
        return None
    return Section(
        id="caused",
        title="What the lost ground is due to",
        paragraphs=[
            f"From {words.day(c.begin)} to {words.day(c.finish)} {view.holder.adjective} forces lost "
            f"{words.amount(c.happened, 'km2')}. The model runs these weeks again without each driver and each set of "
            "drivers, on the same draws and with the same chance. With none of the "
            f"{words.count(len(c.shares), 'driver')} they would have lost {view.text(c.rest)}; all of them together "
            f"account for {view.text(c.total)}.",
            _worth(c),
            *_apart(c),
            *([plain(c.placebo)] if c.placebo else []),
        ],
        pull=_pull(c),
    )


def _pull(c: Caused) -> str | None:
    if any(not s.assumed for s in c.shares):
        return None
    return "Set by assumption: the data settled none of these shares."


def _worth(c: Caused) -> str:
    """What the shares may be quoted for."""
    known = [s.title for s in c.shares if not s.assumed]
    fixed = [s.title for s in c.shares if s.one_way]
    if known:
        said = (
            f"The data had a say in the share of {words.listed(known)}. All others are set by assumption: they are "
            "what the model was told, carried through it."
        )
    else:
        said = (
            "They are what the model was told, carried through it, and no finding: do not quote a share as what "
            "the model shows."
        )
    if fixed:
        said += (
            f" For “{'”, “'.join(fixed)}” the assumptions give the direction, so that there the sign is no finding "
            "either."
        )
    return f"{said} {_acted(c)}"


def _acted(c: Caused) -> str:
    """Whether the drivers did anything at all, a sentence or two."""
    chances = [s.acted for s in c.shares]
    strong = [s.title for s in c.shares if s.acted > _STRONG]
    said = (
        "A share takes it that its driver acted. The chance that it did anything at all, from even odds before the "
        f"data, is {words.percent(min(chances))} to {words.percent(max(chances))} by the maps, "
    )
    which = f"over 95\u202f% only for {_quoted(strong)}" if strong else "over 95\u202f% for none"
    rest = "all others" if strong else "all of them"
    return f"{said}{which}. The intervals count the chance that a driver did nothing, so {rest} hold 0."


def _apart(c: Caused) -> list[str]:
    """What cannot be told apart, a paragraph in all."""
    said = [
        f"The data cannot tell apart {_quoted(titles)}. {words.sentence(plain(reason))}"
        for titles, reason in c.together
    ]
    if c.tangled:
        pairs = words.listed([" with ".join(f"“{t}”" for t in pair) for pair in c.tangled])
        said.append(
            f"What one does depends on whether the other is there, so that no single figure holds: {pairs}."
        )
    return [" ".join(said)] if said else []


def _quoted(titles: Sequence[str]) -> str:
    return words.listed([f"“{t}”" for t in titles])


def causes_figure(view: View, number: int) -> CausesFigure | None:
    """The shares, the largest first."""
    c = view.f.caused
    if c is None:
        return None
    rows = [_bar(view, s) for s in c.shares]
    ends = [v for r in rows for v in (r.low, r.high, r.before_low, r.before_high)]
    assumed = sum(r.assumed for r in rows)
    which = "All" if assumed == len(rows) else words.number(assumed)
    window = f"{words.day(c.begin)} to {words.day(c.finish)}"
    return CausesFigure(
        id="causes",
        number=number,
        title=f"What the ground lost from {window} is due to, in the model. {which} of "
        f"{words.number(len(rows))} shares are set by assumption",
        caption=f"Each driver’s share over all orders in which the drivers may come in (Shapley value), km²: median "
        f"if it acted, and {words.P90} interval, which counts that it may have done nothing. Thin: before the data. "
        "Hollow: set by assumption. The shares of one draw sum to the total of that draw; medians do not.",
        alt="Bars of intervals, one a driver. "
        + "; ".join(f"{r.label}: {r.text}" for r in rows)
        + ".",
        credit="Runs: Salient.",
        table=Table(
            caption="Shares of the drivers, km²",
            columns=[
                "driver",
                "mean",
                "share",
                "before the data",
                "settled by data",
                "chance that it acted",
                "what it is worth",
            ],
            numeric=[False, True, True, True, True, True, False],
            rows=[_row(view, s) for s in c.shares],
        ),
        x=axis(ends, "km²", about=5, sign=True),
        rows=rows,
        before_text="before the data",
        assumed_text="set by assumption",
    )


def _bar(view: View, s: DriverShare) -> ShareBar:
    return ShareBar(
        label=s.title,
        low=s.share.low,
        median=s.share.median,
        high=s.share.high,
        before_low=s.prior.low,
        before_high=s.prior.high,
        text=view.text(s.share, sign=True),
        assumed=s.assumed,
        acted=s.acted,
    )


def _row(view: View, s: DriverShare) -> list[str]:
    return [
        s.title,
        words.number(s.mean, sign=True),
        view.text(s.share, sign=True),
        view.text(s.prior, sign=True),
        words.percent(max(s.contraction, 0.0)),
        words.percent(s.acted),
        words.sentence(plain(s.note)),
    ]


def claims(view: View) -> Section | None:
    """What the claims are worth."""
    c = view.f.claimed
    if c is None:
        return None
    counted = Counter(x.verdict for x in c.claims)
    named = {"cannot test": "that cannot be tested"}
    told = words.listed(
        [f"{words.number(n)} {named.get(word, word)}" for word, n in counted.most_common()]
    )
    return Section(
        id="claims",
        title="What the claims are worth",
        paragraphs=[
            f"{words.sentence(c.source)} Of {words.count(len(c.claims), 'claim')}: {told}. A statement of fact is held "
            "against a data set. A claim that something caused something is run as an experiment.",
            "The probability of a claim about a cause counts too that the cause may have done nothing at all, which "
            "has even odds before the data. “Set by assumption” stands, whatever the probability, where the data moved "
            "the odds of the claim less than threefold or, for what is yet to come, settled less than a fifth of what "
            "decides it. The probability then says what was assumed, and is not to be quoted. Who speaks, and how well "
            "placed, stands beside each claim and changes no verdict.",
        ],
    )


def claim_rows(view: View) -> list[ClaimRow]:
    """The claims in their order."""
    c = view.f.claimed
    return [_claim(view, x) for x in c.claims] if c else []


def _claim(view: View, c: ClaimFound) -> ClaimRow:
    said = c.named or any(w in c.speaker for w in ("not named", "no single"))
    return ClaimRow(
        text=c.text,
        speaker=f"{c.speaker[:1].upper()}{c.speaker[1:]}{'' if said else ', not named'}; {PLACED[c.position]}",
        verdict=c.verdict,
        tone=_TONES[c.verdict],
        chance="" if c.probability is None else f"probability {_chance(c.probability)}",
        tested=words.sentence(c.part) if c.part else "",
        note=" ".join(plain(n) for n in (_effect(view, c), c.note) if n),
    )


def _chance(p: float) -> str:
    return "under 0.01" if p < 0.01 else "over 0.99" if p > 0.99 else f"{p:.2f}"


def _effect(view: View, c: ClaimFound) -> str:
    if c.effect is None:
        return ""
    if max(abs(c.effect.low), abs(c.effect.high)) < 1.0:
        unit = "1\u202fkm²" if c.effect.unit == "km2" else "one person"
        return f"Effect under {unit} either way in nine draws of ten; {c.experiment}."
    return f"Effect {view.text(c.effect, sign=True)}; {c.experiment}."


def settling(view: View) -> Section | None:
    """What would change this answer."""
    s = view.f.settling
    if s is None:
        return None
    return Section(
        id="settling",
        title="What would change this answer",
        paragraphs=[_best(s), " ".join(plain(x) for x in s.flips)] if s.flips else [_best(s)],
    )


def _best(s: Settling) -> str:
    clear = [m for m in s.numbers if m.clear]
    now = words.amount(s.width, "km2")
    if not clear:
        return (
            f"No single number of the model, if it were measured, would surely narrow the outlook, whose {words.P90} "
            f"interval is {now} wide. The table shows those that come nearest; their order may be luck."
        )
    best = max(clear, key=lambda m: m.reduction.median)
    said = (
        f"Of all numbers of the model, measuring “{best.label}” would narrow the outlook most: it would take "
        f"{_share(best)} off the variance of what is held at the end, whose {words.P90} interval is {now} wide."
    )
    if best.reduction.median < 0.1:
        said += " That is little: no single number settles the outlook."
    return said


def _share(m: Measurable) -> str:
    r = m.reduction
    return f"{_percent(r.median)} ({words.between(_percent(r.low), _percent(r.high))})"


def _percent(x: float) -> str:
    return f"{100 * x:.1f}\u202f%" if x < 0.095 else words.percent(x)


def measuring(view: View) -> Table | None:
    """What each number would settle, the best first."""
    s = view.f.settling
    if s is None:
        return None
    return Table(
        caption=f"What a measurement would take off the variance of the outlook, with an error of {s.precision:g} of "
        "the spread before the data",
        columns=["number", "off the variance", "clear"],
        numeric=[False, True, False],
        rows=[[m.label, _share(m), "yes" if m.clear else "may be luck"] for m in s.numbers],
    )
