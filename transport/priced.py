"""`extensions.cost`: what an operation is estimated to cost, and what it came to; docs/reliability.md gives the shape."""

from __future__ import annotations

from typing import Any

import orjson

from resolvers.tracing import Trace
from transport.cost import ROWS_PER_CALL
from transport.limits import Measured


def priced(measured: Measured, limit: int, trace: Trace | None) -> dict[str, Any]:
    """The estimate beside the limit, and what a traced answer came to."""
    told: dict[str, Any] = {"limit": limit, "estimated": {"cost": measured.cost, "rows": measured.rows, "calls": measured.calls}}
    if trace is not None:
        rows, calls = sum(line.step.rows for line in trace.lines), sum(line.step.attempts for line in trace.lines)
        told["actual"] = {"cost": rows + ROWS_PER_CALL * calls, "rows": rows, "calls": calls}
    return told


def estimate(measured: Measured, limit: int) -> bytes:
    """The answer to an operation that is to be estimated and not executed."""
    return orjson.dumps({"data": None, "extensions": {"cost": priced(measured, limit, None)}})
