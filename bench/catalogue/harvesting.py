"""Harvest the catalogue from a local NDJSON feed in one process while another indexes it: `python -m bench.catalogue.harvesting ROLE …`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import orjson

from bench.catalogue.generator import LIBRARIES
from connectors.definition import Definition, parse_definition
from connectors.protocol import Batch, Collection, Item, Query, Supports
from harvest import HarvestSource, harvest
from resolvers.sources import bind
from store.catalog import Catalog
from store.changes import Changes
from store.database import Database
from store.identity import source_key
from store.search.directory import IndexDirectory
from store.search.index import SearchIndex
from store.search.indexer import Indexer
from store.sources import Sources

NAME = "catalogue"
KEY = source_key(NAME)
DEFINITION = Path(__file__).parents[1] / "definitions" / "catalogue.toml"
BATCH = 1000


def definition() -> Definition:
    """The source that the catalogue is registered as."""
    return parse_definition(DEFINITION.read_text("utf-8"))


def database(directory: Path) -> Database:
    """The store of the measurement."""
    return Database.open(f"sqlite+aiosqlite:///{directory}/data/catalog.sqlite3")


class Feed:
    """A local file of native items, one JSON object per line, behind the connector protocol; a position is a place in the file."""

    supports: Mapping[Collection, Supports] = {
        Collection.LIBRARIES: Supports(max_batch=BATCH),
        Collection.RESOURCES: Supports(max_batch=BATCH),
    }

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        if query.collection is Collection.LIBRARIES:
            names = [{"id": f"zyk{number:04}", "name": f"第{number + 1}专业教学资源库（示例）"} for number in range(LIBRARIES)]
            yield Batch([Item(each["id"], each) for each in names])
            return
        with self._path.open("rb") as lines:
            lines.seek(int(query.cursor or 0))
            while True:
                natives = [orjson.loads(line) for _, line in zip(range(BATCH), lines, strict=False)]
                yield Batch([Item(each["id"], each) for each in natives], str(lines.tell()) if len(natives) == BATCH else None)
                if len(natives) < BATCH:
                    return

    async def aclose(self) -> None:
        """Nothing is held open between reads."""


async def _harvest(directory: Path) -> None:
    store, said = database(directory), definition()
    await store.migrate()
    key = await Sources(store).register(DEFINITION.read_text("utf-8"), name=said.name, title=said.title)
    binding = bind(key, said, version=1, keys_by_name={NAME: key})
    report = await harvest(HarvestSource.of(said, binding, Feed(directory / "catalogue.ndjson")), Catalog(store))
    await store.aclose()
    print(report.line())
    sys.exit(1 if report.error or report.quarantined else 0)


async def _index(directory: Path) -> None:
    """Index until told to stop by the end of the standard input."""
    store = database(directory)
    await store.migrate()
    running = asyncio.create_task(Indexer(store, directory / "data" / "index").run())
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await store.aclose()


async def wait_until_indexed(directory: Path) -> None:
    """Return when everything that was written can be searched."""
    store, index = database(directory), SearchIndex(directory / "data" / "index")
    while True:
        latest = await Changes(store).latest()
        if IndexDirectory(directory / "data" / "index").current() is not None:
            await index.refresh()
        if index.holds(latest):
            break
        await asyncio.sleep(0.1)
    index.close()
    await store.aclose()


if __name__ == "__main__":
    asyncio.run({"harvest": _harvest, "index": _index}[sys.argv[1]](Path(sys.argv[2])))
