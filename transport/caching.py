"""What caches between Huiju and a caller may keep: honest words, and a tag to ask by."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

VARY = "accept, accept-language, authorization, cookie, huiju-demo-fault"


def headers_of(body: bytes, *, kept: bool, public: bool) -> dict[str, str]:
    """The headers of an answer (RFC 9111 §5.2.2).

    `kept`: it answers a GET in full, so it may be stored and asked for again by its tag, by everybody where it is `public`. Whatever is
    stored is asked for again before it is shown: a withdrawn record is gone from every cache at the next look.
    """
    if not kept:
        return {"cache-control": "no-store", "vary": VARY}
    tag = blake2b(body, digest_size=12).hexdigest()
    return {"cache-control": "public, no-cache" if public else "private, no-cache", "etag": f'W/"{tag}"', "vary": VARY}


def is_known(headers: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """Tell whether the caller holds this very answer (If-None-Match, RFC 9110 §13.1.2: weak comparison)."""
    tag, known = headers.get("etag"), asked.get("if-none-match")
    if tag is None or known is None:
        return False
    return known.strip() == "*" or tag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in known.split(",")}
