"""Codes: values of code lists with their labels in Chinese and English."""

from __future__ import annotations

from typing import Any

import msgspec
import strawberry

from resolvers.context import Context
from schema.enums import Lang
from schema.fields import resolved
from store.codes import label


class Coded(msgspec.Struct, frozen=True, gc=False):
    """A code and the list that it belongs to."""

    scheme: str
    value: str


def coded(scheme: str, value: str | None) -> Coded | None:
    """Name the list of a code; None stays None."""
    return Coded(scheme, value) if value is not None else None


def _label(code: Coded, _context: Context, lang: Lang = Lang.ZH) -> str:
    found = label(code.scheme, code.value)
    return found.zh if lang is Lang.ZH else found.en


@strawberry.type(description="A value of a code list. A code never changes its meaning; its label is for people.")
class Code:
    value: str = resolved(text="The code itself: compare this one.")
    label: str = resolved(_label, text="What people read for the code.")


def code_field(attribute: str, scheme: str, *, text: str) -> Any:
    """Declare a field that shows the attribute of a value as a code of `scheme`."""
    return resolved(lambda value, _context: coded(scheme, getattr(value, attribute)), text=text)
