"""`extensions.trace`: a trace as callers read it; docs/reliability.md gives the shape."""

from __future__ import annotations

from typing import Any

from resolvers.outcomes import Status
from resolvers.tracing import Line, Trace


def waterfall(trace: Trace) -> dict[str, Any]:
    """The whole trace, in milliseconds."""
    elapsed = trace.elapsed()
    return {"durationMs": _milliseconds(elapsed), "steps": [_line(line, elapsed) for line in trace.lines]}


def _line(line: Line, elapsed: float) -> dict[str, Any]:
    # What has not ended when the answer leaves was late.
    seconds, status = (line.seconds, line.status) if line.seconds is not None else (elapsed - line.start, Status.TIMEOUT)
    return {
        "source": line.source or None,
        "collection": line.collection,
        "by": line.by,
        "startMs": _milliseconds(line.start),
        "durationMs": _milliseconds(seconds),
        "status": status.name if status is not None else None,
        "code": line.code,
        "cache": line.step.cache,
        "shared": line.step.shared,
        "attempts": line.step.attempts,
        "bytes": line.step.meter.received,
        "rows": line.step.rows,
    }


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
