"""Harvests on demand, as `huiju harvest NAME` does but in one process: a name per line of standard input, a report per line of output.

`met` in a report tells that another process was harvesting that source when this one began.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import AsyncExitStack

import orjson

from federation import Federation, arrange, harvest_source
from settings import Settings
from store.errors import LeaseHeld


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
    met = False
    try:
        while True:
            try:
                report: object = await harvest_source(federation, federation.harvested(name)[0])
                break
            except LeaseHeld:  # the server's schedule has looked while the run before was under way
                met = True
                await asyncio.sleep(0.2)
    except Exception as error:
        logging.exception("%s could not be harvested", name)
        report = {"name": name, "error": f"internal: {type(error).__name__}", "resumed": False, "quarantined": 0}
    print(orjson.dumps({"met": met, **orjson.loads(orjson.dumps(report))}).decode(), flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    asyncio.run(_main())
