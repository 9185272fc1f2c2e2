"""The product under faults: `huiju serve` over generated definitions, a harvester over the same store, and what they use of memory."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from bench.contenders import DidNotStart, free_port, running
from bench.upstreams import LOOPBACK

_ROOT = Path(__file__).parents[2]
_START_PATIENCE = 180.0
_HARVEST_PATIENCE = 240.0

SEARCH = """
query ($sources: [String!]) {
  search(first: 100, filter: { sources: $sources }) {
    nodes { title provenance { identifier source { name } } }
    outcomes { source { name } status code message }
  }
}
"""


def environment(directory: Path, ports: list[int], settings: Mapping[str, str]) -> dict[str, str]:
    """What the product is started with: definitions in `directory`/sources, and only `ports` of this machine to reach."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("HUIJU_")},
        "HUIJU_DATA_DIR": str(directory / "data"),
        "HUIJU_DEFINITIONS_DIR": str(directory / "sources"),
        "HUIJU_SQLITE_DIR": str(directory / "files"),
        "HUIJU_ALLOW_PRIVATE": ",".join(f"{LOOPBACK}:{port}" for port in ports),
        "HUIJU_HOST": LOOPBACK,
        "HUIJU_PORT": str(free_port()),
        "HUIJU_LANG": "en",
        **settings,
    }


class Server:
    """A running `huiju serve`."""

    def __init__(self, pid: int, port: int, log: Path) -> None:
        self.pid = pid
        self.port = port
        self.log = log
        self._url = f"http://{LOOPBACK}:{port}"
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def ready(self) -> None:
        """Wait until every harvested source was tried once. Raises DidNotStart."""
        until = time.monotonic() + _START_PATIENCE
        while time.monotonic() < until:
            async with self._session.get(f"{self._url}/readyz") as reply:
                if reply.status == 200:
                    return
            await asyncio.sleep(0.2)
        raise DidNotStart(f"the first harvests did not end:\n{self.log.read_text('utf-8', 'replace')[-2000:]}")

    async def search(self, *sources: str) -> tuple[bytes, float]:
        """Ask for all that some sources hold: the answer's bytes, and the seconds it took."""
        began = time.monotonic()
        body = orjson.dumps({"query": SEARCH, "variables": {"sources": sources}})
        async with self._session.post(f"{self._url}/graphql", data=body, headers={"content-type": "application/json"}) as reply:
            return await reply.read(), time.monotonic() - began


@asynccontextmanager
async def serving(environ: dict[str, str], directory: Path) -> AsyncIterator[Server]:
    """Start the server; ready when every harvested source was tried once. Raises DidNotStart."""
    command = [str(Path(sys.executable).with_name("huiju")), "serve"]
    with running("server", command, environ, directory) as pid:
        server = Server(pid, int(environ["HUIJU_PORT"]), directory / "server.log")
        try:
            await server.ready()
            yield server
        finally:
            await server.aclose()


class Harvester:
    """A process that harvests what it is asked to, several sources at a time."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.pid = process.pid
        self.log = log

    async def harvest(self, name: str) -> dict[str, Any]:
        """Harvest one source: its report."""
        assert self._process.stdin is not None
        if self._process.returncode is not None:
            raise DidNotStart("the harvester has ended")
        self._waiting[name] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(f"{name}\n".encode())
        return await asyncio.wait_for(self._waiting[name], _HARVEST_PATIENCE)

    async def listen(self) -> None:
        """Hand reports to whoever waits for them."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if line.startswith(b"{"):
                report = orjson.loads(line)
                self._waiting.pop(report["name"]).set_result(report)
        for waiting in (each for each in self._waiting.values() if not each.done()):
            waiting.set_exception(DidNotStart(f"the harvester ended:\n{self.log.read_text('utf-8', 'replace')[-2000:]}"))


@asynccontextmanager
async def harvesting(environ: dict[str, str], directory: Path) -> AsyncIterator[Harvester]:
    """Start the harvester."""
    log = directory / "harvester.log"
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.faults.harvester"),
            cwd=_ROOT,
            env=environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=written,
        )
        harvester = Harvester(process, log)
        listening = asyncio.create_task(harvester.listen())
        try:
            yield harvester
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            await listening


def peak_mb(pid: int) -> tuple[float, int]:
    """The most memory that a process and those below it have held so far, each at its own peak, in MB (VmHWM, Linux); how many they are."""
    parents: dict[int, int] = {}
    peaks: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:  # ended meanwhile
            continue
        parents[int(told["Pid"])] = int(told["PPid"])
        peaks[int(told["Pid"])] = int(told.get("VmHWM", "0 kB").split()[0])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(peaks.get(each, 0) for each in family) / 1000, len(family)
