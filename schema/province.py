"""Provinces (GB/T 2260)."""

from __future__ import annotations

import strawberry

from resolvers.context import Context
from schema.enums import Lang
from schema.fields import resolved
from store.provinces import PROVINCES
from store.provinces import Province as Named


def _name(province: Named, _context: Context, lang: Lang = Lang.ZH) -> str:
    return province.zh if lang is Lang.ZH else province.en


@strawberry.type(description="A province, region or municipality of GB/T 2260 (省、自治区、直辖市), with 新疆生产建设兵团 beside them.")
class Province:
    code: str = resolved(text="Two digits of GB/T 2260.")
    name: str = resolved(_name, text="The official name.")


def province_of(code: str | None) -> Named | None:
    """The province of a code, None for an unknown one."""
    return PROVINCES.get(code) if code is not None else None
