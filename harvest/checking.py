"""The check of a source before it is registered: a bounded sample is read, mapped and held against what the definition claims."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.credentials.keeping import Keeper, Nothing, missing
from connectors.definition import Definition, Section, parse_definition
from connectors.errors import DefinitionInvalid, Problem, SourceError, SourceMalformed
from connectors.feed.rows import BodyUnreadable
from connectors.feed.samples import SampleRows
from connectors.functions import FUNCTIONS
from connectors.mapping import Binding, FieldSpecification, ItemSpoiled, Mapper, compile_mapping
from connectors.mapping.compiler import Complain
from connectors.mapping.profile import PROFILES, Target
from connectors.opening import opened, replayed
from connectors.protocol import Batch, Collection, Connector, Inspecting, Item
from connectors.pushdown import declared_keys
from connectors.recording import Redactor, Tape, read_tape
from egress import Allow
from harvest.findings import Finding, finding, of_failure, of_problem, of_rows
from harvest.probing import VISIBILITY, Capability, Subject, probe
from harvest.samples import WIDTH, Pair, native_text, pair_of, tabled
from store.identity import native_key
from store.visibility import NOBODY, PUBLIC

BATCHES, ITEMS, PAIRS = 3, 100, 20
"""Read of one collection at most; and native items that are shown beside their records."""

_TABLE = "the table "


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many records of the sample have a canonical field; `mapped` tells whether the definition maps it."""

    field: str
    mapped: bool
    filled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionCheck:
    """The sample of one collection: `total` as the source counts, `ended` where it was read to its end, `seconds` for the first page.

    `visibility` counts records by who sees them, `unknown` values that a table lacks, by `field: table`.
    """

    collection: Collection
    items: int
    batches: int
    total: int | None
    ended: bool
    seconds: float
    capabilities: tuple[Capability, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    visibility: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCheck:
    """What a check found. `usable`: nothing blocks."""

    name: str
    title: str
    usable: bool
    findings: tuple[Finding, ...]
    collections: tuple[CollectionCheck, ...] = ()


async def _nowhere(_name: str) -> Keeper:
    return Nothing()


async def check_document(
    document: bytes,
    name: str,
    directory: Path,
    *,
    sqlite_directory: Path | None,
    allow: Callable[[Definition], Allow],
    bind: Callable[[Definition], Binding],
    registered: frozenset[str] = frozenset(),
    keeper: Callable[[str], Awaitable[Keeper]] = _nowhere,
    record: Path | None = None,
    replay: Path | None = None,
    rows: Path | None = None,
) -> SourceCheck:
    """Check the source that `document` defines, whatever is wrong with it; `name` is what to call it until it tells its own.

    `directory` holds the files that it names, `registered` are the names of the other sources; `keeper` is asked, by the name of the
    source, for its secrets where it needs any. Nothing is kept, unless `record` names a directory for what was asked and answered;
    with `replay` such a recording is checked in the place of the source. Of a feed the file `rows` is read as if it were pushed; without
    one there is nothing to read, and the definition alone is checked. Raises RecordingInvalid.
    """
    try:
        definition = parse_definition(_text(document))
        if replay is not None:
            async with replayed(definition, read_tape(replay), directory) as connector:
                return await check_source(definition, connector, bind(definition), registered)
        secrets: Keeper = Nothing()
        if definition.credentials is not None:
            secrets = await keeper(definition.name)
            _refuse_missing(definition, await secrets.secrets())
        if definition.mode == "push" and rows is None:
            return SourceCheck(
                name=definition.name, title=definition.title, usable=True, findings=tuple(_references(definition, registered))
            )
        tape = Tape.made_in(record, Redactor((await secrets.secrets()).values())) if record is not None else None
        opening = opened(
            definition,
            allow=allow(definition),
            directory=directory,
            sqlite_directory=sqlite_directory,
            keeper=secrets,
            pushed=SampleRows(definition, rows) if rows is not None else None,
            tape=tape,
        )
        async with opening as connector:
            return await check_source(definition, connector, bind(definition), registered)
    except BodyUnreadable as error:
        return SourceCheck(name=name, title="", usable=False, findings=(of_rows(error),))
    except DefinitionInvalid as error:
        return SourceCheck(name=name, title="", usable=False, findings=tuple(map(of_problem, error.problems)))


async def check_source(definition: Definition, connector: Connector, binding: Binding, registered: frozenset[str]) -> SourceCheck:
    """Check an open source."""
    findings: list[Finding] = list(_references(definition, registered))
    if isinstance(connector, Inspecting):
        with suppress(SourceError):  # whatever is down shows in the sample too
            findings += map(of_problem, await connector.inspect())
    checks: list[CollectionCheck] = []
    keys: tuple[Any, ...] = ()
    for collection, section in definition.sections():
        if collection not in connector.supports or (collection is Collection.LIVE and not keys):
            continue
        checking = _Checking(definition, connector, binding, collection, section)
        try:
            checks.append(await checking.run(keys))
        except SourceError as error:
            findings.append(of_failure(error, f"{collection}"))
            if not isinstance(error, SourceMalformed):
                break
        finally:
            findings += checking.findings
        if collection is Collection.RESOURCES:
            keys = tuple(item.key for batch in checking.subject.batches for item in batch.items)[:PAIRS]
    return SourceCheck(
        name=definition.name,
        title=definition.title,
        usable=not any(each.blocks for each in findings),
        findings=tuple(sorted(findings, key=lambda each: not each.blocks)),
        collections=tuple(checks),
    )


class _Checking:
    """One collection on its way through the check."""

    def __init__(self, definition: Definition, connector: Connector, binding: Binding, collection: Collection, section: Section) -> None:
        supports = connector.supports[collection]
        self.findings: list[Finding] = []
        self.subject = Subject(
            connector=connector,
            collection=collection,
            section=section,
            supports=supports,
            keys=declared_keys(section),
            limit=min(section.max_batch, supports.max_batch, ITEMS // BATCHES),
            map=_guarded(compile_mapping(collection, section.mapping, binding)),
        )
        self._definition = definition
        self._binding = binding

    async def run(self, keys: Sequence[Any]) -> CollectionCheck:
        """Read, map, try out, sum up; `keys` are those of resources, which live details are asked by. Raises SourceError."""
        subject = self.subject
        live = subject.collection is Collection.LIVE
        began = time.monotonic()
        batches = await subject.read(BATCHES, **({"ids": tuple(keys)} if live else {}))
        seconds = (time.monotonic() - began) / max(1, len(batches))
        if not live:
            subject.batches = batches
        items = [item for batch in batches for item in batch.items][:ITEMS]
        self._judge_reading(batches, items, seconds)
        pairs = self._map(items)
        unknown = self._unknown(items)
        self._judge_values(len(items), unknown)
        capabilities, found = await probe(subject) if items and not live else ([], [])
        self.findings += found
        records = list(subject.values.values())
        return CollectionCheck(
            collection=subject.collection,
            items=len(items),
            batches=len(batches),
            total=next((batch.total for batch in batches if batch.total is not None), None),
            ended=not batches or batches[-1].cursor is None,
            seconds=round(seconds, 3),
            capabilities=tuple(capabilities),
            coverage=tuple(self._coverage(records)),
            visibility=dict(Counter(" ".join(each.visibility) for each in records if hasattr(each, "visibility")).most_common()),
            unknown=unknown,
            pairs=tuple(pairs),
        )

    def _find(self, rule: str, place: str, value: object = None, *, blocks: bool | None = None, **details: object) -> None:
        self.findings.append(finding(rule, f"{self.subject.collection}.{place}", value, blocks=blocks, **details))

    def _judge_reading(self, batches: Sequence[Batch], items: Sequence[Item], seconds: float) -> None:
        subject, definition = self.subject, self._definition
        if not items:
            self._find("empty", "items", blocks=subject.collection is Collection.RESOURCES)
        if definition.mode == "live" and seconds > definition.limits.timeout:
            self._find("slow", "max_batch", seconds=f"{seconds:.1f}", limit=f"{definition.limits.timeout:g}")
        repeated = [key for key, times in Counter(item.key for item in items).items() if times > 1]
        if repeated:
            self._find("duplicate-key", "identifier", native_key(repeated[0]), count=len(repeated))
        unfiltered = VISIBILITY not in subject.supports.filters and not definition.all_public
        if definition.mode == "live" and subject.collection is Collection.RESOURCES and unfiltered:
            self._find("visibility-unfiltered", "filters.visibility")
        lost = next((spoiled for batch in batches for spoiled in batch.spoiled), None)
        if lost is not None:
            self._left_out(
                "identifier",
                None if lost.key is None else native_key(lost.key),
                sum(len(b.spoiled) for b in batches),
                len(items),
                lost.reason,
            )

    def _left_out(self, place: str, value: str | None, count: int, read: int, message: str) -> None:
        rule = "items-unreadable" if 2 * count >= read else "items-left-out"
        self._find(rule, place, value, count=count, all=max(read, count), message=message)

    def _map(self, items: Sequence[Item]) -> list[Pair]:
        """Map the sample; what could not be read is found by field, with its first value."""
        mapping = self.subject.section.mapping
        values: dict[str, Any] = {}
        pairs: list[Pair] = []
        spoiled: dict[str, list[tuple[Item, str]]] = {}
        complaints: dict[str, list[tuple[Item, str]]] = {}
        for item in items:
            problem, value = None, None
            heard: list[tuple[str, str]] = []
            try:
                value = self.subject.map(item, lambda name, message, heard=heard: heard.append((name, message)))  # type: ignore[misc]
            except ItemSpoiled as error:
                problem = str(error)
                spoiled.setdefault(error.field, []).append((item, problem))
            else:
                values[native_key(item.key)] = value
            for name, message in heard:
                complaints.setdefault(name, []).append((item, message))
            if len(pairs) < PAIRS:
                pairs.append(pair_of(item, value, problem, self.subject.section))
        for name, found in spoiled.items():
            first, message = found[0]
            self._left_out(
                f"mapping.{name}" if name in mapping else name, native_text(mapping.get(name), first), len(found), len(items), message
            )
        for name, found in complaints.items():
            readable = [(item, message) for item, message in found if not message.startswith(_TABLE)]
            if readable:
                item, message = readable[0]
                self._find(
                    "value-unreadable", f"mapping.{name}", native_text(mapping.get(name), item), count=len(readable), message=message
                )
        self.subject.values = values
        return pairs

    def _unknown(self, items: Sequence[Item]) -> dict[str, dict[str, int]]:
        """Values of the sample that the tables do not know, most frequent first."""
        found: dict[str, dict[str, int]] = {}
        profile = PROFILES[self.subject.collection]
        for name, specification in self.subject.section.mapping.items():
            for place, of_item, one, target in tabled(name, specification, profile[name]):
                counted: Counter[str] = Counter()
                for item in items:
                    counted.update(self._lacking(one, target, of_item(item.native)))
                if counted:
                    found[f"{place}: {one.table}"] = dict(counted.most_common(50))
        return found

    def _lacking(self, specification: FieldSpecification, target: Target, values: Sequence[Any]) -> Iterator[str]:
        table = self._binding.tables[specification.table or ""]
        function = FUNCTIONS[specification.function or target.function].call
        for value in values:
            try:
                read = function(value, self._binding.place)
            except (ValueError, TypeError, OverflowError):
                continue
            for each in read if isinstance(read, tuple) else (read,):
                if each is not None and str(each) not in table:
                    yield str(each)[:WIDTH]

    def _judge_values(self, count: int, unknown: Mapping[str, Mapping[str, int]]) -> None:
        for where, values in unknown.items():
            place, _, table = where.partition(": ")
            listed = ", ".join(f"{value} ({times})" for value, times in list(values.items())[:10])
            self._find("table-unknown", f"mapping.{place}", next(iter(values)), table=table, values=listed)
        records = list(self.subject.values.values())
        for each in self._coverage(records):
            if each.mapped and not each.filled and records:
                self._find("field-empty", f"mapping.{each.field}", all=len(records))
        seen_by = [record.visibility for record in records if hasattr(record, "visibility")]
        if nobody := seen_by.count((NOBODY,)):
            self._find("hidden", "mapping.visibility", count=nobody, all=count)
        closed = [visibility for visibility in seen_by if PUBLIC not in visibility]
        if closed and self._definition.all_public:
            self._find("public-violated", "mapping.visibility", " ".join(closed[0]), count=len(closed))

    def _coverage(self, records: Sequence[Any]) -> Iterator[Coverage]:
        mapping = self.subject.section.mapping
        for name in PROFILES[self.subject.collection]:
            filled = sum(getattr(record, name, None) not in (None, ()) for record in records)
            yield Coverage(field=name, mapped=name in mapping, filled=filled)


def _guarded(mapper: Mapper) -> Mapper:
    """What a mapping does not foresee spoils one item here too, as it does in a harvest."""

    def read(item: Item, complain: Complain) -> Any:
        try:
            return mapper(item, complain)
        except ItemSpoiled:
            raise
        except Exception as error:
            raise ItemSpoiled("mapping", f"the mapping failed: {type(error).__name__}") from error

    return read


def _text(document: bytes) -> str:
    try:
        return document.decode()
    except UnicodeDecodeError as error:
        problem = Problem("(document)", "", "this is not TOML: its text is not UTF-8", "save the file as UTF-8")
        raise DefinitionInvalid((problem,)) from error


def _refuse_missing(definition: Definition, found: Mapping[str, str]) -> None:
    name = definition.name
    problems = tuple(
        Problem(
            f"credentials.{each}",
            "",
            "this secret is not set",
            f"huiju source credential set {name} {each}, or --credentials FILE",
        )
        for each in missing(found, definition.credentials.secrets)
    )
    if problems:
        raise DefinitionInvalid(problems)


def _references(definition: Definition, registered: frozenset[str]) -> Iterator[Finding]:
    for collection, section in definition.sections():
        for name, specification in section.mapping.items():
            if specification.source not in {None, definition.name, *registered}:
                place = f"{collection}.mapping.{name}.source"
                yield finding("reference-unknown", place, specification.source, source=specification.source)
