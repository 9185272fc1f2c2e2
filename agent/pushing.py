"""One push: every collection read by its connector, mapped, and sent part by part; killed at any moment, the next one goes on."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from agent import rows
from agent.hub import Hub, HubAway, HubRefused, Receipt
from agent.report import Progress, Refused, Report
from agent.state import Part, State, Window
from connectors.definition import Definition
from connectors.errors import CursorLost, SourceError
from connectors.mapping import Binding, ItemSpoiled, Mapper, compile_mapping
from connectors.protocol import Batch, Collection, Connector, Item, Query, reading
from store.identity import native_key
from store.visibility import PUBLIC

ORDER = (Collection.INSTITUTIONS, Collection.LIBRARIES, Collection.RESOURCES)
"""What is named comes before what names it."""

PART_ROWS, PART_BYTES = 2_000, 4_000_000
"""A part is sent when it has as many rows or bytes."""

DRY_ROWS = 1_000
"""Rows of each collection that a dry run sends."""

MAX_RESTARTS = 3
"""How often one push begins a collection anew: its source lost the position, or the hub the push."""

CLOCK_MARGIN = timedelta(minutes=5)
"""Taken off our own clock where the source does not tell its own."""

# The hub does not know this push any more, or has given its place to another one: it is begun anew.
_LOST = frozenset({"unknown-push", "push-complete", "push-abandoned", "push-settings", "push-order", "part-differs", "taken-over"})
# The hub does not hold what was pushed before: somebody has emptied it, or restored an old copy.
_NOT_HELD = "keep-unknown"
_VISIBILITY = "visibility"


class _Lost(HubRefused):
    """The hub has lost the push under way: it begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushing:
    """What a push is made of; `version` changes with the definition.

    `sweep_every`: a source that tells what changed is still read in full as often as this, to find what is gone. `full` reads everything
    now; `confirm` deletes also where a snapshot would delete a large share.
    """

    definition: Definition
    version: str
    connector: Connector
    binding: Binding
    hub: Hub
    state: State
    sweep_every: timedelta = timedelta(days=7)
    full: bool = False
    confirm: bool = False
    dry_run: bool = False
    progress: Callable[[Progress], None] = lambda _: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def collections(self) -> list[Collection]:
        """What is pushed, in order."""
        sections = dict(self.definition.sections())
        return [each for each in ORDER if each in sections and each in self.connector.supports]


async def push(pushing: Pushing) -> Report:
    """Push what has changed since the last push, or everything; whatever goes wrong is in the report."""
    return await _Push(pushing).run()


@dataclass(slots=True)
class _Lines:
    """A part that is being filled."""

    lines: list[bytes] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    size: int = 0

    def add(self, line: bytes) -> None:
        self.lines.append(line)
        self.size += len(line) + 1

    @property
    def full(self) -> bool:
        return len(self.lines) >= PART_ROWS or self.size >= PART_BYTES

    @property
    def body(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines)


class _Push:
    def __init__(self, pushing: Pushing) -> None:
        self._pushing, self._state, self._hub = pushing, pushing.state, pushing.hub
        self._counts: Counter[str] = Counter()
        self._kept = self._swept = self._rows = 0
        self._full: list[str] = []
        self._resumed = False
        self._not_held = 0
        self._told: list[Refused] = []

    async def run(self) -> Report:
        pushing = self._pushing
        started, error = pushing.clock(), None
        try:
            await self._all()
        except SourceError as failure:
            error = f"{failure.code}: {failure.reason}"
        except (HubRefused, HubAway) as failure:
            error = str(failure)
        self._counts["unchanged"] -= self._kept
        return Report(
            name=pushing.definition.name,
            to=self._hub.shown,
            started=started,
            finished=pushing.clock(),
            counts=dict(self._counts),
            kept=self._kept,
            swept=self._swept,
            full=tuple(self._full),
            resumed=self._resumed,
            dry_run=pushing.dry_run,
            error=error,
            refused=tuple(self._told if pushing.dry_run else self._state.refused()),
        )

    async def _all(self) -> None:
        if self._pushing.dry_run:
            for collection in self._pushing.collections:
                await self._try_out(collection)
            return
        await self._follow_definition()
        collections, window = self._pushing.collections, self._state.window
        if window is not None and window.collection in collections and (window.since is None or not self._pushing.full):
            self._resumed = True
            await self._collection(Collection(window.collection), window)
            collections = collections[collections.index(Collection(window.collection)) + 1 :]
        for collection in collections:
            await self._collection(collection, None)

    async def _follow_definition(self) -> None:
        """Another definition makes other rows of everything."""
        if self._state.fact("version") != self._pushing.version:
            await self._give_up()
            facts = {f"{name}:{collection}": None for name in ("since", "swept") for collection in Collection}
            self._state.note(version=self._pushing.version, **facts)

    async def _collection(self, collection: Collection, window: Window | None) -> None:
        """Push one collection; once more in full where the hub turns out not to hold what it was sent before."""
        window = window or await self._begin(collection, full=self._pushing.full)
        for restart in range(MAX_RESTARTS + 1):
            self._not_held = 0
            try:
                await self._read(collection, window)
            except (CursorLost, _Lost):
                if restart == MAX_RESTARTS:
                    raise
                window = await self._begin(collection, full=window.since is None)
                continue
            if not self._not_held:
                return
            window = await self._begin(collection, full=True)

    async def _give_up(self) -> None:
        """Leave the reading under way, here and there."""
        if (window := self._state.window) is not None:
            await self._hub.give_up(window.push)
            self._state.note(window=None)

    async def _begin(self, collection: Collection, *, full: bool) -> Window:
        await self._give_up()
        pushing, now = self._pushing, self._pushing.clock()
        since, swept = self._state.fact(f"since:{collection}"), self._state.fact(f"swept:{collection}")
        due = swept is None or now - datetime.fromisoformat(swept) >= pushing.sweep_every
        if full or due or not pushing.connector.supports[collection].since:
            since = None
        name = f"{now:%Y%m%dT%H%M%SZ}-{collection}-{secrets.token_hex(4)}"
        window = Window(collection=collection, push=name, since=since)
        self._state.open_window(window)
        return window

    async def _read(self, collection: Collection, window: Window) -> None:
        if window.since is None and collection not in self._full:
            self._full.append(collection)
        part = self._state.part()
        if part is not None:
            window = await self._deliver(part)
        if not window.ended:
            window = await self._send_rest(collection, window)
        now = self._pushing.clock().isoformat()
        facts = {f"since:{collection}": window.date} | ({f"swept:{collection}": now} if window.since is None else {})
        self._state.complete(window, **facts)

    async def _send_rest(self, collection: Collection, window: Window) -> Window:
        """Read from the window's position on, and send; the last part says that it is the last."""
        lines = _Lines()
        liner = _Liner(self._pushing, collection, snapshot=window.since is None)
        async with reading(self._pushing.connector, self._query(collection, window)) as batches:
            async for batch in batches:
                date = window.date or self._date(batch)
                window = replace(window, date=date, cursor=batch.cursor)
                held = self._state.digests(collection, liner.keys(batch))
                liner.line(batch, held, lines)
                if batch.cursor is None:
                    break
                if lines.full:
                    window = await self._deliver(Part(lines.body, replace(window, part=window.part + 1), tuple(lines.refused)), batch.total)
                    lines = _Lines()
        window = replace(window, date=window.date or self._date(None), ended=True)
        return await self._deliver(Part(lines.body, window, tuple(lines.refused)))

    def _date(self, batch: Batch | None) -> str:
        told = batch.date if batch is not None else None
        return (told or self._pushing.clock() - CLOCK_MARGIN).isoformat()

    def _query(self, collection: Collection, window: Window, limit: int | None = None) -> Query:
        section: Any = self._pushing.definition.section(collection)
        most = min(section.max_batch, self._pushing.connector.supports[collection].max_batch)
        since = datetime.fromisoformat(window.since) if window.since is not None else None
        scoped = getattr(section, "filters", {}).get(_VISIBILITY)
        keys = frozenset(getattr(scoped, "values", None) or (PUBLIC,))  # what somebody may see is pushed, whoever that is
        return Query(collection=collection, keys=keys, since=since, cursor=window.cursor, limit=min(most, limit or most))

    async def _deliver(self, part: Part, total: int | None = None) -> Window:
        """Send a part that is kept until it has arrived, and note what became of it. Raises _Lost where the hub has lost the push."""
        window = part.following
        number = window.part if window.ended else window.part - 1
        self._state.prepare(part)
        try:
            receipt = await self._hub.send(
                part.body,
                collection=window.collection,
                mode="snapshot" if window.since is None else "delta",
                push=window.push,
                part=str(number),
                last="true" if window.ended else "false",
                confirm="true" if self._pushing.confirm else "false",
                receipt="problems",
            )
        except HubRefused as refused:
            if refused.code in _LOST:
                raise _Lost(refused.code, str(refused)) from refused
            if refused.code == "sweep-refused":
                await self._give_up()
            raise
        self._arrived(part, receipt)
        self._rows += part.body.count(b"\n")
        self._pushing.progress(Progress(collection=Collection(window.collection), rows=self._rows, total=total))
        return window

    def _arrived(self, part: Part, receipt: Receipt) -> None:
        sent = [(orjson.loads(line), rows.digest(line)) for line in part.body.splitlines()]
        faults = {int(fault["row"]): fault for fault in receipt.faults}
        held: dict[str, bytes | None] = {}
        refused: dict[str | None, Refused] = {each.key: each for each in part.refused}
        met: list[str] = []
        not_held = 0
        for number, (row, digest) in enumerate(sent, 1):
            key, fault = row.get("key"), faults.get(number)
            if key is not None:
                met.append(key)
            if fault is not None and fault["status"] == "rejected":
                if key is not None:
                    held[key] = None
                if fault["rule"] == _NOT_HELD:
                    not_held += 1
                elif key is not None:
                    refused[key] = _told(part.following.collection, key, fault)
            elif row["op"] == "keep":
                self._kept += 1
            else:
                held[key] = digest if row["op"] == "upsert" else None
                refused.pop(key, None)
        met += [each.key for each in part.refused if each.key is not None]
        told = [*(each for key, each in refused.items() if key is not None), *(each for each in part.refused if each.key is None)]
        self._counts.update(receipt.counts)
        self._counts["rejected"] -= not_held
        self._not_held += not_held
        self._swept += receipt.swept
        self._state.arrived(part.following, held, met, told)

    async def _try_out(self, collection: Collection) -> None:
        """Send the first rows for a trial: nothing is kept, here or there."""
        lines = _Lines()
        liner = _Liner(self._pushing, collection, snapshot=False)
        query = self._query(collection, Window(collection=collection, push="dry"), DRY_ROWS)
        async with reading(self._pushing.connector, query) as batches:
            async for batch in batches:
                liner.line(batch, {}, lines)
                if len(lines.lines) >= DRY_ROWS or batch.cursor is None:
                    break
        receipt = await self._hub.send(lines.body, collection=collection, dry_run="true", receipt="problems")
        self._counts.update(receipt.counts)
        keys = [orjson.loads(line).get("key") for line in lines.lines]
        rejected = [fault for fault in receipt.faults if fault["status"] == "rejected"]
        self._told += [*lines.refused, *(_told(collection, keys[int(fault["row"]) - 1], fault) for fault in rejected)]
        self._rows += len(lines.lines)
        self._pushing.progress(Progress(collection=collection, rows=self._rows, total=None))


class _Liner:
    """Makes lines of batches of one collection."""

    def __init__(self, pushing: Pushing, collection: Collection, *, snapshot: bool) -> None:
        section: Any = pushing.definition.section(collection)
        self._collection, self._snapshot = collection, snapshot
        self._map: Mapper = compile_mapping(collection, section.mapping, pushing.binding)

    def keys(self, batch: Batch) -> list[str]:
        """The keys that a batch names."""
        named = (*(item.key for item in batch.items), *(each.key for each in batch.spoiled if each.key is not None), *batch.gone)
        return [rows.key_of(native_key(key)) for key in named]

    def line(self, batch: Batch, held: Mapping[str, bytes], lines: _Lines) -> None:
        """Add the lines of a batch; `held` is what was pushed of its keys before."""
        for item in batch.items:
            native = native_key(item.key)
            try:
                line = rows.upsert(native, self._value(item))
            except ItemSpoiled as error:
                self._spoil(native, error.field, str(error), held, lines)
            except rows.Inexpressible as error:
                self._spoil(native, "visibility", str(error), held, lines)
            else:
                self._add(native, line, held, lines)
        for each in batch.spoiled:
            self._spoil(None if each.key is None else native_key(each.key), None, each.reason, held, lines)
        if not self._snapshot:
            for key in batch.gone:
                lines.add(rows.delete(native_key(key)))

    def _value(self, item: Item) -> Any:
        try:
            return self._map(item, lambda _field, _message: None)
        except ItemSpoiled:
            raise
        except Exception as error:
            raise ItemSpoiled("", f"the mapping failed: {type(error).__name__}") from error

    def _add(self, native: str, line: bytes, held: Mapping[str, bytes], lines: _Lines) -> None:
        if held.get(rows.key_of(native)) != rows.digest(line):
            lines.add(line)
        elif self._snapshot:
            lines.add(rows.keep(native))

    def _spoil(self, native: str | None, place: str | None, message: str, held: Mapping[str, bytes], lines: _Lines) -> None:
        """An item that cannot be a line is told; what was pushed of it before stays."""
        key = None if native is None else rows.key_of(native)
        lines.refused.append(Refused(collection=self._collection, key=key, rule="mapping", place=place, message=message, fix=""))
        if self._snapshot and native is None:
            lines.add(rows.nameless())
        elif self._snapshot and native is not None and key in held:
            lines.add(rows.keep(native))


def _told(collection: str, key: str | None, fault: Mapping[str, Any]) -> Refused:
    return Refused(
        collection=collection,
        key=key,
        rule=str(fault["rule"]),
        place=fault.get("place"),
        message=str(fault.get("message") or ""),
        fix=str(fault.get("fix") or ""),
    )
