"""Feeds on trial on a server of their own: one that is killed in the middle of a push, and one whose memory is measured."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from bench.contenders import family
from bench.faults.feed_trials import feed_document, leaked, recovered
from bench.faults.product import Server, environment, peak_mb, serving
from bench.faults.pusher import CSV, NDJSON, Pusher, looked_at, ndjson, rows
from bench.faults.shelf import Entry, content, shelf
from bench.faults.trials import leaks
from bench.upstreams import LOOPBACK
from settings import Settings

FEW, MANY, MOST_MORE_MB = 10_000, 100_000, 64
"""Rows of a small and of a large table, and the MB that the large one may need more."""

_EXTRA = 1_200
_PATIENCE = 60.0


class LoneFeed:
    """A feed on a server of its own, which is tried when nobody else is."""

    kind = "feed"
    alone = True

    def __init__(self, mode: str, trial: Callable[[Pusher, Own], Awaitable[None]]) -> None:
        self.mode = mode
        self._trial = trial

    async def tried(self, directory: Path, settings: Mapping[str, str]) -> list[str]:
        """Try it: what is wrong."""
        name, place = f"feed-{self.mode}", directory / self.mode
        (place / "sources").mkdir(parents=True)
        (place / "sources" / f"{name}.toml").write_text(feed_document(name, ""), "utf-8")
        environ = environment(place, [], {**settings, "HUIJU_WORKERS": "1"})
        async with Own(environ, place) as own, looked_at(Settings.from_environment(environ).database_url) as store:
            pusher = Pusher(name, own.server.port, store, await store.secret(name))
            await self._trial(pusher, own)
            own.logs.append(own.server.log.read_text("utf-8", "replace"))
            told = [problem for log in own.logs for problem in leaks(log, pusher.secrets)]
            return [*pusher.wrong, *leaked(pusher, directory), *told]


class Own:
    """A server that may be killed; `logs` are those of the servers that were."""

    server: Server

    def __init__(self, environ: dict[str, str], directory: Path) -> None:
        self.logs: list[str] = []
        self._environ, self._directory = environ, directory
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Own:
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def killed(self) -> None:
        """Kill all its processes at once, by a signal that nobody can catch, and start it again."""
        for pid in family(self.server.pid):
            os.kill(pid, signal.SIGKILL)
        self.logs.append(self.server.log.read_text("utf-8", "replace"))
        await self._stack.aclose()
        await _silent(self.server.port)
        await self._start()

    async def _start(self) -> None:
        self.server = await self._stack.enter_async_context(serving(self._environ, self._directory))


async def _silent(port: int) -> None:
    """Wait until nobody listens: the kernel takes its time to end a process that was killed."""
    with suppress(ConnectionError):
        while True:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.close()
            await asyncio.sleep(0.05)


async def _killed(pusher: Pusher, own: Own) -> None:
    first = await pusher.push_patiently(ndjson(rows(shelf(later=False), 1)), mode="snapshot")
    before = shelf(later=False)
    extra = [Entry(f"x{number}", f"钳工 {number}", before[0].changed) for number in range(_EXTRA)]
    body = ndjson(rows([*shelf(later=True), *extra], 2))
    head = pusher.head(f"{NDJSON}; charset=utf-8", len(body), push="killed")
    sending = asyncio.create_task(pusher.speak(head, body[: len(body) * 3 // 4], _PATIENCE))
    until = time.monotonic() + _PATIENCE
    while True:
        if len(await pusher.store.held(pusher.name)) > len(before) + 200 or time.monotonic() > until:
            break
        await asyncio.sleep(0.05)
    await own.killed()
    pusher.expect((await sending).status == 0, "the push was answered before the server died")
    held = await pusher.store.held(pusher.name)
    pusher.expect(len(before) < len(held) < len(before) + _EXTRA, f"{len(held)} records are held where it was killed in the middle")
    pusher.expect(content(later=False).keys() <= held.keys(), "records are lost")
    again = await pusher.push_patiently(body, push="killed")
    due = {**content(later=False), **content(later=True), **{each.key: each.title for each in extra}}
    pusher.expect(await pusher.store.held(pusher.name) == due, "sent again, the content is not that of an undisturbed push")
    pusher.expect(again.statuses.keys() == {"accepted", "unchanged"}, f"sent again, it comes to {dict(again.statuses)}")
    pusher.expect(sum(again.statuses.values()) == len(extra) + len(content(later=True)), "the receipt does not list every row once")
    pusher.expect((await pusher.push(body, push="killed")).told == again.told, "the receipt is another the second time")
    pusher.expect(first.status == 200, "the first push was not taken")
    await pusher.push_patiently(ndjson([{"id": each.key, "op": "delete", "version": 3} for each in extra]))
    await recovered(pusher, own.server)


async def _large(pusher: Pusher, own: Own) -> None:
    """One row in ten has no title."""
    peaks = []
    for count in (FEW, MANY):
        lines = ("id,title,version\n", *(f"{n},{'' if n % 10 == 7 else f'数控编程 {n}'},1\n" for n in range(count)))
        reply = await pusher.push_patiently("".join(lines).encode(), CSV, receipt="problems")
        pusher.expect(
            reply.rules == {"value-missing": count // 10}, f"{count} rows are answered {reply.status} {reply.code} {dict(reply.rules)}"
        )
        summary = reply.told.get("summary", {})
        pusher.expect(summary.get("accepted", 0) + summary.get("unchanged", 0) == count * 9 // 10, f"of {count} rows not all are taken")
        peaks.append(peak_mb(own.server.pid)[0])
    pusher.expect(peaks[1] - peaks[0] < MOST_MORE_MB, f"{MANY} rows need {peaks[1]:.0f} MB where {FEW} need {peaks[0]:.0f}")
    pusher.expect(len(await pusher.store.held(pusher.name)) == MANY * 9 // 10, "not every row is held")
    pusher.heard.clear()  # a receipt of megabytes; what it may hold is looked at in small ones


LONE_FEEDS = (LoneFeed("killed", _killed), LoneFeed("hundred-thousand-rows", _large))
"""All of them."""
