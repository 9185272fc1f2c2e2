"""A server that believes other issuers: what their tokens open, and what callers are told while one is down."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx

from egress import Allow
from federation import Arrangement
from server import create_app
from settings import Settings
from store.accounts import Account, Accounts
from store.database import Database
from tests.auth.issuer import Issuer

VIEWER = {"query": "{ viewer { id } }"}


async def test_callers_of_an_issuer_that_is_down_are_told_when_to_come_back(tmp_path: Path) -> None:
    living, dead = Issuer(), Issuer()
    settings = Settings.from_environment(
        {
            "HUIJU_DATA_DIR": str(tmp_path),
            "HUIJU_ISSUERS": f"{living.url},{dead.url}",
            "HUIJU_PUBLIC_URL": "https://huiju.example",
            "HUIJU_ALLOW_PRIVATE": f"127.0.0.1:{living.port},127.0.0.1:{dead.port}",
        }
    )
    application = create_app(settings, Arrangement(documents=(), allow=lambda _: Allow.at(settings.allow_private, ())))
    await living.come_up()
    await dead.come_up()
    await dead.go_down()
    async with application.router.lifespan_context(application):
        database = Database.open(settings.database_url)
        who = Account(id="li", name="李示例", roles=frozenset({"teacher"}), province="33", institution="4133010001")
        await Accounts(database).add(who, (living.url, "u1"))
        await database.aclose()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="https://huiju.example") as http:

            async def ask(issuer: Issuer, kid: str) -> httpx.Response:
                token = issuer.token(kid, lambda: datetime.now(UTC))
                return await http.post("/graphql", json=VIEWER, headers={"authorization": f"Bearer {token}"})

            assert (await ask(living, "k1")).json() == {"data": {"viewer": {"id": "li"}}}
            await living.go_down()
            assert (await ask(living, "k2")).json() == {"data": {"viewer": {"id": "li"}}}
            refused = await ask(dead, "k2")
            assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (503, "ISSUER_UNAVAILABLE")
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            assert "www-authenticate" not in refused.headers
            assert (await http.post("/graphql", json=VIEWER)).json() == {"data": {"viewer": None}}
