"""Every way in which a source behind HTTP fails, with what the product must make of it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import orjson

from bench.faults.shelf import PAGE
from bench.faults.upstream import Exchange, Fault

TIMEOUT, UNAVAILABLE, REFUSED, MALFORMED = "SOURCE_TIMEOUT", "SOURCE_UNAVAILABLE", "SOURCE_REFUSED", "SOURCE_MALFORMED"
WHOLE = ""
"""In the place of a code: nothing is wrong with the answer."""
SWEEP = "sweep"
"""In the place of a code: nothing is known to be wrong, but a harvest asks before it deletes so much."""
BOUNDED = "bounded"
"""In the place of a code: whatever comes of it, it costs nobody else anything, and no more memory than is allowed."""
DROPPED = "dropped"
"""In the place of a code: items are left out, and put into quarantine by a harvest."""
SPOILED = "spoiled"
"""In the place of a code: all items are, so that a harvest ends as one of a malformed source."""

_JUNK: Sequence[object] = (None, 7, "x", [], {}, True)
_MOST_SECONDS = 90.0
"""How long a fault goes on by itself: beyond everything that the product waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """One way to fail: `fault` is None where nobody listens; `code` is what becomes of the source, by kind where they differ.

    It shows from a page on that is between `first` and `last`; `absent` are kinds that cannot fail so.
    """

    name: str
    fault: Fault | None
    code: str
    by_kind: Mapping[str, str] = field(default_factory=dict)
    first: int = 1
    last: int = 2
    absent: frozenset[str] = frozenset()

    def code_of(self, kind: str) -> str:
        """What becomes of a source of `kind`."""
        return self.by_kind.get(kind, self.code)


async def _reset_before_headers(exchange: Exchange) -> None:
    exchange.reset()


async def _reset_after_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + exchange.sound[:40])
    await asyncio.sleep(0.05)
    exchange.reset()


async def _hang(exchange: Exchange) -> None:
    await exchange.gone()


async def _drip(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(exchange.sound))
    await _slowly(exchange, exchange.sound)


async def _drip_headers(exchange: Exchange) -> None:
    await _slowly(exchange, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 4000)


async def _slowly(exchange: Exchange, data: bytes) -> None:
    for at in range(len(data)):
        await exchange.send(data[at : at + 1])
        await asyncio.sleep(0.1)
    await exchange.gone()


def _status(status: str, **headers: str) -> Fault:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(exchange.secret.encode(), status, **{"Content_Type": "text/plain", **headers})

    return answer


async def _redirect_inside(exchange: Exchange) -> None:
    await exchange.reply(b"", "302 Found", Location="http://127.0.0.1:22/latest/meta-data/")


async def _redirect_loop(exchange: Exchange) -> None:
    await exchange.reply(b"", "302 Found", Location=exchange.asked.target)


async def _html(exchange: Exchange) -> None:
    page = f"<!DOCTYPE html><html><title>统一身份认证</title><body>{exchange.secret}</body></html>"
    await exchange.reply(page.encode(), Content_Type="text/html; charset=utf-8")


async def _error_inside(exchange: Exchange) -> None:
    await exchange.reply(exchange.voice.inside(exchange.secret))


async def _truncated(exchange: Exchange) -> None:
    half = exchange.sound[: len(exchange.sound) // 2]
    await exchange.reply(half, Content_Length=str(len(exchange.sound)))
    exchange.writer.close()


async def _length_short(exchange: Exchange) -> None:
    await exchange.reply(exchange.sound, Content_Length=str(len(exchange.sound) // 2))


async def _length_long(exchange: Exchange) -> None:
    await exchange.reply(exchange.sound, Content_Length=str(2 * len(exchange.sound)))
    await exchange.gone()


async def _chunks_damaged(exchange: Exchange) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    await exchange.send(head + b"10\r\n" + exchange.sound[:16] + b"\r\nzz\r\n" + exchange.sound[16:])
    exchange.writer.close()


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * 1_000_000_000, 6)


async def _gzip_bomb(exchange: Exchange) -> None:
    await exchange.reply(await asyncio.to_thread(_bomb), Content_Encoding="gzip")


async def _gzip_damaged(exchange: Exchange) -> None:
    packed = gzip.compress(exchange.sound)
    await exchange.reply(packed[:20] + b"\xff" * 40 + packed[60:], Content_Encoding="gzip")


async def _endless(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n" % exchange.voice.content_type.encode() + exchange.voice.opening)
    await _forever(exchange, b" " * 65_536)


async def _endless_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    await _forever(exchange, b"X-More: 0123456789abcdef\r\n" * 2_000)


async def _forever(exchange: Exchange, piece: bytes) -> None:
    async with asyncio.timeout(_MOST_SECONDS):
        while not exchange.writer.is_closing():
            await exchange.send(piece)


async def _deep(exchange: Exchange) -> None:
    await exchange.reply(exchange.voice.nested(200_000))


async def _entity_bomb(exchange: Exchange) -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "{exchange.upstream.secret}">{entities}]><OAI-PMH>&a9;</OAI-PMH>'
    await exchange.reply(body.encode(), Content_Type="text/xml")


async def _outer_entity(exchange: Exchange) -> None:
    body = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><OAI-PMH>&f;</OAI-PMH>'
    await exchange.reply(body.encode(), Content_Type="text/xml")


async def _wrong_encoding(exchange: Exchange) -> None:
    await exchange.reply(exchange.sound.decode().encode("gb18030"))


async def _not_http(exchange: Exchange) -> None:
    await exchange.send(b"5.7.44-log\x00" + exchange.secret.encode())
    exchange.writer.close()


async def _empty(exchange: Exchange) -> None:
    await exchange.reply(b"")


async def _duplicate_ids(exchange: Exchange) -> None:
    """The first record of a page comes twice, and the last of the page before comes again."""
    entries = exchange.upstream.entries
    start = (max(1, exchange.asked.page) - 1) * PAGE
    page = entries[start : start + PAGE]
    doubled = [*entries[max(0, start - 1) : start], *page[:1], *page]
    await exchange.reply(exchange.voice.answer(exchange.asked, entries, doubled))


async def _schema_change(exchange: Exchange) -> None:
    """The title goes by another name; a GraphQL server refuses the old one."""
    if exchange.voice.kind == "graphql":
        told = {
            "errors": [{"message": f'Cannot query field "name" {exchange.secret}', "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]
        }
        await exchange.reply(orjson.dumps(told), "400 Bad Request")
        return
    await exchange.reply(exchange.sound.replace(b'"name"', b'"name_v2"').replace(b"dc:title", b"dc:title_v2"))


async def _shape_change(exchange: Exchange) -> None:
    """The list itself stands elsewhere."""
    body = exchange.sound
    for old in (b'"list"', b'"resources"', b"ListRecords", b"Identify"):
        body = body.replace(old, old[:-1] + b"V2" + old[-1:] if old.startswith(b'"') else old + b"V2")
    await exchange.reply(body)


async def _no_objects(exchange: Exchange) -> None:
    """Numbers, nulls and empty lists in the place of records, on no two pages the same."""
    junk = (*_JUNK, exchange.asked.page)
    match exchange.voice.kind:
        case "rest":
            body = orjson.loads(exchange.sound)
            body["list"] = [junk[number % len(junk)] for number, _ in enumerate(body["list"])]
            await exchange.reply(orjson.dumps(body))
        case "graphql":
            body = orjson.loads(exchange.sound)
            edges = body["data"]["resources"]["edges"]
            edges[:] = [junk[number % len(junk)] for number, _ in enumerate(edges)]
            await exchange.reply(orjson.dumps(body))
        case _:
            await exchange.reply(exchange.sound.replace(b"<header", b"<headless").replace(b"</header", b"</headless"))


async def _loop(exchange: Exchange) -> None:
    """The first page with its own position, whatever is asked for."""
    first = replace(exchange.asked, page=min(1, exchange.asked.page))
    await exchange.reply(exchange.voice.answer(first, exchange.upstream.entries))


async def _ends_early(exchange: Exchange) -> None:
    """Nothing more, although the first page has promised more."""
    far = replace(exchange.asked, page=1_000)
    await exchange.reply(exchange.voice.answer(far, exchange.upstream.entries))


async def _emptied(exchange: Exchange) -> None:
    """A list of nothing, and a total of nothing."""
    await exchange.reply(exchange.voice.answer(exchange.asked, []))


MODES: Sequence[Mode] = (
    Mode(name="none", fault=lambda exchange: exchange.reply(exchange.sound), code=WHOLE),
    Mode(name="refuse", fault=None, code=UNAVAILABLE),
    Mode(name="reset-before-headers", fault=_reset_before_headers, code=UNAVAILABLE),
    Mode(name="reset-after-headers", fault=_reset_after_headers, code=UNAVAILABLE),
    Mode(name="hang", fault=_hang, code=TIMEOUT),
    Mode(name="drip", fault=_drip, code=TIMEOUT),
    Mode(name="drip-headers", fault=_drip_headers, code=TIMEOUT),
    Mode(name="500", fault=_status("500 Internal Server Error"), code=UNAVAILABLE),
    Mode(name="503-retry-after", fault=_status("503 Service Unavailable", Retry_After="1"), code=UNAVAILABLE),
    Mode(name="429", fault=_status("429 Too Many Requests", Retry_After="1"), code=UNAVAILABLE),
    Mode(name="401", fault=_status("401 Unauthorized", WWW_Authenticate="Bearer"), code=REFUSED),
    Mode(name="403", fault=_status("403 Forbidden"), code=REFUSED),
    Mode(name="404", fault=_status("404 Not Found"), code=MALFORMED),
    Mode(name="redirect-inside", fault=_redirect_inside, code=REFUSED),
    Mode(name="redirect-loop", fault=_redirect_loop, code=MALFORMED),
    Mode(name="html", fault=_html, code=MALFORMED),
    Mode(name="empty", fault=_empty, code=MALFORMED),
    Mode(name="error-inside", fault=_error_inside, code=UNAVAILABLE, by_kind={"oaipmh": MALFORMED}),
    Mode(name="truncated", fault=_truncated, code=UNAVAILABLE),
    Mode(name="length-short", fault=_length_short, code=MALFORMED),
    Mode(name="length-long", fault=_length_long, code=TIMEOUT),
    Mode(name="chunks-damaged", fault=_chunks_damaged, code=MALFORMED),
    Mode(name="gzip-bomb", fault=_gzip_bomb, code=MALFORMED),
    Mode(name="gzip-damaged", fault=_gzip_damaged, code=MALFORMED),
    Mode(name="endless", fault=_endless, code=MALFORMED),
    Mode(name="endless-headers", fault=_endless_headers, code=MALFORMED),
    Mode(name="deep", fault=_deep, code=MALFORMED),
    Mode(name="entity-bomb", fault=_entity_bomb, code=MALFORMED),
    Mode(name="outer-entity", fault=_outer_entity, code=MALFORMED),
    Mode(name="wrong-encoding", fault=_wrong_encoding, code=MALFORMED),
    Mode(name="not-http", fault=_not_http, code=MALFORMED),
    Mode(name="duplicate-ids", fault=_duplicate_ids, code=WHOLE),
    Mode(name="schema-change", fault=_schema_change, code=DROPPED, by_kind={"graphql": MALFORMED}),
    Mode(name="shape-change", fault=_shape_change, code=MALFORMED),
    Mode(name="no-objects", fault=_no_objects, code=DROPPED),
    Mode(name="loop", fault=_loop, code=MALFORMED, first=2),
    Mode(name="ends-early", fault=_ends_early, code=MALFORMED, first=2),
    Mode(name="emptied", fault=_emptied, code=SWEEP, last=1, absent=frozenset({"oaipmh"})),
)
"""All of them; the first is none and shows that the matrix itself is sound."""
