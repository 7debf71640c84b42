"""`render_front`: a brief of a front as one self-contained page."""

from __future__ import annotations

from typing import Any

from salient.brief import figures, front_figures
from salient.brief.front_content import FrontBrief
from salient.brief.page import filled


def render_front(brief: FrontBrief) -> str:
    """The page: complete without scripts, loading nothing from anywhere."""
    contents = [(part.id, part.title) for part in brief.sections.all()]
    return filled("front.html.j2", brief, "Front brief", contents, _drawings(brief))


def _drawings(brief: FrontBrief) -> dict[str, Any]:
    """Every drawing of the page."""
    f = brief.figures
    return {
        "map": figures.both(front_figures.sector_map, f.map, figures.HERO) if f.map else "",
        "fan": figures.both(figures.fan_chart, f.fan, figures.HERO),
        "sectors": figures.both(figures.bar_chart, f.sectors),
        "losses": figures.both(front_figures.losses_chart, f.losses),
        "record": figures.both(figures.hindcast_chart, f.record) if f.record else "",
    }
