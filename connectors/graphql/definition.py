"""What a definition says of a source behind GraphQL: `[connection]`, and which fields and arguments each collection is asked by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from connectors.definition import Section, Strict
from connectors.http import HttpConnection
from connectors.mapping.paths import parse_path
from connectors.mapping.specification import Path
from connectors.pushdown import Moments, Pushed, check_filters
from store.ordering import Order

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_TYPE = re.compile(r"(\[*)[_A-Za-z][_0-9A-Za-z]*!?((?:\]!?)*)")


def _name(text: str) -> str:
    if _NAME.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no GraphQL name: letters, digits and _ only")
    return text


def _names(text: str) -> str:
    for part in text.split("."):
        _name(part)
    return text


def _type(text: str) -> str:
    found = _TYPE.fullmatch(text)
    if found is None or len(found[1]) != found[2].count("]"):
        raise ValueError(f"{text!r} is no GraphQL type: write one such as ID!, [String!]! or ResourceOrder")
    return text


def _selection(path: str) -> str:
    for step in parse_path(path):
        if isinstance(step, str):
            _name(step)
    return path


Name = Annotated[str, AfterValidator(_name)]
ArgumentPath = Annotated[str, AfterValidator(_names)]
Type = Annotated[str, AfterValidator(_type)]
Selection = Annotated[Path, AfterValidator(_selection)]
Names = Annotated[tuple[Name, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value), Field(min_length=1)]


def _flat(constants: Any) -> Any:
    """Constants inside objects under their whole path: {where = {a = 1}} is where.a."""
    if not isinstance(constants, dict):
        return constants
    found: dict[str, Any] = {}
    for name, value in constants.items():
        inner = _flat(value)
        found.update({f"{name}.{below}": each for below, each in inner.items()} if isinstance(inner, dict) else {name: value})
    return found


Constant = str | int | float | bool | list[str] | list[int]
Constants = Annotated[dict[ArgumentPath, Constant], BeforeValidator(_flat)]


class GraphQLConnection(HttpConnection):
    """Where the endpoint is."""


class RelayPaging(Strict):
    """Connections: `pageInfo { hasNextPage endCursor }` tells where the next page is."""

    style: Literal["relay"]
    first: ArgumentPath = Field("first", description="the argument of the number of items")
    after: ArgumentPath = Field("after", description="the argument of the position")
    items: Selection = Field("edges[].node", description="where the items stand below the field: edges[].node or nodes")


class ListPaging(Strict):
    """A list, by numbers of items to give and to leave out."""

    style: Literal["list"]
    limit: ArgumentPath = Field("limit", description="the argument of the number of items")
    offset: ArgumentPath = Field("offset", description="the argument of the number of items left out before")
    items: Selection | None = Field(None, description="where the list stands below the field, by default the field is the list")
    short_page_ends: bool = Field(
        False, description="a page shorter than asked is always the last: spares the last call where no total is told"
    )
    overlap: bool = Field(
        True, description="a harvest reads each page once more behind the next one, so that rows which come and go meanwhile lose none"
    )


class NoPaging(Strict):
    """One answer holds everything."""

    style: Literal["none"]
    items: Selection | None = Field(None, description="where the list stands below the field, by default the field is the list")


Paging = Annotated[RelayPaging | ListPaging | NoPaging, Field(discriminator="style")]


class GraphQLFilter(Pushed):
    """A filter that becomes an argument, or two for a range."""

    named: ArgumentPath | None = Field(None, alias="argument", description="the argument; dots lead into an input object")
    type: Type | None = Field(None, description="its GraphQL type, by default of strings")

    @property
    def argument(self) -> str | None:
        return self.named

    @model_validator(mode="after")
    def _ends(self) -> Self:
        for end in (self.low, self.high):
            if end is not None:
                _names(end)
        return self


class Text(Strict):
    """Full-text search."""

    argument: ArgumentPath = Field(description="the argument of the text")


class Since(Moments):
    """What changed at or after a moment."""

    argument: ArgumentPath = Field(description="the argument of the moment")


class Ids(Strict):
    """Items by key: a field that takes a list of keys or, where it is `single`, one field for each key under aliases."""

    field: Name = Field(description="the field of Query")
    argument: Names = Field(("ids",), description="the argument of the keys; one for each part of a composite key")
    arguments: Constants = Field(default_factory=dict, description="constants")
    single: bool = Field(False, description="the field takes one key and gives one item")
    items: Selection | None = Field(None, description="where the items, or the one item, stand below the field")
    on: Name | None = Field(None, description="the object type, where the field gives an interface or a union: nodes(ids:) gives Node")
    max_ids: int = Field(50, ge=1, le=1000, description="keys in one call, at most")
    visibility: bool = Field(True, description="the filter `visibility` is sent here too")


class GraphQLSection(Section):
    """How a collection is asked of a source behind GraphQL."""

    field: Name | None = Field(None, description="the field of Query that gives the list; without it only keys can be asked for")
    arguments: Constants = Field(default_factory=dict, description="constant arguments")
    types: dict[ArgumentPath, Type] = Field(
        default_factory=dict, description="argument = its GraphQL type, where it is none of Int and String"
    )
    paging: Paging = Field(RelayPaging.model_validate({"style": "relay"}), description="relay, list or none")
    total: Selection | None = Field(None, description="where the number of all items stands below the field")
    text: Text | None = Field(None, description="full-text search")
    since: Since | None = Field(None, description="what changed since a moment")
    filters: dict[str, GraphQLFilter] = Field(default_factory=dict, description="filters that the source applies")
    orders: dict[Order, Constants] = Field(default_factory=dict, description="order = the arguments that ask for it")
    ids: Ids | None = Field(None, description="items by key")

    @model_validator(mode="after")
    def _workable(self) -> Self:
        if self.field is None and self.ids is None:
            raise ValueError("write `field`, `ids` or both: how is this collection asked?")
        check_filters(self.filters)
        for path in self._read():
            _selection(path)
        for items in (self.paging.items, self.ids.items if self.ids is not None else None):
            if items is not None and parse_path(items).count(None) > 1:
                raise ValueError(f"the path {items!r} goes through several lists: name one")
        if self.ids is not None and len(self.ids.argument) != len(self.identifier):
            raise ValueError("`ids.argument` names one argument for each part of the identifier")
        if self.ids is not None and len(self.identifier) > 1 and not self.ids.single:
            raise ValueError("keys of several parts are asked for one by one: write `single = true` in `ids`")
        return self

    def _read(self) -> Iterator[str]:
        yield from self.identifier
        for specification in self.mapping.values():
            yield from specification.paths()
