"""Visibility keys: who sees a record. Any one key opens it; a key may be a conjunction (`r:teacher@s:4133010001`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

PUBLIC = "pub"
MEMBER = "member"
NOBODY = "none"
"""A key that no grant ever holds: the record exists and is shown to nobody."""

_OVERSEES = {"school_admin": "s:", "province_admin": "p:"}
"""Administrators, and the kind of place whose teachers' records they see."""


def keys_of(roles: Iterable[str], province: str | None, institution: str | None) -> frozenset[str]:
    """The keys of somebody who signed in: of each role, of the place, and of each role at the place (the conjunctions).

    `province` is GB/T 2260, `institution` ten digits. An administrator of a place also holds what its teachers hold there.
    """
    places = {f"p:{province}"} if province is not None else set()
    if institution is not None:
        places.add(f"s:{institution}")
    held = {PUBLIC, MEMBER, *places}
    for role in roles:
        held.add(f"r:{role}")
        held |= {f"r:{role}@{place}" for place in places}
        if role in _OVERSEES:
            held |= {f"r:teacher@{place}" for place in places if place.startswith(_OVERSEES[role])}
    return frozenset(held)


def may_see(keys: frozenset[str], visibility: Iterable[str]) -> bool:
    """Tell whether a caller who holds `keys` sees a record that carries `visibility`."""
    return not keys.isdisjoint(visibility)


def visibility_class(keys: frozenset[str]) -> str:
    """Name the set of `keys` in 16 hex digits: callers of one class see exactly the same records."""
    return hashlib.blake2b("\n".join(sorted(keys)).encode(), digest_size=8).hexdigest()
