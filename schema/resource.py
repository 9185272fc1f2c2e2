"""Resources: the canonical record as callers see it, one type per kind."""

from __future__ import annotations

from typing import Any

import strawberry

from resolvers import lookup
from resolvers.context import Context
from schema.code import Code, Coded, code_field
from schema.enums import Lang, Tier
from schema.facet import FacetType, facets_of
from schema.fields import resolved
from schema.institution import Institution
from schema.library import Library, outcomes_of
from schema.node import Node, type_name
from schema.outcome import SourceOutcome
from schema.paging import PageInfo
from schema.parts import ContentAccess, Creator, Image, License, MajorRef, Provenance, Text
from schema.province import Province, province_of
from schema.scalars import URL, DateTime, Long, PartialDate
from schema.source import Source
from store.codes import KINDS
from store.record import Record

_TIERS = {tier.value: tier for tier in Tier}


def _institution(record: Record, context: Context) -> Any:
    if record.institution is None:
        return None
    return context.loaders.institutions.load((record.institution, record.institution_source, record.institution_name))


def _titles(record: Record, _context: Context) -> list[Any]:
    titles = ((Lang.ZH, record.title_zh), (Lang.EN, record.title_en))
    return [Text(lang=lang, text=text) for lang, text in titles if text is not None and text != record.title]


def _live(record: Record, context: Context) -> Any:
    return context.loaders.live.load((record.source, record.key))


def _detail(name: str) -> Any:
    return lambda live, _context: getattr(live[1], name) if live[1] is not None else None


def _status(live: Any, _context: Context) -> Any:
    details = live[1]
    return Coded("live-status", details.status) if details is not None and details.status is not None else None


@strawberry.type(description="What only the source knows now. It is asked when you ask.")
class Live:
    outcome: SourceOutcome = resolved(lambda live, _: live[0], text="Whether the source answered.")
    status: Code | None = resolved(_status, text="Open, upcoming, closed.")
    views: Long | None = resolved(_detail("views"), text="How often it was opened.")
    rating: float | None = resolved(_detail("rating"), text="Its mean rating at the source.")
    seats: int | None = resolved(_detail("seats"), text="Places left.")


@strawberry.interface(description="A teaching resource of one source: what its owner says of it, in one shape.")
class Resource(Node):
    id: strawberry.ID = resolved(text="Opaque; stays when the source changes its name or kind.")
    title: str = resolved(text="As the source sent it: untrusted text, never markup.")
    title_in_other_languages: list[Text] = resolved(_titles, text="Titles in other languages.")
    summary: str | None = resolved(text="What it is about, without markup.")
    keywords: list[str] = resolved(text="Words of its source.")
    kind: Code = code_field("kind", "kind", text="What it is (资源类型, 教科信厅〔2024〕1号); also tells the implementing type.")
    tier: Tier = resolved(lambda record, _: _TIERS[record.tier], text="The level of its library: 国家级, 省级, 校级.")
    source: Source = resolved(lambda record, context: lookup.source_of(context, record.source), text="The source that holds it.")
    library: Library | None = resolved(
        lambda record, context: context.loaders.libraries.load(record.library) if record.library is not None else None,
        text="The library it belongs to.",
    )
    institution: Institution | None = resolved(_institution, text="The school that made it.")
    province: Province | None = resolved(lambda record, _: province_of(record.province), text="Where it was made.")
    majors: list[MajorRef] = resolved(text="The majors it serves.")
    creators: list[Creator] = resolved(text="Who made it.")
    languages: list[Code] = resolved(
        lambda record, _: [Coded("language", language) for language in record.languages], text="Its languages (BCP 47)."
    )
    license: License | None = resolved(text="Terms of use.")
    access: ContentAccess = resolved(lambda record, _: record, text="Who may open the content.")
    format: Code | None = code_field("format", "format", text="Video, PDF, slides …")
    duration_seconds: int | None = resolved(text="How long it runs.")
    size_bytes: Long | None = resolved(text="How large its file is.")
    url: URL | None = resolved(text="Where the content is. Vetted, never with a credential.")
    cover: Image | None = resolved(lambda record, _: record.cover, text="A picture of it.")
    page_url: URL = resolved(lambda record, context: lookup.page_url(context, record), text="Its page here.")
    published: PartialDate | None = resolved(text="When it was published, as far as the source knows.")
    updated_at: DateTime | None = resolved(text="When the source last changed it.")
    part_of: list[Resource] = resolved(
        lambda record, context: lookup.present(context, record.part_of) if record.part_of else [],
        text="What it belongs to: the course of a video.",
    )
    provenance: Provenance = resolved(lambda record, _: record, text="Where the record comes from, and when.")
    live: Live | None = resolved(_live, text="What only the source knows now; null where it offers nothing.")

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        """The implementing type, by kind."""
        return type_name(value)


def _implementation(name: str, kind: str) -> type:
    label = KINDS[kind]
    made = type(name, (Resource,), {"__annotations__": {}, "__module__": __name__})
    return strawberry.type(made, description=f"{label.en} ({label.zh}).")


Course = _implementation("Course", "course")
Video = _implementation("Video", "video")
Document = _implementation("Document", "document")
Textbook = _implementation("Textbook", "textbook")
Book = _implementation("Book", "book")
Courseware = _implementation("Courseware", "courseware")
TeachingCase = _implementation("TeachingCase", "teaching_case")
VirtualTraining = _implementation("VirtualTraining", "virtual_training")
TeachingResearchVideo = _implementation("TeachingResearchVideo", "teaching_research_video")
Application = _implementation("Application", "application")
OtherResource = _implementation("OtherResource", "other")

IMPLEMENTATIONS = (
    Course,
    Video,
    Document,
    Textbook,
    Book,
    Courseware,
    TeachingCase,
    VirtualTraining,
    TeachingResearchVideo,
    Application,
    OtherResource,
)


def _page_cursors(connection: Any, _context: Context, size: int = 7) -> Any:
    return connection.page_cursors(size)


@strawberry.type(description="A text of a resource with the places of what was searched for.")
class Highlight:
    field: str = resolved(text="title, summary or keywords.")
    text: str = resolved(text="Plain text, never markup: of a long summary the part around the first hit.")
    ranges: list[list[int]] = resolved(text="[start, end) of each hit in the text, in UTF-16 units, in order.")


@strawberry.type(description="A page by its number.")
class PageCursor:
    page: int = resolved(text="From 1.")
    after: str = resolved(text="Ask with this cursor for the page.")
    current: bool = resolved(text="This is the page at hand.")


@strawberry.type(description="A resource with its cursor.")
class ResourceEdge:
    cursor: str = resolved(text="Resumes behind this resource.")
    node: Resource = resolved(text="The resource.")
    highlights: list[Highlight] = resolved(text="Where the words of the text stand in it; empty without a text.")


@strawberry.type(description="A page of resources from many sources.")
class ResourceConnection:
    edges: list[ResourceEdge] = resolved(text="With cursors.")
    nodes: list[Resource] = resolved(text="Without cursors.")
    page_info: PageInfo = resolved(text="Where the page stands.")
    total_count: int = resolved(lambda connection, _: connection.total_count(), text="All resources of the query that you may see.")
    total_is_exact: bool = resolved(text="False: totalCount is a lower bound, a live source cannot count or did not answer.")
    complete: bool = resolved(text="Every outcome is OK: safe to cache as the whole answer.")
    outcomes: list[SourceOutcome] = resolved(outcomes_of, text="What became of each source; what is missing is told here.")
    facets: list[FacetType] = resolved(facets_of, text="The catalog counted by value; empty while the search index is being made.")
    page_cursors: list[PageCursor] | None = resolved(
        _page_cursors, text="Numbered pages around this one, over the first 1,000 rows; null while live sources take part."
    )
    did_you_mean: str | None = resolved(
        lambda connection, _: connection.did_you_mean(),
        text="Another text that sounds the same and is found far more often: 数控 for 数空.",
    )
