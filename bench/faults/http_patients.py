"""Sources behind HTTP on trial: every mode of every kind that is asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.faults.engines import Server
from bench.faults.modes import MODES, Mode
from bench.faults.shelf import shelf
from bench.faults.trials import WAYS
from bench.faults.upstream import Upstream
from bench.faults.voices import VOICES, Voice


class HttpPatient:
    """A source on a port of its own, with one way to fail."""

    def __init__(self, voice: Voice, mode: Mode) -> None:
        self.kind, self.mode = voice.kind, mode.name
        self.code, self.pages, self.in_order = mode.code_of(voice.kind), range(mode.first, mode.last + 1), voice.in_order
        self.alone, self.ways = False, WAYS
        self.upstream = Upstream(voice, f"secret-of-{voice.kind}-{mode.name}")
        self._fault = mode.fault

    @property
    def secrets(self) -> Sequence[str]:
        """Its own words, and where it lives."""
        return self.upstream.secret, f":{self.upstream.port}"

    async def prepare(self, _name: str, _directory: Path, _servers: Mapping[str, Server]) -> int | None:
        """Listen: the port."""
        await self.upstream.__aenter__()
        return self.upstream.port

    async def aclose(self) -> None:
        """Listen no more."""
        await self.upstream.__aexit__()

    def document(self, name: str, mode: str) -> str:
        """Its definition."""
        return self.upstream.voice.document(name, mode, self.upstream.url)

    async def fail(self, page: int) -> None:
        """Fail from this page on."""
        self.upstream.fail(self._fault, page=page)

    async def recover(self) -> None:
        """Be well again."""
        await self.upstream.recover()

    async def change(self) -> None:
        """Hold what the shelf holds later."""
        self.upstream.entries = list(shelf(later=True))

    def asked(self) -> Sequence[int]:
        """The pages that were asked for since it failed or recovered."""
        return self.upstream.asked


def http_patients() -> Iterator[HttpPatient]:
    """Every mode of every kind."""
    for voice in VOICES.values():
        yield from (HttpPatient(voice, mode) for mode in MODES if voice.kind not in mode.absent)
