"""Mapping once more: what is stored follows a changed definition, and what could not be read gets another chance."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connectors.definition import Section
from connectors.errors import SourceUnavailable
from connectors.mapping.specification import FieldSpecification
from connectors.protocol import Batch, Collection, Item, Query, Spoiled, Supports
from harvest import HarvestSource, harvest, remap, retry_quarantined
from harvest.errors import NothingKept
from store.catalog import Catalog
from store.errors import LeaseHeld
from store.harvests import Harvests
from store.identity import resource_id
from store.reader import Reader
from store.record import Record
from store.replay import Replay
from store.rows import unpack
from store.tables import payloads
from store.withdrawals import Withdrawals
from tests.harvest.shelf import KEY, NOW, Shelf, items, source_of

RESOURCES = Collection.RESOURCES


async def _records(catalog: Catalog) -> dict[str, Record]:
    return {record.key: record for record in await Reader(catalog.database, frozenset({"pub"})).records(limit=1000)}


def _specified(said: Any) -> FieldSpecification:
    return FieldSpecification.model_validate({"path": said} if isinstance(said, str) else said)


def with_mapping(source: HarvestSource, version: int = 2, **fields: Any) -> HarvestSource:
    """The source under a definition that maps some fields otherwise."""
    section = source.sections[RESOURCES]
    mapping = {**section.mapping, **{name: _specified(each) for name, each in fields.items()}}
    sections = {**source.sections, RESOURCES: Section(identifier=section.identifier, mapping=mapping)}
    return replace(source, sections=sections, binding=replace(source.binding, version=version))


async def test_a_changed_mapping_reaches_stored_records_without_a_question_to_the_source(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(250, format="mp4")}, since=True)
    await harvest(source_of(shelf), catalog)
    asked = len(shelf.asked)
    changed = with_mapping(source_of(shelf), kind={"value": "course"}, title={"join": ["title", "format"], "separator": " / "})
    report = await remap(changed, catalog)
    assert (report.seen, report.changed, report.quarantined, report.left, report.unmapped) == (250, 250, 0, 0, ())
    assert len(shelf.asked) == asked
    record = (await _records(catalog))["7"]
    assert (record.title, record.kind, record.definition_version) == ("数控 7 / mp4", "course", 2)
    # The definition is accepted: the next harvest asks for what changed only.
    assert (await harvest(changed, catalog)).full is False
    assert (await remap(changed, catalog)).changed == 0


def _sections(source: HarvestSource, **sections: dict[str, Any]) -> HarvestSource:
    """The source under a second definition, with other mappings of the collections named."""
    made = {
        Collection(name): Section(identifier=("id",), mapping={field: _specified(said) for field, said in mapping.items()})
        for name, mapping in sections.items()
    }
    return replace(source, sections={**source.sections, **made}, binding=replace(source.binding, version=2))


async def test_libraries_and_institutions_follow_a_changed_mapping_too(catalog: Catalog) -> None:
    shelf = Shelf(
        {
            Collection.INSTITUTIONS: {"7": {"id": "7", "code": "4133010001", "name": "示例学院", "short": "示院"}},
            Collection.LIBRARIES: {"a": {"id": "a", "name": "数控", "note": "https://k.example.edu.cn/"}, "b": {"id": "b", "name": "护理"}},
            RESOURCES: items(3),
        }
    )
    await harvest(source_of(shelf), catalog)
    asked, reader = len(shelf.asked), Reader(catalog.database, frozenset({"pub"}))
    changed = _sections(
        source_of(shelf),
        libraries={"name": {"first": ["id", "name"]}, "homepage": "note"},
        institutions={"code": "code", "name": {"join": ["name", "code"], "separator": " "}},
    )
    report = await remap(changed, catalog)
    assert (report.seen, report.changed, report.unmapped) == (6, 3, ("libraries.homepage",))
    assert {each.name for each in await reader.libraries()} == {"a", "b"}
    assert (await reader.institutions_by_codes(["4133010001"]))["4133010001"].name == "示例学院 4133010001"
    assert len(shelf.asked) == asked
    # What the source has no more is not mapped again, and what cannot be mapped stays as it is.
    await harvest(changed, catalog)
    del shelf.shelves[Collection.LIBRARIES]["b"]
    await harvest(changed, catalog, full=True)
    again = _sections(source_of(shelf), libraries={"name": {"path": "note", "required": True}}, institutions={"code": "id", "name": "name"})
    report = await remap(again, catalog)
    assert (report.seen, report.quarantined) == (5, 1)
    assert {each.name for each in await reader.libraries()} == {"https://k.example.edu.cn/"}
    assert [each.collection for each in await Replay(catalog.database).quarantined(KEY)] == ["institutions"]


async def test_a_withdrawn_record_is_mapped_once_more_where_it_is(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(3)}, since=True)
    await harvest(source_of(shelf), catalog)
    chosen = resource_id(KEY, "1")
    await Withdrawals(catalog).withdraw([chosen], reason="rights", by="somebody")
    await remap(with_mapping(source_of(shelf), kind={"value": "course"}), catalog)
    assert set(await _records(catalog)) == {"0", "2"}
    await Withdrawals(catalog).restore([chosen], by="somebody")
    assert {record.kind for record in (await _records(catalog)).values()} == {"course"}


async def test_a_field_that_reads_what_was_not_kept_stays_as_it_is_and_is_named(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(3, summary="原文", author={"name": "张三"})})
    await harvest(with_mapping(source_of(shelf), 1, keywords={"value": "数控"}), catalog)
    changed = with_mapping(source_of(shelf), summary="summary", keywords={"first": ["tags", "title"]}, format={"value": "video"})
    report = await remap(changed, catalog)
    assert report.unmapped == ("summary", "keywords")
    assert "summary, keywords" in report.line()
    record = (await _records(catalog))["1"]
    assert (record.summary, record.keywords, record.format) == (None, ("数控",), "video")
    # The definition is not accepted: the next harvest reads everything, and what it keeps can be mapped from then on.
    again = await harvest(changed, catalog)
    assert again.full
    assert (await _records(catalog))["1"].summary == "原文"
    assert (await remap(with_mapping(changed, 3, title="summary"), catalog)).unmapped == ()
    assert (await _records(catalog))["1"].title == "原文"


async def test_what_is_kept_follows_the_definition_also_where_the_record_does_not_change(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: items(3, extra="x")})
    await harvest(source_of(shelf), catalog)
    changed = with_mapping(source_of(shelf), summary={"first": ["nothing", "extra"], "function": "url"})
    await harvest(changed, catalog)
    async with catalog.database.begin_read() as connection:
        assert [unpack(each)["extra"] for each in await connection.scalars(select(payloads.c.native))] == ["x"] * 3


async def test_an_item_that_the_new_mapping_cannot_read_goes_into_quarantine_and_its_record_stays(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: {**items(2), "9": {"id": "9", "title": "有格式", "format": "mp4"}}})
    await harvest(source_of(shelf), catalog)
    report = await remap(with_mapping(source_of(shelf), format={"path": "format", "required": True}), catalog)
    assert (report.seen, report.quarantined) == (3, 2)
    assert set(await _records(catalog)) == {"0", "1", "9"}


async def test_before_the_first_harvest_there_is_nothing_to_map(catalog: Catalog) -> None:
    with pytest.raises(NothingKept, match="harvest it first"):
        await remap(source_of(Shelf({RESOURCES: items(1)})), catalog)


async def test_while_the_source_is_harvested_nothing_is_mapped_once_more(catalog: Catalog) -> None:
    source = source_of(Shelf({RESOURCES: items(1)}))
    await harvest(source, catalog)
    await Harvests(catalog.database).begin(KEY, 1, timedelta(minutes=1))
    for again in (remap, retry_quarantined):
        with pytest.raises(LeaseHeld):
            await again(source, catalog)


async def test_items_in_quarantine_become_records_when_the_mapping_allows_it(catalog: Catalog) -> None:
    shelf = Shelf({RESOURCES: {**items(2), "8": {"id": "8", "title": "", "format": "代替"}, "9": {"id": "9", "title": ""}}})
    source = source_of(shelf)
    assert (await harvest(source, catalog)).quarantined == 2
    [first, second] = await Replay(catalog.database).quarantined(KEY)
    assert (first.key, first.field, first.collection, first.native) == (
        "8",
        "title",
        "resources",
        {"id": "8", "title": "", "format": "代替"},
    )
    assert second.reason.startswith("title")
    report = await retry_quarantined(with_mapping(source, title={"first": ["title", "format"]}), catalog)
    assert (report.seen, report.changed, report.quarantined) == (2, 1, 1)
    assert (await _records(catalog))["8"].title == "代替"
    assert [each.key for each in await Replay(catalog.database).quarantined(KEY)] == ["9"]


@dataclass
class Mended(Shelf):
    """A source whose list gives an item broken, and gives it whole when it is asked for by its key."""

    down: bool = False

    @property
    def supports(self) -> Mapping[Collection, Supports]:
        return {RESOURCES: Supports(ids=True, max_batch=self.size)}

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        if query.ids is None:
            async for batch in super().read(query):
                yield batch
            return
        self.asked.append(query)
        if self.down:
            raise SourceUnavailable("reset")
        yield Batch([Item(str(key), {"id": str(key), "title": f"完整 {key}"}) for key in query.ids])


async def test_items_that_could_not_be_read_at_all_are_asked_for_by_key(catalog: Catalog) -> None:
    shelf = Mended({RESOURCES: items(2)}, spoiled=[Spoiled("7", "truncated")], down=True)
    await harvest(source_of(shelf), Catalog(catalog.database, lambda: NOW))
    report = await retry_quarantined(source_of(shelf), catalog)
    assert (report.seen, report.left) == (0, 1)
    assert report.error is not None
    assert report.error.startswith("SOURCE_UNAVAILABLE: reset")
    shelf.down = False
    report = await retry_quarantined(source_of(shelf), catalog)
    assert (report.seen, report.changed, report.error) == (1, 1, None)
    assert (await _records(catalog))["7"].title == "完整 7"
    assert await Replay(catalog.database).quarantined(KEY) == []
