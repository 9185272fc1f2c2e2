"""Find one object by its id; what the caller may not see answers exactly as what does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.protocol import Collection
from resolvers.context import Context
from resolvers.errors import BadInput, SourceFailed
from resolvers.loading import fetch
from resolvers.outcomes import Status
from resolvers.sources import OpenSource
from store.changes import Changes, Tombstone
from store.codes import Label
from store.identity import NodeKind, parse_id
from store.record import Record, Reference

MAX_IDS = 100


async def resource(context: Context, identifier: str) -> Record | None:
    """Find a record by its global id, or by one that it had; None for every other id.

    Raises SourceFailed where its live source did not answer.
    """
    parsed = parse_id(identifier)
    if parsed is None or parsed.kind is not NodeKind.RESOURCE:
        return None
    found = await _record(context, parsed.source, parsed.key)
    return found if found is not None else (await _renamed(context, [identifier])).get(identifier)


async def resource_by_identifier(context: Context, source: str, identifier: str) -> Record | None:
    """Find a record by the name of its source and its native key (parts of a composite key joined by U+001F)."""
    found = context.sources.by_name(source)
    return await _record(context, found.key, identifier) if found is not None and identifier else None


async def node(context: Context, identifier: str) -> Any:
    """Find any object by its global id."""
    parsed = parse_id(identifier)
    if parsed is None:
        return None
    match parsed.kind:
        case NodeKind.RESOURCE:
            return await resource(context, identifier) or await _tombstone(context, identifier)
        case NodeKind.LIBRARY:
            return await context.loaders.libraries.load(Reference(parsed.source, parsed.key))
        case NodeKind.INSTITUTION:
            return await context.loaders.institutions.load((parsed.key, None, None))
        case NodeKind.SOURCE:
            return context.sources.by_key(parsed.source)


async def nodes(context: Context, identifiers: Sequence[str]) -> list[Any]:
    """Find many objects, in the order asked, None where there is none. Raises BadInput for more than 100 ids."""
    if len(identifiers) > MAX_IDS:
        raise BadInput(Label(f"一次最多 {MAX_IDS} 个 id", f"at most {MAX_IDS} ids at once"))
    wanted = [parse_id(identifier) for identifier in identifiers]
    loaders = context.loaders
    loading: list[Any] = []
    for each in wanted:
        match each:
            case (NodeKind.RESOURCE, source, key):
                loading.append(loaders.records.load((source, key)))
            case (NodeKind.LIBRARY, source, key):
                loading.append(loaders.libraries.load(Reference(source, key)))
            case (NodeKind.INSTITUTION, _, key):
                loading.append(loaders.institutions.load((key, None, None)))
            case (NodeKind.SOURCE, source, _):
                loading.append(context.sources.by_key(source))
            case _:
                loading.append(None)
    found = [await each if hasattr(each, "__await__") else each for each in loading]
    missing = [
        identifier
        for identifier, each, value in zip(identifiers, wanted, found, strict=True)
        if value is None and each is not None and each.kind is NodeKind.RESOURCE
    ]
    if missing:
        left = {**await Changes(context.catalog.database).tombstones(missing), **await _renamed(context, missing)}
        found = [left.get(identifier) if value is None else value for identifier, value in zip(identifiers, found, strict=True)]
    return found


async def present(context: Context, identifiers: Sequence[str]) -> list[Record]:
    """The records of `identifiers` that exist and that the caller may see, in order."""
    return [found for found in await nodes(context, identifiers[:MAX_IDS]) if isinstance(found, Record)]


async def _tombstone(context: Context, identifier: str) -> Tombstone | None:
    return (await Changes(context.catalog.database).tombstones([identifier])).get(identifier)


async def _renamed(context: Context, identifiers: Sequence[str]) -> dict[str, Record]:
    """Records by ids that they had before their source changed its identifiers."""
    now = await Changes(context.catalog.database).aliases(identifiers)
    nodes = {old: node for old, identifier in now.items() if (node := parse_id(identifier)) is not None}
    loading = {old: context.loaders.records.load((node.source, node.key)) for old, node in nodes.items()}
    return {old: record for old, each in loading.items() if (record := await each) is not None}


async def _record(context: Context, source: str, key: str) -> Record | None:
    found = context.sources.by_key(source)
    if found is None:
        return None
    if not found.live:
        records = await context.reader.by_keys([(source, key)])
        return records[0] if records else None
    fetched = (await fetch(context, Collection.RESOURCES, [(source, key)])).get(source)
    if fetched is None:
        return None
    if fetched.outcome.status in (Status.TIMEOUT, Status.UNAVAILABLE) or fetched.outcome.reason == "maintenance":
        outcome = fetched.outcome
        raise SourceFailed(outcome.code or "SOURCE_UNAVAILABLE", outcome.message(), found.name, retryable=outcome.retryable)
    record: Record | None = fetched.values.get(key)
    return record


def page_url(context: Context, record: Record) -> str:
    """Huiju's own page of a record."""
    return f"{context.public_url}/resources/{record.id}"


def source_of(context: Context, key: str) -> OpenSource:
    """The source of a record. Raises LookupError where it has been taken out of service meanwhile."""
    found = context.sources.by_key(key)
    if found is None:
        raise LookupError(f"the source {key} is not open")
    return found
