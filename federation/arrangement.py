"""What a process federates: the definitions, the addresses that their sources may reach, the demo's switch for faults."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from auth.grant import ANONYMOUS, Grant
from connectors.definition import Definition
from connectors.opening import addresses_of
from egress import Allow
from settings import Settings
from store.database import Database


@dataclass(frozen=True, slots=True)
class Document:
    """A definition as text, what to call it in a complaint, and the directory of the files that it names."""

    text: str
    name: str
    directory: Path


def _public_only(_addresses: Sequence[str]) -> Allow:
    return Allow()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """What a server federates.

    `allow` gives the private addresses that a source's own client may reach; `faults` is the demo's switch: the documents of the sources
    that a header makes fail. It raises ValueError for what it cannot read. `upstreams` are the files of identity providers, and
    `reach` gives the private addresses that they may be reached at. `people` adds the demo's people and applications.
    """

    documents: Sequence[Document]
    sqlite_directory: Path | None = None
    allow: Callable[[Definition], Allow]
    anonymous: Grant = ANONYMOUS
    faults: Callable[[str], Sequence[Document]] | None = None
    demo: bool = False
    upstreams: Sequence[str] = ()
    reach: Callable[[Sequence[str]], Allow] = _public_only
    people: Callable[[Database], Awaitable[None]] | None = None


def arrange(settings: Settings) -> Arrangement:
    """Federate the definitions that lie in the settings' directory. Raises DefinitionInvalid when one is read."""
    paths = sorted(settings.definitions_dir.glob("*.toml")) if settings.definitions_dir.is_dir() else []
    identities = sorted(settings.identity_dir.glob("*.toml")) if settings.identity_dir.is_dir() else []
    return Arrangement(
        documents=tuple(Document(path.read_text("utf-8"), path.name, path.parent) for path in paths),
        sqlite_directory=settings.sqlite_dir,
        allow=lambda definition: Allow.at(settings.allow_private, addresses_of(definition)),
        upstreams=tuple(path.read_text("utf-8") for path in identities),
        reach=lambda addresses: Allow.at(settings.allow_private, addresses),
    )
