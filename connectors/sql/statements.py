"""The statements of one collection: pages by keyset, rows by key, counts. Names are always quoted and always qualified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    column,
    func,
    literal_column,
    not_,
    or_,
    select,
    table,
    text,
    true,
    tuple_,
)
from sqlalchemy.sql.elements import quoted_name

from connectors.mapping.profile import ALWAYS
from connectors.protocol import Collection, Key, Query
from connectors.sql.conditions import Clause, among, any_of, bound, changed_since, filtered, words
from connectors.sql.definition import VISIBILITY, Moment, SqlSection
from connectors.sql.dialects import Dialect
from connectors.sql.positions import Value, mark_of
from store.ordering import Order

_DIGITS_OF_A_DOUBLE = 16


class Layout(NamedTuple):
    """What stands where in a selected row: columns (the key's first), the date of NEWEST if `dated`, the collation, 1 where deleted."""

    columns: tuple[str, ...]
    keys: int
    dated: bool


class Statements:
    """Builds what is asked of one collection. `select_text` is the checked SELECT where the section names a file."""

    def __init__(
        self, collection: Collection, section: SqlSection, zone: ZoneInfo, dialect: Dialect, select_text: str | None = None
    ) -> None:
        self._collection, self._section, self._zone, self._dialect = collection, section, zone, dialect
        self._native = _relation(section, select_text)
        self._keys = [self._column(name) for name in section.key_columns()]
        self._identical = [dialect.exactly(each) for each in self._keys]
        self._newest = self._date() if section.orders.newest is not None else None

    def walks_newest(self, query: Query) -> bool:
        """Whether `query` is walked by time rather than by key."""
        return query.order is Order.NEWEST and self._newest is not None

    def mark(self, query: Query) -> bytes:
        """What cursors of this walk begin with."""
        section = self._section
        origin = (section.schema_name, section.table, section.view, section.select_file)
        walk = "ids" if query.ids is not None else section.orders.newest if self.walks_newest(query) else "keys"
        return mark_of(self._collection, origin, section.key_columns(), walk)

    def layout(self, query: Query) -> Layout:
        """How the rows of `query` are laid out."""
        fields = None if query.fields is None else query.fields | ALWAYS[self._collection]
        return Layout(self._section.columns(fields), len(self._keys), query.ids is None and self.walks_newest(query))

    def conditions(self, query: Query, *, scoped: bool) -> list[Clause] | None:
        """What rows must meet; None where nothing can match. `scoped`: visibility is decided by the caller's keys."""
        section = self._section
        clauses: list[Clause] = [each.is_not(None) for each in self._keys]
        for name in sorted(query.filter.asked() & section.filters.keys()):
            condition = section.filters[name]
            if name == "duration_seconds":
                compared = self._dialect.number(self._column(condition.column))
            else:
                compared = self._moment(condition) if name in ("published", "updated") else self._column(condition.column)
            clause = filtered(name, compared, condition, getattr(query.filter, name), self._zone, self._dialect)
            if clause is None:
                return None
            clauses.append(clause)
        scope = section.filters.get(VISIBILITY) if scoped else None
        if scope is not None:
            clause = any_of(self._column(scope.column), scope, sorted(query.keys), self._dialect)
            if clause is None:
                return None
            clauses.append(clause)
        if section.text is not None and query.text is not None:
            clauses += words([self._column(name) for name in section.text.columns], query.text, self._dialect)
        if section.since is not None and query.since is not None:
            clauses.append(changed_since(self._moment(section.since), section.since, query.since, self._zone))
        return clauses

    def pages(self, query: Query, clauses: Sequence[Clause], after: tuple[Value, ...] | None, *, tombstones: bool) -> Iterator[Select[Any]]:
        """Selects that together, each asked until it ends, give what comes after a position: (date, if by time, and) the key."""
        chosen = self._selected(query).where(*clauses, *() if tombstones else (self._not_deleted(),))
        if not self.walks_newest(query) or self._newest is None:
            yield chosen.where(*() if after is None else (self._after(after),)).order_by(*self._keys, *self._identical)
            return
        date, *key = after if after is not None else (None,)
        if after is None or date is not None:
            dated = chosen.where(self._newest.is_not(None))
            if after is not None:  # `<=` alone bounds the index; the rest decides among rows of one date
                dated = dated.where(self._newest <= bound(date), or_(self._newest < bound(date), self._after(key)))
            yield dated.order_by(self._newest.desc(), *self._keys, *self._identical)
        dateless = chosen.where(self._newest.is_(None), *(self._after(key),) if after is not None and date is None else ())
        yield dateless.order_by(*self._keys, *self._identical)

    def by_ids(self, query: Query, ids: Sequence[Key], *, exactly: bool = False) -> Select[Any]:
        """Rows whose key looks like one of `ids`; the caller keeps those whose key is exactly one. Deleted rows are left out.

        `exactly` compares texts whatever the type of the key: for ids that the type cannot even hold, at the cost of the index.
        """
        parts = [each if isinstance(each, tuple) else (each,) for each in ids]
        keys = self._identical if exactly else self._keys
        if len(keys) == 1:
            wanted = self._one_of(keys[0], [each[0] for each in parts])
        else:
            wanted = or_(*(and_(*(self._one_of(one, [part]) for one, part in zip(keys, each, strict=True))) for each in parts))
        return self._selected(query).where(wanted, self._not_deleted())

    def count(self, clauses: Sequence[Clause]) -> Select[Any]:
        """How many rows meet the conditions."""
        return select(func.count()).select_from(self._native).where(*clauses, self._not_deleted())

    def keyless(self) -> Select[Any]:
        """Rows without a key, which no page holds."""
        return select(literal_column("1").label("keyless")).select_from(self._native).where(or_(*(each.is_(None) for each in self._keys)))

    def _selected(self, query: Query) -> Select[Any]:
        layout = self.layout(query)
        columns = [self._column(name) for name in layout.columns]
        if layout.dated and self._newest is not None:
            columns.append(self._newest)
        return select(*columns, self._collation(), self._deleted())

    def collation(self) -> Select[Any]:
        """The collation of the key, of any row: a position means something in the order that it was taken in, and in no other."""
        return select(self._collation()).select_from(self._native)

    def _collation(self) -> ColumnElement[Any]:
        of = self._dialect.collation
        named = literal_column("''") if of is None else func.concat_ws(literal_column("','"), *map(of, self._keys))
        return named.label("collation_of_key")

    def _after(self, key: Sequence[Value]) -> Clause:
        if len(key) > 1 and not self._dialect.rows:
            return _one_by_one(self._keys, self._identical, key)
        if len(key) == 1:
            own, exact, given = self._keys[0], self._identical[0], bound(key[0])
        else:
            own, exact, given = tuple_(*self._keys), tuple_(*self._identical), tuple_(*map(bound, key))
        # Keys that differ only in what a collation ignores follow each other byte by byte; `>=` keeps the index in use.
        first = (self._keys[0] >= bound(key[0]),) if len(key) > 1 else ()  # MySQL finds no range in a row of columns
        return and_(*first, own >= given, or_(own > given, exact > given))

    def _deleted(self) -> ColumnElement[Any]:
        deleted = self._section.deleted
        if deleted is None:
            return literal_column("0")
        return case((among(self._column(deleted.column), deleted.values, self._dialect), 1), else_=0)

    def _not_deleted(self) -> Clause:
        deleted = self._section.deleted
        if deleted is None:
            return true()
        marker = self._column(deleted.column)
        marked = among(marker, deleted.values, self._dialect)
        return not_(marked) if self._dialect.empty_is_null and "" in deleted.values else or_(marker.is_(None), not_(marked))

    def _date(self) -> ColumnElement[Any]:
        newest = self._section.orders.newest
        if newest is None:
            raise AssertionError
        dates: list[ColumnElement[Any]] = []
        for name in newest.columns:
            date = self._column(name)
            for value in newest.nulls:
                if value == "" and self._dialect.empty_is_null:
                    continue
                date = func.nullif(date, bound(value))
            dates.append(date)
        return dates[0] if len(dates) == 1 else func.coalesce(*dates)

    def _moment(self, moment: Moment) -> ColumnElement[Any]:
        """A column of times as it is compared: as text, where a typed column would refuse a year alone."""
        column = self._column(moment.column)
        return self._dialect.exactly(column) if self._dialect.typed and moment.form in ("text", "iso", "date") else column

    def _one_of(self, key: ColumnElement[Any], parts: Sequence[str]) -> Clause:
        if not self._dialect.typed:
            return key.in_([bound(spelling) for part in parts for spelling in _spellings(part)])
        sendable = [part for part in parts if "\0" not in part]  # PostgreSQL has no texts with it
        # MySQL takes the texts of a list for doubles, and drops all but one of those that are then equal.
        alone = [key == bound(part) for part in sendable if len(part) >= _DIGITS_OF_A_DOUBLE]
        return or_(key.in_([bound(part) for part in sendable if len(part) < _DIGITS_OF_A_DOUBLE]), *alone)

    def _column(self, name: str) -> ColumnElement[Any]:
        return self._native.c[name]


def _relation(section: SqlSection, select_text: str | None) -> FromClause:
    """An alias, so that columns are qualified: SQLite reads a lone unknown "name" as a text, not as a missing column."""
    columns: list[ColumnClause[Any]] = [column(quoted_name(name, quote=True)) for name in sorted(section.all_columns())]
    if select_text is not None:
        return text(select_text).bindparams(**section.binds).columns(*columns).subquery("native")
    schema = None if section.schema_name is None else quoted_name(section.schema_name, quote=True)
    return table(quoted_name(section.table or section.view or "", quote=True), *columns, schema=schema).alias("native")


def _one_by_one(keys: Sequence[ColumnElement[Any]], identical: Sequence[ColumnElement[Any]], given: Sequence[Value]) -> Clause:
    """What `(keys) >= (given) AND ((keys) > (given) OR (identical) > (given))` means, for databases that compare no rows."""

    def beyond(columns: Sequence[ColumnElement[Any]]) -> Clause:
        equal = [own == bound(value) for own, value in zip(columns, given, strict=True)]
        return or_(*(and_(*equal[:at], own > bound(value)) for at, (own, value) in enumerate(zip(columns, given, strict=True))))

    # The first bounds the index; rows that a collation takes for equal are told apart byte by byte.
    same = and_(*(own == bound(value) for own, value in zip(keys, given, strict=True)))
    return and_(keys[0] >= bound(given[0]), or_(beyond(keys), and_(same, beyond(identical))))


def _spellings(part: str) -> tuple[str | int, ...]:
    """A key's part as text, and as the number that it may be in the database."""
    if (
        part.removeprefix("-").isdecimal()
        and part.isascii()
        and len(part) < 20
        and str(int(part)) == part
        and -(2**63) <= int(part) < 2**63
    ):
        return part, int(part)
    return (part,)
