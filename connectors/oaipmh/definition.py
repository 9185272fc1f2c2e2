"""What a definition says of a source behind OAI-PMH: `[connection]`, and which list is a collection."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator

from connectors.definition import Paths, Section
from connectors.durations import Seconds
from connectors.http import Encoding, HttpConnection
from connectors.oaipmh.mappings import READY, Ready, ready_mapping

_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_IDENTIFIERS = {"ListRecords": "header.identifier", "ListSets": "setSpec"}


SetSpec = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.!~*'():-]+$")]
Sets = Annotated[tuple[SetSpec, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


class OaiConnection(HttpConnection):
    """Where the repository is, and what is harvested of it."""

    url: str = Field(description="the base URL of the repository, without `verb`; it may hold a query")
    metadata_prefix: str = Field("oai_dc", pattern=r"^[A-Za-z0-9_.!~*'()-]+$", description="the metadata format to ask for")
    set: Sets = Field((), description="the set to harvest, or several, one after another; by default everything")
    encoding: Encoding | None = Field(None, description="the text encoding of answers that do not tell, such as GB18030")
    namespaces: dict[str, str] = Field(default_factory=dict, description="prefix of the paths = namespace")
    slice: Seconds | None = Field(None, ge=86_400, description="length of the spans of time to harvest one by one, such as 30d")
    granularity: Literal["day", "second"] | None = Field(
        None, description="how finely the stamps of records tell when they changed, by default what the repository shows"
    )
    selective: bool = Field(True, description="the repository finds what changed since a moment; false: everything is read each time")
    token_repeats_prefix: bool = Field(False, description="the repository wants metadataPrefix beside a resumption token too")

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        if any(name.lower() == "verb" for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)):
            raise ValueError("leave `verb` out of the address: it is added to each request")
        return url

    @field_validator("namespaces")
    @classmethod
    def _prefixes(cls, namespaces: dict[str, str]) -> dict[str, str]:
        for prefix, namespace in namespaces.items():
            if not _PREFIX.fullmatch(prefix) or not namespace.strip():
                raise ValueError(f"{prefix!r} is no prefix of a namespace: write letters and digits, and the namespace as the documents do")
        return namespaces


class OaiSection(Section):
    """A collection: the records, or the sets."""

    list: Literal["ListRecords", "ListSets"] = Field("ListRecords", description="ListRecords, or ListSets where sets are libraries")
    mapping_from: Ready | None = Field(None, description="a ready mapping, which `mapping` completes and overrides field by field")
    identifier: Paths = Field(description="header.identifier of records, setSpec of sets; may be left out")
    max_batch: int = Field(1000, ge=1, le=1000, description="items given at once, at most; the repository decides how long its pages are")

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, content: Any) -> Any:
        if isinstance(content, dict) and content.get("mapping_from") in READY and isinstance(own := content.get("mapping", {}), dict):
            return {**content, "mapping": {**ready_mapping(content["mapping_from"]), **own}}
        return content

    @model_validator(mode="before")
    @classmethod
    def _identified(cls, content: Any) -> Any:
        if isinstance(content, dict) and "identifier" not in content:
            return {**content, "identifier": _IDENTIFIERS.get(str(content.get("list")), "header.identifier")}
        return content

    @model_validator(mode="after")
    def _by_header(self) -> Self:
        if self.mapping_from is not None and self.list != "ListRecords":
            raise ValueError("`mapping_from` goes with records: sets have no metadata format")
        if self.identifier != (_IDENTIFIERS[self.list],):
            raise ValueError(f'{self.list} is known by identifier = "{_IDENTIFIERS[self.list]}": deletions name nothing else')
        return self
