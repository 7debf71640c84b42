"""What a page gains where its site is served live: a link to the panel of its scenario. The files stay as they are."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from salient.site.words import slug

_BAR = b'<span class="kind">Campaign briefs from open data</span>'
_TAKEAWAYS, _END = b'<aside class="takeaways', b"</aside>"


class Links:
    """Adds the links. `names`: the scenarios that can be asked here."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {slug(name): name for name in names}

    def __call__(self, names: list[str], page: bytes) -> bytes:
        """A page of a site, at the names of its path, with its links."""
        if not names[-1].endswith(".html") or not self._names:
            return page
        page = page.replace(_BAR, _BAR + b' <a class="live" href="/whatif/">What if?</a>', 1)
        scenario = self._names.get(names[1]) if names[0] == "briefs" and len(names) == 4 else None
        at = page.find(_TAKEAWAYS)
        end = page.find(_END, at)
        if scenario is None or at < 0 or end < 0:
            return page
        end += len(_END)
        return page[:end] + _invitation(scenario) + page[end:]


def _invitation(scenario: str) -> bytes:
    text = Markup(
        '\n<p class="live"><a href="/whatif/{}">Ask this campaign what if</a> '
        "Change support, events or numbers, and see the outlook move.</p>"
    )
    return text.format(scenario).encode()
