"""Names of elements and attributes as paths write them, whatever prefixes a document uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from connectors.oaipmh.lom import NAMESPACES as LOM
from connectors.oaipmh.lom import canonical

XML = "http://www.w3.org/XML/1998/namespace"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"

WELL_KNOWN: Mapping[str, tuple[str, ...]] = {
    "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc/",),
    "dc": ("http://purl.org/dc/elements/1.1/",),
    "dcterms": ("http://purl.org/dc/terms/",),
    "qdc": ("http://dspace.org/qualifieddc/", "http://epubs.cclrc.ac.uk/xmlns/qdc/"),
    "lom": LOM,
    "mods": ("http://www.loc.gov/mods/v3",),
    "dim": ("http://www.dspace.org/xmlns/dspace/dim",),
    "xoai": ("http://www.lyncode.com/xoai",),
    "xml": (XML,),
}
"""Prefixes that need no declaration, with the namespaces that are read as theirs."""


class Name(NamedTuple):
    """A name taken apart: `prefix` is empty where the name has no namespace, and where its namespace has no prefix."""

    prefix: str
    local: str
    key: str


class Names:
    """The names of one source. `declared` maps prefixes to namespaces and comes before the well-known ones."""

    def __init__(self, declared: Mapping[str, str]) -> None:
        known = {namespace: prefix for prefix, namespaces in WELL_KNOWN.items() for namespace in namespaces}
        self._prefixes = known | {namespace: prefix for prefix, namespace in declared.items()}

    def read(self, tag: str) -> Name:
        """The name of a tag in Clark notation, `{namespace}local`."""
        if not tag.startswith("{"):
            return Name("", tag, tag)
        namespace, _, local = tag[1:].partition("}")
        prefix = self._prefixes.get(namespace)
        if prefix is None:
            return Name("", local, tag)
        if prefix == "lom":
            local = canonical(local)
        return Name(prefix, local, f"{prefix}:{local}")
