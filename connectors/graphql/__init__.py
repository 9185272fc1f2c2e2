"""The kind `graphql`: sources that answer GraphQL, asked by documents that are built of the mapping."""

from __future__ import annotations

from typing import cast
from zoneinfo import ZoneInfo

from connectors.credentials.definition import HttpCredentials
from connectors.definition import Definition
from connectors.graphql.connector import GraphQLConnector, Setting
from connectors.graphql.definition import GraphQLConnection, GraphQLSection
from connectors.registry import Kind, Surroundings

__all__ = ["kind"]


async def _open(definition: Definition, surroundings: Surroundings) -> GraphQLConnector:
    setting = Setting(
        client=surroundings.client,
        connection=cast("GraphQLConnection", definition.connection),
        catalogue_year=definition.catalogue_year,
        zone=ZoneInfo(definition.timezone),
    )
    return GraphQLConnector(setting, {collection: cast("GraphQLSection", section) for collection, section in definition.sections()})


kind = Kind("graphql", GraphQLConnection, GraphQLSection, _open, HttpCredentials)
