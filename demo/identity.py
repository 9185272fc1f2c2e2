"""Two identity providers of the demo: a national hub that keeps few rules, and a provincial OpenID provider that keeps them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from demo.data.people import HANGZHOU, INSTITUTIONS

HUB_SECRET = "hub-demo-secret"  # noqa: S105
ZHEJIANG_SECRET = "zhejiang-demo-secret"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in there, without a password: these are examples."""

    id: str
    name: str
    role: str
    school: str


_GUANGZHOU = next(each for each in INSTITUTIONS if each.province == "44")
HUB_PEOPLE = (
    Person("100000000000000001", "示例学生（国家平台）", "1", HANGZHOU.code),
    Person("100000000000000002", "示例教师（国家平台）", "2", _GUANGZHOU.code),
)
ZHEJIANG_PEOPLE = (
    Person("zj-student", "示例学生（浙江）", "student", HANGZHOU.code),
    Person("zj-teacher", "示例教师（浙江）", "teacher", HANGZHOU.code),
    Person("zj-stranger", "示例外省人员", "teacher", _GUANGZHOU.code),
)


class _Desk:
    """The login page of a provider, and the codes that it gives out."""

    def __init__(self, title: str, people: tuple[Person, ...]) -> None:
        self._title = title
        self._people = {person.id: person for person in people}
        self._codes: dict[str, tuple[Person, Mapping[str, str]]] = {}

    async def show(self, request: Request) -> Response:
        if request.method == "POST":
            chosen = dict(parse_qsl((await request.body()).decode()))["person"]
            asked = dict(request.query_params)
            code = secrets.token_urlsafe(16)
            self._codes[code] = self._people[chosen], asked
            said = {"code": code, **({"state": asked["state"]} if "state" in asked else {})}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(said)}", 303)
        buttons = "".join(f'<p><button name="person" value="{each.id}">{escape(each.name)}</button></p>' for each in self._people.values())
        form = f'<form method="post" action="?{escape(request.url.query)}">{buttons}</form>'
        return HTMLResponse(f'<!doctype html><html lang="zh-CN"><title>{self._title}</title><h1>{self._title}</h1>{form}</html>')

    def redeem(self, code: str) -> tuple[Person, Mapping[str, str]] | None:
        return self._codes.pop(code, None)


def hub() -> Starlette:
    """The national hub: no state of its own, errors inside a 200, ids over 2^53, the profile under `data`."""
    desk, tokens = _Desk("国家平台统一登录（示例）", HUB_PEOPLE), dict[str, Person]()

    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        found = desk.redeem(form.get("code", ""))
        if found is None or form.get("client_secret") != HUB_SECRET:
            return JSONResponse({"retCode": "400102", "retDesc": "code 无效"})
        access = secrets.token_urlsafe(16)
        tokens[access] = found[0]
        return JSONResponse({"retCode": "000000", "access_token": access, "expires_in": 7200})

    async def userinfo(request: Request) -> Response:
        person = tokens.get(request.query_params.get("accessToken", ""))
        if person is None:
            return JSONResponse({"retCode": "400201", "retDesc": "令牌无效"})
        data = {"userId": person.id, "realName": person.name, "userType": person.role, "orgCode": person.school}
        return JSONResponse({"retCode": "000000", "data": data})

    return Starlette(
        routes=[
            Route("/uias/oauth/authorize", desk.show, methods=["GET", "POST"]),
            Route("/uias/oauth/token", token, methods=["POST"]),
            Route("/uias/userinfo", userinfo),
        ]
    )


def zhejiang_idp() -> Starlette:
    """The provincial provider: OpenID Connect with discovery, PKCE, nonce and signed ID tokens."""
    desk = _Desk("浙江教育统一身份认证（示例）", ZHEJIANG_PEOPLE)
    key = ECKey.generate_key("P-256", auto_kid=True)

    async def discovery(request: Request) -> Response:
        issuer = _issuer(request)
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
            }
        )

    async def jwks(_request: Request) -> Response:
        return JSONResponse({"keys": [{**key.as_dict(private=False), "kid": key.kid, "alg": "ES256", "use": "sig"}]})

    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        found = desk.redeem(form.get("code", ""))
        if found is None or form.get("client_secret") != ZHEJIANG_SECRET or not _proves(form.get("code_verifier", ""), found[1]):
            return JSONResponse({"error": "invalid_grant"}, 400)
        person, asked = found
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": _issuer(request),
            "aud": asked["client_id"],
            "sub": person.id,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.get("nonce"),
            "name": person.name,
            "role": person.role,
            "school": person.school,
        }
        signed = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])
        return JSONResponse({"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": signed})

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", discovery),
            Route("/jwks", jwks),
            Route("/authorize", desk.show, methods=["GET", "POST"]),
            Route("/token", token, methods=["POST"]),
        ]
    )


def _issuer(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _proves(verifier: str, asked: Mapping[str, str]) -> bool:
    made = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(made, asked.get("code_challenge", ""))
