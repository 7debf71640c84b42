"""The forms that a brief may have: by the format that it names, how it is read and how its page is made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from salient.brief import content, front_content
from salient.brief.content import AnyBrief, Brief
from salient.brief.front_content import FrontBrief
from salient.brief.front_page import render_front
from salient.brief.page import render


@dataclass(frozen=True)
class Form:
    """A form of brief: the type of its content and what makes its page of it."""

    model: type[AnyBrief]
    render: Callable[[Any], str]


FORMS: dict[str, Form] = {
    content.FORMAT: Form(Brief, render),
    front_content.FORMAT: Form(FrontBrief, render_front),
}


class _Named(BaseModel):
    """The format that a brief.json says it has; the rest is passed over."""

    format: str = content.FORMAT


_FIRST = re.compile(rb'\s*\{\s*"format"\s*:\s*"([^"\\]*)"')


def read(text: bytes) -> AnyBrief:
    """The brief of the bytes of a brief.json. Raises pydantic's ValidationError for what is none."""
    if first := _FIRST.match(text):  # as we write it: no need to read all of it twice
        named = first[1].decode("utf-8", "replace")
    else:
        try:
            named = _Named.model_validate_json(text).format
        except ValidationError:
            named = content.FORMAT  # its model says what is wrong
    return FORMS.get(named, FORMS[content.FORMAT]).model.model_validate_json(text)


def page(brief: AnyBrief) -> str:
    """The page of a brief of any form."""
    return FORMS[brief.format].render(brief)
