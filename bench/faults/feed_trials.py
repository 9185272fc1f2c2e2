"""Feeds on trial: pushed to wrongly, looked at, and pushed to again as it should be. What is wrong is told in words."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.faults.feed_modes import MAX_BODY, MAX_COLUMNS, MAX_ROW, MAX_ROWS, FeedMode
from bench.faults.product import Server
from bench.faults.pusher import Pusher, Reply, Store, ndjson, rows
from bench.faults.shelf import COUNT, PAGE, content, shelf
from bench.faults.trials import HEALTHY, Answer, leaks

SHOWN = 15.0
"""Seconds in which a search must find what was pushed: two are promised, the rest is for a busy machine."""

_DOCUMENT = """
name = "{name}"
title = "{name}（示例）"
tier = "national"
connector = "feed"
mode = "push"
all_public = true
[connection]
{limits}
[resources]
identifier = "id"
op = {{ path = "op", delete = "delete", keep = "keep" }}
version = {{ path = "version", form = "number" }}
checks = {{ title = {{ required = true }} }}
mapping = {{ title = "title" }}
"""
_SMALL = f"max_body = {MAX_BODY}\nmax_rows = {MAX_ROWS}\nmax_row = {MAX_ROW}\nmax_columns = {MAX_COLUMNS}"


def feed_document(name: str, limits: str = _SMALL) -> str:
    """The definition of a feed."""
    return _DOCUMENT.format(name=name, limits=limits)


class PushedFeed:
    """A feed, pushed to in one wrong way."""

    kind = "feed"

    def __init__(self, mode: FeedMode) -> None:
        self.mode = mode.name
        self.alone = False
        self.name = f"feed-{mode.name}"
        self._mode = mode

    async def tried(self, server: Server, store: Store, directory: Path) -> list[str]:
        """Push what is sound, then what is not, and look; push what is sound again, and look. Nothing may be lost, doubled or leaked."""
        pusher = Pusher(self.name, server.port, store, await store.secret(self.name))
        first = await pusher.push_patiently(ndjson(rows(shelf(later=False), 1)), mode="snapshot")
        pusher.expect(first.statuses == {"accepted": COUNT}, f"the first push is answered {_said(first)}")
        self._judge(pusher, await self._mode.push(pusher))
        await self._look(pusher)
        await recovered(pusher, server, HEALTHY)
        return [*pusher.wrong, *leaked(pusher, directory)]

    def _judge(self, pusher: Pusher, reply: Reply) -> None:
        due = self._mode
        pusher.expect((reply.status, reply.code) == (due.status, due.code), f"{_said(reply)} where {due.status} {due.code} is due")
        pusher.expect(reply.rules == due.rules, f"rows are rejected by {dict(reply.rules)} where {dict(due.rules)} is due")
        if reply.status >= 400 and reply.code:
            pusher.expect(bool(reply.told.get("title")) and bool(reply.told.get("fix")), "it does not tell what to do")

    async def _look(self, pusher: Pusher) -> None:
        before, after = content(later=False), content(later=True)
        held = await pusher.store.held(self.name)
        if self._mode.kept:
            pusher.expect(held == before, "what was held is not what is held")
        if lost := (before.keys() & after.keys()) - held.keys():
            pusher.wrong.append(f"{len(lost)} records are lost")


async def recovered(pusher: Pusher, server: Server, *healthy: str) -> None:
    """Push the later shelf whole, twice: the content is that of an undisturbed push, and the second time changes nothing."""
    later, after = ndjson(rows(shelf(later=True), 5)), content(later=True)
    reply = await pusher.push_patiently(later, mode="snapshot")
    pusher.expect(reply.status == 200 and "rejected" not in reply.statuses, f"a sound push is then answered {_said(reply)}")
    again = await pusher.push_patiently(later, mode="snapshot")
    pusher.expect(again.statuses == {"unchanged": len(after)}, f"sent again, it comes to {dict(again.statuses)}")
    pusher.expect(await pusher.store.held(pusher.name) == after, "in the end the store does not hold what an undisturbed push gives")
    until = time.monotonic() + SHOWN
    while True:
        answer = Answer.read((await server.search(pusher.name, *healthy))[0])
        found = answer.records.get(pusher.name, ())
        if (dict(found) == after and len(found) == len(after)) or time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    pusher.expect(dict(found) == after and len(found) == len(after), f"in the end a search finds {len(found)} records")
    for name in healthy:
        pusher.expect(len(answer.records.get(name, ())) == PAGE, f"{name} is not whole")


def leaked(pusher: Pusher, directory: Path) -> list[str]:
    """What stands in any answer and must not."""
    return [problem for text in pusher.heard for problem in leaks(text, [*pusher.secrets, str(directory), "sqlite"])]


def _said(reply: Reply) -> str:
    return f"{reply.status} {reply.code} {dict(reply.statuses)}".strip()
