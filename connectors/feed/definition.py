"""What a definition of the `feed` kind says: what a source may push, and which of its columns are key, version and deletion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from connectors.definition import Paths, Section, Strict
from connectors.mapping.specification import Path

Format = Literal["ndjson", "json", "csv", "xlsx"]
FORMATS: tuple[Format, ...] = ("ndjson", "json", "csv", "xlsx")

Words = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


class FeedConnection(Strict):
    """What is accepted, and how much of it."""

    formats: tuple[Format, ...] = Field(FORMATS, min_length=1, description="what may be pushed")
    encoding: Literal["utf-8", "gb18030"] | None = Field(None, description="of text whose sender names none; by default it is found out")
    separator: Literal[",", ";", "\t"] | None = Field(None, description="between columns of CSV; by default found out from the header")
    sheet: str | None = Field(None, min_length=1, max_length=31, description="of a workbook; by default the first")
    max_body: int = Field(500_000_000, ge=1_000, le=5_000_000_000, description="bytes of one request")
    max_rows: int = Field(2_000_000, ge=1, le=20_000_000, description="rows of one request")
    max_row: int = Field(200_000, ge=100, le=2_000_000, description="characters of one row")
    max_columns: int = Field(500, ge=1, le=5_000, description="columns of a table")
    requests_per_minute: int = Field(120, ge=1, le=10_000, description="pushes begun, parts counted one by one")


class Operation(Strict):
    """Where a row says what is to be done with it."""

    path: Path = Field(description="where it stands")
    upsert: Words = Field((), description="values that mean to keep the row; by default all that mean nothing else")
    delete: Words = Field((), description="values that mean that the row is gone")
    keep: Words = Field((), description="in a snapshot: values that mean that the row is still there, as it was sent before")


class Version(Strict):
    """Where a row says which of two is the newer one."""

    first: Paths = Field(alias="path", description="where it stands; of several the first that holds something")
    form: Literal["time", "number"] = Field("time", description="a moment, or a number that grows")


class Check(Strict):
    """What a column has to hold, so that a row is accepted at all."""

    required: bool = Field(False, description="something stands there")
    pattern: str | None = Field(None, max_length=200, description="a regular expression for the whole value")
    longest: int | None = Field(None, ge=1, le=50_000, description="characters, at most")
    values: Words | None = Field(None, min_length=1, description="the values that there are")

    @field_validator("pattern")
    @classmethod
    def _readable(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from error
        return pattern


class FeedSection(Section):
    """One collection: how its rows are read."""

    op: Operation | None = Field(None, description="what is to be done with a row; without it every row is kept")
    version: Version | None = Field(None, description="which of two is newer; without it the one that comes later")
    report: str | None = Field(None, min_length=1, description="name under which a receipt gives 1 for a row that was taken, 2 for another")
    checks: dict[Path, Check] = Field(default_factory=dict, description="path = what has to stand there")

    def kept(self) -> Iterator[str]:
        """What the mapping reads, and what it takes to judge the row again."""
        yield from super().kept()
        yield from (self.op.path,) if self.op is not None else ()
        yield from self.version.first if self.version is not None else ()
        yield from self.checks
