"""Processes of the measurement: the upstreams, and the programs that are compared, each alone in its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import MappingProxyType

import orjson

from bench.records import SOURCES
from bench.upstreams import COUNTER, LOOPBACK

PATIENCE = 180.0
"""Seconds that a program may take to start."""

_ROOT = Path(__file__).parents[1]
_DEFINITIONS = Path(__file__).parent / "definitions"
_NOWHERE = f"http://{LOOPBACK}:0"
"""The address in the definitions, exchanged for the real one."""


class DidNotStart(RuntimeError):
    """A program ended, or stayed silent, before it could be asked; its log says why."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A program under measurement: its name, process id, port and the path that questions go to."""

    name: str
    pid: int
    port: int
    path: str

    def cpu(self) -> float:
        """Seconds of CPU, user and system, that the process and those below it have used so far (clock_getcpuclockid, Linux)."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in family(self.pid))


def family(pid: int) -> list[int]:
    """A process and those below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *(each for child in children for each in family(int(child)))]


class Upstreams:
    """The upstreams as the measurement sees them: where they are, and what they counted."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self.ports = ports
        self.addresses = {source: f"http://{LOOPBACK}:{port}" for source, port in ports.items()}

    def counted(self) -> tuple[int, int]:
        """Calls, and bytes of answers, since this was last asked."""
        calls = size = 0
        for port in self.ports.values():
            connection = HTTPConnection(LOOPBACK, port, timeout=5)
            connection.request("GET", COUNTER)
            told = orjson.loads(connection.getresponse().read())
            connection.close()
            calls, size = calls + told["calls"], size + told["bytes"]
        return calls, size


@contextmanager
def upstreams(milliseconds: float = 0) -> Iterator[Upstreams]:
    """Start the three upstreams in one process; every answer waits so long."""
    command = [sys.executable, "-m", "bench.upstreams", str(milliseconds)]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield Upstreams(orjson.loads(process.stdout.readline()))
        finally:
            process.terminate()


@contextmanager
def by_hand(name: str, sources: Upstreams, directory: Path) -> Iterator[Contender]:
    """Start the floor or the naive program."""
    port = free_port()
    command = [sys.executable, "-m", "bench.serve", name, str(port), orjson.dumps(sources.addresses).decode()]
    with running(name, command, dict(os.environ), directory) as pid:
        yield Contender(name, pid, port, "/")


@contextmanager
def product(
    sources: Upstreams,
    directory: Path,
    name: str = "product",
    more: str = "",
    also: Mapping[str, str] = MappingProxyType({}),
    ports: Sequence[int] = (),
    **settings: str,
) -> Iterator[Contender]:
    """Start `huiju serve` over the definitions beside this file, with `more` in each, and `also` others, which may reach `ports`."""
    definitions = directory / f"{name}-sources"
    definitions.mkdir()
    for source in SOURCES:
        text = (_DEFINITIONS / f"{source}.toml").read_text("utf-8")
        text = text.replace(_NOWHERE, sources.addresses[source]).replace("[connection]", f"{more}\n[connection]", 1)
        (definitions / f"{source}.toml").write_text(text, "utf-8")
    for other, text in also.items():
        (definitions / f"{other}.toml").write_text(text, "utf-8")
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HUIJU_")},
        "HUIJU_DATA_DIR": str(directory / f"{name}-data"),
        "HUIJU_DEFINITIONS_DIR": str(definitions),
        "HUIJU_ALLOW_PRIVATE": ",".join(f"{LOOPBACK}:{each}" for each in (*sources.ports.values(), *ports)),
        "HUIJU_HOST": LOOPBACK,
        "HUIJU_PORT": str(port),
        **settings,
    }
    command = [str(Path(sys.executable).with_name("huiju")), "serve"]
    with running(name, command, environment, directory) as pid:
        yield Contender(name, pid, port, "/graphql")


@contextmanager
def running(name: str, command: list[str], environment: dict[str, str], directory: Path) -> Iterator[int]:
    """Start a program that listens, its output into `directory`/`name`.log, and end it afterwards. Raises DidNotStart."""
    log = directory / f"{name}.log"
    with (
        log.open("wb") as written,
        subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=written, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _wait_for(name, process, int(environment.get("HUIJU_PORT") or command[-2]), log)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(name: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection((LOOPBACK, port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise DidNotStart(f"{name} did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
