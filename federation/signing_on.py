"""Sign-on as the settings and the arrangement want it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Final

from auth.issuers import ExternalIssuer
from auth.sign_on import Policy, SignOn, open_sign_on
from egress import Client
from federation.arrangement import Arrangement, allowed
from federation.federation import Federation
from settings import Settings
from transport.language import preferred

EMBEDDED: Final = "embedded"
"""The issuer that is this server itself."""


async def sign_on_of(settings: Settings, arrangement: Arrangement, federation: Federation, stack: AsyncExitStack) -> SignOn:
    """Open what sign-on works with, on `stack`. Raises Unsealable where the key file is another one than that of the store."""
    issuers = {}
    for url in settings.issuers:
        if url != EMBEDDED:
            client = await stack.enter_async_context(Client(allow=allowed(settings, url)))
            issuers[url] = ExternalIssuer(url, client)
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
    )
    await sign_on.keys.begin()
    return sign_on
