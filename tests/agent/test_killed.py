"""An agent that is killed at any moment goes on where it was: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from store.tables import changes
from tests.agent.schools import School
from tests.transport.feeds.conftest import House

ROOT = Path(__file__).parents[2]
SEEN = frozenset({"pub", "s:4133010001", "r:teacher@s:4133010001"})


async def _push_killed(school: School, feed: tuple[str, str], points: list[int]) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.agent.killed", *feed, str(school.directory), ",".join(map(str, points))),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return int(out)


async def _changes(house: House) -> Counter[str]:
    async with house.database.begin_read() as connection:
        return Counter((await connection.execute(select(changes.c.op))).scalars())


async def test_pushes_that_are_killed_at_any_moment_end_as_one_that_was_not(house: House, school: School, feed: tuple[str, str]) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    dice = random.Random(seed)
    school.add(*range(40))
    killed = await _push_killed(school, feed, [dice.randrange(1, 60) for _ in range(7)])
    assert set(await house.held(SEEN)) == {f"A/{n}" for n in range(40)}
    school.add(*range(0, 40, 3), title="改 {n}")
    school.write("UPDATE resource SET gone = 1, changed = datetime('now') WHERE no IN ('A/1', 'A/2')")
    school.write("UPDATE resource SET title = '' WHERE no = 'A/4'")
    killed += await _push_killed(school, feed, [dice.randrange(1, 40) for _ in range(5)])
    assert killed >= 4
    held = await house.held(SEEN)
    assert set(held) == {f"A/{n}" for n in range(40)} - {"A/1", "A/2"}
    assert {key for key, record in held.items() if record.title.startswith("改")} == {f"A/{n}" for n in range(0, 40, 3)}
    assert await _changes(house) == {"upsert": 40 + 14, "delete": 2}
    final = await school.push(*feed, full=True)
    assert final.error is None
    assert final.swept == final.counts["accepted"] == final.counts["deleted"] == 0
    assert len(final.refused) == 1
