"""`render`: a brief as one self-contained page, and `csvs`: the tables that lie beside it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from salient.brief import cause_figures, dictionary, figures
from salient.brief.content import (
    AUTHORS,
    AnyBrief,
    Brief,
    CausesFigure,
    Fan,
    MapFigure,
    Table,
    Term,
)
from salient.brief.countries import place
from salient.brief.svg import raw, safe

Cell = str | float | int | None


def render(brief: Brief) -> str:
    """The page: complete without scripts, loading nothing from anywhere."""
    contents = [(part.id, part.title) for part in brief.sections.all()]
    return filled("brief.html.j2", brief, "Campaign brief", contents, drawings(brief))


def filled(
    template: str, brief: AnyBrief, kind: str, sections: list[tuple[str, str]], draw: dict[str, Any]
) -> str:
    """A template of a page with all that every page has. kind: what stands at the top; sections: id and title."""
    page = _environment().get_template(template)
    _EXPLAINED.set(Explained(brief.glossary))
    return page.render(
        b=brief,
        kind=kind,
        css=_css(),
        draw=draw,
        contents=[
            *sections,
            ("reading", "How to read this"),
            ("sources", "Sources"),
            ("reuse", "Repeat it, reuse it, cite it"),
        ],
        titles={s.key: s.title for s in brief.sources},
        sources={s.key: s.publisher for s in brief.sources},
        linked_data=linked_data(brief),
        is_web=is_web,
        slug=slug,
    )


@cache
def _css() -> Markup:
    found = resources.files("salient.brief").joinpath("templates/brief.css")
    return Markup(found.read_text(encoding="utf-8"))


_EXPLAINED: ContextVar[Explained] = ContextVar("explained")
"""The terms that the page being made has still to link; a page is made from its top to its end in one thread."""


@cache
def _environment() -> Environment:
    """One for all pages: a site renders thousands."""
    found = Environment(
        loader=PackageLoader("salient.brief"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["nb"] = unbroken
    found.globals |= {"table": table, "place": place}
    found.filters["prose"] = lambda text: _EXPLAINED.get()(text)
    return found


_RANGE = re.compile(
    "(?:\\([0-9\u2212+]|[0-9\u2212+])[0-9\u202f.]*+"  # begins with a sign that can be looked for
    "(?:\u2013|\u00a0to\u00a0| to )[\u2212+]?[0-9\u202f.]+(?:\u202f%)?\\)?"
)


def unbroken(text: str) -> Markup:
    """The text, escaped, with each range of numbers kept on one line."""
    return raw(_unbroken(text))


def _unbroken(text: str) -> str:
    return _ranges(str(safe(text)))


def _ranges(plain: str) -> str:
    """Escaped text with its ranges marked: an escaped sign, such as &#39;, ends in a semicolon and is never in one."""
    if "\u2013" not in plain and "to" not in plain:  # no range without one of them
        return plain
    return _RANGE.sub(lambda m: f'<span class="nb">{m[0]}</span>', plain)


_BETWEEN = "\x00"


def _cell_role(column: str) -> str:
    return f' role="cell" data-label="{safe(column)}"'


def table(t: Table, class_: str = "", stack: bool = False) -> Markup:
    """A table as markup. With `stack` a narrow screen shows a row as a block, each cell under its column's name.

    Written here and not in a template, since a page has thousands of cells.
    """

    def role(name: str) -> str:
        return f' role="{name}"' if stack else ""

    number = [' class="n"' if numeric else "" for numeric in t.numeric]
    heads = [
        f'<th scope="col"{role("columnheader")}{n}>{safe(c)}</th>'
        for c, n in zip(t.columns, number, strict=True)
    ]
    cells = [
        f"<td{_cell_role(c)}{n}><span>{_BETWEEN}</span></td>"
        if stack
        else f"<td{n}>{_BETWEEN}</td>"
        for c, n in zip(t.columns[1:], number[1:], strict=True)
    ]
    first = f'<tr{role("row")}><th scope="row"{role("rowheader")}{number[0]}>{_BETWEEN}</th>'
    row = f"{first}{''.join(cells)}</tr>\n".replace("%", "%%").replace(_BETWEEN, "%s")
    # all cells are escaped at once, with a sign between them that no text of a brief can hold
    plain = str(safe(_BETWEEN.join([cell for r in t.rows for cell in r]))).split(_BETWEEN)
    if not t.rows:
        plain = []
    elif stack or class_:  # in other tables a column of numbers is never broken
        plain = _ranges(_BETWEEN.join(plain)).split(_BETWEEN)
    else:
        for k in (k for k, numeric in enumerate(t.numeric) if not numeric):
            column = plain[k :: len(t.columns)]
            plain[k :: len(t.columns)] = _ranges(_BETWEEN.join(column)).split(_BETWEEN)
    rows = row * len(t.rows) % tuple(plain)
    return raw(
        f'<table class="{safe(class_)}{" stack" if stack else ""}"{role("table")}>\n'
        f"<caption>{safe(t.caption)}</caption>\n"
        f"<thead{role('rowgroup')}><tr{role('row')}>{''.join(heads)}</tr></thead>\n"
        f"<tbody{role('rowgroup')}>\n{rows}</tbody>\n</table>"
    )


@lru_cache(maxsize=500)
def _as_word(term: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(term)}(?:s|es)?(?![\w-])", re.IGNORECASE)


class Explained:
    """Turns a sentence into markup in which a term of the glossary is a link to it, where it first comes up."""

    def __init__(self, glossary: Sequence[Term]) -> None:
        ordered = sorted(glossary, key=lambda t: len(t.term), reverse=True)
        self.left = {t.term.lower(): t for t in ordered}

    def __call__(self, text: str) -> Markup:
        """The sentence, escaped, its ranges kept whole and its new terms linked."""
        small = text.lower()
        for name in self.left:
            if name in small and (found := _as_word(name).search(text)):
                term = self.left.pop(name)
                link = Markup('<a class="term" href="#term-{}" title="{}">{}</a>').format(
                    slug(term.term), term.meaning, found.group()
                )
                return self(text[: found.start()]) + link + self(text[found.end() :])
        return unbroken(text)


def slug(name: str) -> str:
    """A name as part of an id."""
    return re.sub(r"\W+", "-", name.lower())


def is_web(url: str) -> bool:
    """Whether an address may be linked to."""
    return url.startswith(("http://", "https://"))


def drawings(brief: Brief) -> dict[str, Any]:
    """Every drawing of the page."""
    f = brief.figures
    return {
        "fan": figures.both(figures.fan_chart, f.fan, figures.HERO),
        "map": figures.both(figures.area_map, f.map) if f.map else "",
        "causes": figures.both(cause_figures.shares, f.causes) if f.causes else "",
        "dots": figures.both(figures.dot_plot, f.dots),
        "panels": figures.small_fans(f.panels),
        "priors": figures.both(figures.prior_posterior, f.priors),
        "losses": figures.both(figures.bar_chart, f.losses) if f.losses else "",
        "hindcast": figures.both(figures.hindcast_chart, f.hindcast) if f.hindcast else "",
        "score": figures.both(figures.bar_chart, f.score) if f.score else "",
        "cell_axis": figures.cell_axis(brief.branches.x),
        "bars": {
            r.key: figures.cell_bar(brief.branches, r.difference)
            for r in brief.branches.rows
            if r.difference
        },
    }


def linked_data(brief: AnyBrief) -> Markup:
    """What the page is, for machines: schema.org Report with its Dataset, safe inside a script element."""
    data = {
        "@context": "https://schema.org",
        "@type": "Report",
        "headline": brief.headline,
        "abstract": brief.deck,
        "inLanguage": brief.language,
        "about": brief.title,
        "contentLocation": {"@type": "Place", "name": brief.region},
        "temporalCoverage": f"{brief.as_of.isoformat()}/{brief.outlook_end.isoformat()}",
        "author": [
            {"@type": "Organization" if name == AUTHORS else "Person", "name": name}
            for name in brief.authors
        ],
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "citation": [s.url for s in brief.sources if s.url and is_web(s.url)],
        "isBasedOn": _dataset(brief),
    }
    return as_script(data)


def as_script(data: dict[str, Any]) -> Markup:
    """Data as JSON that is safe inside a script element."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _dataset(brief: AnyBrief) -> dict[str, Any]:
    dates = [d for p in brief.figures.fan.history for d in p.dates]
    return {
        "@type": "Dataset",
        "name": f"{brief.title}: outlook with data to {brief.as_of.isoformat()}",
        "description": brief.question,
        "temporalCoverage": f"{min(dates).isoformat()}/{brief.outlook_end.isoformat()}",
        "spatialCoverage": {"@type": "Place", "name": brief.region},
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": d.file,
                "encodingFormat": d.media_type,
                "description": d.what,
            }
            for d in brief.downloads
        ],
    }


def csvs(brief: Brief) -> dict[str, str]:
    """The numbers of every figure and table, as files to lie beside the page: name -> text."""
    tables: dict[str, list[Sequence[Cell]]] = {
        "outlook.csv": _outlook_rows(brief),
        "branches.csv": _branch_rows(brief),
        "parameters.csv": _table_rows(
            brief.figures.priors.table.columns, brief.figures.priors.table.rows
        ),
        "human-cost.csv": [
            ["what", "value", "period", "speaker", "kind", "source"],
            *[[c.what, c.value, c.period, c.speaker, c.kind, c.source] for c in brief.costs],
        ],
    }
    tables["outcomes.csv"] = [["km2"], *[[v] for v in brief.figures.dots.dots]]
    if brief.figures.hindcast is not None:
        tables["hindcasts.csv"] = _hindcast_rows(brief)
    if brief.figures.score is not None:
        rows: list[Sequence[Cell]] = [[b.label, b.median] for b in brief.figures.score.bars]
        tables["score.csv"] = [["forecast", "crps_km2"], *rows]
    if brief.figures.map is not None:
        tables["map.csv"] = _map_rows(brief.figures.map)
    if brief.figures.causes is not None:
        tables["causes.csv"] = _cause_rows(brief.figures.causes)
    if brief.claims:
        heads = ["claim", "speaker", "verdict", "probability", "tested", "note"]
        told = [[c.text, c.speaker, c.verdict, c.chance, c.tested, c.note] for c in brief.claims]
        tables["claims.csv"] = [heads, *told]
    tables[dictionary.FILE] = dictionary.rows(tables)
    return {name: as_csv(rows) for name, rows in tables.items()}


def _cause_rows(figure: CausesFigure) -> list[Sequence[Cell]]:
    heads = [
        "driver",
        "median",
        "low",
        "high",
        "before_low",
        "before_high",
        "set_by_assumption",
        "acted",
    ]
    rows: list[Sequence[Cell]] = [heads]
    for r in figure.rows:
        ends = (r.median, r.low, r.high, r.before_low, r.before_high)
        rows.append(
            [r.label, *(round(v, 3) for v in ends), "yes" if r.assumed else "no", round(r.acted, 3)]
        )
    return rows


def _map_rows(figure: MapFigure) -> list[Sequence[Cell]]:
    """The areas of the map, then what is left of them at the end of the outlook."""
    rows: list[Sequence[Cell]] = [["class", "date", "km2"]]
    rows += [[s.kind, s.date.isoformat() if s.date else None, s.km2] for s in figure.shapes]
    if figure.spread is not None:
        end = figure.spread.end.isoformat()
        shares = (95, 50, 5)
        rows += [
            [f"left in {n} of 100 outcomes", end, v]
            for n, v in zip(shares, figure.spread.left, strict=True)
        ]
    return rows


def as_csv(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV. Text that a spreadsheet would take for a formula gets a quote before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([_guarded(cell) for cell in row])
    return out.getvalue()


def _guarded(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell[:1] in "=+-@" and cell[1:2].isalpha():
        return "'" + cell
    return cell


def _table_rows(columns: list[str], rows: list[list[str]]) -> list[Sequence[Cell]]:
    return [columns, *rows]


def _outlook_rows(brief: Brief) -> list[Sequence[Cell]]:
    """One number a row: what is observed, quantiles of each branch, single draws."""
    rows: list[Sequence[Cell]] = [["date", "series", "kind", "km2"]]
    seen = [brief.figures.fan.observed] if brief.figures.fan.observed else []
    for p in [*brief.figures.fan.history, *seen]:
        kind = p.kind if p not in seen else "seen afterwards"
        rows += [[d.isoformat(), p.mapper, kind, v] for d, v in zip(p.dates, p.km2, strict=True)]
    for panel in brief.figures.panels.panels:
        rows += fan_rows(panel.key, panel.fan)
    return [*rows, *path_rows(brief.figures.panels.panels[0].key, brief.figures.fan.fan)]


def path_rows(key: str, fan: Fan) -> list[Sequence[Cell]]:
    """Single draws of a fan, one number a row."""
    return [
        [d.isoformat(), key, f"draw {k}", v]
        for k, path in enumerate(fan.paths, start=1)
        for d, v in zip(fan.weeks, path, strict=True)
    ]


def fan_rows(key: str, fan: Fan) -> list[Sequence[Cell]]:
    """The quantiles of a fan, one number a row."""
    rows: list[Sequence[Cell]] = []
    quantiles = [(0.5, fan.median)]
    for band in fan.bands:
        quantiles += [(0.5 - band.level / 2, band.low), (0.5 + band.level / 2, band.high)]
    for level, values in sorted(quantiles):
        pairs = zip(fan.weeks, values, strict=True)
        rows += [[d.isoformat(), key, f"quantile {level:g}", v] for d, v in pairs]
    return rows


def _branch_rows(brief: Brief) -> list[Sequence[Cell]]:
    heads = ["branch", "title", "measure", "unit", "median", "low", "high", "level", "chance"]
    rows: list[Sequence[Cell]] = [heads]
    for r in brief.branches.rows:
        what = [("held area at the end", r.end)]
        if r.difference is not None:
            what.append(("difference from what was under way", r.difference))
        for loss in r.losses:
            what.append((f"killed or wounded, {loss.side}", loss.casualties))
            what.append((f"killed, {loss.side}", loss.killed))
        rows += [
            [
                r.key,
                r.title,
                name,
                e.unit,
                round(e.median, 2),
                round(e.low, 2),
                round(e.high, 2),
                e.level,
                None,
            ]
            for name, e in what
        ]
        chances = [("breakthrough", r.collapse)]
        if r.more_ground is not None:
            chances.append(("more ground than what was under way", r.more_ground))
        rows += [
            [r.key, r.title, n, "1", None, None, None, None, round(p.p, 5)] for n, p in chances
        ]
    return rows


def _hindcast_rows(brief: Brief) -> list[Sequence[Cell]]:
    found = brief.figures.hindcast
    assert found is not None
    rows: list[Sequence[Cell]] = [
        ["horizon", "date", "median", "low", "high", "observed", "inside"]
    ]
    for panel in found.panels:
        rows += [
            [
                panel.title,
                p.date.isoformat(),
                p.median,
                p.low,
                p.high,
                p.observed,
                "yes" if p.inside else "no",
            ]
            for p in panel.points
        ]
    return rows
