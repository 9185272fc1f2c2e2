"""What is issued: access tokens (RFC 9068) and ID tokens (OpenID Connect Core, 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from auth.addresses import Here
from auth.keys import LIFETIMES
from auth.scopes import OPENID, written
from auth.sealing import draw
from auth.sign_on import SignOn
from store.clients import Client
from store.tokens import Code, Family

_ACCESS = "at+jwt"


def means(*, second_factor: bool) -> list[str]:
    """How somebody signed in (RFC 8176)."""
    return ["pwd", "otp", "mfa"] if second_factor else ["pwd"]


async def access_token(sign_on: SignOn, here: Here, scopes: frozenset[str], client: Client, family: Family | Code | None) -> dict[str, Any]:
    """The access token part of a token answer (RFC 6749, 5.1): of a person's family, or of the client itself where that is None."""
    now = int(sign_on.clock().timestamp())
    seconds = int(LIFETIMES.access_token.total_seconds())
    claims: dict[str, Any] = {
        "iss": here.issuer,
        "aud": here.audience,
        "iat": now,
        "exp": now + seconds,
        "jti": draw(),
        "client_id": client.id,
        "scope": written(scopes),
        "sub": client.id,
    }
    if family is not None:
        claims |= {"sub": family.account, "sid": _identifier(family), "auth_time": int(family.auth_time.timestamp())}
        claims["amr"] = means(second_factor=family.second_factor)
    token = await sign_on.keys.sign(claims, _ACCESS)
    return {"access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": written(scopes)}


async def id_token(sign_on: SignOn, here: Here, client: Client, family: Family | Code, nonce: str | None) -> dict[str, Any]:
    """The ID token part of a token answer; empty where `openid` was not asked for."""
    if OPENID not in family.scopes:
        return {}
    now = int(sign_on.clock().timestamp())
    claims: dict[str, Any] = {
        "iss": here.issuer,
        "sub": family.account,
        "aud": client.id,
        "iat": now,
        "exp": now + int(LIFETIMES.id_token.total_seconds()),
        "auth_time": _seconds(family.auth_time),
        "amr": means(second_factor=family.second_factor),
        "sid": family.session,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return {"id_token": await sign_on.keys.sign(claims, "JWT")}


def _identifier(family: Family | Code) -> str:
    return family.id if isinstance(family, Family) else family.family


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
