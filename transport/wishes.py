"""What a client may ask for beside its query: less time, no copies, a trace, an estimate of the cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from transport.errors import RequestRefused

DEADLINE, CACHE, TRACE, COST = "huiju-deadline-ms", "huiju-cache", "huiju-trace", "huiju-cost"
LEAST_MS = 50


@dataclass(frozen=True, slots=True)
class Wishes:
    """`deadline_ms` where the client has less time than the server gives, `fresh` where no copy will do, `trace` where it wants to see
    how the answer came about."""

    deadline_ms: int | None = None
    fresh: bool = False
    trace: bool = False

    def seconds(self, budget_ms: int) -> float:
        """The time of the request: never more than the server's own budget."""
        return min(self.deadline_ms or budget_ms, budget_ms) / 1000


NONE = Wishes()


def wishes_of(headers: Mapping[str, str]) -> Wishes:
    """Read the headers; what cannot be read is refused and not passed over. Raises RequestRefused."""
    asked = headers.get(DEADLINE), headers.get(CACHE), headers.get(TRACE)
    if asked == (None, None, None):
        return NONE
    deadline, cache, trace = asked
    if deadline is not None and not (deadline.isascii() and deadline.isdigit() and int(deadline[:9]) >= LEAST_MS):
        raise _refused("Huiju-Deadline-Ms", deadline, f"毫秒数，至少 {LEAST_MS}", f"milliseconds, {LEAST_MS} at least")
    if cache is not None and cache.strip().lower() != "no-store":
        raise _refused("Huiju-Cache", cache, "no-store", "no-store")
    if trace is not None and trace.strip() not in ("0", "1"):
        raise _refused("Huiju-Trace", trace, "1 或 0", "1 or 0")
    return Wishes(int(deadline[:9]) if deadline is not None else None, cache is not None, trace is not None and trace.strip() == "1")


def only_estimated(headers: Mapping[str, str]) -> bool:
    """Tell whether the operation is to be estimated and not executed. Raises RequestRefused."""
    cost = headers.get(COST)
    if cost is not None and cost.strip().lower() != "estimate":
        raise _refused("Huiju-Cost", cost, "estimate", "estimate")
    return cost is not None


def _refused(name: str, value: str, zh: str, en: str) -> RequestRefused:
    shown = value[:40]
    return RequestRefused(
        "BAD_USER_INPUT", f"请求头 {name}：应为 {zh}，收到“{shown}”。", f"The header {name}: expected {en}, got {shown!r}.", 400
    )
