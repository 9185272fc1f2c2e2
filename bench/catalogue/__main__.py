"""`python -m bench.catalogue`: harvest, index and search the whole catalogue; the last lines are `figure NAME VALUE`."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sqlite3
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import orjson

from bench.catalogue import harvesting
from bench.catalogue.engine import QUESTIONS, ROUNDS, latency, once, opened, p99, relevance, timed
from bench.catalogue.generator import SEED, WHOLE, Drawn, draw
from bench.catalogue.questions import mix
from bench.catalogue.reference import Reference
from bench.catalogue.speed import harvest_speed
from bench.contenders import LOOPBACK, Contender, free_port, running
from bench.measure import Client
from store.catalog import Catalog
from store.identity import resource_id
from store.record import Record
from store.search.directory import IndexDirectory
from store.search.view import Question

ROOT = Path(__file__).parents[2]

SEARCH = """query($text: String, $after: String, $filter: ResourceFilter) {
  search(text: $text, after: $after, filter: $filter) { totalCount %s }
}"""
PAGE = SEARCH % "nodes { id title summary kind { value } majors { name } } pageInfo { hasNextPage endCursor }"
DEEP = SEARCH % "pageCursors(size: 25) { page after }"


def main() -> int:
    """Measure and print; 1 where the harvest did not come to its end."""
    parser = argparse.ArgumentParser(prog="python -m bench.catalogue", description=__doc__)
    parser.add_argument("--size", type=int, default=WHOLE, help=f"records (default {WHOLE}, the whole catalogue)")
    parser.add_argument("--harvest", action="store_true", help="measure the harvest alone, which takes a third of the time")
    asked = parser.parse_args()
    size = asked.size
    print(f"{size} records, seed {SEED}, {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}", flush=True)
    figures: dict[str, float] = {}
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="huiju-bench-")))
        _write(directory, size)
        figures |= harvest_speed(directory, size)
        if not asked.harvest:
            figures |= _searched(directory, size)
    print(f"load at the end {os.getloadavg()[0]:.2f}")
    for name, value in figures.items():
        print(f"figure {name} {value:.4g}")
    return 0


def _searched(directory: Path, size: int) -> dict[str, float]:
    items = _items(directory, size)
    current = IndexDirectory(directory / "data" / "index").current()
    if current is None:
        raise AssertionError("there is no index")
    view = opened(current)
    figures = {**latency(view, size), **relevance(view, items)}
    figures |= _reference(directory, items, figures["search_engine_p99_ms"])
    return figures | _served(directory)


def _write(directory: Path, size: int) -> None:
    (directory / "data").mkdir()
    with (directory / "catalogue.ndjson").open("wb") as feed:
        for item in draw(size):
            feed.write(orjson.dumps(item.native) + b"\n")
    print(f"feed: {(directory / 'catalogue.ndjson').stat().st_size / 1e6:.0f} MB", flush=True)


def _items(directory: Path, size: int) -> dict[int, Drawn]:
    """What was drawn, by the number that the catalog gave it."""
    with sqlite3.connect(directory / "data" / "catalog.sqlite3") as store:
        numbers = {int(key): number for number, key in store.execute("SELECT number, key FROM records")}
    return {numbers[place]: item for place, item in enumerate(draw(size))}


def _reference(directory: Path, items: dict[int, Drawn], ours: float) -> dict[str, float]:
    reference = Reference(directory / "fts5.sqlite3", items.items())
    asks = [lambda question=question: reference.ask(question) for question in mix(QUESTIONS)[:100]]  # type: ignore[misc]
    taken = timed(asks)
    reference.close()
    print(f"FTS5: p50 {median(taken):.2f} ms, p99 {p99(taken):.2f} ms", flush=True)
    return {"fts5_p99_ratio": p99(taken) / ours}


def _served(directory: Path) -> dict[str, float]:
    """The whole product: `huiju serve` with one serving process, asked over one connection."""
    port = free_port()
    (directory / "sources").mkdir()
    (directory / "sources" / "catalogue.toml").write_text(harvesting.DEFINITION.read_text("utf-8"), "utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HUIJU_")},
        "HUIJU_DATA_DIR": str(directory / "data"),
        "HUIJU_DEFINITIONS_DIR": str(directory / "sources"),
        "HUIJU_ALLOW_PRIVATE": f"{LOOPBACK}:9",
        "HUIJU_HOST": LOOPBACK,
        "HUIJU_PORT": str(port),
    }
    command = [sys.executable, "-c", "from commands import app; app()", "serve"]  # of this checkout, wherever another is installed
    with running("product", command, environment, directory) as pid, Client(Contender("product", pid, port, "/graphql")) as client:
        while _data(client, PAGE, {"text": "护理"}) is None:
            time.sleep(0.2)
        asks = [{"text": question.text, "filter": _filter(question)} for question in dict.fromkeys(mix(QUESTIONS))]
        taken: list[float] = []
        used: list[float] = []
        for _ in range(ROUNDS):
            # A commit makes the server forget what it has answered, and no question comes twice between two of them.
            _searchable(directory, client, 1)
            for variables in asks:
                before = client.contender.cpu()
                taken += once([lambda variables=variables: _data(client, PAGE, variables)])  # type: ignore[misc]
                used.append((client.contender.cpu() - before) * 1000)
        print(f"GraphQL: p50 {median(taken):.2f} ms", flush=True)
        return {
            "search_graphql_p99_ms": p99(taken),
            "search_graphql_p99_cpu_ms": p99(used),
            "deep_page_ratio": _deep(client),
            "searchable_after_s": _searchable(directory, client, 10),
        }


def _data(client: Client, query: str, variables: dict[str, object]) -> dict[str, object] | None:
    answer = orjson.loads(client.ask(orjson.dumps({"query": query, "variables": variables})))
    page = answer["data"]["search"]
    return page if page["totalCount"] or variables["text"] != "护理" else None


def _filter(question: Question) -> dict[str, object] | None:
    asked = {"kinds": question.wanted.kinds, "provinces": question.wanted.provinces}
    return {name: list(values) for name, values in asked.items() if values is not None} or None


def _stands(client: Client, title: str) -> bool:
    """Whether a search for a title finds the record that has it."""
    answer = orjson.loads(client.ask(orjson.dumps({"query": PAGE, "variables": {"text": title}})))
    return any(node["title"] == title for node in answer["data"]["search"]["nodes"])


def _deep(client: Client) -> float:
    """How much longer the page at row 980 takes than the first one: the median over terms with a thousand hits."""
    ratios = []
    for text in ("护理", "数控车床编程", "电子商务运营", "动力电池检测", "液压与气压传动"):
        deep = client.ask(orjson.dumps({"query": DEEP, "variables": {"text": text}}))
        pages = orjson.loads(deep)["data"]["search"]["pageCursors"]
        while pages and pages[-1]["page"] < 50:
            after = pages[-1]["after"]
            answer = orjson.loads(client.ask(orjson.dumps({"query": DEEP, "variables": {"text": text, "after": after}})))
            further = answer["data"]["search"]["pageCursors"]
            if further[-1]["page"] <= pages[-1]["page"]:
                break
            pages = further
        first = median(timed([lambda text=text: _data(client, PAGE, {"text": text, "after": None})] * 10))  # type: ignore[misc]
        last = median(timed([lambda text=text, after=pages[-1]["after"]: _data(client, PAGE, {"text": text, "after": after})] * 10))  # type: ignore[misc]
        ratios.append(last / first)
    return median(ratios)


def _searchable(directory: Path, client: Client, times: int) -> float:
    """The longest of so many: from the commit of a record until a search through GraphQL finds it."""
    catalog = Catalog(harvesting.database(directory))
    longest = 0.0
    for _ in range(times):
        number = time.monotonic_ns()
        title = f"可检索测量第{number}号量子烹饪"
        record = Record(
            id=resource_id(harvesting.KEY, f"measured{number}"), source=harvesting.KEY, key=f"measured{number}", title=title, kind="video",
            tier="national", access="public", visibility=("pub",),
        )  # fmt: skip
        asyncio.run(catalog.apply(harvesting.KEY, [(record, None)]))
        began = time.perf_counter()
        while not _stands(client, title):
            time.sleep(0.01)
        longest = max(longest, time.perf_counter() - began)
    return longest


if __name__ == "__main__":
    sys.exit(main())
