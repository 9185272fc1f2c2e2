"""The clock: what tells the time where the caller brings no clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the present moment, aware."""


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
