"""One execution for equal questions of anonymous callers that are asked at the same moment: a crowd costs what one caller costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

WINDOW = 0.25
"""Seconds after its start in which an execution can be joined: whoever comes later has nearly his whole time left and asks anew."""


class Flights(Generic[T]):
    """Executions under way, by everything that decides their answer."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _Flight[T]] = {}

    async def share(self, key: Hashable, execute: Callable[[], Awaitable[T]]) -> T:
        """The answer of the execution of `key` that is under way, or that of `execute`.

        The first caller executes. Where that ends without an answer, because he was cancelled or it failed, the others do it themselves.
        """
        flight = self._under_way.get(key)
        if flight is not None and monotonic() - flight.began <= WINDOW:
            answer = await flight.wait()
            return answer if answer is not None else await execute()
        flight = self._under_way[key] = _Flight()
        try:
            flight.answer = await execute()
            return flight.answer
        finally:
            if self._under_way.get(key) is flight:
                del self._under_way[key]
            flight.land()


class _Flight(Generic[T]):
    def __init__(self) -> None:
        self.began = monotonic()
        self.answer: T | None = None
        self._waiting: list[asyncio.Future[None]] = []

    async def wait(self) -> T | None:
        """The answer, None where there will be none."""
        landing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(landing)
        await landing
        return self.answer

    def land(self) -> None:
        for landing in self._waiting:
            if not landing.done():
                landing.set_result(None)
