"""A running server whose search index is removed, or cut short, answers everything else and has it again soon."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from store.search.directory import IndexDirectory
from tests.federation.test_serving import portal, serving

LISTED = "{ search(first: 1) { nodes { id } } }"
QUESTION = """query($id: ID!) {
  byWords: search(text: "护理", first: 3) { totalCount nodes { id } outcomes { status } didYouMean facets(by: [KIND]) { missing } }
  newest: search(first: 3) { nodes { id } outcomes { status } }
  suggest(prefix: "hl") { text }
  node(id: $id) { id }
}"""


@pytest.fixture(autouse=True)
def _linux() -> None:
    if not Path("/proc/self/task").exists():
        pytest.skip("children are found through /proc")


async def _ask(http: httpx.AsyncClient, identity: str) -> dict[str, Any]:
    """The data of an answer that may lack what the index gives, and nothing else."""
    reply = await http.post("/graphql", json={"query": QUESTION, "variables": {"id": identity}})
    answer = reply.json()
    assert (reply.status_code, answer.get("errors")) == (200, None)
    data: dict[str, Any] = answer["data"]
    assert data["node"] == {"id": identity}
    assert (len(data["newest"]["nodes"]), data["newest"]["outcomes"]) == (3, [{"status": "OK"}])
    assert data["byWords"]["outcomes"] in ([{"status": "OK"}], [{"status": "UNAVAILABLE"}])
    return data


def _remove(index: Path) -> None:
    shutil.rmtree(index)


def _cut_short(index: Path) -> None:
    for part in index.glob("*/*.*"):
        if part.suffix in (".idx", ".term", ".fast"):
            os.truncate(part, part.stat().st_size // 2)


async def test_a_server_whose_index_is_lost_answers_the_rest_and_makes_it_anew(tmp_path: Path) -> None:
    index = IndexDirectory(tmp_path / "var" / "index")
    async with portal(tmp_path) as settings:
        with serving(tmp_path, HUIJU_WORKERS="1", **settings) as server:
            async with await server.client() as http:
                await server.ready(http)
                identity = (await http.post("/graphql", json={"query": LISTED})).json()["data"]["search"]["nodes"][0]["id"]
                whole = await _ask(http, identity)
                assert whole["byWords"]["outcomes"] == [{"status": "OK"}]
                await _lost(index, _remove, lambda: _ask(http, identity), whole)

            async def ask_somebody() -> dict[str, Any] | None:
                # A file that is cut short under a process that reads it costs this process; another is started.
                try:
                    async with await server.client() as http:
                        http.timeout = httpx.Timeout(5)
                        return await _ask(http, identity)
                except httpx.TransportError:
                    return None

            await _lost(index, _cut_short, ask_somebody, whole)
            assert server.process.poll() is None


async def _lost(index: IndexDirectory, harm: Callable[[Path], None], ask: Callable[[], Any], whole: dict[str, Any]) -> None:
    """Harm the index, and ask until another one answers as the first did."""
    before = index.current()
    assert before is not None
    made = _mark(before)
    harm(index.path)
    async with asyncio.timeout(120):
        while True:
            found = await ask()
            current = index.current()
            if found == whole and current is not None and _mark(current) != made:
                return
            await asyncio.sleep(0.05)


def _mark(index: Path) -> tuple[int, int]:
    found = (index / "meta.json").stat()
    return found.st_ino, found.st_mtime_ns
