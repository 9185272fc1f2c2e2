"""Access tokens (RFC 9068): which issuers are believed, and what must hold before a token is (RFC 8725)."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key

from auth.errors import TokenRefused
from auth.keys import ALGORITHMS, LIFETIMES, REGISTRY
from auth.scopes import scopes_in
from store.codes import Label

TOKEN_LENGTH: Final = 8_000
"""Characters of a token, at most."""

_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_EXPIRED = Label("令牌已过期：请刷新或重新登录", "the token has expired: refresh it or sign in again")
_NOT_OURS = Label("令牌不是给本接口的：请为本接口申请令牌", "the token is for another audience: ask for one for this API")
_MALFORMED = Label("不是可接受的访问令牌：请重新登录", "this is no access token that is accepted here: sign in again")
_UNKNOWN = Label("不接受该签发者的令牌：请改用本站登录", "tokens of this issuer are not accepted: sign in here")
_UNSIGNED = Label("令牌的签名不成立：请重新登录", "the signature of the token does not hold: sign in again")


class KeySource(Protocol):
    """Where the keys of an issuer come from."""

    async def key(self, kid: str) -> tuple[str, Key] | None:
        """The algorithm and the key of an id, None where the issuer has none. Raises IssuerUnreachable where it cannot be asked."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says: who (`subject`), through what (`client`), for which scopes, and by what means they signed in."""

    issuer: str
    subject: str
    client: str
    scopes: frozenset[str]
    jti: str
    expires: int
    family: str | None
    second_factor: bool


async def verified(token: str, issuers: Mapping[str, KeySource], audiences: Collection[str], now: datetime) -> Claims:
    """Verify an access token of one of `issuers`, keyed by `iss`, meant for one of `audiences`. Raises TokenRefused, IssuerUnreachable."""
    header, said = unverified(token)
    if str(header.get("typ", "")).lower() not in _TYPES or "crit" in header:
        raise TokenRefused(_MALFORMED)
    issuer, kid = said.get("iss"), header.get("kid")
    keys = issuers.get(issuer) if isinstance(issuer, str) else None
    if keys is None:
        raise TokenRefused(_UNKNOWN)
    found = await keys.key(kid) if isinstance(kid, str) else None
    if found is None:
        raise TokenRefused(_UNSIGNED)
    algorithm, key = found
    # The key says which algorithm it is for; what the token says only has to agree (RFC 8725, 3.1).
    if header.get("alg") != algorithm or algorithm not in ALGORITHMS or key.key_type != ALGORITHMS[algorithm].kty:
        raise TokenRefused(_UNSIGNED)
    try:
        claims = jwt.decode(token, key, algorithms=[algorithm], registry=REGISTRY).claims
    except (JoseError, ValueError) as error:
        raise TokenRefused(_UNSIGNED) from error
    return _checked(claims, audiences, int(now.timestamp()))


def unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims that a token claims to have: only good for choosing what it is verified with. Raises TokenRefused."""
    parts = token.split(".") if len(token) <= TOKEN_LENGTH and token.isascii() else []
    if len(parts) != 3:
        raise TokenRefused(_MALFORMED)
    try:
        header, payload = (orjson.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, binascii.Error) as error:
        raise TokenRefused(_MALFORMED) from error
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise TokenRefused(_MALFORMED)
    return header, payload


def _checked(claims: Mapping[str, Any], audiences: Collection[str], now: int) -> Claims:
    leeway = int(LIFETIMES.clock_leeway.total_seconds())
    expires, begins, issued = claims.get("exp"), claims.get("nbf", 0), claims.get("iat", 0)
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in (expires, begins, issued)):
        raise TokenRefused(_MALFORMED)
    if expires is None or expires + leeway <= now:
        raise TokenRefused(_EXPIRED)
    if begins - leeway > now or issued - leeway > now:
        raise TokenRefused(Label("令牌尚未生效：请检查时钟", "the token is not valid yet: check the clock"))
    audience = claims.get("aud")
    meant = {audience} if isinstance(audience, str) else {each for each in audience if isinstance(each, str)} if audience else set()
    if meant.isdisjoint(audiences):
        raise TokenRefused(_NOT_OURS)
    subject, client, jti, scope = (claims.get(name) for name in ("sub", "client_id", "jti", "scope"))
    family, means = claims.get("sid"), claims.get("amr")
    if not (isinstance(subject, str) and isinstance(client, str) and isinstance(jti, str) and isinstance(scope or "", str)):
        raise TokenRefused(_MALFORMED)
    return Claims(
        issuer=str(claims["iss"]),
        subject=subject,
        client=client,
        scopes=scopes_in(scope),
        jti=jti,
        expires=int(expires),
        family=family if isinstance(family, str) else None,
        second_factor=isinstance(means, list) and "mfa" in means,
    )
