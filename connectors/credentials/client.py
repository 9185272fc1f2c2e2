"""The client of one source: every request to it has its pass; a pass that is refused is renewed, and the request sent once more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from connectors.credentials.definition import ApiKey, Basic, Bearer, ClientCredentials, TokenDance
from connectors.credentials.issuing import Issuer
from connectors.credentials.keeping import Keeper
from connectors.credentials.passes import Passes, fixed_passes
from connectors.credentials.renewing import TokenPasses
from connectors.definition import Definition
from egress import Bounds, Fetcher, Reply, Request


class KnownClient:
    """Fetches from one source that knows us. `origin` is that of the source: no other one ever sees a pass."""

    def __init__(self, client: Fetcher, passes: Passes, origin: str) -> None:
        self._client, self._passes, self._origin = client, passes, _origin(origin)

    async def fetch(self, request: Request, *, bounds: Bounds | None = None) -> Reply:
        """Exchange `request` for a Reply that holds none of our secrets. Raises EgressError and, where there is no pass, SourceError."""
        if _origin(request.url) != self._origin:
            return await self._client.fetch(request, bounds=bounds)
        held = await self._passes.current()
        reply = await self._client.fetch(held.on(request), bounds=bounds)
        if self._passes.refuses(reply):
            other = await self._passes.after(held)
            if other is None:
                return held.kept_from(reply)
            held, reply = other, await self._client.fetch(other.on(request), bounds=bounds)
        if not self._passes.refuses(reply):
            self._passes.accepted(held)
        return held.kept_from(reply)


@asynccontextmanager
async def known(client: Fetcher, definition: Definition, keeper: Keeper) -> AsyncIterator[Fetcher]:
    """The client for a source: `client` itself where its definition has no credentials that go with HTTP requests."""
    credentials = definition.credentials
    match credentials:
        case Basic() | Bearer() | ApiKey():
            passes: Passes = fixed_passes(credentials, keeper)
        case ClientCredentials() | TokenDance():
            issuer = Issuer(credentials, client, definition.connection.url, ZoneInfo(definition.timezone))
            passes = TokenPasses(definition.name, credentials, issuer, keeper)
        case _:
            yield client
            return
    try:
        yield KnownClient(client, passes, definition.connection.url)
    finally:
        await passes.aclose()


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
