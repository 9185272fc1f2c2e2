"""A purge by GraphQL: every node forgets what it keeps of a source, for whoever answers for that source, and it is written down."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auth.grant import ANONYMOUS, Holder
from auth.scopes import SOURCES_WRITE
from federation import Federation
from store.audit import Action, Audit
from store.database import Database
from tests.connectors.loopback import Asked, serving
from tests.federation.nodes import REST, Node, node

CACHE = '[cache]\nlists = "1h"'
LIST = "{ search(first: 5) { nodes { title } } }"
PURGE = 'mutation { purgeCache(sources: ["zhejiang", "zhejiang"]) { sources { name } } }'
OFFICIAL = replace(ANONYMOUS, scopes=ANONYMOUS.scopes | {SOURCES_WRITE})


def of(province: str) -> Any:
    return replace(OFFICIAL, holder=Holder("a1", None, "示例管理员", frozenset({"province_admin"}), province))


async def titles(served: Node) -> list[str]:
    return [each["title"] for each in (await served.data(LIST))["search"]["nodes"]]


async def test_every_node_forgets_and_it_is_written_down(tmp_path: Path) -> None:
    title = "旧"

    def answer(_asked: Asked) -> Any:
        return {"total": 1, "list": [{"id": 1, "title": title}]}

    async with serving() as upstream:
        upstream.handler = answer
        sources = {"zhejiang": REST.format(name="zhejiang", url=upstream.url, more=CACHE)}
        allowed = {"HUIJU_ALLOW_PRIVATE": f"127.0.0.1/32:{upstream.port}"}
        async with (
            node(tmp_path, sources, anonymous=of("33"), **allowed) as here,
            node(tmp_path, sources, anonymous=of("44"), first=False, **allowed) as there,
        ):
            assert [await titles(here), await titles(there)] == [["旧"], ["旧"]]
            title = "新"
            assert [await titles(here), await titles(there)] == [["旧"], ["旧"]]
            assert (await there.ask(PURGE))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            assert await titles(here) == ["旧"]
            assert await here.data(PURGE) == {"purgeCache": {"sources": [{"name": "zhejiang"}]}}
            assert await titles(here) == ["新"]
            async with asyncio.timeout(10):
                while await titles(there) != ["新"]:  # noqa: ASYNC110 - within a second, by its next look at the store
                    await asyncio.sleep(0.05)
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3")
    try:
        (entry,) = await Audit(database).events(actions=[Action.CACHE_PURGED])
        assert (entry.event.actor, entry.event.subject is not None) == ("a1", True)
    finally:
        await database.aclose()


async def test_what_was_asked_before_a_purge_answers_nobody_who_asks_after_it(tmp_path: Path) -> None:
    gate, arrived = asyncio.Event(), asyncio.Event()

    async def answer(_asked: Asked) -> Any:
        given = "旧" if not arrived.is_set() else "新"
        if given == "旧":
            arrived.set()
            await gate.wait()
        return {"total": 1, "list": [{"id": 1, "title": given}]}

    async with serving() as upstream:
        upstream.handler = answer
        sources = {"zhejiang": REST.format(name="zhejiang", url=upstream.url, more=CACHE)}
        allowed = {"HUIJU_ALLOW_PRIVATE": f"127.0.0.1/32:{upstream.port}"}
        async with node(tmp_path, sources, anonymous=of("33"), **allowed) as here:
            before = asyncio.create_task(titles(here))
            await arrived.wait()
            await here.data(PURGE)
            assert await titles(here) == ["新"]
            gate.set()
            assert await before == ["旧"]
            assert await titles(here) == ["新"]


@pytest.mark.parametrize(
    ("query", "anonymous", "code"),
    [
        (PURGE, ANONYMOUS, "FORBIDDEN"),
        ('mutation { purgeCache(sources: ["nobody"]) { sources { name } } }', OFFICIAL, "BAD_USER_INPUT"),
        ("mutation { purgeCache(sources: []) { sources { name } } }", OFFICIAL, "BAD_USER_INPUT"),
    ],
    ids=["scope", "unknown", "empty"],
)
async def test_who_may_not_or_asks_for_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, anonymous: Any, code: str
) -> None:
    monkeypatch.setattr(Federation, "forget", None)  # nothing is emptied
    sources = {"zhejiang": REST.format(name="zhejiang", url="http://127.0.0.1:1", more=CACHE)}
    async with node(tmp_path, sources, anonymous=anonymous) as served:
        answer = await served.ask(query)
    assert answer["data"] == {"purgeCache": None}
    assert answer["errors"][0]["extensions"]["code"] == code
