"""The sources that are open: each with its definition, its connector and the mappers compiled for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.definition import Definition
from connectors.guards import Health
from connectors.mapping import Binding, Mapper, compile_mapping
from connectors.protocol import Collection, Connector, Supports

_NOTHING = Supports()


@dataclass(frozen=True, slots=True, eq=False)
class OpenSource:
    """A registered source that can be read. `key` is immutable; `connector` is None where the source only pushes."""

    key: str
    definition: Definition
    binding: Binding
    connector: Connector
    health: Health = field(default_factory=Health)
    _mappers: dict[tuple[Collection, frozenset[str] | None], Mapper] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How people call it."""
        return self.definition.name

    @property
    def live(self) -> bool:
        """Asked at query time; the others are read from the catalog."""
        return self.definition.mode == "live"

    def offers(self, collection: Collection) -> bool:
        """Tell whether the source can be asked for `collection` now."""
        return collection in self.connector.supports

    def supports(self, collection: Collection) -> Supports:
        """What the source does by itself."""
        return self.connector.supports.get(collection, _NOTHING)

    def mapper(self, collection: Collection, wanted: frozenset[str] | None) -> Mapper:
        """The mapper of `collection` for the canonical fields `wanted`, compiled at first use."""
        found = self._mappers.get((collection, wanted))
        if found is None:
            section = self.definition.section(collection)
            if section is None:
                raise LookupError(f"{self.name} offers no {collection}")
            if len(self._mappers) >= 256:
                self._mappers.clear()
            found = compile_mapping(collection, section.mapping, self.binding, wanted)
            self._mappers[collection, wanted] = found
        return found


class Sources:
    """All open sources, by key and by name."""

    def __init__(self, sources: Iterable[OpenSource]) -> None:
        self._by_key: Mapping[str, OpenSource] = {source.key: source for source in sources}
        self._by_name: Mapping[str, OpenSource] = {source.name: source for source in self._by_key.values()}

    def __iter__(self) -> Iterator[OpenSource]:
        return iter(self._by_key.values())

    def by_key(self, key: str) -> OpenSource | None:
        """Find a source by its immutable key."""
        return self._by_key.get(key)

    def by_name(self, name: str) -> OpenSource | None:
        """Find a source by the name that people use."""
        return self._by_name.get(name)

    def replacing(self, others: Iterable[OpenSource]) -> Sources:
        """The same sources with some exchanged for others of the same key."""
        return Sources({**self._by_key, **{each.key: each for each in others}}.values())


def bind(key: str, definition: Definition, *, version: int, keys_by_name: Mapping[str, str]) -> Binding:
    """What the mappings of a source take from its registration."""
    return Binding(
        source=key,
        tier=definition.tier,
        province=definition.province,
        institution=definition.institution,
        all_public=definition.all_public,
        version=version,
        place=definition.place(),
        tables=definition.tables,
        keys_by_name=keys_by_name,
    )
