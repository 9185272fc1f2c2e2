"""Ready definitions make records of what the systems they are for really answer: recorded exchanges, replayed by a server on loopback."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.definition import Definition, parse_definition
from connectors.mapping import compile_mapping
from connectors.protocol import Collection, Item, Query
from connectors.ready import ready_document, ready_names, ready_title
from resolvers.sources import bind
from store.filters import ResourceFilter
from store.ordering import Order
from store.record import Record
from tests.connectors.loopback import Answer, Asked, items, keys, opened, read, serving
from tests.connectors.oaipmh.repository import Entry, Repository
from tests.connectors.oaipmh.test_oai_ready import DOCUMENTS
from tests.connectors.oaipmh.test_oai_samples import pycsw

SAMPLES = Path(os.environ.get("CORPUS", Path(__file__).parents[3] / "shared" / "samples"))
ROOT = Path(__file__).parents[2]


def at(name: str, address: str, path: str = "") -> str:
    """The definition with the server's address in the place of `address`."""
    document = ready_document(name)
    assert address in document
    return document.replace(address, "{url}" + path)


def mapped(document: str, natives: list[Any]) -> tuple[list[Record], list[str]]:
    """The records of items, and what was complained of."""
    definition: Definition = parse_definition(document.replace("{url}", "https://zyk.example.com"))
    told: list[str] = []
    mapper = compile_mapping(Collection.RESOURCES, definition.resources.mapping, bind("s1", definition, version=1, keys_by_name={}))
    return [mapper(each, lambda field, message: told.append(f"{field}: {message}")) for each in natives], told


@pytest.mark.parametrize("name", ready_names())
def test_it_is_a_definition_and_says_what_it_is_for(name: str) -> None:
    definition = parse_definition(ready_document(name))
    assert definition.name != "demo"
    assert ready_title(name)
    for page in ("ready-definitions.md", "ready-definitions.zh-CN.md"):
        assert f"`{name}`" in (ROOT / "docs" / page).read_text("utf-8")


COMMON = {"zjsjwyxbs": "0A" * 16, "xxdm": "4133010001", "sjcjsj": "2024-03-01 10:00:00", "reportStatus": "0", "enableStatus": "1"}
PUSHED: dict[str, dict[str, Any]] = {
    "ods-szzyjbsj": {
        **COMMON, "zybh": "ZY-1", "zymc": "数控车床编程", "sszyh": "460103", "zyfzrh": "T1", "zyjbm": "3", "zylxm": "1",
        "zycjsj": "2023-05-17", "zygxsj": "2024-02-03 12:05:06", "glkch": "K1",
    },
    "ods-gjptzydjsj": {
        **COMMON, "zybh": "ZY-1", "zymc": "数控车床编程", "zyjbm": "3", "gjzhjxptzylxm": "1", "zyfwlj": "https://zyk.example.com/r/1",
        "djrq": "2023-05-17", "sjcjsj": "2024-02-03 12:05:06",
    },
    "canonical": {
        "op": "upsert", "key": "A1", "version": 7,
        "item": {
            "title": "数控车床编程", "kind": "course", "published": "2023-05-17", "updated_at": "2024-02-03T12:05:06+08:00",
            "visibility": ["school"],
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PUSHED)
def test_a_pushed_row_becomes_a_record_of_its_school(name: str) -> None:
    (record,), told = mapped(ready_document(name), [Item("A1", PUSHED[name])])
    assert told in ([], ["kind: the table kinds does not know this value"])
    assert (record.title, record.published) == ("数控车床编程", "2023-05-17")
    assert record.updated_at is not None
    assert record.updated_at.isoformat() == "2024-02-03T04:05:06+00:00"
    assert record.visibility == (("pub",) if name == "ods-gjptzydjsj" else ("s:4133010001",))


@pytest.mark.parametrize(("name", "format_"), [("dspace-dim", "dim"), ("dspace-xoai", "xoai"), ("dspace-oai-dc", "oai_dc")])
async def test_dspace_is_read_with_its_collections(name: str, format_: str) -> None:
    document = at(name, "https://dspace.example.com/server/oai/request", "/oai")
    repository = Repository(
        [Entry("oai:dspace.example.com:123/4", "2024-02-03T04:05:06Z", DOCUMENTS[format_], ("com_123_1", "col_123_2")),
         Entry("oai:dspace.example.com:123/5", "2024-02-03T04:05:06Z", None)],
        sets=[("com_123_1", "示例社区"), ("col_123_2", "示例专题")],
    )  # fmt: skip

    def answer(asked: Asked) -> Answer:
        assert asked.params.get("metadataPrefix", [format_]) == [format_]
        return repository(Asked(asked.method, asked.target.replace(f"metadataPrefix={format_}", "metadataPrefix=oai_dc"), {}, b""))

    async with serving() as upstream, opened(upstream, document) as connector:
        upstream.handler = answer
        batches = await read(connector)
        (record,), told = mapped(document, items(batches))
        assert told == []
        assert (record.title, record.kind, record.format, record.url) == ("数控车床编程", "video", "video", "https://zyk.example.com/r/1")
        assert [key for batch in batches for key in batch.gone] == ["oai:dspace.example.com:123/5"]
        libraries = await read(connector, Query(collection=Collection.LIBRARIES))
        assert keys(libraries) == ["com_123_1", "col_123_2"]


BUCKETS = {
    "content": {
        "index_zyzyk": [
            {
                "id": "1135961249524219904",
                "ziymc": "数控技术专业教学资源库",
                "fwdz": "www.icve.com.cn/sk",
                "zcdwmc": "示例职业技术学院",
                "zy": "数控技术",
            }
        ],
        "index_zxjpk": [
            {
                "id": "1",
                "kcmc": "数控车床编程",
                "fwdz": "//www.icve.com.cn/kc/1",
                "xxmc": "示例学院",
                "jsxm": "张示例、李示例",
                "fm": "https://a.smartedu.cn/1.png",
            }
        ],
        "index_jck": [{"id": "1", "jcmc": "机械制图", "tzlj": "https://vocational.smartedu.cn/jc/1"}],
        "index_xnfzk": [
            {"id": "572553304968331264", "kcmc": "自动生产线仿真", "fwdz": "http://yq.keming365.com:8181/webclient/?appliId=1×tamp=2"},
            {"id": "3", "kcmc": "校内仿真", "fwdz": "http://10.1.2.3:8080/x"},
        ],
        "index_jsnl": [],
    }
}


async def test_the_national_portal_is_read_bucket_by_bucket() -> None:
    document = at("vocational-smartedu", "https://vocational.smartedu.cn/gjzyjy", "/gjzyjy")
    async with serving() as upstream, opened(upstream, document) as connector:
        upstream.handler = lambda _asked: Answer(orjson.dumps(BUCKETS))
        batches = await read(connector)
        (asked,) = upstream.asked
        assert (asked.method, asked.path) == ("POST", "/gjzyjy/index/getData")
    found = keys(batches)
    assert ("index_zyzyk", "1135961249524219904") in found
    assert {("index_zxjpk", "1"), ("index_jck", "1")} <= set(found)
    records, told = mapped(document, items(batches))
    assert told == []
    by_title = {record.title: record for record in records}
    assert {title: record.kind for title, record in by_title.items()} == {
        "数控技术专业教学资源库": "course",
        "数控车床编程": "course",
        "机械制图": "textbook",
        "自动生产线仿真": "virtual_training",
        "校内仿真": "virtual_training",
    }
    assert by_title["数控技术专业教学资源库"].url == "http://www.icve.com.cn/sk"
    assert by_title["数控车床编程"].url == "https://www.icve.com.cn/kc/1"
    assert by_title["自动生产线仿真"].url == "http://yq.keming365.com:8181/webclient/?appliId=1&timestamp=2"
    assert by_title["校内仿真"].url is None
    assert [creator.name for creator in by_title["数控车床编程"].creators] == ["张示例", "李示例"]


@pytest.mark.skipif(not (SAMPLES / "smartedu").is_dir(), reason="no corpus of samples here; name one with CORPUS=DIR")
def test_the_real_addresses_of_the_national_portal_are_repaired_or_left_out() -> None:
    rows = orjson.loads((SAMPLES / "smartedu" / "voc_smartedu_index_sample_2026.json").read_bytes())["sample"]
    natives = [{"id": str(n), "bucket": "index_xnfzk", "kcmc": row["name"], "fwdz": row["url"]} for n, row in enumerate(rows)]
    records, _ = mapped(ready_document("vocational-smartedu"), [Item(("index_xnfzk", each["id"]), each) for each in natives])
    assert all(record.url is None or record.url.startswith(("http://", "https://")) for record in records)
    assert sum(record.url is not None for record in records) > len(records) / 2
    assert not any("accessKey=" in (record.url or "") for record in records)


def datasette(asked: Asked) -> Answer:
    """As 0.65 answers, with 5 rows."""
    params = {name: values[0] for name, values in asked.params.items()}
    assert asked.path == "/zyk/resource.json"
    assert params["_shape"] == "objects"
    rows = [
        {"id": f"d{n}", "title": f"数控 {n}", "summary": "讲", "kind": "video" if n % 2 else "document", "url": f"https://zyk.example.com/{n}",
         "updated_at": f"2023-05-0{n}T08:00:00Z"}
        for n in range(1, 6)
    ]  # fmt: skip
    for column in ("kind", "id"):
        if (wanted := params.get(f"{column}__in")) is not None:
            rows = [row for row in rows if row[column] in wanted.split(",")]
    if params.get("_sort_desc") == "updated_at":
        rows.reverse()
    total, start, size = len(rows), int(params.get("_next", "0")), int(params.get("_size", "100"))
    more = str(start + size) if start + size < total else None
    body = {"rows": rows[start : start + size], "truncated": False, "filtered_table_rows_count": total, "next": more, "next_url": None}
    return Answer(orjson.dumps(body))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(limit=2), ["d1", "d2", "d3", "d4", "d5"]),
        (Query(limit=2, order=Order.NEWEST), ["d5", "d4", "d3", "d2", "d1"]),
        (Query(filter=ResourceFilter(kinds=("document",))), ["d2", "d4"]),
        (Query(ids=("d3", "d1", "x")), ["d3", "d1"]),
    ],
)
async def test_datasette_is_walked_by_its_tokens(query: Query, expected: list[str]) -> None:
    document = at("datasette", "https://data.example.com")
    async with serving() as upstream, opened(upstream, document) as connector:
        upstream.handler = datasette
        batches = await read(connector, query)
        assert keys(batches) == expected
        records, told = mapped(document, items(batches))
        assert told == []
        assert {record.kind for record in records} <= {"video", "document"}


def relay(rows: list[dict[str, Any]]) -> Callable[[Asked], Answer]:
    """As PostGraphile 4 answers `allResources`."""

    def answer(asked: Asked) -> Answer:
        given = asked.json.get("variables") or {}
        start, size = int(given.get("after") or "0"), given["first"]
        connection = {
            "totalCount": len(rows),
            "pageInfo": {"hasNextPage": start + size < len(rows), "endCursor": str(start + size)},
            "edges": [{"node": row} for row in rows[start : start + size]],
        }
        return Answer(orjson.dumps({"data": {"allResources": connection}}))

    return answer


async def test_postgraphile_is_walked_by_its_cursors_and_big_ids_stay_exact() -> None:
    document = at("postgraphile", "https://graphql.example.com/graphql", "/graphql")
    rows = [
        {"id": str(900_719_925_474_099_300 + n), "title": f"数控 {n}", "summary": None, "kind": "video", "url": "https://zyk.example.com/1",
         "updatedAt": "2023-05-01T08:00:00+00:00"}
        for n in range(5)
    ]  # fmt: skip
    async with serving() as upstream, opened(upstream, document) as connector:
        upstream.handler = relay(rows)
        batches = await read(connector, Query(limit=2))
        assert keys(batches) == [row["id"] for row in rows]
        assert batches[0].total == 5
        asked = upstream.asked[0].json
        assert "allResources" in asked["query"]
        records, told = mapped(document, items(batches))
        assert told == []
        assert {record.kind for record in records} == {"video"}


PYCSW = at("pycsw", "https://csw.example.com/?mode=oaipmh", "/?mode=oaipmh")


@pytest.mark.skipif(not (SAMPLES / "captured").is_dir(), reason="no corpus of samples here; name one with CORPUS=DIR")
async def test_pycsw_is_read_to_its_end_with_the_token_that_it_wants() -> None:
    async with serving() as upstream, opened(upstream, PYCSW) as connector:
        upstream.handler = pycsw
        batches = await read(connector)
        assert keys(batches) == [f"urn:r:{number}" for number in range(1, 6)]
        assert all("metadataPrefix" in asked.params for asked in upstream.asked if asked.params["verb"] == ["ListRecords"])
        records, _ = mapped(PYCSW, items(batches))
        assert {record.kind for record in records} == {"course"}
        assert records[0].summary == "描述 & 摘要"
