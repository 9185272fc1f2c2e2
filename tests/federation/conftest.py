"""The whole product in this process: demo sources and server on loopback, asked over real sockets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from auth.grant import Grant
from demo import ningbo
from demo.arrangement import GRANT, demo_arrangement
from demo.world import World, read_faults
from server import create_app, uvicorn_config
from settings import Settings

PUSHED = f'{{ source(name: "{ningbo.NAME}") {{ stale }} }}'


class Product:
    """A running server. `ask` posts a query and gives the whole answer."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=self.url, timeout=30, headers={"accept": "application/graphql-response+json"})

    def ask(self, query: str, variables: dict[str, Any] | None = None, *, fault: str | None = None, lang: str = "zh") -> dict[str, Any]:
        headers = {"accept-language": lang, **({"huiju-demo-fault": fault} if fault else {})}
        reply = self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        answer: dict[str, Any] = reply.json()
        return answer

    def data(self, query: str, variables: dict[str, Any] | None = None, *, fault: str | None = None) -> dict[str, Any]:
        answer = self.ask(query, variables, fault=fault)
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found


async def _serve(
    settings: Settings,
    fault: str | None,
    without: str | None,
    changed: Callable[[str], str],
    anonymous: Grant,
    started: Callable[[int], None],
    stop: asyncio.Event,
) -> None:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    pushing = ningbo.pushing(address, settings, read_faults(fault).get(ningbo.NAME))
    async with World(settings.data_dir, "free") as world, pushing:
        arrangement = demo_arrangement(world, fault)
        documents = [replace(each, text=changed(each.text)) for each in arrangement.documents]
        kept = tuple(each for each in documents if f'name = "{without}"' not in each.text)
        application = create_app(settings, replace(arrangement, documents=kept, anonymous=anonymous))
        async with application.router.lifespan_context(application):
            server = uvicorn.Server(uvicorn_config(application, settings))
            serving = asyncio.create_task(server.serve())
            while not server.started:
                assert not serving.done(), serving.result()
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            address.set_result(f"http://127.0.0.1:{port}")
            started(port)
            await stop.wait()
            server.should_exit = True
            await serving


@contextmanager
def running(
    directory: Path,
    fault: str | None = None,
    *,
    without: str | None = None,
    changed: Callable[[str], str] = str,
    anonymous: Grant = GRANT,
    **environ: str,
) -> Iterator[Product]:
    """The demo, served from a thread of its own until the block is left; ready when all harvests were tried and the push is whole.

    Its definitions are `changed` before they are read, and the one of the source `without` is left out.
    """
    settings = Settings.from_environment({"HUIJU_DATA_DIR": str(directory), "HUIJU_PORT": "0", **environ})
    ready, port, failure = threading.Event(), [0], []
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    def started(found: int) -> None:
        port[0] = found
        ready.set()

    def run() -> None:
        try:
            loop.run_until_complete(_serve(settings, fault, without, changed, anonymous, started, stop))
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failure.append(error)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            ready.set()

    thread = threading.Thread(target=run, name="product")
    thread.start()
    assert ready.wait(60)
    try:
        if failure:
            raise failure[0]
        product = Product(port[0])
        silent = without == ningbo.NAME or "HUIJU_PUBLIC_URL" in environ or ningbo.NAME in read_faults(fault)
        for _ in range(600):
            if product.http.get("/readyz").status_code == 200 and (silent or not product.ask(PUSHED)["data"]["source"]["stale"]):
                break
            threading.Event().wait(0.1)
        with closing(product.http):
            yield product
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        thread.join(30)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The demo as `make run` serves it."""
    with running(tmp_path_factory.mktemp("demo")) as served:
        yield served


@pytest.fixture
def run_demo() -> Callable[..., Any]:
    """`running`, for tests that need a demo of their own."""
    return running


@pytest.fixture(scope="session")
def running_demo() -> Callable[..., Any]:
    """`running`, for what outlives a test."""
    return running
