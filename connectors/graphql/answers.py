"""Answers of a GraphQL source: what its errors mean, and which part of the data can still be used (GraphQL §7.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.errors import CursorLost, SourceError, SourceMalformed, SourceRefused, SourceUnavailable
from connectors.mapping.paths import getter

_REFUSED = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED", "FORBIDDEN", "ACCESS_DENIED", "PERMISSION_DENIED", "INVALID_TOKEN"})
_UNAVAILABLE = frozenset(
    {"INTERNAL", "INTERNAL_ERROR", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "UNAVAILABLE", "TIMEOUT", "DOWNSTREAM_SERVICE_ERROR"}
    | {"RATE_LIMITED", "TOO_MANY_REQUESTS", "THROTTLED"}
)
_MALFORMED = frozenset({"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "VALIDATIONERROR", "BAD_REQUEST", "BAD_USER_INPUT"})
_ABSENT = frozenset({"NOT_FOUND"})


def errors_in(body: Any) -> list[dict[str, Any]]:
    """The errors of an answer; what is not shaped like one is left out."""
    errors = body.get("errors") if isinstance(body, dict) else None
    return [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []


def data_in(body: Any, *, resumed: bool = False) -> dict[str, Any]:
    """The data of an answer. Raises SourceError where there is none, by its errors; `resumed` says that a position was asked with."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, dict):
        return data
    raise meaning(errors_in(body), resumed=resumed)


def meaning(errors: Sequence[dict[str, Any]], *, resumed: bool = False) -> SourceError:
    """What the errors say about the source, the most telling one first."""
    codes = {_code(error) for error in errors}
    if codes & _REFUSED:
        return SourceRefused("refused")
    if codes & _UNAVAILABLE:
        return SourceUnavailable("graphql_errors")
    if resumed and any("cursor" in str(error.get("message", "")).lower() for error in errors):
        return CursorLost("cursor")
    if codes & _MALFORMED:
        return SourceMalformed("graphql_errors")
    # An error with a path came up while the source was at work, one without is about the request itself.
    if any(error.get("path") for error in errors):
        return SourceUnavailable("graphql_errors")
    return SourceMalformed("graphql_errors" if errors else "shape")


def errors_at(errors: Sequence[dict[str, Any]], *path: str | int) -> list[dict[str, Any]]:
    """The errors at or below a place in the answer that mean more than that something is not there."""
    found = [error for error in errors if isinstance(error.get("path"), list) and error["path"][: len(path)] == list(path)]
    return [error for error in found if _code(error) not in _ABSENT]


def nodes_in(value: Any, path: str | None) -> list[Any]:
    """The nodes below a field, null ones kept. Raises SourceMalformed where there is no list."""
    head, _, tail = (path or "").partition("[]")
    found = getter(head)(value) if head else value
    if not isinstance(found, list):
        raise SourceMalformed("shape")
    follow = getter(tail.removeprefix(".")) if tail else None
    return [follow(each) for each in found] if follow is not None else found


def _code(error: dict[str, Any]) -> str:
    extensions = error.get("extensions")
    if not isinstance(extensions, dict):
        return ""
    told = (extensions.get(name) for name in ("code", "errorType", "classification"))
    return next((each.upper() for each in told if isinstance(each, str)), "")
