"""The briefs of a site by cursor, read from its JSON Feed: newest first, none twice, none left out."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from salient.errors import Problem, SalientError
from salient.server.contract import BriefItem, BriefPage
from salient.server.files import Answer, Files
from salient.server.limits import Access

FEED = "feed.json"
_MOST_PAGES = 5000


class Briefs:
    """The feed of a site, read again when its first page changes."""

    def __init__(self, files: Files, access: Access) -> None:
        self._files, self._access = files, access
        self._etag: bytes | None = None
        self._items: list[BriefItem] = []

    def page(self, cursor: str | None, limit: int) -> BriefPage:
        """Briefs after a cursor, with the next cursor or None. Raises SalientError for a cursor that is not ours."""
        after = None if cursor is None else self._read(cursor)
        items = [i for i in self._all() if after is None or _place(i) < after]
        shown = items[:limit]
        more = len(items) > limit
        return {
            "items": shown,
            "next": self._write(_place(shown[-1])) if shown and more else None,
        }

    def _write(self, place: tuple[str, str]) -> str:
        text = json.dumps(place, ensure_ascii=False)
        signed = json.dumps([text, self._access.sign(text)[:32]])
        return base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")

    def _read(self, cursor: str) -> tuple[str, str]:
        wrong = SalientError(
            Problem(
                "this cursor was not given by this server, or was altered",
                key="cursor",
                hint="leave it out to begin with the newest brief",
            )
        )
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            text, signature = json.loads(base64.b64decode(padded, b"-_", validate=True))
            if not self._access.sign(text)[:32] == signature:
                raise wrong
            date, id_ = json.loads(text)
            return str(date), str(id_)
        except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
            raise wrong from None

    def _all(self) -> list[BriefItem]:
        first = self._files.find(f"/{FEED}")
        if not isinstance(first, Answer):
            return []
        if first.etag != self._etag:
            found: dict[str, BriefItem] = {}
            seen: set[str] = set()
            name = FEED
            while name and name not in seen and len(seen) < _MOST_PAGES:
                seen.add(name)
                page = self._feed(name)
                found |= {i["id"]: i for i in _items(page)}
                name = _next(page.get("next_url"))
            self._items = sorted(found.values(), key=_place, reverse=True)
            self._etag = first.etag
        return self._items

    def _feed(self, name: str) -> dict[str, Any]:
        """A page of the feed; empty when it is damaged."""
        answer = self._files.find(f"/{name}")
        try:
            page = json.loads(answer.plain[1]) if isinstance(answer, Answer) else {}
        except (ValueError, RecursionError):
            return {}
        return page if isinstance(page, dict) and isinstance(page.get("items", []), list) else {}


_ITEM = TypeAdapter(BriefItem)


def _items(page: dict[str, Any]) -> Iterator[BriefItem]:
    """The briefs of a page of the feed; what is damaged is passed over."""
    for item in page.get("items", []):
        with suppress(ValidationError):
            yield _ITEM.validate_python(item, strict=True)


def _place(item: BriefItem) -> tuple[str, str]:
    return item["date_published"], item["id"]


def _next(url: Any) -> str:
    """The file of the next page: always beneath the site, wherever its address says it is published."""
    if not isinstance(url, str) or len(url) > 500:
        return ""
    return PurePosixPath(urlsplit(url).path).name
