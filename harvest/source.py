"""A source as a harvest sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connectors.definition import Definition, Section
from connectors.mapping import Binding
from connectors.protocol import Collection, Connector

ORDER = (Collection.INSTITUTIONS, Collection.LIBRARIES, Collection.RESOURCES)
"""What is named comes before what names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestSource:
    """A source to copy: the connector to read, the sections to map, the binding to map with; `every` is the time between two runs.

    `sweep_every` is the time between two looks for what the source has deleted in silence, None where nobody looks.
    """

    name: str
    connector: Connector
    binding: Binding
    sections: Mapping[Collection, Section]
    every: timedelta
    sweep_every: timedelta | None = None

    @classmethod
    def of(cls, definition: Definition, binding: Binding, connector: Connector) -> HarvestSource:
        """Take a registered source apart."""
        return cls(
            name=definition.name,
            connector=connector,
            binding=binding,
            sections=dict(definition.sections()),
            every=timedelta(seconds=definition.schedule.every),
            sweep_every=timedelta(seconds=definition.schedule.sweep) if definition.schedule.sweep else None,
        )

    @property
    def key(self) -> str:
        """The immutable key."""
        return self.binding.source

    @property
    def collections(self) -> list[Collection]:
        """What is copied, in order."""
        return [each for each in ORDER if each in self.sections and each in self.connector.supports]
