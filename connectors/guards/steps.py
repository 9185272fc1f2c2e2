"""Steps: how one question to one source went, written down by the guards it passes, for callers who ask for a trace."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from egress.meter import Meter


@dataclass(slots=True)
class Step:
    """One question to one source.

    `attempts` are the batches asked of the source itself, retries included; `cache` what the record cache gave; `shared` that another
    caller's call answered; `rows` the items that came.
    """

    attempts: int = 0
    cache: Literal["off", "miss", "hit", "stale"] = "off"
    shared: bool = False
    rows: int = 0
    meter: Meter = field(default_factory=Meter)


STEP: ContextVar[Step | None] = ContextVar("STEP", default=None)
"""The step under way, None where nobody asked for a trace."""
