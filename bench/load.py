"""`python -m bench.load`: crowds with one question and with many, caches, a silent Redis, sources far away and dead, searches."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import orjson

from bench import queries
from bench.catalogue import harvesting
from bench.catalogue.generator import draw
from bench.catalogue.questions import mix
from bench.contenders import Contender, Upstreams, by_hand, product, upstreams
from bench.crowd import Crowd, crowd, told
from bench.floor import record_id
from bench.measure import Client, compare
from bench.records import SEED, SOURCES, records
from bench.trouble import connections, redis_server, silent
from bench.upstreams import LOOPBACK

IN_FLIGHT = 64
"""Requests of a crowd at any time."""

REQUESTS, MIXED = 600, 1500
DEAD = 30
CATALOGUE = 20_000
"""Records of the index that is searched."""

COLD, WARM = '[cache]\nlists = "1ms"', '[cache]\nlists = "1h"\nrecords = "1h"'
SILENCE = 30.0
"""Seconds that Redis says nothing."""

_SEARCH = 'query search($text: String) { search(text: $text, filter: { sources: ["catalogue"] }, first: 20) { nodes { id title } } }'
_NATION = (Path(__file__).parent / "definitions" / "nation.toml").read_text("utf-8")

Figures = dict[str, float]


def main() -> int:
    """Measure and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--only", choices=SCENES, action="append", help="one of the scenes, several by repeating it")
    asked = parser.parse_args().only
    figures: Figures = {}
    for name, scene in SCENES.items():
        if asked is None or name in asked:
            with TemporaryDirectory(prefix="huiju-load-") as directory:
                scene(Path(directory), figures)
    for figure, value in figures.items():
        print(f"figure {figure} {value:.3f}")
    return 0


def _herd(directory: Path, figures: Figures) -> None:
    """64 callers with one question: the hand-written program asks for each of them."""
    seen = _against_by_hand(directory, "herd", queries.list_query(), requests=REQUESTS)
    figures["herd_rps_ratio"] = seen["one"].rate / seen["floor"].rate
    figures["herd_two_workers_rps_ratio"] = seen["two"].rate / seen["floor"].rate
    figures["herd_upstream_calls_per_request"] = seen["one"].calls


def _mixed(directory: Path, figures: Figures) -> None:
    """64 callers with many questions: of a hundred, 70 records by id, 20 lists and 10 lists with joins."""
    seen = _against_by_hand(directory, "mixed", *_questions(), requests=MIXED)
    figures["mixed_rps_ratio"] = seen["one"].rate / seen["floor"].rate
    figures["mixed_two_workers_rps_ratio"] = seen["two"].rate / seen["one"].rate
    figures["mixed_cpu_ratio"] = seen["one"].cpu / seen["floor"].cpu
    figures["mixed_rps_per_core"] = 1000 / seen["one"].cpu


def _questions() -> list[bytes]:
    random = Random(SEED)
    found = []
    for _ in range(400):
        source = random.choice(SOURCES)
        one = queries.byid_query(record_id(source, random.choice(records(source))["id"]))
        found.append(random.choices([one, queries.list_query(), queries.join_query()], (70, 20, 10))[0])
    return found


def _against_by_hand(directory: Path, scene: str, *bodies: bytes, requests: int) -> dict[str, Crowd]:
    """A crowd before the hand-written program, and before the product with one and with two serving processes; sources take 20 ms."""
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams(20))
        started = [
            stack.enter_context(by_hand("floor", sources, directory)),
            stack.enter_context(product(sources, directory, "one")),
            stack.enter_context(product(sources, directory, "two", HUIJU_WORKERS="2")),
        ]
        for each in started:
            asyncio.run(crowd(each, sources, *bodies, in_flight=IN_FLIGHT, requests=IN_FLIGHT))  # warms up
        seen = {each.name: asyncio.run(crowd(each, sources, *bodies, in_flight=IN_FLIGHT, requests=requests)) for each in started}
    for name, found in seen.items():
        print(told(scene, name, found), flush=True)
    return seen


def _caches(directory: Path, figures: Figures) -> None:
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


def _redis(directory: Path, figures: Figures) -> None:
    """A Redis that answers, and one that falls silent for half a minute while many questions are asked. A failed request ends the run."""
    if shutil.which("redis-server") is None:
        print("redis_down_p95_ratio is left out: redis-server is not installed", file=sys.stderr)
        return
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams(20))
        redis, url = stack.enter_context(redis_server(directory))
        ours = stack.enter_context(product(sources, directory, "redis", COLD, HUIJU_REDIS_URL=url))
        asked = _questions()
        asyncio.run(crowd(ours, sources, *asked, in_flight=8, seconds=2))
        answering = asyncio.run(crowd(ours, sources, *asked, in_flight=8, seconds=SILENCE / 3))
        os.kill(redis, signal.SIGSTOP)
        without = asyncio.run(crowd(ours, sources, *asked, in_flight=8, seconds=SILENCE))
        os.kill(redis, signal.SIGCONT)
    for name, found in (("answers", answering), ("silent", without)):
        print(told("redis", name, found), flush=True)
    figures["redis_down_p95_ratio"] = without.percentile(95) / answering.percentile(95)
    figures["redis_down_requests"] = len(without.latencies)


def _far(directory: Path, figures: Figures) -> None:
    """Sources that take 200 ms."""
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams(200))
        started = [by_hand("floor", sources, directory), product(sources, directory, "far")]
        clients = [stack.enter_context(Client(stack.enter_context(each))) for each in started]
        found = compare(clients, queries.list_query(), rounds=2, count=10)
    figures["slow200_p50_ratio"] = found["far"].p50_ratio(found["floor"])


def _dead(directory: Path, figures: Figures) -> None:
    """Thirty sources that accept and never answer, asked by a crowd, beside one that is well."""
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams(20))
        port = stack.enter_context(silent())
        nation = _NATION.replace(f"{LOOPBACK}:0", f"{LOOPBACK}:{port}")
        names = [f"dead{number}" for number in range(DEAD)]
        also = {name: nation.replace('"nation"', f'"{name}"') for name in names}
        ours = stack.enter_context(product(sources, directory, "dead", also=also, ports=(port,)))
        quiet, beside, most = asyncio.run(_beside(ours, sources, names, port))
    print(told("dead", "alone", quiet))
    print(told("dead", "beside", beside), flush=True)
    figures["dead30_good_p95_ratio"] = beside.percentile(95) / quiet.percentile(95)
    figures["dead30_open_connections"] = most


async def _beside(ours: Contender, sources: Upstreams, names: list[str], port: int) -> tuple[Crowd, Crowd, int]:
    listed = ", ".join(f'"{name}"' for name in names)
    good = queries.posted("good", 'query good { search(filter: { sources: ["nation"] }, first: 50) { nodes { id title url } } }')
    dead = queries.posted("dead", f"query dead {{ search(filter: {{ sources: [{listed}] }}) {{ nodes {{ id }} }} }}")
    await crowd(ours, sources, good, in_flight=1, requests=50)
    quiet = await crowd(ours, sources, good, in_flight=1, requests=200)
    seen = [0]

    async def watch() -> None:
        while True:
            seen.append(connections(port))
            await asyncio.sleep(0.05)

    tasks = [asyncio.create_task(watch()), asyncio.create_task(crowd(ours, sources, dead, in_flight=16, pause=0.05))]
    await asyncio.sleep(1)
    beside = await crowd(ours, sources, good, in_flight=1, requests=400)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return quiet, beside, max(seen)


def _search(directory: Path, figures: Figures) -> None:
    """Texts in an index of twenty thousand records: operations that one core does in a second, HTTP and GraphQL included."""
    _harvest(directory)
    also = {"catalogue": harvesting.DEFINITION.read_text("utf-8")}
    asked = [orjson.dumps({"query": _SEARCH, "variables": {"text": each.text}}) for each in mix(400)]
    with ExitStack() as stack:
        sources = stack.enter_context(upstreams())
        there = str(directory / "data")
        ours = stack.enter_context(product(sources, directory, "search", also=also, HUIJU_DATA_DIR=there))
        asyncio.run(crowd(ours, sources, *asked, in_flight=4, requests=400))
        seen = asyncio.run(crowd(ours, sources, *asked, in_flight=4, requests=1200))
    print(told("search", "texts", seen), flush=True)
    figures["search_ops_per_core"] = 1000 / seen.cpu


def _harvest(directory: Path) -> None:
    """Harvest the catalogue and index it, as `bench.catalogue` does."""
    (directory / "data").mkdir()
    with (directory / "catalogue.ndjson").open("wb") as feed:
        feed.writelines(orjson.dumps(item.native) + b"\n" for item in draw(CATALOGUE))
    asyncio.run(harvesting.database(directory).migrate())
    command = [sys.executable, "-m", "bench.catalogue.harvesting"]
    with subprocess.Popen([*command, "index", str(directory)], stdin=subprocess.PIPE):
        subprocess.run([*command, "harvest", str(directory)], check=True)
        asyncio.run(harvesting.wait_until_indexed(directory))


SCENES: dict[str, Callable[[Path, Figures], None]] = {
    "herd": _herd,
    "mixed": _mixed,
    "caches": _caches,
    "redis": _redis,
    "far": _far,
    "dead": _dead,
    "search": _search,
}

if __name__ == "__main__":
    sys.exit(main())
