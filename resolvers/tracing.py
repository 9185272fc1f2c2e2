"""The waterfall of an answer: a step for every question to a source, when it began, how long it took and what it cost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

from connectors.guards.steps import STEP, Step
from egress.meter import METER
from resolvers.outcomes import Outcome, Status


@dataclass(slots=True)
class Line:
    """A step in its place: the source's key (empty for the catalog), what was asked, seconds since the trace began, and how it ended."""

    source: str
    collection: str
    by: str
    start: float
    seconds: float | None = None
    status: Status | None = None
    code: str | None = None
    step: Step = field(default_factory=Step)

    def conclude(self, outcome: Outcome | None) -> None:
        """Note the outcome, None where all went well."""
        if outcome is not None:
            self.status, self.code = outcome.status, outcome.code


class Trace:
    """The lines of one answer, in the order in which they began."""

    def __init__(self) -> None:
        self.began = perf_counter()
        self.lines: list[Line] = []

    def elapsed(self) -> float:
        """Seconds since the trace began."""
        return perf_counter() - self.began


TRACE: ContextVar[Trace | None] = ContextVar("TRACE", default=None)
"""The trace of the request under way, None where nobody asked for one."""


@contextmanager
def traced(source: str, collection: str, by: str) -> Iterator[Line]:
    """Write down what is done in this block as one line; one that is cancelled was late."""
    trace = TRACE.get()
    if trace is None:
        yield _UNSEEN
        return
    line = Line(source, collection, by, trace.elapsed())
    trace.lines.append(line)
    step, meter = STEP.set(line.step), METER.set(line.step.meter)
    try:
        yield line
        line.status = line.status or (Status.STALE if line.step.cache == "stale" else Status.OK)
    except asyncio.CancelledError:
        line.status = Status.TIMEOUT
        raise
    finally:
        line.seconds = trace.elapsed() - line.start
        STEP.reset(step)
        METER.reset(meter)


class _Unseen(Line):
    def conclude(self, outcome: Outcome | None) -> None:
        """Nobody looks."""


_UNSEEN = _Unseen("", "", "", 0.0)
