"""Connector kinds, found through the entry-point group `huiju.connectors`: built-in ones come through the same door as plugins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from connectors.credentials.keeping import Keeper, Nothing
from connectors.protocol import Connector
from egress import Allow, Fetcher

if TYPE_CHECKING:
    from connectors.definition import Definition, Section
    from connectors.feed.connector import Kept

GROUP = "huiju.connectors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a connector may use of the world: the vetted client, which knows the source's credentials, and where its files lie.

    `directory` holds the definition and the files it names; `sqlite_directory` is the administrator's directory of SQLite sources,
    None where none are allowed. `allow` says which addresses a kind that opens sockets of its own may reach, and `keeper` has the secrets
    that such a kind shows there. `pushed` holds what was pushed to this source, None where nothing can be.
    """

    client: Fetcher
    directory: Path
    sqlite_directory: Path | None = None
    allow: Allow = field(default_factory=Allow)
    keeper: Keeper = field(default_factory=Nothing)
    pushed: Kept | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A connector kind: its name, the models of its `[connection]` and of a collection's section, and how it is opened.

    `open` raises DefinitionInvalid where the definition cannot work, and does not talk to the source. `credentials` is the type of
    `[credentials]`, None where a source of this kind needs none; with HttpCredentials the client that `open` is given knows them already.
    `by_client` is False where the kind opens sockets of its own: what it reads is recorded by rows then, not by exchanges.
    """

    name: str
    connection: type[BaseModel]
    section: type[Section]
    open: Callable[[Definition, Surroundings], Awaitable[Connector]]
    credentials: Any = None
    by_client: bool = True


class KindBroken(TypeError):
    """A package names a connector kind that cannot be used."""


@lru_cache
def find_kind(name: str) -> Kind | None:
    """Load a kind by name; None where nobody brings it. Raises KindBroken."""
    for entry in entry_points(group=GROUP, name=name):
        try:
            found: Any = entry.load()
        except (ImportError, AttributeError) as error:
            raise KindBroken(f"the connector kind {name} cannot be loaded from {entry.value}: {error}") from error
        if not isinstance(found, Kind):
            raise KindBroken(f"{entry.value}, named for the connector kind {name}, is not a Kind")
        return found
    return None


def known_kinds() -> tuple[str, ...]:
    """The names of all kinds installed, sorted."""
    return tuple(sorted(entry_points(group=GROUP).names))
