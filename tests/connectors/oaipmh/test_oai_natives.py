"""Native items: the same paths whatever prefixes, bindings and attributes a repository uses."""

from typing import Any

import pytest

from connectors.mapping.paths import getter
from connectors.protocol import Query
from tests.connectors.loopback import Answer, items, opened, read, serving
from tests.connectors.oaipmh.repository import Entry, Repository, definition


async def native(metadata: str, connection: str = "") -> Any:
    async with serving() as upstream, opened(upstream, definition(connection)) as connector:
        upstream.handler = Repository([Entry("a", metadata=metadata)])
        (item,) = items(await read(connector))
        return item.native


IEEE = """
<lom xmlns="{namespace}">
  <general>
    <title><string language="zh-CN">数控车床编程</string><string language="en">Turning</string></title>
    <identifier><catalog>示例</catalog><entry>ZJ1</entry></identifier>
  </general>
  <lifeCycle><contribute><role><source>LOMv1.0</source><value>author</value></role><entity>BEGIN:VCARD</entity></contribute></lifeCycle>
  <technical><duration><duration>PT45M</duration></duration></technical>
  <educational><learningResourceType><source>LOMv1.0</source><value>lecture</value></learningResourceType></educational>
  <classification><taxonPath><source><string language="zh">专业目录</string></source>
    <taxon><id>460103</id><entry><string language="zh">数控技术</string></entry></taxon></taxonPath></classification>
</lom>"""
IMS = """
<m:lom xmlns:m="{namespace}">
  <m:general>
    <m:title><m:langstring xml:lang="zh-CN">数控车床编程</m:langstring><m:langstring xml:lang="en">Turning</m:langstring></m:title>
    <m:catalogentry><m:catalog>示例</m:catalog><m:entry><m:langstring xml:lang="x-none">ZJ1</m:langstring></m:entry></m:catalogentry>
  </m:general>
  <m:lifecycle><m:contribute><m:role><m:source><m:langstring xml:lang="x-none">LOMv1.0</m:langstring></m:source>
    <m:value><m:langstring xml:lang="x-none">author</m:langstring></m:value></m:role>
    <m:centity><m:vcard>BEGIN:VCARD</m:vcard></m:centity></m:contribute></m:lifecycle>
  <m:technical><m:duration><m:datetime>PT45M</m:datetime></m:duration></m:technical>
  <m:educational><m:learningresourcetype><m:source><m:langstring xml:lang="x-none">LOMv1.0</m:langstring></m:source>
    <m:value><m:langstring xml:lang="x-none">lecture</m:langstring></m:value></m:learningresourcetype></m:educational>
  <m:classification><m:taxonpath><m:source><m:langstring xml:lang="zh">专业目录</m:langstring></m:source>
    <m:taxon><m:id>460103</m:id><m:entry><m:langstring xml:lang="zh">数控技术</m:langstring></m:entry></m:taxon></m:taxonpath>
  </m:classification>
</m:lom>"""


@pytest.mark.parametrize(
    ("document", "namespace", "connection"),
    [
        (IEEE, "http://ltsc.ieee.org/xsd/LOM", ""),
        (IMS, "http://www.imsglobal.org/xsd/imsmd_rootv1p2p1", ""),
        (IMS, "http://www.imsproject.org/xsd/imsmd_rootv1p2p1", ""),
        (IMS, "http://www.imsglobal.org/xsd/ims_lom_v1p0", ""),
        (IMS, "http://example.com/lom-of-our-own", 'namespaces = { lom = "http://example.com/lom-of-our-own" }'),
    ],
)
async def test_lom_reads_the_same_in_every_binding(document: str, namespace: str, connection: str) -> None:
    found = await native(document.format(namespace=namespace), connection)
    read_path = {
        "lom:general[].lom:title[].lom:string[]": ["数控车床编程", "Turning"],
        "lom:general[0].lom:title[0].lom:string@zh[0]": "数控车床编程",
        "lom:general[0].lom:title[0].lom:string@en[0]": "Turning",
        "lom:general[0].lom:identifier[].lom:entry[]": ["ZJ1"],
        "lom:lifeCycle[].lom:contribute[].lom:role[].lom:value[]": ["author"],
        "lom:lifeCycle[].lom:contribute[].lom:entity[]": ["BEGIN:VCARD"],
        "lom:technical[0].lom:duration[0].lom:duration[0]": "PT45M",
        "lom:educational[].lom:learningResourceType[].lom:value[]": ["lecture"],
        "lom:classification[].lom:taxonPath[].lom:source[].lom:string[]": ["专业目录"],
        "lom:classification[].lom:taxonPath[].lom:taxon[].lom:entry[].lom:string@zh[]": ["数控技术"],
    }
    for path, value in read_path.items():
        assert getter(f"metadata.lom:lom[0].{path}")(found) == value, path


async def test_prefixes_are_those_of_the_definition_and_not_of_the_document() -> None:
    found = await native(
        '<x:dc xmlns:x="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/terms/"'
        ' xmlns:dct="http://purl.org/dc/elements/1.1/" xmlns:o="http://example.com/own" xmlns:n="http://example.com/nobody">'
        "<dct:title>题名</dct:title><dct:title>又名</dct:title><dc:modified>2026</dc:modified><o:a/><o:a>1</o:a><n:b>2</n:b></x:dc>",
        'namespaces = { own = "http://example.com/own" }',
    )
    assert found["metadata"] == {
        "oai_dc:dc": [{"dc:title": ["题名", "又名"], "dcterms:modified": ["2026"], "own:a": ["1"], "{http://example.com/nobody}b": ["2"]}]
    }


async def test_attributes_languages_and_mixed_text() -> None:
    found = await native(
        '<m:mods xmlns:m="http://www.loc.gov/mods/v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b">'
        '<m:namePart type="family">张</m:namePart><m:note lang="zh_CN">注</m:note><m:note xml:lang="x-none">n</m:note>'
        "<m:abstract> 摘<!-- 略 -->要<?x y?> <m:p>段</m:p>尾 </m:abstract></m:mods>"
    )
    assert found["metadata"]["mods:mods"] == [
        {
            "mods:namePart": [{"#text": "张", "@type": "family"}],
            "mods:note": ["注", "n"],
            "mods:note@zh": ["注"],
            "mods:abstract": [{"#text": "摘要 尾", "mods:p": ["段"]}],
        }
    ]


async def test_formats_of_dspace_are_read_by_the_names_in_their_attributes() -> None:
    dim = await native(
        '<d:dim xmlns:d="http://www.dspace.org/xmlns/dspace/dim">'
        '<d:field mdschema="dc" element="contributor" qualifier="author">张示例</d:field>'
        '<d:field mdschema="dc" element="title" lang="zh_CN">题名</d:field></d:dim>'
    )
    assert getter("metadata.dim:dim[0].dim:dc:contributor:author[]")(dim) == ["张示例"]
    assert getter("metadata.dim:dim[0].dim:dc:title@zh[0]")(dim) == "题名"
    xoai = await native(
        '<metadata xmlns="http://www.lyncode.com/xoai"><element name="dc"><element name="title"><element name="none">'
        '<field name="value">题名</field></element></element></element></metadata>'
    )
    assert getter("metadata.xoai:metadata[0].xoai:dc[0].xoai:title[0].xoai:none[0].xoai:value[0]")(xoai) == "题名"


async def test_a_header_in_any_spelling_and_what_is_said_about_a_record() -> None:
    body = (
        '<oai:OAI-PMH xmlns:oai="http://www.openarchives.org/OAI/2.0/"><oai:ListRecords><oai:record><oai:header>'
        "<oai:identifier> urn:1 </oai:identifier><oai:dateStamp>2026-01-01</oai:dateStamp><oai:setSpec/><oai:setSpec>a:b</oai:setSpec>"
        "</oai:header><oai:metadata><t>1</t></oai:metadata><oai:about><r>CC BY</r></oai:about></oai:record>"
        '<oai:record><oai:header status="Deleted"><oai:identifier>urn:2</oai:identifier></oai:header></oai:record>'
        "</oai:ListRecords></oai:OAI-PMH>"
    )
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda _asked: Answer(body.encode())
        (batch,) = await read(connector, Query())
    assert batch.items[0].native == {
        "header": {"identifier": "urn:1", "datestamp": "2026-01-01", "setSpec": ["a:b"]},
        "metadata": {"t": ["1"]},
        "about": [{"r": ["CC BY"]}],
    }
    assert batch.gone == ["urn:2"]
