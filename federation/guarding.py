"""What stands between a question and a source: the guards of each definition, composed here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from connectors.cache import Cached, Kept, Namespace, Shelf, Windows
from connectors.definition import Definition, Section
from connectors.guards import HARVEST_RETRY, LIVE_RETRY, Breaker, Breaking, Bulkhead, Retried, Shared, Tolerance, Watched
from connectors.overlapping import Overlapping
from connectors.protocol import Connector
from connectors.pruning import pruner
from federation.accounts import Account

LATE = 0.8
"""The part of its time after which a cancelled call counts as late."""

WAITED_FOR = 0.85
"""The part of its time that a source is waited for where a copy could be given instead."""

PERSONAL = frozenset({"vcard_name"})
"""Functions that read personal data: what a mapping applies them to stays in this process."""


def guard_live(
    connector: Connector, definition: Definition, breaker: Breaker, account: Account, budget: float, generation: Callable[[], int]
) -> Connector:
    """Guard a source that is asked while a query waits; `budget` is the request's own time, seconds, `generation` as in `Shared`.

    From the outside in: equal questions are one call, which is asked once more where that may help, unless the breaker is open, when there
    is a place for it.
    """
    limits = definition.limits
    watched = Watched(connector, (breaker.note, *account.observers), patience=LATE * min(limits.timeout, budget))
    placed = Bulkhead(watched, concurrency=limits.concurrency, queue=limits.queue, rate=limits.rate)
    retried = Retried(Breaking(placed, breaker), replace(LIVE_RETRY, attempts=1 + limits.retries), account.retried)
    return Shared(retried, generation)


def keep(connector: Connector, definition: Definition, shelf: Shelf, namespace: Namespace, account: Account, budget: float) -> Connector:
    """Put the record cache before a guarded live source, where its definition asks for one."""
    said = definition.cache
    windows = Windows(
        lists=said.lists,
        records=said.records,
        refresh=said.refresh,
        absent=said.absent,
        stale=said.stale,
        patience=WAITED_FOR * min(definition.limits.timeout, budget),
    )
    if not windows.longest:
        return connector
    kept = {name: Kept(pruner(section), shared=not _holds_personal_data(section)) for name, section in definition.sections()}
    return Cached(connector, shelf, namespace, windows, kept, account.looked_up)


def _holds_personal_data(section: Section) -> bool:
    parts = [part for field in section.mapping.values() for part in (field, *(getattr(field, "members", None) or {}).values())]
    return any(part.function in PERSONAL for part in parts)


def guard_harvest(connector: Connector, definition: Definition, account: Account) -> Connector:
    """Guard a source that is copied: it is waited for patiently, as long as it asks for, and never asked by two at once."""
    limits = definition.limits
    watched = Watched(connector, account.observers, patience=limits.timeout)
    placed = Bulkhead(watched, concurrency=limits.concurrency, queue=limits.queue, rate=limits.rate)
    return Overlapping(Retried(placed, HARVEST_RETRY, account.retried))


def breaker_of(definition: Definition) -> Breaker:
    """The breaker of a source, closed."""
    said = definition.breaker
    tolerance = Tolerance(window=said.window, least=said.least, failures=said.failures, cooldown=said.cooldown)
    return Breaker(definition.name, tolerance)
