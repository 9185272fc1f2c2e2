"""Ready mappings make whole records of every format; keys alone, several sets, and what a repository says of itself."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid
from connectors.mapping import compile_mapping
from connectors.protocol import Collection, Inspecting, Query
from resolvers.sources import bind
from store.record import Creator, Record
from tests.connectors.loopback import DEFINITION, items, keys, opened, read, serving
from tests.connectors.oaipmh.repository import Entry, Repository, definition, entries

DC = """
<dc:title xml:lang="zh">数控车床编程</dc:title><dc:title xml:lang="en">CNC turning</dc:title><dc:creator>Zhang, San</dc:creator>
<dc:creator>李四</dc:creator><dc:subject>数控</dc:subject><dc:subject>车削</dc:subject>
<dc:description>讲 &lt;b&gt;G01&lt;/b&gt;</dc:description>
<dc:publisher>示例学院</dc:publisher><dc:date>2023-05-17T08:00:00Z</dc:date><dc:type>Other</dc:type><dc:type>MovingImage</dc:type>
<dc:format>12 分钟</dc:format><dc:format>video/mp4</dc:format><dc:identifier>ISBN 7-111</dc:identifier>
<dc:identifier>https://zyk.example.com/r/1</dc:identifier><dc:language>zh_CN</dc:language><dc:rights>CC BY 4.0</dc:rights>
"""


def dim(**fields: str) -> str:
    rows = ""
    for name, value in fields.items():
        schema, element, *qualifier = name.split("_")
        rows += f'<dim:field mdschema="{schema}" element="{element}"' + (f' qualifier="{qualifier[0]}"' if qualifier else "")
        rows += f">{value}</dim:field>"
    return f'<dim:dim xmlns:dim="http://www.dspace.org/xmlns/dspace/dim">{rows}</dim:dim>'


def xoai(tree: dict[str, Any]) -> str:
    def write(name: str, below: Any) -> str:
        if isinstance(below, str):
            return f'<field name="{name}">{below}</field>'
        return f'<element name="{name}">{"".join(write(*each) for each in below.items())}</element>'

    return f'<metadata xmlns="http://www.lyncode.com/xoai">{"".join(write(*each) for each in tree.items())}</metadata>'


def value(text: str, language: str = "none") -> dict[str, Any]:
    return {language: {"value": text}}


DOCUMENTS = {
    "oai_dc": '<o:dc xmlns:o="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">' + DC + "</o:dc>",
    "qdc": '<q:qualifieddc xmlns:q="http://dspace.org/qualifieddc/" xmlns:dc="http://purl.org/dc/elements/1.1/">' + DC + "</q:qualifieddc>",
    "lom": """<lom xmlns="http://ltsc.ieee.org/xsd/LOM"><general>
<title><string language="zh">数控车床编程</string><string language="en">CNC turning
</string></title><language>zh</language><description><string>讲 &lt;b&gt;G01&lt;/b&gt;</string></description><keyword><string>数控</string>
</keyword><keyword><string>车削</string></keyword></general><lifeCycle><contribute><role><value>author</value></role>
<entity>BEGIN:VCARD\nFN:Zhang, San\nTEL:1\nEND:VCARD</entity><date><dateTime>2023-05-17</dateTime></date></contribute><contribute>
<entity>BEGIN:VCARD\nFN:李四\nEND:VCARD</entity></contribute></lifeCycle><technical><format>video/mp4</format>
<location>https://zyk.example.com/r/1</location></technical><educational><learningResourceType><value>视频</value></learningResourceType>
</educational><rights><description><string>CC BY 4.0</string></description></rights></lom>""",
    "mods": """<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo lang="zh"><title>数控车床编程</title></titleInfo>
<titleInfo lang="en"><title>CNC turning</title></titleInfo><name type="personal"><namePart>Zhang, San</namePart></name>
<name><namePart type="given">李四</namePart></name><typeOfResource>moving image</typeOfResource>
<abstract>讲 &lt;b&gt;G01&lt;/b&gt;</abstract>
<subject><topic>数控</topic><topic>车削</topic></subject><originInfo><publisher>示例学院</publisher>
<dateIssued encoding="w3cdtf">2023-05-17</dateIssued></originInfo><language><languageTerm type="code">chi</languageTerm></language>
<physicalDescription><internetMediaType>video/mp4</internetMediaType></physicalDescription><location><url>https://zyk.example.com/r/1</url>
</location><accessCondition type="use">CC BY 4.0</accessCondition></mods>""",
    "dim": dim(
        dc_title="数控车床编程",
        dc_contributor_author="Zhang, San</dim:field><dim:field mdschema='dc' element='contributor' qualifier='author'>李四",
        dc_subject="数控</dim:field><dim:field mdschema='dc' element='subject'>车削",
        dc_description_abstract="讲 &lt;b&gt;G01&lt;/b&gt;",
        dc_publisher="示例学院",
        dc_date_accessioned="2024-01-01T00:00:00Z",
        dc_date_issued="2023-05-17",
        dc_type="Video",
        dc_format_mimetype="video/mp4",
        dc_identifier_uri="https://zyk.example.com/r/1",
        dc_language_iso="zh_CN",
        dc_rights="CC BY 4.0",
    ),
    "xoai": xoai(
        {
            "dc": {
                "title": value("数控车床编程", "zh_CN") | value("CNC turning", "en_US"),
                "contributor": {"author": {"none": {"value": "Zhang, San</field><field name='value'>李四"}}},
                "subject": {"zh_CN": {"value": "数控</field><field name='value'>车削"}},
                "description": {"abstract": value("讲 &lt;b&gt;G01&lt;/b&gt;", "zh_CN")},
                "publisher": value("示例学院"),
                "date": {"issued": value("2023-05-17")},
                "type": value("Video", "zh_CN"),
                "identifier": {"uri": value("https://zyk.example.com/r/1")},
                "language": {"iso": value("zh_CN")},
                "rights": value("CC BY 4.0"),
            },
            "bundles": {"bundle": {"bitstreams": {"bitstream": {"format": "video/mp4", "size": "2048"}}}},
        }
    ),
}


def ready(name: str, more: str = "") -> str:
    head = DEFINITION.format(connector="oaipmh")
    return f'{head}\n[connection]\nurl = "{{url}}/oai"\n[resources]\nmapping_from = "{name}"\n{more}'


async def mapped(name: str, document: str, more: str = "") -> tuple[Record, list[str]]:
    told: list[str] = []
    async with serving() as upstream, opened(upstream, ready(name, more)) as connector:
        upstream.handler = Repository([Entry("a", "2024-02-03T04:05:06Z", document, ("lib1",))])
        (item,) = items(await read(connector))
    made = parse_definition(ready(name, more).replace("{url}", "https://zyk.example.com"))
    mapper = compile_mapping(Collection.RESOURCES, made.resources.mapping, bind("s1", made, version=1, keys_by_name={}))
    record = mapper(item, lambda field, message: told.append(f"{field}: {message}"))
    assert isinstance(record, Record)
    return record, told


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_ready_mapping_makes_a_whole_record(name: str) -> None:
    record, told = await mapped(name, DOCUMENTS[name])
    assert told == []
    assert record.title == "数控车床编程"
    assert record.creators == (Creator("Zhang, San", None), Creator("李四", None))
    assert record.keywords == ("数控", "车削")
    assert record.summary == "讲 G01"
    assert record.kind == "video"
    assert record.format == "video"
    assert record.url == "https://zyk.example.com/r/1"
    assert record.languages == ("zh",)
    assert record.published is not None
    assert record.published.startswith("2023-05-17")
    assert record.updated_at == datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert record.license is not None
    assert record.license.text == "CC BY 4.0"
    assert record.library is not None
    if name not in ("dim",):
        assert record.title_en == "CNC turning"
    if name != "lom":
        assert record.institution_name == "示例学院"


async def test_a_definition_overrides_a_ready_mapping_field_by_field() -> None:
    more = '[resources.mapping]\ntitle = "metadata.oai_dc:dc[0].dc:title@en[0]"\nkind = { value = "course" }\n'
    record, _ = await mapped("oai_dc", DOCUMENTS["oai_dc"], more)
    assert (record.title, record.kind, record.url) == ("CNC turning", "course", "https://zyk.example.com/r/1")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (ready("marc21"), "mapping_from"),
        (ready("oai_dc", '[resources.mapping]\nsubject = "x"'), "there is no such field"),
        (ready("oai_dc", '[libraries]\nlist = "ListSets"\nmapping_from = "oai_dc"'), "sets have no metadata format"),
    ],
)
def test_a_ready_mapping_that_cannot_be_is_named(document: str, message: str) -> None:
    with pytest.raises(DefinitionInvalid, match=message):
        parse_definition(document.replace("{url}", "https://zyk.example.com"))


async def test_keys_alone_are_asked_for_by_list_identifiers() -> None:
    repository = Repository(entries(10, deleted=3))
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = repository
        batches = await read(connector, Query(fields=frozenset()))
        assert set(repository.verbs) == {"ListIdentifiers"}
        whole = await read(connector)
        assert keys(batches) == keys(whole)
        assert [each.gone for each in batches] == [each.gone for each in whole]
        assert set(items(batches)[0].native) == {"header"}
        resumed = await read(connector, Query(fields=frozenset(), cursor=batches[0].cursor))
        assert keys(resumed) == keys(batches[1:])


@pytest.mark.parametrize("more", ["", 'slice = "10d"'])
async def test_several_sets_are_walked_one_after_another(more: str) -> None:
    repository = Repository(entries(30), earliest="2026-01-01T00:00:00Z")
    asked = definition(f'set = ["lib2", "lib0"]\n{more}')
    expected = [each.key for chosen in ("lib2", "lib0") for each in repository.entries if chosen in each.sets]
    async with serving() as upstream, opened(upstream, asked) as connector:
        upstream.handler = repository
        assert keys(await read(connector)) == expected
        later = [key for key in expected if next(each.stamp for each in repository.entries if each.key == key) > "2026-01-11"]
        assert keys(await read(connector, Query(since=datetime(2026, 1, 11, tzinfo=UTC)))) == later

        batches = await read(connector, Query(limit=3))
        for number, batch in enumerate(batches[:-1], 1):
            assert keys(await read(connector, Query(limit=3, cursor=batch.cursor))) == keys(batches[number:])


async def test_what_a_repository_says_of_itself_is_held_against_the_definition() -> None:
    repository = Repository(entries(3))
    async with serving() as upstream:
        upstream.handler = repository
        async with opened(upstream, definition()) as connector:
            assert isinstance(connector, Inspecting)
            assert await connector.inspect() == ()
        async with opened(upstream, definition('metadata_prefix = "lom"\nset = "lib1"')) as connector:
            assert isinstance(connector, Inspecting)
            format_, sets = await connector.inspect()
            assert (format_.place, format_.found, format_.fix) == ("connection.metadata_prefix", "lom", "write one of oai_dc, dim")
            assert (sets.place, sets.fix) == ("connection.set", "leave `set` out")


async def test_a_repository_that_does_not_find_changes_is_read_in_full_each_time() -> None:
    repository = Repository(entries(9))
    async with serving() as upstream, opened(upstream, definition("selective = false")) as connector:
        upstream.handler = repository
        assert not connector.supports[Collection.RESOURCES].since
        assert len(keys(await read(connector, Query(since=datetime(2027, 1, 1, tzinfo=UTC))))) == 9
        assert all("from" not in asked.params for asked in upstream.asked)


async def test_a_token_of_an_empty_list_leads_nowhere() -> None:
    repository = Repository()
    async with serving() as upstream, opened(upstream, definition()) as connector:
        token = '<resumptionToken completeListSize="0" cursor="-1">0</resumptionToken>'
        upstream.handler = lambda _asked: repository.answer(f"<ListRecords>{token}</ListRecords>")
        assert keys(await read(connector)) == []
        assert len(upstream.asked) == 1
