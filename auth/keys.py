"""Keys: one table of algorithms, one of lifetimes, and the ring of keys that this server signs with.

A national algorithm is one more line of ALGORITHMS, once joserfc knows it (`JWSRegistry.register`): SM2 with SM3 signs as ES256 does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key
from joserfc.jws import JWSRegistry

from auth.sealing import Vault
from store.clock import Clock, utc_now
from store.signing_keys import SigningKey, SigningKeys


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature algorithm: how a key for it is made, and the type of key (RFC 7517, 4.1) that it takes; no other is ever tried."""

    generate: Callable[[], Key]
    kty: str


ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    "ES256": Algorithm(lambda: ECKey.generate_key("P-256", auto_kid=True), "EC"),
    "EdDSA": Algorithm(lambda: OKPKey.generate_key("Ed25519", auto_kid=True), "OKP"),
    "RS256": Algorithm(lambda: RSAKey.generate_key(3072, auto_kid=True), "RSA"),
}
"""What may sign a token here or at an issuer that is believed; `none` and the symmetric ones have no line."""

SIGNING: Final = "ES256"
"""What new keys of this server are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long things live."""

    code: timedelta = timedelta(seconds=60)
    access_token: timedelta = timedelta(minutes=5)
    id_token: timedelta = timedelta(minutes=5)
    family: timedelta = timedelta(days=30)
    session: timedelta = timedelta(hours=12)
    replay_leeway: timedelta = timedelta(seconds=10)
    clock_leeway: timedelta = timedelta(seconds=30)
    verified: timedelta = timedelta(seconds=30)
    key_set: timedelta = timedelta(minutes=10)
    secret_overlap: timedelta = timedelta(hours=24)


LIFETIMES: Final = Lifetimes()
"""`replay_leeway`: a refresh token used twice so close together is two tabs; `clock_leeway`: how far clocks may differ;
`verified`: how long a token is believed before accounts and revocations are looked at again; `key_set`: how long others keep our keys;
`secret_overlap`: how long the secret of an application is good beside its successor."""

REGISTRY: Final = JWSRegistry(algorithms=list(ALGORITHMS))

_LOOK_AGAIN = timedelta(seconds=60)
_UNKNOWN_AGAIN = timedelta(seconds=2)


class KeyRing:
    """The keys of this server. Loaded at the start, and again when they are old or a token names an unknown one."""

    def __init__(self, keys: SigningKeys, vault: Vault, clock: Clock = utc_now) -> None:
        self._keys = keys
        self._vault = vault
        self._clock = clock
        self._known: dict[str, tuple[SigningKey, Key]] = {}
        self._public: list[dict[str, Any]] = []
        self._loaded: datetime | None = None
        self._loading = asyncio.Lock()

    async def begin(self) -> None:
        """Make the first key where there is none, and load the ring. Raises Unsealable where the key file is another one."""
        await self._keys.begin(lambda: self._made(self._clock()))
        await self._load()

    async def rotate(self) -> tuple[str, datetime]:
        """Make a successor; its id and from when it signs: once everybody who keeps our key set has seen it.

        The keys before it are believed for as long as a token that they sign may live.
        """
        signs_from = self._clock() + LIFETIMES.key_set
        successor = self._made(signs_from)
        longest = max(LIFETIMES.access_token, LIFETIMES.id_token)
        # A process may still sign with the key that it has until it looks again.
        await self._keys.rotate(successor, signs_from + _LOOK_AGAIN + longest + LIFETIMES.clock_leeway)
        await self._load()
        return successor.kid, signs_from

    async def sign(self, claims: dict[str, Any], typ: str) -> str:
        """A JWT with our youngest key that signs already (RFC 7515)."""
        await self._fresh()
        now = self._clock()
        stored, key = [pair for pair in self._known.values() if pair[0].signs_from <= now][-1]
        return jwt.encode({"alg": stored.algorithm, "kid": stored.kid, "typ": typ}, claims, key, registry=REGISTRY)

    async def key(self, kid: str) -> tuple[str, Key] | None:
        """The algorithm and the key of an id; an unknown id is looked up again, at most once in a few seconds."""
        await self._fresh(missing=kid not in self._known)
        found = self._known.get(kid)
        return (found[0].algorithm, found[1]) if found is not None else None

    async def public(self) -> dict[str, Any]:
        """The key set as it is published (RFC 7517, 5): also the keys that will sign soon and those whose tokens still live."""
        await self._fresh()
        return {"keys": self._public}

    def _made(self, signs_from: datetime) -> SigningKey:
        key = ALGORITHMS[SIGNING].generate()
        kid = str(key.kid)
        public = {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": SIGNING}
        sealed = self._vault.seal(orjson.dumps(key.as_dict(private=True)), kid)
        return SigningKey(kid=kid, algorithm=SIGNING, sealed=sealed, public=orjson.dumps(public).decode(), signs_from=signs_from)

    async def _fresh(self, *, missing: bool = False) -> None:
        loaded = self._loaded
        after = _UNKNOWN_AGAIN if missing else _LOOK_AGAIN
        if loaded is None or self._clock() - loaded >= after:
            async with self._loading:
                if self._loaded == loaded:
                    await self._load()

    async def _load(self) -> None:
        now = self._clock()
        found = await self._keys.believed(now)
        opened = {each.kid: self._known.get(each.kid) or (each, self._opened(each)) for each in found}
        self._known = {each.kid: (each, opened[each.kid][1]) for each in found}
        self._public = [orjson.loads(each.public) for each in found]
        self._loaded = now

    def _opened(self, key: SigningKey) -> Key:
        return import_key(orjson.loads(self._vault.open(key.sealed, key.kid)))
