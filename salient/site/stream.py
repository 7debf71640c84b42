"""The order of the stream and its pages.

Briefs are numbered as they come in, 1, 2, 3, ..., and the newest has the largest number. A page of `SIZE` briefs
is counted from the oldest end: page k holds the places k SIZE + 1 to (k + 1) SIZE of its stream. A full page never
changes again, so what a reader has not yet loaded cannot shift while new briefs arrive. The head shows what has not
filled a page, and the newest full page with it.
"""

from __future__ import annotations

from dataclasses import dataclass

SIZE = 12
FEED_SIZE = 24


@dataclass(frozen=True)
class Span:
    """Places of a stream, from `first` to `last`, both counted from 1 and both in it; newest is last."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many places there are."""
        return max(0, self.last - self.first + 1)


def full_pages(total: int, size: int = SIZE) -> int:
    """How many pages are full."""
    return total // size


def page_span(k: int, size: int = SIZE) -> Span:
    """The places on page k, counted from 0 at the oldest end."""
    return Span(k * size + 1, (k + 1) * size)


def head_span(total: int, size: int = SIZE) -> Span:
    """The places that the head shows."""
    return Span(max(0, full_pages(total, size) - 1) * size + 1, total)


def after_head(total: int, size: int = SIZE) -> int | None:
    """The page that follows the head, or None when the head shows all."""
    k = full_pages(total, size) - 2
    return k if k >= 0 else None


def after_page(k: int) -> int | None:
    """The page that follows page k: the next older one."""
    return k - 1 if k > 0 else None


def new_pages(before: int, total: int, size: int = SIZE) -> range:
    """The pages that became full when the stream grew from `before` to `total`."""
    return range(full_pages(before, size), full_pages(total, size))
