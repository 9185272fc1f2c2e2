"""A source that flaps, from the outside: left alone while it fails, tried at nobody's cost, and back within one interval."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from tests.connectors.loopback import RESET, Asked, Upstream, serving
from tests.federation.nodes import REST, Node, node

COOLDOWN = 0.5
BREAKER = f"[breaker]\nleast = 4\ncooldown = {COOLDOWN}"
LIST = "{ search(first: 5) { nodes { title } outcomes { status code message(lang: EN) asOf } } }"
HEALTH = '{ source(name: "flapping") { health { state breaker errorRate lastFailure { code } } } }'


def rows(_asked: Asked) -> Any:
    return {"total": 1, "list": [{"id": 1, "title": "护理"}]}


async def outcome(served: Node) -> tuple[str, str | None]:
    (found,) = (await served.data(LIST))["search"]["outcomes"]
    return found["status"], found["code"]


async def health(served: Node) -> dict[str, Any]:
    found: dict[str, Any] = (await served.data(HEALTH))["source"]["health"]
    return found


async def until(served: Node, wanted: str) -> int:
    """Ask until the source's outcome is `wanted`; how often it was another."""
    others = 0
    async with asyncio.timeout(20):
        while (await outcome(served))[0] != wanted:
            others += 1
            await asyncio.sleep(0.02)
    return others


def definition(upstream: Upstream, more: str = "") -> dict[str, str]:
    return {"flapping": REST.format(name="flapping", url=upstream.url, more=f"{BREAKER}\n{more}")}


async def test_a_source_that_flaps_is_left_alone_tried_once_in_an_interval_and_found_again(tmp_path: Path) -> None:
    async with serving() as upstream:
        upstream.handler = rows
        async with node(tmp_path, definition(upstream), HUIJU_ALLOW_PRIVATE=f"127.0.0.1/32:{upstream.port}") as served:
            assert await outcome(served) == ("OK", None)
            for _ in range(2):
                upstream.handler = lambda _: RESET
                while (await health(served))["breaker"] == "CLOSED":
                    assert await outcome(served) == ("UNAVAILABLE", "SOURCE_UNAVAILABLE")
                told = await health(served)
                assert (told["state"], told["lastFailure"]) == ("DOWN", {"code": "SOURCE_UNAVAILABLE"})
                # While it is open nothing is asked, and after each interval one call is.
                began, before, answers = time.monotonic(), len(upstream.asked), 0
                while time.monotonic() - began < 2.2 * COOLDOWN:
                    assert (await outcome(served))[0] == "UNAVAILABLE"
                    answers += 1
                tried = len(upstream.asked) - before
                assert answers > tried
                assert tried <= (time.monotonic() - began) / COOLDOWN + 1
                # It is back: the first call that tries finds out, and closes the breaker.
                upstream.handler, before = rows, len(upstream.asked)
                recovering = time.monotonic()
                await until(served, "OK")
                # Twice where the call that tried took longer than its caller waited for it.
                assert len(upstream.asked) - before <= 2
                assert time.monotonic() - recovering < COOLDOWN + 10  # an interval, and a slow machine
                assert (await health(served))["breaker"] == "CLOSED"


async def test_who_meets_a_source_that_hangs_again_after_its_pause_does_not_wait_for_it(tmp_path: Path) -> None:
    async with serving() as upstream:
        upstream.handler = lambda _: RESET
        silence, arrived = asyncio.Event(), asyncio.Event()

        async def silent(asked: Asked) -> Any:
            arrived.set()
            await silence.wait()
            return rows(asked)

        async with node(tmp_path, definition(upstream), HUIJU_ALLOW_PRIVATE=f"127.0.0.1/32:{upstream.port}") as served:
            while (await health(served))["breaker"] == "CLOSED":
                await outcome(served)
            upstream.handler = silent
            async with asyncio.timeout(20):
                while not arrived.is_set():
                    (found,) = (await served.data(LIST))["search"]["outcomes"]
                    assert (found["status"], found["message"]) == ("UNAVAILABLE", "the source kept failing and is not asked for a moment")
            # The one who tries it was answered while it hangs; the call itself is still under way.
            assert upstream.under_way == 1
            silence.set()
            await until(served, "OK")


async def test_a_copy_stands_in_while_the_source_is_tried(tmp_path: Path) -> None:
    async with serving() as upstream:
        upstream.handler = rows
        sources = definition(upstream, '[cache]\nstale = "1h"')
        async with node(tmp_path, sources, HUIJU_ALLOW_PRIVATE=f"127.0.0.1/32:{upstream.port}") as served:
            assert await outcome(served) == ("OK", None)
            upstream.handler = lambda _: RESET
            for _ in range(8):
                page = (await served.data(LIST))["search"]
                assert [each["title"] for each in page["nodes"]] == ["护理"]
                assert page["outcomes"][0]["status"] == "STALE"
                assert page["outcomes"][0]["asOf"]
            assert (await health(served))["breaker"] == "OPEN"
            upstream.handler = rows
            await until(served, "OK")
