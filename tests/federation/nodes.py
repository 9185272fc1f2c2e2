"""Nodes over sources of a test's own: the application as it is served, in the test's loop, asked over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from auth.grant import ANONYMOUS, Grant
from federation import arrange
from server import create_app, uvicorn_config
from settings import Settings

REST = """
name = "{name}"
title = "示例来源 {name}"
tier = "provincial"
province = "33"
connector = "rest"
mode = "live"
catalogue_year = 2021
all_public = true
{more}
[connection]
url = "{url}"
[resources]
identifier = "id"
max_batch = 50
list = {{ path = "/items" }}
items = "list"
total = "total"
paging = {{ style = "page", param = "page", size_param = "size" }}
[resources.mapping]
title = "title"
"""


@dataclass(frozen=True)
class Node:
    """One node: `http` asks it."""

    http: httpx.AsyncClient

    async def ask(self, query: str, **headers: str) -> dict[str, Any]:
        """The whole answer; `_` in a header's name stands for `-`."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = await self.http.post("/graphql", json={"query": query}, headers=given)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    async def data(self, query: str, **headers: str) -> dict[str, Any]:
        answer = await self.ask(query, **headers)
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found


@asynccontextmanager
async def node(
    directory: Path, sources: Mapping[str, str], *, anonymous: Grant = ANONYMOUS, first: bool = True, **environ: str
) -> AsyncIterator[Node]:
    """A node over definitions by name; `first` makes the store, others find it there. Everybody may see traces, as in the demo."""
    definitions = directory / "sources"
    definitions.mkdir(exist_ok=True)
    for name, document in sources.items():
        (definitions / f"{name}.toml").write_text(document, "utf-8")
    given = {"HUIJU_DATA_DIR": str(directory), "HUIJU_DEFINITIONS_DIR": str(definitions), "HUIJU_PORT": "0", "HUIJU_LANG": "en"}
    settings = Settings.from_environment({**given, "HUIJU_ALLOW_PRIVATE": "127.0.0.1/32:1", **environ})
    application = create_app(settings, replace(arrange(settings), demo=True, anonymous=anonymous), alone=first)
    async with application.router.lifespan_context(application):
        server = uvicorn.Server(uvicorn_config(application, settings))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            assert not serving.done(), serving.result()
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
                yield Node(http)
        finally:
            server.should_exit = True
            await serving
