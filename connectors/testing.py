"""The conformance suite: what every connector does on a real source that does not change meanwhile. Third parties import it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import CursorLost, SourceError
from connectors.protocol import Batch, Collection, Connector, Key, Query, Supports, reading
from store.identity import native_key
from store.visibility import PUBLIC

Opener = Callable[[], Awaitable[Connector]]
"""Opens the connector under test anew; every check opens its own and closes it."""

GARBAGE = ("garbage", "AAAA", "游标", "-1", "x" * 8192, "../../etc/passwd", "'; DROP TABLE x; --", "%00", "e30", "gA")
"""Cursors that no connector gives out."""

_RESUMED = 24
_MAX_BATCHES = 20_000


class NonConforming(AssertionError):
    """A connector breaks the protocol; `problems` lists how, each led by the name of its check."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(f"- {problem}" for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Report:
    """A connector that conforms: the checks that ran (others were not declared by its `Supports`), and what one whole read gave."""

    checks: tuple[str, ...]
    keys: tuple[Key, ...]
    gone: tuple[Key, ...]
    batches: int


@dataclass(slots=True)
class Walk:
    """One read, written down: native keys in order, keys gone, spoiled items, the cursors with the number of keys before each."""

    keys: list[Key] = field(default_factory=list)
    gone: list[Key] = field(default_factory=list)
    spoiled: int = 0
    sizes: list[int] = field(default_factory=list)
    totals: list[int | None] = field(default_factory=list)
    cursors: list[tuple[str, int, int]] = field(default_factory=list)
    ended: bool = False
    problems: list[str] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        """Write down a batch."""
        if self.ended:
            self.problems.append("a batch comes after the one whose cursor is None")
        self.keys.extend(item.key for item in batch.items)
        self.gone.extend(batch.gone)
        self.spoiled += len(batch.spoiled)
        self.sizes.append(len(batch.items))
        self.totals.append(batch.total)
        self.ended = batch.cursor is None
        if batch.cursor is not None:
            self.cursors.append((batch.cursor, len(self.keys), len(self.gone)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is under test, and what is known of its source."""

    open_connector: Opener
    query: Query
    expected: frozenset[Key] | None = None
    text: str | None = None
    found: frozenset[Key] | None = None
    since: datetime | None = None
    changed: frozenset[Key] | None = None
    baseline: Walk = field(default_factory=Walk)
    supports: Supports = field(default_factory=Supports)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Connector]:
        """A connector of this check's own."""
        connector = await self.open_connector()
        try:
            yield connector
        finally:
            await connector.aclose()


Check = Callable[[Subject], Awaitable[list[str]]]
"""Gives the problems found, none where the connector does well."""


async def conforms(
    open_connector: Opener,
    collection: Collection = Collection.RESOURCES,
    *,
    expected: Iterable[Key] | None = None,
    keys: frozenset[str] = frozenset({PUBLIC}),
    limit: int = 5,
    text: str | None = None,
    found: Iterable[Key] | None = None,
    since: datetime | None = None,
    changed: Iterable[Key] | None = None,
    patience: float = 30.0,
) -> Report:
    """Run every check that the connector's `Supports` makes due. Raises NonConforming with all problems.

    `expected` are the native keys of the whole collection for a caller with visibility `keys`; `found` those that `text` finds,
    `changed` those at or after `since`. `limit` should cut the collection into several batches. `patience` bounds each check, seconds.
    """
    subject = Subject(
        open_connector=open_connector,
        query=Query(collection=collection, keys=keys, limit=limit),
        expected=None if expected is None else frozenset(expected),
        text=text,
        found=None if found is None else frozenset(found),
        since=since,
        changed=None if changed is None else frozenset(changed),
    )
    async with subject.opened() as connector:
        supports = connector.supports.get(collection)
        if supports is None:
            raise NonConforming([f"supports: {collection} is not among {', '.join(connector.supports) or 'nothing'}"])
        baseline = await _bounded("reads_all", _walk(connector, subject.query), patience)
    if isinstance(baseline, str):
        raise NonConforming([baseline])
    subject = replace(subject, baseline=baseline, supports=supports)
    ran, problems = [], []
    for name, (check, due) in CHECKS.items():
        if not due(subject):
            continue
        ran.append(name)
        outcome = await _bounded(name, check(subject), patience)
        problems += [outcome] if isinstance(outcome, str) else [f"{name}: {problem}" for problem in outcome]
    if problems:
        raise NonConforming(problems)
    return Report(tuple(ran), tuple(baseline.keys), tuple(baseline.gone), len(baseline.sizes))


async def reads_all(subject: Subject) -> list[str]:
    """Every key once, none missing, none foreign; the last batch alone has no cursor; nothing is both there and gone."""
    walk, problems = subject.baseline, list(subject.baseline.problems)
    repeated = [key for key, count in Counter(walk.keys).items() if count > 1]
    if repeated:
        problems.append(f"these keys come more than once: {_some(repeated)}")
    if subject.expected is not None:
        problems += _difference(walk.keys, subject.expected)
    if misshapen := [key for key in walk.keys if not _is_key(key)]:
        problems.append(f"a key is a text or a tuple of texts, not empty: {_some(misshapen)}")
    if both := set(walk.keys) & set(walk.gone):
        problems.append(f"these keys are both there and gone: {_some(both)}")
    if not walk.sizes:
        problems.append("a read gives at least one batch, an empty one where there is nothing")
    return problems


async def resumes(subject: Subject) -> list[str]:
    """Going on from any cursor, by a connector opened anew, gives exactly what an uninterrupted read gives after it."""
    cursors = subject.baseline.cursors
    chosen = cursors[:: max(1, len(cursors) // _RESUMED)]
    async with subject.opened() as connector:
        return [
            problem
            for cursor, seen, gone in chosen
            for problem in _same_tail(await _walk(connector, replace(subject.query, cursor=cursor)), subject.baseline, seen, gone)
        ]


async def respects_limits(subject: Subject) -> list[str]:
    """No batch is longer than the limit asked, and the limit changes nothing else."""
    problems = []
    async with subject.opened() as connector:
        for limit in dict.fromkeys((subject.query.limit, 1, 2, subject.supports.max_batch, subject.supports.max_batch + 1, 100_000)):
            walk = await _walk(connector, replace(subject.query, limit=limit), batches=40)
            if walk.sizes and max(walk.sizes) > limit:
                problems.append(f"a batch holds {max(walk.sizes)} items where at most {limit} were asked for")
            if walk.keys != subject.baseline.keys[: len(walk.keys)]:
                problems.append(f"limit {limit} gives other keys or another order than limit {subject.query.limit}")
            if walk.ended and len(walk.keys) != len(subject.baseline.keys):
                problems.append(f"limit {limit} gives {len(walk.keys)} items, limit {subject.query.limit} {len(subject.baseline.keys)}")
    return problems


async def fetches_by_ids(subject: Subject) -> list[str]:
    """`ids` gives exactly the known ones, each once; the caller passes any number and the connector splits them by `max_ids`."""
    known = subject.baseline.keys
    first: Key = known[0] if known else "1"
    unknown = [_unknown(first, number) for number in range(subject.supports.max_ids + 1)]
    asked: Mapping[str, tuple[list[Key], list[Key]]] = {
        "one": (known[:1], known[:1]),
        "unknown": (unknown[:1], []),
        "mixed": ([unknown[0], *known[-2:], unknown[1]], known[-2:]),
        "repeated": ([*known[:2], *known[:2]], known[:2]),
        "none": ([], []),
        "more than max_ids": ([*known[:200], *unknown], known[:200]),
    }
    problems = []
    async with subject.opened() as connector:
        for name, (ids, wanted) in asked.items():
            walk = await _walk(connector, replace(subject.query, ids=tuple(ids)))
            problems += [f"{name}: {problem}" for problem in _difference(walk.keys, frozenset(wanted))]
            if len(walk.keys) != len(set(walk.keys)):
                problems.append(f"{name}: a key comes more than once")
            if walk.sizes and max(walk.sizes) > subject.query.limit:
                problems.append(f"{name}: a batch holds {max(walk.sizes)} items where at most {subject.query.limit} were asked for")
    return problems


async def searches_text(subject: Subject) -> list[str]:
    """`text` narrows the list: what is known to match is found, and special characters are taken as they are."""
    problems = []
    async with subject.opened() as connector:
        for text in (subject.text, "没有这样的词zzqqxx", "100%_'\"\\*?;--", " "):
            if text is None:
                continue
            walk = await _walk(connector, replace(subject.query, text=text))
            if strange := set(walk.keys) - set(subject.baseline.keys):
                problems.append(f"{text!r} gives keys that the whole list does not hold: {_some(strange)}")
            if text == subject.text and subject.found is not None:
                problems += _difference(walk.keys, subject.found)
    return problems


async def reads_since(subject: Subject) -> list[str]:
    """`since` leaves out nothing that changed at or after the instant."""
    problems = []
    async with subject.opened() as connector:
        oldest = await _walk(connector, replace(subject.query, since=datetime(1971, 1, 1, tzinfo=UTC)))
        problems += _difference(oldest.keys, frozenset(subject.baseline.keys))
        latest = await _walk(connector, replace(subject.query, since=datetime.now(UTC) + timedelta(days=3650)))
        if strange := set(latest.keys) - set(subject.baseline.keys):
            problems.append(f"gives keys that the whole list does not hold: {_some(strange)}")
        if subject.since is not None and subject.changed is not None:
            walk = await _walk(connector, replace(subject.query, since=subject.since))
            if missing := subject.changed - set(walk.keys):
                problems.append(f"changed since {subject.since.isoformat()} but left out: {_some(missing)}")
    return problems


async def tells_total(subject: Subject) -> list[str]:
    """The first batch tells how many items the whole list has."""
    walk = subject.baseline
    total = walk.totals[0] if walk.totals else None
    if total is None:
        return ["`total` is declared, the first batch has none"]
    most = len(walk.keys) + walk.spoiled + len(walk.gone)
    return [] if len(walk.keys) <= total <= most else [f"total is {total}, the list has {len(walk.keys)} items"]


async def walks_orders(subject: Subject) -> list[str]:
    """Every declared order gives the same items, and resumes from its own cursors."""
    problems = []
    async with subject.opened() as connector:
        for order in sorted(subject.supports.orders):
            query = replace(subject.query, order=order)
            whole = await _walk(connector, query)
            problems += [f"{order}: {problem}" for problem in (*whole.problems, *_difference(whole.keys, frozenset(subject.baseline.keys)))]
            if len(whole.keys) != len(set(whole.keys)):
                problems.append(f"{order}: a key comes more than once")
            for cursor, seen, gone in whole.cursors[:: max(1, len(whole.cursors) // 8)]:
                walk = await _walk(connector, replace(query, cursor=cursor))
                problems += [f"{order}: {problem}" for problem in _same_tail(walk, whole, seen, gone)]
    return problems


async def stops_early(subject: Subject) -> list[str]:
    """A consumer may leave after any batch: the read ends, no task of it goes on, and the connector reads again."""
    before = asyncio.all_tasks()
    async with subject.opened() as connector:
        resting = asyncio.all_tasks()
        for wanted in (0, 1, 2):
            try:
                async with reading(connector, replace(subject.query, limit=1)) as batches:
                    for _ in range(wanted):
                        await anext(batches, None)
            except RuntimeError as error:
                return [f"leaving after {wanted} batches: {error}"]
        left = await _settled(lambda: asyncio.all_tasks() - before - resting)
        problems = [f"leaving early leaves {len(left)} tasks running: {_some(task.get_name() for task in left)}"] if left else []
        return problems + await _still_reads(connector, subject)


async def reads_concurrently(subject: Subject) -> list[str]:
    """Reads at the same time, and reads taken in turns, do not disturb each other."""
    problems = []
    async with subject.opened() as connector:
        together = await asyncio.gather(*(_walk(connector, replace(subject.query, limit=limit)) for limit in (subject.query.limit, 2, 3)))
        for walk in together:
            problems += _same_tail(walk, subject.baseline, 0, 0)
        walks = (Walk(), Walk())
        async with reading(connector, subject.query) as one, reading(connector, subject.query) as other:
            for _ in range(len(subject.baseline.sizes)):
                for walk, batches in zip(walks, (one, other), strict=True):
                    batch = await anext(batches, None)
                    if batch is not None:
                        walk.add(batch)
        for walk in walks:
            problems += _same_tail(walk, subject.baseline, 0, 0)
    return problems


async def loses_foreign_cursors(subject: Subject) -> list[str]:
    """A cursor that the connector did not give out raises CursorLost; a mangled one never raises anything else."""
    mangled = [
        each
        for cursor, _, _ in subject.baseline.cursors[:2]
        for each in (cursor[: len(cursor) // 2], cursor + "A", cursor[:-1] + "!", cursor[::-1], cursor.swapcase())
    ]
    problems = []
    async with subject.opened() as connector:
        for cursor in (*GARBAGE, *mangled, ""):
            shown = cursor if len(cursor) < 60 else f"{cursor[:40]}…"
            try:
                await _walk(connector, replace(subject.query, cursor=cursor), batches=1)
            except CursorLost:
                continue
            except Exception as error:  # noqa: BLE001 - any other exception is the finding
                problems.append(f"the cursor {shown!r} raises {type(error).__name__} where CursorLost is due")
            else:
                if cursor in GARBAGE:
                    problems.append(f"the cursor {shown!r} is read as if it were one, where CursorLost is due")
        problems += await _still_reads(connector, subject)
    return problems


async def survives_cancelling(subject: Subject) -> list[str]:
    """A read cancelled at any moment ends at once as cancelled, and the connector reads again."""
    problems = []
    async with subject.opened() as connector:
        for turns in (0, 1, 2, 3, 5, 8, 13):
            task = asyncio.create_task(_walk(connector, replace(subject.query, limit=1), batches=20))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=1.0)
            if not done:
                problems.append("a cancelled read goes on for over a second")
            elif not task.cancelled() and (error := task.exception()) is not None:
                problems.append(f"a cancelled read ends in {type(error).__name__} where CancelledError is due")
        problems += await _still_reads(connector, subject)
    return problems


async def closes(subject: Subject) -> list[str]:
    """`aclose` may be called twice, and gives back tasks, threads and file descriptors."""
    for measured in (False, True):
        before = _held()
        connector = await subject.open_connector()
        await _walk(connector, subject.query)
        async with reading(connector, replace(subject.query, limit=1)) as batches:
            await anext(batches, None)
        await connector.aclose()
        try:
            await connector.aclose()
        except Exception as error:  # noqa: BLE001 - any exception is the finding
            return [f"a second aclose raises {type(error).__name__}"]
        if not measured:
            continue
        left = await _settled(lambda: _held() - before)  # noqa: B023 - called within this turn
        if left:
            return [f"left open after aclose: {_some(left)}"]
    return []


def _always(_subject: Subject) -> bool:
    return True


CHECKS: Mapping[str, tuple[Check, Callable[[Subject], bool]]] = {
    "reads_all": (reads_all, _always),
    "resumes": (resumes, _always),
    "respects_limits": (respects_limits, _always),
    "fetches_by_ids": (fetches_by_ids, lambda subject: subject.supports.ids),
    "searches_text": (searches_text, lambda subject: subject.supports.text),
    "reads_since": (reads_since, lambda subject: subject.supports.since),
    "tells_total": (tells_total, lambda subject: subject.supports.total),
    "walks_orders": (walks_orders, lambda subject: bool(subject.supports.orders)),
    "stops_early": (stops_early, _always),
    "reads_concurrently": (reads_concurrently, _always),
    "loses_foreign_cursors": (loses_foreign_cursors, _always),
    "survives_cancelling": (survives_cancelling, _always),
    "closes": (closes, _always),
}
"""All checks in the order in which they run, each with the condition that makes it due."""


async def _walk(connector: Connector, query: Query, batches: int = _MAX_BATCHES) -> Walk:
    walk, seen = Walk(), {query.cursor}
    async with reading(connector, query) as source:
        async for batch in source:
            walk.add(batch)
            if batch.cursor is not None and batch.cursor in seen:
                walk.problems.append("a cursor comes again: the list goes in a circle")
                break
            seen.add(batch.cursor)
            if len(walk.sizes) >= batches:
                break
    if not walk.ended and not walk.problems and len(walk.sizes) < batches:
        walk.problems.append("the read stops although the cursor of its last batch says that there is more")
    return walk


async def _bounded(name: str, work: Awaitable[Any], patience: float) -> Any:
    try:
        async with asyncio.timeout(patience):
            return await work
    except TimeoutError:
        return f"{name}: takes more than {patience:g} s"
    except SourceError as error:
        return f"{name}: raises {type(error).__name__}({error.reason})"
    except Exception as error:  # noqa: BLE001 - a connector raises SourceError and nothing else
        return f"{name}: raises {type(error).__name__}, which is not a SourceError: {error}"


async def _settled(count: Callable[[], Iterable[Any]]) -> list[Any]:
    """What is left once the loop, threads and the other ends of sockets have had two seconds to finish."""
    for _ in range(100):
        left = list(count())
        if not left:
            return []
        await asyncio.sleep(0.02)
    return left


def _held() -> Counter[str]:
    tasks = Counter(f"task {task.get_name()}" for task in asyncio.all_tasks())
    threads = Counter(f"thread {each.name}" for each in threading.enumerate() if not each.name.startswith("asyncio_"))
    return tasks + threads + Counter({"file descriptor": _open_files()})


def _open_files() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0


def _same_tail(walk: Walk, whole: Walk, seen: int, gone: int) -> list[str]:
    problems = list(walk.problems)
    if walk.keys != whole.keys[seen:]:
        rest = whole.keys[seen:]
        place = next(
            (at for at, (one, other) in enumerate(zip(walk.keys, rest, strict=False)) if one != other), min(len(walk.keys), len(rest))
        )
        problems.append(
            f"read on after {seen} items, it gives {len(walk.keys)} more where an uninterrupted read gives {len(rest)}; "
            f"they part at {_some(walk.keys[place : place + 1])} and {_some(rest[place : place + 1])}"
        )
    if walk.gone != whole.gone[gone:]:
        problems.append(
            f"read on after {seen} items, it tells {len(walk.gone)} gone where an uninterrupted read tells {len(whole.gone) - gone}"
        )
    return problems


async def _still_reads(connector: Connector, subject: Subject) -> list[str]:
    try:
        return _same_tail(await _walk(connector, subject.query), subject.baseline, 0, 0)
    except SourceError as error:
        return [f"the connector is not usable afterwards: a whole read raises {type(error).__name__}({error.reason})"]


def _difference(keys: Sequence[Key], wanted: frozenset[Key]) -> list[str]:
    missing, strange = wanted - set(keys), set(keys) - wanted
    return [f"these keys are missing: {_some(missing)}"] * bool(missing) + [f"these keys are not wanted: {_some(strange)}"] * bool(strange)


def _unknown(like: Key, number: int) -> Key:
    return f"no-such-{number}" if isinstance(like, str) else tuple(f"no-such-{number}" for _ in like)


def _is_key(key: object) -> bool:
    parts = key if isinstance(key, tuple) else (key,)
    return bool(parts) and all(isinstance(part, str) for part in parts) and bool(native_key(key).strip("\x1f"))  # type: ignore[arg-type]


def _some(values: Iterable[object]) -> str:
    shown = [repr(value) for value in values]
    return ", ".join(sorted(shown)[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "") or "the end"
