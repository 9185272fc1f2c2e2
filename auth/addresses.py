"""Addresses of this server: its issuer and audiences, and where a browser may be sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import HTTPConnection

LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})
ANY_PATH = "/*"
"""As the path of a registered loopback address: every path of it."""

_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")


@dataclass(frozen=True, slots=True)
class Here:
    """The origin that people reach this server at: the published one, or the socket's; never what a Host header claims."""

    origin: str

    @classmethod
    def of(cls, connection: HTTPConnection, public_url: str | None) -> Here:
        """Of a request."""
        if public_url is not None:
            return cls(public_url)
        host, port = connection.scope.get("server") or ("127.0.0.1", None)
        name = f"[{host}]" if ":" in host else host
        return cls(f"http://{name}:{port}" if port else f"http://{name}")

    @property
    def issuer(self) -> str:
        """The `iss` of what is issued here (RFC 8414, 2)."""
        return self.origin

    @property
    def audience(self) -> str:
        """The resource that tokens are for (RFC 8707)."""
        return f"{self.origin}/graphql"

    @property
    def audiences(self) -> frozenset[str]:
        """Every name of the resource that is understood."""
        return frozenset({self.origin, f"{self.origin}/", self.audience})

    @property
    def secure(self) -> bool:
        """Reached over TLS."""
        return self.origin.startswith("https://")


def registrable(uri: str) -> bool:
    """Tell whether an application may register an address to be sent back to: https, loopback http, or a scheme of its own domain.

    RFC 8252, 7 and 8.4; a fragment (RFC 6749, 3.1.2), a user name or a control character is never accepted.
    """
    if not uri.isascii() or len(uri) > 500 or any(ord(each) <= 32 or ord(each) == 127 or each in '\\"<>' for each in uri):
        return False
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    if "#" in uri or "@" in parts.netloc:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname) and "*" not in uri
    if parts.scheme == "http":
        return _host(uri) in LOOPBACK and "*" not in uri
    return bool(_PRIVATE_SCHEME.fullmatch(parts.scheme))


def registered(uri: str, known: Iterable[str]) -> bool:
    """Tell whether `uri` is one of the `known` ones: letter by letter, but for the port of a loopback address (RFC 8252, 7.3)."""
    known = tuple(known)
    if uri in known:
        return True
    if not registrable(uri) or not uri.startswith("http://") or _host(uri) not in LOOPBACK:
        return False
    asked = urlsplit(uri)
    for each in known:
        own = urlsplit(each)
        same = own.path == ANY_PATH or (own.path, own.query) == (asked.path, asked.query)
        if same and own.scheme == "http" and _host(each) == _host(uri):
            return True
    return False


def extended(uri: str, parameters: dict[str, str]) -> str:
    """The address with parameters added to its query (RFC 6749, 4.1.2)."""
    parts = urlsplit(uri)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()])
    return urlunsplit(parts._replace(query=query))


def origin_of(uri: str) -> str:
    """What a Content-Security-Policy calls the place of an address: its origin, or its scheme where that is an application's own."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def local(target: str | None, otherwise: str) -> str:
    """`target` where it is a path of this server, else `otherwise`: nobody is sent elsewhere by a link that somebody made."""
    if target is None or not target.startswith("/") or target.startswith("//") or len(target) > 4_000:
        return otherwise
    if any(ord(each) < 32 or ord(each) == 127 or each == "\\" for each in target):
        return otherwise
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else otherwise


def _host(uri: str) -> str:
    host = urlsplit(uri).netloc.rpartition("@")[2]
    return host if host.endswith("]") else host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
