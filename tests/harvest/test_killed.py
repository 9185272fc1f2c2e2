"""A harvest that is killed at any moment resumes: nothing lost, nothing twice. `tests.harvest.killing` does it more often."""

import random
from pathlib import Path

from tests.harvest.killing import content, harvest_killed


async def test_the_content_after_kills_at_any_moment_is_that_of_an_uninterrupted_run(database_url: str, tmp_path: Path) -> None:
    uninterrupted = f"sqlite+aiosqlite:///{tmp_path}/uninterrupted.sqlite3"
    assert await harvest_killed(uninterrupted, []) == 0
    seed = random.randrange(2**32)
    print("seed", seed)
    dice = random.Random(seed)
    assert await harvest_killed(database_url, [dice.randrange(1, 200) for _ in range(12)]) >= 4
    assert await content(database_url) == await content(uninterrupted)
