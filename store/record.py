"""The canonical resource: what a mapping makes, the catalog keeps and the schema shows."""

from __future__ import annotations

from datetime import datetime

import msgspec


class MajorRef(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A major of a catalogue: a code means nothing without its year (2015 and 2021 use the same digits)."""

    name: str
    code: str | None = None
    catalogue_year: int | None = None


class Creator(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A person or body that made the resource; `role` is a code of the list `creator-role`."""

    name: str
    role: str | None = None


class License(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Terms of use: an SPDX-like code, an address, or the words that the source sent."""

    code: str | None = None
    url: str | None = None
    text: str | None = None


class Reference(msgspec.Struct, frozen=True, gc=False):
    """Another object of a source: the source's immutable key and the native key there."""

    source: str
    key: str


class Record(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One teaching resource of one source.

    `id` is the global id, `source` the source's immutable key, `key` the native key (parts of a composite key joined by U+001F).
    Codes are values of the lists in `store/codes.py`; times are aware and in UTC; `published` is a partial ISO date.
    """

    id: str
    source: str
    key: str
    title: str
    kind: str
    tier: str
    visibility: tuple[str, ...]
    access: str
    title_en: str | None = None
    title_zh: str | None = None
    summary: str | None = None
    keywords: tuple[str, ...] = ()
    library: Reference | None = None
    institution: str | None = None
    institution_source: str | None = None
    institution_name: str | None = None
    province: str | None = None
    majors: tuple[MajorRef, ...] = ()
    creators: tuple[Creator, ...] = ()
    languages: tuple[str, ...] = ()
    license: License | None = None
    format: str | None = None
    duration_seconds: int | None = None
    size_bytes: int | None = None
    url: str | None = None
    cover: str | None = None
    original_url: str | None = None
    published: str | None = None
    updated_at: datetime | None = None
    part_of: tuple[str, ...] = ()
    obtained_at: datetime | None = None
    definition_version: int = 1


class Library(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A collection inside a source: a 专业教学资源库, a course platform."""

    id: str
    source: str
    key: str
    name: str
    tier: str
    visibility: tuple[str, ...]
    institution: str | None = None
    institution_source: str | None = None
    institution_name: str | None = None
    province: str | None = None
    majors: tuple[MajorRef, ...] = ()
    resource_count: int | None = None
    homepage: str | None = None


class Institution(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A school or college, known by its ten-digit 学校（机构）标识码; digits 3 and 4 are the province (GB/T 2260)."""

    id: str
    code: str
    name: str
    province: str | None = None


class LiveDetails(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What only the source knows now."""

    key: str
    status: str | None = None
    views: int | None = None
    rating: float | None = None
    seats: int | None = None
