"""The kind `feed`: sources that push their rows to us; what was pushed is kept, and read as any other source."""

from __future__ import annotations

from typing import cast

from connectors.definition import Definition
from connectors.feed.connector import FeedConnector
from connectors.feed.definition import FeedConnection, FeedSection
from connectors.registry import Kind, Surroundings

__all__ = ["kind"]


async def _open(definition: Definition, surroundings: Surroundings) -> FeedConnector:
    sections = {collection: cast("FeedSection", section) for collection, section in definition.sections()}
    return FeedConnector(surroundings.pushed, sections, definition.place())


kind = Kind("feed", FeedConnection, FeedSection, _open, by_client=False)
