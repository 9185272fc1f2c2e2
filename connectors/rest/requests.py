"""Requests made of a call's constants and what is asked: in the query, a form, or a JSON body."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from connectors.keys import parts_of
from connectors.mapping.paths import parse_path
from connectors.mapping.specification import Scalar
from connectors.protocol import Key
from connectors.rest.definition import Call, Joiner
from egress import Request


@dataclass(frozen=True, slots=True)
class Argument:
    """What is asked: a name, and a value or several with how they are written, None for what is usual in the place."""

    name: str
    value: Scalar | Sequence[Scalar]
    joiner: Joiner | None = None


def address(base: str, path: str) -> str:
    """The address of `path` below `base`, whose query, if any, stays."""
    root, mark, query = base.partition("?")
    return f"{root.rstrip('/')}/{path.lstrip('/')}{mark}{query}" if path else base


def path_for(template: str, key: Key) -> str | None:
    """Put a key into a path, percent-encoded (RFC 3986 §2.1); None for a key that would lead elsewhere, such as `..`."""
    parts = parts_of(key)
    if any(part in {".", ".."} for part in parts):
        return None
    encoded = [quote(part, safe="") for part in parts]
    return template.format(*encoded, id=encoded[0])


def build(base: str, call: Call, headers: Mapping[str, str], arguments: Iterable[Argument] = (), path: str | None = None) -> Request:
    """Make the request of `call` with `arguments`; `path` stands for a path whose key is filled in."""
    params = {name: _written(value) for name, value in call.params.items()}
    sent = {"Accept": "application/json", **headers}
    body: bytes | None = None
    match call.place:
        case "query":
            params |= {each.name: _texts(each) for each in arguments}
        case "form":
            form = {name: _text(value) for name, value in (call.form or {}).items()} | {each.name: _texts(each) for each in arguments}
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form, doseq=True).encode()
    if call.body is not None or call.place == "json":
        document = copy.deepcopy(call.body)
        for each in arguments if call.place == "json" else ():
            document = {} if document is None else document
            _put(document, each)
        if document is not None:
            sent["Content-Type"] = "application/json"
            body = orjson.dumps(document)
    elif call.form is not None and call.place != "form":
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode({name: _text(value) for name, value in call.form.items()}).encode()
    return Request(method=call.method, url=address(base, call.path if path is None else path), headers=sent, params=params, body=body)


def _put(document: dict[str, Any], argument: Argument) -> None:
    *steps, last = (str(step) for step in parse_path(argument.name))
    for step in steps:
        inner = document.get(step)
        if not isinstance(inner, dict):
            inner = document[step] = {}
        document = inner
    value = argument.value
    if isinstance(value, str | int | float):
        document[last] = _sendable(value)
    else:
        document[last] = ",".join(map(_text, value)) if argument.joiner == "comma" else [_sendable(each) for each in value]


def _texts(argument: Argument) -> str | list[str]:
    value = argument.value
    if isinstance(value, str | int | float):
        return _text(value)
    match argument.joiner:
        case "repeat":
            return [_text(each) for each in value]
        case "list":
            return orjson.dumps([_sendable(each) for each in value]).decode()
    return ",".join(map(_text, value))


def _written(value: Scalar | tuple[Scalar, ...]) -> str | list[str]:
    return [_text(each) for each in value] if isinstance(value, tuple) else _text(value)


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(_sendable(value))


def _sendable(value: Scalar) -> Scalar:
    """Halves of surrogate pairs are no text that could be sent."""
    return value.encode(errors="replace").decode() if isinstance(value, str) and not value.isascii() else value
