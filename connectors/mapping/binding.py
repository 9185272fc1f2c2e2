"""What a mapping takes from the registration, and what it raises for an item that it cannot read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.functions import Place


class ItemSpoiled(ValueError):
    """An item cannot become a record; `field` is the canonical field, the text says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a mapping takes from the registration rather than from the item.

    `source` is the immutable key; `keys_by_name` resolves the names of other sources in references; `institution_source` is the key of
    the source that institutions are looked up in, where the mapping names one.
    """

    source: str
    tier: str
    province: str | None = None
    institution: str | None = None
    institution_source: str | None = None
    all_public: bool = False
    version: int = 1
    place: Place = field(default_factory=Place)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keys_by_name: Mapping[str, str] = field(default_factory=dict)
