"""Asking for a token: the request of OAuth 2.0 or of the source's own kind, and what its answer says."""

from __future__ import annotations

import secrets as randomness
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode
from zoneinfo import ZoneInfo

import orjson

from connectors.credentials.definition import ClientCredentials, TokenAnswer, TokenDance
from connectors.credentials.placeholders import filled, filled_in, joined
from connectors.credentials.signatures import signed
from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.functions import Place
from connectors.functions.moments import datetime as moment_in
from connectors.http import Absent, check_inside, check_status, source_error
from connectors.mapping.paths import getter
from connectors.rest.requests import address
from egress import Bounds, EgressError, Fetcher, Reply, Request

BOUNDS = Bounds(deadline=10.0, max_bytes=65_536, max_depth=16)
"""Of one token request."""

LONGEST = 8_000
"""Characters of a token."""

SKEW = timedelta(seconds=5)
"""The source's clock may be off by this much before we go by it."""

_OAUTH = TokenAnswer(token="access_token", expires="expires_in")  # noqa: S106 - the path of a token


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, and the seconds that it is good for, None where nobody tells."""

    token: str = field(repr=False)
    lifetime: float | None


class Issuer:
    """Asks for tokens. Times in a request are told by the source's clock, as far as its answers have shown it."""

    def __init__(self, credentials: ClientCredentials | TokenDance, client: Fetcher, base: str, zone: ZoneInfo) -> None:
        self._credentials, self._client, self._base, self._zone = credentials, client, base, zone
        self._answer = credentials.answer if isinstance(credentials, TokenDance) else _OAUTH
        self._offset = timedelta()

    async def issue(self, secrets: Mapping[str, str]) -> Issued:
        """Get a token; where the source did not like our time, once more by its own. Raises SourceError."""
        before = self._offset
        try:
            return await self._asked(secrets)
        except SourceError:
            if self._offset == before or isinstance(self._credentials, ClientCredentials):
                raise
        return await self._asked(secrets)

    async def _asked(self, secrets: Mapping[str, str]) -> Issued:
        now = datetime.now(UTC)
        try:
            request = self._request(secrets, now + self._offset)
        except ValueError:
            request = None
        if request is None:
            raise SourceRefused("secret_unusable")
        try:
            reply = await self._client.fetch(request, bounds=BOUNDS)
        except EgressError as error:
            raise _told(source_error(error)) from error
        shown = reply.date - now if reply.date is not None else timedelta()
        if abs(shown - self._offset) > SKEW:
            self._offset = shown
        return self._read(reply, now)

    def _request(self, secrets: Mapping[str, str], now: datetime) -> Request:
        if isinstance(self._credentials, TokenDance):
            return dance_request(self._credentials, self._base, secrets, now.astimezone(self._zone), randomness.token_hex(16))
        return _oauth_request(self._credentials, secrets["client_secret"])

    def _read(self, reply: Reply, now: datetime) -> Issued:
        answer = self._answer
        try:
            check_status(reply)
            body = reply.json()
            check_inside(body, answer.error)
        except (Absent, EgressError) as error:
            raise SourceMalformed("token_answer") from error
        except SourceMalformed as error:
            if reply.status in {400, 422}:  # RFC 6749 §5.2: invalid_client and its like
                raise SourceRefused("token_refused") from error
            raise _told(error) from error
        except SourceError as error:
            raise _told(error) from error
        token = getter(answer.token)(body)
        if isinstance(token, bool) or not isinstance(token, str | int) or not 0 < len(str(token)) <= LONGEST:
            raise SourceMalformed("token_answer")
        kind = getter("token_type")(body) if isinstance(self._credentials, ClientCredentials) else None
        if isinstance(kind, str) and kind.lower() != "bearer":  # RFC 6749 §7.1
            raise SourceMalformed("token_answer")
        told = getter(answer.expires)(body) if answer.expires is not None else None
        lifetime = _lifetime(told, answer.expires_as, reply.date or now, self._zone)
        return Issued(str(token), lifetime if lifetime is not None else self._credentials.lifetime)


def dance_request(dance: TokenDance, base: str, secrets: Mapping[str, str], now: datetime, nonce: str) -> Request:
    """The request of a token dance at `now`, in the source's zone. Raises ValueError where a secret cannot stand where it should."""
    request = dance.request
    values = {f"secret.{name}": secret for name, secret in secrets.items()}
    values |= {"timestamp": _stamp(request.timestamp, now), "nonce": nonce}
    if dance.signature is not None:
        values["signature"] = _signature(dance, values)
    headers = {"Accept": "application/json", **{name: filled(text, values) for name, text in request.headers.items()}}
    body: bytes | None = None
    if request.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode({name: filled(text, values) for name, text in request.form.items()}).encode()
    elif request.body is not None:
        headers["Content-Type"] = "application/json"
        body = orjson.dumps(filled_in(request.body, values))
    path = {name: quote_plus(value) for name, value in values.items()}
    return Request(
        method=request.method,
        url=request.url or address(base, filled(request.path or "", path)),
        headers=headers,
        params={name: filled(text, values) for name, text in request.params.items()},
        private=tuple(request.params),
        body=body,
    )


def _signature(dance: TokenDance, values: Mapping[str, str]) -> str:
    signature, request = dance.signature, dance.request
    if signature is None:
        raise AssertionError
    flat = {name: value for name, value in (request.body or {}).items() if not isinstance(value, dict | list)}
    sent = {**request.params, **(request.form or {}), **flat}
    parameters = [(name, _scalar(value, values)) for name, value in sent.items() if value != "{signature}"]
    both = {
        **values,
        "sorted": joined(parameters, between="&", equals="="),
        "concatenated": joined(parameters, between="", equals=""),
    }
    key = values[f"secret.{signature.secret}"] if signature.secret is not None else None
    return signed(signature.function, filled(signature.text, both), key, signature.written)


def _scalar(value: Any, values: Mapping[str, str]) -> str:
    if isinstance(value, str):
        return filled(value, values)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _stamp(written: str, now: datetime) -> str:
    match written:
        case "seconds":
            return str(int(now.timestamp()))
        case "milliseconds":
            return str(int(now.timestamp() * 1000))
        case "compact":
            return now.strftime("%Y%m%d%H%M%S")
        case "text":
            return now.strftime("%Y-%m-%d %H:%M:%S")
    return now.isoformat(timespec="seconds")


def _oauth_request(credentials: ClientCredentials, secret: str) -> Request:
    form = {"grant_type": "client_credentials", **credentials.parameters}
    if credentials.scope is not None:
        form["scope"] = credentials.scope
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if credentials.authentication == "client_secret_basic":
        # RFC 6749 §2.3.1: both are form-encoded before they are joined.
        pair = f"{quote_plus(credentials.client_id)}:{quote_plus(secret)}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": credentials.client_id, "client_secret": secret}
    return Request(method="POST", url=credentials.token_url, headers=headers, body=urlencode(form).encode())


def _lifetime(told: Any, written: str, now: datetime, zone: ZoneInfo) -> float | None:
    """Seconds that a token is good for, counted by the clock of who told; None where it cannot be read, or is no time to come."""
    try:
        match written:
            case "seconds":
                seconds = float(told)
            case "milliseconds":
                seconds = float(told) / 1000
            case "epoch":
                seconds = float(told) - now.timestamp()
            case "epoch_milliseconds":
                seconds = float(told) / 1000 - now.timestamp()
            case _:
                until = moment_in(told, Place(timezone=zone))
                seconds = (until - now).total_seconds() if until is not None else 0.0
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < _FOREVER else None


_FOREVER = 10 * 365 * 86_400.0

_REASONS: Mapping[type[SourceError], str] = {
    SourceTimeout: "token_timeout",
    SourceUnavailable: "token_unavailable",
    SourceRefused: "token_refused",
    SourceMalformed: "token_answer",
}
_OF_ADDRESS = frozenset({"forbidden_address", "scheme", "url", "dns", "tls"})


def _told(error: SourceError) -> SourceError:
    """The same failure, told as one of the token endpoint."""
    if error.reason in _OF_ADDRESS:
        return error
    kind = next(kind for kind in _REASONS if isinstance(error, kind))
    return kind(_REASONS[kind], retry_after=error.retry_after)
