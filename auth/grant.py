"""What one caller may read: scopes plus visibility keys."""

from __future__ import annotations

from dataclasses import dataclass

from store.visibility import PUBLIC

RESOURCES_READ = "resources:read"
SOURCES_READ = "sources:read"


@dataclass(frozen=True, slots=True)
class Grant:
    """Scopes and visibility keys of one caller. `keys` always holds what everybody may see."""

    scopes: frozenset[str]
    keys: frozenset[str]


ANONYMOUS = Grant(frozenset({RESOURCES_READ}), frozenset({PUBLIC}))
"""Who has not signed in."""
