"""Keeps the lease of a run alive while its source takes its time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from store.errors import LeaseLost
from store.harvests import Harvests, Run

_log = logging.getLogger(__name__)


@asynccontextmanager
async def renewing(harvests: Harvests, run: Run) -> AsyncIterator[None]:
    """Renew the lease of `run` three times in its length. A lease that is lost shows at the next batch, which holds it or fails."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(run.lease.total_seconds() / 3)
            try:
                await harvests.renew(run)
            except LeaseLost:
                return
            except Exception:  # noqa: BLE001 - whatever the database says, the next batch shows whether the lease still holds
                _log.exception("a lease could not be renewed")

    task = asyncio.create_task(renew())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
