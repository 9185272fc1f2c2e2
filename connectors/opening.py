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
from connectors.recording.exchanges import RecordedFetcher, RecordingFetcher
from connectors.recording.readings import RecordedConnector, RecordingConnector, told_supports
from connectors.recording.tape import Played, Tape
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
    tape: Tape | None = None,
) -> AsyncIterator[Connector]:
    """The connector of a definition, with what `guard` puts around it, while the block lasts. Raises DefinitionInvalid.

    With a `tape`, what is asked and answered is written down.
    """
    kind = find_kind(definition.connector)
    if kind is None:
        raise AssertionError(definition.connector)
    bounds = LIVE if definition.mode == "live" else HARVEST
    client = Client(bounds=bounds, allow=allow, connections=definition.limits.concurrency)
    async with client, known(client, definition, keeper) as knowing:
        fetcher = knowing if tape is None or not kind.by_client else RecordingFetcher(knowing, tape)
        surroundings = Surroundings(
            client=fetcher, directory=directory, sqlite_directory=sqlite_directory, allow=allow, keeper=keeper, pushed=pushed
        )
        plain = await kind.open(definition, surroundings)
        if tape is not None:
            tape.about(name=definition.name, connector=kind.name, supports=told_supports(plain.supports))
            plain = plain if kind.by_client else RecordingConnector(plain, tape)
        connector = guard(plain)
        try:
            yield connector
        finally:
            await connector.aclose()


@asynccontextmanager
async def replayed(definition: Definition, played: Played, directory: Path) -> AsyncIterator[Connector]:
    """The connector of a definition over a recording, without network, database or secrets. Raises DefinitionInvalid."""
    kind = find_kind(definition.connector)
    if kind is None:
        raise AssertionError(definition.connector)
    if kind.by_client:
        connector = await kind.open(definition, Surroundings(client=RecordedFetcher(played), directory=directory))
    else:
        connector = RecordedConnector(played)
    try:
        yield connector
    finally:
        await connector.aclose()


def addresses_of(definition: Definition) -> list[str]:
    """The addresses that a source is reached at: its own, and that of its token endpoint."""
    request = getattr(definition.credentials, "request", None)
    named = ((definition.connection, "url"), (definition.credentials, "token_url"), (request, "url"))
    return [url for part, name in named if (url := getattr(part, name, None)) is not None]
