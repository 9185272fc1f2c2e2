"""Other issuers that are believed: their keys by OpenID Connect Discovery, kept for a while and asked again within bounds."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from auth.errors import IssuerUnreachable, UpstreamRefused
from auth.keys import ALGORITHMS, LIFETIMES
from egress import Client, EgressError, Request
from store.clock import Clock, utc_now
from store.codes import Label

_log = logging.getLogger(__name__)

_UNKNOWN_AGAIN = timedelta(seconds=30)
"""How soon an issuer is asked again for a key that it did not have: strangers name keys too."""

_FAILED_AGAIN = timedelta(seconds=5)
"""How soon an issuer that did not answer is asked again."""

_MOST_KEYS = 50


class ExternalIssuer:
    """The keys of one issuer; `client` is the egress that reaches it, `algorithms` what is accepted of it."""

    def __init__(self, url: str, client: Client, algorithms: frozenset[str] = frozenset(ALGORITHMS), clock: Clock = utc_now) -> None:
        self.url = url
        self._client = client
        self._algorithms = algorithms
        self._clock = clock
        self._keys: dict[str, tuple[str, Key]] = {}
        self._asked: datetime | None = None
        self._answered = True
        self._asking = asyncio.Lock()

    async def key(self, kid: str) -> tuple[str, Key] | None:
        """The algorithm and the key of an id. Raises IssuerUnreachable for one that is not known while the issuer does not answer."""
        asked = self._asked
        # While somebody asks already, a key that is known counts: an issuer that hangs holds nobody up.
        if self._is_due(kid) and not (kid in self._keys and self._asking.locked()):
            async with self._asking:
                if self._asked == asked:  # nobody asked while this one waited
                    await self._ask()
        found = self._keys.get(kid)
        if found is None and not self._answered:
            raise IssuerUnreachable(int(_FAILED_AGAIN.total_seconds()))
        return found

    def _is_due(self, kid: str) -> bool:
        if self._asked is None:
            return True
        age = self._clock() - self._asked
        if kid in self._keys:
            return age > LIFETIMES.key_set
        return age > (_UNKNOWN_AGAIN if self._answered else _FAILED_AGAIN)

    async def _ask(self) -> None:
        try:
            self._keys = await self._fetched()
            self._answered = True
        except (EgressError, UpstreamRefused, AttributeError, KeyError, TypeError) as error:
            _log.warning("the keys of %s could not be read: %s", self.url, type(error).__name__)  # what is known goes on
            self._answered = False
        self._asked = self._clock()

    async def _fetched(self) -> dict[str, tuple[str, Key]]:
        metadata = await fetch_json(self._client, f"{self.url.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.url:
            raise UpstreamRefused(Label("签发者的元数据不属于它", "the metadata of the issuer names another one"))
        key_set = await fetch_json(self._client, str(metadata["jwks_uri"]))
        found: dict[str, tuple[str, Key]] = {}
        for each in key_set["keys"][:_MOST_KEYS]:
            algorithm = each.get("alg") or _ONLY.get((each.get("kty"), each.get("crv")))
            if each.get("use", "sig") != "sig" or algorithm not in self._algorithms or not isinstance(each.get("kid"), str):
                continue
            try:
                found[each["kid"]] = algorithm, import_key({**each, "alg": algorithm})
            except (JoseError, ValueError):
                continue  # a key that cannot be read vouches for nothing
        return found


_ONLY = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA", ("RSA", None): "RS256"}
"""The algorithm of a key that does not name one."""


async def fetch_json(client: Client, url: str) -> dict[str, Any]:
    """The JSON object at an address. Raises EgressError, UpstreamRefused."""
    reply = await client.fetch(Request(method="GET", url=url, headers={"accept": "application/json"}))
    document = reply.json() if reply.status == 200 else None
    if not isinstance(document, dict):
        raise UpstreamRefused(Label("身份提供方的应答不是预期的 JSON", "the identity provider did not answer with a JSON object"))
    return document
