"""What a push may not do: without its secret, in a wrong form, too much, too slowly, at the same time as another."""

from __future__ import annotations

import asyncio
import gzip
import json
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from store.push_secrets import PushSecrets
from transport.feeds import bodies, endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.transport.feeds.conftest import House

ROW = b'{"id":"1","title":"x"}\n'


async def rows(count: int, pause: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    for number in range(count):
        yield json.dumps({"id": str(number), "title": "数控"}).encode() + b"\n"
        if pause is not None and number == 300:
            await pause.wait()


async def asked(house: House, **changed: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {house.secret}", "content-type": "application/x-ndjson", "accept-language": "en"}
    headers |= changed.pop("headers", {})
    return await house.http.post(changed.pop("path", "/feeds/college"), content=changed.pop("content", ROW), headers=headers, **changed)


@pytest.mark.parametrize(
    ("path", "authorization"),
    [
        ("/feeds/college", "Bearer hjp_wrong"),
        ("/feeds/college", ""),
        ("/feeds/college", "Basic Y29sbGVnZTp4"),
        ("/feeds/nowhere", "Bearer hjp_wrong"),
        ("/feeds/" + "x" * 500, "Bearer " + "y" * 5000),
        ("/feeds/%27%3B%20drop%20table%20pushes", "Bearer x"),
    ],
)
async def test_an_unknown_source_and_a_wrong_secret_are_one_answer(small_house: House, path: str, authorization: str) -> None:
    answer = await asked(small_house, path=path, headers={"authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    wrong = await asked(small_house, headers={"authorization": "Bearer hjp_other"})
    assert answer.content == wrong.content
    assert not await small_house.held()


async def test_a_secret_rotated_during_a_push_opens_to_its_end_and_then_no_more(house: House) -> None:
    pause = asyncio.Event()
    old, headers = house.secret, {"authorization": f"Bearer {house.secret}", "content-type": "application/x-ndjson"}
    pushing = asyncio.create_task(
        house.http.post("/feeds/college", params={"push": "r", "part": 1}, content=rows(600, pause), headers=headers)
    )
    await house.until_held()
    secrets = PushSecrets(house.database)
    new = await secrets.make(house.key)
    pause.set()
    assert (await pushing).json()["summary"]["accepted"] == 600
    assert (await house.push(ROW, secret=old, push="r", part=2, last="true")).status_code == 200
    await secrets.make(house.key, timedelta())
    assert (await house.push(ROW, secret=old)).status_code == 401
    assert (await house.push(ROW, secret=new)).status_code == 401, "the one before last has no time left"


async def test_of_two_pushers_at_once_one_is_told_to_wait(house: House) -> None:
    pause = asyncio.Event()
    headers = {"authorization": f"Bearer {house.secret}", "content-type": "application/x-ndjson"}
    first = asyncio.create_task(house.http.post("/feeds/college", content=rows(600, pause), headers=headers))
    await house.until_held()
    second = await house.push(ROW)
    assert (second.status_code, second.json()["code"]) == (409, "busy")
    assert int(second.headers["retry-after"]) >= 1
    pause.set()
    assert (await first).json()["summary"]["accepted"] == 600
    assert (await house.push(ROW)).status_code == 200


async def test_the_same_part_twice_at_once_is_taken_once(house: House) -> None:
    pause = asyncio.Event()
    headers = {"authorization": f"Bearer {house.secret}", "content-type": "application/x-ndjson"}
    first = asyncio.create_task(house.http.post("/feeds/college", params={"push": "p"}, content=rows(600, pause), headers=headers))
    await house.until_held()
    assert (await house.push(ROW, push="p")).json()["code"] == "busy"
    pause.set()
    assert (await first).status_code == 200


async def test_a_sender_that_goes_away_leaves_what_it_sent_and_lets_the_next_one_in(house: House) -> None:
    pause = asyncio.Event()
    headers = {"authorization": f"Bearer {house.secret}", "content-type": "application/x-ndjson"}
    sending = asyncio.create_task(house.http.post("/feeds/college", content=rows(600, pause), headers=headers))
    await house.until_held()
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    for _ in range(500):
        answer = await house.push(ROW)
        if answer.status_code == 200:
            break
        await asyncio.sleep(0.02)
    assert answer.status_code == 200
    assert len(await house.held()) >= 200


@pytest.mark.parametrize(
    ("headers", "params", "status", "code"),
    [
        ({"content-type": "text/plain"}, {}, 415, "media-type"),
        ({"content-type": ""}, {}, 415, "media-type"),
        ({"content-type": "application/x-ndjson; charset=utf-7"}, {}, 415, "charset"),
        ({"content-encoding": "gzip"}, {}, 415, "content-encoding"),
        ({}, {"mode": "all"}, 400, "parameter"),
        ({}, {"collection": "live"}, 400, "parameter"),
        ({}, {"part": "0", "push": "x"}, 400, "parameter"),
        ({}, {"part": "2"}, 400, "parameter"),
        ({}, {"part": "2", "push": "x"}, 409, "push-order"),
        ({}, {"push": "../x"}, 400, "parameter"),
        ({}, {"push": "x" * 101}, 400, "parameter"),
        ({}, {"dry-run": "true"}, 400, "parameter"),
        ({}, [("mode", "delta"), ("mode", "snapshot")], 400, "parameter"),
    ],
)
async def test_a_request_in_a_wrong_form_is_told_what_is_right(
    small_house: House, headers: dict[str, str], params: Any, status: int, code: str
) -> None:
    answer = await asked(small_house, headers=headers, params=params, content=gzip.compress(ROW) if "content-encoding" in headers else ROW)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["fix"]
    assert not await small_house.held()


async def test_a_body_without_end_is_cut_off_at_the_bound(tmp_path: Path, serve: Any, definition: str) -> None:
    small = definition.replace("max_row = 2000", "max_row = 2000, max_body = 100000")
    async with serve(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/c.sqlite3", small) as house:
        announced = await house.push(b"x" * 200_000)
        assert (announced.status_code, announced.json()["code"]) == (413, "too-large")

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 10_000

        with suppress(httpx.TransportError):  # the server need not listen to the rest
            answer = await asked(house, content=endless())
            assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert not await house.held()


async def test_rows_and_requests_are_bounded(tmp_path: Path, serve: Any, definition: str) -> None:
    small = definition.replace("max_row = 2000", "max_row = 2000, max_rows = 250, requests_per_minute = 3")
    async with serve(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/c.sqlite3", small) as house:
        many = await house.push(b"".join([ROW] * 300))
        assert (many.status_code, many.json()["code"]) == (413, "rows")
        for _ in range(2):
            assert (await house.push(ROW)).status_code == 200
        hasty = await house.push(ROW)
        assert (hasty.status_code, hasty.json()["code"]) == (429, "rate")
        assert 1 <= int(hasty.headers["retry-after"]) <= 60


async def test_a_body_that_drips_is_given_up(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    head = (
        "POST /feeds/college HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-ndjson\r\ncontent-length: 100000\r\n"
        f"authorization: Bearer {small_house.secret}\r\n\r\n"
    )

    async def dripped(pause: float) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", small_house.http.base_url.port)
        writer.write(head.encode() + ROW)
        answer = asyncio.create_task(reader.read())
        while not answer.done():
            await asyncio.wait([answer], timeout=pause)
            with suppress(ConnectionError):
                writer.write(b" ")
        writer.close()
        return await answer

    monkeypatch.setattr(bodies, "IDLE", 0.2)
    assert b" 408 " in (await dripped(60)).splitlines()[0]
    monkeypatch.undo()
    monkeypatch.setattr(bodies, "GRACE", 0.1)
    assert b" 408 " in (await dripped(0.05)).splitlines()[0]
    assert (await small_house.push(ROW)).status_code == 200


async def test_one_process_takes_so_many_pushes_at_once(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "AT_ONCE", 0)
    crowded = await small_house.push(ROW)
    assert (crowded.status_code, crowded.json()["code"]) == (429, "crowded")
    assert crowded.headers["retry-after"]


HOSTILE = [
    {"id": "\0", "title": "x"},
    {"id": "a\x1fb", "title": "x"},
    {"id": "k" * 500, "title": "x"},
    {"id": 1e300, "title": "x"},
    {"id": True, "title": "x"},
    {"id": [1], "title": "x"},
    {"title": "x"},
    {"id": "v", "title": "x", "version": "9" * 40},
    {"id": "w", "title": "x", "version": {"a": 1}},
    {"id": "o", "title": "x", "school": "4133019999", "scope": "本校"},
    {"id": "s", "title": "x", "scope": "不存在"},
]


async def test_hostile_rows_are_told_one_by_one_and_leak_nothing(house: House) -> None:
    body = b"".join(json.dumps(row).encode() + b"\n" for row in HOSTILE)
    body += b'{"id":"\\ud800","title":"x"}\n{"id":"big","title":"x","n":' + b"9" * 3000 + b"}\n" + b'{"id":"ok","title":"a\\u0000b"}\n'
    answer = await house.push(body)
    told = {each["row"]: each.get("rule") for each in answer.json()["rows"]}
    assert told == {
        1: "key-unfit",
        2: "key-missing",
        3: "key-unfit",
        4: "key-inexact",
        5: "key-missing",
        6: "key-missing",
        7: "key-missing",
        8: "version-unreadable",
        9: "version-unreadable",
        10: "visibility",
        11: None,
        12: "not-json",
        13: "row-too-long",
        14: None,
    }
    assert set(await house.held()) == {"s", "ok"}
    assert "\0" not in (await house.held())["ok"].title
    for word in ("Traceback", "sqlite", "asyncpg", "SELECT", "/store/"):
        assert word not in answer.text


async def test_an_all_public_feed_holds_public_rows_only(tmp_path: Path, serve: Any, definition: str) -> None:
    public = definition.replace('mode = "push"', 'mode = "push"\nall_public = true')
    async with serve(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/c.sqlite3", public) as house:
        answer = await house.push(b'{"id":"1","title":"x","scope":"\xe6\x9c\xac\xe6\xa0\xa1"}\n{"id":"2","title":"y"}\n')
        assert [each.get("rule") for each in answer.json()["rows"]] == ["public-violated", None]
        assert set(await house.held()) == {"2"}


async def test_what_came_good_leaves_the_quarantine_and_what_is_bad_is_there_once(house: House) -> None:
    good, bad = b'{"id":"1","title":"a"}\n', b'{"id":"1","title":"' + b"x" * 101 + b'"}\n'
    await house.push(good)
    await house.push(bad + bad)
    assert [key for key, _ in await house.quarantined()] == ["1"]
    assert (await house.push(good)).json()["summary"]["unchanged"] == 1
    assert await house.quarantined() == []
    await house.push(bad + b'{"id":"1","title":"b"}\n')
    assert await house.quarantined() == []
    assert (await house.held())["1"].title == "b"


async def test_numbers_of_any_length_are_keys_and_values(house: House) -> None:
    body = b'{"id":123456789012345678901234567890,"title":98765432109876543210987654321}\n'
    assert [each["status"] for each in (await house.push(body)).json()["rows"]] == ["accepted"]
    assert (await house.held())["123456789012345678901234567890"].title == "98765432109876543210987654321"
    assert [each["status"] for each in (await house.push(body)).json()["rows"]] == ["unchanged"]


async def test_two_rows_of_one_key_count_in_their_order(house: House) -> None:
    body = b'{"id":"1","title":"a"}\n{"id":"1","title":"b"}\n{"id":"1","op":"delete"}\n{"id":"1","title":"c"}\n{"id":"1","title":"c"}\n'
    answer = await house.push(body)
    assert [each["status"] for each in answer.json()["rows"]] == ["accepted", "accepted", "deleted", "accepted", "unchanged"]
    assert (await house.held())["1"].title == "c"
