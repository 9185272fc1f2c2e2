"""The explorer's files over HTTP: a strict policy, hashed assets for a year, and a page that says how to build it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from transport.explorer import explorer_routes

SCRIPT = b"console.log('" + b"x" * 3000 + b"')"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    assets = tmp_path / "explorer" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text('<meta name="csp-nonce" content="__NONCE__">', "utf-8")
    (assets.parent / "favicon.svg").write_text("<svg/>", "utf-8")
    (assets / "index-abc.js").write_bytes(SCRIPT)
    (assets / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "secret.js").write_text("secret", "utf-8")
    return assets.parent


def client(directory: Path) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=explorer_routes(directory)))
    return httpx.AsyncClient(transport=transport, base_url="http://huiju.example")


async def test_the_page_has_a_nonce_of_its_own_each_time(built: Path) -> None:
    async with client(built) as http:
        pages = [await http.get("/explorer/") for _ in range(2)]
    nonces = [nonce for page in pages for nonce in re.findall(r'content="([\w-]{20,})"', page.text)]
    assert len(set(nonces)) == 2
    for page, nonce in zip(pages, nonces, strict=True):
        policy = page.headers["content-security-policy"]
        assert f"'nonce-{nonce}'" in policy
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"


async def test_an_asset_is_kept_for_a_year_and_comes_compressed_to_who_takes_it(built: Path) -> None:
    async with client(built) as http:
        small = await http.get("/explorer/assets/index-abc.js", headers={"accept-encoding": "br;q=0, gzip"})
        plain = await http.get("/explorer/assets/index-abc.js", headers={"accept-encoding": "gzip;q=0"})
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < 200
    assert small.content == plain.content == SCRIPT
    assert "content-encoding" not in plain.headers
    for reply in (small, plain):
        assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in reply.headers["cache-control"]
        assert reply.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/explorer/assets/../../secret.js",
        "/explorer/assets/..%2f..%2fsecret.js",
        "/explorer/..%2fsecret.js",
        "/explorer/assets/.hidden.js",
        "/explorer/assets/none.js",
        "/explorer/index.html",
        "/explorer/assets/index-abc.js.gz",
    ],
)
async def test_nothing_else_is_served(built: Path, path: str) -> None:
    async with client(built) as http:
        reply = await http.get(path)
    assert reply.status_code == 404
    assert "secret" not in reply.text


async def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    async with client(tmp_path / "nothing") as http:
        page = await http.get("/explorer/")
        assert page.status_code == 503
        assert "make explorer" in page.text
        assert "尚未构建" in page.text
        assert (await http.get("/explorer/assets/index-abc.js")).status_code == 404


async def test_the_address_without_a_slash_leads_to_the_one_with_it(built: Path) -> None:
    async with client(built) as http:
        reply = await http.get("/explorer")
    assert (reply.status_code, reply.headers["location"]) == (308, "/explorer/")


async def test_the_root_leads_to_the_application_or_until_it_is_built_to_the_first_page(built: Path, tmp_path: Path) -> None:
    for directory, target in ((built, "/explorer/"), (tmp_path / "nothing", "/start")):
        async with client(directory) as http:
            reply = await http.get("/")
        assert (reply.status_code, reply.headers["location"]) == (302, target)
