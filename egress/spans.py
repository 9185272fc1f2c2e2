"""Spans: pieces of work that a tracing system is told of, where there is one. What it is, nothing below `transport` knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

Fact = str | int | float | bool
"""What is noted of a span: figures, codes and names of sources, never what was asked, a person or a secret."""


class Span(Protocol):
    """One piece of work under way. `traceparent` names it to others (W3C Trace Context, 3.2)."""

    @property
    def traceparent(self) -> str: ...

    def child(self, name: str, *, outward: bool) -> Span:
        """Begin a piece of this work; `outward` where it is done by somebody else."""
        ...

    def note(self, **facts: Fact) -> None:
        """Note facts; names get the prefix `huiju.`."""
        ...

    def fail(self) -> None:
        """It did not come to a good end."""
        ...

    def discard(self) -> None:
        """It was no work at all: nobody is told of it."""
        ...

    def end(self) -> None:
        """It has ended now."""
        ...


SPAN: ContextVar[Span | None] = ContextVar("SPAN", default=None)
"""The span of the work under way, None where nobody traces it."""

TRACEPARENT: ContextVar[str | None] = ContextVar("TRACEPARENT", default=None)
"""What requests that leave say of the work that they are part of; set while a source is asked, and only where it is traced."""


def spanned(name: str) -> AbstractContextManager[Span | None]:
    """Do a block as a span of the work under way; gives None where nobody traces it. An exception makes it a failed one."""
    return _piece(name, outward=False)


def calling(name: str) -> AbstractContextManager[Span | None]:
    """The same for a call of somebody else, whose requests carry its name."""
    return _piece(name, outward=True)


@contextmanager
def _piece(name: str, *, outward: bool) -> Iterator[Span | None]:
    above = SPAN.get()
    if above is None:
        yield None
        return
    span = above.child(name, outward=outward)
    begun, named = SPAN.set(span), TRACEPARENT.set(span.traceparent if outward else None)
    try:
        yield span
    except BaseException:
        span.fail()
        raise
    finally:
        TRACEPARENT.reset(named)
        SPAN.reset(begun)
        span.end()
