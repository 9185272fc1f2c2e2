"""Pages of a list: the arguments that ask for one, the items inside an answer, and where the next one is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from connectors.errors import SourceMalformed
from connectors.mapping.paths import getter
from connectors.paging import At, Position
from connectors.rest.definition import CursorPaging, LinkPaging, OffsetPaging, PagePaging, Paging
from connectors.rest.requests import Argument
from egress import Reply

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^\s,;=]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s,;"]*))?)*)')
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s,;"]*))', re.IGNORECASE)


def start_of(paging: Paging) -> At:
    """Where the first page is."""
    return paging.first if isinstance(paging, PagePaging | OffsetPaging) else None


def fits(paging: Paging, at: At) -> bool:
    """Tell whether a position could be one of this style."""
    match paging:
        case PagePaging() | OffsetPaging():
            return isinstance(at, int) and at >= paging.first
        case CursorPaging():
            return at is None or at != ""
        case LinkPaging():
            return at is None or (isinstance(at, str) and at.startswith("/") and not at.startswith("//"))
    return at is None


def asking(paging: Paging, position: Position) -> list[Argument]:
    """The arguments that ask for a page."""
    found = [] if paging.size_param is None else [Argument(paging.size_param, position.size)]
    if isinstance(paging, PagePaging | OffsetPaging | CursorPaging) and position.at is not None:
        found.append(Argument(paging.param, position.at))
    return found


def items_in(body: Any, path: str | None, bucket: str | None) -> Sequence[Any]:
    """The native items of an answer. Raises SourceMalformed where there is no list."""
    found = getter(path)(body) if path is not None else body
    if bucket is not None:
        if not isinstance(found, dict) or not all(isinstance(each, list) for each in found.values()):
            raise SourceMalformed("shape")
        return [_named(item, bucket, name) for name, items in found.items() for item in items]
    if not isinstance(found, list):
        raise SourceMalformed("shape")
    return found


def following(paging: Paging, position: Position, count: int, total: int | None, body: Any, reply: Reply) -> At:
    """Where the page after this one is, None where the list ends: after an empty page, or when all that was promised is given."""
    if count == 0:
        return None
    match paging:
        case PagePaging() | OffsetPaging():
            if total is not None and position.seen + count >= total:
                return None
            if total is None and paging.short_page_ends and paging.size_param is not None and count < position.size:
                return None
            step = 1 if isinstance(paging, PagePaging) else count
            return position.at + step if isinstance(position.at, int) else None
        case CursorPaging():
            return _token(paging, body)
        case LinkPaging():
            return _link(paging, body, reply)
    return None


def _token(paging: CursorPaging, body: Any) -> At:
    if paging.more is not None and getter(paging.more)(body) in (None, False, 0, "", "0", "false", "False", "N", "n"):
        return None
    token = getter(paging.next)(body)
    if token is None or token is False or token == "":
        return None
    if isinstance(token, bool) or not isinstance(token, str | int):
        raise SourceMalformed("shape")
    return token


def _link(paging: LinkPaging, body: Any, reply: Reply) -> str | None:
    link = getter(paging.next)(body) if paging.next is not None else _next_link(reply.headers)
    if link is None or link == "":
        return None
    if not isinstance(link, str):
        raise SourceMalformed("shape")
    try:
        here, target = urlsplit(reply.url), urlsplit(urljoin(reply.url, link.strip()))
        same = (here.scheme, here.hostname, here.port) == (target.scheme, target.hostname, target.port)
    except ValueError as error:
        raise SourceMalformed("foreign_link") from error
    # Another host, port or scheme is not what was registered and vetted as this source.
    if not same or "@" in target.netloc or target.path.startswith("//"):
        raise SourceMalformed("foreign_link")
    return (target.path or "/") + (f"?{target.query}" if target.query else "")


def _next_link(headers: Mapping[str, str]) -> str | None:
    """The target of the first link with the relation `next` (RFC 8288 §3), which may stand in any of several `Link` headers."""
    every = getattr(headers, "getall", None)
    lines = every("Link", ()) if every is not None else [headers.get("Link", "")]
    for line in lines:
        for target, parameters in _LINK.findall(line[:8192]):
            relation = _RELATION.search(parameters)
            if relation is not None and "next" in (relation[1] or relation[2] or "").lower().split():
                return str(target)
    return None


def _named(item: Any, bucket: str, name: str) -> Any:
    return {**item, bucket: name} if isinstance(item, dict) else item
