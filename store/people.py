"""People as others may read of them: personal data, narrowed in the statement itself to those whom the reader answers for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, or_, select

from store.accounts import accounts
from store.database import Database


@dataclass(frozen=True, slots=True)
class Oversight:
    """Whom somebody answers for: the people of these provinces (GB/T 2260) and of these institutions (ten digits); of none by default."""

    provinces: frozenset[str] = frozenset()
    institutions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """What is told of a person: personal data (个人信息)."""

    id: str
    name: str
    signed_in_at: datetime | None


class People:
    """Reads of the people of an institution on behalf of one who has `oversight`; every statement carries the condition on the row."""

    def __init__(self, database: Database, oversight: Oversight) -> None:
        self._database = database
        self._oversight = oversight

    async def of(self, institution: str, role: str, after: tuple[str, str] | None, limit: int) -> list[Person]:
        """The next people with a role there, by name and id, behind those of `after`."""
        statement = self._narrowed(select(accounts.c.id, accounts.c.name, accounts.c.signed_in_at), institution, role)
        if after is not None:
            name, last = after
            statement = statement.where(accounts.c.name >= name, or_(accounts.c.name > name, accounts.c.id > last))
        async with self._database.begin_read() as connection:
            rows = await connection.execute(statement.order_by(accounts.c.name, accounts.c.id).limit(limit))
            return [Person(row.id, row.name, row.signed_in_at) for row in rows]

    async def count(self, institution: str, role: str) -> int:
        """How many people `of` walks through."""
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(self._narrowed(select(func.count()), institution, role)) or 0)

    def _narrowed(self, statement: Select[Any], institution: str, role: str) -> Select[Any]:
        answered_for = or_(
            accounts.c.province.in_(sorted(self._oversight.provinces)), accounts.c.institution.in_(sorted(self._oversight.institutions))
        )
        roles = literal(" ") + accounts.c.roles + literal(" ")
        return statement.select_from(accounts).where(
            answered_for, accounts.c.institution == institution, roles.contains(f" {role} "), accounts.c.disabled.is_(False)
        )
