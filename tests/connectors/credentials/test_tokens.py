"""Tokens: got once for everybody, renewed when they are refused or run out, and never in a storm."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.credentials import issuing
from connectors.definition import parse_definition
from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.protocol import Query
from egress import Allow, Bounds, Client
from tests.connectors.credentials.hub import DANCE, SECRET, Hub, Memory, document, reaching
from tests.connectors.loopback import HANG, RESET, Answer, Asked, Upstream, keys, read, serving


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with serving() as upstream:
        yield upstream


@pytest.fixture
def hub(upstream: Upstream) -> Hub:
    hub = Hub()
    upstream.handler = hub
    return hub


@pytest.fixture
def kept() -> Memory:
    return Memory({"app_secret": SECRET})


def token_requests(upstream: Upstream) -> int:
    return sum(asked.path == "/oauth/token" for asked in upstream.asked)


async def test_a_token_is_got_by_a_signed_request_and_serves_a_whole_harvest(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    async with reaching(upstream, document(DANCE), kept) as connector:
        found = await read(connector, Query(limit=10))
        assert len(keys(await read(connector, Query(ids=("3", "4"))))) == 2
    assert keys(found) == [str(number) for number in range(30)]
    assert len(hub.tokens) == 1
    assert hub.refused == 0
    request = upstream.asked[0].json
    assert abs(int(request["timestamp"]) - time.time()) < 60
    assert len(request["nonce"]) == 32


async def test_fifty_questions_at_once_get_one_token(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    async with reaching(upstream, document(DANCE), kept) as connector:
        await asyncio.gather(*(read(connector, Query(limit=30)) for _ in range(50)))
        hub.revoke()
        await asyncio.gather(*(read(connector, Query(limit=30)) for _ in range(50)))
    assert len(hub.tokens) == 2


async def test_a_token_that_expires_between_two_pages_is_renewed_and_no_item_is_lost(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    async with reaching(upstream, document(DANCE), kept) as connector:
        found = []
        async for batch in connector.read(Query(limit=10)):
            found += [item.key for item in batch.items]
            hub.revoke()
    assert found == [str(number) for number in range(30)]
    assert len(hub.tokens) == 3


async def test_a_token_that_has_run_out_by_its_own_account_is_not_sent(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    hub.expires = 0.2
    async with reaching(upstream, document(DANCE), kept) as connector:
        await read(connector, Query(limit=30))
        await asyncio.sleep(0.25)
        await read(connector, Query(limit=30))
    assert len(hub.tokens) == 2
    assert hub.refused == 0


@pytest.mark.parametrize("told", ["seconds", "milliseconds", "epoch", "epoch_milliseconds", "text"])
async def test_what_is_left_of_a_token_is_counted_by_the_clock_of_its_source(upstream: Upstream, hub: Hub, kept: Memory, told: str) -> None:
    there = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
    until = there + timedelta(hours=1)
    epoch = int(until.timestamp())
    written = {"seconds": 3600, "milliseconds": "3600000", "epoch": epoch, "epoch_milliseconds": epoch * 1000, "text": until.isoformat()}
    hub.expires = written[told]
    upstream.handler = lambda asked: Answer(hub(asked), headers=(("Date", format_datetime(there, usegmt=True)),))
    text = document(DANCE.replace('expires = "data.expiresIn"', f'expires = "data.expiresIn"\nexpires_as = "{told}"'))
    definition = parse_definition(text.replace("{url}", upstream.url))
    async with Client(allow=Allow([("127.0.0.1", upstream.port)])) as client:
        issuer = issuing.Issuer(definition.credentials, client, upstream.url, ZoneInfo("Asia/Shanghai"))
        issued = await issuer.issue(kept.values)
    assert issued.lifetime == pytest.approx(3600, abs=1)


async def test_an_expiry_in_the_past_by_a_wrong_clock_does_not_ask_for_a_token_each_time(
    upstream: Upstream, hub: Hub, kept: Memory
) -> None:
    hub.expires = int(time.time()) - 3600
    text = document(DANCE.replace('expires = "data.expiresIn"', 'expires = "data.expiresIn"\nexpires_as = "epoch"'))
    async with reaching(upstream, text, kept) as connector:
        for _ in range(5):
            await read(connector, Query(limit=30))
    assert len(hub.tokens) == 1


async def test_a_source_that_refuses_our_clock_is_asked_again_by_its_own(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    there = datetime.now(UTC) - timedelta(minutes=20)

    def strict(asked: Asked) -> Any:
        late = asked.path == "/oauth/token" and abs(int(asked.json["timestamp"]) - there.timestamp()) > 60
        answer = {"success": False, "code": -2} if late else hub(asked)
        return Answer(answer, headers=(("Date", format_datetime(there.replace(microsecond=0), usegmt=True)),))

    upstream.handler = strict
    async with reaching(upstream, document(DANCE), kept) as connector:
        assert len(keys(await read(connector, Query(limit=30)))) == 30
    assert token_requests(upstream) == 2


async def test_a_secret_that_was_changed_is_taken_at_the_next_refusal(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    async with reaching(upstream, document(DANCE), kept) as connector:
        found = []
        async for batch in connector.read(Query(limit=10)):
            found += [item.key for item in batch.items]
            if len(found) == 10:
                hub.secret = kept.values["app_secret"] = "another-secret-of-the-hub"
                hub.revoke()
    assert len(found) == 30


async def test_a_source_that_refuses_every_token_is_not_stormed(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    hub.accepts = False
    async with reaching(upstream, document(DANCE), kept) as connector:
        for _ in range(40):
            with pytest.raises(SourceRefused, match="error_inside"):
                await read(connector, Query(limit=30))
        assert len(hub.tokens) <= 3
        assert len(upstream.asked) <= 50
        hub.accepts = True
        kept.values["app_secret"] = hub.secret = "set-anew-by-the-administrator"
        hub.revoke()
        assert len(keys(await read(connector, Query(limit=30)))) == 30


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (HANG, SourceTimeout, "token_timeout"),
        (RESET, SourceUnavailable, "token_unavailable"),
        (Answer(b"<html>log in</html>", headers=(("Content-Type", "text/html"),)), SourceMalformed, "token_answer"),
        (Answer(b'{"data": {"token": "' + b"x" * 9000 + b'"}, "success": true}'), SourceMalformed, "token_answer"),
        (Answer(b'{"success": true, "x": "' + b"x" * 1_000_000 + b'"}'), SourceMalformed, "token_answer"),
        (Answer({"success": True, "data": {"token": None}}), SourceMalformed, "token_answer"),
        (Answer({"success": True, "data": {"token": "a\r\nX-Evil: 1"}}), SourceMalformed, "token_answer"),
        (Answer({"success": False, "code": 7}), SourceUnavailable, "token_unavailable"),
        (Answer({"error": "invalid_client"}, status=400), SourceRefused, "token_refused"),
        (Answer({}, status=401), SourceRefused, "token_refused"),
        (Answer({}, status=404), SourceMalformed, "token_answer"),
        (Answer({}, status=503), SourceUnavailable, "token_unavailable"),
    ],
    ids=["hang", "reset", "html", "long", "huge", "null", "newline", "inside", "400", "401", "404", "503"],
)
async def test_a_token_endpoint_that_fails_becomes_a_clear_error_and_is_left_in_peace(
    upstream: Upstream, hub: Hub, kept: Memory, monkeypatch: pytest.MonkeyPatch, answer: Any, error: type[SourceError], reason: str
) -> None:
    monkeypatch.setattr(issuing, "BOUNDS", Bounds(deadline=0.3, max_bytes=65_536))
    hub.token_answer = answer
    text = document(DANCE).replace('"query", name = "accessToken"', '"header", name = "X-Access"')
    async with reaching(upstream, text, kept) as connector:
        for _ in range(8):
            with pytest.raises(error, match=reason):
                await read(connector)
        assert token_requests(upstream) <= 3
        assert token_requests(upstream) == len(upstream.asked)


async def test_a_question_that_gives_up_leaves_the_renewal_to_the_next_one(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    async def slow(asked: Asked) -> Any:
        if asked.path == "/oauth/token":
            await asyncio.sleep(0.3)
        return hub(asked)

    upstream.handler = slow
    async with reaching(upstream, document(DANCE), kept) as connector:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await read(connector, Query(limit=30))
        assert len(keys(await read(connector, Query(limit=30)))) == 30
    assert len(hub.tokens) == 1


async def test_a_missing_secret_is_told_before_anything_is_sent(upstream: Upstream, hub: Hub) -> None:
    async with reaching(upstream, document(DANCE), Memory({})) as connector:
        with pytest.raises(SourceRefused, match="secret_missing"):
            await read(connector)
    assert upstream.asked == []


OAUTH = """
[credentials]
scheme = "oauth2"
token_url = "{url}/oauth2/token"
client_id = "huiju:省"
scope = "resources.read"
authentication = "{authentication}"
"""


@pytest.mark.parametrize("authentication", ["client_secret_basic", "client_secret_post"])
async def test_client_credentials_of_oauth_2(upstream: Upstream, authentication: str) -> None:
    def answer(asked: Asked) -> Any:
        if asked.path == "/oauth2/token":
            return {"access_token": "an-access-token-of-oauth", "token_type": "bearer", "expires_in": 300}
        good = asked.headers.get("authorization") == "bearer an-access-token-of-oauth"
        return Answer(
            {"data": {"rows": [{"id": 1, "name": "a"}], "total": 1}, "success": True} if good else {}, status=200 if good else 401
        )

    upstream.handler = answer
    text = document(OAUTH.replace("{authentication}", authentication))
    async with reaching(upstream, text, Memory({"client_secret": "s:ecret of%oauth"})) as connector:
        found = await read(connector, Query(limit=10))
    token, *_ = upstream.asked
    assert token.form["grant_type"] == ["client_credentials"]
    assert token.form["scope"] == ["resources.read"]
    if authentication == "client_secret_post":
        assert token.form["client_secret"] == ["s:ecret of%oauth"]
        assert "authorization" not in token.headers
    else:
        assert token.headers["authorization"] == "basic " + token.headers["authorization"].partition(" ")[2]
        assert "client_secret" not in token.form
    assert keys(found) == ["1"]


SIGNED = """
[credentials]
scheme = "token"
[credentials.request]
path = "/token"
method = "GET"
params = { ts = "{timestamp}", a = "1", sign = "{signature}", empty = "" }
headers = { X-App = "{secret.app}" }
[credentials.answer]
token = "token"
[credentials.signature]
"""


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ('function = "md5"\ntext = "{secret.app}{concatenated}{secret.app}"', hashlib.md5(b"Ka1ts7K").hexdigest()),
        ('function = "sha1"\ntext = "{sorted}"\nwritten = "HEX"', hashlib.sha1(b"a=1&ts=7").hexdigest().upper()),
        ('function = "sha256"\ntext = "{timestamp}{nonce}"', hashlib.sha256(b"7n").hexdigest()),
        # RFC 4231, test case 2.
        (
            'function = "hmac-sha256"\ntext = "what do ya want for nothing?"\nsecret = "jefe"',
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        # RFC 2202, test case 2 for HMAC-MD5, in base64.
        ('function = "hmac-md5"\ntext = "what do ya want for nothing?"\nsecret = "jefe"\nwritten = "base64"', "dQx4PmqwtQPqqG4xCl23OA=="),
        # GB/T 32905-2016, A.1.
        ('function = "sm3"\ntext = "abc"', "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    ],
)
def test_a_request_is_signed_by_a_named_function(signature: str, expected: str) -> None:
    definition = parse_definition(document(SIGNED + signature).replace("{url}", "https://hub.example"))
    now = datetime.fromtimestamp(7, UTC)
    request = issuing.dance_request(definition.credentials, "https://hub.example", {"app": "K", "jefe": "Jefe"}, now, "n")
    assert request.params["sign"] == expected


GRAPHQL = """
connector = "graphql"
connection = { url = "{url}/graphql" }
[resources]
identifier = "id"
field = "resources"
mapping = { title = "name" }
[resources.paging]
style = "relay"
"""

OAI = """
connector = "oaipmh"
connection = { url = "{url}/oai" }
[resources]
mapping = { title = "metadata.oai_dc:dc[0].dc:title[0]" }
"""


async def test_a_graphql_source_says_inside_of_its_answer_that_a_token_expired(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    def answer(asked: Asked) -> Any:
        if asked.path == "/oauth/token":
            return hub(asked)
        if hub.good is None or asked.headers.get("x-token") != hub.good.lower():
            return {"errors": [{"message": "expired", "extensions": {"code": "UNAUTHENTICATED"}}], "data": None}
        nodes = [{"node": {"id": str(number), "name": "x"}} for number in range(3)]
        return {"data": {"resources": {"edges": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}}}

    upstream.handler = answer
    credentials = DANCE.replace('in = "query", name = "accessToken"', 'in = "header", name = "X-Token"')
    credentials = credentials.replace('{ path = "code", is = [-100] }', '{ path = "errors[0].extensions.code", is = ["UNAUTHENTICATED"] }')
    credentials = credentials.replace('path = "/oauth/token"', 'url = "{url}/oauth/token"')
    async with reaching(upstream, document(credentials, GRAPHQL), kept) as connector:
        await read(connector)
        hub.revoke()
        assert keys(await read(connector)) == ["0", "1", "2"]
    assert len(hub.tokens) == 2


async def test_a_repository_behind_a_cookie(upstream: Upstream, hub: Hub, kept: Memory) -> None:
    record = (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-01-01T00:00:00Z</responseDate><ListRecords><record>'
        "<header><identifier>oai:1</identifier><datestamp>2026-01-01</datestamp></header><metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>课程</dc:title></oai_dc:dc></metadata></record></ListRecords></OAI-PMH>"
    )

    def answer(asked: Asked) -> Any:
        if asked.path == "/oauth/token":
            return hub(asked)
        known = hub.good is not None and asked.headers.get("cookie") == f"sid={hub.good}".lower()
        return Answer(record.encode(), headers=(("Content-Type", "text/xml"),)) if known else Answer(b"", status=401)

    upstream.handler = answer
    credentials = DANCE.replace('in = "query", name = "accessToken"', 'in = "cookie", name = "SID"').replace(
        'expired = { path = "code", is = [-100] }', ""
    )
    credentials = credentials.replace('path = "/oauth/token"', 'url = "{url}/oauth/token"')
    async with reaching(upstream, document(credentials, OAI), kept) as connector:
        hub.revoke()
        await read(connector)
        hub.revoke()
        assert keys(await read(connector)) == ["oai:1"]
