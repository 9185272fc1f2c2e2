"""The connector: lists page by page, items by key."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from connectors.collections import ByCollection
from connectors.errors import CursorLost, SourceMalformed
from connectors.fanout import one_by_one
from connectors.http import Absent, ErrorInside, check_inside, fetched, parsed
from connectors.keys import key_reader, same_form
from connectors.mapping.paths import getter, top_names
from connectors.needs import needed_fields, needed_paths
from connectors.paging import Page, Position, mark_of, nothing, total_in, unseal, walk, walk_ids
from connectors.protocol import Batch, Collection, Item, Key, Query, Spoiled, Supports
from connectors.pushdown import VISIBILITY, Sent, pushed_down
from connectors.rest.definition import Ids, OffsetPaging, PagePaging, RestConnection, RestSection
from connectors.rest.pages import asking, fits, following, items_in, start_of
from connectors.rest.requests import Argument, build, path_for
from egress import Fetcher, Reply, Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every collection of one source shares."""

    client: Fetcher
    connection: RestConnection
    concurrency: int
    catalogue_year: int | None
    zone: ZoneInfo


class RestConnector(ByCollection):
    """Reads a source that answers JSON over HTTP."""

    def __init__(self, setting: Setting, sections: Mapping[Collection, RestSection]) -> None:
        super().__init__(
            {collection: _Reader(setting, collection, section) for collection, section in sections.items()},
            {collection: supported(section) for collection, section in sections.items()},
        )


def supported(section: RestSection) -> Supports:
    """What a collection's section makes of the source."""
    return Supports(
        text=section.text is not None,
        ids=section.ids is not None,
        since=section.since is not None,
        total=section.total is not None or (section.listing is not None and section.paging.style == "none"),
        filters=frozenset(section.filters),
        orders=frozenset(section.orders),
        max_batch=section.max_batch,
        max_ids=section.ids.max_ids if section.ids is not None and section.ids.param is not None else 1,
        numbered=getattr(section.paging, "overlap", False),
    )


class _Reader:
    """One collection of one source."""

    def __init__(self, setting: Setting, collection: Collection, section: RestSection) -> None:
        self._setting, self._collection, self._section = setting, collection, section
        self._key_of = key_reader(section.identifier)
        self._base = setting.connection.url
        self._purpose = f"rest {collection} {section.paging.style}"

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        ids = self._section.ids if query.ids is not None else None
        if query.ids is not None and ids is None:
            raise SourceMalformed("not_offered")
        filters = self._section.filters
        sent = pushed_down(query, filters, self._setting.catalogue_year, self._setting.zone, by_id=ids is not None)
        if sent is None:
            yield nothing()
            return
        async with aclosing(self._list(query, sent) if ids is None else self._by_ids(query, ids, sent)) as batches:
            async for batch in batches:
                yield batch

    def _list(self, query: Query, sent: list[Sent]) -> AsyncGenerator[Batch, None]:
        paging = self._section.paging
        if self._section.listing is None:
            raise SourceMalformed("not_offered")
        start = Position(start_of(paging), max(1, min(query.limit, self._section.max_batch)))
        if query.cursor is not None:
            start = unseal(query.cursor, self._purpose, Position)
            if not fits(paging, start.at) or not 1 <= start.size <= self._section.max_batch:
                raise CursorLost("cursor")
        arguments = self._arguments(query, sent)
        numbered = isinstance(paging, PagePaging | OffsetPaging)
        counted = self._section.total is not None

        async def page(position: Position) -> Page:
            return await self._page(position, arguments)

        return walk(page, start, max(1, query.limit), numbered=numbered, counted=counted, purpose=self._purpose)

    def _arguments(self, query: Query, sent: list[Sent]) -> list[Argument]:
        section = self._section
        found = [_argument(each) for each in sent]
        if query.text is not None and section.text is not None:
            found.append(Argument(section.text.param, query.text))
        if query.since is not None and section.since is not None:
            found.append(Argument(section.since.param, section.since.write(query.since, self._setting.zone)))
        if query.order is not None:
            found += [Argument(name, value, "repeat") for name, value in section.orders.get(query.order, {}).items()]
        return found + self._sparse(query)

    def _sparse(self, query: Query) -> list[Argument]:
        fields, wanted = self._section.fields, needed_fields(query)
        if fields is None or wanted is None:
            return []
        names = dict.fromkeys(top_names(path) for path in needed_paths(self._collection, self._section, wanted))
        return [Argument(fields.param, [name for name in names if name != self._section.bucket], fields.joiner)]

    async def _page(self, position: Position, arguments: list[Argument]) -> Page:
        section, paging = self._section, self._section.paging
        first = position.at == start_of(paging)
        numbered = isinstance(paging, PagePaging | OffsetPaging)
        try:
            reply = await fetched(self._setting.client, self._request(position, arguments))
        except Absent as error:
            # Some sources answer a page beyond the last with 404.
            if first:
                raise SourceMalformed("not_found") from error
            if not numbered:
                raise CursorLost("cursor") from error
            return Page(entries=())
        except SourceMalformed as error:
            if error.reason == "rejected" and not first and not numbered:
                raise CursorLost("cursor") from error
            raise

        def read(body: Any, exact: bool) -> Page:
            try:
                check_inside(body, self._errors)
            except Absent:
                return Page(entries=(), total=0 if first else None, date=reply.date)
            natives = items_in(body, section.items, section.bucket)
            entries = [self._key_of(native, exact) for native in natives]
            total = total_in(body, section.total, position.seen + len(entries))
            if paging.style == "none" and section.total is None:
                total = len({entry.key for entry in entries if isinstance(entry, Item)})
            after = following(paging, position, len(entries), total, body, reply)
            return Page(entries=entries, following=after, total=total, date=reply.date, mark=mark_of(entries, reply.body))

        return self._parsed(reply, read)

    def _request(self, position: Position, arguments: list[Argument]) -> Request:
        paging, listing = self._section.paging, self._section.listing
        if listing is None:
            raise SourceMalformed("not_offered")
        if paging.style == "link" and isinstance(position.at, str):
            origin = urlsplit(self._base)
            headers = {"Accept": "application/json", **self._setting.connection.headers}
            return Request(method="GET", url=f"{origin.scheme}://{origin.netloc}{position.at}", headers=headers)
        return build(self._base, listing, self._setting.connection.headers, [*arguments, *asking(paging, position)])

    def _by_ids(self, query: Query, ids: Ids, sent: list[Sent]) -> AsyncGenerator[Batch, None]:
        asked = [key for key in query.ids or () if same_form(key, self._section.identifier)]
        arguments = [_argument(each) for each in sent if each.name != VISIBILITY or ids.visibility] + self._sparse(query)
        purpose = f"{self._purpose} ids"
        if ids.param is None:
            return walk_ids(lambda keys: self._each(ids, keys, arguments), query, asked, query.limit, purpose)
        if ids.joiner == "comma" or (ids.joiner is None and ids.place != "json"):
            asked = [key for key in asked if "," not in key]  # would be read as two
        return walk_ids(lambda keys: self._together(ids, keys, arguments), query, asked, ids.max_ids, purpose)

    async def _together(self, ids: Ids, keys: tuple[Key, ...], arguments: list[Argument]) -> Page:
        named = Argument(ids.param or "", [str(key) for key in keys], ids.joiner)
        request = build(self._base, ids, self._setting.connection.headers, [*arguments, named])
        try:
            reply = await fetched(self._setting.client, request)

            def read(body: Any, exact: bool) -> Page:
                check_inside(body, self._errors)
                natives = items_in(body, ids.items or self._section.items, self._section.bucket)
                return Page(entries=[self._key_of(native, exact) for native in natives if native is not None], date=reply.date)

            return self._parsed(reply, read)
        except Absent:
            return Page(entries=())

    async def _each(self, ids: Ids, keys: tuple[Key, ...], arguments: list[Argument]) -> Page:
        """Ask for every key by a call of its own, some at a time. One item that cannot be read spoils itself alone."""
        return Page(entries=await one_by_one(keys, self._setting.concurrency, lambda key: self._one(ids, key, arguments)))

    async def _one(self, ids: Ids, key: Key, arguments: list[Argument]) -> Item | Spoiled | None:
        path = path_for(ids.path, key)
        if path is None:
            return None
        try:
            reply = await fetched(self._setting.client, build(self._base, ids, self._setting.connection.headers, arguments, path))

            def read(body: Any, exact: bool) -> Item | Spoiled | None:
                check_inside(body, self._errors)
                native = getter(ids.items)(body) if ids.items is not None else body
                if isinstance(native, list):
                    native = native[0] if native else None
                return self._key_of(native, exact) if native is not None else None

            found = self._parsed(reply, read)
        except Absent:
            return None
        return Spoiled(key, found.reason) if isinstance(found, Spoiled) else found

    @property
    def _errors(self) -> tuple[ErrorInside, ...]:
        return self._setting.connection.error

    def _parsed(self, reply: Reply, read: Callable[[Any, bool], T]) -> T:
        return parsed(reply, self._setting.connection.encoding, read)


def _argument(sent: Sent) -> Argument:
    pushed = sent.pushed
    if pushed.argument is None or pushed.single:
        return Argument(sent.argument, sent.values[0])
    return Argument(sent.argument, sent.values, getattr(pushed, "joiner", None))
