"""Harvests one source in processes that kill themselves (SIGKILL) at given points. Arguments: database address, comma-separated points.

A point is the number of the database's round trip, statements and commits alike, at which the process dies. The source is read in full
first, then again after some of its items have changed, gone or become unreadable; each reading is begun anew until it is whole.
"""

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import event

from connectors.errors import CursorLost
from connectors.protocol import Collection
from harvest import harvest
from store.catalog import Catalog
from store.database import Database
from tests.harvest.shelf import NOW, Shelf, items, source_of

COUNT = 60


def readings() -> Iterator[Shelf]:
    """The source as it is first, and as it is later."""
    libraries = {str(n): {"id": str(n), "name": f"库 {n}"} for n in range(15)}
    yield Shelf({Collection.RESOURCES: items(COUNT, author={"name": "张三"}), Collection.LIBRARIES: libraries})
    later = items(COUNT, author={"name": "张三"})
    for n in range(0, COUNT, 7):
        del later[str(n)]
    for n in range(1, COUNT, 7):
        later[str(n)] |= {"title": f"改 {n}", "author": {"name": "李四"}}
    later["3"]["title"] = ""
    del libraries["4"]
    yield Shelf({Collection.RESOURCES: later, Collection.LIBRARIES: libraries}, fail_after=30, failure=CursorLost("token"))


async def run(url: str, shelf: Shelf, attempt: int, point: int | None) -> None:
    """Harvest once; die at `point`. Every attempt comes when the lease of the one before has run out."""
    database = Database.open(url)
    trips = itertools.count(1)

    def count(*_: object) -> None:
        if next(trips) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    for engine, name in itertools.product(database.engines, ("before_cursor_execute", "after_cursor_execute", "commit")):
        event.listen(engine, name, count)
    report = await harvest(source_of(shelf), Catalog(database, lambda: NOW + timedelta(minutes=10 * attempt)))
    await database.aclose()
    if report.error is not None:
        raise SystemExit(report.error)


def main(url: str, points: list[int]) -> None:
    """Read both readings to their ends, whatever dies on the way; say how many did."""
    attempt = killed = 0
    for shelf in readings():
        while True:
            attempt += 1
            process = os.fork()
            if process == 0:
                asyncio.run(run(url, shelf, attempt, points[attempt - 1] if attempt <= len(points) else None))
                os._exit(0)
            status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            if status == 0:
                break
            if status != -signal.SIGKILL:
                raise SystemExit(f"attempt {attempt} ended with {status}")
            killed += 1
    print(killed)


if __name__ == "__main__":
    main(sys.argv[1], [int(point) for point in sys.argv[2].split(",") if point])
