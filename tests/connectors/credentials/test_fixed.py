"""Schemes whose secrets go with every request: where they stand, what becomes of them at a redirect, and a secret that is changed."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from connectors.errors import SourceRefused
from connectors.protocol import Query
from tests.connectors.credentials.hub import REST, Memory, document, reaching
from tests.connectors.loopback import Answer, Asked, keys, read, serving

BASIC = '[credentials]\nscheme = "basic"\nuser = "huiju"\n'
BEARER = '[credentials]\nscheme = "bearer"\n'
HEADER = '[credentials]\nscheme = "api_key"\nname = "X-Gate"\n'
QUERY = '[credentials]\nscheme = "api_key"\nin = "query"\nname = "key"\n'
COOKIE = '[credentials]\nscheme = "api_key"\nin = "cookie"\nname = "SID"\n'
SECRET = "abc-1234567890-def"

SCHEMES = [(BASIC, "password"), (BEARER, "token"), (HEADER, "key"), (QUERY, "key"), (COOKIE, "key")]
NAMES = ["basic", "bearer", "header", "query", "cookie"]


def shown(asked: Asked) -> str | None:
    """The secret of a request, wherever it stands; headers come in lower case."""
    for place in (asked.headers.get("authorization"), asked.headers.get("x-gate"), asked.headers.get("cookie")):
        if place is not None:
            return place.removeprefix("bearer ").removeprefix("basic ").removeprefix("sid=")
    return asked.params.get("key", [None])[0]


def expected(credentials: str, secret: str) -> str:
    return b64encode(f"huiju:{secret}".encode()).decode().lower() if credentials is BASIC else secret


def page(*rows: int) -> Any:
    return {"success": True, "data": {"total": len(rows), "rows": [{"id": row, "name": "x"} for row in rows]}}


@pytest.mark.parametrize(("credentials", "name"), SCHEMES, ids=NAMES)
async def test_every_request_has_the_secret_and_a_changed_one_is_taken_up(credentials: str, name: str) -> None:
    good = [SECRET]
    kept = Memory({name: SECRET})
    async with serving() as upstream:
        upstream.handler = lambda asked: page(1) if shown(asked) == expected(credentials, good[0]) else Answer({}, status=401)
        async with reaching(upstream, document(credentials), kept) as connector:
            assert keys(await read(connector, Query())) == ["1"]
            good[0] = kept.values[name] = "xyz-0987654321-uvw"
            assert keys(await read(connector, Query())) == ["1"]
            good[0] = "not-known-to-us-yet"
            before, asked_store = len(upstream.asked), kept.asked
            for _ in range(10):
                with pytest.raises(SourceRefused, match="refused"):
                    await read(connector)
            assert len(upstream.asked) == before + 10
            assert kept.asked <= asked_store + 10


@pytest.mark.parametrize(("credentials", "name"), SCHEMES, ids=NAMES)
async def test_a_redirect_to_another_origin_takes_no_secret_along(credentials: str, name: str) -> None:
    async with serving() as elsewhere, serving() as upstream:
        elsewhere.handler = lambda _asked: page(1)
        # A careless server passes the query on.
        upstream.handler = lambda asked: Answer({}, status=302, headers=(("Location", f"{elsewhere.url}{asked.target}"),))
        async with reaching(upstream, document(credentials), Memory({name: SECRET}), also=elsewhere.port) as connector:
            assert keys(await read(connector)) == ["1"]
    assert shown(upstream.asked[0]) == expected(credentials, SECRET)
    assert "size" in elsewhere.asked[0].params
    assert SECRET not in repr(elsewhere.asked[0])
    assert expected(credentials, SECRET) not in repr(elsewhere.asked[0])


async def test_the_next_link_of_a_source_that_repeats_our_key_neither_holds_nor_doubles_it() -> None:
    kind = REST.replace('total = "data.total"\n', "").replace(
        'paging = { style = "page", size_param = "size" }', 'paging = { style = "link", next = "next" }'
    )

    def answer(asked: Asked) -> Any:
        number = asked.number("page", 0)
        following = f"/courses?page={number + 1}&key={SECRET}" if number < 2 else None
        return {**page(number), "next": following}

    async with serving() as upstream:
        upstream.handler = answer
        async with reaching(upstream, document(QUERY, kind), Memory({"key": SECRET})) as connector:
            found = await read(connector, Query())
            cursors = [batch.cursor for batch in found if batch.cursor is not None]
            assert keys(await read(connector, Query(cursor=cursors[0]))) == ["1", "2"]
    assert keys(found) == ["0", "1", "2"]
    assert all(asked.params["key"] == [SECRET] for asked in upstream.asked)
    assert SECRET not in "".join(cursors)


@pytest.mark.parametrize("secret", ["line\nbreak-in-a-secret", "nul\x00-in-a-secret"])
async def test_a_secret_that_cannot_be_sent_is_told_without_it(secret: str) -> None:
    async with serving() as upstream, reaching(upstream, document(HEADER), Memory({"key": secret})) as connector:
        with pytest.raises(SourceRefused, match="secret_unusable") as caught:
            await read(connector)
    assert upstream.asked == []
    assert caught.value.__context__ is None
