"""The receipt as it goes out: a head, then a line for each row, as one JSON document or as NDJSON, never held whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from starlette.responses import StreamingResponse

from harvest.receipts import Line, told
from transport.feeds.asking import Shown
from transport.language import Language

_FLUSH = 32_768


def receipt_response(head: dict[str, Any], lines: AsyncIterator[Line], shown: Shown, lang: Language, accept: str) -> StreamingResponse:
    """Answer with a receipt: `shown` says which rows it lists."""
    as_lines = "ndjson" in accept
    wanted = _wanted(lines, shown)
    body = _as_ndjson(head, wanted, lang) if as_lines else _as_json(head, wanted, lang)
    headers = {"cache-control": "no-store", "vary": "accept, accept-language"}
    return StreamingResponse(body, 200, headers, "application/x-ndjson" if as_lines else "application/json")


async def _wanted(lines: AsyncIterator[Line], shown: Shown) -> AsyncIterator[Line]:
    if shown == "none":
        return
    async for line in lines:
        if shown == "all" or line.fault is not None:
            yield line


async def _as_json(head: dict[str, Any], lines: AsyncIterator[Line], lang: Language) -> AsyncIterator[bytes]:
    waiting = bytearray(orjson.dumps(head)[:-1] + b',"rows":[')
    first = True
    async for line in lines:
        waiting += (b"" if first else b",") + orjson.dumps(told(line, lang))
        first = False
        if len(waiting) > _FLUSH:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting) + b"]}\n"


async def _as_ndjson(head: dict[str, Any], lines: AsyncIterator[Line], lang: Language) -> AsyncIterator[bytes]:
    waiting = bytearray(orjson.dumps(head) + b"\n")
    async for line in lines:
        waiting += orjson.dumps(told(line, lang)) + b"\n"
        if len(waiting) > _FLUSH:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)
