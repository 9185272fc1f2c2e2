"""The database goes away under a server and comes back: honest answers in between, everything as before afterwards."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from federation import schedule
from tests.connectors.loopback import Asked
from tests.federation.shelf import Asking, Library, library
from tests.store.server import PostgreSQL

ROWS = [{"id": str(n), "title": f"数控 {n}", "type": "v"} for n in range(60)]
PAGED = 'items = "list"\ntotal = "total"\nmax_batch = 10\npaging = { style = "page", size_param = "size", overlap = false }\nlist ='
LOOK = """query($id: ID!) { resource(id: $id) { id } node(id: $id) { id } }"""
LIST = "{ search(first: 100) { totalCount nodes { id } outcomes { status code } } }"
OTHERS = (
    "{ changes(first: 5) { edges { cursor } } }",
    '{ suggest(prefix: "sk") { text } }',
    "query($id: ID!) { nodes(ids: [$id]) { id } }",
)


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    try:
        server.start()
        yield server
    finally:
        server.remove()


async def read_all(ask: Asking) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(LIST))["search"]
    return found


async def answers_honestly(ask: Asking, known: str) -> None:
    """What a server whose database is away says to everybody who asks."""
    found = await read_all(ask)
    assert (found["nodes"], found["outcomes"]) == ([], [{"status": "UNAVAILABLE", "code": "SOURCE_UNAVAILABLE"}])
    for query in (LOOK, *OTHERS):
        reply = await ask.http.post("/graphql", json={"query": query, "variables": {"id": known} if "$id" in query else {}})
        assert reply.status_code < 500
        for error in reply.json()["errors"]:
            assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("SOURCE_UNAVAILABLE", True)
            assert "the catalog cannot be used now" in error["message"]
    bearer = {"authorization": "Bearer x"}
    for path, headers in ((f"/resources/{known}", {}), ("/oauth/authorize?client_id=x", {}), ("/feeds/shelf", bearer), ("/readyz", {})):
        reply = await ask.http.get(path, headers=headers)
        assert reply.status_code == 503, path
        assert path == "/readyz" or reply.headers["retry-after"] == "5"
        assert "Traceback" not in reply.text
    assert (await ask.http.get("/healthz")).status_code == 200


class Interrupting:
    """A library page by page, which stops the database once, before it gives its fourth page."""

    def __init__(self, shelf: Library, server: PostgreSQL) -> None:
        self._shelf, self._server = shelf, server
        self.stopped = asyncio.Event()
        self.pages: list[int] = []

    async def __call__(self, asked: Asked) -> Any:
        page = asked.number("page", 1)
        self.pages.append(page)
        if page == 4 and not self.stopped.is_set():
            await asyncio.to_thread(self._server.stop)
            self.stopped.set()
        return {"total": len(self._shelf.rows), "list": self._shelf.rows[10 * page - 10 : 10 * page]}


async def test_a_harvest_resumes_and_every_answer_is_honest_while_the_database_is_restarted(
    server: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_EVERY", 0.2)
    async with library(tmp_path, ROWS) as shelf:
        shelf.environ = {"HUIJU_DATABASE_URL": server.url}
        shelf.replaced = {"list =": PAGED}
        shelf.answer = interrupting = Interrupting(shelf, server)
        async with shelf.served(alone=True) as ask:
            await asyncio.wait_for(interrupting.stopped.wait(), 60)
            await answers_honestly(ask, "rn5wpx3a7MA")
            await asyncio.to_thread(server.start)

            async def whole() -> dict[str, Any]:
                for _ in range(600):
                    found = await read_all(ask)
                    if found["totalCount"] == len(found["nodes"]) == len(ROWS):  # counted a moment after they were read
                        break
                    await asyncio.sleep(0.1)
                return found

            found = await whole()
            assert len({node["id"] for node in found["nodes"]}) == len(ROWS)
            assert [each["status"] for each in found["outcomes"]] in (["OK"], ["STALE"])  # stale until its run has ended
            identity = found["nodes"][0]["id"]
            assert await ask(LOOK, id=identity) == {"resource": {"id": identity}, "node": {"id": identity}}
        # It went on where it had come to: what was committed was not asked for again.
        assert sorted(set(interrupting.pages)) == [1, 2, 3, 4, 5, 6]
        assert interrupting.pages[:3] == [1, 2, 3]
        assert interrupting.pages.count(1) == 1
