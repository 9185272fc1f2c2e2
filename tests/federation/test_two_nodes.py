"""Two servers with an index of their own over one PostgreSQL: what is withdrawn at one is gone at the other."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from tests.federation.test_serving import portal, serving

PAGE = """query($after: String) {
  search(first: 100, after: $after) { nodes { id keywords } pageInfo { hasNextPage endCursor } } }"""
LEFT = """query($text: String!, $id: ID!) {
  search(text: $text) { totalCount nodes { id } facets(by: [KIND]) { buckets { count } } didYouMean }
  listed: search(filter: {ids: [$id]}) { totalCount }
  suggest(prefix: $text) { text }
  node(id: $id) { __typename id }
  resource(id: $id) { id } }"""
WITHIN = 60.0
"""Seconds (behaviour.md, withdrawal)."""


@pytest.fixture(autouse=True)
def _linux() -> None:
    if not Path("/proc/self/task").exists():
        pytest.skip("children are found through /proc")


async def data(http: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = (await http.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer["errors"]
    found: dict[str, Any] = answer["data"]
    return found


async def rarest(http: httpx.AsyncClient) -> tuple[str, list[str]]:
    """A keyword that few records hold, and those records."""
    held: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        page = (await data(http, PAGE, after=after))["search"]
        held += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    counts = Counter(word for node in held for word in node["keywords"])
    keyword, _ = min(counts.items(), key=lambda each: (each[1], each[0]))
    return keyword, [node["id"] for node in held if keyword in node["keywords"]]


async def until_indexed(http: httpx.AsyncClient, text: str, identity: str) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while True:
            found = await data(http, LEFT, text=text, id=identity)
            if text in [each["text"] for each in found["suggest"]]:
                return found
            await asyncio.sleep(0.05)


async def test_what_is_withdrawn_at_one_node_is_gone_at_the_other(postgres_url: str, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    async with portal(one) as settings:
        settings |= {"HUIJU_DATABASE_URL": postgres_url, "HUIJU_WORKERS": "1"}
        with serving(one, **settings) as first:
            async with await first.client() as here:
                await first.ready(here)
                (two / "var").mkdir(parents=True)
                shutil.copytree(one / "var" / "sources", two / "var" / "sources")
                shutil.copy2(one / "var" / "secret.key", two / "var")
                with serving(two, **settings) as second:
                    async with await second.client() as there:
                        await second.ready(there)
                        await _withdrawn(here, there, one, settings)


async def _withdrawn(here: httpx.AsyncClient, there: httpx.AsyncClient, directory: Path, settings: dict[str, str]) -> None:
    keyword, ids = await rarest(here)
    for node in (here, there):
        before = await until_indexed(node, keyword, ids[0])
        assert before["resource"] == {"id": ids[0]}
        assert set(ids) <= {each["id"] for each in before["search"]["nodes"]}
    command = [sys.executable, "-c", "from commands import app; app()", "record", "withdraw", *ids, "--reason", "rights"]
    environ = {**os.environ, **settings, "HUIJU_DATA_DIR": str(directory / "var"), "HUIJU_LANG": "en"}
    done = await asyncio.to_thread(subprocess.run, command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    began = monotonic()
    for node in (there, here):
        for identity in ids:
            while True:
                left = await data(node, LEFT, text=keyword, id=identity)
                gone = not left["suggest"] and left["resource"] is None and not left["listed"]["totalCount"]
                if gone and identity not in [each["id"] for each in left["search"]["nodes"]]:
                    break
                assert monotonic() - began < WITHIN, left
                await asyncio.sleep(0.1)
            assert left["node"] is None or left["node"]["__typename"] == "Withdrawn"
    print(f"gone at both nodes after {monotonic() - began:.1f} s")
