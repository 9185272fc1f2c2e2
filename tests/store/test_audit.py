"""The audit log: a chain that shows every change, on both databases."""

import asyncio

import pytest
from sqlalchemy import text

from store.audit import SYSTEM, Action, Audit, AuditBroken, Event, Purpose
from store.database import Database


async def test_entries_are_numbered_bound_and_read_newest_first(database: Database) -> None:
    audit = Audit(database)
    await audit.write(Event("a1", Action.SIGNED_IN))
    await audit.write(Event("a1", Action.PERSONAL_DATA_READ, "s9", Purpose.TEACHING, {"fields": "姓名"}))
    newest, first = await audit.events()
    assert (newest.seq, first.seq) == (2, 1)
    assert newest.event == Event("a1", Action.PERSONAL_DATA_READ, "s9", Purpose.TEACHING, {"fields": "姓名"})
    assert [entry.seq for entry in await audit.events(actions=[Action.SIGNED_IN])] == [1]
    assert [entry.seq for entry in await audit.events(before=2, actors=["a1"])] == [1]
    assert await audit.verify() == (2, newest.hash)


async def test_an_event_of_a_deed_that_failed_is_not_written(database: Database) -> None:
    audit = Audit(database)

    async def deed() -> None:
        async with database.begin_write() as connection:
            await audit.append(connection, Event(SYSTEM, Action.KEY_ROTATED))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await deed()
    assert await audit.verify() == (0, b"\0" * 32)


async def test_many_who_write_at_once_make_one_chain(database: Database) -> None:
    audit = Audit(database)
    await asyncio.gather(*(audit.write(Event(f"a{number}", Action.SIGNED_IN)) for number in range(20)))
    count, _ = await audit.verify()
    assert count == 20


@pytest.mark.parametrize("deed", ["UPDATE audit_events SET actor = 'x'", "DELETE FROM audit_events"])
async def test_the_database_itself_refuses_to_change_an_entry(database: Database, deed: str) -> None:
    await Audit(database).write(Event("a1", Action.SIGNED_IN))
    with pytest.raises(Exception, match="append-only"):
        async with database.begin_write() as connection:
            await connection.execute(text(deed))


@pytest.mark.parametrize(
    ("deed", "seq"),
    [
        ("UPDATE audit_events SET actor = 'b' WHERE seq = 2", 2),
        ('UPDATE audit_events SET detail = \'{"x":"y"}\' WHERE seq = 3', 3),
        ("DELETE FROM audit_events WHERE seq = 1", 1),
        ("UPDATE audit_events SET seq = 9 WHERE seq = 3", 3),
    ],
)
async def test_who_goes_around_the_triggers_breaks_the_chain(database: Database, deed: str, seq: int) -> None:
    audit = Audit(database)
    for number in range(3):
        await audit.write(Event(f"a{number}", Action.SIGNED_IN))
    async with database.begin_write() as connection:
        if database.embedded:
            for trigger in ("update", "delete"):
                await connection.execute(text(f"DROP TRIGGER audit_events_{trigger}"))
        else:
            await connection.execute(text("DROP TRIGGER audit_events_append_only ON audit_events"))
        await connection.execute(text(deed))
    with pytest.raises(AuditBroken, match=f"entry {seq} "):
        await audit.verify()
