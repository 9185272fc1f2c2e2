"""The receipt as it goes out: a head, then a line for each row, as one JSON document or as NDJSON, never held whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from starlette.responses import StreamingResponse

from harvest.receipts import Line, told
from transport.feeds.asking import Shown
from transport.feeds.taking import Receipt
from transport.language import Language

_FLUSH = 32_768


def receipt_response(receipt: Receipt, shown: Shown, lang: Language, accept: str, report: str | None) -> StreamingResponse:
    """Answer with a receipt: `shown` says which rows it lists, `report` under which name each tells what to write back."""
    as_lines = "ndjson" in accept
    rows = (orjson.dumps(told(line, lang, report)) async for line in _wanted(receipt.lines, shown))
    body = _as_ndjson(receipt.head, rows) if as_lines else _as_json(receipt.head, rows)
    headers = {"cache-control": "no-store", "vary": "accept, accept-language"}
    return StreamingResponse(body, 200, headers, "application/x-ndjson" if as_lines else "application/json")


async def _wanted(lines: AsyncIterator[Line], shown: Shown) -> AsyncIterator[Line]:
    if shown == "none":
        return
    async for line in lines:
        if shown == "all" or line.fault is not None:
            yield line


async def _as_json(head: dict[str, Any], rows: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    waiting = bytearray(orjson.dumps(head)[:-1] + b',"rows":[')
    first = True
    async for row in rows:
        waiting += (b"" if first else b",") + row
        first = False
        if len(waiting) > _FLUSH:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting) + b"]}\n"


async def _as_ndjson(head: dict[str, Any], rows: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    waiting = bytearray(orjson.dumps(head) + b"\n")
    async for row in rows:
        waiting += row + b"\n"
        if len(waiting) > _FLUSH:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)
