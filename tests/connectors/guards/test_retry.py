"""Retry: once more where it may help, from where it stood, and never where it cannot."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from connectors.errors import SourceError
from connectors.guards import HARVEST_RETRY, LIVE_RETRY, Retried, Retry
from connectors.protocol import Query
from tests.connectors.guards.shelf import DOCUMENT, ROWS, shelf
from tests.connectors.loopback import HALF, RESET, Answer, Asked, keys, opened, read, serving


def failing(*numbers: int, answer: object) -> Callable[[Asked], object]:
    """Answers so, in place of the rows, to the calls of these numbers."""
    count = iter(range(1000))
    return lambda asked: answer if next(count) in numbers else shelf(asked)


@pytest.mark.parametrize(
    "answer", [RESET, HALF, Answer("", 503), Answer("", 500), Answer("", 429)], ids=["reset", "half", "503", "500", "429"]
)
async def test_what_failed_on_the_way_is_asked_once_more_from_where_it_stood(answer: object) -> None:
    async with serving() as upstream:
        upstream.handler = failing(0, 2, answer=answer)
        async with opened(upstream, DOCUMENT) as connector:
            batches = await read(Retried(connector, LIVE_RETRY), Query(limit=10))
    assert keys(batches) == [str(row["id"]) for row in ROWS]
    assert len(upstream.asked) == 5


async def test_a_live_source_is_asked_twice_at_most() -> None:
    async with serving() as upstream:
        upstream.handler = lambda _: RESET
        async with opened(upstream, DOCUMENT) as connector:
            with pytest.raises(SourceError, match="reset"):
                await read(Retried(connector, LIVE_RETRY))
    assert len(upstream.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [Answer("", 401), Answer(b"<html>"), Answer("", 400), Answer("", 503, (("Retry-After", "30"),))],
    ids=["401", "html", "400", "503 with a long Retry-After"],
)
async def test_what_asking_again_does_not_cure_is_asked_once(answer: object) -> None:
    async with serving() as upstream:
        upstream.handler = lambda _: answer
        async with opened(upstream, DOCUMENT) as connector:
            with pytest.raises(SourceError):
                await read(Retried(connector, LIVE_RETRY))
    assert len(upstream.asked) == 1


async def test_a_harvest_waits_as_long_as_the_source_says(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def noted(seconds: float) -> None:
        waited.append(seconds)

    async with serving() as upstream:
        upstream.handler = failing(1, 2, answer=Answer("", 503, (("Retry-After", "120"),)))
        async with opened(upstream, DOCUMENT) as connector:
            monkeypatch.setattr("connectors.guards.retry.asyncio", SimpleNamespace(sleep=noted))
            batches = await read(Retried(connector, HARVEST_RETRY), Query(limit=10))
            monkeypatch.undo()
    assert keys(batches) == [str(row["id"]) for row in ROWS]
    assert waited == [120.0, 120.0]


async def test_a_short_retry_after_is_honoured_by_a_live_read() -> None:
    async with serving() as upstream:
        upstream.handler = failing(0, answer=Answer("", 429, (("Retry-After", "1"),)))
        async with opened(upstream, DOCUMENT) as connector:
            started = time.monotonic()
            await read(Retried(connector, Retry(attempts=2, pause=0.0, patience=1.5)), Query(limit=10))
    assert time.monotonic() - started >= 1.0
