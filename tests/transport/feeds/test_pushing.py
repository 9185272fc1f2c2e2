"""Pushes over HTTP: what is accepted is there, what is not is told, and a push may be sent again at any time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.transport.feeds.conftest import House


def ndjson(*rows: Any) -> bytes:
    return b"".join(row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def row(key: object, title: str = "数控车床", **fields: Any) -> dict[str, Any]:
    return {"id": key, "title": title, **fields}


def statuses(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["status"] for each in answer.json()["rows"]]


async def test_what_is_accepted_is_there_and_what_is_not_is_told_and_kept_apart(house: House) -> None:
    answer = await house.push(ndjson(row("1"), row("2", ""), b"nonsense\n", row("3", scope="本校"), row("4", "x" * 101)))
    assert statuses(answer) == ["accepted", "rejected", "rejected", "accepted", "rejected"]
    told = answer.json()
    assert told["durable"] is True
    assert told["searchable_within_seconds"] == 2
    assert {name: told["summary"][name] for name in ("rows", "accepted", "rejected")} == {"rows": 5, "accepted": 2, "rejected": 3}
    assert [each.get("rule") for each in told["rows"]] == [None, "record", "not-json", None, "value-too-long"]
    too_long = told["rows"][4]
    assert (too_long["place"], too_long["value"][:3], too_long["row"], too_long["key"]) == ("title", "xxx", 5, "4")
    assert too_long["message"] == "it has 101 characters, 100 at most"
    assert set(await house.held()) == {"1"}
    assert set(await house.held(frozenset({"pub", "s:4133020001"}))) == {"1", "3"}
    assert {key for key, _ in await house.quarantined()} == {"2", None, "4"}


async def test_the_same_again_changes_nothing(house: House) -> None:
    body = ndjson(row("1"), row("2"), {"id": "2", "op": "delete"})
    assert statuses(await house.push(body)) == ["accepted", "accepted", "deleted"]
    before = await house.held()
    assert statuses(await house.push(ndjson(row("1")))) == ["unchanged"]
    assert await house.held() == before


async def test_a_part_that_comes_again_has_the_same_receipt_and_does_nothing(house: House) -> None:
    body = ndjson(row("1"), row("2", ""))
    first = await house.push(body, push="monday")
    await house.push(ndjson(row("1", "改")))
    again = await house.push(body, push="monday")
    assert first.json() == again.json()
    assert (await house.held())["1"].title == "改"
    assert (await house.state(push="monday", part=1)).json() == first.json()
    other = await house.push(ndjson(row("9")), push="monday")
    assert (other.status_code, other.json()["code"]) == (409, "part-differs")


async def test_the_newer_version_wins_whatever_comes_first(house: House) -> None:
    newer, older = row("1", "新", version=2), row("1", "旧", version=1)
    assert statuses(await house.push(ndjson(newer))) == ["accepted"]
    assert statuses(await house.push(ndjson(older))) == ["stale"]
    assert statuses(await house.push(ndjson({"id": "1", "op": "delete", "version": 1}))) == ["stale"]
    assert (await house.held())["1"].title == "新"
    assert statuses(await house.push(ndjson({"id": "1", "op": "delete", "version": 5}))) == ["deleted"]
    assert statuses(await house.push(ndjson(row("1", "新", version=4)))) == ["stale"]
    assert not await house.held()
    assert statuses(await house.push(ndjson(row("1", "再", version=6)))) == ["accepted"]


async def test_a_deletion_that_comes_before_its_row_keeps_the_row_out(house: House) -> None:
    assert statuses(await house.push(ndjson({"id": "1", "op": "delete", "version": 5}))) == ["unchanged"]
    assert statuses(await house.push(ndjson(row("1", version=4)))) == ["stale"]
    assert not await house.held()


async def test_a_snapshot_takes_out_what_it_does_not_hold(house: House) -> None:
    await house.push(ndjson(*(row(str(n)) for n in range(10))))
    answer = await house.push(ndjson({"id": "1", "op": "keep"}, row("2", "改"), {"id": "99", "op": "keep"}), mode="snapshot")
    assert [each["status"] for each in answer.json()["rows"]] == ["unchanged", "accepted", "rejected"]
    assert answer.json()["summary"]["deleted_by_snapshot"] == 8
    assert set(await house.held()) == {"1", "2"}
    back = await house.push(ndjson(row("5")))
    assert statuses(back) == ["accepted"]


async def test_a_snapshot_of_several_parts_deletes_at_its_end_and_tells_how_far_it_is(house: House) -> None:
    await house.push(ndjson(*(row(str(n)) for n in range(10))))
    first = await house.push(ndjson(row("1"), row("2")), mode="snapshot", push="s", part=1)
    assert first.json()["complete"] is False
    assert len(await house.held()) == 10
    state = (await house.state(push="s")).json()
    assert (state["state"], state["parts"], state["next_part"]) == ("open", 1, 2)
    early = await house.push(ndjson(row("8")), mode="snapshot", push="s", part=3)
    assert (early.status_code, early.json()["code"], early.json()["expected"]) == (409, "push-order", 2)
    other = await house.push(ndjson(row("8")))
    assert (other.status_code, other.json()["code"]) == (409, "busy")
    assert 0 < int(other.headers["retry-after"]) <= 60
    last = await house.push(ndjson(row("3")), mode="snapshot", push="s", part=2, last="true")
    assert last.json()["summary"]["deleted_by_snapshot"] == 7
    assert set(await house.held()) == {"1", "2", "3"}
    assert (await house.state(push="s")).json()["state"] == "complete"
    over = await house.push(ndjson(row("8")), mode="snapshot", push="s", part=3)
    assert over.json()["code"] == "push-complete"


async def test_a_snapshot_that_breaks_off_deletes_nothing(house: House) -> None:
    await house.push(ndjson(*(row(str(n)) for n in range(10))))
    broken = await house.push(b'[{"id":"1","title":"x"},{"id":"2","ti', "application/json", mode="snapshot")
    assert (broken.status_code, broken.json()["code"]) == (400, "array-open")
    assert len(await house.held()) == 10
    assert (await house.held())["1"].title == "x"


async def test_a_snapshot_that_would_delete_much_asks_first(house: House) -> None:
    await house.push(ndjson(*(row(str(n)) for n in range(100))))
    part = ndjson(*(row(str(n)) for n in range(50)))
    refused = await house.push(part, mode="snapshot", push="s")
    assert (refused.status_code, refused.json()["code"]) == (409, "sweep-refused")
    assert (refused.json()["unmet"], refused.json()["total"]) == (50, 100)
    assert len(await house.held()) == 100
    confirmed = await house.push(part, mode="snapshot", push="s", confirm="true")
    assert confirmed.json()["summary"]["deleted_by_snapshot"] == 50
    assert len(await house.held()) == 50


async def test_rows_without_a_key_keep_a_snapshot_from_deleting(house: House) -> None:
    await house.push(ndjson(row("1"), row("2")))
    answer = await house.push(ndjson(row("1"), b"nonsense\n"), mode="snapshot")
    assert answer.json()["summary"]["nothing_deleted_for_rows_without_key"] is True
    assert set(await house.held()) == {"1", "2"}


async def test_a_dry_run_tells_the_same_and_keeps_nothing(house: House) -> None:
    answer = await house.push(ndjson(row("1"), row("2", "")), dry_run="true")
    assert statuses(answer) == ["accepted", "rejected"]
    assert answer.json()["durable"] is False
    assert not await house.held()
    assert not await house.quarantined()


async def test_a_receipt_comes_as_lines_and_in_the_readers_language(small_house: House) -> None:
    headers = {"authorization": f"Bearer {small_house.secret}", "content-type": "application/x-ndjson"}
    answer = await small_house.http.post(
        "/feeds/college",
        params={"receipt": "problems"},
        content=ndjson(row("1"), row("2", "x" * 101)),
        headers={**headers, "accept": "application/x-ndjson", "accept-language": "zh"},
    )
    head, *lines = [json.loads(line) for line in answer.text.splitlines()]
    assert head["summary"]["rows"] == 2
    assert [(line["row"], line["message"], line["fix"]) for line in lines] == [(2, "有 101 个字符，最多 100 个", "缩短这一项")]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'[{"id":"1","title":"a"},{"id":2,"title":"b"}]', "application/json"),
        ('id,title\r\n1,数控\r\n2,"a\nb"\r\n'.encode(), "text/csv"),
        ("id;title\n1;数控\n2;护理\n".encode("gb18030"), "text/csv"),
        ("id\ttitle\n1\t数控\n2\t护理\n".encode("utf-16"), "text/tab-separated-values"),
        ("id,title\n1,联通\n2,护理\n".encode("gb18030"), "text/csv; charset=GBK"),
        ("\ufeffid,title\n1,数控\n2,护理".encode(), "text/csv; charset=utf-8"),
    ],
)
async def test_every_format_and_encoding_brings_the_same_rows(small_house: House, body: bytes, media_type: str) -> None:
    assert statuses(await small_house.push(body, media_type)) == ["accepted", "accepted"]
    assert set(await small_house.held()) == {"1", "2"}


async def test_libraries_are_pushed_too(small_house: House) -> None:
    answer = await small_house.push(ndjson({"id": "L1", "name": "数控资源库"}), collection="libraries")
    assert statuses(answer) == ["accepted"]
    wrong = await small_house.push(ndjson({}), collection="institutions")
    assert (wrong.status_code, wrong.json()["code"]) == (404, "collection")


async def test_a_push_that_is_given_up_keeps_nobody_waiting(house: House) -> None:
    assert (await house.push(ndjson(row("1")), push="monday", part=1, mode="snapshot")).status_code == 200
    assert (await house.push(ndjson(row("2")), push="tuesday")).json()["code"] == "busy"
    assert (await house.give_up("monday")).status_code == 204
    assert (await house.give_up("monday")).status_code == 204
    assert (await house.push(ndjson(row("2")), push="monday", part=2)).json()["code"] == "push-abandoned"
    assert (await house.push(ndjson(row("2")), push="tuesday")).status_code == 200
    assert set(await house.held()) == {"1", "2"}
    assert (await house.give_up("tuesday")).json()["code"] == "push-complete"
    assert (await house.give_up("sunday")).json()["code"] == "unknown-push"
    assert (await house.give_up("monday", secret="hjp_wrong")).status_code == 401
