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
from egress.spans import SPAN, Fact, spanned
from resolvers.outcomes import Outcome, Status


@dataclass(slots=True)
class Line:
    """A step in its place: the source's name (empty for the catalog), what was asked, seconds since the trace began, and how it ended."""

    source: str
    collection: str
    by: str
    start: float
    seconds: float | None = None
    status: Status | None = None
    code: str | None = None
    step: Step = field(default_factory=Step)

    def facts(self) -> dict[str, Fact]:
        """What a span says of it."""
        told: dict[str, Fact] = {"collection": self.collection, "by": self.by, "cache": self.step.cache, "shared": self.step.shared}
        told |= {"attempts": self.step.attempts, "rows": self.step.rows, "bytes": self.step.meter.received}
        told |= {"source": self.source} if self.source else {}
        told |= {"status": self.status.name} if self.status is not None else {}
        return told | ({"code": self.code} if self.code is not None else {})

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
    if trace is None and SPAN.get() is None:
        yield _UNSEEN
        return
    line = Line(source, collection, by, trace.elapsed() if trace is not None else 0.0)
    if trace is not None:
        trace.lines.append(line)
    step, meter = STEP.set(line.step), METER.set(line.step.meter)
    with spanned("ask") as span:
        try:
            yield line
            line.status = line.status or (Status.STALE if line.step.cache == "stale" else Status.OK)
        except asyncio.CancelledError:
            line.status = Status.TIMEOUT
            raise
        finally:
            if trace is not None:
                line.seconds = trace.elapsed() - line.start
            STEP.reset(step)
            METER.reset(meter)
            if span is not None:
                span.note(**line.facts())


class _Unseen(Line):
    def conclude(self, outcome: Outcome | None) -> None:
        """Nobody looks."""


_UNSEEN = _Unseen("", "", "", 0.0)
