"""A harvest that is killed at any moment resumes: nothing lost, nothing twice."""

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from store.database import Database
from store.rows import unpack
from store.tables import changes, harvest_runs, harvest_seen, harvest_states, libraries, payloads, quarantine, record_terms, records

ROOT = Path(__file__).parents[2]


async def _harvest_killed(url: str, points: list[int]) -> int:
    database = Database.open(url)
    await database.migrate()
    await database.aclose()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.harvest.killed", url, ",".join(map(str, points))),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return int(out)


async def _content(url: str) -> dict[str, Any]:
    """What the catalog holds, without the numbers and moments that differ from run to run."""
    database = Database.open(url)
    async with database.begin_read() as connection:

        async def rows(statement: Any) -> list[tuple[Any, ...]]:
            return sorted(tuple(row) for row in await connection.execute(statement))

        native = select(records.c.key, payloads.c.native).join(payloads, payloads.c.record == records.c.number)
        content = {
            "records": await rows(select(records.c.id, records.c.hash, records.c.title_key)),
            "terms": await rows(
                select(records.c.id, record_terms.c.field, record_terms.c.value).join(records, records.c.number == record_terms.c.record)
            ),
            "natives": [(key, unpack(packed)) for key, packed in await rows(native)],
            "libraries": await rows(select(libraries.c.id, libraries.c.hash)),
            "quarantine": await rows(select(quarantine.c.collection, quarantine.c.key, quarantine.c.field)),
            "changes": Counter(await rows(select(changes.c.record, changes.c.op))),
            "seen": await rows(select(harvest_seen.c.key)),
            "window": await rows(select(harvest_states.c.since, harvest_states.c.lease_owner, harvest_states.c.run_started)),
            "unfinished": await rows(select(harvest_runs.c.number).where(harvest_runs.c.finished.is_(None))),
        }
    await database.aclose()
    return content


@pytest.fixture
async def uninterrupted(tmp_path: Path) -> dict[str, Any]:
    url = f"sqlite+aiosqlite:///{tmp_path}/uninterrupted.sqlite3"
    assert await _harvest_killed(url, []) == 0
    return await _content(url)


async def test_the_content_after_kills_at_any_moment_is_that_of_an_uninterrupted_run(
    database_url: str, uninterrupted: dict[str, Any]
) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    dice = random.Random(seed)
    assert await _harvest_killed(database_url, [dice.randrange(1, 200) for _ in range(12)]) >= 4
    assert await _content(database_url) == uninterrupted
