"""What one piece of work received over HTTP, counted where somebody wants to know."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Meter:
    """Replies, and the bytes of their bodies after decompression."""

    replies: int = 0
    received: int = 0


METER: ContextVar[Meter | None] = ContextVar("METER", default=None)
"""The meter of the work under way; tasks that it starts count on it too."""
