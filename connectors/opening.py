"""Opening a source: a client of its own, which knows its credentials, and the connector that reads through it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from connectors.credentials.client import known
from connectors.credentials.keeping import Keeper
from connectors.definition import Definition
from connectors.feed.connector import Kept
from connectors.protocol import Connector
from connectors.registry import Surroundings, find_kind
from egress import HARVEST, LIVE, Allow, Client


@asynccontextmanager
async def opened(
    definition: Definition,
    *,
    allow: Allow,
    directory: Path,
    sqlite_directory: Path | None,
    keeper: Keeper,
    pushed: Kept | None = None,
    guard: Callable[[Connector], Connector] = lambda connector: connector,
) -> AsyncIterator[Connector]:
    """The connector of a definition, with what `guard` puts around it, while the block lasts. Raises DefinitionInvalid."""
    kind = find_kind(definition.connector)
    if kind is None:
        raise AssertionError(definition.connector)
    bounds = LIVE if definition.mode == "live" else HARVEST
    client = Client(bounds=bounds, allow=allow, connections=definition.limits.concurrency)
    async with client, known(client, definition, keeper) as knowing:
        surroundings = Surroundings(
            client=knowing, directory=directory, sqlite_directory=sqlite_directory, allow=allow, keeper=keeper, pushed=pushed
        )
        connector = guard(await kind.open(definition, surroundings))
        try:
            yield connector
        finally:
            await connector.aclose()
