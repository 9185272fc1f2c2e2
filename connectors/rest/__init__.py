"""The kind `rest`: sources that answer JSON over HTTP, described rather than programmed."""

from __future__ import annotations

from typing import cast
from zoneinfo import ZoneInfo

from connectors.credentials.definition import HttpCredentials
from connectors.definition import Definition
from connectors.registry import Kind, Surroundings
from connectors.rest.connector import RestConnector, Setting
from connectors.rest.definition import RestConnection, RestSection

__all__ = ["kind"]


async def _open(definition: Definition, surroundings: Surroundings) -> RestConnector:
    setting = Setting(
        client=surroundings.client,
        connection=cast("RestConnection", definition.connection),
        concurrency=definition.limits.concurrency,
        catalogue_year=definition.catalogue_year,
        zone=ZoneInfo(definition.timezone),
    )
    return RestConnector(setting, {collection: cast("RestSection", section) for collection, section in definition.sections()})


kind = Kind("rest", RestConnection, RestSection, _open, HttpCredentials)
