"""Libraries: collections inside a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import search
from resolvers.context import Context
from resolvers.lookup import source_of
from schema.enums import OutcomeStatus, ResourceOrderBy, Tier
from schema.fields import resolved
from schema.inputs import ResourceFilter, order_of, resource_filter
from schema.institution import Institution
from schema.node import Node
from schema.outcome import SourceOutcome
from schema.paging import PageInfo
from schema.parts import MajorRef
from schema.province import Province, province_of
from schema.scalars import URL
from schema.source import Source

if TYPE_CHECKING:
    from schema.resource import ResourceConnection


async def _resources(
    library: Any,
    context: Context,
    filter: ResourceFilter | None = None,
    order_by: ResourceOrderBy | None = None,
    first: int = 20,
    after: str | None = None,
    *,
    selected: frozenset[str],
) -> Any:
    wanted = resource_filter(filter, libraries=(library.id,))
    return await search.search(context, wanted, order_of(order_by), first, after, selected)


def _institution(library: Any, context: Context) -> Any:
    if library.institution is None:
        return None
    return context.loaders.institutions.load((library.institution, library.institution_source, library.institution_name))


def _count(library: Any, context: Context) -> Any:
    source = source_of(context, library.source)
    if not source.live:
        return context.loaders.library_sizes.load(library.id)
    # A live source counts what it has, which is more than the caller may see unless everything is public.
    return library.resource_count if source.definition.all_public else None


@strawberry.type(description="A collection inside a source: a major's teaching library (专业教学资源库), a course platform.")
class Library(Node):
    id: strawberry.ID = resolved(text="Opaque.")
    name: str = resolved(text="Its name.")
    tier: Tier = resolved(lambda library, _: Tier(library.tier), text="Its level.")
    source: Source = resolved(lambda library, context: source_of(context, library.source), text="The source that holds it.")
    institution: Institution | None = resolved(_institution, text="The school that leads it.")
    province: Province | None = resolved(lambda library, _: province_of(library.province), text="Where it is led.")
    majors: list[MajorRef] = resolved(text="The majors it serves.")
    resource_count: int | None = resolved(_count, text="Its resources that you may see; null where only the source could count them.")
    homepage: URL | None = resolved(text="Its page at the source.")
    resources: Annotated[ResourceConnection, strawberry.lazy("schema.resource")] = resolved(_resources, text="Its resources.")


@strawberry.type(description="A library with its cursor.")
class LibraryEdge:
    cursor: str = resolved(text="Resumes behind this library.")
    node: Library = resolved(text="The library.")


def outcomes_of(connection: Any, _context: Context, only: list[OutcomeStatus] | None = None) -> Any:
    """The outcomes of a connection, all or those of some statuses."""
    wanted = None if only is None else {status.value for status in only}
    return [each for each in connection.outcomes if wanted is None or each.status in wanted]


@strawberry.type(description="A page of libraries, by name.")
class LibraryConnection:
    edges: list[LibraryEdge] = resolved(text="With cursors.")
    nodes: list[Library] = resolved(text="Without cursors.")
    page_info: PageInfo = resolved(text="Where the page stands.")
    total_count: int = resolved(
        lambda connection, _: connection.total_count(), text="All libraries of the filter; a lower bound while a live source fails."
    )
    outcomes: list[SourceOutcome] = resolved(outcomes_of, text="What became of each source.")
