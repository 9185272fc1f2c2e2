"""What stands between a question and a source: the guards of each definition, composed here and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from connectors.cache import Cached, Kept, Namespace, Shelf, Windows
from connectors.definition import Definition, Section
from connectors.guards import HARVEST_RETRY, LIVE_RETRY, Breaker, Breaking, Bulkhead, Quota, Retried, Shared, Tolerance, Watched
from connectors.link import Link
from connectors.overlapping import Overlapping
from connectors.protocol import Connector
from connectors.pruning import pruner
from egress import HARVEST
from federation.accounts import Account

LATE = 0.8
"""The part of its time after which a cancelled call counts as late."""

WAITED_FOR = 0.85
"""The part of its time that a source is waited for where a copy could be given instead."""

MARGIN = 2.0
"""Seconds beyond the longest call after which the place of a process that has died is given to others."""

PERSONAL = frozenset({"vcard_name"})
"""Functions that read personal data: what a mapping applies them to stays in this process."""


def guard_live(
    connector: Connector,
    definition: Definition,
    breaker: Breaker,
    account: Account,
    budget: float,
    namespace: Namespace,
    link: Link | None = None,
) -> Connector:
    """Guard a source that is asked while a query waits; `budget` is the request's own time, seconds.

    With a `link` its places and its pace are shared by all processes.

    From the outside in: equal questions are one call, which is asked once more where that may help, unless the breaker is open, when there
    is a place for it.
    """
    limits = definition.limits
    limit = min(limits.timeout, budget)
    watched = Watched(connector, (breaker.note, *account.observers), patience=LATE * limit, name=definition.name)
    placed = _placed(watched, definition, namespace, link, limits.timeout)
    retried = Retried(Breaking(placed, breaker, limit=limit), replace(LIVE_RETRY, attempts=1 + limits.retries), account.retried)
    return Shared(retried, namespace.generation)


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


def guard_harvest(
    connector: Connector, definition: Definition, account: Account, namespace: Namespace, link: Link | None = None
) -> Connector:
    """Guard a source that is copied: it is waited for patiently, as long as it asks for, and never asked by two at once."""
    watched = Watched(connector, account.observers, patience=definition.limits.timeout, name=definition.name)
    placed = _placed(watched, definition, namespace, link, HARVEST.deadline)
    return Overlapping(Retried(placed, HARVEST_RETRY, account.retried))


def _placed(watched: Connector, definition: Definition, namespace: Namespace, link: Link | None, longest: float) -> Connector:
    """Give a source its places and its pace; `longest` are the seconds that a call may take."""
    limits = definition.limits
    quota = None
    if link is not None:
        quota = Quota(link, namespace.source, concurrency=limits.concurrency, rate=limits.rate, lease=longest + MARGIN)
    return Bulkhead(watched, concurrency=limits.concurrency, queue=limits.queue, rate=limits.rate, quota=quota)


def breaker_of(definition: Definition) -> Breaker:
    """The breaker of a source, closed."""
    said = definition.breaker
    tolerance = Tolerance(window=said.window, least=said.least, failures=said.failures, cooldown=said.cooldown)
    return Breaker(definition.name, tolerance)
