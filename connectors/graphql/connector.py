"""The connector: lists page by page, items by key, one document for each question."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from connectors.collections import ByCollection
from connectors.errors import CursorLost, SourceError, SourceMalformed
from connectors.graphql.answers import data_in, errors_at, errors_in, meaning, nodes_in
from connectors.graphql.definition import GraphQLConnection, GraphQLFilter, GraphQLSection, Ids, ListPaging, RelayPaging
from connectors.graphql.documents import Argument, Document, Value, alias_document, below, list_document, merged, selected, type_of
from connectors.http import Absent, check_status, exchanged, parsed
from connectors.keys import key_reader, parts_of, same_form
from connectors.mapping.paths import getter
from connectors.needs import needed_fields, needed_paths
from connectors.paging import At, Page, Position, mark_of, nothing, total_in, unseal, walk, walk_ids
from connectors.protocol import Batch, Collection, Item, Key, Query, Spoiled, Supports
from connectors.pushdown import VISIBILITY, Sent, pushed_down
from egress import Fetcher, Reply, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every collection of one source shares."""

    client: Fetcher
    connection: GraphQLConnection
    catalogue_year: int | None
    zone: ZoneInfo


class GraphQLConnector(ByCollection):
    """Reads a source that answers GraphQL over HTTP."""

    def __init__(self, setting: Setting, sections: Mapping[Collection, GraphQLSection]) -> None:
        super().__init__(
            {collection: _Reader(setting, collection, section) for collection, section in sections.items()},
            {collection: supported(section) for collection, section in sections.items()},
        )


def supported(section: GraphQLSection) -> Supports:
    """What a collection's section makes of the source."""
    return Supports(
        text=section.text is not None,
        ids=section.ids is not None,
        since=section.since is not None,
        total=section.total is not None or (section.field is not None and section.paging.style == "none"),
        filters=frozenset(section.filters),
        orders=frozenset(section.orders),
        max_batch=section.max_batch,
        max_ids=section.ids.max_ids if section.ids is not None else 1,
        numbered=getattr(section.paging, "overlap", False),
    )


class _Reader:
    """One collection of one source."""

    def __init__(self, setting: Setting, collection: Collection, section: GraphQLSection) -> None:
        self._setting, self._collection, self._section = setting, collection, section
        self._key_of = key_reader(section.identifier)
        self._purpose = f"graphql {collection} {section.paging.style}"
        self._constants = [self._argument(path, value) for path, value in section.arguments.items()]
        self._list_selection = lru_cache(maxsize=128)(self._select_list)
        self._ids_selection = lru_cache(maxsize=128)(self._select_ids)

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        ids, field = self._section.ids, self._section.field
        if (ids if query.ids is not None else field) is None:
            raise SourceMalformed("not_offered")
        by_id = query.ids is not None
        sent = pushed_down(query, self._section.filters, self._setting.catalogue_year, self._setting.zone, by_id=by_id)
        if sent is None:
            yield nothing()
            return
        async with aclosing(
            self._by_ids(query, ids, sent) if by_id and ids is not None else self._list(query, field or "", sent)
        ) as batches:
            async for batch in batches:
                yield batch

    def _list(self, query: Query, field: str, sent: list[Sent]) -> AsyncGenerator[Batch, None]:
        numbered = isinstance(self._section.paging, ListPaging)
        start = Position(0 if numbered else None, max(1, min(query.limit, self._section.max_batch)))
        if query.cursor is not None:
            start = unseal(query.cursor, self._purpose, Position)
            if isinstance(start.at, int) != numbered or not 1 <= start.size <= self._section.max_batch:
                raise CursorLost("cursor")
        arguments = self._arguments(query, sent)
        selection = self._list_selection(needed_fields(query))

        async def page(position: Position) -> Page:
            return await self._page(field, position, arguments, selection)

        counted = self._section.total is not None
        return walk(page, start, max(1, query.limit), numbered=numbered, counted=counted, purpose=self._purpose)

    def _arguments(self, query: Query, sent: list[Sent]) -> dict[str, Argument]:
        """The arguments by their path: what is asked comes before constants of the same name."""
        section = self._section
        found = [*self._constants, *(self._sent(each) for each in sent)]
        if query.text is not None and section.text is not None:
            found.append(self._argument(section.text.argument, query.text))
        if query.since is not None and section.since is not None:
            found.append(self._argument(section.since.argument, section.since.write(query.since, self._setting.zone)))
        if query.order is not None:
            found += [self._argument(path, value) for path, value in section.orders.get(query.order, {}).items()]
        return {each.path: each for each in found}

    def _argument(self, path: str, value: Value, kind: str | None = None) -> Argument:
        return Argument(path, kind or self._section.types.get(path) or type_of(value), _sendable(value))

    def _sent(self, sent: Sent) -> Argument:
        pushed = sent.pushed
        kind = pushed.type if isinstance(pushed, GraphQLFilter) else None
        return self._argument(sent.argument, sent.values[0] if pushed.argument is None or pushed.single else sent.values, kind)

    def _select_list(self, wanted: frozenset[str] | None) -> str:
        paging = self._section.paging
        parts = [below(paging.items, selected(needed_paths(self._collection, self._section, wanted)))]
        if isinstance(paging, RelayPaging):
            parts.append("{ pageInfo { hasNextPage endCursor } }")
        if self._section.total is not None:
            parts.append(selected([self._section.total]))
        return merged(*parts)

    def _select_ids(self, wanted: frozenset[str] | None) -> str:
        ids = self._section.ids
        selection = selected(needed_paths(self._collection, self._section, wanted), ids.on if ids is not None else None)
        return below(ids.items if ids is not None else None, selection)

    async def _page(self, field: str, position: Position, arguments: dict[str, Argument], selection: str) -> Page:
        paging = self._section.paging
        asked = dict(arguments)
        match paging:
            case RelayPaging():
                asked[paging.first] = self._argument(paging.first, position.size)
                if isinstance(position.at, str):
                    asked[paging.after] = self._argument(paging.after, position.at)
            case ListPaging():
                asked[paging.limit] = self._argument(paging.limit, position.size)
                asked[paging.offset] = self._argument(paging.offset, position.at if isinstance(position.at, int) else 0)
        document = list_document(field, _signature(asked.values()), selection)
        resumed = isinstance(position.at, str)
        reply = await self._ask(document, [each.value for each in asked.values()], resumed=resumed)

        def read(body: Any, exact: bool) -> Page:
            found = data_in(body, resumed=resumed).get(field)
            if found is None:
                raise meaning(errors_in(body), resumed=resumed)
            entries = [self._entry(node, exact) for node in nodes_in(found, paging.items)]
            total = total_in(found, self._section.total, position.seen + len(entries))
            if paging.style == "none" and self._section.total is None:
                total = len({entry.key for entry in entries if isinstance(entry, Item)})
            after = self._following(position, len(entries), total, found)
            return Page(entries=entries, following=after, total=total, date=reply.date, mark=mark_of(entries, reply.body))

        return parsed(reply, None, read)

    def _entry(self, node: Any, exact: bool) -> Item | Spoiled:
        return self._key_of(node, exact) if node is not None else Spoiled(None, "null")

    def _following(self, position: Position, count: int, total: int | None, found: Any) -> At:
        paging = self._section.paging
        if isinstance(paging, RelayPaging):
            if not isinstance(getter("pageInfo.hasNextPage")(found), bool):
                raise SourceMalformed("shape")
            cursor = getter("pageInfo.endCursor")(found)
            if count == 0 or not found["pageInfo"]["hasNextPage"]:
                return None
            if not isinstance(cursor, str) or not cursor:
                raise SourceMalformed("shape")
            return cursor
        if not isinstance(paging, ListPaging) or count == 0 or not isinstance(position.at, int):
            return None
        if total is not None and position.seen + count >= total:
            return None
        return None if total is None and paging.short_page_ends and count < position.size else position.at + count

    def _by_ids(self, query: Query, ids: Ids, sent: list[Sent]) -> AsyncGenerator[Batch, None]:
        asked = [key for key in query.ids or () if same_form(key, self._section.identifier)]
        constants = [self._argument(path, value) for path, value in ids.arguments.items()]
        visible = [self._sent(each) for each in sent if each.name != VISIBILITY or ids.visibility]
        shared = list({each.path: each for each in (*constants, *visible)}.values())
        selection = self._ids_selection(needed_fields(query))

        async def some(keys: tuple[Key, ...]) -> Page:
            return await (self._aliased if ids.single else self._together)(ids, keys, shared, selection)

        return walk_ids(some, query, asked, ids.max_ids, f"{self._purpose} ids")

    async def _together(self, ids: Ids, keys: tuple[Key, ...], shared: list[Argument], selection: str) -> Page:
        name = ids.argument[0]
        arguments = [*shared, Argument(name, self._section.types.get(name, "[ID!]!"), [str(key) for key in keys])]
        reply = await self._ask(list_document(ids.field, _signature(arguments), selection), [each.value for each in arguments])

        def read(body: Any, exact: bool) -> Page:
            errors, found = errors_in(body), data_in(body).get(ids.field)
            if found is None:
                if errors and not errors_at(errors, ids.field):
                    return Page(entries=())
                raise meaning(errors)
            nodes = nodes_in(found, ids.items)
            entries: list[Item | Spoiled] = [self._key_of(node, exact) for node in nodes if node is not None]
            failed = sum(node is None and bool(errors_at(errors, ids.field, number)) for number, node in enumerate(nodes))
            if failed and not any(isinstance(entry, Item) for entry in entries):
                raise meaning(errors)
            return Page(entries=entries + [Spoiled(None, "graphql_errors")] * failed, date=reply.date)

        return parsed(reply, None, read)

    async def _aliased(self, ids: Ids, keys: tuple[Key, ...], shared: list[Argument], selection: str) -> Page:
        own = tuple((name, self._section.types.get(name, "ID!")) for name in ids.argument)
        document = alias_document(ids.field, _signature(shared), own, len(keys), selection)
        values: list[Value] = [each.value for each in shared]
        reply = await self._ask(document, values + [part for key in keys for part in parts_of(key)])

        def read(body: Any, exact: bool) -> Page:
            errors, data = errors_in(body), data_in(body)
            entries: list[Item | Spoiled] = []
            for number, key in enumerate(keys):
                alias = f"item{number}"
                node = getter(ids.items)(data.get(alias)) if ids.items is not None else data.get(alias)
                if node is not None:
                    entry = self._key_of(node, exact)
                    entries.append(Spoiled(key, entry.reason) if isinstance(entry, Spoiled) else entry)
                elif errors_at(errors, alias):
                    entries.append(Spoiled(key, "graphql_errors"))
            if entries and all(isinstance(entry, Spoiled) and entry.reason == "graphql_errors" for entry in entries):
                raise meaning(errors)
            return Page(entries=entries, date=reply.date)

        return parsed(reply, None, read)

    async def _ask(self, document: Document, values: Sequence[Value], *, resumed: bool = False) -> Reply:
        connection = self._setting.connection
        variables = dict(zip(document.variables, values, strict=True))
        request = Request(
            method="POST",
            url=connection.url,
            headers={"Accept": "application/json", **connection.headers, "Content-Type": "application/json"},
            body=orjson.dumps({"query": document.text, "variables": variables}),
        )
        reply = await exchanged(self._setting.client, request)
        try:
            check_status(reply)
        except Absent as error:
            raise SourceMalformed("not_found") from error  # the endpoint: what is asked for stands in the body
        except SourceMalformed as error:
            raise _told(reply, error, resumed=resumed) from error
        return reply


def _told(reply: Reply, error: SourceMalformed, *, resumed: bool) -> SourceError:
    """What a refused request says in its body, where it says it in GraphQL (GraphQL over HTTP §6.4.1)."""

    def read(body: Any, _exact: bool) -> SourceError:
        errors = errors_in(body)
        return meaning(errors, resumed=resumed) if errors else error

    try:
        return parsed(reply, None, read)
    except SourceError:
        return error


def _signature(arguments: Iterable[Argument]) -> tuple[tuple[str, str], ...]:
    return tuple((each.path, each.type) for each in arguments)


def _sendable(value: Value) -> Value:
    """Halves of surrogate pairs are no text that could be sent."""
    return value.encode(errors="replace").decode() if isinstance(value, str) and not value.isascii() else value
