"""The indexer follows the log, begins from the tables, and makes anew what is damaged, while readers go on."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from store.catalog import Catalog
from store.changes import Changes
from store.database import Database
from store.ordering import Order
from store.record import Record
from store.search import indexer as module
from store.search import schema
from store.search.directory import IndexDirectory, verify
from store.search.errors import IndexUnavailable
from store.search.index import SearchIndex
from store.search.indexer import Indexer
from store.search.view import Question, View
from tests.store.conftest import SOURCE

KEYS = frozenset({"pub"})


async def until(met: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await met():  # noqa: ASYNC110 - what is waited for lies on the disk
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(indexer: Indexer, index: SearchIndex) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(indexer.run()), asyncio.create_task(index.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        index.close()


def total(text: str | None = None) -> Callable[[View], int]:
    return lambda view: view.count(Question(keys=KEYS, text=text))


async def found(index: SearchIndex, text: str | None, count: int) -> bool:
    with suppress(IndexUnavailable):
        return await index.ask(total(text)) == count
    return False


async def test_what_is_written_is_found_and_what_is_deleted_is_not(
    database: Database, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    catalog, index = Catalog(database), SearchIndex(tmp_path / "index")
    await catalog.apply(SOURCE, [(make_record(str(number)), None) for number in range(30)])
    with pytest.raises(IndexUnavailable):
        await index.ask(total())
    async with running(Indexer(database, tmp_path / "index"), index):
        await until(lambda: found(index, "数控", 30))
        await catalog.apply(SOURCE, [(make_record("3", title="量子烹饪"), None), (make_record("x", title="量子力学"), None)], gone=["4"])
        await until(lambda: found(index, "量子", 2))
        assert await index.ask(total("数控")) == 28
        assert await index.ask(total()) == 30


async def test_an_index_is_begun_from_the_tables_however_little_of_the_log_is_left(
    database: Database, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    catalog, index = Catalog(database), SearchIndex(tmp_path / "index")
    await catalog.apply(SOURCE, [(make_record(str(number)), None) for number in range(7)])
    await Indexer(database, tmp_path / "index").catch_up()
    await catalog.apply(SOURCE, [(make_record("8"), None), (make_record("9"), None)], gone=["0"])
    assert await Changes(database).forget(timedelta(0)) == 10
    indexer = Indexer(database, tmp_path / "index")
    await indexer.catch_up()
    await index.refresh()
    assert await index.ask(total()) == 8
    assert len(list((tmp_path / "index").glob("*.2"))) == 1, "the log had lost a change, so the index was made anew"
    index.close()


async def test_a_checkpoint_is_never_ahead_of_what_the_commit_holds(
    database: Database, make_record: Callable[..., Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog, index = Catalog(database), SearchIndex(tmp_path / "index")
    await catalog.apply(SOURCE, [(make_record(str(number)), None) for number in range(10)])
    await Indexer(database, tmp_path / "index").catch_up()
    await catalog.apply(SOURCE, [(make_record(str(number), title="换刀"), None) for number in range(10)])
    stopped = Indexer(database, tmp_path / "index")
    with monkeypatch.context() as patched:
        patched.setattr(module.IndexWriter, "commit", _no_space)
        with pytest.raises(OSError, match="No space"):
            await stopped.catch_up()
    await index.refresh()
    assert await index.ask(total("换刀")) == 0
    await Indexer(database, tmp_path / "index").catch_up()
    await index.refresh()
    assert await index.ask(total("换刀")) == 10
    index.close()


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def _remove(path: Path) -> None:
    shutil.rmtree(path)


def _spoil_meta(path: Path) -> None:
    for meta in path.glob("*/meta.json"):
        meta.write_text("{", encoding="utf-8")


def _replace_a_file(path: Path) -> None:
    for part in path.glob("*/*.term"):
        shuffled = bytes(reversed(part.read_bytes()))
        part.unlink()
        part.write_bytes(shuffled)


@pytest.mark.parametrize("harm", [_remove, _spoil_meta, _replace_a_file])
async def test_an_index_that_is_damaged_while_it_serves_is_made_anew_and_answers_meanwhile(
    database: Database, make_record: Callable[..., Record], tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    catalog, index = Catalog(database), SearchIndex(tmp_path / "index")
    await catalog.apply(SOURCE, [(make_record(str(number)), None) for number in range(20)])
    async with running(Indexer(database, tmp_path / "index"), index):
        await until(lambda: found(index, "数控", 20))
        harm(tmp_path / "index")
        assert await index.ask(total("数控")) == 20, "what was open keeps answering"
        await catalog.apply(SOURCE, [(make_record("later"), None)])
        await until(lambda: found(index, "数控", 21))
    current = IndexDirectory(tmp_path / "index").current()
    assert current is not None
    verify(current)


async def test_an_index_that_was_damaged_while_nobody_served_is_made_anew(
    database: Database, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    await Catalog(database).apply(SOURCE, [(make_record(str(number)), None) for number in range(20)])
    await Indexer(database, tmp_path / "index").catch_up()
    part = next((tmp_path / "index").glob("*/*.idx"))
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    await Indexer(database, tmp_path / "index").catch_up()
    index = SearchIndex(tmp_path / "index")
    await index.refresh()
    assert await index.ask(total("数控")) == 20
    assert not part.exists()
    index.close()


async def test_another_dictionary_makes_the_index_anew_beside_the_one_that_answers(
    database: Database, make_record: Callable[..., Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Catalog(database).apply(SOURCE, [(make_record(str(number)), None) for number in range(20)])
    await Indexer(database, tmp_path / "index").catch_up()
    index = SearchIndex(tmp_path / "index")
    await index.refresh()
    before = IndexDirectory(tmp_path / "index").current()
    monkeypatch.setattr("store.search.directory.version", lambda: f"{schema.LAYOUT}-other")
    await index.refresh()
    assert await index.ask(total()) == 20, "an index of the same layout answers until the new one is made"
    await Indexer(database, tmp_path / "index").catch_up()
    await index.refresh()
    after = IndexDirectory(tmp_path / "index").current()
    assert after is not None
    assert after != before
    assert "other" in after.name
    assert await index.ask(total()) == 20
    index.close()


async def test_a_rebuild_is_asked_of_the_process_that_holds_the_index(
    database: Database, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    await Catalog(database).apply(SOURCE, [(make_record(str(number)), None) for number in range(20)])
    index = SearchIndex(tmp_path / "index")
    directory = IndexDirectory(tmp_path / "index")
    async with running(Indexer(database, tmp_path / "index"), index):
        await until(lambda: found(index, None, 20))
        before = directory.current()
        assert not await Indexer(database, tmp_path / "index").rebuild()

        async def switched() -> bool:
            return directory.current() != before and not directory.rebuild_asked()

        await until(switched)
        await until(lambda: found(index, None, 20))
    told: list[tuple[int, int]] = []
    assert await Indexer(database, tmp_path / "index").rebuild(lambda done, of: told.append((done, of)))
    assert told[-1] == (20, 20)


async def test_a_reader_sees_one_commit_through_a_question(database: Database, make_record: Callable[..., Record], tmp_path: Path) -> None:
    catalog, index, indexer = Catalog(database), SearchIndex(tmp_path / "index"), Indexer(database, tmp_path / "index")
    await catalog.apply(SOURCE, [(make_record(str(number)), None) for number in range(20)])
    await indexer.catch_up()
    await index.refresh()
    view = await index.ask(lambda view: view)
    await catalog.apply(SOURCE, gone=[str(number) for number in range(20)])
    await Indexer(database, tmp_path / "index").catch_up()
    await index.refresh()
    assert len(view.walk(Question(keys=KEYS), Order.NEWEST, None, 50)) == 20
    assert await index.ask(total()) == 0
    index.close()


async def test_readers_see_whole_commits_while_they_are_made(
    database: Database, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    catalog, index = Catalog(database), SearchIndex(tmp_path / "index", 4)
    seen: list[list[tuple[int, int, int]]] = [[] for _ in range(8)]
    last = 40

    def look(view: View) -> tuple[int, int, int]:
        question = Question(keys=KEYS, text="数控")
        return view.checkpoint, view.hits(question).total, sum(count for _, count in view.facets(question, ["kind"], 5)[0].buckets)

    async def read(into: list[tuple[int, int, int]]) -> None:
        while not into or into[-1][0] < last:
            with suppress(IndexUnavailable):
                into.append(await index.ask(look))
            await asyncio.sleep(0)

    async with running(Indexer(database, tmp_path / "index"), index), asyncio.timeout(60):
        reading = [asyncio.create_task(read(into)) for into in seen]
        for number in range(last):
            await catalog.apply(SOURCE, [(make_record(str(number)), None)])
            await asyncio.sleep(0.02)
        await asyncio.gather(*reading)
    for each in seen:
        assert [checkpoint for checkpoint, _, _ in each] == sorted(checkpoint for checkpoint, _, _ in each)
        assert all(checkpoint == found == counted for checkpoint, found, counted in each), "one record for each row of the log"


class _Killed(BaseException):
    """Ends a rebuild as SIGKILL does: nothing is cleaned up."""


async def test_a_rebuild_that_was_interrupted_leaves_the_old_index_and_is_begun_again(
    database: Database, make_record: Callable[..., Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, catalog = IndexDirectory(tmp_path / "index"), Catalog(database)
    await catalog.apply(SOURCE, [(make_record(str(number)), None) for number in range(30)])
    await Indexer(database, tmp_path / "index").catch_up()
    before = directory.current()
    monkeypatch.setattr(module, "BATCH", 10)

    def interrupt(done: int, _: int) -> None:
        if done == 20:
            raise _Killed

    directory.ask_for_rebuild()
    with pytest.raises(_Killed):
        await Indexer(database, tmp_path / "index").rebuild(interrupt)
    assert directory.current() == before
    assert len(list((tmp_path / "index").glob("*/meta.json"))) == 2, "half an index lies beside"
    await catalog.apply(SOURCE, [(make_record("later"), None)], gone=["3", "4"])
    index = SearchIndex(tmp_path / "index")
    await index.refresh()
    assert await index.ask(total("数控")) == 30
    await Indexer(database, tmp_path / "index").catch_up()
    await index.refresh()
    assert await index.ask(total("数控")) == 29
    assert directory.current() != before
    assert not directory.rebuild_asked()
    assert [each for each in (tmp_path / "index").iterdir() if each.is_dir()] == [directory.current()]
    index.close()


FULL = """
import asyncio, logging, resource, signal, sys
from pathlib import Path
from store.database import Database
from store.search.indexer import Indexer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
async def main():
    complained = asyncio.Event()
    handler = logging.StreamHandler()
    handler.addFilter(lambda record: complained.set() or True)
    logging.getLogger("store.search").addHandler(handler)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
    database = Database.open(sys.argv[1])
    running = asyncio.create_task(Indexer(database, Path(sys.argv[2])).run())
    await complained.wait()
    assert not running.done()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    while not (Path(sys.argv[2]) / "current").exists():
        await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await database.aclose()
asyncio.run(asyncio.wait_for(main(), 80))
"""


async def test_a_full_disk_stops_the_index_until_there_is_space_again(make_record: Callable[..., Record], tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3"
    database = Database.open(url)
    await database.migrate()
    await Catalog(database).apply(SOURCE, [(make_record(f"k{number}"), None) for number in range(2000)])
    await database.aclose()
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "error", "-c", FULL, url, str(tmp_path / "index"), "40000"],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "free space" in done.stderr
    index = SearchIndex(tmp_path / "index")
    await index.refresh()
    assert await index.ask(total("数控")) == 2000
    index.close()


async def test_records_differ_and_the_index_tells_them_apart(
    database: Database, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    """Ten thousand copies of one title, and a summary of a megabyte."""
    same = make_record("0")
    await Catalog(database).apply(SOURCE, [(replace(make_record(str(number)), title=same.title), None) for number in range(2000)])
    await Catalog(database).apply(SOURCE, [(make_record("long", summary="数控" * 500_000), None)])
    await Indexer(database, tmp_path / "index").catch_up()
    index = SearchIndex(tmp_path / "index")
    await index.refresh()
    hits = await index.ask(lambda view: view.hits(Question(keys=KEYS, text=same.title)))
    assert (hits.total, len(set(hits.numbers))) == (2000, 1000)
    assert list(hits.numbers) == sorted(hits.numbers), "equal records keep their order"
    index.close()
