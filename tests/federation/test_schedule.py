"""The schedule: hours of the day and announced maintenance hold for runs that are under way, too, and these go on where they were."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from federation import schedule
from federation.federation import Federation, prepare
from federation.schedule import Schedule
from store.harvests import Harvests
from store.orders import Orders
from store.reader import Reader
from tests.connectors.loopback import Asked
from tests.federation.shelf import Library, library

ROWS = [{"id": str(n), "title": f"数控 {n}", "type": "v"} for n in range(50)]
PAGED = 'items = "list"\ntotal = "total"\nmax_batch = 10\npaging = { style = "page", size_param = "size", overlap = false }\nlist ='
NIGHT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


class Pages:
    """A library page by page, whose third page comes when it may."""

    def __init__(self, shelf: Library) -> None:
        self._shelf = shelf
        self.asked: list[int] = []
        self.third, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, asked: Asked) -> Any:
        page = asked.number("page", 1)
        self.asked.append(page)
        if page == 3:
            self.third.set()
            await self.go_on.wait()
        return {"total": len(self._shelf.rows), "list": self._shelf.rows[10 * page - 10 : 10 * page]}


class Clock:
    """What the schedule takes for the time; `looks` counts how often it has looked at what is due."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        self.now, self.looks = now, 0
        clock, read_orders = self, schedule.read_orders

        class Moved(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return clock.now.astimezone(tz)

        async def counted(database: Any) -> Orders:
            clock.looks += 1
            return await read_orders(database)

        monkeypatch.setattr(schedule, "datetime", Moved)
        monkeypatch.setattr(schedule, "read_orders", counted)
        monkeypatch.setattr(schedule, "LOOK_EVERY", 0.02)

    async def until(self, holds: Callable[[], Any]) -> None:
        for _ in range(3000):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it does not come")

    async def some_looks(self) -> None:
        before = self.looks
        await self.until(lambda: self.looks > before + 2)


@asynccontextmanager
async def scheduled(shelf: Library) -> AsyncIterator[Federation]:
    async with AsyncExitStack() as stack:
        await prepare(shelf.settings(), shelf.arrangement())
        federation = Federation(shelf.settings(), shelf.arrangement())
        await federation.open(stack)
        task = asyncio.create_task(Schedule(federation).run())
        try:
            yield federation
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_run_ends_with_its_hours_and_goes_on_at_its_last_batch_when_they_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch, NIGHT)
    async with library(tmp_path, ROWS) as shelf:
        shelf.more = 'timezone = "UTC"\nschedule = { hours = "01:00-02:00" }'
        shelf.replaced = {"list =": PAGED}
        shelf.answer = pages = Pages(shelf)
        async with scheduled(shelf) as federation:
            harvests, [source] = Harvests(federation.database), federation.harvested()
            await asyncio.wait_for(pages.third.wait(), 30)
            clock.now = NIGHT + timedelta(minutes=30)
            await clock.some_looks()
            [run] = await harvests.last_runs(source.key)
            assert (run.error, run.seen) == ("stopped: the next run goes on from the last batch", 20)
            pages.go_on.set()
            asked = list(pages.asked)
            await clock.some_looks()
            assert pages.asked == asked == [1, 2, 3]
            clock.now = NIGHT + timedelta(days=1)
            await clock.until(lambda: 5 in pages.asked)
            reader = Reader(federation.database, frozenset({"pub"}))
            for _ in range(3000):
                if await reader.count() == 50:
                    break
                await asyncio.sleep(0.01)
            assert (await reader.count(), pages.asked) == (50, [1, 2, 3, 3, 4, 5])


async def test_nobody_is_asked_during_announced_maintenance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, NIGHT)
    async with library(tmp_path, ROWS) as shelf:
        shelf.more = 'timezone = "UTC"\nmaintenance = [{ from = 2026-11-24T01:00:00Z, to = 2026-11-24T03:00:00Z }]'
        shelf.replaced = {"list =": PAGED}
        shelf.answer = pages = Pages(shelf)
        pages.go_on.set()
        async with scheduled(shelf):
            await clock.some_looks()
            assert pages.asked == []
            clock.now = NIGHT + timedelta(hours=2)
            await clock.until(lambda: 5 in pages.asked)
