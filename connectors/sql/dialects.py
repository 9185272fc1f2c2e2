"""What databases do differently in a condition: comparing bytes, reading numbers, and how strictly they take types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, LargeBinary, Text, case, cast, collate, func, literal_column, type_coerce
from sqlalchemy.types import NullType

Expression = Callable[[ColumnElement[Any]], ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """`exactly` makes a column compare byte by byte, whatever its collation takes for equal; `number` as a number, junk as none;
    `searched` as a text that can be compared with any word.

    `typed`: a value is taken for the column's own type, so keys go as texts, and times are compared as the texts that they are read as.
    """

    exactly: Expression
    number: Expression
    searched: Expression
    typed: bool


def _plain(expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """Without a type that parameters beside it would be turned into."""
    return type_coerce(expression, NullType())


def _postgresql_number(column: ColumnElement[Any]) -> ColumnElement[Any]:
    text = cast(column, Text)
    return case((text.op("~")(literal_column(r"'^\s*-?[0-9]+([.][0-9]+)?\s*$'")), cast(text, Float)), else_=None)


def mysql(charset: str) -> Dialect:
    """MySQL and MariaDB; `charset` is the connection's, as whose bytes parameters are compared with keys."""

    def converted(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return _plain(func.convert(column.op("USING")(literal_column(charset))))

    return Dialect(
        exactly=lambda column: _plain(cast(converted(column), LargeBinary)),
        searched=converted,
        number=lambda column: column + literal_column("0.0"),
        typed=True,
    )


SQLITE = Dialect(
    exactly=lambda column: collate(column, "BINARY"), number=lambda column: cast(column, Float), searched=lambda column: column, typed=False
)
POSTGRESQL = Dialect(
    exactly=lambda column: _plain(collate(cast(column, Text), "C")), number=_postgresql_number, searched=lambda column: column, typed=True
)
