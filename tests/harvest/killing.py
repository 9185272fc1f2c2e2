"""Kill the harvesting process at random moments and compare what is left with an uninterrupted run. Anybody can run it:

    python -m tests.harvest.killing [--kills 100] [--seed N] [--database URL]

Without a database it makes SQLite files of its own. It prints the seed, which repeats a run exactly, and ends with 1 where something
differs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from store.database import Database
from store.rows import unpack
from store.tables import (
    changes,
    harvest_runs,
    harvest_seen,
    harvest_states,
    libraries,
    metadata,
    payloads,
    quarantine,
    record_terms,
    records,
)

ROOT = Path(__file__).parents[2]
AT_ONCE = 12
"""Kills on one store, at most: its readings are at their ends soon after."""


async def harvest_killed(url: str, points: list[int]) -> int:
    """Harvest into an empty store, dying at the given points; how often it died."""
    database = Database.open(url)
    await database.migrate()
    async with database.begin_write() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name != "audit_events":  # it refuses to forget
                await connection.execute(table.delete())
    await database.aclose()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.harvest.killed", url, ",".join(map(str, points))),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    if process.returncode != 0:
        raise AssertionError(errors.decode())
    return int(out)


async def content(url: str) -> dict[str, Any]:
    """What the catalog holds, without the numbers and moments that differ from run to run."""
    database = Database.open(url)
    async with database.begin_read() as connection:

        async def rows(statement: Any) -> list[tuple[Any, ...]]:
            return sorted(tuple(row) for row in await connection.execute(statement))

        native = select(records.c.key, payloads.c.native).join(payloads, payloads.c.record == records.c.number)
        found = {
            "records": await rows(select(records.c.id, records.c.hash, records.c.title_key)),
            "terms": await rows(
                select(records.c.id, record_terms.c.field, record_terms.c.value).join(records, records.c.number == record_terms.c.record)
            ),
            "natives": [(key, unpack(packed)) for key, packed in await rows(native)],
            "libraries": await rows(select(libraries.c.id, libraries.c.hash)),
            "quarantine": await rows(select(quarantine.c.collection, quarantine.c.key, quarantine.c.field)),
            "changes": Counter(await rows(select(changes.c.record, changes.c.op, changes.c.public))),
            "seen": await rows(select(harvest_seen.c.key)),
            "window": await rows(select(harvest_states.c.since, harvest_states.c.lease_owner, harvest_states.c.run_started)),
            "unfinished": await rows(select(harvest_runs.c.number).where(harvest_runs.c.finished.is_(None))),
        }
    await database.aclose()
    return found


async def _main(kills: int, seed: int, url: str | None) -> int:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as directory:
        fresh = (f"sqlite+aiosqlite:///{directory}/{number}.sqlite3" for number in range(kills + 1))
        wanted = url or next(fresh)
        await harvest_killed(wanted, [])
        whole = await content(wanted)
        killed = stores = 0
        while killed < kills:
            store = url or next(fresh)
            killed += await harvest_killed(store, [dice.randrange(1, 200) for _ in range(min(AT_ONCE, kills - killed))])
            stores += 1
            found = await content(store)
            if found != whole:
                print("differs:", ", ".join(name for name in whole if found[name] != whole[name]))
                return 1
    print(f"killed {killed} times over {stores} stores: 0 lost, 0 doubled")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--database", help="an address of an empty PostgreSQL or SQLite database, which is emptied")
    given = parser.parse_args()
    print("seed", given.seed, flush=True)
    raise SystemExit(asyncio.run(_main(given.kills, given.seed, given.database)))
