"""A gate that lets the lists of one request go on together, so that what they name is loaded in one call per source and level."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Gate:
    """Counts lists under way; a list that is ready waits for the others, at most `grace` seconds."""

    def __init__(self, grace: float = 0.25) -> None:
        self._grace = grace
        self._under_way = 0
        self._together = asyncio.Event()

    @asynccontextmanager
    async def level(self) -> AsyncIterator[None]:
        """Do the work of one list in this block; leaving it waits for the others of the level."""
        self._under_way += 1
        self._together.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                self._together.set()
        if self._under_way:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._grace):
                    await self._together.wait()
