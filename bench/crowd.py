"""A crowd: so many who ask at once, each again as soon as he has his answer."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import cycle
from statistics import quantiles

import aiohttp

from bench.contenders import Contender, Upstreams
from bench.measure import WrongAnswer
from bench.upstreams import LOOPBACK

_HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a crowd saw: requests a second, latencies in ms, upstream calls and CPU in ms for each request."""

    rate: float
    latencies: list[float]
    calls: float
    cpu: float

    def percentile(self, place: int) -> float:
        """Latency in ms."""
        return quantiles(self.latencies, n=100)[place - 1]


async def crowd(
    contender: Contender,
    sources: Upstreams,
    *bodies: bytes,
    in_flight: int,
    requests: int = 10**9,
    seconds: float = float("inf"),
    pause: float = 0.0,
) -> Crowd:
    """Ask `bodies` in turn, `in_flight` at once, until there were so many `requests` or `seconds`; a pause comes after each answer.

    Raises WrongAnswer where one fails.
    """
    latencies: list[float] = []
    url = f"http://{LOOPBACK}:{contender.port}{contender.path}"
    questions = cycle(bodies)
    left, until = requests, time.perf_counter() + seconds
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=_HEADERS) as session:

        async def ask() -> None:
            nonlocal left
            while left > 0 and time.perf_counter() < until:
                left -= 1
                began = time.perf_counter()
                async with session.post(url, data=next(questions)) as reply:
                    answer = await reply.read()
                    if reply.status != 200 or b'"errors"' in answer:
                        raise WrongAnswer(f"{contender.name} answered {reply.status}: {answer[:500].decode('utf-8', 'replace')}")
                latencies.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(pause)

        sources.counted()
        began, before = time.perf_counter(), contender.cpu()
        await asyncio.gather(*(ask() for _ in range(in_flight)))
        took, used = time.perf_counter() - began, contender.cpu() - before
    count = len(latencies)
    return Crowd(count / took, latencies, sources.counted()[0] / count, used * 1000 / count)


def told(name: str, what: str, seen: Crowd) -> str:
    """A line about what a crowd saw."""
    figures = f"{seen.rate:8.1f} requests/s  p50 {seen.percentile(50):7.1f} ms  p95 {seen.percentile(95):7.1f} ms"
    return f"{what:6} {name:8} {figures}  {seen.cpu:6.2f} ms CPU each"
