"""The whole matrix: patients of every kind, one running product, trials side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.faults.http_patients import HttpPatient
from bench.faults.product import Harvester, Server, environment, harvesting, peak_mb, serving
from bench.faults.shelf import PAGE
from bench.faults.trials import HEALTHY, leaks, tried_in_harvest, tried_live
from bench.faults.upstream import Upstream
from bench.faults.voices import VOICES

MOST_MB = 600
"""What the server, and what the harvester, may hold at most."""


@dataclass(frozen=True, slots=True)
class Case:
    """One trial: its kind of source, its way to fail, live or harvest, and what was found wrong."""

    kind: str
    mode: str
    way: str
    problems: Sequence[str]

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.kind}-{self.mode} {self.way}"


@dataclass(slots=True)
class Found:
    """All trials, and the most memory that the product held, in MB."""

    cases: list[Case] = field(default_factory=list)
    peak_mb: float = 0.0


async def tried(
    directory: Path,
    patients: Sequence[HttpPatient],
    twins: Sequence[HttpPatient],
    *,
    together: int,
    settings: Mapping[str, str],
    tell: Callable[[str], None],
) -> Found:
    """Try `patients` live and `twins` in harvest, some `together` at a time; `settings` start the product. Raises DidNotStart."""
    found = Found()
    async with AsyncExitStack() as stack:
        for each in (*patients, *twins):
            await stack.enter_async_context(each.upstream)
        healthy = await stack.enter_async_context(Upstream(VOICES["rest"], "healthy"))
        healthy.entries = healthy.entries[:PAGE]
        sources = directory / "sources"
        sources.mkdir()
        (sources / "healthy.toml").write_text(healthy.voice.document(HEALTHY, "live", healthy.url), "utf-8")
        for mode, group in (("live", patients), ("harvest", twins)):
            for each in group:
                name = _name(each, mode)
                (sources / f"{name}.toml").write_text(each.document(name, mode), "utf-8")
        ports = [healthy.port, *(each.upstream.port for each in (*patients, *twins))]
        environ = environment(directory, ports, settings)
        began = time.monotonic()
        tell(f"{len(patients) + len(twins)} sources: starting the server, which harvests {len(twins)} of them")
        server = await stack.enter_async_context(serving(environ, directory))
        harvester = await stack.enter_async_context(harvesting(environ, directory))
        tell(f"started in {time.monotonic() - began:.0f} s")
        slots = asyncio.Semaphore(together)
        total = len(patients) + len(twins)

        async def one(patient: HttpPatient, way: str, trial: Callable[[], Awaitable[list[str]]]) -> None:
            async with slots:
                started = time.monotonic()
                case = Case(patient.kind, patient.mode, way, await trial())
                found.cases.append(case)
                verdict = "FAILED" if case.problems else "ok"
                tell(f"{len(found.cases):4}/{total}  {case.name:40} {verdict}  {time.monotonic() - started:.1f} s")

        async with asyncio.TaskGroup() as running:
            for each in twins:
                running.create_task(one(each, "harvest", _harvest_trial(each, server, harvester)))
        async with asyncio.TaskGroup() as running:
            for each in patients:
                running.create_task(one(each, "live", _live_trial(each, server)))
        for process in (server, harvester):
            peak = peak_mb(process.pid)
            found.peak_mb = max(found.peak_mb, peak)
            secrets = [secret for each in (*patients, *twins) for secret in each.secrets]
            problems = leaks(process.log.read_text("utf-8", "replace"), secrets)
            if peak > MOST_MB:
                problems.append(f"held {peak:.0f} MB")
            found.cases.append(Case(process.log.stem, "log and memory", "afterwards", problems))
    return found


def _name(patient: HttpPatient, mode: str) -> str:
    return f"{patient.kind}-{patient.mode}-{mode}"


def _live_trial(patient: HttpPatient, server: Server) -> Callable[[], Awaitable[list[str]]]:
    return lambda: tried_live(patient, _name(patient, "live"), server)


def _harvest_trial(patient: HttpPatient, server: Server, harvester: Harvester) -> Callable[[], Awaitable[list[str]]]:
    return lambda: tried_in_harvest(patient, _name(patient, "harvest"), server, harvester)
