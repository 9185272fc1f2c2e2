"""What a definition of the `sql` kind says: where the database is, what is read of it, and which columns mean what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from connectors.definition import Section, Strict
from connectors.durations import Seconds
from connectors.mapping.paths import parse_path
from store.filters import ResourceFilter

Scalar = str | int | float | bool
Encoding = Literal["gb18030", "gbk", "gb2312", "big5", "utf-8"]
Form = Literal["text", "iso", "date", "seconds", "milliseconds"]

VISIBILITY = "visibility"
_PREFIX = "sqlite:///"
_SERVERS = frozenset({"mysql", "postgresql", "mssql", "oracle", "dm", "kingbase"})
_CONDITIONS = {each.name for each in dataclasses.fields(ResourceFilter)} - {"sources"} | {VISIBILITY}
_MOMENTS = frozenset({"published", "updated"})


def _name(name: str) -> str:
    if not name.isprintable():
        raise ValueError("a name of a database has no control characters")
    return name


def _zone(name: str | None) -> str | None:
    try:
        return name and ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no time zone {name!r}; write a name such as Asia/Shanghai or UTC") from error


def _server(url: str) -> str:
    parts = urlsplit(url)
    database = parts.path.removeprefix("/")
    if parts.username is not None or parts.password is not None:
        raise ValueError("name the user under `user` and its password in [credentials], not in the address")
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname or not port or not database or "/" in database or parts.query or parts.fragment or not url.isprintable():
        raise ValueError(f"write {parts.scheme}://host:port/database, without options")
    return url


Name = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_name)]
"""The name of a table or column, taken as it is: it is always quoted."""

Names = Annotated[tuple[Name, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value), Field(min_length=1)]
Zone = Annotated[str | None, AfterValidator(_zone)]
Values = Annotated[tuple[Scalar, ...], BeforeValidator(lambda value: (value,) if isinstance(value, Scalar) else value)]
"""One native value, or several that mean the same."""


class SqlConnection(Strict):
    """Which database, and the bounds of one statement."""

    url: str = Field(
        description="sqlite:///file.db below the administrator's directory, or mysql, postgresql, mssql, oracle, dm or kingbase "
        "://host:port/database"
    )
    user: str | None = Field(None, min_length=1, max_length=128, description="for a server: the user, one that may only read")
    password_file: str | None = Field(
        None,
        min_length=1,
        description="in place of [credentials]: a file beside the definition with the password, mode 600, not under version control",
    )
    tls: bool = Field(True, description="for a server: an encrypted connection to a verified host; false only on a trusted network")
    ca_file: str | None = Field(None, min_length=1, description="with tls: a file beside the definition with the authority that is trusted")
    encoding: Encoding | None = Field(None, description="for MySQL: what texts in latin1 columns are really written in, such as gb18030")
    statement_timeout: Seconds = Field(10.0, gt=0, le=300, description="time for one page, waiting for a lock included")
    row_cap: int = Field(1000, ge=1, le=100_000, description="rows of one statement, at most")

    @field_validator("url")
    @classmethod
    def _reachable(cls, url: str) -> str:
        if url.partition(":")[0] in _SERVERS:
            return _server(url)
        path = url.removeprefix(_PREFIX)
        if not url.startswith(_PREFIX) or not path.isprintable() or set(path) & set("\\?#:"):
            raise ValueError(
                "write sqlite:///file.db with no host or options, or SERVER://host:port/database with SERVER one of "
                + ", ".join(sorted(_SERVERS))
            )
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts:
            raise ValueError("write a path below the administrator's directory of SQLite sources, without a leading / or ..")
        return url

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        scheme = self.url.partition(":")[0]
        given = {"user", "password_file", "tls", "ca_file", "encoding"} & self.model_fields_set
        if scheme not in _SERVERS and given:
            raise ValueError(f"{', '.join(sorted(given))} go with a database server, not with a file")
        if scheme in _SERVERS and self.user is None:
            raise ValueError('write `user`, one that may only read, and credentials = { scheme = "password" }')
        if self.encoding is not None and scheme != "mysql":
            raise ValueError("`encoding` goes with mysql")
        if scheme == "mssql" and not self.tls:
            raise ValueError("SQL Server would get the password in the clear: leave `tls` out, and name its authority as `ca_file`")
        if scheme == "dm" and self.tls:
            raise ValueError("the driver of DM cannot tell whom it speaks to: write `tls = false`, on a trusted network only")
        if self.ca_file is not None and not self.tls:
            raise ValueError("`ca_file` goes with tls")
        return self

    @property
    def server(self) -> str | None:
        """The kind of server, None for a file."""
        scheme = self.url.partition(":")[0]
        return scheme if scheme in _SERVERS else None

    def path(self) -> PurePosixPath:
        """The file, relative to the administrator's directory."""
        return PurePosixPath(self.url.removeprefix(_PREFIX))


class Moment(Strict):
    """A column that holds points in time, and how it writes them, so that its values sort by time."""

    column: Name = Field(description="the column")
    form: Form = Field("text", description='"text" is 2023-05-17 08:30:00, "iso" has a T, "date" no time; or epoch seconds, milliseconds')
    zone: Zone = Field(None, description="zone of the times, by default the definition's timezone")


class Condition(Moment):
    """A filter as a column: `values` turns canonical codes (or visibility keys) into what the column holds."""

    values: dict[str, Values] | None = Field(None, description="canonical code = native value or values")


class Newest(Strict):
    """The order NEWEST: the first of `columns` that holds a date counts."""

    columns: Names = Field(alias="column", description="the column, or several where the next stands in for an empty one")
    nulls: tuple[Scalar, ...] = Field((), description="values that mean that there is no date, beside NULL")


class Orders(Strict):
    """Orders that the database walks exactly."""

    newest: Newest | None = Field(None, description="by time, latest first, rows without a date last")


def _no_orders() -> Orders:
    return Orders(newest=None)


class Deleted(Strict):
    """A column that marks deleted rows."""

    column: Name = Field(description="the column")
    values: Values = Field(alias="is", description="the value, or the values, that mean deleted")


class TextSearch(Strict):
    """Columns in which every word of a search must be found."""

    columns: Names = Field(description="the columns searched")


class SqlSection(Section):
    """One collection: a table, a view, or a SELECT in a file, and what its columns mean."""

    table: Name | None = Field(None, description="the table read")
    view: Name | None = Field(None, description="the view read")
    select_file: str | None = Field(None, min_length=1, description="a file beside the definition with one SELECT")
    schema_name: Name | None = Field(None, alias="schema", description="the schema of the table or view")
    binds: dict[str, Scalar] = Field(default_factory=dict, description="values of the :names in the SELECT")
    filters: dict[str, Condition] = Field(default_factory=dict, description="filter = its column")
    orders: Orders = Field(default_factory=_no_orders, description="orders that the database walks")
    since: Moment | None = Field(None, description="the column that tells when a row changed")
    deleted: Deleted | None = Field(None, description="how deleted rows are marked")
    text: TextSearch | None = Field(None, description="where words are searched")
    count: bool = Field(False, description="counting all rows is cheap here")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if sum(origin is not None for origin in (self.table, self.view, self.select_file)) != 1:
            raise ValueError("write exactly one of table, view or select_file")
        if self.select_file is not None and self.schema_name is not None:
            raise ValueError("`schema` goes with table or view; name it inside the SELECT")
        if self.select_file is None and self.binds:
            raise ValueError("`binds` goes with select_file")
        for name, condition in self.filters.items():
            if name not in _CONDITIONS:
                raise ValueError(f"there is no filter {name!r}; known are {', '.join(sorted(_CONDITIONS))}")
            if condition.values is not None and name in _MOMENTS | {"duration_seconds"}:
                raise ValueError(f"the filter {name!r} is a range and takes no `values`")
            if name not in _MOMENTS and condition.model_fields_set & {"form", "zone"}:
                raise ValueError(f"the filter {name!r} holds no times and takes neither `form` nor `zone`")
        for path in (*self.identifier, *(path for each in self.mapping.values() for path in each.paths())):
            _column_of(path)
        return self

    def key_columns(self) -> tuple[str, ...]:
        """The columns of the native key, in order."""
        return tuple(_column_of(path) for path in self.identifier)

    def columns(self, fields: frozenset[str] | None = None) -> tuple[str, ...]:
        """The columns that the mapping reads for `fields` (None: all), the key's first, each once."""
        wanted = (each for name, each in self.mapping.items() if fields is None or name in fields)
        return tuple(dict.fromkeys((*self.key_columns(), *(_column_of(path) for each in wanted for path in each.paths()))))

    def all_columns(self) -> frozenset[str]:
        """Every column that this section names."""
        return frozenset(self.columns()) | frozenset(self._meanings())

    def _meanings(self) -> Iterator[str]:
        yield from (each.column for each in (*self.filters.values(), self.since, self.deleted) if each is not None)
        yield from self.text.columns if self.text is not None else ()
        yield from self.orders.newest.columns if self.orders.newest is not None else ()


def _column_of(path: str) -> str:
    steps = parse_path(path)
    if len(steps) != 1 or not isinstance(steps[0], str):
        raise ValueError(f"{path!r} is not a column: rows are flat; write the column's name, a dot in it as \\.")
    return _name(steps[0])
