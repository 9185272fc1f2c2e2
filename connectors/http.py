"""What sources behind HTTP share: the connection, the table from failures to SourceError, errors that hide inside a 200, exact numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from connectors.definition import Strict
from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.keys import Inexact
from connectors.mapping.paths import getter
from connectors.mapping.specification import Path, Scalar
from egress import AddressRefused, ConnectFailed, ConnectionLost, DeadlinePassed, EgressError, Fetcher, Reply, Request, TooSlow, Undecodable
from egress.encodings import codec

T = TypeVar("T")

_SECRET = re.compile(r"(proxy-)?authorization|cookie|(x-)?(api|auth|access|app)?-?(key|token|secret)", re.IGNORECASE)


def _sound_headers(headers: dict[str, str]) -> dict[str, str]:
    for name in headers:
        if _SECRET.fullmatch(name):
            raise ValueError(f"the header {name} is a secret, and a definition is not one: leave it out, and write [credentials]")
    Request(method="GET", url="", headers=headers)
    return headers


def _known_encoding(label: str) -> str:
    try:
        codec(label)
    except Undecodable as error:
        raise ValueError(f"there is no encoding {label!r}; write UTF-8, GB18030, Big5 or UTF-16") from error
    return label


Encoding = Annotated[str, AfterValidator(_known_encoding)]
"""The name of a text encoding that egress can read."""


class HttpConnection(Strict):
    """The part of `[connection]` that every source behind HTTP has."""

    url: str = Field(description="the address that everything else is relative to")
    headers: dict[str, str] = Field(default_factory=dict, description="headers sent with every request; no secrets")

    _headers = field_validator("headers")(_sound_headers)

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("write an address that begins with https://")
        if "@" in parts.netloc or parts.fragment:
            raise ValueError("leave user-info and fragments out of the address")
        return url


Meaning = Literal["refused", "unavailable", "absent", "malformed"]


class ErrorInside(Strict):
    """An error that a source reports in a 200: `path` holds something that is not `ok` or, without `ok`, holds anything at all.

    What it means is looked up in `classes` by the text of the value at `code` (by default the same path).
    """

    path: Path = Field(description="where the source says whether it did well")
    ok: tuple[Scalar, ...] | None = Field(None, min_length=1, description="values that mean success; without them nothing may stand there")
    code: Path | None = Field(None, description="where the kind of error stands, by default in the same place")
    classes: dict[str, Meaning] = Field(default_factory=dict, description="value = refused, unavailable, absent or malformed")
    otherwise: Meaning = Field("unavailable", description="what every other value means")


Errors = Annotated[tuple[ErrorInside, ...], BeforeValidator(lambda value: (value,) if isinstance(value, dict | ErrorInside) else value)]


class Absent(Exception):
    """The source says that it does not have what was asked for: 404, 410, or an error inside that means so."""


async def exchanged(client: Fetcher, request: Request) -> Reply:
    """Exchange a request for a reply, whatever its status. Raises SourceError."""
    try:
        return await client.fetch(request)
    except EgressError as error:
        raise source_error(error) from error


async def fetched(client: Fetcher, request: Request) -> Reply:
    """Exchange a request for a reply that is a success. Raises Absent and SourceError, by the table of statuses."""
    reply = await exchanged(client, request)
    check_status(reply)
    return reply


def source_error(error: EgressError) -> SourceError:
    """What a failed exchange says about the source."""
    match error:
        case DeadlinePassed() | TooSlow():
            return SourceTimeout(error.reason)
        case AddressRefused():
            return SourceRefused(error.reason)
        case ConnectFailed() | ConnectionLost():
            return SourceUnavailable(error.reason)
        case _:
            return SourceMalformed(error.reason)


def check_status(reply: Reply) -> None:
    """Raise what a status that is not a success means (RFC 9110 §15): Absent or a SourceError."""
    status = reply.status
    if 200 <= status < 300:
        return
    if status in {404, 410}:
        raise Absent
    if status in {401, 402, 403, 407, 451}:
        raise SourceRefused("refused")
    if status == 408:
        raise SourceTimeout("timeout", retry_after=reply.retry_after)
    if status == 429:
        raise SourceUnavailable("busy", retry_after=reply.retry_after)
    if status >= 500:
        raise SourceUnavailable("server_error", retry_after=reply.retry_after)
    raise SourceMalformed("rejected" if status >= 400 else "status")


def check_inside(body: Any, rules: Iterable[ErrorInside]) -> None:
    """Raise what an error inside a 200 means: Absent or a SourceError."""
    for rule in rules:
        found = getter(rule.path)(body)
        if rule.ok is None and not found:
            continue
        if rule.ok is not None and (found is None or _text(found) in map(_text, rule.ok)):
            continue
        match rule.classes.get(_text(getter(rule.code or rule.path)(body)), rule.otherwise):
            case "absent":
                raise Absent
            case "refused":
                raise SourceRefused("error_inside")
            case "unavailable":
                raise SourceUnavailable("error_inside")
            case "malformed":
                raise SourceMalformed("error_inside")


def parsed(reply: Reply, encoding: str | None, read: Callable[[Any, bool], T]) -> T:
    """Read a JSON reply by `read(body, exact)`, again with exact numbers where `read` raises Inexact.

    The fast reader turns integers beyond 64 bits into floats, which are no keys any more. Raises SourceError and what `read` raises.
    """
    try:
        try:
            return read(reply.json(encoding), False)
        except Inexact:
            return read(json.loads(reply.text(encoding)), True)
    except EgressError as error:
        raise source_error(error) from error
    except ValueError as error:
        raise SourceMalformed("malformed") from error


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
