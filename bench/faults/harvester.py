"""Harvests on demand, as `huiju harvest NAME` does but in one process: a name per line of standard input, a report per line of output."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import AsyncExitStack

import orjson

from federation import Federation, arrange, harvest_source
from settings import Settings


async def _main() -> None:
    settings = Settings.from_environment()
    async with AsyncExitStack() as stack:
        federation = Federation(settings, arrange(settings))
        await federation.open(stack)
        print("ready", flush=True)
        async with asyncio.TaskGroup() as running:
            while name := (await asyncio.to_thread(sys.stdin.readline)).strip():
                running.create_task(_harvest(federation, name))


async def _harvest(federation: Federation, name: str) -> None:
    report = await harvest_source(federation, federation.harvested(name)[0], confirm=False)
    print(orjson.dumps(report).decode(), flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    asyncio.run(_main())
