"""Sources: the upstream systems that are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from auth.scopes import SOURCES_READ
from resolvers import directory
from resolvers.context import Context
from resolvers.sources import OpenSource
from schema.enums import ConnectorKind, ReachMode, Tier
from schema.fields import resolved
from schema.health import SourceHealth
from schema.node import Node
from schema.paging import PageInfo
from schema.parts import License, connector_kind
from schema.province import Province, province_of
from schema.scalars import URL, DateTime
from store.identity import source_id
from store.record import License as Terms

if TYPE_CHECKING:
    from schema.institution import Institution


def _terms(source: OpenSource) -> Terms | None:
    said = source.definition.metadata_license
    if said is None:
        return None
    return Terms(url=said) if said.startswith(("http://", "https://")) else Terms(code=said)


def _harvests(source: OpenSource, context: Context, first: int = 10) -> Any:
    return directory.harvests(context, source, first)


@strawberry.type(description="One run of a harvest.")
class HarvestRun:
    started_at: DateTime = resolved(lambda run, _: run.started, text="When it began.")
    finished_at: DateTime | None = resolved(lambda run, _: run.finished, text="When it ended; null while it runs.")
    seen: int = resolved(text="Items that the source gave.")
    changed: int = resolved(text="Records that are new or different.")
    gone: int = resolved(text="Records that are no longer there.")
    quarantined: int = resolved(text="Items that could not become records.")
    error: str | None = resolved(text="Why it ended early.")
    next_due: DateTime | None = resolved(text="When the next one begins.")


@strawberry.type(description="One upstream system that a province, a school or the nation has registered.")
class Source(Node):
    id: strawberry.ID = resolved(lambda source, _: source_id(source.key), text="Opaque; stays when the source is renamed.")
    name: str = resolved(text="How queries name it.")
    title: str = resolved(lambda source, _: source.definition.title, text="How people call it.")
    tier: Tier = resolved(lambda source, _: Tier(source.definition.tier), text="The level of its libraries.")
    province: Province | None = resolved(lambda source, _: province_of(source.definition.province), text="The province that runs it.")
    institution: Annotated[Institution, strawberry.lazy("schema.institution")] | None = resolved(
        lambda source, context: (
            context.loaders.institutions.load((source.definition.institution, None, None)) if source.definition.institution else None
        ),
        text="The school that runs it.",
    )
    connector: ConnectorKind = resolved(lambda source, _: connector_kind(source.definition.connector), text="The kind of interface.")
    mode: ReachMode = resolved(lambda source, _: ReachMode(source.definition.mode), text="How it is reached.")
    endpoint: str | None = resolved(
        lambda source, _: getattr(source.definition.connection, "url", None), text="Where it is reached.", scope=SOURCES_READ
    )
    record_count: int | None = resolved(
        lambda source, context: None if source.live else context.loaders.source_sizes.load(source.key),
        text="Its records in the catalog that you may see; null for a source that is asked live.",
    )
    last_harvest: HarvestRun | None = resolved(
        lambda source, context: context.freshness_of(source.key).last_run, text="Its latest harvest; null for a source that has none."
    )
    harvests: list[HarvestRun] = resolved(
        _harvests, text="Its latest harvests or pushes, the newest first, at most 200; empty for a source that is asked live."
    )
    stale: bool = resolved(
        lambda source, context: context.freshness_of(source.key).stale,
        text="Its last complete harvest is older than twice its schedule.",
    )
    health: SourceHealth = resolved(text="How it is, as seen by the process that answers.")
    terms_url: URL | None = resolved(lambda source, _: source.definition.terms_url, text="Its terms of use.")
    metadata_license: License | None = resolved(lambda source, _: _terms(source), text="The licence of its metadata.")
    attribution: str | None = resolved(lambda source, _: source.definition.attribution, text="Words to show beside its records.")


@strawberry.type(description="A source with its cursor.")
class SourceEdge:
    cursor: str = resolved(text="Resumes behind this source.")
    node: Source = resolved(text="The source.")


@strawberry.type(description="A page of sources, by name.")
class SourceConnection:
    edges: list[SourceEdge] = resolved(text="With cursors.")
    nodes: list[Source] = resolved(text="Without cursors.")
    page_info: PageInfo = resolved(text="Where the page stands.")
    total_count: int = resolved(text="All sources of the filter.")
