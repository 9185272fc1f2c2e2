"""A hub that takes what the agent pushes, and a school that it is pushed from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent import pushing
from tests.agent.schools import FEED, PART, School
from tests.transport.feeds.conftest import House, housed


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "hub").mkdir()
    async with housed(tmp_path / "hub", f"sqlite+aiosqlite:///{tmp_path}/hub/catalog.sqlite3", FEED) as served:
        yield served


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> School:
    monkeypatch.setattr(pushing, "PART_ROWS", PART)
    (tmp_path / "school").mkdir()
    made = School(tmp_path / "school")
    made.create()
    return made


@pytest.fixture
def feed(house: Any) -> tuple[str, str]:
    """The address of the feed, and its secret."""
    return f"{house.http.base_url}/feeds/college", house.secret
