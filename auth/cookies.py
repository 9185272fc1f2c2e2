"""Cookies: one that keeps a browser signed in, one that shows that a form came from a page of ours."""

from __future__ import annotations

import hmac

from starlette.requests import HTTPConnection
from starlette.responses import Response

from auth.addresses import Here
from auth.sealing import Vault, draw

SESSION = "huiju_session"
FORM = "huiju_form"


def read(connection: HTTPConnection, here: Here, name: str) -> str | None:
    """The value of a cookie, under the name that binds it to this host where that can be had (RFC 6265bis, 4.1.3.2)."""
    return connection.cookies.get(f"__Host-{name}" if here.secure else name) or None


def set_cookie(response: Response, here: Here, name: str, value: str, seconds: int | None) -> None:
    """Set a cookie that no script reads and that no other site's form brings along."""
    name = f"__Host-{name}" if here.secure else name
    response.set_cookie(name, value, max_age=seconds, path="/", secure=here.secure, httponly=True, samesite="lax")


def clear(response: Response, here: Here, name: str) -> None:
    """Take a cookie back."""
    set_cookie(response, here, name, "", 0)


class Forms:
    """Ties forms to the browser that they were made for."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def token(self, connection: HTTPConnection, here: Here) -> tuple[str, str]:
        """What the form and what the cookie hold."""
        held = read(connection, here, FORM)
        cookie = held if held is not None and len(held) == _LENGTH else draw()
        return self._vault.derive(cookie), cookie

    def remember(self, response: Response, here: Here, cookie: str) -> None:
        """Let the browser keep what its form will be compared with."""
        set_cookie(response, here, FORM, cookie, None)

    def holds(self, connection: HTTPConnection, here: Here, token: str | None) -> bool:
        """Tell whether a form came from a page of ours: the token fits the cookie, and the browser names no other origin."""
        origin, cookie = connection.headers.get("origin"), read(connection, here, FORM)
        if origin is not None and origin != here.origin and not _same_machine(origin, connection):
            return False
        return cookie is not None and token is not None and hmac.compare_digest(self._vault.derive(cookie), token)


_LENGTH = len(draw())


def _same_machine(origin: str, connection: HTTPConnection) -> bool:
    return origin == f"{connection.url.scheme}://{connection.headers.get('host', '')}"
