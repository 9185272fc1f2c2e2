"""Ask for keys by a call each, some at a time, where a source has no call for many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from connectors.errors import SourceError, SourceMalformed
from connectors.protocol import Item, Key, Spoiled


async def one_by_one(
    keys: tuple[Key, ...], concurrency: int, fetch: Callable[[Key], Awaitable[Item | Spoiled | None]]
) -> list[Item | Spoiled]:
    """What `fetch` gives for every key, in order, absent ones left out. One answer that cannot be read spoils its own item alone.

    Raises SourceError where a call fails in another way, or where no answer at all can be read.
    """
    slots = asyncio.Semaphore(concurrency)

    async def one(key: Key) -> Item | Spoiled | SourceMalformed | None:
        async with slots:
            try:
                return await fetch(key)
            except SourceMalformed as error:
                return error

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(key)) for key in keys]
    except ExceptionGroup as errors:
        raise next((error for error in errors.exceptions if isinstance(error, SourceError)), errors) from errors
    found = [task.result() for task in tasks]
    failed = [each for each in found if isinstance(each, SourceMalformed)]
    if failed and len(failed) == len(found):
        raise failed[0]
    spoilt = [Spoiled(key, each.reason) if isinstance(each, SourceMalformed) else each for key, each in zip(keys, found, strict=True)]
    return [each for each in spoilt if each is not None]
