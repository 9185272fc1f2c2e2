"""What is believed of an upstream provider: a table, a CAS server over real HTTP, and files that are refused."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.brokering import UpstreamInvalid, open_upstream, read_upstream
from auth.brokering.upstream import Trip, asserted
from auth.errors import UpstreamRefused
from egress import Allow, Client

PLAIN = """
name = "idp"
title = "示例"
kind = "oidc"
issuer = "https://idp.example"
client_id = "huiju"
profile = { role = "role", province = "province", institution = "school" }
roles = { T = "teacher" }
"""
TRIP = Trip("https://huiju.example/oauth/upstream/cas/callback", "st4te", "n0nce", "v" * 43)


@pytest.mark.parametrize(
    ("limits", "said", "believed"),
    [
        ("", {"role": "T", "school": "4133010001"}, ("teacher", "33", "4133010001")),
        ("", {"role": "admin", "province": 33}, (None, "33", None)),
        ("", {"school": "not a code", "province": "330100"}, (None, "33", None)),
        ('province = "33"', {}, (None, "33", None)),
        ('province = "33"', {"school": "4133010001"}, (None, "33", "4133010001")),
        ('province = "33"', {"school": "4144010001"}, None),
        ('province = "33"', {"province": "44"}, None),
        ('province = "33"', {"province": "33", "school": "4144010001"}, None),
        ('institution = "4133010001"', {}, (None, "33", "4133010001")),
        ('institution = "4133010001"', {"school": "4133020001"}, None),
        ('institution = "4133010001"', {"province": "44"}, None),
        ("", {"province": "44", "school": "4133010001"}, None),
    ],
)
def test_a_provider_vouches_for_its_own_people_only(limits: str, said: dict[str, Any], believed: tuple[Any, ...] | None) -> None:
    definition = read_upstream(limits + PLAIN)
    profile = {"sub": 2**60, "name": "示例", **said}
    if believed is None:
        with pytest.raises(UpstreamRefused, match="own province or school"):
            asserted(definition, profile)
    else:
        who = asserted(definition, profile)
        assert who.subject == str(2**60)
        assert (who.role, who.province, who.institution) == believed


@pytest.mark.parametrize("subject", [None, "", True, ["x"], "x" * 300])
def test_somebody_without_an_identifier_is_nobody(subject: Any) -> None:
    with pytest.raises(UpstreamRefused, match="who this is"):
        asserted(read_upstream(PLAIN), {"sub": subject})


@pytest.mark.parametrize(
    "change",
    [
        ('kind = "oidc"', 'kind = "saml"'),
        ('client_id = "huiju"', ""),
        ('roles = { T = "teacher" }', 'roles = { T = "national_admin" }'),
        ('issuer = "https://idp.example"', 'issuer = "idp.example"'),
        ('kind = "oidc"', 'kind = "oauth2"'),
        ('name = "idp"', "name ="),
        ('title = "示例"', 'title = "示例"\nsurprise = 1'),
    ],
)
def test_a_file_that_cannot_work_is_refused_without_repeating_its_secret(change: tuple[str, str]) -> None:
    text = 'client_secret = "s3cret"\n' + PLAIN.replace(*change)
    with pytest.raises(UpstreamInvalid) as refused:
        read_upstream(text)
    assert "s3cret" not in str(refused.value)


@asynccontextmanager
async def cas(answer: Callable[[Request], Response]) -> AsyncIterator[str]:
    async def validate(request: Request) -> Response:
        return answer(request)

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(Starlette(routes=[Route("/cas/p3/serviceValidate", validate)]), lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/cas"
    finally:
        server.should_exit = True
        await serving


def _validated(request: Request) -> Response:
    if request.query_params["ticket"] != "ST-1" or "state=st4te" not in request.query_params["service"]:
        inner = '<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>'
    else:
        inner = """<cas:authenticationSuccess><cas:user>20240001</cas:user><cas:attributes>
        <cas:name>李示例</cas:name><cas:role>T</cas:role></cas:attributes></cas:authenticationSuccess>"""
    body = f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{inner}</cas:serviceResponse>'
    return Response(body, media_type="application/xml")


async def test_a_cas_server_validates_the_ticket_for_our_service_and_state() -> None:
    async with cas(_validated) as base:
        text = PLAIN.replace('kind = "oidc"', 'kind = "cas"').replace("https://idp.example", base)
        definition = read_upstream('institution = "4133010001"' + text)
        port = int(base.rpartition(":")[2].partition("/")[0])
        async with Client(allow=Allow([("127.0.0.1", port)])) as client:
            upstream = open_upstream(definition, client)
            assert (await upstream.begin(TRIP)).startswith(f"{base}/login?service=https%3A%2F%2Fhuiju.example")
            who = asserted(definition, await upstream.finish(TRIP, {"ticket": "ST-1"}))
            assert (who.subject, who.name, who.role, who.institution) == ("20240001", "李示例", "teacher", "4133010001")
            with pytest.raises(UpstreamRefused):
                await upstream.finish(TRIP, {"ticket": "ST-2"})
