"""A hub as regional platforms are: signed token requests, errors inside of a 200, and a new token that ends the old one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.credentials.keeping import Keeper
from connectors.definition import parse_definition
from connectors.opening import opened
from connectors.protocol import Connector
from egress import Allow
from tests.connectors.loopback import Asked, Upstream

SECRET = "c0ffee-Secret/of+the=hub"

HEAD = """
name = "hub"
title = "示例枢纽"
tier = "national"
mode = "harvest"
all_public = true
"""

REST = """
connector = "rest"
connection = { url = "{url}", error = { path = "success", ok = [true], code = "code", classes = { -100 = "refused" } } }

[resources]
identifier = "id"
list = { path = "/courses" }
items = "data.rows"
total = "data.total"
paging = { style = "page", size_param = "size" }
ids = { path = "/courses/{id}", items = "data" }
mapping = { title = "name" }
"""

DANCE = """
[credentials]
scheme = "token"
send = { in = "query", name = "accessToken" }
expired = { path = "code", is = [-100] }

[credentials.request]
path = "/oauth/token"
json = { appId = "school-1", timestamp = "{timestamp}", nonce = "{nonce}", sign = "{signature}" }

[credentials.signature]
function = "md5"
text = "{sorted}&key={secret.app_secret}"
written = "HEX"

[credentials.answer]
token = "data.token"
expires = "data.expiresIn"
error = { path = "success", ok = [true] }
"""

EXCLUSIVE = DANCE.replace('scheme = "token"', 'scheme = "token"\nexclusive = true')


@dataclass
class Memory:
    """Secrets in memory; a test sets others."""

    values: dict[str, str]
    shared: Any = None
    asked: int = 0

    async def secrets(self) -> Mapping[str, str]:
        self.asked += 1
        return dict(self.values)


@dataclass
class Hub:
    """The hub: `tokens` are those that it gave, of which the last alone is good; a test spoils it by `revoke` and the settings below."""

    count: int = 30
    secret: str = SECRET
    tokens: list[str] = field(default_factory=list)
    refused: int = 0
    good: str | None = None
    expires: Any = 7200
    accepts: bool = True
    token_answer: Any = None

    def revoke(self) -> None:
        self.good = None

    def __call__(self, asked: Asked) -> Any:
        if asked.path == "/oauth/token":
            return self.token_answer if self.token_answer is not None else self._token(asked)
        if not self.accepts or self.good is None or asked.params.get("accessToken") != [self.good]:
            self.refused += 1
            return {"success": False, "code": -100, "message": f"token {asked.params.get('accessToken')} is not valid"}
        if asked.path.startswith("/courses/"):
            return {"success": True, "data": self._row(int(asked.path.rpartition("/")[2]))}
        page, size = asked.number("page", 1), asked.number("size", 10)
        rows = [self._row(number) for number in range((page - 1) * size, min(self.count, page * size))]
        return {"success": True, "data": {"total": self.count, "rows": rows}}

    def _row(self, number: int) -> dict[str, Any]:
        # Some platforms write the caller's token into the links that they hand out.
        return {"id": number, "name": f"课程 {number}", "link": f"https://hub.example/c/{number}?accessToken={self.good}"}

    def _token(self, asked: Asked) -> Any:
        body = dict(asked.json)
        signed = body.pop("sign")
        text = "&".join(f"{name}={value}" for name, value in sorted(body.items())) + f"&key={self.secret}"
        if signed != hashlib.md5(text.encode()).hexdigest().upper():
            return {"success": False, "code": -1, "message": f"bad signature of {text}"}
        self.good = secrets.token_urlsafe(24)
        self.tokens.append(self.good)
        return {"success": True, "data": {"token": self.good, "expiresIn": self.expires}}


def document(credentials: str, kind: str = REST) -> str:
    return HEAD + kind + credentials


@asynccontextmanager
async def reaching(upstream: Upstream, text: str, keeper: Keeper, also: int | None = None) -> AsyncIterator[Connector]:
    """The connector of a definition, opened as a server opens it; `{url}` is the upstream, `also` another port that is allowed."""
    definition = parse_definition(text.replace("{url}", upstream.url))
    allow = Allow([("127.0.0.1", port) for port in (upstream.port, also) if port is not None])
    async with opened(definition, allow=allow, directory=Path(), sqlite_directory=None, keeper=keeper) as connector:
        yield connector
