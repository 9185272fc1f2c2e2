"""The connector: records and sets by resumption tokens, records by identifier."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from connectors.errors import CursorLost, Problem, SourceError, SourceMalformed
from connectors.fanout import one_by_one
from connectors.http import Absent, check_status, exchanged, source_error
from connectors.oaipmh.answers import (
    Answer,
    Entry,
    Gone,
    answer_in,
    headers_in,
    meaning,
    moment_in,
    prefixes_in,
    records_in,
    sets_in,
    stamps_in,
    text_in,
    token_in,
)
from connectors.oaipmh.definition import OaiConnection, OaiSection
from connectors.oaipmh.names import Names
from connectors.oaipmh.natives import children_reader
from connectors.oaipmh.walks import Page, Place, unsealed, walk
from connectors.oaipmh.windows import Manner, Window, first_window, next_window
from connectors.paging import Page as Found
from connectors.paging import walk_ids
from connectors.protocol import Batch, Collection, Item, Key, Query, Spoiled, Supports
from egress import EgressError, Fetcher, Reply, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every collection of one source shares."""

    client: Fetcher
    connection: OaiConnection
    concurrency: int


class OaiConnector:
    """Reads a repository that answers OAI-PMH 2.0."""

    def __init__(self, setting: Setting, sections: Mapping[Collection, OaiSection]) -> None:
        self._repository = _Repository(setting)
        self._readers = {collection: _Reader(self._repository, collection, section) for collection, section in sections.items()}
        self.supports: Mapping[Collection, Supports] = {
            collection: supported(section, setting.connection) for collection, section in sections.items()
        }

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield batches, each page by one request made when it is asked for. Raises SourceError."""
        reader = self._readers.get(query.collection)
        if reader is None:
            raise SourceMalformed("not_offered")
        async with aclosing(await reader.read(query)) as batches:
            async for batch in batches:
                yield batch

    async def inspect(self) -> tuple[Problem, ...]:
        """What the repository says of itself that the definition does not fit: its protocol, its formats, its sets. Raises SourceError."""
        return await self._repository.inspected()

    async def aclose(self) -> None:
        """Nothing is kept: the client belongs to whoever opened it."""


def supported(section: OaiSection, connection: OaiConnection) -> Supports:
    """What a repository does by itself: records tell when they changed and are found by identifier, sets are only listed."""
    records = section.list == "ListRecords"
    return Supports(ids=records, since=records and connection.selective, max_batch=section.max_batch, max_ids=1)


class _Repository:
    """The six verbs that one source is asked with, and what was learnt of its ways."""

    def __init__(self, setting: Setting) -> None:
        self.connection = setting.connection
        self.concurrency = setting.concurrency
        self._client = setting.client
        self._repeats_prefix = setting.connection.token_repeats_prefix
        self._manner: Manner | None = None

    async def ask(self, verb: str, arguments: Mapping[str, str], token: str | None = None) -> Answer:
        """Ask by `arguments` or, where there is one, by `token` alone (§3.5). Raises SourceError, not for codes in the answer."""
        if token is None:
            return await self._asked(verb, arguments)
        alone = {"resumptionToken": token}
        prefixed = {"metadataPrefix": arguments["metadataPrefix"], **alone} if "metadataPrefix" in arguments else alone
        answer = await self._asked(verb, prefixed if self._repeats_prefix else alone, resumed=True)
        if "badargument" in answer.codes and not self._repeats_prefix and prefixed != alone:
            answer = await self._asked(verb, prefixed, resumed=True)
            self._repeats_prefix = "badargument" not in answer.codes
        return answer

    async def manner(self) -> Manner:
        """How the repository tells times, asked once."""
        if self._manner is None:
            self._manner = await self._learnt()
        return self._manner

    async def _learnt(self) -> Manner:
        declared = self.connection.granularity
        try:
            identity = await self._asked("Identify", {})
            if identity.container is None:
                raise meaning(identity.codes, resumed=False)
            earliest = moment_in(text_in(identity.container, "earliestdatestamp"))
            if "hh" not in text_in(identity.container, "granularity").lower():
                return Manner(earliest=earliest)
            return Manner(declared or await self._shown(), earliest)
        except SourceMalformed:
            # Every repository understands days (§2.7.1).
            return Manner()

    async def _shown(self) -> Literal["day", "second"]:
        """What stamps are like where seconds are promised: asked by seconds, records that bear the day alone would be left out."""
        try:
            headers = await self._asked("ListIdentifiers", self.prefix | Window(set=next(iter(self.connection.set), "")).arguments())
        except SourceError:
            return "day"
        stamps = stamps_in(headers.container) if headers.container is not None else []
        return "second" if stamps and all(len(stamp) > len("2026-01-01") for stamp in stamps) else "day"

    @property
    def prefix(self) -> dict[str, str]:
        """What every list of records is asked with."""
        return {"metadataPrefix": self.connection.metadata_prefix}

    async def inspected(self) -> tuple[Problem, ...]:
        """Hold the connection against ListMetadataFormats, and its sets against the first page of ListSets (§4.4, §4.6)."""
        problems: list[Problem] = []
        formats = await self._asked("ListMetadataFormats", {})
        offered = prefixes_in(formats.container) if formats.container is not None else []
        wanted = self.connection.metadata_prefix
        if offered and wanted not in offered:
            fix = f"write one of {', '.join(offered[:20])}"
            problems.append(Problem("connection.metadata_prefix", wanted, "the repository does not offer this format", fix))
        if self.connection.set:
            sets = await self._asked("ListSets", {})
            if "nosethierarchy" in sets.codes:
                fix = "leave `set` out"
                problems.append(Problem("connection.set", self.connection.set[0], "the repository has no sets", fix))
        return tuple(problems)

    async def _asked(self, verb: str, arguments: Mapping[str, str], *, resumed: bool = False) -> Answer:
        request = Request(
            method="GET",
            url=self.connection.url,
            headers={"Accept": "text/xml, application/xml", **self.connection.headers},
            params={"verb": verb, **arguments},
        )
        reply = await exchanged(self._client, request)
        try:
            check_status(reply)
        except (Absent, SourceMalformed) as error:
            # Some repositories send their errors with a status of 4xx.
            answer = self._errors_in(reply, verb)
            if answer is not None:
                return answer
            if resumed:
                raise CursorLost("cursor") from error
            raise SourceMalformed("not_found" if isinstance(error, Absent) else error.reason) from error
        return self._read(reply, verb)

    def _errors_in(self, reply: Reply, verb: str) -> Answer | None:
        try:
            answer = self._read(reply, verb)
        except SourceMalformed:
            return None
        return answer if answer.codes else None

    def _read(self, reply: Reply, verb: str) -> Answer:
        try:
            root = reply.xml(self.connection.encoding)
        except EgressError as error:
            raise source_error(error) from error
        answer = answer_in(root, verb)
        return Answer(answer.container, answer.codes, answer.date or reply.date)


class _Reader:
    """One collection of one source."""

    def __init__(self, repository: _Repository, collection: Collection, section: OaiSection) -> None:
        self._repository, self._section = repository, section
        self._children = children_reader(Names(repository.connection.namespaces))
        self._purpose = f"oaipmh {collection} {section.list}"

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        records = self._section.list == "ListRecords"
        if query.ids is not None:
            if not records:
                raise SourceMalformed("not_offered")
            asked = [key for key in query.ids if isinstance(key, str) and key == key.encode(errors="replace").decode()]
            return walk_ids(self._by_ids, query, asked, query.limit, f"{self._purpose} ids")
        keys_alone = records and query.fields == frozenset()
        purpose = f"{self._purpose} keys" if keys_alone else self._purpose
        start = unsealed(query.cursor, purpose) if query.cursor is not None else None
        connection = self._repository.connection
        length = connection.slice if records else None
        timed = records and (length is not None or query.since is not None)
        manner = await self._repository.manner() if timed else Manner()
        since = query.since if records and connection.selective else None
        whole, sets = first_window(manner, since, length), connection.set if records else ()
        start = start or Place(window=whole._replace(set=next(iter(sets), "")))
        limit = max(1, min(query.limit, self._section.max_batch))

        def following(window: Window) -> Window | None:
            after = next_window(manner, window, length)
            if after is not None or window.set not in sets[:-1]:
                return after
            return whole._replace(set=sets[sets.index(window.set) + 1])

        divided = following if length is not None or len(sets) > 1 else None
        if not records:
            return walk(self._sets, start, limit, divided, self._purpose)
        return walk(self._headers if keys_alone else self._records, start, limit, divided, purpose)

    async def _records(self, place: Place) -> Page:
        return await self._listed("ListRecords", place, lambda container: records_in(container, self._children))

    async def _headers(self, place: Place) -> Page:
        return await self._listed("ListIdentifiers", place, headers_in)

    async def _listed(self, verb: str, place: Place, entries_in: Callable[[Any], Sequence[Entry]]) -> Page:
        answer = await self._repository.ask(verb, {**self._repository.prefix, **place.window.arguments()}, place.token)
        if answer.codes == {"norecordsmatch"}:
            return Page(entries=(), date=answer.date)
        if answer.codes:
            raise meaning(answer.codes, resumed=place.token is not None)
        return Page(entries=entries_in(answer.container), token=token_in(answer.container), date=answer.date)

    async def _sets(self, place: Place) -> Page:
        answer = await self._repository.ask("ListSets", {}, place.token)
        if answer.codes == {"nosethierarchy"}:
            return Page(entries=(), date=answer.date)
        if answer.codes:
            raise meaning(answer.codes, resumed=place.token is not None)
        return Page(entries=sets_in(answer.container, self._children), token=token_in(answer.container), date=answer.date)

    async def _by_ids(self, keys: tuple[Key, ...]) -> Found:
        """Ask for every key by a call of its own, some at a time. One record that cannot be read spoils itself alone."""
        dates: list[datetime] = []
        entries = await one_by_one(keys, self._repository.concurrency, lambda key: self._one(str(key), dates))
        return Found(entries=entries, date=min(dates, default=None))

    async def _one(self, key: str, dates: list[datetime]) -> Item | Spoiled | None:
        """One record. What may not be shown answers as what is not there; neither says that it was deleted."""
        arguments = {"identifier": key, "metadataPrefix": self._repository.connection.metadata_prefix}
        answer = await self._repository.ask("GetRecord", arguments)
        if answer.date is not None:
            dates.append(answer.date)
        if answer.codes & {"iddoesnotexist", "norecordsmatch"}:
            return None
        if answer.codes:
            raise meaning(answer.codes, resumed=False)
        entry = next(iter(records_in(answer.container, self._children)), None)
        if isinstance(entry, Spoiled):
            return Spoiled(key, entry.reason)
        return None if isinstance(entry, Gone) else entry
