"""A question's conditions as SQL: filters, words, moments. Each gives at least every row that it should; the caller checks again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, literal, or_, true
from sqlalchemy.types import NullType

from connectors.sql.definition import Condition, Form, Moment
from connectors.sql.dialects import Dialect
from store.filters import MajorCondition
from store.identity import parse_id

_WORDS = 16
_LONGEST_WORD = 200
_IDS = frozenset({"libraries", "part_of", "ids"})
_ESCAPE = "!"  # a backslash means something else to every database

Clause = ColumnElement[bool]


def bound(value: object) -> ColumnElement[Any]:
    """A value as a parameter that goes to the driver as it is."""
    return literal(value, NullType())


def among(column: ColumnElement[Any], values: Iterable[object], dialect: Dialect) -> Clause:
    """The column holds one of the values."""
    wanted = list(values)
    if not dialect.empty_is_null or "" not in wanted:
        return column.in_([bound(value) for value in wanted])
    return or_(column.is_(None), *(column == bound(value) for value in wanted if value != ""))


def any_of(column: ColumnElement[Any], condition: Condition, wanted: Iterable[str], dialect: Dialect) -> Clause | None:
    """The column holds what `values` says for one of the codes; None where it knows none of them: nothing can match."""
    if condition.values is None:
        natives: list[Any] = list(wanted)
    else:
        natives = [native for code in wanted for native in condition.values.get(code, ())]
    return among(column, natives, dialect) if natives else None


def filtered(name: str, column: ColumnElement[Any], condition: Condition, wanted: Any, zone: ZoneInfo, dialect: Dialect) -> Clause | None:
    """The filter `name` of a ResourceFilter; `zone` is the definition's. None where nothing can match."""
    match name:
        case "majors":
            return _majors(column, condition, wanted, dialect)
        case "published" | "updated":
            try:
                return (_published if name == "published" else _updated)(column, condition, wanted, zone)
            except (OverflowError, ValueError):  # an end of the calendar: no bound
                return column.is_not(None)
        case "duration_seconds":
            low, high = wanted
            return and_(*(column >= low,) if low is not None else (), *(column <= high,) if high is not None else (), column.is_not(None))
    if name in _IDS:
        wanted = [node.key for each in wanted if (node := parse_id(each)) is not None]
    return any_of(column, condition, wanted, dialect)


def words(columns: Sequence[ColumnElement[Any]], text: str, dialect: Dialect) -> list[Clause]:
    """Every word of `text` stands in one of the columns, as it is; words beyond the sixteenth and letters beyond the 200th do not count."""
    asked = list(dict.fromkeys(text.replace("\0", " ").encode(errors="replace").decode().split()))[:_WORDS]
    patterns = (f"%{_escaped(word[:_LONGEST_WORD], dialect)}%" for word in asked)
    # Where LIKE alone would tell a from A, that case does not matter is said.
    return [or_(*(_like(dialect.searched(column), pattern, folding=dialect.typed) for column in columns)) for pattern in patterns]


def changed_since(column: ColumnElement[Any], moment: Moment, since: datetime, zone: ZoneInfo) -> Clause:
    """Changed at or after `since`, or nobody knows when."""
    try:
        return or_(column.is_(None), _from(column, moment, since, zone))
    except (OverflowError, ValueError):  # an end of the calendar: no bound
        return true()


def _majors(column: ColumnElement[Any], condition: Condition, wanted: Iterable[MajorCondition], dialect: Dialect) -> Clause | None:
    if condition.values is None:
        return or_(*(_like(column, f"{_escaped(each.code, dialect)}%") for each in wanted)) if wanted else None
    return any_of(column, condition, [code for code in condition.values if code.startswith(tuple(each.code for each in wanted))], dialect)


def _published(column: ColumnElement[Any], moment: Moment, span: tuple[str | None, str | None], zone: ZoneInfo) -> Clause:
    """Partial dates: a column that knows only the year or the month overlaps every range that touches it."""
    away = timedelta(days=0 if moment.zone in (None, zone.key) and moment.form in ("text", "iso", "date") else 1)
    clauses: list[Clause] = [column.is_not(None)]
    start, end = span
    if start is not None:
        first = _first_day(start) - away
        if moment.form in ("text", "iso", "date"):
            text = first.isoformat()
            clauses.append(or_(column >= bound(text), column.in_([bound(text[:4]), bound(text[:7])])))
        else:
            clauses.append(column >= bound(_number(_midnight(first), moment.form)))
    if end is not None:
        after = _day_after(end) + away
        if moment.form in ("text", "iso", "date"):
            clauses.append(column < bound(after.isoformat()))
        else:
            clauses.append(column < bound(_number(_midnight(after), moment.form)))
    return and_(*clauses)


def _updated(column: ColumnElement[Any], moment: Moment, span: tuple[datetime | None, datetime | None], zone: ZoneInfo) -> Clause:
    low, high = span
    clauses: list[Clause] = [column.is_not(None)]
    clauses += [_from(column, moment, low, zone)] if low is not None else []
    clauses += [_until(column, moment, high, zone)] if high is not None else []
    return and_(*clauses)


def _from(column: ColumnElement[Any], moment: Moment, low: datetime, zone: ZoneInfo) -> Clause:
    if moment.form in ("seconds", "milliseconds"):
        return column >= bound(_number(low, moment.form))
    local = low.astimezone(ZoneInfo(moment.zone) if moment.zone else zone)
    day, stamp = local.date().isoformat(), _stamp(local, moment.form)
    # A row that has only the day may have changed at any time of it; `>= day` lets an index serve both.
    return and_(column >= bound(day), or_(column >= bound(stamp), column == bound(day)))


def _until(column: ColumnElement[Any], moment: Moment, high: datetime, zone: ZoneInfo) -> Clause:
    if moment.form in ("seconds", "milliseconds"):
        return column <= bound(_number(high, moment.form) + 1)
    local = high.astimezone(ZoneInfo(moment.zone) if moment.zone else zone) + timedelta(seconds=1)
    return column < bound(_stamp(local, moment.form) + "~")


def _stamp(local: datetime, form: Form) -> str:
    if form == "date":
        return local.date().isoformat()
    return local.replace(tzinfo=None).isoformat("T" if form == "iso" else " ", "seconds")


def _number(moment: datetime, form: Form) -> int:
    return math.floor(moment.timestamp() * (1000 if form == "milliseconds" else 1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _first_day(partial: str) -> date:
    year, month, day = (*map(int, partial.split("-")), 1, 1)[:3]
    return date(year, month, day)


def _day_after(partial: str) -> date:
    first = _first_day(partial)
    match partial.count("-"):
        case 0:
            return first.replace(year=first.year + 1)
        case 1:
            return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=1)


def _like(column: ColumnElement[Any], pattern: str, *, folding: bool = False) -> Clause:
    return (column.ilike if folding else column.like)(bound(pattern), escape=_ESCAPE)


def _escaped(word: str, dialect: Dialect) -> str:
    for special in (_ESCAPE, *dialect.wild):
        word = word.replace(special, _ESCAPE + special)
    return word
