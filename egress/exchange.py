"""What is asked and what is answered: Request and Reply."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import quote

from multidict import CIMultiDict

from egress.bounds import LIVE, Bounds
from egress.documents import read_json, read_xml
from egress.encodings import decoded, encoding
from egress.urls import without_params

RETRY_AFTER_CAP = 600.0  # seconds

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.6.2
_FIELD_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_OURS = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "expect", "proxy-authorization", "proxy-connection"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `params` are appended to a `url` that may already hold a query.

    `private` names parameters that no other origin may see: a redirect that takes them along loses them on the way.
    Raises ValueError for a method or header that is not one (RFC 9110 §5), or a header that the client itself sets.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    params: Mapping[str, str | Sequence[str]] = field(default_factory=dict, repr=False)
    private: Collection[str] = ()

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.method):
            raise ValueError("expected an HTTP method such as GET")
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name) or not _FIELD_VALUE.fullmatch(value):
                raise ValueError("expected header names and values without control characters")
            if name.lower() in _OURS:
                raise ValueError(f"leave out the header {name}: the client sets it")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, read to its end and decompressed. `url` is where it came from, after redirects.

    `repairs` counts what reading had to mend: "illegal_character" after `xml()`.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    max_depth: int = field(default=LIVE.max_depth, repr=False)
    repairs: Counter[str] = field(default_factory=Counter, repr=False, compare=False)

    def text(self, declared: str | None = None) -> str:
        """The body as text, by `declared`, byte order mark, charset, XML declaration or UTF-8, in this order.

        Raises Undecodable; no byte is ever dropped or replaced.
        """
        return decoded(self.body, declared=declared, content_type=self._content_type)

    def json(self, declared: str | None = None) -> Any:
        """The body as JSON. Raises NotData, Undecodable, TooDeep, Malformed."""
        found = encoding(self.body, declared=declared, content_type=self._content_type)
        # Most replies are UTF-8, which the reader checks by itself.
        text = self.body.removeprefix(BOM_UTF8) if found == ("utf-8", None) else self.text(declared)
        return read_json(text, max_depth=self.max_depth, page=self._is_page)

    def xml(self, declared: str | None = None) -> Any:
        """The body as the root `lxml.etree._Element`. Raises NotData, Undecodable, TooDeep, Malformed."""
        root, removed = read_xml(self.text(declared), page=self._is_page)
        self.repairs["illegal_character"] = removed
        return root

    def redacted(self, secrets: Iterable[str], params: Collection[str]) -> Reply:
        """This reply with `***` wherever it repeats one of `secrets`, and without `params` in its address."""
        reply = replace(self, url=without_params(self.url, params)) if params else self
        for secret in secrets:
            # As it is, as it stands in an address, and as some writers of JSON put it.
            for written in {secret, quote(secret, safe=""), secret.replace("/", "\\/")}:
                if written.encode() in reply.body:
                    reply = replace(reply, body=reply.body.replace(written.encode(), b"***"))
                if any(written in value for value in reply.headers.values()):
                    headers = ((name, value.replace(written, "***")) for name, value in reply.headers.items())
                    reply = replace(reply, headers=CIMultiDict(headers))
        return reply

    @property
    def date(self) -> datetime | None:
        """The server's own clock (RFC 9110 §6.6.1), None where it does not tell."""
        return _http_date(self.headers.get("Date", ""))

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before asking again (RFC 9110 §10.2.3), at most RETRY_AFTER_CAP; None where not told."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return min(float(value[:9]), RETRY_AFTER_CAP)
        until = _http_date(value)
        if until is None:
            return None
        # Counted from the server's clock, which need not agree with ours.
        return min(max((until - (self.date or datetime.now(UTC))).total_seconds(), 0.0), RETRY_AFTER_CAP)

    @property
    def _content_type(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def _is_page(self) -> bool:
        return self._content_type.lower().startswith(("text/html", "application/xhtml"))


class Fetcher(Protocol):
    """What fetches: the client, or something around it."""

    async def fetch(self, request: Request, *, bounds: Bounds | None = None) -> Reply:
        """Exchange `request` for a Reply. Raises EgressError, and what stands around the client may raise."""
        ...


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
