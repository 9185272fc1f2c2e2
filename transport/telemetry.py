"""Traces by OpenTelemetry: a span for every request, sent by OTLP over HTTP from a bounded queue that nobody waits for."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from egress.spans import SPAN, Fact, Span

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import Tracer

PATH = "/v1/traces"
"""Where a collector takes traces, behind its base address (OTLP 1.3, Specification, OTLP/HTTP Request)."""

QUEUE, BATCH = 2048, 512
"""Spans that wait at most, what comes beyond is dropped; and spans that are sent together."""

EVERY, PATIENCE, FAREWELL = 2.0, 5.0, 2.0
"""Seconds between two sendings, for one of them, and for the last before a process ends."""

_LOUD = ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.sdk._shared_internal")
_PLACE = re.compile(r"/(graphql|feeds|resources|oauth)(?:/|$)")
"""What is traced, by the first part of its path: the rest may hold anything."""

_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})


class Telemetry:
    """Sends spans to the collector at `endpoint`, its base address. Needs the extra `otel`.

    The collector may hang, fail or be absent: spans are dropped then, and no request waits.
    """

    def __init__(self, endpoint: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
        from requests import Session

        session = Session()
        session.trust_env = False
        for name in _LOUD:
            logging.getLogger(name).addFilter(_Sparing())
        exporter = OTLPSpanExporter(endpoint.rstrip("/") + PATH, timeout=PATIENCE, session=session)
        resource = Resource({"service.name": "huiju", "service.version": version("huiju")})
        self._provider = TracerProvider(sampler=ParentBased(ALWAYS_ON), resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=QUEUE, max_export_batch_size=BATCH, schedule_delay_millis=EVERY * 1000)
        )
        self._tracer = self._provider.get_tracer("huiju")

    def request(self, name: str, headers: Mapping[str, str]) -> Span:
        """Begin the span of a request, as part of the caller's trace where its headers name one."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        given = {"traceparent": headers.get("traceparent", "")}
        above = TraceContextTextMapPropagator().extract(given)
        return _Span(self._tracer, self._tracer.start_span(name, above, SpanKind.SERVER))

    async def aclose(self) -> None:
        """Send what waits, and end; a collector that does not take it is not waited for."""
        ending = threading.Thread(target=self._provider.shutdown, name="telemetry", daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, FAREWELL)


class _Span:
    """A span of OpenTelemetry as the rest of the product knows one."""

    __slots__ = ("_discarded", "_span", "_tracer")

    def __init__(self, tracer: Tracer, span: OtelSpan) -> None:
        self._tracer, self._span, self._discarded = tracer, span, False

    @property
    def traceparent(self) -> str:
        own = self._span.get_span_context()
        return f"00-{own.trace_id:032x}-{own.span_id:016x}-{own.trace_flags:02x}"

    def child(self, name: str, *, outward: bool) -> Span:
        from opentelemetry.trace import SpanKind, set_span_in_context

        above: Context = set_span_in_context(self._span)
        return _Span(self._tracer, self._tracer.start_span(name, above, SpanKind.CLIENT if outward else SpanKind.INTERNAL))

    def note(self, **facts: Fact) -> None:
        self._span.set_attributes({f"huiju.{name}": value for name, value in facts.items()})

    def fail(self) -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_status(StatusCode.ERROR)

    def discard(self) -> None:
        self._discarded = True

    def end(self) -> None:
        if not self._discarded:
            self._span.end()


class _Sparing(logging.Filter):
    """Lets the first complaint about the collector through, and the next only after one that is different."""

    def __init__(self) -> None:
        super().__init__()
        self._last: object = ""

    def filter(self, record: logging.LogRecord) -> bool:
        new = record.msg != self._last
        self._last = record.msg
        return new


class Traced:
    """Begins a span for every request of GraphQL, feeds, record pages and sign-on, and ends it with the answer."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app, self._telemetry = app, telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        place = _PLACE.match(scope["path"]) if scope["type"] == "http" and scope["method"] in _METHODS else None
        if place is None:
            await self._app(scope, receive, send)
            return
        span = self._telemetry.request(f"{scope['method']} /{place[1]}", Headers(scope=scope))

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = Headers(raw=message["headers"])
                span.note(status=message["status"], **({"request": known} if (known := headers.get("huiju-request-id")) else {}))
                if message["status"] >= 500:
                    span.fail()
            await send(message)

        token = SPAN.set(span)
        try:
            await self._app(scope, receive, note)
        except BaseException:
            span.fail()
            raise
        finally:
            SPAN.reset(token)
            span.end()
