"""The server against Authlib's client, which shares no code with it."""

from __future__ import annotations

from urllib.parse import urljoin

import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client

from tests.auth.browser import Page

HERE = "https://huiju.example"


async def test_authlibs_client_gets_refreshes_and_revokes_a_token(http: httpx.AsyncClient) -> None:
    metadata = (await http.get("/.well-known/openid-configuration")).json()
    assert metadata["issuer"] == HERE
    verifier = "v" * 64
    options = {"redirect_uri": "http://127.0.0.1:5999/back", "scope": "openid resources:read", "token_endpoint_auth_method": "none"}
    async with AsyncOAuth2Client("demo-web", code_challenge_method="S256", transport=http._transport, **options) as client:
        address, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce="n0nce")
        login = await http.get(address, follow_redirects=True)
        page = Page(login.text)
        signed = await http.post(page.action, data={**page.fields, "username": "teacher", "password": "huiju-demo"})
        consent = await http.get(urljoin(HERE, signed.headers["location"]))
        page = Page(consent.text)
        back = await http.post(page.action, data={**page.fields, "allow": "allow"})
        token = await client.fetch_token(
            metadata["token_endpoint"], authorization_response=back.headers["location"], code_verifier=verifier, state=state
        )
        assert token["token_type"] == "Bearer"
        assert (await client.get(metadata["userinfo_endpoint"])).json() == {"sub": "demo-teacher"}
        renewed = await client.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
        assert renewed["refresh_token"] != token["refresh_token"]
        assert (await client.revoke_token(metadata["revocation_endpoint"], token=renewed["refresh_token"])).status_code == 200
        assert (await client.get(metadata["userinfo_endpoint"])).status_code == 401


async def test_both_metadata_documents_are_one_and_name_what_is_there(http: httpx.AsyncClient) -> None:
    metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert metadata == (await http.get("/.well-known/openid-configuration")).json()
    for name, address in metadata.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert (await http.get(address)).status_code not in (404, 500), name
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
