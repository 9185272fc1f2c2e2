"""Exchanges over HTTP on a tape, at the seam between a connector and its client: above credentials, which therefore never get there."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from multidict import CIMultiDict

import egress
from connectors import errors
from connectors.errors import SourceError
from connectors.recording.redaction import Redactor, is_secret
from connectors.recording.tape import Played, Tape
from egress import Bounds, EgressError, Fetcher, Reply, Request

_ASKED = ("accept", "content-type")
_ANSWERED = ("content-type", "date", "link", "retry-after")
"""Headers that the meaning of an exchange depends on; no others are kept."""

_LEFT_OUT = "…"

_WIDE = re.compile(rb"^(?:\xff\xfe|\xfe\xff)")


class RecordingFetcher:
    """Fetches by `inner`, and writes down what was asked and answered."""

    def __init__(self, inner: Fetcher, tape: Tape) -> None:
        self._inner, self._tape = inner, tape

    async def fetch(self, request: Request, *, bounds: Bounds | None = None) -> Reply:
        """Exchange, and write it down, a failure too."""
        try:
            reply = await self._inner.fetch(request, bounds=bounds)
        except (EgressError, SourceError) as error:
            self._tape.add(_asked(request, self._tape.redactor), {"failed": {"error": type(error).__name__, "reason": error.reason}})
            raise
        # The answer first: what it shows to be a secret is one in the question, too.
        answered = _answered(reply, self._tape.redactor)
        self._tape.add(_asked(request, self._tape.redactor), {"answered": answered})
        return reply


class RecordedFetcher:
    """Answers from a recording, without any network. What was not recorded raises SourceUnavailable("not_recorded")."""

    def __init__(self, played: Played) -> None:
        self._played = played

    async def fetch(self, request: Request, *, bounds: Bounds | None = None) -> Reply:
        """Give the answer that was recorded, or fail as it failed then."""
        found = self._played.answer(_asked(request, None))
        if found is None:
            raise errors.SourceUnavailable("not_recorded")
        if "failed" in found:
            raise failure(found["failed"])
        told = found["answered"]
        depth = (bounds or egress.HARVEST).max_depth
        headers = CIMultiDict((name, value) for name, value in told["headers"])
        return Reply(told["status"], request.url, headers, _body_of(told), depth)


def failure(told: Mapping[str, Any]) -> Exception:
    """The error that was written down, by its name and reason."""
    name, reason = str(told.get("error")), str(told.get("reason"))
    kind = getattr(egress, name, None) or getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, EgressError | SourceError):
        try:
            return kind(reason)
        except KeyError:
            pass
    return errors.SourceUnavailable("not_recorded")


def _asked(request: Request, redactor: Redactor | None) -> dict[str, Any]:
    """The question as it is compared: its address below the host, its parameters in order, its body."""
    parts = urlsplit(request.url)
    params = [*parse_qsl(parts.query, keep_blank_values=True), *_flat(request.params)]
    asked: dict[str, Any] = {
        "method": request.method,
        "path": parts.path if redactor is None else redactor.text(parts.path),
        "params": [[name, _question(name, value, redactor)] for name, value in params],
        "headers": {name: value for name, value in request.headers.items() if name.lower() in _ASKED},
    }
    if request.body is not None:
        asked |= _body(request.body, dict(request.headers).get("Content-Type", ""), redactor)
        if "json" in asked:
            asked["json"] = _without_secrets(asked["json"])
    return asked


def _question(name: str, value: str, redactor: Redactor | None) -> str:
    """A value that is asked with; a secret of the definition is not compared, as whoever plays the recording may not have it."""
    redacted = value if redactor is None else redactor.named(name, value)
    return _LEFT_OUT if is_secret(name) else redacted


def _without_secrets(value: Any) -> Any:
    match value:
        case dict():
            return {name: _LEFT_OUT if is_secret(name) else _without_secrets(each) for name, each in value.items()}
        case list():
            return [_without_secrets(each) for each in value]
    return value


def _flat(params: Mapping[str, str | Sequence[str]]) -> list[tuple[str, str]]:
    return [(name, each) for name, value in params.items() for each in ([value] if isinstance(value, str) else value)]


def _answered(reply: Reply, redactor: Redactor) -> dict[str, Any]:
    kept = [[name, redactor.text(value)] for name, value in reply.headers.items() if name.lower() in _ANSWERED]
    return {"status": reply.status, "headers": kept, **_body(reply.body, reply.headers.get("Content-Type", ""), redactor)}


def _body(body: bytes, content_type: str, redactor: Redactor | None) -> dict[str, Any]:
    """A body as JSON where it is, else as text, else in base64; its personal values are found whatever its encoding."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        coding = "utf-16" if _WIDE.match(body) else "latin-1"
        if redactor is not None:
            body = redactor.text(body.decode(coding, "replace")).encode(coding, "replace")
        return {"base64": b64encode(body).decode()}
    if "x-www-form-urlencoded" in content_type:
        pairs = parse_qsl(text, keep_blank_values=True)
        return {"form": [[name, _question(name, value, redactor)] for name, value in pairs]}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {"text": text if redactor is None else redactor.text(text)}
    if _has_float(value):  # written again, a number beyond 64 bits would not be the same
        return {"text": text if redactor is None else redactor.text(text)}
    return {"json": value if redactor is None else redactor.value(value)}


def _body_of(told: Mapping[str, Any]) -> bytes:
    if "json" in told:
        return orjson.dumps(told["json"])
    if "text" in told:
        return str(told["text"]).encode()
    return b64decode(told.get("base64", ""))


def _has_float(value: Any) -> bool:
    match value:
        case dict():
            return any(map(_has_float, value.values()))
        case list():
            return any(map(_has_float, value))
    return isinstance(value, float)
