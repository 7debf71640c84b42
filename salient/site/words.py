"""Short texts for cards, and names for addresses."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_SPACE = re.compile(r"\s+")
_JOINERS = "\u200d\ufe0f"

PICTURE, SHARE_PICTURE, BUNDLE, EMBED = "card.svg", "share.png", "bundle.zip", "embed.html"
"""What lies beside the page of a brief."""


def cut(text: str, most: int) -> str:
    """The first lines of a text: at most `most` characters, cut at a word."""
    flat = _SPACE.sub(" ", text).strip()
    if len(flat) <= most:
        return flat
    head = flat[: most - 1]
    at = head.rfind(" ")
    if at > most // 2:
        head = head[:at]
    while head and (unicodedata.combining(head[-1]) or head[-1] in _JOINERS):
        head = head[:-1]
    return head.rstrip(" ,;:\u2013-") + "\u2026"


def slug(name: str) -> str:
    """A name as part of an address: small letters, digits and hyphens.

    Names that differ in more than case and spaces get different ones.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    same = short == _SPACE.sub("-", name.strip().lower())
    if same and 0 < len(short) <= 60 and short != "latest":
        return short
    mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{short[:48].strip('-')}-{mark}".strip("-")
