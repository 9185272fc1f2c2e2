"""Losers: upstream calls that nobody waits for any longer are cancelled here, a bounded number per source."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Reaper:
    """Cancels tasks without awaiting them: a slow `finally` in one source never holds the caller.

    A source with `bound` cancelled calls still unfinished is saturated and is not asked again until one of them ends.
    """

    def __init__(self, bound: int = 16) -> None:
        self._bound = bound
        self._dying: defaultdict[str, set[asyncio.Task[object]]] = defaultdict(set)

    def saturated(self, source: str) -> bool:
        """Tell whether too many cancelled calls to `source` have not ended yet."""
        return len(self._dying.get(source, ())) >= self._bound

    def reap(self, source: str, task: asyncio.Task[object]) -> None:
        """Cancel `task` and watch it to its end, in the background."""
        if task.done():
            _collect(task)
            return
        task.cancel()
        dying = self._dying[source]
        dying.add(task)
        task.add_done_callback(dying.discard)
        task.add_done_callback(_collect)

    async def aclose(self, patience: float = 2.0) -> None:
        """Wait for what is still dying, at most `patience` seconds."""
        left = [task for dying in self._dying.values() for task in dying]
        if left:
            await asyncio.wait(left, timeout=patience)


def _collect(task: asyncio.Task[object]) -> None:
    if not task.cancelled():
        task.exception()
