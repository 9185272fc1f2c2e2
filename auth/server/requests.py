"""What applications send: parameters that occur once (RFC 6749, 3.1), and who they are (2.3)."""

from __future__ import annotations

import hmac
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl, unquote_plus

import orjson
from starlette.requests import Request
from starlette.responses import Response

from auth.errors import OAuthRefused
from auth.sealing import digest
from auth.sign_on import SignOn
from store.clients import Client

LONGEST_FORM = 32_000
"""Bytes of a form, at most."""

_MOST_FIELDS = 50
_OPEN = {"access-control-allow-origin": "*"}
_UNCACHED = {"cache-control": "no-store", "pragma": "no-cache", "x-content-type-options": "nosniff", **_OPEN}


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form (application/x-www-form-urlencoded). Raises OAuthRefused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise OAuthRefused("invalid_request", "send the parameters as application/x-www-form-urlencoded", 415)
    body = await read_body(request)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise OAuthRefused("invalid_request", "the form cannot be read") from error
    return once(pairs)


async def read_body(request: Request) -> bytes:
    """The body, within LONGEST_FORM. Raises OAuthRefused."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise OAuthRefused("invalid_request", f"the body is larger than {LONGEST_FORM} bytes", 413)
    return bytes(body)


def once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Parameters by name. Raises OAuthRefused where one occurs twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise OAuthRefused("invalid_request", "a parameter occurs twice")
        found[name] = value
    return found


async def client_of(sign_on: SignOn, request: Request, form: Mapping[str, str]) -> Client:
    """The client that asks, by Basic, by fields of the form, or by name only where it is public. Raises OAuthRefused."""
    authorization = request.headers.get("authorization")
    secret: str | None
    if authorization is not None:
        identifier, secret = _basic(authorization)
        if "client_secret" in form or form.get("client_id", identifier) != identifier:
            raise OAuthRefused("invalid_request", "authenticate in one way")
    else:
        identifier, secret = form.get("client_id", ""), form.get("client_secret")
    client = await sign_on.clients.by_id(identifier) if identifier else None
    if client is None or client.disabled:
        raise _unknown()
    if client.secret is None:
        if secret:
            raise _unknown()
    elif secret is None or not _opens(client, digest(secret), sign_on.clock()):
        raise _unknown()
    return client


def _opens(client: Client, shown: bytes, now: datetime) -> bool:
    """Tell whether a digest is that of the client's secret, or of the one before while it is good."""
    good = [client.secret, client.previous_secret if client.previous_until is not None and now < client.previous_until else None]
    return any(hmac.compare_digest(each, shown) for each in good if each is not None)


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that no cache keeps and that pages of every origin may read: nothing here depends on a cookie."""
    return Response(orjson.dumps(body), status, {**_UNCACHED, **(headers or {})}, "application/json")


def refusal(error: OAuthRefused) -> Response:
    """An error as RFC 6749, 5.2 has it."""
    headers = {"www-authenticate": 'Basic realm="huiju"'} if error.status == 401 else {}
    return answer({"error": error.error, "error_description": error.message.en}, error.status, headers)


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    try:
        identifier, separator, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError as error:
        raise _unknown() from error
    if scheme.lower() != "basic" or not separator:
        raise _unknown()
    return unquote_plus(identifier), unquote_plus(secret)


def _unknown() -> OAuthRefused:
    return OAuthRefused("invalid_client", "the client is unknown, or its secret is wrong", 401)
