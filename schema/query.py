"""The root: what can be asked."""

from __future__ import annotations

from typing import Any

import strawberry

from auth.scopes import AUDIT_READ
from resolvers import changes, directory, lookup, search, suggesting
from resolvers.context import Context
from schema.audit import AuditPage, audit_events
from schema.changes import ChangeConnection
from schema.client import Scope, all_scopes
from schema.enums import ResourceOrderBy
from schema.fields import resolved
from schema.inputs import InstitutionFilter, LibraryFilter, ResourceFilter, SourceFilter, members, order_of, resource_filter, values
from schema.institution import InstitutionConnection
from schema.library import LibraryConnection
from schema.node import Node
from schema.province import Province
from schema.resource import Resource, ResourceConnection
from schema.source import Source, SourceConnection
from schema.suggestion import Suggestion
from schema.viewer import Viewer, viewer
from store import filters
from store.provinces import PROVINCES


def _node(_root: Any, context: Context, id: strawberry.ID) -> Any:
    return lookup.node(context, id)


def _nodes(_root: Any, context: Context, ids: list[strawberry.ID]) -> Any:
    return lookup.nodes(context, ids)


def _resource(_root: Any, context: Context, id: strawberry.ID) -> Any:
    return lookup.resource(context, id)


def _by_identifier(_root: Any, context: Context, source: str, identifier: str) -> Any:
    return lookup.resource_by_identifier(context, source, identifier)


def _search(
    _root: Any,
    context: Context,
    text: str | None = None,
    filter: ResourceFilter | None = None,
    order_by: ResourceOrderBy | None = None,
    first: int = 20,
    after: str | None = None,
    *,
    selected: frozenset[str],
) -> Any:
    return search.search(context, resource_filter(filter), order_of(order_by), first, after, selected, text)


def _suggest(_root: Any, context: Context, prefix: str, first: int = 10) -> Any:
    return suggesting.suggestions(context, prefix, first)


def _changes(_root: Any, context: Context, after: str | None = None, first: int = 500) -> Any:
    return changes.changes(context, first, after)


def _libraries(
    _root: Any,
    context: Context,
    filter: LibraryFilter | None = None,
    first: int = 20,
    after: str | None = None,
) -> Any:
    asked = filter or LibraryFilter()
    wanted = filters.ResourceFilter(
        tiers=members("tiers", asked.tiers),
        provinces=values("provinces", asked.provinces),
        institutions=values("institutions", asked.institutions),
        sources=values("sources", asked.sources),
    )
    return search.libraries(context, wanted, values("names", asked.names), first, after)


def _sources(
    _root: Any,
    context: Context,
    filter: SourceFilter | None = None,
    first: int = 20,
    after: str | None = None,
) -> Any:
    asked = filter or SourceFilter()
    wanted = directory.SourceConditions(
        tiers=members("tiers", asked.tiers),
        provinces=values("provinces", asked.provinces),
        names=values("names", asked.names),
        connectors=members("connectors", asked.connectors),
        modes=members("modes", asked.modes),
    )
    return directory.sources(context, wanted, first, after)


def _source(_root: Any, context: Context, name: str) -> Any:
    return context.sources.by_name(name)


def _institutions(
    _root: Any,
    context: Context,
    filter: InstitutionFilter | None = None,
    first: int = 20,
    after: str | None = None,
) -> Any:
    asked = filter or InstitutionFilter()
    provinces, codes, names = values("provinces", asked.provinces), values("codes", asked.codes), values("names", asked.names)
    return directory.institutions(context, provinces, codes, names, first, after)


@strawberry.type(description="What can be asked: the teaching resources of the national, provincial and school libraries in one graph.")
class Query:
    node: Node | None = resolved(_node, text="Any object by its global id; null where there is none that you may see.")
    nodes: list[Node | None] = resolved(_nodes, text="Many objects by their ids, at most 100, in the order asked.")
    resource: Resource | None = resolved(_resource, text="A resource by its global id.")
    resource_by_identifier: Resource | None = resolved(
        _by_identifier, text="A resource by the name of its source and its native key there."
    )
    search: ResourceConnection = resolved(
        _search, text="Resources of all sources in one list. Without an order: RELEVANCE with a text, NEWEST without."
    )
    suggest: list[Suggestion] = resolved(
        _suggest,
        text="What may have been meant: terms and libraries by their first hanzi, by pinyin (shukong) or initials (sk). At most 20.",
    )
    changes: ChangeConnection = resolved(
        _changes, text="What became of the public resources of the catalog, oldest first, at most 1000 at once: for those who keep a copy."
    )
    libraries: LibraryConnection = resolved(_libraries, text="Libraries of all sources, by name.")
    sources: SourceConnection = resolved(_sources, text="The sources that are registered, by name.")
    source: Source | None = resolved(_source, text="A source by its name.")
    institutions: InstitutionConnection = resolved(_institutions, text="Schools and colleges of the catalog, by code.")
    provinces: list[Province] = resolved(lambda _root, _context: list(PROVINCES.values()), text="All provinces (GB/T 2260).")
    scopes: list[Scope] = resolved(all_scopes, text="Every scope (权限) that applications may ask for, with its meaning.")
    audit_events: AuditPage | None = resolved(audit_events, text="The audit log (审计日志), the newest entries first.", scope=AUDIT_READ)
    viewer: Viewer | None = resolved(viewer, text="Who you are; null for an anonymous caller.")
