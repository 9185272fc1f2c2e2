"""The joint holds all five kinds of source, and the conformance suite catches those that break it."""

import asyncio
import socket
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from connectors.errors import CursorLost, SourceUnavailable
from connectors.protocol import Batch, Collection, Connector, Item, Key, Query, Spoiled, Supports, reading
from connectors.testing import NonConforming, conforms

FIRST_DAY = datetime(2023, 1, 1, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"id": str(number), "title": f"数控车床编程 {number}" if number % 3 else f"护理 {number}", "day": FIRST_DAY + timedelta(days=number)}
    for number in range(100, 123)
]
KEYS = [row["id"] for row in ROWS]
NURSING = [row["id"] for row in ROWS if "护理" in row["title"]]


def items(rows: list[dict[str, Any]]) -> list[Item]:
    return [Item(row["id"], row) for row in rows]


class Stub:
    """What the five have in common: an answer takes a turn of the loop."""

    supports: Mapping[Collection, Supports] = {Collection.RESOURCES: Supports()}

    async def aclose(self) -> None:
        self.closed = True

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        while True:
            await asyncio.sleep(0)
            batch = self.answer(query)
            yield batch
            if batch.cursor is None:
                return
            query = self.next(query, batch.cursor)

    def answer(self, query: Query) -> Batch:
        raise NotImplementedError

    def next(self, query: Query, cursor: str) -> Query:
        return Query(collection=query.collection, cursor=cursor, limit=query.limit, text=query.text, since=query.since, ids=query.ids)


class Pages(Stub):
    """A REST list by page number: the server's page is cut to the limit, so a position is page and offset."""

    supports: ClassVar = {Collection.RESOURCES: Supports(text=True, total=True, max_batch=10)}
    size = 10

    def answer(self, query: Query) -> Batch:
        page, offset = self.position(query.cursor)
        rows = [row for row in ROWS if (query.text or "").strip() in row["title"]]
        found = rows[page * self.size :][: self.size]
        shown = found[offset : offset + query.limit]
        offset += len(shown)
        if offset >= self.size:
            page, offset = page + 1, 0
        more = page * self.size + offset < len(rows)
        return Batch(items(shown), self.sealed(page, offset) if more else None, total=len(rows))

    def sealed(self, page: int, offset: int) -> str:
        return f"p{page}.{offset}"

    def position(self, cursor: str | None) -> tuple[int, int]:
        if cursor is None:
            return 0, 0
        page, dot, offset = cursor.removeprefix("p").partition(".")
        if cursor[:1] != "p" or not dot or not page.isdecimal() or not offset.isdecimal():
            raise CursorLost("cursor")
        return int(page), int(offset)


class Keyset(Stub):
    """Rows after a key, asked by ids too, at most three in one call."""

    supports: ClassVar = {Collection.RESOURCES: Supports(ids=True, since=True, max_ids=3)}

    def answer(self, query: Query) -> Batch:
        after = query.cursor or "k"
        if after[:1] != "k" or not (after[1:] or "0").isdecimal():
            raise CursorLost("cursor")
        rows = [row for row in ROWS if row["id"] > after[1:] and (query.since is None or row["day"] >= query.since)]
        if query.ids is not None:
            rows = [row for row in rows if row["id"] in query.ids]
        shown = rows[: query.limit]
        return Batch(items(shown), f"k{shown[-1]['id']}" if len(rows) > len(shown) else None)


class Tokens(Stub):
    """Resumption tokens as in OAI-PMH: the server keeps the list, chooses the page, and names deleted records."""

    supports: ClassVar = {Collection.RESOURCES: Supports(since=True)}
    size = 7
    gone = frozenset({"104", "111", "122"})

    def answer(self, query: Query) -> Batch:
        rows = [row for row in ROWS if query.since is None or row["day"] >= query.since]
        token, _, offset = (query.cursor or "token-0:0").partition(":")
        start = token.removeprefix("token-")
        if not start.isdecimal() or not offset.isdecimal() or int(start) % self.size:
            raise CursorLost("badResumptionToken")
        position = int(start) + int(offset)
        shown = rows[position : min(position + query.limit, int(start) + self.size)]
        position += len(shown)
        cursor = f"token-{position // self.size * self.size}:{position % self.size}" if position < len(rows) else None
        there = [row for row in shown if row["id"] not in self.gone]
        return Batch(items(there), cursor, gone=[row["id"] for row in shown if row["id"] in self.gone], date=FIRST_DAY)


class Relay(Stub):
    """A GraphQL connection: an opaque cursor for `after`, and composite keys."""

    supports: ClassVar = {Collection.RESOURCES: Supports(total=True, ids=True)}

    def answer(self, query: Query) -> Batch:
        try:
            after = int(b64decode(query.cursor or b64encode(b"n:0"), validate=True).decode().removeprefix("n:"))
        except ValueError as error:
            raise CursorLost("after") from error
        rows = [Item(("4133010001", row["id"]), row) for row in ROWS]
        if query.ids is not None:
            rows = [row for row in rows if row.key in query.ids]
        shown = rows[after : after + query.limit]
        after += len(shown)
        return Batch(shown, b64encode(f"n:{after}".encode()).decode() if after < len(rows) else None, total=len(rows))


class Feed(Stub):
    """What was pushed to us: a position in a log in which a later entry replaces an earlier one or takes it away."""

    supports: ClassVar = {Collection.RESOURCES: Supports()}
    log: ClassVar = [("upsert", row) for row in ROWS] + [("delete", ROWS[3]), ("upsert", ROWS[5])]

    def answer(self, query: Query) -> Batch:
        cursor = query.cursor or "seq=0"
        if cursor[:4] != "seq=" or not cursor[4:].isdecimal():
            raise CursorLost("position")
        last = {row["id"]: number for number, (_, row) in enumerate(self.log)}
        live = [(number, *entry) for number, entry in enumerate(self.log, 1) if last[entry[1]["id"]] == number - 1]
        rest = [entry for entry in live if entry[0] > int(cursor[4:])]
        shown = rest[: query.limit]
        return Batch(
            items([row for _, op, row in shown if op == "upsert"]),
            f"seq={shown[-1][0]}" if len(rest) > len(shown) else None,
            gone=[row["id"] for _, op, row in shown if op == "delete"],
        )


def opener(make: Callable[[], Any]) -> Callable[[], Any]:
    async def open_connector() -> Connector:
        connector: Connector = make()
        return connector

    return open_connector


@pytest.mark.parametrize(
    ("kind", "expected", "gone"),
    [
        (Pages, KEYS, set()),
        (Keyset, KEYS, set()),
        (Tokens, [key for key in KEYS if key not in Tokens.gone], set(Tokens.gone)),
        (Relay, [("4133010001", key) for key in KEYS], set()),
        (Feed, [key for key in KEYS if key != "103"], {"103"}),
    ],
    ids=["rest", "sql", "oaipmh", "graphql", "feed"],
)
@pytest.mark.parametrize("limit", [1, 4, 5, 100])
async def test_one_read_method_serves_every_kind(kind: Callable[[], Any], expected: list[Key], gone: set[Key], limit: int) -> None:
    report = await conforms(opener(kind), expected=expected, limit=limit)
    assert set(report.keys) == set(expected)
    assert set(report.gone) == gone
    assert {"reads_all", "resumes", "closes"} <= set(report.checks)


async def test_what_is_known_of_text_and_time_is_held_against_the_source() -> None:
    await conforms(opener(Pages), expected=KEYS, text="护理", found=NURSING)
    await conforms(opener(Keyset), expected=KEYS, since=FIRST_DAY + timedelta(days=110), changed=KEYS[10:])


async def test_an_empty_source_conforms() -> None:
    class Empty(Stub):
        def answer(self, query: Query) -> Batch:
            if query.cursor is not None:
                raise CursorLost("cursor")
            return Batch(())

    report = await conforms(opener(Empty), expected=())
    assert report.keys == ()


async def test_spoiled_items_count_in_the_total_and_not_among_the_keys() -> None:
    class Spoiling(Pages):
        def answer(self, query: Query) -> Batch:
            batch = super().answer(query)
            good = [item for item in batch.items if item.key != "105"]
            spoiled = [Spoiled("105", "undecodable")] * (len(batch.items) - len(good))
            return Batch(good, batch.cursor, total=batch.total, spoiled=spoiled)

    await conforms(opener(Spoiling), expected=[key for key in KEYS if key != "105"])


async def test_a_collection_that_is_not_offered_is_named() -> None:
    with pytest.raises(NonConforming, match="libraries is not among resources"):
        await conforms(opener(Pages), Collection.LIBRARIES)


class Doubling(Keyset):
    def answer(self, query: Query) -> Batch:
        batch = super().answer(query)
        return Batch([*batch.items[:1], *batch.items][: query.limit], batch.cursor)


class Leaping(Pages):
    """Leaves out one item at every turn of a page."""

    def sealed(self, page: int, offset: int) -> str:
        return super().sealed(page, offset or 1)


class Forgetful(Pages):
    """Its cursors work only in the connector that gave them."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, int]] = {}

    def sealed(self, page: int, offset: int) -> str:
        cursor = f"p{len(self.pages)}.0"
        self.pages[cursor] = page, offset
        return cursor

    def position(self, cursor: str | None) -> tuple[int, int]:
        return self.pages.get(cursor or "", super().position(cursor))


class Restarting(Tokens):
    """After its last page it starts again from the top, as real servers do."""

    def answer(self, query: Query) -> Batch:
        batch = super().answer(query)
        return Batch(batch.items, batch.cursor or "token-0:0", gone=batch.gone)


class Overfull(Pages):
    def answer(self, query: Query) -> Batch:
        return super().answer(Query(cursor=query.cursor, limit=query.limit + 2, text=query.text))


class Shared(Keyset):
    """Keeps its position in the connector, so that reads disturb each other."""

    position: str | None = None

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        self.position = query.cursor
        while True:
            await asyncio.sleep(0)
            batch = self.answer(self.next(query, self.position or "k"))
            self.position = batch.cursor
            yield batch
            if self.position is None:
                return


class Confused(Pages):
    """Lets the exception of its own parser out."""

    def position(self, cursor: str | None) -> tuple[int, int]:
        page, offset = (cursor or "p0.0")[1:].split(".")
        return int(page), int(offset)


class Lenient(Pages):
    """Takes an unknown cursor for the start."""

    def position(self, cursor: str | None) -> tuple[int, int]:
        try:
            return super().position(cursor)
        except CursorLost:
            return 0, 0


class Leaking(Keyset):
    """Opens a socket for every read and closes none."""

    held: ClassVar[list[socket.socket]] = []

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        self.held.append(socket.socket())
        async with reading(super(), query) as batches:  # type: ignore[arg-type]
            async for batch in batches:
                yield batch


class Lingering(Keyset):
    """Leaves a task behind for every read."""

    tasks: ClassVar[list[asyncio.Task[None]]] = []

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        self.tasks.append(asyncio.create_task(asyncio.sleep(3600)))
        async with reading(super(), query) as batches:  # type: ignore[arg-type]
            async for batch in batches:
                yield batch


class Clinging(Keyset):
    """Goes on after it was told to stop."""

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        batch = self.answer(query)
        try:
            yield batch
        finally:
            yield batch


class Deaf(Keyset):
    """Turns a cancellation into an error of the source, and is not usable after it."""

    broken = False

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        if self.broken:
            raise SourceUnavailable("broken")
        try:
            async with reading(super(), query) as batches:  # type: ignore[arg-type]
                async for batch in batches:
                    yield batch
        except asyncio.CancelledError:
            self.broken = True
            raise SourceUnavailable("interrupted") from None


class Hanging(Keyset):
    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        await asyncio.Event().wait()
        yield Batch(())


class Inventive(Keyset):
    """Answers something for ids that it does not know."""

    def answer(self, query: Query) -> Batch:
        if query.ids is None:
            return super().answer(query)
        return Batch([Item(key, {}) for key in query.ids][: query.limit])


class Stingy(Keyset):
    """Reads one call's worth of ids and forgets the others."""

    def answer(self, query: Query) -> Batch:
        return super().answer(Query(cursor=query.cursor, limit=query.limit, since=query.since, ids=query.ids and query.ids[:3]))


class Late(Keyset):
    """Takes `since` for the day after."""

    def answer(self, query: Query) -> Batch:
        since = query.since and query.since + timedelta(days=1)
        return super().answer(Query(cursor=query.cursor, limit=query.limit, since=since, ids=query.ids))


class Boastful(Pages):
    def answer(self, query: Query) -> Batch:
        batch = super().answer(query)
        return Batch(batch.items, batch.cursor, total=(batch.total or 0) + 1)


class Numeric(Pages):
    def answer(self, query: Query) -> Batch:
        batch = super().answer(query)
        return Batch([Item(int(item.key), item.native) for item in batch.items], batch.cursor, total=batch.total)  # type: ignore[arg-type]


class Grudging(Pages):
    """Cannot be closed twice."""

    closed = False

    async def aclose(self) -> None:
        if self.closed:
            raise RuntimeError("closed")
        self.closed = True


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (Doubling, "reads_all: these keys come more than once"),
        (Leaping, "reads_all: these keys are missing"),
        (Forgetful, "resumes: read on after"),
        (Restarting, "reads_all: a cursor comes again"),
        (Overfull, "respects_limits: a batch holds 3 items where at most 1"),
        (Shared, "reads_concurrently: read on after"),
        (Confused, "loses_foreign_cursors: the cursor 'garbage' raises ValueError"),
        (Lenient, "loses_foreign_cursors: the cursor 'garbage' is read as if it were one"),
        (Leaking, "closes: left open after aclose: 'file descriptor'"),
        (Lingering, "stops_early: leaving early leaves 2 tasks running"),
        (Clinging, "stops_early: leaving after 1 batches: async generator ignored GeneratorExit"),
        (Deaf, "survives_cancelling: a cancelled read ends in SourceUnavailable"),
        (Hanging, "reads_all: takes more than"),
        (Inventive, "fetches_by_ids: unknown: these keys are not wanted: 'no-such-0'"),
        (Stingy, "fetches_by_ids: more than max_ids: these keys are missing"),
        (Late, "reads_since: changed since"),
        (Boastful, "tells_total: total is 24, the list has 23 items"),
        (Numeric, "reads_all: a key is a text"),
        (Grudging, "closes: a second aclose raises RuntimeError"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_connector_that_breaks_the_joint_is_caught(kind: Callable[[], Any], problem: str) -> None:
    expected = None if kind is Numeric else [key for key in KEYS if kind is not Restarting or key not in Tokens.gone]
    with pytest.raises(NonConforming) as caught:
        await conforms(
            opener(kind),
            expected=expected,
            since=FIRST_DAY + timedelta(days=110),
            changed=KEYS[10:],
            patience=0.3 if kind is Hanging else 30,
        )
    assert problem in str(caught.value)
    for task in Lingering.tasks:
        task.cancel()
    for each in Leaking.held:
        each.close()
    Lingering.tasks.clear()
    Leaking.held.clear()
