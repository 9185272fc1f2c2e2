"""A person with a browser, and an application that sends them to sign in: forms are read from the pages, as people fill them in."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

REDIRECT = "http://127.0.0.1:5999/back"
ONCE = httpx.Limits(max_keepalive_connections=0)


class Page(HTMLParser):
    """The first form of a page: where it goes and what it holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.buttons: list[str] = []
        self.forms = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms += 1
            self.action = self.action or found["action"]
        elif self.forms == 1 and tag == "input" and "name" in found:
            self.fields[found["name"]] = found.get("value", "")
        elif self.forms == 1 and tag == "button":
            self.buttons.append(found.get("name", ""))


class Person:
    """One browser with its cookies."""

    def __init__(self, url: str, **options: Any) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=30, limits=ONCE, **options)

    def fill_in(self, reply: httpx.Response, **fields: str) -> httpx.Response:
        """Send the first form of a page with some fields filled in."""
        page = Page(reply.text)
        return self.http.post(urljoin(str(reply.url), page.action), data={**page.fields, **fields})

    def sign_in(self, username: str, password: str = "huiju-demo", target: str = "/oauth/account") -> httpx.Response:
        """Sign in at the login page."""
        return self.fill_in(self.http.get("/oauth/login", params={"next": target}), username=username, password=password)


class Application:
    """An application with PKCE; `authorize` makes the address to send a person to."""

    def __init__(self, url: str, client_id: str = "demo-web", redirect_uri: str = REDIRECT) -> None:
        self.url = url
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.verifier = secrets.token_urlsafe(48)
        self.http = httpx.Client(base_url=url, timeout=30, limits=ONCE)

    def authorize(self, scope: str | None = "openid resources:read profile:read", **more: str) -> dict[str, str]:
        """The parameters of an authorization request."""
        challenge = urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "st4te",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({"scope": scope} if scope is not None else {}),
            **more,
        }

    def code(self, person: Person, username: str, scope: str | None = "openid resources:read profile:read", **more: str) -> str:
        """Let a person sign in and allow everything; the code that comes back."""
        reply = person.http.get("/oauth/authorize", params=self.authorize(scope, **more))
        for _ in range(6):
            if reply.status_code in (302, 303):
                target = urljoin(str(reply.url), reply.headers["location"])
                if target.startswith(self.redirect_uri):
                    said = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
                    assert "error" not in said, said
                    assert said["state"] == "st4te"
                    return said["code"]
                reply = person.http.get(target)
                continue
            assert reply.status_code == 200, reply.text
            page = Page(reply.text)
            if "password" in page.fields:
                reply = person.fill_in(reply, username=username, password="huiju-demo")
            else:
                assert page.buttons == ["allow", "deny"]
                reply = person.fill_in(reply, allow="allow")
        raise AssertionError(reply.text)

    def redeem(self, code: str, **changed: str) -> httpx.Response:
        """Exchange a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": self.verifier,
        }
        return self.http.post("/oauth/token", data={**form, **changed})

    def refresh(self, token: str, **changed: str) -> httpx.Response:
        """Exchange a refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id}
        return self.http.post("/oauth/token", data={**form, **changed})

    def tokens(self, username: str, scope: str | None = "openid resources:read profile:read") -> dict[str, Any]:
        """Everything at once, with a browser of its own."""
        reply = self.redeem(self.code(Person(self.url), username, scope))
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found
