"""A check that was recorded is played again without the source: the same report, and nothing secret or personal on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
import pytest_asyncio

from connectors.recording import RecordingInvalid
from demo.world import World
from egress import Allow
from harvest.checking import SourceCheck, check_document
from resolvers.sources import bind
from store.identity import source_key
from tests.connectors.loopback import Answer, Asked, serving

REPOSITORY, PORTAL, GUANGDONG, SCHOOL = "zhejiang", "national-portal", "guangdong", "hangzhou-school"
NOWHERE = Allow([("192.0.2.1", 1)])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with World(tmp_path_factory.mktemp("world"), "free") as running:
        yield running


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def checked(text: str, *, sqlite: Path | None = None, ports: tuple[int, ...] = (), **how: Path) -> SourceCheck:
    return await check_document(
        text.encode(),
        "x",
        Path(),
        sqlite_directory=sqlite,
        allow=lambda _: Allow([("127.0.0.1", port) for port in ports]) if ports else NOWHERE,
        bind=lambda definition: bind(source_key(definition.name), definition, version=1, keys_by_name={PORTAL: source_key(PORTAL)}),
        registered=frozenset({PORTAL}),
        **how,
    )


def timeless(check: SourceCheck) -> SourceCheck:
    return replace(check, collections=tuple(replace(each, seconds=0.0) for each in check.collections))


def whole(directory: Path) -> str:
    return "".join(path.read_text() for path in sorted(directory.iterdir()))


@pytest.mark.parametrize("name", [PORTAL, REPOSITORY, GUANGDONG, SCHOOL])
async def test_a_recording_gives_the_same_report_without_the_source(world: World, tmp_path: Path, name: str) -> None:
    text = world.definition(name)
    first = await checked(text, sqlite=world.sqlite_directory, ports=tuple(world.ports.values()), record=tmp_path / "tape")
    again = await checked(text, replay=tmp_path / "tape")
    assert first.collections
    assert [(each.rule, each.place) for each in again.findings] == [(each.rule, each.place) for each in first.findings]
    assert [(each.capabilities, each.items, each.total, each.visibility, each.unknown) for each in again.collections] == [
        (each.capabilities, each.items, each.total, each.visibility, each.unknown) for each in first.collections
    ]
    assert timeless(await checked(text, replay=tmp_path / "tape")) == timeless(again)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "tape").iterdir()} == {0o600}


async def test_a_question_that_was_not_recorded_is_told_with_its_place_and_what_to_do(world: World, tmp_path: Path) -> None:
    text = world.definition(GUANGDONG)
    await checked(text, ports=tuple(world.ports.values()), record=tmp_path / "tape")
    again = await checked(text.replace('argument = "keyword"', 'argument = "words"'), replay=tmp_path / "tape")
    found = next(each for each in again.findings if "not_recorded" in each.en)
    assert found.place == "resources.text"
    assert "record anew" in found.fix_en
    assert "重新录制" in found.fix_zh


@pytest.mark.parametrize("fault", ["401", "html", "fail", "garble", "gbk", "shape"])
async def test_a_failure_is_played_again_too(world: World, tmp_path: Path, fault: str) -> None:
    text = world.definition(GUANGDONG, fault)
    first = await checked(text, ports=tuple(world.ports.values()), record=tmp_path / "tape")
    assert (await checked(text, replay=tmp_path / "tape")).findings == first.findings
    assert first.findings


DOCUMENT = """
name = "leaky"
title = "示例"
tier = "national"
connector = "rest"
mode = "harvest"
all_public = true
[connection]
url = "{url}/api"
[resources]
identifier = "lxdh"
list = { path = "rows", params = { session = "hidden-session-1" } }
items = "rows"
paging = { style = "cursor", param = "t", next = "next_page_token", size_param = "size" }
ids = { path = "rows/{id}" }
mapping = { title = "title", creators = { path = "card", function = "vcard_name" } }
"""
PERSONAL = ("1381234", "11010519491231002X", "wang.xm@", "王小明", "hidden-session-1", "hidden-token-1", "Basic c2Vj", "sid=1")


def person(number: int) -> dict[str, str]:
    card = "BEGIN:VCARD\r\nFN:王小明\r\nTEL:010-62345678\r\nEMAIL:wang.xm@example.edu.cn\r\nEND:VCARD"
    return {"lxdh": f"1381234{number:04}", "title": f"示例 {number}（11010519491231002X）", "card": card}


def leaky(asked: Asked) -> Answer:
    if asked.path.startswith("/api/rows/"):
        return Answer(person(int(asked.path[-4:])))
    start = int((asked.params.get("t") or ["p0"])[0][1:])
    rows = [person(number) for number in range(start, start + 20)]
    told = {"rows": rows, "token": "hidden-token-1", "next_page_token": f"p{start + 20}" if start < 80 else None}
    return Answer(told, headers=(("Set-Cookie", "sid=1"), ("WWW-Authenticate", "Basic c2Vj")))


async def test_keys_that_are_telephones_still_page_and_are_found_by_id_when_played(tmp_path: Path) -> None:
    async with serving() as upstream:
        upstream.handler = leaky
        text = DOCUMENT.replace("{url}", upstream.url)
        first = await checked(text, ports=(upstream.port,), record=tmp_path / "tape")
        secrets = (*PERSONAL, f":{upstream.port}")
    again = await checked(text, replay=tmp_path / "tape")
    assert first.usable
    assert again.usable, again.findings
    assert {each.name: each.state for each in again.collections[0].capabilities} == {"paging": "holds", "ids": "holds"}
    found = whole(tmp_path / "tape") + orjson.dumps(again).decode()
    assert not [secret for secret in secrets if secret in found]


async def test_only_an_empty_directory_is_recorded_into_and_only_a_recording_is_played(world: World, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    text = world.definition(GUANGDONG)
    with pytest.raises(RecordingInvalid, match="not empty"):
        await checked(text, ports=tuple(world.ports.values()), record=tmp_path)
    for content in ('{"huiju_recording": 2}', "[]", "{", '"x"'):
        (tmp_path / "about.json").write_text(content)
        with pytest.raises(RecordingInvalid):
            await checked(text, replay=tmp_path)
    with pytest.raises(RecordingInvalid, match="name the directory"):
        await checked(text, replay=tmp_path / "nowhere")
