"""Each row of the table of failures: what a source does wrong becomes one named error, and tells nothing of what it sent."""

import gzip
from typing import Any

import pytest

from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.protocol import Query
from egress import Bounds
from tests.connectors.loopback import DEFINITION, HALF, HANG, RESET, Answer, keys, opened, read, serving

HEAD = DEFINITION.format(connector="rest") + '[connection]\nurl = "{url}/inner"\n'
SECTION = '[resources]\nidentifier = "id"\nlist = {}\nids = { path = "{id}" }\nitems = "rows"\n[resources.mapping]\ntitle = "title"\n'
SECRET = "java.lang.NullPointerException at 10.0.0.8"
BOUNDS = Bounds(deadline=0.5, max_bytes=100_000, max_depth=20)

FAULTS: dict[str, tuple[Any, type[SourceError], str]] = {
    "401": (Answer(SECRET.encode(), 401), SourceRefused, "refused"),
    "403": (Answer(SECRET.encode(), 403), SourceRefused, "refused"),
    "408": (Answer(SECRET.encode(), 408), SourceTimeout, "timeout"),
    "429": (Answer(SECRET.encode(), 429, (("Retry-After", "30"),)), SourceUnavailable, "busy"),
    "500": (Answer(SECRET.encode(), 500), SourceUnavailable, "server_error"),
    "503": (Answer(SECRET.encode(), 503, (("Retry-After", "30"),)), SourceUnavailable, "server_error"),
    "400": (Answer(SECRET.encode(), 400), SourceMalformed, "rejected"),
    "304": (Answer(b"", 304), SourceMalformed, "status"),
    "reset": (RESET, SourceUnavailable, "reset"),
    "hang": (HANG, SourceTimeout, "timeout"),
    "half a body": (HALF, SourceUnavailable, "truncated"),
    "HTML": (Answer(f"<!DOCTYPE html><p>{SECRET}".encode()), SourceMalformed, "html"),
    "HTML that calls itself so": (Answer(SECRET.encode(), headers=(("Content-Type", "text/html"),)), SourceMalformed, "html"),
    "nothing": (Answer(b""), SourceMalformed, "empty"),
    "bad JSON": (Answer(b'{"rows": [}'), SourceMalformed, "malformed"),
    "JSON cut short": (Answer(b'{"rows": [{"id": 1}'), SourceMalformed, "truncated"),
    "other names": (Answer({"rows_v2": []}), SourceMalformed, "shape"),
    "a list elsewhere": (Answer([1, 2]), SourceMalformed, "shape"),
    "too deep": (Answer(b'{"rows": [' + b"[" * 50 + b"]" * 50 + b"]}"), SourceMalformed, "too_deep"),
    "too large": (Answer({"rows": ["示" * 200_000]}), SourceMalformed, "too_large"),
    "gzip bomb": (Answer(gzip.compress(b" " * 50_000_000), headers=(("Content-Encoding", "gzip"),)), SourceMalformed, "too_large"),
    "GBK": (Answer('{"rows": [{"id": "数控"}]}'.encode("gbk")), SourceMalformed, "encoding"),
    "a redirect elsewhere": (Answer(b"", 302, (("Location", "http://169.254.169.254/"),)), SourceRefused, "forbidden_address"),
    "redirects for ever": (Answer(b"", 302, (("Location", "/inner"),)), SourceMalformed, "redirects"),
    "404": (Answer(SECRET.encode(), 404), SourceMalformed, "not_found"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_has_its_name(fault: str) -> None:
    answer, kind, reason = FAULTS[fault]
    async with serving() as upstream, opened(upstream, HEAD + SECTION, bounds=BOUNDS) as connector:
        upstream.handler = lambda _asked: answer
        for query in (Query(), Query(ids=("1",))):
            if query.ids is not None and fault in {"404", "other names", "a list elsewhere"}:
                continue
            with pytest.raises(SourceError) as failed:
                await read(connector, query)
            assert (type(failed.value), failed.value.reason) == (kind, reason)
            assert SECRET not in str(failed.value)
            assert "127.0.0.1" not in str(failed.value)
            assert failed.value.retry_after == (30.0 if fault in {"429", "503"} else None)
        upstream.handler = lambda _asked: {"rows": [{"id": 1}]}
        assert keys(await read(connector)) == ["1"]


async def test_nobody_listens() -> None:
    async with serving() as upstream:
        pass
    async with opened(upstream, HEAD + SECTION) as connector:
        with pytest.raises(SourceUnavailable, match="refused_connection"):
            await read(connector)


async def test_a_declared_encoding_is_read() -> None:
    document = HEAD.replace('inner"', 'inner"\nencoding = "GB2312"') + SECTION
    async with serving() as upstream, opened(upstream, document) as connector:
        upstream.handler = lambda _asked: Answer('{"rows": [{"id": "数控喆"}]}'.encode("gb18030"))
        assert keys(await read(connector)) == ["数控喆"]


async def test_404_means_absent_where_a_key_was_asked_for() -> None:
    for status in (404, 410):
        async with serving() as upstream, opened(upstream, HEAD + SECTION) as connector:
            upstream.handler = lambda _asked: Answer(b"<html>", status)  # noqa: B023
            (batch,) = await read(connector, Query(ids=("1",)))
            assert (batch.items, batch.cursor) == ([], None)


RULES = """error = [
  { path = "success", ok = [true], code = "code", classes = { "-100" = "refused", 404 = "absent", 13 = "malformed" } },
  { path = "retCode", ok = ["000000", 0] },
  { path = "error", otherwise = "malformed" },
]
"""


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ({"success": False, "code": -100, "msg": SECRET}, SourceRefused),
        ({"success": "false", "code": "-100"}, SourceRefused),
        ({"success": False, "code": 13}, SourceMalformed),
        ({"success": False, "code": 5}, SourceUnavailable),
        ({"success": False}, SourceUnavailable),
        ({"retCode": "999999"}, SourceUnavailable),
        ({"error": {"message": SECRET}}, SourceMalformed),
        ({"success": False, "code": 404}, None),
        ({"success": True, "retCode": "000000", "error": None}, None),
        ({"success": True, "retCode": 0, "error": ""}, None),
        ({}, None),
    ],
)
async def test_an_error_inside_a_200_is_an_error(inside: dict[str, Any], kind: type[SourceError] | None) -> None:
    document = HEAD + RULES + SECTION
    async with serving() as upstream, opened(upstream, document) as connector:
        upstream.handler = lambda _asked: {"rows": [], **inside}
        if kind is None:
            (batch,) = await read(connector)
            assert (list(batch.items), batch.cursor) == ([], None)
            return
        for query in (Query(), Query(ids=("1",))):
            with pytest.raises(kind) as failed:
                await read(connector, query)
            assert type(failed.value) is kind
            assert str(failed.value) == "error_inside"
