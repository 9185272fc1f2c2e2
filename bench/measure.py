"""Measuring: one client with a connection kept alive, rounds in turn, CPU of the program's own process, medians of ratios."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median, quantiles
from time import perf_counter
from typing import Self

import msgspec
import orjson

from bench.contenders import Contender, Upstreams
from bench.upstreams import LOOPBACK

_HEADERS = {"content-type": "application/json", "accept": "application/json"}


class WrongAnswer(RuntimeError):
    """A program did not answer what was asked: its figures would mean nothing."""


class _Answer(msgspec.Struct):
    data: msgspec.Raw
    errors: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of one program gave: CPU in ms per request, and the latency of each request in ms."""

    cpu: float
    latencies: Sequence[float]


@dataclass(slots=True)
class Series:
    """All rounds of one program for one question."""

    rounds: list[Round] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """Median CPU in ms per request."""
        return median(each.cpu for each in self.rounds)

    def percentile(self, place: int) -> float:
        """Latency in ms, over the requests of all rounds."""
        return quantiles((latency for each in self.rounds for latency in each.latencies), n=100)[place - 1]

    def cpu_ratio(self, floor: Series) -> float:
        """How many times the floor's CPU: the median over rounds, each against the floor's round beside it."""
        return median(mine.cpu / its.cpu for mine, its in zip(self.rounds, floor.rounds, strict=True))

    def p50_ratio(self, floor: Series) -> float:
        """How many times the floor's median latency, found in the same way."""
        pairs = zip(self.rounds, floor.rounds, strict=True)
        return median(median(mine.latencies) / median(its.latencies) for mine, its in pairs)


class Client:
    """Asks one program over one connection that is kept alive."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self._connection = HTTPConnection(LOOPBACK, contender.port, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, body: bytes) -> bytes:
        """Post `body` and read the whole answer. Raises WrongAnswer for a status that is not 200."""
        self._connection.request("POST", self.contender.path, body, _HEADERS)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise WrongAnswer(f"{self.contender.name} answered {response.status}: {answer[:500].decode('utf-8', 'replace')}")
        return answer

    def data(self, body: bytes) -> bytes:
        """The bytes of `data` in the answer to `body`. Raises WrongAnswer where there are errors."""
        self._connection.close()
        answer = msgspec.json.decode(self.ask(body), type=_Answer)
        if bytes(answer.errors):
            raise WrongAnswer(f"{self.contender.name} answered with errors: {bytes(answer.errors)[:500].decode()}")
        return bytes(answer.data)

    def round(self, body: bytes, count: int) -> Round:
        """Ask `count` times, one after the other, over a connection that one request more has opened."""
        self._connection.close()  # servers hang up on who was silent for seconds, as everybody is while the others have their turn
        self.ask(body)
        gc.disable()
        latencies = []
        before = self.contender.cpu()
        for _ in range(count):
            started = perf_counter()
            self.ask(body)
            latencies.append((perf_counter() - started) * 1000)
        used = self.contender.cpu() - before
        gc.enable()
        return Round(used * 1000 / count, latencies)


def compare(clients: Sequence[Client], body: bytes, *, rounds: int, count: int) -> Mapping[str, Series]:
    """Let every program answer in turn, round by round; each round begins with another one, and one round more warms up."""
    series = {client.contender.name: Series() for client in clients}
    for number in range(rounds + 1):
        first = number % len(clients)
        for client in (*clients[first:], *clients[:first]):
            found = client.round(body, count)
            if number:
                series[client.contender.name].rounds.append(found)
    return series


def calls(client: Client, sources: Upstreams, body: bytes) -> int:
    """How many upstream calls one answer takes."""
    with Client(client.contender) as fresh:
        fresh.ask(body)
        sources.counted()
        fresh.ask(body)
        return sources.counted()[0]


def agree(clients: Sequence[Client], body: bytes) -> None:
    """Raise WrongAnswer unless every program gives the first one's data."""
    expected = orjson.loads(clients[0].data(body))
    for client in clients[1:]:
        if (found := orjson.loads(client.data(body))) != expected:
            raise WrongAnswer(f"{client.contender.name} and {clients[0].contender.name} differ {_difference(found, expected, 'data')}")


def _difference(found: object, expected: object, path: str) -> str:
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        return next(_difference(found[name], expected[name], f"{path}.{name}") for name in found if found[name] != expected[name])
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        pairs = enumerate(zip(found, expected, strict=True))
        return next(_difference(mine, its, f"{path}[{place}]") for place, (mine, its) in pairs if mine != its)
    return f"at {path}: {str(found)[:200]!r} against {str(expected)[:200]!r}"
