"""What exactly one process does for all: harvest by schedule."""

from __future__ import annotations

import asyncio

from federation.federation import Federation
from federation.schedule import Schedule


async def work_in_background(federation: Federation) -> None:
    """Keep the catalog current until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(Schedule(federation).run())
