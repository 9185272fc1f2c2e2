"""Withdrawals: gone from every reading, whatever the source goes on to say, and back as the source has it then."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from store.audit import Action, Audit
from store.catalog import Catalog
from store.changes import Changes
from store.database import Database
from store.identity import library_id
from store.reader import Reader
from store.record import Record
from store.rows import pack, unpack
from store.tables import payloads
from store.withdrawals import Withdrawals

SOURCE = "abcdefgh"
EVERYBODY = frozenset({"pub"})
Make = Callable[..., Record]


async def _titles(database: Database) -> dict[str, str]:
    return {record.key: record.title for record in await Reader(database, EVERYBODY).records(limit=1000)}


async def test_a_withdrawn_record_is_gone_stays_gone_and_comes_back_as_its_source_has_it_then(
    database: Database, make_record: Make
) -> None:
    catalog, record = Catalog(database), make_record("1")
    withdrawals = Withdrawals(catalog)
    await catalog.apply(SOURCE, [(record, {"id": "1"}), (make_record("2"), None)])
    assert await withdrawals.withdraw([record.id], reason="rights", by="somebody") == [record.id]
    assert await withdrawals.withdraw([record.id], reason="rights", by="somebody") == []
    assert set(await _titles(database)) == {"2"}
    applied = await catalog.apply(SOURCE, [(replace(record, title="新的"), {"id": "1", "new": True}), (make_record("3"), None)])
    assert applied.changed == 1
    assert set(await _titles(database)) == {"2", "3"}
    assert await withdrawals.restore([record.id], by="somebody else") == [record.id]
    assert await withdrawals.restore([record.id], by="somebody else") == []
    assert (await _titles(database))["1"] == "新的"
    async with database.begin_read() as connection:
        assert unpack(await connection.scalar(select(payloads.c.native))) == {"id": "1", "new": True}
    [past] = await withdrawals.history(record.id)
    assert (past.reason, past.withdrawn_by, past.restored_by) == ("rights", "somebody", "somebody else")


async def test_a_record_that_its_source_took_back_meanwhile_does_not_come_back(database: Database, make_record: Make) -> None:
    catalog, record = Catalog(database), make_record("1")
    await catalog.apply(SOURCE, [(record, None)])
    await Withdrawals(catalog).withdraw([record.id], reason="wrong", by="x")
    await catalog.apply(SOURCE, gone=["1"])
    assert await Withdrawals(catalog).restore([record.id], by="x") == [record.id]
    assert await _titles(database) == {}
    await catalog.apply(SOURCE, [(record, None)])
    assert set(await _titles(database)) == {"1"}


async def test_a_record_that_the_catalog_does_not_hold_yet_is_withdrawn_before_it_comes(database: Database, make_record: Make) -> None:
    catalog, record = Catalog(database), make_record("1")
    assert await Withdrawals(catalog).withdraw([record.id], reason="wrong", by="x") == [record.id]
    assert await Withdrawals(catalog).of_sources([SOURCE]) == {record.id}
    assert (await catalog.apply(SOURCE, [(record, None)])).changed == 0
    assert await _titles(database) == {}
    assert await Changes(database).tombstones([record.id]) == {}


async def test_the_change_log_and_the_audit_log_tell_of_it_and_its_title_is_not_told(database: Database, make_record: Make) -> None:
    catalog, record = Catalog(database), make_record("1", title="某人的电话")
    await catalog.apply(SOURCE, [(record, None)])
    await Withdrawals(catalog).withdraw([record.id], reason="personal_data", by="u1")
    assert [change.shown for change in await Changes(database).public(None, 10)] == [True, False]
    stone = (await Changes(database).tombstones([record.id]))[record.id]
    assert (stone.title, stone.reason, stone.replaced_by) == (None, "personal_data", None)
    await Withdrawals(catalog).restore([record.id], by="u2")
    assert [change.shown for change in await Changes(database).public(None, 10)] == [True, False, True]
    assert await Changes(database).tombstones([record.id]) == {}
    events = await Audit(database).events()
    assert [(entry.event.actor, entry.event.action, entry.event.subject) for entry in events] == [
        ("u2", Action.RECORDS_RESTORED, record.id),
        ("u1", Action.RECORDS_WITHDRAWN, record.id),
    ]


async def test_what_was_never_public_leaves_no_trace_in_public(database: Database, make_record: Make) -> None:
    catalog, record = Catalog(database), make_record("1", visibility=("s:4133010001",))
    await catalog.apply(SOURCE, [(record, None)])
    await Withdrawals(catalog).withdraw([record.id], reason="wrong", by="x")
    assert await Changes(database).public(None, 10) == []
    assert await Changes(database).tombstones([record.id]) == {}


async def test_records_are_found_by_address_and_by_source_and_many_at_once(database: Database, make_record: Make) -> None:
    catalog = Catalog(database)
    withdrawals = Withdrawals(catalog)
    here, there = "https://example.cn/a", "https://example.cn/b"
    batch = [make_record("u", url=here), make_record("o", original_url=here, url=there)]
    await catalog.apply(SOURCE, [(record, None) for record in [*batch, *(make_record(str(n)) for n in range(120))]])
    await catalog.apply("bbbbbbbb", [(make_record("1", source="bbbbbbbb"), None)])
    assert set(await withdrawals.with_address(here)) == {record.id for record in batch}
    ids = await withdrawals.of_source(SOURCE)
    assert len(await withdrawals.withdraw(ids, reason="requested", by="x")) == 122
    assert [record.source for record in await Reader(database, EVERYBODY).records(limit=10)] == ["bbbbbbbb"]
    assert len(await withdrawals.restore(await withdrawals.of_source(SOURCE, withdrawn=True), by="x")) == 122
    assert len(await _titles(database)) == 123 - 1  # both sources have a record of the key 1


@pytest.mark.parametrize("text", ["", "nothing", library_id(SOURCE, "1")])
async def test_what_is_no_record_is_refused(database: Database, text: str) -> None:
    with pytest.raises(ValueError, match="no id of a record"):
        await Withdrawals(Catalog(database)).withdraw([text], reason="wrong", by="x")


async def test_a_native_item_is_kept_packed_while_the_record_is_withdrawn(database: Database, make_record: Make) -> None:
    catalog, record = Catalog(database), make_record("1")
    await catalog.apply(SOURCE, [(record, {"a": 1})])
    await Withdrawals(catalog).withdraw([record.id], reason="wrong", by="x")
    await Withdrawals(catalog).restore([record.id], by="x")
    async with database.begin_read() as connection:
        assert await connection.scalar(select(payloads.c.native)) == pack({"a": 1})
