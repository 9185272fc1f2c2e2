"""What databases do differently in a condition: comparing bytes, reading numbers, and how strictly they take types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import VARCHAR, ColumnElement, Float, LargeBinary, Text, case, cast, collate, func, literal_column, type_coerce
from sqlalchemy.types import NullType

Expression = Callable[[ColumnElement[Any]], ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """`exactly` makes a column compare byte by byte, whatever its collation takes for equal; `number` as a number, junk as none;
    `searched` as a text that can be compared with any word.

    `typed`: a value is taken for the column's own type, so keys go as texts, and times are compared as the texts that they are read as.
    `collation` names the order that a column's texts are in, None where it does not change under a walk.
    `rows`: (a, b) > (x, y) is understood; `empty_is_null`: there are no empty texts; `wild` are the letters that LIKE takes for others.
    """

    exactly: Expression
    number: Expression
    searched: Expression
    typed: bool
    collation: Expression | None = None
    rows: bool = True
    empty_is_null: bool = False
    wild: str = "%_"


def _plain(expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """Without a type that parameters beside it would be turned into."""
    return type_coerce(expression, NullType())


def _postgresql_number(column: ColumnElement[Any]) -> ColumnElement[Any]:
    text = cast(column, Text)
    return case((text.op("~")(literal_column(r"'^\s*-?[0-9]+([.][0-9]+)?\s*$'")), cast(text, Float)), else_=None)


def _postgresql_collation(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Asked of texts only: no other type has one, and to ask is an error."""
    texts = cast(func.pg_typeof(column), Text).in_([literal_column(f"'{name}'") for name in ("text", "character varying", "character")])
    return case((texts, cast(func.pg_collation_for(column), Text)), else_=literal_column("''"))


def mysql(charset: str) -> Dialect:
    """MySQL and MariaDB; `charset` is the connection's, as whose bytes parameters are compared with keys."""

    def converted(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return _plain(func.convert(column.op("USING")(literal_column(charset))))

    return Dialect(
        exactly=lambda column: _plain(cast(converted(column), LargeBinary)),
        searched=converted,
        number=lambda column: column + literal_column("0.0"),
        typed=True,
        collation=func.collation,
    )


SQLITE = Dialect(
    exactly=lambda column: collate(column, "BINARY"), number=lambda column: cast(column, Float), searched=lambda column: column, typed=False
)
POSTGRESQL = Dialect(
    exactly=lambda column: _plain(collate(cast(column, Text), "C")),
    number=_postgresql_number,
    searched=lambda column: column,
    typed=True,
    collation=_postgresql_collation,
)


def _mssql_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Style 121 writes times as they are read; every other type ignores it."""
    return func.convert(literal_column("NVARCHAR(4000)"), column, literal_column("121"))


MSSQL = Dialect(
    exactly=lambda column: _plain(collate(_mssql_text(column), "Latin1_General_BIN2")),
    number=lambda column: func.try_convert(literal_column("FLOAT"), column),
    searched=lambda column: _plain(func.convert(literal_column("NVARCHAR(MAX)"), column)),
    typed=True,
    rows=False,
    wild="%_[",
)


def _oracle_number(column: ColumnElement[Any]) -> ColumnElement[Any]:
    text = func.to_char(column)
    return case((func.regexp_like(text, literal_column(r"'^ *-?[0-9]*[.]?[0-9]+ *$'")), func.to_number(text)), else_=None)


ORACLE = Dialect(
    # The session compares texts byte by byte; what differs is how a value of another type is written.
    exactly=lambda column: _plain(func.rtrim(func.to_char(column))),
    number=_oracle_number,
    searched=lambda column: column,
    typed=True,
    rows=False,
    empty_is_null=True,
)
DM = Dialect(
    exactly=lambda column: _plain(func.rtrim(cast(column, VARCHAR(4000)))),
    number=_oracle_number,
    searched=lambda column: column,
    typed=True,
    rows=False,
    empty_is_null=True,
)
