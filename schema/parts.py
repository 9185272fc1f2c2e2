"""Small parts of a resource: majors, creators, licence, access, image, provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers.context import Context
from resolvers.lookup import source_of
from schema.code import Code, code_field
from schema.enums import AccessLevel, ConnectorKind, Lang, ReachMode
from schema.fields import resolved
from schema.scalars import URL, DateTime
from store.codes import ACCESS
from store.record import Record

if TYPE_CHECKING:
    from schema.source import Source

_KINDS = {kind.value: kind for kind in ConnectorKind}


def connector_kind(name: str) -> ConnectorKind:
    """The enum's member for a connector kind; PLUGIN for those of other packages."""
    return _KINDS.get(name, ConnectorKind.PLUGIN)


@strawberry.type(description="A text in one language.")
class Text:
    lang: Lang = resolved(text="Its language.")
    text: str = resolved(text="As the source sent it.")


@strawberry.type(description="A major (专业) of a catalogue. A code means nothing without its year.")
class MajorRef:
    catalogue_year: int | None = resolved(text="The edition of the catalogue (专业目录): 2015, 2021.")
    code: str | None = resolved(text="Six digits, or two or four for a category or class.")
    name: str = resolved(text="The name that the source gives.")
    recognised: bool = resolved(lambda major, _: major.code is not None, text="The source named a code and its catalogue.")


@strawberry.type(description="A person or body that made the resource.")
class Creator:
    name: str = resolved(text="As the source names them.")
    role: Code | None = code_field("role", "creator-role", text="Author, editor, teacher, publisher, lead institution.")


@strawberry.type(description="Terms of use, as far as the source tells them.")
class License:
    code: str | None = resolved(text="A code such as CC-BY-4.0.")
    url: URL | None = resolved(text="The address of the terms.")
    text: str | None = resolved(text="The words of the source.")


def _access_label(record: Record, _context: Context, lang: Lang = Lang.ZH) -> str:
    found = ACCESS[record.access]
    return found.zh if lang is Lang.ZH else found.en


@strawberry.type(description="Who may open the content. Who sees the record was decided before.")
class ContentAccess:
    level: AccessLevel = resolved(lambda record, _: AccessLevel(record.access), text="The widest group that may open it.")
    sign_in_required: bool = resolved(lambda record, _: record.access != "public", text="The source asks people to sign in.")
    label: str = resolved(_access_label, text="What people read for the level.")


@strawberry.type(description="A picture.")
class Image:
    url: URL = resolved(lambda address, _: address, text="Where it is.")


@strawberry.type(description="Where a record comes from, and when.")
class Provenance:
    source: Annotated[Source, strawberry.lazy("schema.source")] = resolved(
        lambda record, context: source_of(context, record.source), text="The source that holds it."
    )
    identifier: str = resolved(lambda record, _: record.key, text="The native key in that source.")
    connector: ConnectorKind = resolved(
        lambda record, context: connector_kind(source_of(context, record.source).definition.connector), text="How the source is read."
    )
    mode: ReachMode = resolved(
        lambda record, context: ReachMode(source_of(context, record.source).definition.mode), text="How the record reached this answer."
    )
    original_url: URL | None = resolved(text="The record's page at the source.")
    obtained_at: DateTime = resolved(lambda record, context: record.obtained_at or context.now, text="When Huiju read it.")
    source_updated_at: DateTime | None = resolved(lambda record, _: record.updated_at, text="When the source last changed it.")
    definition_version: int = resolved(text="The version of the definition that mapped it.")
