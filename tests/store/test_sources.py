"""The registry: keys that never change, names that are unique."""

import asyncio
from collections.abc import Callable

import pytest

from store.catalog import Catalog
from store.database import Database
from store.errors import NameTaken
from store.identity import source_key
from store.record import Record
from store.sources import HarvestFacts, Sources


async def test_a_source_keeps_its_key_through_new_documents_and_names(database: Database) -> None:
    sources = Sources(database)
    key = await sources.register("one", name="zhejiang", title="浙江")
    assert await sources.register("one", name="zhejiang", title="浙江") == key
    assert (await sources.by_key(key)).version == 1
    assert await sources.register("two", name="zhejiang", title="浙江") == key
    assert (await sources.by_name("zhejiang")).version == 2
    assert await sources.register("two", name="zhejiang-edu", title="浙江", key=key) == key
    assert await sources.by_name("zhejiang") is None
    assert [(each.key, each.name, each.document) for each in await sources.all()] == [(key, "zhejiang-edu", "two")]


async def test_a_name_given_up_makes_another_source(database: Database) -> None:
    sources = Sources(database)
    first = await sources.register("one", name="zhejiang", title="浙江")
    await sources.register("one", name="other", title="浙江", key=first)
    second = await sources.register("two", name="zhejiang", title="浙江")
    assert second == source_key("zhejiang", 1) != first


async def test_a_name_belongs_to_one_source(database: Database) -> None:
    sources = Sources(database)
    first = await sources.register("one", name="zhejiang", title="浙江")
    await sources.register("two", name="guangdong", title="广东")
    with pytest.raises(NameTaken, match="choose another name"):
        await sources.register("one", name="guangdong", title="浙江", key=first)
    with pytest.raises(LookupError, match="there is no source"):
        await sources.register("one", name="hubei", title="湖北", key="nowhere2")


async def test_one_source_registered_many_times_at_once_is_one_source(database: Database) -> None:
    sources = Sources(database)
    keys = await asyncio.gather(*(sources.register("one", name="zhejiang", title="浙江") for _ in range(8)))
    assert len(set(keys)) == 1
    assert [each.version for each in await sources.all()] == [1]


async def test_a_retired_source_is_listed_where_asked_for_and_comes_back(database: Database) -> None:
    sources = Sources(database)
    key = await sources.register("one", name="zhejiang", title="浙江")
    await sources.retire(key)
    assert await sources.all() == []
    assert [each.key for each in await sources.all(retired=True)] == [key]
    assert await sources.register("one", name="zhejiang", title="浙江") == key
    assert [each.retired for each in await sources.all()] == [False]


async def test_facts_count_the_records_of_each_source(database: Database, make_record: Callable[..., Record]) -> None:
    await Catalog(database).apply("abcdefgh", [(make_record(str(n), visibility=("none",)), None) for n in range(3)])
    assert await Sources(database).facts() == {"abcdefgh": HarvestFacts(record_count=3)}
