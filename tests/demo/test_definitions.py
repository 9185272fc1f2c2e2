"""The demo definitions over the demo servers: what is there is read, mapped, and shown to those who may see it."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from connectors.definition import Definition, parse_definition
from connectors.errors import SourceError
from connectors.mapping import Binding, Mapper, compile_mapping
from connectors.protocol import Batch, Collection, Connector, Query, reading
from connectors.registry import Surroundings, find_kind
from demo import guangdong, portal, school, zhejiang
from demo.data.majors import MAJORS
from demo.data.people import INSTITUTIONS
from demo.world import ASKED, FAULTS, World
from egress import LIVE, Allow, Client
from store.filters import MajorCondition, ResourceFilter, matches
from store.identity import library_id, native_key, source_key
from store.ordering import Order, newest_key
from store.record import Library, LiveDetails, Record
from store.visibility import may_see

EVERY_KEY = frozenset(
    {"pub", "member", "r:teacher"}
    | {f"p:{institution.province}" for institution in INSTITUTIONS}
    | {f"{role}s:{institution.code}" for institution in INSTITUTIONS for role in ("", "r:teacher@")}
)
ANONYMOUS = frozenset({"pub"})
STUDENT = frozenset({"pub", "member", "p:33", "s:4133010001"})
SIZES = {"national-portal": portal.COUNT, "zhejiang": zhejiang.COUNT, "guangdong": guangdong.COUNT, "hangzhou-school": school.COUNT}


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with World(tmp_path_factory.mktemp("world"), ports="free") as running:
        yield running


@asynccontextmanager
async def opened(world: World, name: str, fault: str | None = None) -> AsyncIterator[tuple[Definition, Connector]]:
    definition = parse_definition(world.definition(name, fault))
    kind = find_kind(definition.connector)
    assert kind is not None
    allow = Allow([("127.0.0.1", port) for port in world.ports.values()])
    async with Client(bounds=LIVE, allow=allow) as client:
        surroundings = Surroundings(client=client, directory=world.sqlite_directory, sqlite_directory=world.sqlite_directory)
        connector = await kind.open(definition, surroundings)
        try:
            yield definition, connector
        finally:
            await connector.aclose()


def mapper_of(definition: Definition, collection: Collection) -> Mapper:
    section = definition.section(collection)
    assert section is not None
    binding = Binding(
        source=source_key(definition.name),
        tier=definition.tier,
        province=definition.province,
        institution=definition.institution,
        all_public=definition.all_public,
        place=definition.place(),
        tables=definition.tables,
        keys_by_name={name: source_key(name) for name in FAULTS},
    )
    return compile_mapping(collection, section.mapping, binding)


async def batches_of(connector: Connector, query: Query) -> list[Batch]:
    async with reading(connector, query) as batches:
        return [batch async for batch in batches]


async def mapped(definition: Definition, connector: Connector, query: Query) -> list[Any]:
    mapper = mapper_of(definition, query.collection)

    def complain(field: str, message: str) -> None:
        pytest.fail(f"{definition.name}: {field}: {message}")

    batches = await batches_of(connector, query)
    assert not [spoiled for batch in batches for spoiled in batch.spoiled]
    return [mapper(item, complain) for batch in batches for item in batch.items]


@pytest.mark.parametrize("name", ASKED)
async def test_every_resource_is_read_and_mapped_once(world: World, name: str) -> None:
    async with opened(world, name) as (definition, connector):
        records = await mapped(definition, connector, Query(keys=EVERY_KEY))
    assert len({record.id for record in records}) == len(records) == SIZES[name]
    levels = Counter(key.partition(":")[0] for record in records for key in record.visibility)
    assert levels.keys() == {"pub", "member", "r", "p", "s"}
    assert all(record.institution for record in records if record.visibility != ("pub",))


@pytest.mark.parametrize("name", ["guangdong", "hangzhou-school"])
@pytest.mark.parametrize("keys", [ANONYMOUS, STUDENT, frozenset({"r:teacher@s:4133010001"}), frozenset({"p:65"})])
async def test_a_live_source_gives_exactly_what_the_caller_may_see(world: World, name: str, keys: frozenset[str]) -> None:
    async with opened(world, name) as (definition, connector):
        assert "visibility" in connector.supports[Collection.RESOURCES].filters
        everything = await mapped(definition, connector, Query(keys=EVERY_KEY))
        shown = await mapped(definition, connector, Query(keys=keys))
    assert {record.id for record in shown} == {record.id for record in everything if may_see(keys, record.visibility)}


WISHES: Mapping[str, ResourceFilter] = {
    "kinds": ResourceFilter(kinds=("video", "textbook")),
    "majors": ResourceFilter(majors=(MajorCondition(2021, MAJORS[2].code),)),
    "languages": ResourceFilter(languages=("en", "ru")),
    "access": ResourceFilter(access=("public", "teachers")),
    "formats": ResourceFilter(formats=("pdf",)),
    "updated": ResourceFilter(updated=(datetime(2025, 11, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))),
    "duration_seconds": ResourceFilter(duration_seconds=(600, 1200)),
    "institutions": ResourceFilter(institutions=("4144010001", "4133010001")),
}


async def test_guangdong_keeps_to_itself_what_the_caller_may_not_see_by_id_too(world: World) -> None:
    async with opened(world, "guangdong") as (definition, connector):
        hidden = next(each for each in await mapped(definition, connector, Query(keys=EVERY_KEY)) if each.visibility == ("r:teacher",))
        for collection in (Collection.RESOURCES, Collection.LIVE):
            assert await mapped(definition, connector, Query(collection=collection, ids=(hidden.key,))) == []
            shown = await mapped(definition, connector, Query(collection=collection, ids=(hidden.key,), keys=frozenset({"r:teacher"})))
            assert [each.key for each in shown] == [hidden.key]


@pytest.mark.parametrize("name", ["guangdong", "hangzhou-school"])
async def test_a_live_source_filters_by_itself_what_its_definition_says(world: World, name: str) -> None:
    async with opened(world, name) as (definition, connector):
        everything = await mapped(definition, connector, Query(keys=EVERY_KEY))
        library = next(record.library for record in everything if record.library)
        wishes = {**WISHES, "libraries": ResourceFilter(libraries=(library_id(library.source, library.key),))}
        pushed = connector.supports[Collection.RESOURCES].filters - {"visibility"}
        assert pushed >= {"kinds", "majors", "languages", "libraries"}
        for each in pushed:
            found = await mapped(definition, connector, Query(keys=EVERY_KEY, filter=wishes[each]))
            expected = {record.id for record in everything if matches(record, wishes[each])}
            assert {record.id for record in found if matches(record, wishes[each])} == expected, each
            assert 0 < len(expected) <= len(found) < len(everything), each


@pytest.mark.parametrize("name", ["guangdong", "hangzhou-school"])
async def test_a_live_source_walks_newest_first_and_finds_words(world: World, name: str) -> None:
    async with opened(world, name) as (definition, connector):
        newest = await mapped(definition, connector, Query(order=Order.NEWEST))
        assert [newest_key(record) for record in newest] == sorted(map(newest_key, newest), reverse=True)
        found = await mapped(definition, connector, Query(text="护理"))
        assert found
        assert all("护理" in record.title + (record.summary or "") + "".join(record.keywords) for record in found)
        first = (await batches_of(connector, Query(order=Order.NEWEST, limit=10)))[0]
        assert len(first.items) == 10
        assert first.total == len(newest)


@pytest.mark.parametrize("name", ["guangdong", "hangzhou-school"])
async def test_a_live_source_gives_by_id_records_libraries_and_live_details(world: World, name: str) -> None:
    async with opened(world, name) as (definition, connector):
        records: list[Record] = (await mapped(definition, connector, Query()))[:5]
        ids = tuple(record.key for record in records)
        again = await mapped(definition, connector, Query(ids=(*ids, "NOTHING")))
        assert {record.key for record in again} == set(ids)
        details: list[LiveDetails] = await mapped(definition, connector, Query(collection=Collection.LIVE, ids=ids))
        assert {each.key for each in details} == set(ids)
        assert all(each.views and each.status for each in details)
        references = tuple({record.library.key for record in records if record.library})
        libraries: list[Library] = await mapped(definition, connector, Query(collection=Collection.LIBRARIES, ids=references))
        assert {library.key for library in libraries} == set(references)


@pytest.mark.parametrize("name", ASKED)
async def test_libraries_and_institutions_are_read_whole(world: World, name: str) -> None:
    async with opened(world, name) as (definition, connector):
        libraries = await mapped(definition, connector, Query(collection=Collection.LIBRARIES))
        records = await mapped(definition, connector, Query(keys=EVERY_KEY))
        assert {record.library.key for record in records if record.library} <= {library.key for library in libraries}
        if name == "national-portal":
            institutions = await mapped(definition, connector, Query(collection=Collection.INSTITUTIONS))
            assert {each.code for each in institutions} == {each.code for each in INSTITUTIONS}


@pytest.mark.parametrize("name", ASKED)
async def test_only_what_changed_since_a_moment_is_read(world: World, name: str) -> None:
    since = datetime(2026, 9, 1, tzinfo=UTC)
    async with opened(world, name) as (definition, connector):
        assert connector.supports[Collection.RESOURCES].since
        everything = await mapped(definition, connector, Query(keys=EVERY_KEY))
        changed = {record.key for record in await mapped(definition, connector, Query(keys=EVERY_KEY, since=since))}
    assert {record.key for record in everything if record.updated_at and record.updated_at >= since} <= changed
    assert len(changed) < len(everything) / 2


QUIET = {"slow", "gbk", "utf16"}
"""Faults that a good client may live with."""


@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name in ASKED for fault in FAULTS[name] if fault not in QUIET])
async def test_every_fault_ends_in_an_error_of_the_source(world: World, name: str, fault: str) -> None:
    async with opened(world, name, fault) as (_, connector):
        with pytest.raises(SourceError) as failure:
            await batches_of(connector, Query(keys=EVERY_KEY))
    for secret in ("127.0.0.1", "10.0.0.8", "java", str(world.sqlite_directory), "hangzhou-school.db"):
        assert secret not in str(failure.value)


@pytest.mark.parametrize("name", ["national-portal", "guangdong"])
async def test_a_slow_source_answers_in_the_end(world: World, name: str) -> None:
    async with opened(world, name, "slow") as (_, connector), reading(connector, Query(limit=5)) as batches:
        assert (await anext(batches)).items


async def test_native_keys_of_the_portal_need_both_parts() -> None:
    ids = [item["id"] for item in portal.items()]
    keys = [native_key((item["bucket"], str(item["id"]))) for item in portal.items()]
    assert len(set(ids)) < len(ids) == len(set(keys))
