"""The kind `oaipmh`: repositories that are harvested by OAI-PMH 2.0.

A native item is a record, taken out of XML:

    {"header": {"identifier": …, "datestamp": …, "setSpec": […], "status": …}, "metadata": {…}, "about": […]}

Below `metadata` every element is a key `prefix:name` over a list, whatever the number of elements: `dc:title[0]` is the first and
`dc:subject[]` are all. An element of text alone is that text; one with attributes or children is an object with `#text`, `@attribute`
and its children. An element that tells its language stands under `prefix:name@zh` too: `lom:title[0].lom:string@zh[0]`.
Prefixes are those of `[connection.namespaces]` and the well-known ones of `connectors/oaipmh/names.py`, whatever the document calls them;
an element of another namespace is `{namespace}name`. LOM reads the same in every binding (`connectors/oaipmh/lom.py`), the fields of DIM
are `dim:dc:contributor:author`, the named elements of XOAI are `xoai:dc`.

A set (`list = "ListSets"`) is `{"setSpec": …, "setName": …, "setDescription": […]}`.
"""

from __future__ import annotations

from typing import cast

from connectors.credentials.definition import HttpCredentials
from connectors.definition import Definition
from connectors.oaipmh.connector import OaiConnector, Setting
from connectors.oaipmh.definition import OaiConnection, OaiSection
from connectors.registry import Kind, Surroundings

__all__ = ["kind"]


async def _open(definition: Definition, surroundings: Surroundings) -> OaiConnector:
    setting = Setting(
        client=surroundings.client,
        connection=cast("OaiConnection", definition.connection),
        concurrency=definition.limits.concurrency,
    )
    return OaiConnector(setting, {collection: cast("OaiSection", section) for collection, section in definition.sections()})


kind = Kind("oaipmh", OaiConnection, OaiSection, _open, HttpCredentials)
