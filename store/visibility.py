"""Visibility keys: who sees a record. Any one key opens it; a key may be a conjunction (`r:teacher@s:4133010001`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

PUBLIC = "pub"
MEMBER = "member"
NOBODY = "none"
"""A key that no grant ever holds: the record exists and is shown to nobody."""


def may_see(keys: frozenset[str], visibility: Iterable[str]) -> bool:
    """Tell whether a caller who holds `keys` sees a record that carries `visibility`."""
    return not keys.isdisjoint(visibility)


def visibility_class(keys: frozenset[str]) -> str:
    """Name the set of `keys` in 16 hex digits: callers of one class see exactly the same records."""
    return hashlib.blake2b("\n".join(sorted(keys)).encode(), digest_size=8).hexdigest()
