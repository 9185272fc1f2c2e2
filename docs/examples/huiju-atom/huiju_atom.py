"""The kind `atom`: entries of an Atom feed (RFC 4287), page by page where the feed links to its next one (RFC 5005)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from pydantic import Field

from connectors.definition import Definition, Paths, Section
from connectors.errors import SourceMalformed
from connectors.http import Absent, HttpConnection, fetched, source_error
from connectors.keys import key_reader
from connectors.paging import Page, Position, mark_of, unseal, walk
from connectors.protocol import Batch, Collection, Query, Supports
from connectors.registry import Kind, Surroundings
from egress import EgressError, Request

ATOM = "{http://www.w3.org/2005/Atom}"
TEXTS = ("id", "title", "summary", "content", "updated", "published")


class AtomSection(Section):
    """A collection: every entry is one item."""

    identifier: Paths = Field(("id",), description="`id`, which every entry has")


class AtomConnector:
    """Reads one feed."""

    supports: Mapping[Collection, Supports] = {Collection.RESOURCES: Supports(max_batch=1000)}

    def __init__(self, url: str, surroundings: Surroundings) -> None:
        self._url, self._client = url, surroundings.client
        self._key_of = key_reader(("id",))

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield batches; a position is the address of a page and the number of its entries that are given already."""
        if query.collection is not Collection.RESOURCES or query.ids is not None:
            raise SourceMalformed("not_offered")
        start = Position(None, 0) if query.cursor is None else unseal(query.cursor, "atom", Position)
        batches = walk(self._page, start, max(1, query.limit), numbered=False, counted=False, purpose="atom")
        try:
            async for batch in batches:
                yield batch
        finally:
            await batches.aclose()

    async def aclose(self) -> None:
        """Nothing is kept: the client belongs to whoever opened it."""

    async def _page(self, position: Position) -> Page:
        address = self._url if position.at is None else str(position.at)
        try:
            reply = await fetched(self._client, Request(method="GET", url=address, headers={"Accept": "application/atom+xml"}))
            feed = reply.xml()
        except EgressError as error:
            raise source_error(error) from error
        except Absent as error:
            raise SourceMalformed("not_found") from error
        if feed.tag != f"{ATOM}feed":
            raise SourceMalformed("shape")
        entries = [self._key_of(native(each), True) for each in feed.iterfind(f"{ATOM}entry")]
        return Page(entries=entries, following=self._next(feed, address), date=reply.date, mark=mark_of(entries, b"entries without id"))

    def _next(self, feed: Any, address: str) -> str | None:
        link = next((each.get("href") for each in feed.iterfind(f"{ATOM}link") if each.get("rel") == "next"), None)
        following = urljoin(address, link) if link else None
        if following is not None and urlsplit(following)[:2] != urlsplit(self._url)[:2]:
            raise SourceMalformed("foreign_link")
        return following


def native(entry: Any) -> dict[str, Any]:
    """An entry as a JSON-like item: its texts, its link, and the names of its authors and categories as lists."""
    texts = {name: (entry.findtext(f"{ATOM}{name}") or "").strip() for name in TEXTS}
    links = [each.get("href") for each in entry.iterfind(f"{ATOM}link") if each.get("rel", "alternate") == "alternate"]
    authors = [(each.text or "").strip() for each in entry.iterfind(f"{ATOM}author/{ATOM}name")]
    categories = [each.get("label") or each.get("term") for each in entry.iterfind(f"{ATOM}category")]
    found = {**texts, "link": next(iter(links), None), "author": authors, "category": categories}
    return {name: value for name, value in found.items() if value}


async def open_connector(definition: Definition, surroundings: Surroundings) -> AtomConnector:
    """Make the connector of a definition; the feed is first touched by a read."""
    return AtomConnector(definition.connection.url, surroundings)


kind = Kind("atom", HttpConnection, AtomSection, open_connector)
