"""What is noted of every operation: a few figures and, where logs are for machines, one line. Never what was asked, nor by whom."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from graphql import ExecutionResult

from resolvers.context import Context
from resolvers.errors import CallerError
from store.away import unusable
from transport.answer import AWAY_CODE
from transport.metrics import Metrics

_log = logging.getLogger("huiju.operations")


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as bytes, and what is noted of it: ok, partial or error, the codes of its errors, how many sources were not OK.

    `empty`: nothing was executed.
    """

    body: bytes
    result: str
    codes: Sequence[str]
    troubled: int
    empty: bool

    @classmethod
    def of(cls, result: ExecutionResult, context: Context, body: bytes, *, empty: bool) -> Given:
        """What came of executing."""
        codes = [_code(error.original_error) for error in result.errors or ()]
        troubled = len(context.outcomes)
        return cls(body, "error" if codes else "partial" if troubled else "ok", codes, troubled, empty)


def _code(error: Exception | None) -> str:
    return error.code if isinstance(error, CallerError) else AWAY_CODE if unusable(error) is not None else "INTERNAL"


@dataclass(slots=True)
class Told:
    """One operation on its way: its kind and cost once they are known, how it ended, codes of errors, and how many sources were not OK."""

    kind: str = "unknown"
    cost: int = 0
    result: str = "ok"
    codes: Sequence[str] = ()
    troubled: int = 0
    began: float = field(default_factory=perf_counter)

    def refuse(self, code: str) -> None:
        """It was not executed."""
        self.result, self.codes = "refused", (code,)

    def fail(self, code: str) -> None:
        """It was executed, and no answer came of it."""
        self.result, self.codes = "error", (code,)


class OperationAccount:
    """Where operations are counted and logged."""

    def __init__(self, metrics: Metrics | None) -> None:
        self._metrics = metrics

    def add(self, told: Told, size: int) -> None:
        """Count one that is answered with `size` bytes."""
        seconds = perf_counter() - told.began
        if (metrics := self._metrics) is not None:
            metrics.operations.labels(told.kind, told.result).inc()
            metrics.operation_seconds.labels(told.kind).observe(seconds)
            metrics.operation_cost.observe(told.cost)
            for code in told.codes:
                metrics.errors.labels(code).inc()
        if _log.isEnabledFor(logging.INFO):
            fields = {"kind": told.kind, "result": told.result, "cost": told.cost, "bytes": size}
            fields |= {"milliseconds": round(seconds * 1000, 1), "codes": list(told.codes), "troubled": told.troubled}
            _log.info("operation", extra={"fields": fields})
