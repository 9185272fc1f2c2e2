"""Traces as a collector gets them: OTLP over HTTP, decoded; and a collector that hangs, fails or is not there."""

from __future__ import annotations

import gzip
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent
from opentelemetry.proto.trace.v1.trace_pb2 import Status

import settings as module
from settings import Settings, SettingsInvalid
from tests.connectors.loopback import HANG, RESET, Answer, Asked, Upstream, serving
from tests.federation.nodes import REST, Node, node
from transport import telemetry

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
LIST = "query named { search(first: 5) { nodes { title } } }"
SECRET = "Zhang-San-13800000000"


def spans(collector: Upstream) -> list[Sent]:
    """All that the collector was sent, decoded."""
    found: list[Sent] = []
    for asked in collector.asked:
        assert (asked.method, asked.path, asked.headers["content-type"]) == ("POST", "/v1/traces", "application/x-protobuf")
        body = gzip.decompress(asked.body) if asked.headers.get("content-encoding") == "gzip" else asked.body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {each.key: each.value.string_value for each in resource.resource.attributes}
            assert named["service.name"] == "huiju"
            found += [span for scope in resource.scope_spans for span in scope.spans]
    return found


def facts(span: Sent) -> dict[str, Any]:
    return {each.key.removeprefix("huiju."): getattr(each.value, each.value.WhichOneof("value") or "") for each in span.attributes}


def one(found: Sequence[Sent], name: str, **wanted: Any) -> Sent:
    (span,) = [each for each in found if each.name == name and facts(each).items() >= wanted.items()]
    return span


@asynccontextmanager
async def traced(directory: Path, collector_url: str, *upstreams: Upstream, more: str = "") -> AsyncIterator[Node]:
    names = [f"source{number}" for number, _ in enumerate(upstreams)]
    sources = {name: REST.format(name=name, url=f"{each.url}/{SECRET}", more=more) for name, each in zip(names, upstreams, strict=True)}
    allowed = ",".join(f"127.0.0.1/32:{each.port}" for each in upstreams)
    async with node(directory, sources, HUIJU_ALLOW_PRIVATE=allowed, HUIJU_OTLP_ENDPOINT=collector_url) as served:
        yield served


async def test_a_request_its_operation_and_every_call_upstream_are_spans_of_the_callers_trace(tmp_path: Path) -> None:
    failures = 0

    def flaky(asked: Asked) -> Any:
        nonlocal failures
        failures += 1
        return RESET if failures == 1 else {"total": 1, "list": [{"id": 1, "title": "护理"}]}

    async with serving() as collector, serving() as good, serving() as bad:
        good.handler, bad.handler = flaky, lambda _: Answer(b"<html>", 200, (("Content-Type", "text/html"),))
        async with traced(tmp_path, collector.url, good, bad) as served:
            await served.ask(LIST, traceparent=f"00-{TRACE}-{CALLER}-01", x_request_id="request-of-a-proxy")
        found = spans(collector)
    assert {each.trace_id.hex() for each in found} == {TRACE}
    request = one(found, "POST /graphql", status=200, request="request-of-a-proxy")
    operation = one(found, "query", result="partial", troubled=1)
    assert request.parent_span_id.hex() == CALLER
    assert operation.parent_span_id == request.span_id
    ask = one(found, "ask", source="source0", status="OK", attempts=2, rows=1, cache="off", shared=False, by="list")
    failed = one(found, "ask", source="source1", status="UNAVAILABLE", code="SOURCE_MALFORMED")
    assert {ask.parent_span_id, failed.parent_span_id} == {operation.span_id}
    first = one(found, "call", source="source0", attempt=1, outcome="SOURCE_UNAVAILABLE")
    second = one(found, "call", source="source0", attempt=2, outcome="OK", rows=1)
    assert first.status.code == Status.STATUS_CODE_ERROR
    assert {first.parent_span_id, second.parent_span_id} == {ask.span_id}
    assert (first.kind, request.kind) == (Sent.SPAN_KIND_CLIENT, Sent.SPAN_KIND_SERVER)
    # What was asked of the source names the call that it is part of.
    assert [each.headers["traceparent"] for each in good.asked] == [f"00-{TRACE}-{each.span_id.hex()}-01" for each in (first, second)]
    # Neither what was asked, nor where, nor what came.
    for asked in collector.asked:
        for private in (SECRET, "named", "title", "护理", str(good.port)):
            assert private.encode() not in asked.body


async def test_a_kept_copy_makes_no_call_and_says_so(tmp_path: Path) -> None:
    async with serving() as collector, serving() as upstream:
        upstream.handler = lambda _: {"total": 1, "list": [{"id": 1, "title": "护理"}]}
        async with traced(tmp_path, collector.url, upstream, more='[cache]\nlists = "1h"') as served:
            for _ in range(2):
                await served.data(LIST)
        found = spans(collector)
    assert len({each.trace_id for each in found}) == 2
    assert sorted(facts(each)["cache"] for each in found if each.name == "ask" and "source" in facts(each)) == ["hit", "miss"]
    assert len([each for each in found if each.name == "call"]) == 1


async def test_off_by_default_and_then_sources_are_told_nothing(tmp_path: Path) -> None:
    async with serving() as upstream:
        upstream.handler = lambda _: {"total": 0, "list": []}
        sources = {"source0": REST.format(name="source0", url=upstream.url, more="")}
        async with node(tmp_path, sources, HUIJU_ALLOW_PRIVATE=f"127.0.0.1/32:{upstream.port}") as served:
            await served.data(LIST, traceparent=f"00-{TRACE}-{CALLER}-01")
        assert all("traceparent" not in each.headers for each in upstream.asked)
        assert upstream.asked


async def test_a_caller_who_does_not_want_to_be_traced_is_not(tmp_path: Path) -> None:
    async with serving() as collector, serving() as upstream:
        upstream.handler = lambda _: {"total": 0, "list": []}
        async with traced(tmp_path, collector.url, upstream) as served:
            await served.data(LIST, traceparent=f"00-{TRACE}-{CALLER}-00")
            await served.data(LIST, traceparent="nonsense")
        found = spans(collector)
    assert {each.name for each in found} == {"POST /graphql", "query", "ask", "call"}
    assert TRACE not in {each.trace_id.hex() for each in found}


@pytest.mark.parametrize("trouble", ["hangs", "fails", "is not there"])
async def test_a_collector_in_trouble_delays_nobody_and_what_waits_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(telemetry, "QUEUE", 64)
    monkeypatch.setattr(telemetry, "BATCH", 16)
    monkeypatch.setattr(telemetry, "EVERY", 0.05)
    monkeypatch.setattr(telemetry, "PATIENCE", 30.0)  # of itself it would hold a request for longer than this test may take
    monkeypatch.setattr(telemetry, "FAREWELL", 0.2)
    made: list[telemetry.Telemetry] = []
    monkeypatch.setattr("server.Telemetry", lambda endpoint: made.append(telemetry.Telemetry(endpoint)) or made[-1])
    async with serving() as collector, serving() as upstream:
        collector.handler = lambda _: HANG if trouble == "hangs" else Answer(b"", 503)
        upstream.handler = lambda _: {"total": 0, "list": []}
        url = "http://127.0.0.1:1" if trouble == "is not there" else collector.url
        async with traced(tmp_path, url, upstream) as served:
            started = time.monotonic()
            for _ in range(60):
                await served.data(LIST)
            assert time.monotonic() - started < 20, "a request waited for the collector"
            (sending,) = made
            waiting = sending._provider._active_span_processor._span_processors[0]._batch_processor._queue
            assert 0 < len(waiting) <= 64
            ending = time.monotonic()
        assert time.monotonic() - ending < 10, "the end waited for the collector"


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    with pytest.raises(SettingsInvalid) as refused:
        Settings.from_environment({"HUIJU_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert "pip install 'huiju[otel]'" in refused.value.text("en")
    assert "pip install 'huiju[otel]'" in refused.value.text("zh")
