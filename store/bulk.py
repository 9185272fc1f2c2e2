"""Statements for rows by the thousand: compiled once for a database, their values handed to the driver as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, LargeBinary, Update

Values = Mapping[str, Any]
"""A row: values by the names of the statement's parameters."""


class Bulk:
    """One statement that is executed for many rows; an INSERT fills the columns `names`.

    SQLAlchemy looks at every value of every row on its way to the driver, which costs more than writing it does: here only those are
    converted whose type asks for it.
    """

    def __init__(self, dialect: Dialect, statement: Insert | Update, names: Sequence[str] | None = None) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=names)
        parameters: list[str] = compiled.positiontup
        types = [compiled.binds[name].type.dialect_impl(dialect) for name in parameters]
        # Both drivers take bytes as they are.
        processors = [None if isinstance(each, LargeBinary) else each.bind_processor(dialect) for each in types]
        self._text = str(compiled)
        self._values: Callable[[Values], tuple[Any, ...]] = itemgetter(*parameters)
        self._converted = [(place, process) for place, process in enumerate(processors) if process is not None]

    def execute(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Execute the statement for every row."""
        if rows:
            connection.exec_driver_sql(self._text, list(map(self._row, rows)))

    def _row(self, row: Values) -> tuple[Any, ...]:
        values = self._values(row)
        if not self._converted:
            return values
        converted = list(values)
        for place, process in self._converted:
            converted[place] = process(converted[place])
        return tuple(converted)
