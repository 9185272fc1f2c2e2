"""What a definition says of a source behind REST: `[connection]`, and how each collection is asked."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from connectors.definition import Section, Strict
from connectors.http import Encoding, Errors, HttpConnection
from connectors.mapping.paths import parse_path
from connectors.mapping.specification import Path, Scalar
from connectors.pushdown import Moments, Pushed, check_filters
from store.ordering import Order

Value = Scalar | tuple[Scalar, ...]


class RestConnection(HttpConnection):
    """Where the source is, and how it speaks."""

    encoding: Encoding | None = Field(None, description="the text encoding of answers that do not tell, such as GB18030")
    error: Errors = Field((), description="how the source reports an error in an answer with status 200; one or several")


Joiner = Literal["comma", "repeat", "list"]


class Call(Strict):
    """One request. What it is asked goes where its constants stand: into the query, a form, or a JSON body."""

    method: Literal["GET", "POST"] = Field("GET", description="GET, or POST where the source reads by POST")
    path: str = Field("", description="below the connection's address")
    params: dict[str, Value] = Field(default_factory=dict, description="constants of the query")
    body: dict[str, Any] | None = Field(None, alias="json", description="constants of a JSON body")
    form: dict[str, Scalar] | None = Field(None, description="constants of a form")
    arguments: Literal["query", "json", "form"] | None = Field(
        None,
        description="where limits, filters and the like go, by default: GET to the query, POST to the form if there is one, else to JSON",
    )

    @property
    def place(self) -> Literal["query", "json", "form"]:
        """Where arguments go."""
        if self.arguments is not None:
            return self.arguments
        if self.method == "GET":
            return "query"
        return "form" if self.form is not None else "json"

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        kinds = {kind for kind, there in (("json", self.body is not None), ("form", self.form is not None)) if there}
        kinds |= {self.place} - {"query"}
        if len(kinds) > 1:
            raise ValueError("a request has one body: write `json` or `form`, and let `arguments` agree with it")
        if kinds and self.method == "GET":
            raise ValueError('a GET has no body; write method = "POST"')
        return self


class PagePaging(Strict):
    """Numbered pages."""

    style: Literal["page"]
    param: str = Field("page", description="the argument of the number")
    size_param: str | None = Field(None, description="the argument of the number of items to a page")
    first: int = Field(1, ge=0, le=1, description="the number of the first page")
    short_page_ends: bool = Field(
        False, description="a page shorter than asked is always the last: spares the last call where no total is told"
    )
    overlap: bool = Field(
        True, description="a harvest reads each page once more behind the next one, so that rows which come and go meanwhile lose none"
    )


class OffsetPaging(Strict):
    """Items from a position on."""

    style: Literal["offset"]
    param: str = Field("offset", description="the argument of the position")
    size_param: str | None = Field(None, description="the argument of the number of items")
    first: int = Field(0, ge=0, le=1, description="the position of the first item")
    short_page_ends: bool = Field(
        False, description="a page shorter than asked is always the last: spares the last call where no total is told"
    )
    overlap: bool = Field(
        True, description="a harvest reads each page once more behind the next one, so that rows which come and go meanwhile lose none"
    )


class CursorPaging(Strict):
    """A token in each answer asks for the next page."""

    style: Literal["cursor"]
    param: str = Field("cursor", description="the argument of the token")
    next: Path = Field(description="where the token of the next page stands; nothing there ends the list")
    more: Path | None = Field(None, description="where the source says whether more follows")
    size_param: str | None = Field(None, description="the argument of the number of items to a page")


class LinkPaging(Strict):
    """A link in each answer leads to the next page: the header `Link` with rel=next (RFC 8288), or a value in the body."""

    style: Literal["link"]
    next: Path | None = Field(None, description="where the link stands in the body; by default it is the header")
    size_param: str | None = Field(None, description="the argument of the number of items to a page")


class NoPaging(Strict):
    """One answer holds everything."""

    style: Literal["none"]

    @property
    def size_param(self) -> None:
        """Nothing to ask."""
        return None


Paging = Annotated[PagePaging | OffsetPaging | CursorPaging | LinkPaging | NoPaging, Field(discriminator="style")]


class RestFilter(Pushed):
    """A filter that becomes an argument, or two for a range."""

    param: str | None = Field(None, description="the argument")
    joiner: Joiner | None = Field(
        None,
        description="how several values are written: a,b (comma), the argument repeated, or a JSON list; by default a,b, in JSON a list",
    )

    @property
    def argument(self) -> str | None:
        return self.param


class Text(Strict):
    """Full-text search."""

    param: str = Field(description="the argument of the text")


class Since(Moments):
    """What changed at or after a moment."""

    param: str = Field(description="the argument of the moment")


class Fields(Strict):
    """A sparse fieldset: only the native fields that are needed are asked for."""

    param: str = Field(description="the argument that names fields")
    joiner: Joiner | None = Field(None, description="how several names are written")


class Ids(Call):
    """Items by key: several in one call (`param`), or one call for each (`{id}` in the path, `{0}` `{1}` for the parts of a key)."""

    param: str | None = Field(None, description="the argument that holds the keys of one call")
    joiner: Joiner | None = Field(None, description="how several keys are written")
    max_ids: int = Field(50, ge=1, le=1000, description="keys in one call, at most")
    items: Path | None = Field(
        None, description="where the items, or the one item, stand; several by default as in the list, one at the root"
    )
    visibility: bool = Field(True, description="the filter `visibility` is sent here too")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.param is None) != bool(self.placeholders()):
            raise ValueError("write `param` for several keys in a call, or {id} in the path for one call each")
        return self

    def placeholders(self) -> frozenset[str]:
        """The names in braces of the path."""
        try:
            fields = [(name, form, conversion) for _, name, form, conversion in string.Formatter().parse(self.path) if name is not None]
        except ValueError as error:
            raise ValueError("write {id} in the path, and no other braces") from error
        if any(form or conversion for _, form, conversion in fields):  # {id:>999999999} would fill the memory
            raise ValueError("write {id} in the path, without : or !")
        return frozenset(name for name, _, _ in fields)


class RestSection(Section):
    """How a collection is asked of a source behind REST."""

    listing: Call | None = Field(None, alias="list", description="the request for the list; without it only keys can be asked for")
    items: Path | None = Field(None, description="where the list stands in the answer, by default at its root")
    bucket: str | None = Field(None, description="`items` is an object of lists: each item gets the name of its list under this key")
    total: Path | None = Field(None, description="where the number of all items stands")
    paging: Paging = Field(NoPaging(style="none"), description="page, offset, cursor, link or none")
    text: Text | None = Field(None, description="full-text search")
    since: Since | None = Field(None, description="what changed since a moment")
    filters: dict[str, RestFilter] = Field(default_factory=dict, description="filters that the source applies")
    orders: dict[Order, dict[str, Value]] = Field(default_factory=dict, description="order = the arguments that ask for it")
    fields: Fields | None = Field(None, description="a sparse fieldset")
    ids: Ids | None = Field(None, description="items by key")

    @model_validator(mode="after")
    def _workable(self) -> Self:
        if self.listing is None and self.ids is None:
            raise ValueError("write `list`, `ids` or both: how is this collection asked?")
        check_filters(self.filters)
        if self.paging.style == "link" and self.listing is not None and self.listing.method != "GET":
            raise ValueError('links are followed by GET; give the list method = "GET"')
        if self.ids is not None:
            _check_key(self.ids, len(self.identifier))
        for place, name in _bodies(self):
            if not all(isinstance(step, str) for step in parse_path(name)):
                raise ValueError(f"{place} leads into a JSON body: write names joined by dots")
        return self


def _check_key(ids: Ids, parts: int) -> None:
    if ids.param is not None and parts > 1:
        raise ValueError("a key of several parts is asked for one by one: write {0} and {1} in the path of `ids`")
    known = {"id"} if parts == 1 else {str(place) for place in range(parts)}
    if ids.param is None and ids.placeholders() != known and not (parts == 1 and ids.placeholders() == {"0"}):
        raise ValueError(f"the path of `ids` names {', '.join(sorted(f'{{{name}}}' for name in known))}, each part of the key once")


def _bodies(section: RestSection) -> Iterator[tuple[str, str]]:
    """Arguments of a list whose arguments go into JSON, with where they were written."""
    if section.listing is None or section.listing.place != "json":
        return
    named: Mapping[str, str | None] = {
        "paging.param": getattr(section.paging, "param", None),
        "paging.size_param": section.paging.size_param,
        "text.param": section.text.param if section.text else None,
        "since.param": section.since.param if section.since else None,
        "fields.param": section.fields.param if section.fields else None,
        **{f"filters.{name}": each.param for name, each in section.filters.items()},
    }
    yield from ((place, name) for place, name in named.items() if name is not None)
