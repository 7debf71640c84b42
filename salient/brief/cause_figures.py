"""The figure of what lost ground was due to, as SVG."""

from __future__ import annotations

from markupsafe import Markup

from salient.brief.content import CausesFigure, ShareBar
from salient.brief.figures import Sheet
from salient.brief.svg import Scale, box, el, join, line, picture, text, way, wrap, x_axis


def shares(figure: CausesFigure, sheet: Sheet) -> Markup:
    """A driver a row: its share as a bar, hollow where assumed, and thin what it was before the data."""
    left = 24.0 if sheet.narrow else 250.0
    right = sheet.width - (24 if sheet.narrow else 168)
    x = Scale.of(figure.x, left, right)
    top = bottom = 34.0
    rows = []
    for r in figure.rows:
        names = wrap(r.label, 46 if sheet.narrow else 36, 3)
        height = 50.0 + 15 * len(names) if sheet.narrow else max(38.0, 15.0 * len(names) + 10)
        rows.append(_row(r, names, x, bottom, height, sheet))
        bottom += height
    zero = x(0.0)
    return picture(
        figure,
        sheet.width,
        bottom + 42,
        sheet.suffix,
        x_axis(figure.x, x, bottom + 2, top - 6),
        el("path", d=way([(zero, top - 6), (zero, bottom)]), class_="zeroline"),
        *rows,
        text(right, bottom + 37, figure.x.label, "t m", "end"),
        *_key(figure, x),
    )


def _key(figure: CausesFigure, x: Scale) -> list[Markup]:
    """What the two bars are."""
    at = x.start
    return [
        box(at, 9.0, 22.0, 9.0, "share assumed", round_=True),
        text(at + 28, 18, figure.assumed_text, "t m"),
        line([(at + 150, 14), (at + 172, 14)], "share-before"),
        text(at + 178, 18, figure.before_text, "t m"),
    ]


def _row(
    r: ShareBar, lines: list[str], x: Scale, top: float, height: float, sheet: Sheet
) -> Markup:
    at = top + (15.0 * len(lines) + 14 if sheet.narrow else height / 2)
    if sheet.narrow:
        names = [text(2, top + 15 * (i + 1), s, "t") for i, s in enumerate(lines)]
        number = text(sheet.width - 2, at + 24, r.text, "t m", "end")
    else:
        first = at + 4 - 7.5 * (len(lines) - 1)
        names = [text(x.start - 14, first + 15 * i, s, "t", "end") for i, s in enumerate(lines)]
        number = text(x.end + 10, at + 4, r.text, "t m")
    low, high = x(r.low), x(r.high)
    return join(
        [
            *names,
            box(
                low,
                at - 6,
                max(high - low, 2.0),
                9.0,
                "share assumed" if r.assumed else "share",
                round_=True,
            ),
            line([(x(r.before_low), at + 8), (x(r.before_high), at + 8)], "share-before"),
            line([(x(r.median), at - 8), (x(r.median), at + 5)], "tick under"),
            line([(x(r.median), at - 8), (x(r.median), at + 5)], "tick"),
            number,
        ]
    )
