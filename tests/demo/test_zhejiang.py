"""The repository of Zhejiang asked directly, and what its LOM becomes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from lxml import etree  # type: ignore[import-untyped]

from connectors.definition import Definition, parse_definition
from connectors.mapping import Binding, compile_mapping
from connectors.protocol import Batch, Collection, Query, reading
from connectors.registry import Surroundings, find_kind
from demo import zhejiang
from demo.data.generator import Sample, draw
from demo.world import FAULTS, World
from egress import HARVEST, Allow, Client
from store.identity import source_key
from store.record import Creator, License, Record

OAI = "{http://www.openarchives.org/OAI/2.0/}"
SAMPLES = {f"oai:zyk.zj.example.com:{sample.number:06}": sample for sample in draw("zhejiang", 520, zhejiang.HERE)}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, ports="free") as running:
        yield running


async def asked(world: World, verb: str, face: str = "", **arguments: str) -> Any:
    url = f"http://127.0.0.1:{world.ports['zhejiang']}{face}/oai"
    async with aiohttp.ClientSession() as session, session.get(url, params={"verb": verb, **arguments}) as reply:
        assert reply.status == 200
        return etree.fromstring(await reply.read(), etree.XMLParser(recover=True))


async def listed(world: World, verb: str, **arguments: str) -> list[Any]:
    found: list[Any] = []
    root = await asked(world, verb, metadataPrefix="lom", **arguments)
    while True:
        found += root.iter(f"{OAI}header")
        token = root.findtext(f".//{OAI}resumptionToken")
        if not token:
            return found
        root = await asked(world, verb, resumptionToken=token)


async def test_every_record_is_listed_once_oldest_first_and_some_are_deleted(world: World) -> None:
    headers = await listed(world, "ListRecords")
    identifiers = [header.findtext(f"{OAI}identifier") for header in headers]
    stamps = [header.findtext(f"{OAI}datestamp") for header in headers]
    assert len(set(identifiers)) == len(identifiers) == zhejiang.COUNT + zhejiang.DELETED
    assert stamps == sorted(stamps)
    assert sum(header.get("status") == "deleted" for header in headers) == zhejiang.DELETED
    assert [header.findtext(f"{OAI}identifier") for header in await listed(world, "ListIdentifiers")] == identifiers


async def test_lists_are_chosen_by_time_and_set(world: World) -> None:
    since = await listed(world, "ListRecords", **{"from": "2026-06-01", "until": "2026-08-31"})
    assert since
    assert all("2026-06-01" <= header.findtext(f"{OAI}datestamp") < "2026-09-01" for header in since)
    within = await listed(world, "ListRecords", set="zyk460103")
    assert {header.findtext(f"{OAI}setSpec") for header in within} == {"zyk460103"}


@pytest.mark.parametrize(
    ("verb", "arguments", "code"),
    [
        ("Sing", {}, "badVerb"),
        ("ListRecords", {}, "badArgument"),
        ("ListRecords", {"metadataPrefix": "lom", "limit": "5"}, "badArgument"),
        ("ListRecords", {"metadataPrefix": "lom", "from": "yesterday"}, "badArgument"),
        ("ListRecords", {"metadataPrefix": "oai_dc"}, "cannotDisseminateFormat"),
        ("ListRecords", {"metadataPrefix": "lom", "from": "2099-01-01"}, "noRecordsMatch"),
        ("ListRecords", {"resumptionToken": "x"}, "badResumptionToken"),
        ("GetRecord", {"metadataPrefix": "lom", "identifier": "x"}, "idDoesNotExist"),
    ],
)
async def test_errors_have_the_codes_of_the_protocol(world: World, verb: str, arguments: dict[str, str], code: str) -> None:
    error = (await asked(world, verb, **arguments)).find(f"{OAI}error")
    assert error.get("code") == code


async def test_the_repository_identifies_itself_and_names_its_format(world: World) -> None:
    assert (await asked(world, "Identify")).findtext(f".//{OAI}granularity") == "YYYY-MM-DDThh:mm:ssZ"
    assert (await asked(world, "ListMetadataFormats")).findtext(f".//{OAI}metadataPrefix") == "lom"


async def test_the_looping_face_gives_the_first_page_for_every_token(world: World) -> None:
    first = await asked(world, "ListRecords", metadataPrefix="lom")
    again = await asked(world, "ListRecords", "/~loop", resumptionToken=first.findtext(f".//{OAI}resumptionToken"))
    names = [[header.findtext(f"{OAI}identifier") for header in root.iter(f"{OAI}header")] for root in (first, again)]
    assert names[0] == names[1]


async def read(world: World, collection: Collection) -> tuple[Definition, list[Batch]]:
    definition = parse_definition(world.definition("zhejiang"))
    kind = find_kind("oaipmh")
    assert kind is not None
    async with Client(bounds=HARVEST, allow=Allow([("127.0.0.1", world.ports["zhejiang"])])) as client:
        connector = await kind.open(definition, Surroundings(client=client, directory=Path()))
        async with reading(connector, Query(collection=collection)) as batches:
            return definition, [batch async for batch in batches]


async def records_of(world: World) -> dict[str, Record]:
    definition, batches = await read(world, Collection.RESOURCES)
    binding = Binding(
        source=source_key("zhejiang"),
        tier="provincial",
        province="33",
        place=definition.place(),
        tables=definition.tables,
        keys_by_name={name: source_key(name) for name in FAULTS},
    )
    mapper = compile_mapping(Collection.RESOURCES, definition.resources.mapping, binding)

    def complain(field: str, message: str) -> None:
        pytest.fail(f"{field}: {message}")

    assert len([key for batch in batches for key in batch.gone]) == zhejiang.DELETED
    return {record.key: record for batch in batches for item in batch.items if (record := mapper(item, complain))}


def same(record: Record, sample: Sample) -> bool:
    """Tell whether what the sample knew has come through XML, LOM and the mapping."""
    published = sample.published is None or (record.published is not None and str(record.published).startswith(sample.published))
    return (
        (record.kind, record.format, record.access) == (sample.kind, sample.format, sample.access)
        and (record.size_bytes, record.duration_seconds) == (sample.size, sample.seconds)
        and record.institution == (sample.institution.code if sample.institution else None)
        and record.institution_name == (sample.institution.name if sample.institution else None)
        and [(major.name, major.code) for major in record.majors] == [(sample.major.name, sample.major.code)]
        and tuple(record.keywords) == sample.keywords
        and published
    )


async def test_what_a_record_says_in_lom_comes_through(world: World) -> None:
    records = await records_of(world)
    assert len(records) == zhejiang.COUNT
    assert [key for key, record in records.items() if not same(record, SAMPLES[key])] == []
    assert any("\u0000" in SAMPLES[key].title for key in records)
    assert not any("\u0000" in record.title for record in records.values())


async def test_only_the_names_on_vcards_are_read(world: World) -> None:
    for key, record in (await records_of(world)).items():
        people = SAMPLES[key].people
        roles = ["author", *["editor"] * (len(people) - 1)]
        assert list(record.creators) == [Creator(name, role) for name, role in zip(people, roles, strict=False)]
        assert "example@" not in repr(record)
        assert "0571-" not in repr(record)


async def test_titles_are_chinese_and_english_where_the_repository_has_both(world: World) -> None:
    for key, record in (await records_of(world)).items():
        number = SAMPLES[key].number
        assert record.title_en == (f"Example resource {number}" if number % 10 == 0 else None)
        assert not record.title.startswith("Example")


async def test_licences_and_visibility_are_those_of_rights_and_annotation(world: World) -> None:
    records = await records_of(world)
    licences = {record.license for record in records.values()}
    assert License("CC-BY-4.0", None, "CC BY 4.0") in licences
    assert None in licences
    for key, record in records.items():
        assert (record.visibility == ("pub",)) == (SAMPLES[key].visibility == "public")
    assert "r:teacher@s:4133010001" in {each for record in records.values() for each in record.visibility}


async def test_sets_are_libraries_with_a_name_and_a_home(world: World) -> None:
    definition, batches = await read(world, Collection.LIBRARIES)
    mapper = compile_mapping(
        Collection.LIBRARIES, definition.libraries.mapping, Binding(source="s", tier="provincial", place=definition.place())
    )
    libraries = [mapper(item, lambda field, message: pytest.fail(f"{field}: {message}")) for batch in batches for item in batch.items]
    held = {record.library.key for record in (await records_of(world)).values() if record.library}
    assert held == {library.key for library in libraries}
    assert libraries[0].name == "数控技术专业群教学资源库（示例）"
    assert libraries[0].homepage == "https://zyk.zj.example.com/lib/zyk460103"
    assert sum(library.resource_count for library in libraries) == zhejiang.COUNT
