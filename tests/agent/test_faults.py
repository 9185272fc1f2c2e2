"""Between the agent and the hub everything may break: nothing is lost, nothing is doubled, and what goes on is told."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent import StateHeld
from agent import hub as hub_module
from egress import Bounds
from tests.agent.authority import certify
from tests.agent.schools import FEED, School
from tests.connectors.loopback import Answer, Asked, serving
from tests.transport.feeds.conftest import House, housed

SEEN = frozenset({"pub", "s:4133010001", "r:teacher@s:4133010001"})
Feed = tuple[str, str]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "FIRST_WAIT", 0.05)


@dataclass
class Between:
    """What stands between the agent and the hub: cuts connections after some bytes, or takes none, as `cuts` says for each in turn."""

    target: int
    cuts: list[int] = field(default_factory=list)
    port: int = 0
    connected: int = 0
    tunnels: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    refuse: bool = False

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        left = self.cuts.pop(0) if self.cuts else None
        if left == 0:
            writer.transport.abort()
            return
        there = await asyncio.open_connection("127.0.0.1", self.target)
        await _pump(reader, writer, *there, left)

    async def proxy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """CONNECT (RFC 9110 §9.3.6), and nothing else."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split(" ", 2)
        if method != "CONNECT" or self.refuse:
            self.plain.append(head)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        self.tunnels.append(target)
        there = await asyncio.open_connection("127.0.0.1", int(target.rpartition(":")[2]))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _pump(reader, writer, *there, None)


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamReader, there: asyncio.StreamWriter, left: int | None
) -> None:
    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, bound: int | None) -> None:
        while data := await source.read(4096):
            if bound is not None and (bound := bound - len(data)) <= 0:
                writer.transport.abort()
                there.transport.abort()
                return
            target.write(data)
            await target.drain()
        target.close()

    with suppress(ConnectionError, asyncio.CancelledError):
        await asyncio.gather(copy(reader, there, left), copy(back, writer, None))
    writer.close()
    there.close()


@asynccontextmanager
async def between(target: int, *cuts: int, proxy: bool = False) -> AsyncIterator[Between]:
    stands = Between(target, list(cuts))
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await (stands.proxy if proxy else stands.relay)(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    stands.port = server.sockets[0].getsockname()[1]
    try:
        yield stands
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def port_of(house: House) -> int:
    return house.http.base_url.port or 0


async def test_a_network_that_is_cut_in_the_middle_of_parts_loses_nothing(house: House, school: School, feed: Feed) -> None:
    dice = random.Random(seed := random.randrange(2**32))
    print("seed", seed)
    school.add(*range(45))
    waits: list[str] = []
    async with between(port_of(house), *(dice.randrange(0, 3000) for _ in range(6))) as cut:
        report = await school.push(f"http://127.0.0.1:{cut.port}/feeds/college", feed[1], waiting=lambda reason, _: waits.append(reason))
        assert report.clean, report
        assert cut.connected > 6 or not cut.cuts
    assert waits
    assert len(await house.held(SEEN)) == 45
    assert (await school.push(f"http://127.0.0.1:{cut.port}/feeds/college", "x", patience=0)).error is not None


async def test_a_hub_that_stays_away_is_waited_for_and_then_left_for_the_next_push(house: House, school: School, feed: Feed) -> None:
    school.add(*range(25))
    async with between(port_of(house), *[0] * 1000) as cut:
        url, waits = f"http://127.0.0.1:{cut.port}/feeds/college", []
        report = await school.push(url, feed[1], patience=0.6, waiting=lambda _, seconds: waits.append(seconds))
        assert report.error is not None
        assert waits == sorted(waits)
        assert waits[1] >= 2 * waits[0]
        cut.cuts.clear()
        resumed = await school.push(url, feed[1])
    assert resumed.clean
    assert resumed.resumed
    assert len(await house.held(SEEN)) == 25


async def test_a_hub_that_asks_for_time_is_given_it(school: School) -> None:
    answers = [Answer({}, status=429, headers=(("Retry-After", "1"),)), Answer({}, status=503)]
    summary = {"accepted": 0, "unchanged": 0, "stale": 0, "deleted": 0, "rejected": 0, "deleted_by_snapshot": 0}

    def hub(_asked: Asked) -> Any:
        return answers.pop(0) if answers else {"summary": summary, "rows": []}

    waits: list[float] = []
    async with serving() as upstream:
        upstream.handler = hub
        report = await school.push(f"{upstream.url}/feeds/college", "hjp_secret", waiting=lambda _, seconds: waits.append(seconds))
    assert report.clean, report
    assert waits[0] == 1.0
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(b"<html>portal</html>", headers=(("Content-Type", "text/html"),)), "no feed of Huiju"),
        (Answer({"hello": 1}), "no feed of Huiju"),
        (
            Answer({"code": "collection", "title": "the definition has no libraries", "fix": "there are resources"}, status=404),
            "there are res",
        ),
        (Answer(b"nothing", status=404), "HTTP 404"),
        (Answer({}, status=307, headers=(("Location", "http://192.0.2.1/feeds/college"),)), "redirects a request body"),
    ],
    ids=["page", "json", "problem", "404", "redirect"],
)
async def test_what_is_no_feed_is_told_at_once(school: School, answer: Answer, words: str) -> None:
    async with serving() as upstream:
        upstream.handler = lambda _asked: answer
        report = await school.push(f"{upstream.url}/feeds/college", "hjp_secret", patience=0.2)
    assert report.error is not None
    assert words in report.error
    assert "hjp_secret" not in repr(report)


async def test_a_wrong_secret_is_told_and_nothing_is_lost(house: House, school: School, feed: Feed) -> None:
    school.add(*range(12))
    report = await school.push(feed[0], "hjp_wrong")
    assert report.error is not None
    assert "huiju source secret" in report.error
    assert (await school.push(*feed)).clean
    assert len(await house.held(SEEN)) == 12


async def test_a_secret_that_is_changed_meanwhile_is_read_again(house: House, school: School, feed: Feed) -> None:
    school.add(*range(12))
    given = iter(["hjp_of_yesterday"])
    report = await school.push(feed[0], lambda: next(given, feed[1]))
    assert report.clean, report


async def test_a_hub_that_is_restarted_in_the_middle_of_a_push_takes_it_to_its_end(school: School, tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    hub = (tmp_path / "hub", f"sqlite+aiosqlite:///{tmp_path}/hub/catalog.sqlite3", FEED)
    school.add(*range(60))
    arrived = asyncio.Event()
    school.progress = _Telling(arrived, 3)
    async with between(0) as stands:
        async with housed(*hub) as first:
            stands.target, secret = port_of(first), first.secret
            pushing = asyncio.create_task(school.push(f"http://127.0.0.1:{stands.port}/feeds/college", secret))
            await arrived.wait()
        async with housed(*hub) as second:
            stands.target = port_of(second)
            report = await pushing
            assert report.clean, report
            assert report.counts["accepted"] == 61
            assert len(await second.held(SEEN)) == 60


class _Telling(list[Any]):
    """Progress that sets an event when so many parts have arrived."""

    def __init__(self, event: asyncio.Event, parts: int) -> None:
        super().__init__()
        self._event, self._parts = event, parts

    def append(self, progress: Any) -> None:
        super().append(progress)
        if len(self) == self._parts:
            self._event.set()


async def test_https_through_a_proxy_of_its_own(house: House, school: School, feed: Feed, tmp_path: Path) -> None:
    """TLS is spoken with the hub: the proxy sees where the tunnel leads, and nothing of what goes through it."""
    school.add(*range(12))
    certificate = certify(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))

    async def terminate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", port_of(house))
        await _pump(reader, writer, *there, None)

    tls = await asyncio.start_server(terminate, "127.0.0.1", 0, ssl=server)
    port = tls.sockets[0].getsockname()[1]
    async with between(0, proxy=True) as proxy:
        through = {"tls": trusting, "proxy": f"http://127.0.0.1:{proxy.port}"}
        report = await school.push(f"https://localhost:{port}/feeds/college", feed[1], **through)
        assert report.clean, report
        assert set(proxy.tunnels) == {f"localhost:{port}"}
        assert proxy.plain == []
        proxy.refuse = True
        refused = await school.push(f"https://localhost:{port}/feeds/college", feed[1], patience=0.1, **through)
        assert refused.error is not None
        assert "proxy" in refused.error
    distrusting = await school.push(f"https://localhost:{port}/feeds/college", feed[1], patience=0.1)
    assert distrusting.error is not None
    assert "certificate" in distrusting.error
    assert len(await house.held(SEEN)) == 12
    tls.close()


async def test_a_hub_that_is_slow_to_answer_is_asked_again_and_takes_a_part_once(house: House, school: School, feed: Feed) -> None:
    """The receipt is lost on its way back: the part is sent again, and the hub answers as the first time."""
    school.add(*range(12))
    lost = [True, True]

    async def swallowing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection("127.0.0.1", port_of(house))
        if lost:
            lost.pop()

            async def forward() -> None:
                while data := await reader.read(4096):
                    there.write(data)

            forwarding = asyncio.create_task(forward())
            await there_reader.read(64)  # it has answered
            writer.transport.abort()
            await forwarding
            there.close()
            return
        await _pump(reader, writer, there_reader, there, None)

    server = await asyncio.start_server(swallowing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    report = await school.push(f"http://127.0.0.1:{port}/feeds/college", feed[1], bounds=Bounds(deadline=5, grace=5))
    assert report.clean, report
    assert report.counts["accepted"] == 13
    assert len(await house.held(SEEN)) == 12
    server.close()


async def test_two_agents_do_not_work_with_one_state(school: School, feed: Feed) -> None:
    async with school.pushing(*feed):
        with pytest.raises(StateHeld, match="another push"):
            await school.push(*feed)


async def test_a_file_that_is_no_state_is_left_alone(school: School, feed: Feed) -> None:
    file = school.directory / "school.push"
    file.write_text("something of somebody's" * 100)
    with pytest.raises(StateHeld, match="no state"):
        await school.push(*feed)
    assert file.read_text().startswith("something")
