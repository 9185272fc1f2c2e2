"""Reading URLs: what may be asked for, and where a redirect leads."""

import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import unquote_plus

from yarl import URL

from egress.addresses import Allow
from egress.errors import AddressRefused

_RFC_3986 = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")
_NUMERIC_END = re.compile(r"(^|\.)(\d+|0x[0-9a-f]*)\.*$")
_DOTTED_QUAD = re.compile(r"(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}")


def vetted_url(text: str, allow: Allow) -> URL:
    """Parse `text`, keeping its path and query as they are written.

    Raises AddressRefused for anything but https (or http, where an allow-list confines it), for user-info, and for a
    host that is neither a name nor a canonical address.
    """
    try:
        url = URL(text)
        if _RFC_3986.fullmatch(text):
            written = URL(text, encoded=True)
            url = written if written.raw_host == url.raw_host else url
    except ValueError as error:
        raise AddressRefused("url") from error
    if url.scheme not in {"https", "http"}:
        raise AddressRefused("scheme" if url.scheme else "url")
    if url.scheme == "http" and not allow:
        raise AddressRefused("scheme")
    if "@" in text.partition("//")[2].replace("\\", "/").partition("/")[0].partition("?")[0].partition("#")[0]:
        raise AddressRefused("userinfo")
    host, port = url.raw_host, url.port
    if not host or not port:
        raise AddressRefused("url")
    if ":" in host or _DOTTED_QUAD.fullmatch(host):
        return url  # whether it may be reached, the barrier decides
    if _NUMERIC_END.search(host):  # WHATWG URL §3.5: such a host is an address, in a spelling that hides it
        raise AddressRefused("forbidden_address")
    if not _NAME.fullmatch(host) or len(host) > 253:
        raise AddressRefused("url")
    return url


def vetted_proxy(text: str) -> URL:
    """Parse the address of a proxy, http://host:port. Raises ValueError that says what to write."""
    url = URL(text)
    if url.scheme != "http" or not url.raw_host or url.user or url.password or url.path != "/" or url.query_string or url.fragment:
        raise ValueError("write the proxy as http://host:port, without a user or a path")
    return url


def with_params(url: URL, params: Mapping[str, str | Sequence[str]]) -> URL:
    """Append `params` to the query, which stays as it is."""
    return url.extend_query(params) if params else url


def without_params(url: str, names: Collection[str]) -> str:
    """`url` without the parameters of these names; the rest stays as it is written."""
    head, mark, rest = url.partition("?")
    query, hash_mark, fragment = rest.partition("#")
    if not query or not names:
        return url
    kept = [part for part in query.split("&") if unquote_plus(part.partition("=")[0]) not in names]
    return head + (mark + "&".join(kept) if kept else "") + hash_mark + fragment


def redirected(url: URL, location: str, allow: Allow) -> URL:
    """The vetted target of a redirect (RFC 9110 §10.2.2), which may be relative to `url`."""
    try:
        target = url.join(URL(location))
    except ValueError as error:
        raise AddressRefused("url") from error
    if "@" in target.raw_authority:
        raise AddressRefused("userinfo")
    if location.startswith(("https://", "http://")):
        return vetted_url(location, allow)
    return vetted_url(str(target), allow)
