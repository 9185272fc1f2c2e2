"""The world to federate: every demo source running on loopback in this process, whole or failing in the way that is asked for."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, Self

import uvicorn
from starlette.types import ASGIApp

from demo.faults import FACES, Faulty, Reachable
from demo.guangdong import guangdong, resources
from demo.identity import hub, zhejiang_idp
from demo.ningbo import FAULTS as NINGBO_FAULTS
from demo.ningbo import NAME as NINGBO
from demo.portal import items, portal
from demo.school import build_school
from demo.school_faults import FAULTS as SCHOOL_FAULTS
from demo.school_faults import build_variants, variant
from demo.zhejiang import records, zhejiang

LOOPBACK = "127.0.0.1"
SCHOOL = "hangzhou-school"
DOWN = "down"


class _Served(NamedTuple):
    port: int
    application: Callable[[], ASGIApp]


SERVED = {"national-portal": _Served(8101, portal), "zhejiang": _Served(8102, zhejiang), "guangdong": _Served(8103, guangdong)}
"""Sources that are HTTP servers, with the port that their definition names."""

PROVIDERS = {"hub": _Served(8111, hub), "zhejiang-idp": _Served(8112, zhejiang_idp)}
"""Identity providers, with the port that their file names."""

ASKED = (*SERVED, SCHOOL)
"""Sources that are read; the others push."""

FAULTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(SERVED, (*FACES, DOWN)),
    SCHOOL: SCHOOL_FAULTS,
    NINGBO: NINGBO_FAULTS,
}
"""What can be wrong with each demo source."""


class FaultUnknown(ValueError):
    """A fault was asked for that no demo source has; the text names those that there are."""


def read_faults(text: str | None) -> dict[str, str]:
    """Read `guangdong=hang,national-portal=slow`. Raises FaultUnknown."""
    parts = (part.strip().partition("=") for part in (text or "").split(",") if part.strip())
    faults = {name: fault for name, _, fault in parts}
    for name, fault in faults.items():
        _check(name, fault)
    return faults


def _check(name: str, fault: str) -> None:
    if name not in FAULTS:
        raise FaultUnknown(f"there is no demo source {name!r}; there are {', '.join(FAULTS)}")
    if fault not in FAULTS[name]:
        raise FaultUnknown(f"{name} cannot {fault!r}; it can {', '.join(FAULTS[name])}")


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs this process."""
        yield


class World:
    """All demo sources, started by `async with`.

    `directory` gets the SQLite files. With `ports="fixed"` the ports of the definitions are taken where they are free, others elsewhere;
    with `"free"` always others.
    """

    sqlite_directory: Path
    """Where the school's databases lie."""

    def __init__(self, directory: Path, ports: Literal["fixed", "free"] = "fixed") -> None:
        self.sqlite_directory = directory / "sqlite"
        self._fixed = ports == "fixed"
        self._ports: dict[str, int] = {}
        self._closing = asyncio.Event()
        self._servers: dict[asyncio.Task[None], uvicorn.Server] = {}

    @property
    def ports(self) -> Mapping[str, int]:
        """The port of every HTTP source, and under `down` one that refuses connections: all that a client must be allowed."""
        return self._ports

    @property
    def _school(self) -> Path:
        return self.sqlite_directory / f"{SCHOOL}.db"

    async def __aenter__(self) -> Self:
        self._lock = await asyncio.to_thread(self._build)
        self._refusing = _bound(0)
        self._ports[DOWN] = self._refusing.getsockname()[1]
        for name, (port, application) in (SERVED | PROVIDERS).items():
            listener = _listening(port if self._fixed else 0)
            self._ports[name] = listener.getsockname()[1]
            config = uvicorn.Config(
                Faulty(application(), self._closing),
                http=Reachable,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=2,
            )
            server = _Server(config)
            self._servers[asyncio.create_task(server.serve(sockets=[listener]), name=f"demo source {name}")] = server
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        for server in self._servers.values():
            server.should_exit = True
        await asyncio.gather(*self._servers)
        self._refusing.close()
        self._lock.close()

    def definition(self, name: str, fault: str | None = None) -> str:
        """The definition of one source as TOML, with the real ports; with `fault` it reaches the face that fails. Raises FaultUnknown."""
        if fault is not None:
            _check(name, fault)
        text = (Path(__file__).parent / "definitions" / f"{name}.toml").read_text(encoding="utf-8")
        if name == NINGBO:
            return text
        if name == SCHOOL:
            return text.replace(self._school.name, variant(self._school, fault).name) if fault else text
        port = self._ports[DOWN if fault == DOWN else name]
        face = f"/~{fault}" if fault in FACES else ""
        return text.replace(f"http://{LOOPBACK}:{SERVED[name].port}", f"http://{LOOPBACK}:{port}{face}")

    def definitions(self, fault: Mapping[str, str] | None = None) -> list[str]:
        """The definitions of all sources; `fault` maps names of sources to what is wrong with them. Raises FaultUnknown."""
        for name, wrong in (fault or {}).items():
            _check(name, wrong)
        return [self.definition(name, (fault or {}).get(name)) for name in FAULTS]

    def identity_providers(self) -> list[str]:
        """The files of the identity providers as TOML, with the real ports."""
        files = [(name, (Path(__file__).parent / "identities" / f"{name}.toml").read_text("utf-8")) for name in PROVIDERS]
        return [text.replace(f"{LOOPBACK}:{PROVIDERS[name].port}", f"{LOOPBACK}:{self._ports[name]}") for name, text in files]

    def _build(self) -> sqlite3.Connection:
        items()
        resources()
        records()
        self.sqlite_directory.mkdir(parents=True, exist_ok=True)
        build_school(self._school)
        return build_variants(self._school)


def _bound(port: int) -> socket.socket:
    # Named, so that asyncio knows it for TCP and turns Nagle off: it costs 40 ms an answer otherwise.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
    except OSError:
        bound.close()
        raise
    return bound


def _listening(port: int) -> socket.socket:
    """A socket that already queues connections, on `port` or, where that is taken, on a free one."""
    try:
        listener = _bound(port)
    except OSError:
        listener = _bound(0)
    listener.listen(256)
    listener.setblocking(False)
    return listener
