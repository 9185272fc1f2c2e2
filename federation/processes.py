"""Child processes: started, watched, started again with growing pauses, and ended together."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a child that ended is started again: doubled each time, until one of them has lived for `STEADY` seconds."""

STEADY = 60.0

GRACE = 8.0
"""Seconds that children have to end in, after they were told to."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Role:
    """What one child does: `work` is called in it with `arguments` and with a function that tells the parent that it is ready.

    Everything is handed over by pickle; an open socket may be among the arguments.
    """

    name: str
    work: Callable[..., None]
    arguments: tuple[Any, ...] = ()


@dataclass(slots=True)
class _Child:
    role: Role
    process: SpawnProcess | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    started: float = 0.0
    pause: float = 0.0


class Supervisor:
    """Keeps one child for each role alive until it is told to stop.

    Children are new processes, not forks: nothing that the parent holds open is in them but what their role is given.
    A child learns of the parent's death by the end of the pipe that multiprocessing leaves between them (see `stopping`).
    """

    def __init__(self, roles: Sequence[Role]) -> None:
        self._spawn = multiprocessing.get_context("spawn")
        self._children = [_Child(role) for role in roles]
        self._starting = True

    async def run(self, stop: asyncio.Event, ready: Callable[[], None]) -> int:
        """Start the children, call `ready` when all of them are, and keep them alive until `stop`; the exit status for the parent.

        It is that of the first child which ends before all were ready, because whatever keeps it from starting is told there.
        """
        watching = [asyncio.create_task(self._watch(child)) for child in self._children]
        whole = asyncio.create_task(self._wait_until_ready(ready))
        stopped = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([*watching, stopped], return_when=asyncio.FIRST_COMPLETED)
            return next((task.result() for task in watching if task in done), 0)
        finally:
            for task in (*watching, whole, stopped):
                task.cancel()
            await asyncio.gather(*watching, whole, stopped, return_exceptions=True)
            await self._end()

    async def _wait_until_ready(self, ready: Callable[[], None]) -> None:
        for child in self._children:
            await child.ready.wait()
        self._starting = False
        ready()

    async def _watch(self, child: _Child) -> int:
        """Keep one child alive; return its status only where it ended before all were ready."""
        while True:
            status = await self._live(child)
            if self._starting:
                return max(status, 1)
            lived = time.monotonic() - child.started
            child.pause = SHORTEST_PAUSE if lived >= STEADY else min(max(2 * child.pause, SHORTEST_PAUSE), LONGEST_PAUSE)
            _log.error("the %s process ended (%s); it is started again in %.1f s", child.role.name, _told(status), child.pause)
            await asyncio.sleep(child.pause)

    async def _live(self, child: _Child) -> int:
        """Start a child and wait for its end; its exit status, negative for a signal."""
        ours, theirs = self._spawn.Pipe(duplex=False)
        process = self._spawn.Process(target=_enter, args=(child.role, theirs), name=f"huiju {child.role.name}")
        process.start()
        theirs.close()
        child.process, child.started = process, time.monotonic()
        try:
            telling = asyncio.create_task(_readable(ours.fileno()))
            ended = asyncio.create_task(_readable(process.sentinel))
            try:
                await asyncio.wait([telling, ended], return_when=asyncio.FIRST_COMPLETED)
                if telling.done() and _was_told(ours):
                    child.ready.set()
                await ended
            finally:
                telling.cancel()
                ended.cancel()
                await asyncio.gather(telling, ended, return_exceptions=True)
        finally:
            ours.close()
        process.join()
        return process.exitcode or 0

    async def _end(self) -> None:
        """Tell every child to end, and kill those that do not."""
        living = [child.process for child in self._children if child.process is not None and child.process.is_alive()]
        for process in living:
            process.terminate()
        ends = [asyncio.create_task(_readable(process.sentinel)) for process in living]
        if ends:
            await asyncio.wait(ends, timeout=GRACE)
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        for process in living:
            process.join(0.2)  # its pipe closes a moment before it has ended
            if process.is_alive():
                _log.error("the %s process did not end in %.0f s and is killed", process.name, GRACE)
                process.kill()
            process.join()


@asynccontextmanager
async def stopping() -> AsyncIterator[asyncio.Event]:
    """An event that is set by SIGTERM, by SIGINT, and in a child by the death of its parent, however that died."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    parent = multiprocessing.parent_process()
    orphaned = asyncio.create_task(_follow(parent.sentinel, stop)) if parent is not None else None
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
        if orphaned is not None:
            orphaned.cancel()
            await asyncio.gather(orphaned, return_exceptions=True)


async def _follow(parent: int, stop: asyncio.Event) -> None:
    await _readable(parent)
    _log.warning("the parent process is gone: this one ends too")
    stop.set()


async def _readable(descriptor: int) -> None:
    """Wait until there is something to read, or nothing ever will be."""
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, event.set)
    try:
        await event.wait()
    finally:
        loop.remove_reader(descriptor)


def _was_told(pipe: Connection) -> bool:
    try:
        return bool(pipe.recv())
    except EOFError:
        return False


def _enter(role: Role, parent: Connection) -> None:
    def ready() -> None:
        parent.send(True)

    role.work(*role.arguments, ready)


def _told(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
