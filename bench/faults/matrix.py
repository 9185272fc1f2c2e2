"""The whole matrix: patients of every kind and feeds, one running product, trials side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from bench.faults.engines import ENGINES, running
from bench.faults.feed_trials import PushedFeed, feed_document
from bench.faults.lone_feeds import LoneFeed
from bench.faults.product import environment, harvesting, peak_mb, serving
from bench.faults.pusher import looked_at
from bench.faults.shelf import PAGE
from bench.faults.trials import HEALTHY, Patient, leaks, tried_in_harvest, tried_live
from bench.faults.upstream import Upstream
from bench.faults.voices import VOICES
from settings import Settings

CACHE = '[cache]\nlists = "1ms"\nstale = "10m"\n'
"""Nothing kept counts as fresh, so that the source itself is asked each time, and everything kept may stand in for it."""

MOST_MB = 600
"""What a process of the product may hold at most."""


@dataclass(frozen=True, slots=True)
class Case:
    """One trial: its kind of source, its way to fail, live, in harvest or in a push, and what was found wrong."""

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
    live: Sequence[Patient],
    harvested: Sequence[Patient],
    pushed: Sequence[PushedFeed | LoneFeed] = (),
    *,
    together: int,
    settings: Mapping[str, str],
    tell: Callable[[str], None],
    kept: bool = False,
) -> Found:
    """Try patients live and in harvest, and push to feeds, `together` at a time; `settings` start the product.

    `kept`: live sources have a cache whose copies stand in for them. Raises DidNotStart.
    """
    async with AsyncExitStack() as stack:
        engines = [each for each in ENGINES if any(patient.kind == each.kind for patient in (*live, *harvested))]
        servers = {each.kind: await stack.enter_async_context(running(each, directory)) for each in engines}
        healthy = await stack.enter_async_context(Upstream(VOICES["rest"], "healthy"))
        healthy.entries = healthy.entries[:PAGE]
        sources = directory / "sources"
        sources.mkdir()
        (sources / "healthy.toml").write_text(healthy.voice.document(HEALTHY, "live", healthy.url), "utf-8")
        ports = [healthy.port]
        for mode, group in (("live", live), ("harvest", harvested)):
            for each in group:
                name = _name(each, mode)
                port = await each.prepare(name, directory, servers)
                stack.push_async_callback(each.aclose)
                ports += [port] if port is not None else []
                document = each.document(name, mode)
                if kept and mode == "live":
                    document = document.replace("[connection]", f"{CACHE}[connection]", 1)
                (sources / f"{name}.toml").write_text(document, "utf-8")
        feeds = [each for each in pushed if isinstance(each, PushedFeed)]
        for feed in feeds:
            (sources / f"{feed.name}.toml").write_text(feed_document(feed.name), "utf-8")
        environ = environment(directory, ports, settings)
        began = time.monotonic()
        tell(f"{len(live) + len(harvested) + len(pushed)} sources: starting the server, which harvests {len(harvested)} of them")
        server = await stack.enter_async_context(serving(environ, directory))
        harvester = await stack.enter_async_context(harvesting(environ, directory))
        store = await stack.enter_async_context(looked_at(Settings.from_environment(environ).database_url))
        tell(f"started in {time.monotonic() - began:.0f} s")
        trials = [
            *(Trial(each, "harvest", partial(tried_in_harvest, each, _name(each, "harvest"), server, harvester)) for each in harvested),
            *(Trial(each, "live", partial(tried_live, each, _name(each, "live"), server, kept=kept)) for each in live),
            *(Trial(each, "push", partial(each.tried, server, store, directory)) for each in feeds),
            *(Trial(each, "push", partial(each.tried, directory, settings)) for each in pushed if isinstance(each, LoneFeed)),
        ]
        found = Found()
        await _together([each for each in trials if not each.patient.alone], together, found, len(trials), tell)
        await _together([each for each in trials if each.patient.alone], 1, found, len(trials), tell)
        secrets = {secret for each in (*live, *harvested) for secret in each.secrets}
        for process in (server, harvester):
            peak, processes = peak_mb(process.pid)
            found.peak_mb = max(found.peak_mb, peak)
            problems = leaks(process.log.read_text("utf-8", "replace"), secrets)
            if peak > MOST_MB * processes:
                problems.append(f"{processes} processes held {peak:.0f} MB")
            found.cases.append(Case(process.log.stem, "log and memory", "afterwards", problems))
    return found


class Tried(Protocol):
    """Who is on trial. `alone`: nobody else is tried meanwhile."""

    kind: str
    mode: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial that is to come."""

    patient: Tried
    way: str
    run: Callable[[], Awaitable[list[str]]]


async def _together(trials: Sequence[Trial], together: int, found: Found, total: int, tell: Callable[[str], None]) -> None:
    slots = asyncio.Semaphore(together)

    async def one(trial: Trial) -> None:
        async with slots:
            began = time.monotonic()
            try:
                problems = await trial.run()
            except Exception as error:  # noqa: BLE001 - a trial that cannot be made has failed
                problems = [f"the trial itself failed: {type(error).__name__}: {error}"]
            case = Case(trial.patient.kind, trial.patient.mode, trial.way, problems)
            found.cases.append(case)
            verdict = "FAILED" if case.problems else "ok"
            tell(f"{len(found.cases):4}/{total}  {case.name:44} {verdict:6}  {time.monotonic() - began:.1f} s")

    async with asyncio.TaskGroup() as group:
        for trial in trials:
            group.create_task(one(trial))


def _name(patient: Patient, mode: str) -> str:
    return f"{patient.kind}-{patient.mode}-{mode}"
