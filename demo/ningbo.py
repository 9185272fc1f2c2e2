"""A college that pushes: its digital resources in the shape of the push standard, whole at the start, then what changed."""

from __future__ import annotations

import asyncio
import csv
import io
import logging
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import md5
from itertools import count
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import aiohttp

from demo.data.generator import Sample, draw
from demo.data.people import NINGBO
from demo.school import SCOPES, TYPES
from settings import Settings
from store.database import Database
from store.push_secrets import PushSecrets
from store.sources import Sources

NAME = "ningbo-school"
FAULTS = ("hang", "garble", "down")
"""It begins a snapshot and never ends it; a renamed column; it does not push."""

COUNT = 260
EVERY = timedelta(minutes=10)
"""Between two deltas."""

_log = logging.getLogger(__name__)

_Row = Mapping[str, str]


@asynccontextmanager
async def pushing(address: Awaitable[str], settings: Settings, fault: str | None = None) -> AsyncIterator[None]:
    """Push to the server at `address` while the block lasts, from when that is known on, with a secret made in its store."""
    task = asyncio.create_task(_push(address, settings, fault), name=f"demo source {NAME}")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _push(address: Awaitable[str], settings: Settings, fault: str | None) -> None:
    url = await address
    if fault == "down":
        return
    async with aiohttp.ClientSession(trust_env=False) as http:
        await _until_it_answers(http, url)
        headers = {"authorization": f"Bearer {await _secret(settings.database_url)}", "accept-language": "zh"}
        if settings.public_url is not None:
            headers["host"] = urlsplit(settings.public_url).netloc
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        whole = rows()
        half = len(whole) // 2
        for part, some in enumerate((whole[:half], whole[half:]), 1):
            if part == 2 and fault == "hang":
                return
            params = {"mode": "snapshot", "push": name, "part": str(part), "last": "true" if part == 2 else "false", "confirm": "true"}
            await _send(http, f"{url}/feeds/{NAME}", params, headers, _table(some, garbled=fault == "garble"))
        for turn in count():
            await asyncio.sleep(EVERY.total_seconds())
            await _send(http, f"{url}/feeds/{NAME}", {}, headers, _table(_changed(turn), garbled=fault == "garble"))


async def _until_it_answers(http: aiohttp.ClientSession, url: str) -> None:
    while True:
        with suppress(aiohttp.ClientError):
            async with http.get(f"{url}/healthz") as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.05)


async def _secret(database_url: str) -> str:
    database = Database.open(database_url)
    try:
        source = await Sources(database).by_name(NAME)
        if source is None:
            raise LookupError(NAME)
        return await PushSecrets(database).make(source.key, timedelta())
    finally:
        await database.aclose()


async def _send(http: aiohttp.ClientSession, url: str, params: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> None:
    sent = {**headers, "content-type": "text/csv; charset=gb18030"}
    try:
        async with http.post(url, params={**params, "receipt": "problems"}, headers=sent, data=body) as answer:
            told = await answer.json(content_type=None)
            _log.info("%s pushed: %s", NAME, told.get("summary") or told)
    except aiohttp.ClientError as error:
        _log.warning("%s could not push: %s", NAME, error)


@lru_cache
def rows() -> tuple[_Row, ...]:
    """All rows of the college; two of them lack what the standard demands, so that a receipt has something to tell."""
    samples = draw(f"{NAME} 7", COUNT, (NINGBO,), restricted=0.4)
    wrong = ({**_row(samples[0]), "zjsjwyxbs": _key("NB-A"), "zymc": ""}, {**_row(samples[1]), "zjsjwyxbs": "nb-lower-case"})
    return (*(_row(sample) for sample in samples), *wrong)


def _changed(turn: int) -> Sequence[_Row]:
    row = rows()[turn % COUNT]
    now = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")
    return ({**row, "zygxsj": now},)


def _row(sample: Sample) -> _Row:
    number = f"NB{sample.number:05}"
    updated = sample.updated.strftime("%Y-%m-%d %H:%M:%S") if sample.updated else ""
    return {
        "zjsjwyxbs": _key(number),
        "xxdm": NINGBO.code,
        "zybh": number,
        "zymc": sample.title.replace("\0", "")[:100],
        "sszyh": sample.major.code,
        "sszymc": sample.major.name,
        "zyjbm": "3",
        "zylxm": TYPES[sample.kind],
        "zyfwlj": f"nb.example.com/res/{number}",
        "kjfw": SCOPES[sample.visibility],
        "zycjsj": sample.published or "",
        "zygxsj": updated,
        "sjcjsj": "2026-11-20 23:00:00",
        "reportStatus": "0",
        "enableStatus": "1",
    }


def _table(some: Sequence[_Row], *, garbled: bool) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow([f"{name}_v2" if garbled and name == "zymc" else name for name in some[0]])
    writer.writerows(row.values() for row in some)
    return target.getvalue().encode("gb18030")


def _key(text: str) -> str:
    """32 characters of [0-9A-F], as the push standard has them."""
    return md5(text.encode(), usedforsecurity=False).hexdigest().upper()
