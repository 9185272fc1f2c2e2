"""Spans of time that lists are asked for, written in the granularity of the repository (OAI-PMH 2.0 §2.7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from connectors.oaipmh.answers import moment_in

_UNITS = {"day": timedelta(days=1), "second": timedelta(seconds=1)}
_FORMATS = {"day": "%Y-%m-%d", "second": "%Y-%m-%dT%H:%M:%SZ"}


class Window(NamedTuple):
    """`from` and `until`, both included, and `set` as they are sent; empty ones are not sent."""

    start: str = ""
    end: str = ""
    set: str = ""

    def arguments(self) -> dict[str, str]:
        """As arguments of a request (§4.3, §4.5)."""
        return {name: value for name, value in zip(("from", "until", "set"), self, strict=True) if value}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a repository tells times: the granularity that lists are asked in, and its earliest stamp."""

    granularity: Literal["day", "second"] = "day"
    earliest: datetime | None = None

    @property
    def unit(self) -> timedelta:
        """The least difference between two stamps."""
        return _UNITS[self.granularity]

    def write(self, moment: datetime) -> str:
        """Write `moment`, cut to the granularity."""
        return moment.astimezone(UTC).strftime(_FORMATS[self.granularity])


def first_window(manner: Manner, since: datetime | None, length: float | None) -> Window:
    """The span to begin with: open at its start where everything is wanted, open at its end where nothing divides it."""
    earliest = manner.earliest
    # From before the first stamp on is everything; some repositories refuse to be asked so.
    start = since if since is not None and (earliest is None or since > earliest) else None
    base = start or earliest
    end = _end(manner, base, length) if base is not None and length is not None else ""
    return Window(manner.write(start) if start is not None else "", end)


def next_window(manner: Manner, window: Window, length: float | None) -> Window | None:
    """The span after `window`, None where it was the last."""
    last = moment_in(window.end)
    if last is None or length is None:
        return None
    start = last + manner.unit
    return window._replace(start=manner.write(start), end=_end(manner, start, length))


def _end(manner: Manner, start: datetime, length: float) -> str:
    end = start + timedelta(seconds=length)
    return manner.write(end - manner.unit) if end < datetime.now(UTC) else ""
