"""The pages of the server: a start page, the what-if panel with its answer, and short messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from salient.brief import words
from salient.brief.axes import axis, time_axis
from salient.brief.content import Band, Fan, Panel, PanelsFigure, Points, Table, clean, set_out
from salient.brief.figures import NARROW, WIDE, Sheet
from salient.brief.page import unbroken
from salient.brief.svg import (
    Scale,
    area,
    el,
    join,
    line,
    mark,
    picture,
    t_axis,
    text,
    way,
    y_axis,
)
from salient.questions.basis import AHEAD
from salient.questions.live import known_events
from salient.scenario.schema import Scenario
from salient.server.jobs import Job
from salient.server.warm import Warm
from salient.server.whatif import Question, flows, groups

CHOICES = (
    ("", "by its own chances"),
    ("1", "in full"),
    ("0.75", "three quarters"),
    ("0.5", "half"),
    ("0.25", "a quarter"),
    ("0", "none"),
)
HISTORY_WEEKS = 16
MOST_DRAWN = 3
"""Charts of an answer: of a campaign with more sectors those that move most, the rest stand in the table."""


def _shown(value: Any) -> Any:
    """Text without control characters, which could turn the direction of writing."""
    plain = isinstance(value, str) and not isinstance(value, Markup)
    return clean(value) if plain else value


@lru_cache(maxsize=1)
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("salient.server"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    found.filters["nb"] = lambda text_: unbroken(clean(text_))
    return found


@lru_cache(maxsize=1)
def assets() -> dict[str, tuple[str, bytes]]:
    """The style and script of the server's own pages: path -> type and content."""
    style = resources.files("salient.brief").joinpath("templates/brief.css").read_bytes()
    own = resources.files("salient.server").joinpath("static")
    return {
        "/_salient/whatif.css": (
            "text/css; charset=utf-8",
            style + b"\n" + own.joinpath("whatif.css").read_bytes(),
        ),
        "/_salient/whatif.js": (
            "text/javascript; charset=utf-8",
            own.joinpath("whatif.js").read_bytes(),
        ),
    }


def message(title: str, lines: list[str], site: bool, retry: int | None = None) -> str:
    """A page that says one thing."""
    page = _environment().get_template("message.html.j2")
    return page.render(title=title, lines=lines, site=site, retry=retry)


def start(
    warms: Mapping[str, Warm], closed: Mapping[str, Scenario], site: bool, token: bool
) -> str:
    """The page that lists the scenarios."""
    page = _environment().get_template("start.html.j2")
    rows = [
        {
            "name": name,
            "title": w.loaded.scenario.title,
            "question": w.loaded.scenario.question,
            "region": w.loaded.scenario.region,
        }
        for name, w in warms.items()
    ]
    return page.render(
        title="Ask a campaign what if", scenarios=rows, closed=closed, site=site, token=token
    )


def closed(scenario: Scenario, why: str, site: bool) -> str:
    """The page of a scenario that cannot be asked: why not."""
    page = _environment().get_template("closed.html.j2")
    title = f"What if? {scenario.title}"
    return page.render(title=title, s=scenario, why=why, site=site)


def token_form(site: bool, wrong: bool, back: str) -> str:
    """The form that asks for the token."""
    page = _environment().get_template("token.html.j2")
    return page.render(title="Token", site=site, wrong=wrong, back=back)


def panel(
    warm: Warm, asked: Question, job: Job | None, site: bool, notice: list[str], locked: bool
) -> str:
    """The what-if page: the form as asked and, once there is one, the answer."""
    page = _environment().get_template("whatif.html.j2")
    campaign = warm.posterior.campaign
    s = warm.loaded.scenario
    return page.render(
        title=f"What if? {s.title}",
        site=site,
        w=warm,
        s=s,
        q=asked,
        as_of=words.day(campaign.as_of),
        end=words.day(campaign.weeks[-1]),
        events=known_events(campaign),
        flows=flows(warm),
        choices=CHOICES,
        groups=groups(warm),
        same=warm.fitted is not None,
        answer=Markup(result(warm, job.result)) if job is not None and job.result else None,
        job=job if job is not None and not job.over else None,
        failed=job.error.split("\n") if job is not None and job.error else [],
        notice=notice,
        locked=locked,
        day=words.day,
        retry=1 if job is not None and not job.over else None,
    )


def result(warm: Warm, found: Mapping[str, Any]) -> str:
    """The answer as a piece of a page: finding, chart, differences, losses."""
    page = _environment().get_template("answer.html.j2")
    s = warm.loaded.scenario
    end = dt.date.fromisoformat(found["weeks"][-1])
    draws = found["draws"]
    sides = {k: b for k, b in s.belligerents.items()}
    losses = [
        {
            "side": sides[r["side"]].name,
            **{
                what: {k: _text(r[what][k], draws, k == "difference") for k in r[what]}
                for what in ("casualties", "killed")
            },
        }
        for r in found["losses"]
    ]
    parts = [_part(warm, found, j) for j in range(len(found["sectors"]))]
    return page.render(
        parts=parts,
        drawn=[parts[j] for j in sorted(_most_moved(found)[:MOST_DRAWN])],
        finding=finding(warm, found),
        nothing=not found["query"] or found["query"].startswith("draws="),
        end=words.day(end),
        losses=losses,
        caution=AHEAD if warm.loaded.scenario.forecast == "panel" else None,
        allies=[
            f"Those of the {c.name} are counted with {sides[c.side].name}."
            for c in s.contingents.values()
            if c.side in sides
        ],
        weeks=words.count(len(found["weeks"]) - 1, "week"),
        draws=words.number(draws),
        link=f"/whatif/{warm.name}" + (f"?{found['query']}" if found["query"] else ""),
        cautions=found["cautions"],
        seed=found["seed"],
    )


def _most_moved(found: Mapping[str, Any]) -> list[int]:
    """Sectors by how far the changes move them, in the median, the furthest first."""
    moved = [abs(s["end"]["difference"]["median"]) for s in found["sectors"]]
    return sorted(range(len(moved)), key=lambda j: -moved[j])


def _part(warm: Warm, found: Mapping[str, Any], j: int) -> dict[str, Any]:
    """What the page says of one sector."""
    figure, sector = comparison(warm, found, j), found["sectors"][j]
    end, draws = sector["end"], found["draws"]
    return {
        "f": figure,
        "chart": join([compare(figure, WIDE), compare(figure, NARROW)]),
        "name": sector["name"],
        "held": set_out(sector["held"]),
        "factual": _text(end["factual"], draws),
        "changed": _text(end["changed"], draws),
        "difference": _text(end["difference"], draws, True),
        "more": words.chance(end["p_more"], draws).text,
        "less": words.chance(end["p_less"], draws).text,
        "equal": words.chance(end["p_same"], draws).text if end["p_same"] > 0 else None,
    }


def _interval(i: Mapping[str, Any]) -> words.Interval:
    return words.Interval(i["median"], i["low"], i["high"], i["level"], i["unit"])


def _text(i: Mapping[str, Any], draws: int, sign: bool = False) -> str:
    shown = _interval(i)
    if shown.unit == "people":
        shown = words.Interval(shown.median, shown.low, shown.high, shown.level, "count")
    return words.estimate(shown, draws, sign=sign).text


def finding(warm: Warm, found: Mapping[str, Any]) -> str:
    """The answer in a sentence, of several sectors for the one that moves most."""
    sectors = found["sectors"]
    most = sectors[_most_moved(found)[0]]
    said = _finding(found, most)
    if len(sectors) == 1 or most["end"]["difference"]["median"] == 0:
        return said
    return f"Of {len(sectors)} sectors {set_out(most['name'])} moves most. {said}"


def _finding(found: Mapping[str, Any], sector: Mapping[str, Any]) -> str:
    """The answer for one sector."""
    end = words.day(dt.date.fromisoformat(found["weeks"][-1]))
    ends, draws = sector["end"], found["draws"]
    held = set_out(sector["held"])
    if not found["query"] or found["query"].startswith("draws="):
        return f"As fitted: {_text(ends['factual'], draws)} of {held} on {end}"
    gap = _interval(ends["difference"])
    if gap.low == gap.high == 0:
        return f"These changes make no difference to {held} on {end}"
    middle = words.median_text(gap, draws, sign=True)
    span = words.range_text(gap, draws, sign=True, join="to")
    if gap.low < 0 < gap.high:
        return f"Whether more or less is held on {end} is open: {middle}, {words.P90} of draws from {span}"
    way = "More" if gap.high > 0 else "Less"
    return f"{way} is held on {end} with these changes: {middle}, {words.P90} of draws from {span}"


def comparison(warm: Warm, found: Mapping[str, Any], j: int = 0) -> PanelsFigure:
    """The two fans of a sector on the same axes, with the newest dots of the first map before them."""
    sector = found["sectors"][j]
    weeks = [dt.date.fromisoformat(d) for d in found["weeks"]]
    posterior = warm.posterior
    campaign, maps = posterior.campaign, posterior.seen.maps
    first = max(campaign.origin - HISTORY_WEEKS, 0)
    seen = [
        (campaign.weeks[t], float(maps.km2[0, t, j]))
        for t in range(first, campaign.origin + 1)
        if maps.km2[0, t, j] == maps.km2[0, t, j]
    ]
    history = Points(
        mapper=maps.mappers[0],
        kind="assessed",
        dates=[d for d, _ in seen],
        km2=[v for _, v in seen],
        used=[True] * len(seen),
    )
    panels = [
        Panel(
            key=key,
            title=title,
            chance="",
            end_text=_text(sector["end"][key], found["draws"]),
            fan=_fan(weeks, sector[key]),
        )
        for key, title in (("factual", "As fitted"), ("changed", "With your changes"))
    ]
    held = set_out(sector["held"])
    end = words.day(weeks[-1])
    tops = [v for p in panels for v in p.fan.bands[0].high] + [v for _, v in seen]
    return PanelsFigure(
        id="answer-fan" if j == 0 else f"answer-fan-{j + 1}",
        number=j + 1,
        title=f"{held}, as fitted and with your changes",
        caption="",
        alt=f"Line chart of {held} to {end}. As fitted it ends at {panels[0].end_text}; "
        f"with the changes at {panels[1].end_text}.",
        credit=f"Maps: {history.mapper}. Outlook: Salient.",
        table=Table(
            caption=f"{held}, km²: median and 90{words.THIN}% interval",
            columns=["week", "as fitted", "with your changes"],
            numeric=[False, True, True],
            rows=[[d.isoformat(), *[_cell(p.fan, k) for p in panels]] for k, d in enumerate(weeks)],
        ),
        time=time_axis(seen[0][0] if seen else weeks[0], weeks[-1]),
        y=axis(tops, "km²"),
        history=history,
        panels=panels,
    )


def _cell(fan: Fan, k: int) -> str:
    wide = fan.bands[0]
    span = words.between(words.number(wide.low[k]), words.number(wide.high[k]))
    return f"{words.number(fan.median[k])} ({span})"


def _fan(weeks: list[dt.date], rows: list[list[float]]) -> Fan:
    """A fan from the quantiles of an answer."""
    _, q05, q25, q50, q75, q95, _ = rows
    return Fan(
        weeks=weeks,
        median=q50,
        bands=[
            Band(level=0.9, text=words.P90, low=q05, high=q95),
            Band(level=0.5, text=words.P50, low=q25, high=q75),
        ],
        paths=[],
    )


def compare(figure: PanelsFigure, sheet: Sheet) -> Markup:
    """Two fans over each other: what was fitted as an outline with a dashed median, the changed one filled."""
    height = 330.0 if sheet.narrow else 400.0
    left, right = 42.0, sheet.width - 14
    top, bottom = 76.0 if sheet.narrow else 52.0, height - 28
    x, y = Scale.time(figure.time, left, right), Scale.of(figure.y, bottom, top)
    factual, changed = figure.panels[0].fan, figure.panels[1].fan
    xs = [x(d) for d in factual.weeks]
    cut = x(factual.weeks[0])

    def level(values: list[float]) -> list[tuple[float, float]]:
        return [(a, y(v)) for a, v in zip(xs, values, strict=True)]

    bands = [
        area(xs, [y(v) for v in b.low], [y(v) for v in b.high], f"band b{round(100 * b.level)}")
        for b in changed.bands
    ]
    outline = [
        line(level(values), "was-edge") for values in (factual.bands[0].low, factual.bands[0].high)
    ]
    dots = [
        mark(0, x(d), y(v), 2.7, "s0")
        for d, v in zip(figure.history.dates, figure.history.km2, strict=True)
    ]
    return picture(
        figure,
        sheet.width,
        height,
        sheet.suffix,
        _key(figure, sheet),
        y_axis(figure.y, y, left, right),
        t_axis(figure.time, x, bottom, sheet.width),
        *bands,
        *outline,
        line(level(changed.median), "median"),
        line(level(factual.median), "reference"),
        el("path", d=way([(cut, top - 6), (cut, bottom)]), class_="cut"),
        text(cut + 5, top + 4, "outlook", "t h"),
        *dots,
    )


def _key(figure: PanelsFigure, sheet: Sheet) -> Markup:
    """What each line is."""
    items = [
        (line([(-2, -4), (14, -4)], "median"), f"with your changes, 50 and {words.P90}"),
        (line([(-2, -4), (14, -4)], "reference"), "as fitted, median"),
        (line([(-2, -4), (14, -4)], "was-edge"), f"as fitted, {words.P90}"),
        (mark(0, 6, -4, 3.0, "s0"), figure.history.mapper),
    ]
    parts, at, row = [], 4.0, 14.0
    for sign, name in items:
        wide = 44 + 7.0 * len(name)
        if at + wide - 14 > sheet.width and at > 4:
            at, row = 4.0, row + 18
        parts.append(
            el("g", sign, text(20, 0, name, "t"), transform=f"translate({at:.0f} {row:.0f})")
        )
        at += wide
    return join(parts)


def wrong(lines: list[str]) -> str:
    """What is wrong with a question, as a piece of a page."""
    return str(join([el("p", clean(text_), class_="wrong", role="alert") for text_ in lines]))
