"""Which sources a walk needs: constants of the filter prune first, then visibility, then the bound on live sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.mapping import FieldSpecification
from connectors.protocol import Collection
from resolvers.outcomes import Outcome, Status
from resolvers.sources import OpenSource, Sources
from store.filters import ResourceFilter
from store.identity import NodeKind, parse_id

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LIVE = 32
"""Live sources asked for one list; the rest is skipped (contract.md, Answers)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The live sources to ask, the catalog's sources (keys), and the sources that are left out with the reason."""

    live: tuple[OpenSource, ...]
    catalog: frozenset[str]
    skipped: tuple[Outcome, ...]


def plan(
    sources: Sources,
    collection: Collection,
    wanted: ResourceFilter,
    now: datetime,
    *,
    stored_only: bool = False,
    text: str | None = None,
) -> Plan:
    """Choose the sources that may hold what `wanted` and `text` describe, and that may be asked `now`: with `stored_only`, no live one."""
    live: list[OpenSource] = []
    skipped: list[Outcome] = []
    catalog: set[str] = set()
    for source in sources:
        if not _may_hold(source, collection, wanted):
            continue
        if not source.live:
            catalog.add(source.key)
        elif not source.offers(collection):
            continue
        elif source.definition.in_maintenance(now):
            skipped.append(Outcome(source=source.key, status=Status.SKIPPED, reason="maintenance", retryable=True))
        elif stored_only:
            skipped.append(Outcome(source=source.key, status=Status.SKIPPED, reason="stored_only", retryable=True))
        elif not (
            source.definition.all_public or "visibility" in source.supports(collection).filters or collection is Collection.LIBRARIES
        ):
            skipped.append(Outcome(source=source.key, status=Status.SKIPPED, reason="no_visibility"))
        elif text is not None and not source.supports(collection).text:
            skipped.append(Outcome(source=source.key, status=Status.SKIPPED, reason="no_text"))
        elif len(live) < MAX_LIVE:
            live.append(source)
        else:
            skipped.append(Outcome(source=source.key, status=Status.SKIPPED, reason="too_many"))
    return Plan(tuple(live), frozenset(catalog), tuple(skipped))


def _may_hold(source: OpenSource, collection: Collection, wanted: ResourceFilter) -> bool:
    definition = source.definition
    if wanted.tiers is not None and definition.tier not in wanted.tiers:
        return False
    if wanted.sources is not None and definition.name not in wanted.sources:
        return False
    if wanted.ids is not None and not _named(source, wanted.ids):
        return False
    section = definition.section(collection)
    mapping = section.mapping if section is not None else {}
    own = narrowed(source, wanted)
    if own.part_of == () or own.libraries == () or (wanted.libraries is not None and "library" not in mapping):
        return False
    if wanted.provinces is not None and definition.province is not None and not {"province", "institution"} & set(mapping):
        return definition.province in wanted.provinces
    if wanted.kinds is not None and "kind" in mapping:
        constants = _constants(mapping["kind"], source)
        return constants is None or not constants.isdisjoint(wanted.kinds)
    return True


def narrowed(source: OpenSource, wanted: ResourceFilter) -> ResourceFilter:
    """The conditions as one source may be asked: of ids, only those that its own records can name."""
    if wanted.libraries is None and wanted.part_of is None:
        return wanted
    section = source.definition.section(Collection.RESOURCES)
    library = section.mapping.get("library") if section is not None else None
    holder = source.binding.keys_by_name.get(library.source) if library is not None and library.source is not None else source.key
    return replace(
        wanted,
        libraries=_of(wanted.libraries, NodeKind.LIBRARY, holder),
        part_of=_of(wanted.part_of, NodeKind.RESOURCE, source.key),
    )


def _of(ids: tuple[str, ...] | None, kind: NodeKind, holder: str | None) -> tuple[str, ...] | None:
    if ids is None:
        return None
    return tuple(each for each in ids if (node := parse_id(each)) is not None and (node.kind, node.source) == (kind, holder))


def _named(source: OpenSource, ids: Iterable[str]) -> bool:
    return any(node is not None and node.source == source.key for node in map(parse_id, ids))


def _constants(specification: FieldSpecification, source: OpenSource) -> frozenset[str] | None:
    """Every value that the field can have, None where the source decides."""
    if isinstance(specification.value, str):
        return frozenset({specification.value})
    if specification.table is None:
        return None
    fallback = specification.default if isinstance(specification.default, str) else "other"
    return frozenset({*source.definition.tables[specification.table].values(), fallback})
