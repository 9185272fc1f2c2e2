"""A library on loopback that a test may change, harvested into a store and asked through the served application, no process beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from egress import Allow
from federation.arrangement import Arrangement, Document
from federation.schedule import harvest_now
from harvest import RunReport
from server import create_app
from settings import Settings
from tests.connectors.loopback import Handler, serving

DEFINITION = """
name = "{name}"
title = "示例资源库"
tier = "school"
institution = "4133010001"
connector = "rest"
mode = "harvest"
all_public = true
{more}
[tables.kind]
"k" = "course"
"v" = "video"
[connection]
url = "{url}/api"
[resources]
identifier = "id"
list = {{ path = "rows" }}
[resources.mapping]
title = "title"
kind = {{ path = "type", table = "kind" }}
part_of = "whole"
"""


@dataclass
class Library:
    """The rows of the library and how it is defined; `answer` gives them otherwise."""

    directory: Path
    url: str
    rows: list[dict[str, Any]]
    name: str = "shelf"
    more: str = ""
    replaced: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    answer: Handler | None = None

    def settings(self) -> Settings:
        return Settings.from_environment({"HUIJU_DATA_DIR": str(self.directory), "HUIJU_LANG": "en", **self.environ})

    def arrangement(self) -> Arrangement:
        text = DEFINITION.format(name=self.name, url=self.url, more=self.more)
        for old, new in self.replaced.items():
            text = text.replace(old, new)
        port = int(self.url.rpartition(":")[2])
        return Arrangement(
            documents=(Document(text, f"{self.name}.toml", self.directory),), allow=lambda _definition: Allow([("127.0.0.1", port)])
        )

    async def harvest(self, **options: bool) -> RunReport:
        [report] = await harvest_now(self.settings(), self.arrangement(), self.name, **options)
        assert report.error is None, report.error
        return report

    @asynccontextmanager
    async def served(self, *, alone: bool = False) -> AsyncIterator[Asking]:
        """`alone` harvests, too."""
        application = create_app(self.settings(), self.arrangement(), alone=alone)
        async with (
            application.router.lifespan_context(application),
            httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://127.0.0.1:8000") as http,
        ):
            yield Asking(http)


@dataclass(frozen=True)
class Asking:
    """Whoever asks."""

    http: httpx.AsyncClient

    async def __call__(self, query: str, **variables: Any) -> dict[str, Any]:
        reply = await self.http.post("/graphql", json={"query": query, "variables": variables})
        answer = orjson.loads(reply.content)
        assert "errors" not in answer, answer
        found: dict[str, Any] = answer["data"]
        return found


@asynccontextmanager
async def library(directory: Path, rows: Sequence[dict[str, Any]]) -> AsyncIterator[Library]:
    """A library with rows that are served by a real server."""
    async with serving() as upstream:
        made = Library(directory, upstream.url, list(rows))

        upstream.handler = lambda asked: made.answer(asked) if made.answer is not None else made.rows
        yield made
