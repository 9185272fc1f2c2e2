"""`huiju serve` as its processes: they share one address, survive each other's deaths, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from demo.world import World

PORTAL = "national-portal"
SEARCH = {"query": '{ search(first: 5) { nodes { id } } source(name: "national-portal") { stale lastHarvest { seen error } } }'}


class Server:
    """A running `huiju serve`."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self.log = log

    async def said(self, pattern: str, times: int = 1) -> re.Match[str]:
        """Wait until the log says something, that often."""
        for _ in range(3000):
            found = list(re.finditer(pattern, self.log.read_text()))
            if len(found) >= times:
                return found[-1]
            assert self.process.poll() is None, self.log.read_text()
            await asyncio.sleep(0.01)
        raise AssertionError(self.log.read_text())

    async def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=(await self.said(r"serving on (http://\S+)"))[1], timeout=30)

    async def ready(self, http: httpx.AsyncClient) -> None:
        for _ in range(3000):
            if (await http.get("/readyz")).status_code == 200:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def children(self) -> dict[str, int]:
        """Process numbers by role. Roles cannot be told from outside: the background process is the first that was started."""
        numbers = _children(self.process.pid)
        return {"background": numbers[0], **{f"serving {n}": number for n, number in enumerate(numbers[1:], 1)}}


def _children(parent: int) -> list[int]:
    found = [int(number) for number in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return [number for number in found if b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes()]


def _runs(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def serving(directory: Path, **environ: str) -> Iterator[Server]:
    log = directory / f"serve{len(list(directory.glob('serve*')))}.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIJU_")}
    given = {"HUIJU_DATA_DIR": str(directory / "var"), "HUIJU_LANG": "en", "HUIJU_PORT": "0", "HUIJU_WORKERS": "2"}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", "from commands import app; app()", "serve"],
            env={**kept, **given, **environ},
            stdout=out,
            stderr=out,
            text=True,
        )
    try:
        yield Server(process, log)
    finally:
        for number in _children(process.pid) if process.poll() is None else []:
            os.kill(number, signal.SIGKILL)
        process.kill()
        process.wait()


@asynccontextmanager
async def portal(directory: Path, fault: str | None = None) -> AsyncIterator[dict[str, str]]:
    """The national portal of the demo as a source that is registered and reachable; gives the settings that it needs."""
    async with World(directory / "world", "free") as world:
        sources = directory / "var" / "sources"
        sources.mkdir(parents=True, exist_ok=True)
        (sources / "portal.toml").write_text(world.definition(PORTAL, fault), "utf-8")
        yield {"HUIJU_ALLOW_PRIVATE": f"127.0.0.1/32:{world.ports[PORTAL]}"}


@pytest.fixture(autouse=True)
def _linux() -> None:
    if not Path("/proc/self/task").exists():
        pytest.skip("children are found through /proc")


async def test_what_the_background_process_harvests_is_served_by_all_and_outlives_their_deaths(tmp_path: Path) -> None:
    async with portal(tmp_path) as settings:
        with serving(tmp_path, **settings) as server:
            async with await server.client() as http:
                await server.ready(http)
                told = (await http.post("/graphql", json=SEARCH)).json()["data"]
                assert len(told["search"]["nodes"]) == 5
                assert told["source"]["lastHarvest"]["seen"] > 1000
                assert told["source"]["stale"] is False
                before = server.children()
                assert len(before) == 3
                os.kill(before["serving 1"], signal.SIGKILL)
                os.kill(before["background"], signal.SIGKILL)
                for _ in range(20):
                    async with await server.client() as fresh:
                        assert (await fresh.post("/graphql", json=SEARCH)).json()["data"]["search"]["nodes"]
                await server.said(r"process ended \(signal SIGKILL\)", 2)
                for _ in range(3000):
                    if len(server.children()) == 3:
                        break
                    await asyncio.sleep(0.01)
                assert before["serving 2"] in server.children().values()
            server.process.terminate()
            assert await asyncio.to_thread(server.process.wait, 30) == 0
            assert not [number for number in before.values() if _runs(number)]


async def test_a_request_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    async with World(tmp_path / "world", "free") as world:
        sources = tmp_path / "var" / "sources"
        sources.mkdir(parents=True)
        (sources / "slow.toml").write_text(world.definition("guangdong", "slow"), "utf-8")
        with serving(tmp_path, HUIJU_ALLOW_PRIVATE=f"127.0.0.1/32:{world.ports['guangdong']}") as server:
            async with await server.client() as http:
                await server.ready(http)
                asking = asyncio.create_task(http.post("/graphql", json={"query": "{ search(first: 3) { nodes { id } } }"}))
                await asyncio.sleep(0.3)
                assert not asking.done()
                server.process.terminate()
                assert len((await asking).json()["data"]["search"]["nodes"]) == 3
            assert await asyncio.to_thread(server.process.wait, 30) == 0


async def test_a_killed_parent_leaves_no_child_no_address_and_no_lease(tmp_path: Path) -> None:
    async with portal(tmp_path, "hang") as settings:
        with serving(tmp_path, **settings) as server:
            async with await server.client() as http:
                port = http.base_url.port
                for _ in range(3000):
                    run = (await http.post("/graphql", json=SEARCH)).json()["data"]["source"]["lastHarvest"]
                    if run is not None:
                        break
                    await asyncio.sleep(0.01)
                children = server.children()
                os.kill(children["background"], signal.SIGSTOP)  # it cannot give its lease back
                server.process.kill()
                await asyncio.to_thread(server.process.wait)
            for number in (children["serving 1"], children["serving 2"]):
                for _ in range(3000):
                    if not _runs(number):
                        break
                    await asyncio.sleep(0.01)
                assert not _runs(number)
            os.kill(children["background"], signal.SIGKILL)
        (tmp_path / "var" / "sources" / "portal.toml").unlink()
    async with portal(tmp_path) as settings:
        with serving(tmp_path, HUIJU_PORT=str(port), **settings) as server:
            async with await server.client() as http:
                await server.ready(http)  # the harvest of the first server held the source's lease for another minute
                assert (await http.post("/graphql", json=SEARCH)).json()["data"]["search"]["nodes"]


async def test_what_keeps_a_source_from_opening_ends_the_start_and_is_told_once(tmp_path: Path) -> None:
    sources = tmp_path / "var" / "sources"
    sources.mkdir(parents=True)
    (sources / "school.toml").write_text((Path(__file__).parents[2] / "demo/definitions/hangzhou-school.toml").read_text("utf-8"), "utf-8")
    with serving(tmp_path) as server:
        assert await asyncio.to_thread(server.process.wait, 60) == 1
        log = server.log.read_text()
        assert log.count("no SQLite sources are allowed here") == 1
        assert "Traceback" not in log
