"""An indexer killed (SIGKILL) at any moment: nothing is lost, nothing stands twice.

A hundred times: `KILLS=100 .venv/bin/pytest -s tests/store/search/test_killed.py`.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from store.catalog import Catalog
from store.database import Database
from store.ordering import Order
from store.record import Record
from store.search.index import SearchIndex
from store.search.indexer import Indexer
from store.search.schema import FACETS
from store.search.view import Question
from tests.store.conftest import SOURCE

KILLS = int(os.environ.get("KILLS", "4"))
ROOT = Path(__file__).parents[3]
KEYS = frozenset({"pub"})


async def _content(index: SearchIndex) -> object:
    question = Question(keys=KEYS)
    return await index.ask(lambda view: (view.walk(question, Order.NEWEST, None, 100_000), view.facets(question, FACETS, 100)))


async def test_an_indexer_killed_at_any_moment_loses_nothing(make_record: Callable[..., Record], tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")
    random = Random(seed)
    url = f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3"
    database = Database.open(url)
    await database.migrate()
    catalog = Catalog(database)
    for _ in range(KILLS):
        command = (sys.executable, "-m", "tests.store.search.killed", url, str(tmp_path / "index"))
        child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        assert child.stdout is not None
        await child.stdout.readline()
        until = asyncio.get_running_loop().time() + random.uniform(0, 1.5)
        while asyncio.get_running_loop().time() < until:
            changed = [make_record(str(random.randrange(400)), title=f"数控 {random.randrange(10**6)}") for _ in range(40)]
            await catalog.apply(SOURCE, [(record, None) for record in changed], gone=[str(random.randrange(400)) for _ in range(8)])
        child.send_signal(signal.SIGKILL)
        await child.wait()
    interrupted, whole = tmp_path / "index", tmp_path / "whole"
    found = []
    for directory in (interrupted, whole):
        await Indexer(database, directory).catch_up()
        index = SearchIndex(directory)
        await index.refresh()
        found.append(await _content(index))
        index.close()
    assert found[0] == found[1]
    assert len(found[0][0]) == len(set(found[0][0])) > 100  # type: ignore[index]
    await database.aclose()
