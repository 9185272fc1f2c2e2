"""Sign-on as the settings and the arrangement want it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Final

from auth.brokering import open_upstream, read_upstream
from auth.issuers import ExternalIssuer
from auth.sign_on import Policy, SignOn, open_sign_on
from egress import Allow, Bounds, Client
from federation.arrangement import Arrangement
from federation.federation import Federation
from settings import Settings
from transport.language import preferred

EMBEDDED: Final = "embedded"
"""The issuer that is this server itself."""

_PATIENT = Bounds(deadline=10.0, max_bytes=1_000_000)
"""People wait longer for a sign-in than for a list."""


async def sign_on_of(settings: Settings, arrangement: Arrangement, federation: Federation, stack: AsyncExitStack) -> SignOn:
    """Open what sign-on works with, on `stack`. Raises UpstreamInvalid, and Unsealable where the key file is not the store's."""
    issuers = {}
    for url in settings.issuers:
        if url != EMBEDDED:
            client = await stack.enter_async_context(Client(allow=Allow.at(settings.allow_private, [url])))
            issuers[url] = ExternalIssuer(url, client)
    upstreams = {}
    for document in arrangement.upstreams:
        definition = read_upstream(document)
        client = await stack.enter_async_context(Client(allow=arrangement.reach(definition.addresses), bounds=_PATIENT))
        upstreams[definition.name] = open_upstream(definition, client)
    policy = Policy(
        public_url=settings.public_url,
        embedded=EMBEDDED in settings.issuers,
        second_factor=not arrangement.demo,
        anonymous=arrangement.anonymous,
    )
    sign_on = open_sign_on(
        federation.database,
        federation.secrets,
        policy,
        language_of=lambda request: preferred(request.headers.get("accept-language"), settings.lang),
        issuers=issuers,
        upstreams=upstreams,
    )
    await sign_on.keys.begin()
    return sign_on
