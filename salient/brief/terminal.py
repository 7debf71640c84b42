"""The headline and the three takeaways on a terminal."""

from __future__ import annotations

import textwrap

from rich.console import Console
from rich.text import Text

from salient.brief.content import AnyBrief

WIDTH = 80


def show(brief: AnyBrief, console: Console | None = None) -> None:
    """Print the headline, the deck, any warning and the three takeaways, no wider than 80 columns."""
    out = console or Console()
    for part in summary(brief, min(WIDTH, out.width)):
        out.print(part, no_wrap=True, highlight=False, overflow="ignore", crop=False)


def summary(brief: AnyBrief, width: int = WIDTH) -> list[Text]:
    """What `show` prints, line by line. It is plain text: nothing in a scenario can style or drive the terminal."""
    parts = [_wrapped(brief.headline, width, "bold"), _wrapped(brief.deck, width), Text()]
    if brief.warning is not None:
        parts += [_wrapped(brief.warning, width, "bold red"), Text()]
    for k, takeaway in enumerate(brief.takeaways, start=1):
        parts.append(_wrapped(f"{k}  {takeaway.number}", width, "bold", "   "))
        parts.append(_wrapped(f"   {takeaway.label}", width, "dim", "   "))
        parts += [_wrapped(f"   {takeaway.text}", width, "", "   "), Text()]
    return parts


def _wrapped(text: str, width: int, style: str = "", indent: str = "") -> Text:
    """Wrapped at ordinary spaces only, so that a number stays with its unit."""
    return Text(textwrap.fill(text, width, subsequent_indent=indent, break_on_hyphens=False), style)
