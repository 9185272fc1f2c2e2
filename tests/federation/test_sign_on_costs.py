"""What signing on costs others, and others cost it: nothing for who does not sign in, and no waiting for a harvest."""

from __future__ import annotations

from typing import Any

import pytest

import auth.access_tokens
import auth.resource_server
import auth.sealing
from auth.passwords import Passwords
from tests.federation.paths import WATCHED, statements

QUERY = '{ search(first: 5) { totalCount nodes { title } facets(by: [KIND]) { missing } } suggest(prefix: "数") { text } }'
OF_SIGN_ON = (
    "accounts",
    "identities",
    "clients",
    "consents",
    "browser_sessions",
    "token_families",
    "refresh_tokens",
    "revoked_tokens",
    "authorization_codes",
    "signing_keys",
    "attempts",
    "audit_events",
    "recovery_codes",
    "pseudonym_salts",
)


def test_an_anonymous_query_reads_no_table_of_sign_on_and_computes_nothing_for_it(product: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: Any, **__: Any) -> Any:
        raise AssertionError("an anonymous query pays for sign-on")

    for owner, name in (
        (auth.resource_server.ResourceServer, "grant_of"),
        (auth.access_tokens, "verified"),
        (auth.resource_server, "verified"),
        (auth.resource_server, "digest"),
        (auth.sealing.Vault, "open"),
        (auth.sealing.Vault, "derive"),
        (auth.sealing.Vault, "pseudonym"),
        (Passwords, "holds"),
    ):
        monkeypatch.setattr(owner, name, touched)
    with statements() as sent:
        reply = product.http.post("/graphql", json={"query": QUERY}, headers={"x-request-id": WATCHED})
    assert reply.status_code == 200
    assert "errors" not in reply.json()
    assert reply.json()["data"]["search"]["nodes"]
    assert [statement for statement in sent if any(f" {table}" in statement for table in OF_SIGN_ON)] == []
    assert "set-cookie" not in reply.headers
