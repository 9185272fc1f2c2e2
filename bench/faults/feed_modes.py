"""Every way in which a pusher is broken or hostile, with what the product must answer."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from bench.faults.pusher import CSV, JSON, NDJSON, XLSX, Pusher, Reply, csv, ndjson, rows
from bench.faults.shelf import COUNT, content, shelf
from bench.faults.workbooks import bomb, entity_bomb, sheet, workbook

MAX_BODY, MAX_ROWS, MAX_ROW, MAX_COLUMNS = 100_000, 500, 2_000, 20
"""What the feeds on trial accept."""

Push = Callable[[Pusher], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMode:
    """One way to fail: what is pushed, and the status and code of the answer that is due; of a receipt the rules that reject rows.

    `kept`: what was held before is held afterwards, and nothing else. `slow`: it lasts until a time limit.
    """

    name: str
    push: Push
    status: int = 200
    code: str = ""
    rules: Mapping[str, int] = field(default_factory=dict)
    kept: bool = False
    slow: bool = False


def _later(**fields: object) -> list[dict[str, object]]:
    return rows(shelf(later=True), 2, **fields)


def _whole(body: bytes, media_type: str = NDJSON, **params: object) -> Push:
    return lambda pusher: pusher.push(body, media_type, **params)


def _among(*strange: object, **params: object) -> Push:
    """Strange rows in the middle of sound ones."""
    later = _later()
    return _whole(ndjson([*later[:30], *strange, *later[30:]]), **params)


async def _wrong_secret(pusher: Pusher) -> Reply:
    body, wrong = ndjson(_later()), "hjp_" + "x" * 43
    unknown = await pusher.speak(pusher.head(NDJSON, len(body), to="nobody"), body)
    other = await pusher.speak(pusher.head(NDJSON, len(body), to="healthy"), body)
    reply = await pusher.push(body, secret=wrong)
    pusher.expect(unknown.text == reply.text == other.text, "a wrong secret and an unknown source are answered differently")
    return reply


async def _rotated(pusher: Pusher) -> Reply:
    """The secret is made anew while a push is under way, and once more after it."""
    body, old, go_on = ndjson(_later()), pusher.secret, asyncio.Event()
    half = len(body) // 2
    under_way = asyncio.create_task(pusher.speak(pusher.head(NDJSON, len(body)), body[:half], 0.3, go_on, body[half:]))
    await asyncio.sleep(0.3)
    await pusher.rotate()
    go_on.set()
    pusher.expect((await under_way).status == 200, "a push under way does not outlive its secret's change")
    within = await pusher.push(body, secret=old)
    pusher.expect(within.statuses.get("unchanged") == len(_later()), "within the overlap the old secret does not open")
    await pusher.rotate()
    return await pusher.push(body, secret=old)


def _broken_off(**how: bool) -> Push:
    async def push(pusher: Pusher) -> Reply:
        body = ndjson(_later())
        return await pusher.speak(pusher.head(NDJSON, len(body)), body[: len(body) // 2], 0.3, **how)

    return push


async def _half_chunk(pusher: Pusher) -> Reply:
    body = ndjson(_later())
    return await pusher.speak(pusher.head(NDJSON, None), b"%x\r\n" % len(body) + body[: len(body) // 2], 0.3, cut=True)


async def _chunks_damaged(pusher: Pusher) -> Reply:
    return await pusher.speak(pusher.head(NDJSON, None), b"zz\r\nnonsense\r\n")


async def _drip(pusher: Pusher) -> Reply:
    body = ndjson(_later())
    slowly = [piece for byte in body for piece in (bytes((byte,)), 0.1)]
    return await pusher.speak(pusher.head(NDJSON, len(body)), *slowly)


async def _silent(pusher: Pusher) -> Reply:
    body = ndjson(_later())
    return await pusher.speak(pusher.head(NDJSON, 2 * len(body)), body)


async def _length_short(pusher: Pusher) -> Reply:
    """The rest would be a request of its own."""
    body = ndjson([*_later()[:10], b'{"id": "0050", "title": "cut'])
    return await pusher.speak(pusher.head(NDJSON, len(body) - 5), body + b"GET /feeds HTTP/1.1\r\n\r\n")


async def _length_no_number(pusher: Pusher) -> Reply:
    return await pusher.speak(pusher.head(NDJSON, "-5"), ndjson(_later()))


async def _length_twice(pusher: Pusher) -> Reply:
    body = ndjson(_later())
    head = pusher.head(NDJSON, len(body)).removesuffix(b"\r\n") + b"Transfer-Encoding: chunked\r\n\r\n"
    return await pusher.speak(head, body)


async def _gzip(pusher: Pusher) -> Reply:
    body = gzip.compress(ndjson(_later()))
    return await pusher.speak(pusher.head(NDJSON, len(body)).removesuffix(b"\r\n") + b"Content-Encoding: gzip\r\n\r\n", body)


async def _broken_json(pusher: Pusher) -> Reply:
    later = _later()
    body = ndjson([*later[:30], b'{"id": "0055", "title": ', *later[30:]])
    first = await pusher.push(body)
    again = await pusher.push(body)
    pusher.expect(first.statuses.get("accepted") == len(later), "the rows around a broken one are not taken")
    pusher.expect(again.statuses == {"unchanged": len(later), "rejected": 1}, f"sent again, it comes to {dict(again.statuses)}")
    return again


def _array_open(**params: object) -> Push:
    async def push(pusher: Pusher) -> Reply:
        whole = orjson.dumps(_later())
        reply = await pusher.push(whole[: len(whole) // 2], JSON, **params)
        held = await pusher.store.held(pusher.name)
        pusher.expect(content(later=False).keys() <= held.keys(), "half a push has deleted")
        pusher.expect(held.get("0004") == content(later=True)["0004"], "the rows before the break are not kept")
        return reply

    return push


async def _chunked_too_large(pusher: Pusher) -> Reply:
    line = b'{"id": "0001", "note": "' + b"x" * 1_000 + b'"}\n'
    chunk = b"%x\r\n" % len(line) + line + b"\r\n"
    return await pusher.speak(pusher.head(NDJSON, None), *[chunk] * (MAX_BODY // 1_000 + 50), b"0\r\n\r\n")


async def _too_many_rows(pusher: Pusher) -> Reply:
    later = _later()
    return await pusher.push(ndjson(later * (MAX_ROWS // len(later) + 1)))


async def _renamed_column(pusher: Pusher) -> Reply:
    renamed = [{"id": row["id"], "title_v2": row["title"], "version": 2} for row in _later()]
    reply = await pusher.push(csv(renamed).encode(), CSV)
    unhelpful = [row for row in reply.told["rows"] if row.get("place") != "title" or not row.get("fix") or not row.get("message")]
    pusher.expect(not unhelpful, f"{len(unhelpful)} rows do not tell where, what and how to mend it")
    return reply


async def _renamed_key(pusher: Pusher) -> Reply:
    renamed = [{"nid": row["id"], "title": row["title"]} for row in _later()]
    reply = await pusher.push(csv(renamed).encode(), CSV, mode="snapshot")
    pusher.expect(reply.told["summary"]["nothing_deleted_for_rows_without_key"] is True, "it does not tell that nothing was deleted")
    return reply


async def _gb18030_undeclared(pusher: Pusher) -> Reply:
    reply = await pusher.push(csv(_later()).encode("gb18030"), CSV)
    pusher.expect(content(later=True).items() <= (await pusher.store.held(pusher.name)).items(), "the titles are not what they were")
    return reply


async def _duplicate_keys(pusher: Pusher) -> Reply:
    """Every row twice, first with another title: the one that comes later wins."""
    doubled = [each for row in _later() for each in ({**row, "title": "旧题名"}, row)]
    reply = await pusher.push(ndjson(doubled))
    pusher.expect("旧题名" not in (await pusher.store.held(pusher.name)).values(), "a row that came earlier has won")
    return reply


async def _formulas(pusher: Pusher) -> Reply:
    """Formulas that a program has computed, and two that none has."""
    later = _later()
    reply = await pusher.push(workbook(sheet(later, computed="title", uncomputed=("0004", "0014"))), XLSX)
    wanted = {key: title for key, title in content(later=True).items() if key not in ("0004", "0014")}
    pusher.expect(wanted.items() <= (await pusher.store.held(pusher.name)).items(), "computed formulas do not count by their results")
    return reply


async def _xlsx_bomb(pusher: Pusher) -> Reply:
    return await pusher.push(await asyncio.to_thread(bomb), XLSX)


async def _older_after_newer(pusher: Pusher) -> Reply:
    await pusher.push(ndjson(_later()))
    after = await pusher.store.held(pusher.name)
    older = [row for row in rows(shelf(later=False), 1) if row["id"] in content(later=True)]
    reply = await pusher.push(ndjson([*older, {"id": "0004", "op": "delete", "version": 1}]))
    pusher.expect(reply.statuses == {"stale": len(older) + 1}, f"older rows come to {dict(reply.statuses)}")
    pusher.expect(await pusher.store.held(pusher.name) == after, "an older row has changed something")
    return reply


async def _parts_out_of_order(pusher: Pusher) -> Reply:
    later = _later()
    await pusher.push(ndjson(later[:20]), mode="snapshot", push="parts", part=1)
    reply = await pusher.push(ndjson(later[40:]), mode="snapshot", push="parts", part=3, last="true")
    pusher.expect(content(later=False).keys() <= (await pusher.store.held(pusher.name)).keys(), "half a snapshot has deleted")
    differs = await pusher.push(ndjson(later[20:40]), mode="snapshot", push="parts", part=1)
    pusher.expect(differs.code == "part-differs", f"another first part is answered {differs.status} {differs.code}")
    last = await pusher.push(ndjson(later[20:]), mode="snapshot", push="parts", part=2, last="true")
    pusher.expect(last.told.get("complete") is True, "the part that was due is not taken")
    return reply


async def _two_at_once(pusher: Pusher) -> Reply:
    body, go_on = ndjson(_later()), asyncio.Event()
    half = len(body) // 2
    first = asyncio.create_task(pusher.speak(pusher.head(NDJSON, len(body)), body[:half], go_on, body[half:]))
    await asyncio.sleep(0.5)
    other = {"id": "0000", "title": "另一推送", "version": 3}
    reply = await pusher.push(ndjson([other]))
    pusher.expect(reply.retry_after is not None, "the second is not told when to come again")
    go_on.set()
    pusher.expect((await first).statuses.get("rejected", 0) == 0, "the first has lost rows")
    pusher.expect((await pusher.push_patiently(ndjson([other]))).statuses == {"accepted": 1}, "the second does not get its turn")
    pusher.expect((await pusher.store.held(pusher.name))["0000"] == "另一推送", "what the second has pushed is lost")
    return reply


_DEEP = b'{"id": "0001", "version": 2, "title": ' + b"[" * 60 + b"]" * 60 + b"}"
_ABYSS = b'{"id": "0001", "version": 2, "title": ' + b"[" * 40_000 + b"]" * 40_000 + b"}"
_UNDECODABLE = b'{"id": "0001", "version": 2, "title": "\xff\xfe\xfa"}'
_PAGE = "<!DOCTYPE html><html><title>统一身份认证</title>\n<body>请登录</body>\n</html>\n"

FEED_MODES: Sequence[FeedMode] = (
    FeedMode(name="none", push=_whole(ndjson(_later()))),
    FeedMode(name="wrong-secret", push=_wrong_secret, status=401, code="unauthenticated", kept=True),
    FeedMode(name="rotated-secret", push=_rotated, status=401, code="unauthenticated"),
    FeedMode(name="cut-half-way", push=_broken_off(cut=True), status=0),
    FeedMode(name="reset-half-way", push=_broken_off(reset=True), status=0),
    FeedMode(name="half-a-chunk", push=_half_chunk, status=0),
    FeedMode(name="chunks-damaged", push=_chunks_damaged, status=400, kept=True),
    FeedMode(name="drip", push=_drip, status=408, code="too-slow", slow=True),
    FeedMode(name="length-long", push=_silent, status=408, code="too-slow", slow=True),
    FeedMode(name="length-short", push=_length_short, rules={"not-json": 1}),
    FeedMode(name="length-no-number", push=_length_no_number, status=400, kept=True),
    FeedMode(name="length-and-chunks", push=_length_twice, status=400, kept=True),
    FeedMode(name="gzip", push=_gzip, status=415, code="content-encoding", kept=True),
    FeedMode(
        name="gzip-undeclared",
        push=_whole(gzip.compress(ndjson(_later()) * 2, mtime=0), CSV),
        status=400,
        code="header-encoding",
        kept=True,
    ),
    FeedMode(name="deep", push=_among(_DEEP, _ABYSS), rules={"too-deep": 1, "row-too-long": 1}),
    FeedMode(name="broken-json", push=_broken_json, rules={"not-json": 1}),
    FeedMode(name="half-an-array", push=_array_open(), status=400, code="array-open"),
    FeedMode(name="no-array", push=_whole(orjson.dumps({"rows": _later()}), JSON), status=400, code="array", kept=True),
    FeedMode(name="no-objects", push=_among(b"7", b"null", b"[]", b'"x"', b"{}"), rules={"not-an-object": 4, "key-missing": 1}),
    FeedMode(
        name="wrong-charset",
        push=_whole(csv(_later()).encode("gb18030"), f"{CSV}; charset=utf-8"),
        rules={"encoding": COUNT},
        kept=True,
    ),
    FeedMode(name="unknown-charset", push=_whole(ndjson(_later()), f"{NDJSON}; charset=klingon"), status=415, code="charset", kept=True),
    FeedMode(name="unknown-parameter", push=_whole(ndjson(_later()), charset="utf-8"), status=400, code="parameter", kept=True),
    FeedMode(name="undecodable-bytes", push=_whole(ndjson([*_later(), _UNDECODABLE]), f"{NDJSON}; charset=utf-8"), rules={"encoding": 1}),
    FeedMode(name="gb18030-undeclared", push=_gb18030_undeclared),
    FeedMode(name="html", push=_whole(_PAGE.encode()), rules={"not-json": 3}, kept=True),
    FeedMode(name="duplicate-keys", push=_duplicate_keys),
    FeedMode(name="renamed-column", push=_renamed_column, rules={"value-missing": COUNT}, kept=True),
    FeedMode(name="renamed-key", push=_renamed_key, rules={"key-missing": COUNT}, kept=True),
    FeedMode(name="column-twice", push=_whole(b"id,title,title\n1,a,b\n", CSV), status=400, code="header-twice", kept=True),
    FeedMode(
        name="too-many-columns",
        push=_whole(",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)).encode() + b"\n1\n", CSV),
        status=400,
        code="columns",
        kept=True,
    ),
    FeedMode(name="too-many-cells", push=_whole(csv(_later()).encode() + b"0001,a,2,b\n", CSV), rules={"cells": 1}),
    FeedMode(name="open-quote", push=_whole(csv(_later()).encode() + b'0001,"a,2\n', CSV), rules={"quote-open": 1}),
    FeedMode(name="xlsx-formulas", push=_formulas, rules={"formula": 2}),
    FeedMode(name="xlsx-bomb", push=_xlsx_bomb, status=400, code="workbook", kept=True),
    FeedMode(name="xlsx-entities", push=_whole(entity_bomb(), XLSX), status=400, code="workbook", kept=True),
    FeedMode(name="xlsx-cut", push=_whole(workbook(sheet(_later()))[:-400], XLSX), status=400, code="workbook", kept=True),
    FeedMode(name="wrong-content-type", push=_whole(ndjson(_later()), "text/plain"), status=415, code="media-type", kept=True),
    FeedMode(name="too-large", push=_whole(b" " * (MAX_BODY + 1)), status=413, code="too-large", kept=True),
    FeedMode(name="too-large-in-chunks", push=_chunked_too_large, status=413, code="too-large"),
    FeedMode(name="too-many-rows", push=_too_many_rows, status=413, code="rows"),
    FeedMode(name="huge-row", push=_among({"id": "0001", "title": "x" * MAX_ROW, "version": 2}), rules={"row-too-long": 1}),
    FeedMode(
        name="nul-characters",
        push=_among({"id": "0001\0", "title": "x", "version": 2}, {"id": "9999", "title": "\0", "version": 2}),
        rules={"key-unfit": 1, "record": 1},
    ),
    FeedMode(name="lone-surrogate", push=_among(b'{"id": "0001", "version": 2, "title": "\\ud800"}'), rules={"not-json": 1}),
    FeedMode(
        name="unfit-keys-and-versions",
        push=_among({"id": "x" * 200, "title": "x"}, {"id": "0001", "title": "x", "version": "soon"}, {"id": 1e300, "title": "x"}),
        rules={"key-unfit": 1, "version-unreadable": 1, "key-inexact": 1},
    ),
    FeedMode(name="half-a-snapshot", push=_array_open(mode="snapshot"), status=400, code="array-open"),
    FeedMode(name="parts-out-of-order", push=_parts_out_of_order, status=409, code="push-order"),
    FeedMode(name="empty-snapshot", push=_whole(b"", mode="snapshot"), status=409, code="sweep-refused", kept=True),
    FeedMode(
        name="shrunk-snapshot",
        push=_whole(ndjson(rows(shelf(later=False)[:10], 1)), mode="snapshot"),
        status=409,
        code="sweep-refused",
        kept=True,
    ),
    FeedMode(name="two-at-once", push=_two_at_once, status=409, code="busy"),
    FeedMode(name="older-after-newer", push=_older_after_newer),
)
"""All of them against the server that they share; the first is none and shows that the trial itself is sound."""
