"""`python -m bench.load`: a crowd with one question, caches cold and warm, Redis silent, sources far away, dead ones beside a good one."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import aiohttp

from bench import queries
from bench.contenders import Contender, Upstreams, by_hand, free_port, product, upstreams
from bench.measure import Client, compare
from bench.upstreams import LOOPBACK

IN_FLIGHT = 64
"""Requests of the crowd at any time."""

REQUESTS = 600
DEAD = 30
COLD, WARM = '[cache]\nlists = "1ms"', '[cache]\nlists = "1h"\nrecords = "1h"'
_HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a crowd saw: requests a second, latencies in ms, and upstream calls for each request."""

    rate: float
    latencies: list[float]
    calls: float

    def percentile(self, place: int) -> float:
        """Latency in ms."""
        return quantiles(self.latencies, n=100)[place - 1]


def main() -> int:
    """Measure and print a line for each figure."""
    figures: dict[str, float] = {}
    with TemporaryDirectory(prefix="huiju-load-") as name:
        directory = Path(name)
        _herd(directory, figures)
        _caches(directory, figures)
        _redis(directory, figures)
        _far(directory, figures)
        _dead(directory, figures)
        _search(directory, figures)
    for figure, value in figures.items():
        print(f"figure {figure} {value:.3f}")
    return 0


def _herd(directory: Path, figures: dict[str, float]) -> None:
    """64 callers with one question: the hand-written program asks for each of them."""
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams(20))
        floor = stack.enter_context(by_hand("floor", sources, directory))
        ours = stack.enter_context(product(sources, directory, "herd"))
        both = stack.enter_context(product(sources, directory, "herd2", HUIJU_WORKERS="2"))
        seen = {each.name: asyncio.run(_crowd(each, sources, queries.list_query())) for each in (floor, ours, both)}
    for name, crowd in seen.items():
        print(f"herd  {name:8} {crowd.rate:8.1f} requests/s  p50 {crowd.percentile(50):7.1f} ms  p95 {crowd.percentile(95):7.1f} ms")
    figures["herd_rps_ratio"] = seen["herd"].rate / seen["floor"].rate
    figures["herd_two_workers_rps_ratio"] = seen["herd2"].rate / seen["floor"].rate
    figures["herd_upstream_calls_per_request"] = seen["herd"].calls


def _caches(directory: Path, figures: dict[str, float]) -> None:
    """The CPU of one list: kept for nobody, and found."""
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams())
        started = [
            by_hand("floor", sources, directory),
            product(sources, directory, "cold", COLD),
            product(sources, directory, "warm", WARM),
        ]
        clients = [stack.enter_context(Client(stack.enter_context(each))) for each in started]
        found = compare(clients, queries.list_query(), rounds=7, count=30)
    for name in ("cold", "warm"):
        figures[f"{name}_cpu_ratio"] = found[name].cpu_ratio(found["floor"])


def _redis(directory: Path, figures: dict[str, float]) -> None:
    """A second level that answers, and one that has fallen silent."""
    if shutil.which("redis-server") is None:
        print("redis_down_p95_ratio is left out: redis-server is not installed", file=sys.stderr)
        return
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams(5))
        redis, url = stack.enter_context(_redis_server(directory))
        ours = stack.enter_context(product(sources, directory, "redis", COLD, HUIJU_REDIS_URL=url))
        answering = asyncio.run(_crowd(ours, sources, queries.list_query(), in_flight=4, requests=300))
        os.kill(redis, signal.SIGSTOP)
        silent = asyncio.run(_crowd(ours, sources, queries.list_query(), in_flight=4, requests=300))
        os.kill(redis, signal.SIGCONT)
    figures["redis_down_p95_ratio"] = silent.percentile(95) / answering.percentile(95)


def _far(directory: Path, figures: dict[str, float]) -> None:
    """Sources that take 200 ms."""
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams(200))
        started = [by_hand("floor", sources, directory), product(sources, directory, "far")]
        clients = [stack.enter_context(Client(stack.enter_context(each))) for each in started]
        found = compare(clients, queries.list_query(), rounds=2, count=10)
    figures["slow200_p50_ratio"] = found["far"].p50_ratio(found["floor"])


def _dead(directory: Path, figures: dict[str, float]) -> None:
    """Thirty sources that accept and never answer, asked by a crowd, beside one that is well."""
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams(20))
        port = stack.enter_context(_silent())
        nation = (Path(__file__).parent / "definitions" / "nation.toml").read_text("utf-8").replace(f"{LOOPBACK}:0", f"{LOOPBACK}:{port}")
        names = [f"dead{number}" for number in range(DEAD)]
        also = {name: nation.replace('"nation"', f'"{name}"') for name in names}
        ours = stack.enter_context(product(sources, directory, "dead", also=also, ports=(port,)))
        quiet, beside, connections = asyncio.run(_beside(ours, sources, names, port))
    print(f"good source alone p95 {quiet.percentile(95):.1f} ms, beside {DEAD} dead ones {beside.percentile(95):.1f} ms")
    figures["dead30_good_p95_ratio"] = beside.percentile(95) / quiet.percentile(95)
    figures["dead30_open_connections"] = connections


def _search(directory: Path, figures: dict[str, float]) -> None:
    """A page of the catalog: operations that one core does in a second, HTTP and GraphQL included."""
    nation = (Path(__file__).parent / "definitions" / "nation.toml").read_text("utf-8")
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams())
        copied = nation.replace(f"http://{LOOPBACK}:0", sources.addresses["nation"]).replace('"nation"', '"copied"')
        also = {"copied": copied.replace('mode = "live"', 'mode = "harvest"')}
        ours = stack.enter_context(product(sources, directory, "search", also=also))
        asked = queries.posted("page", 'query page { search(filter: { sources: ["copied"] }, first: 20) { nodes { id title } } }')
        client = stack.enter_context(Client(ours))
        until = time.monotonic() + 30
        while b'"id"' not in client.data(asked) and time.monotonic() < until:
            time.sleep(0.2)
        figures["search_ops_per_core"] = 1000 / min(client.round(asked, 200).cpu for _ in range(3))


async def _beside(ours: Contender, sources: Upstreams, names: list[str], port: int) -> tuple[Crowd, Crowd, int]:
    listed = ", ".join(f'"{name}"' for name in names)
    good = queries.posted("good", 'query good { search(filter: { sources: ["nation"] }, first: 50) { nodes { id title url } } }')
    dead = queries.posted("dead", f"query dead {{ search(filter: {{ sources: [{listed}] }}) {{ nodes {{ id }} }} }}")
    await _crowd(ours, sources, good, in_flight=1, requests=50)
    quiet = await _crowd(ours, sources, good, in_flight=1, requests=200)
    connections = [0]

    async def watch() -> None:
        while True:
            connections.append(_connections(port))
            await asyncio.sleep(0.05)

    tasks = [asyncio.create_task(watch()), asyncio.create_task(_crowd(ours, sources, dead, in_flight=16, requests=10**9, pause=0.05))]
    await asyncio.sleep(1)
    beside = await _crowd(ours, sources, good, in_flight=1, requests=400)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return quiet, beside, max(connections)


async def _crowd(
    contender: Contender, sources: Upstreams, body: bytes, *, in_flight: int = IN_FLIGHT, requests: int = REQUESTS, pause: float = 0.0
) -> Crowd:
    """Ask `requests` times, `in_flight` at once; whoever has an answer asks again after `pause` seconds."""
    latencies: list[float] = []
    url = f"http://{LOOPBACK}:{contender.port}{contender.path}"
    left = requests
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=_HEADERS) as session:

        async def ask() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                began = time.perf_counter()
                async with session.post(url, data=body) as reply:
                    await reply.read()
                    assert reply.status == 200, reply.status
                latencies.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(pause)

        sources.counted()
        began = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(in_flight)))
        took = time.perf_counter() - began
    return Crowd(len(latencies) / took, latencies, sources.counted()[0] / len(latencies))


def _connections(port: int) -> int:
    """Connections to `port` that are open now."""
    ending = f":{port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return sum(line[2].endswith(ending) and line[3] == "01" for line in lines)


@contextmanager
def _silent() -> Iterator[int]:
    """A port where connections come about and nothing is ever said."""
    with socket.create_server((LOOPBACK, 0), backlog=4096) as listener:
        yield int(listener.getsockname()[1])


@contextmanager
def _redis_server(directory: Path) -> Iterator[tuple[int, str]]:
    """A Redis of this measurement's own: its process id and address."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", LOOPBACK, "--save", "", "--dir", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            time.sleep(0.3)
            yield process.pid, f"redis://{LOOPBACK}:{port}/0"
        finally:
            process.kill()


if __name__ == "__main__":
    sys.exit(main())
