"""What a source is asked: arguments in their place, filters, keys, sparse fields; and what is read out of its answers."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid, SourceError, SourceMalformed, SourceUnavailable
from connectors.protocol import Collection, Item, Query, Spoiled, Supports
from store.filters import MajorCondition, ResourceFilter
from store.identity import library_id
from store.ordering import Order
from tests.connectors.loopback import DEFINITION, Answer, Asked, items, keys, opened, read, serving

HEAD = DEFINITION.format(connector="rest") + '[connection]\nurl = "{url}"\nheaders = { X-Client = "huiju" }\n'


def definition(section: str, identifier: str = '"id"', mapping: str = 'title = "title"') -> str:
    return f"{HEAD}[resources]\nidentifier = {identifier}\n{section}\n[resources.mapping]\n{mapping}\n"


FILTERED = """
list = { path = "rows", params = { deep = true } }
items = "rows"
text = { param = "q" }
since = { param = "since", format = "epoch_ms" }
orders = { newest = { sort = "-date", by = ["a", "b"] } }
[resources.filters]
kinds = { param = "type", values = { course = ["kc", "gk"], video = "sp" }, joiner = "repeat" }
formats = { param = "format", single = true }
languages = { param = "lang" }
institutions = { param = "xxdm", joiner = "list" }
libraries = { param = "lib" }
majors = { param = "zydm" }
visibility = { param = "levels", values = { pub = 0, member = 1, "s:4133010001" = 4 } }
published = { from = "start", to = "end", format = "date" }
updated = { from = "after", to = "before", format = "local" }
duration_seconds = { to = "longest" }
"""
HERE = frozenset({"pub", "s:4133010001", "p:33"})


async def asked_for(query: Query, section: str = FILTERED) -> list[Asked]:
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = lambda _asked: {"rows": []}
        await read(connector, query)
        return upstream.asked


@pytest.mark.parametrize(
    ("query", "params"),
    [
        (Query(), {}),
        (Query(text="数控 & 车床=?"), {"q": ["数控 & 车床=?"]}),
        (Query(text="\ud800"), {"q": ["?"]}),
        (Query(order=Order.NEWEST), {"sort": ["-date"], "by": ["a", "b"]}),
        (Query(order=Order.TITLE), {}),
        (Query(since=datetime(2024, 5, 1, 0, 0, 0, 999, tzinfo=UTC)), {"since": ["1714521600000"]}),
        (Query(keys=HERE), {"levels": ["0,4"]}),
        (Query(filter=ResourceFilter(kinds=("course", "video", "book"))), {"type": ["kc", "gk", "sp"]}),
        (Query(filter=ResourceFilter(formats=("pdf",))), {"format": ["pdf"]}),
        (Query(filter=ResourceFilter(formats=("pdf", "doc"))), {}),
        (Query(filter=ResourceFilter(languages=("zh", "en"))), {"lang": ["zh,en"]}),
        (Query(filter=ResourceFilter(institutions=("4133010001",))), {"xxdm": ['["4133010001"]']}),
        (Query(filter=ResourceFilter(libraries=(library_id("abcdefgh", "zyk1"),))), {"lib": ["zyk1"]}),
        (Query(filter=ResourceFilter(majors=(MajorCondition(2021, "460103"),))), {"zydm": ["460103"]}),
        (Query(filter=ResourceFilter(majors=(MajorCondition(2021, "46"),))), {}),
        (Query(filter=ResourceFilter(majors=(MajorCondition(2015, "560103"),))), {}),
        (Query(filter=ResourceFilter(published=("2023-02", "2024-02"))), {"start": ["2023-02-01"], "end": ["2024-02-29"]}),
        (Query(filter=ResourceFilter(published=("2023", None))), {"start": ["2023-01-01"]}),
        (
            Query(filter=ResourceFilter(updated=(datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 2, 0, 0, 0, 1, tzinfo=UTC)))),
            {"after": ["2024-05-01 08:00:00"], "before": ["2024-05-02 08:00:01"]},
        ),
        (Query(filter=ResourceFilter(duration_seconds=(10, 60))), {"longest": ["60"]}),
        (Query(filter=ResourceFilter(creators=("张三",))), {}),
    ],
)
async def test_conditions_become_arguments(query: Query, params: dict[str, list[str]]) -> None:
    (asked,) = await asked_for(query)
    assert asked.params == {"deep": ["true"], "levels": ["0"]} | params
    assert asked.headers["x-client"] == "huiju"


@pytest.mark.parametrize("query", [Query(keys=frozenset({"p:33"})), Query(filter=ResourceFilter(kinds=("book", "application")))])
async def test_what_the_source_cannot_hold_is_not_asked_for(query: Query) -> None:
    async with serving() as upstream, opened(upstream, definition(FILTERED)) as connector:
        (batch,) = await read(connector, query)
    assert (batch.items, batch.cursor) == ((), None)
    assert upstream.asked == []


async def test_arguments_go_where_the_call_says() -> None:
    body = 'list = { method = "POST", path = "rows", json = { where = { deep = true } } }\nitems = "rows"\ntext = { param = "where.q" }\n'
    body += 'filters.kinds = { param = "where.types" }\nfilters.languages = { param = "lang", joiner = "comma" }'
    wanted = Query(text="数控", filter=ResourceFilter(kinds=("course", "video"), languages=("zh", "en")))
    (asked,) = await asked_for(wanted, body)
    assert asked.json == {"where": {"deep": True, "q": "数控", "types": ["course", "video"]}, "lang": "zh,en"}
    (asked,) = await asked_for(wanted, body)
    assert asked.json["where"]["types"] == ["course", "video"]
    form = 'list = { method = "POST", form = { a = 1 } }\nitems = "rows"\ntext = { param = "q" }'
    (asked,) = await asked_for(wanted, form)
    assert asked.form == {"a": ["1"], "q": ["数控"]}
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    query = 'list = { method = "POST", json = { a = 1 }, arguments = "query" }\nitems = "rows"\ntext = { param = "q" }'
    with pytest.raises(DefinitionInvalid, match="agree"):
        parse_definition(definition(query.replace('"query"', '"form"')))
    (asked,) = await asked_for(wanted, query)
    assert (asked.json, asked.params) == ({"a": 1}, {"q": ["数控"]})


async def test_a_post_with_nothing_to_say_has_an_empty_body() -> None:
    (asked,) = await asked_for(Query(), 'list = { method = "POST" }\nitems = "rows"')
    assert (asked.method, asked.body) == ("POST", b"")


async def test_only_needed_native_fields_are_asked_for() -> None:
    mapping = 'title = "name"\nsummary = "abstract.text"\nkeywords = "tags[].name"\nkind = "type"\npublished = "day"'
    section = 'list = {}\nfields = { param = "fields" }'
    async with serving() as upstream, opened(upstream, definition(section, mapping=mapping)) as connector:
        await read(connector, Query(fields=frozenset({"summary"}), filter=ResourceFilter(published=("2023", None))))
        await read(connector, Query(fields=frozenset({"keywords"})))
        await read(connector)
    assert [asked.params.get("fields") for asked in upstream.asked] == [["id,name,abstract,type,day"], ["id,name,tags,type"], None]


async def test_supports_tell_what_the_section_says() -> None:
    async with (
        serving() as upstream,
        opened(upstream, definition(FILTERED.replace("items", "total = 'n'\nids = { param = 'i' }\nitems"))) as it,
    ):
        assert it.supports[Collection.RESOURCES] == Supports(
            text=True,
            ids=True,
            since=True,
            total=True,
            filters=frozenset({"kinds", "formats", "languages", "institutions", "libraries", "majors", "visibility"})
            | {"published", "updated", "duration_seconds"},
            orders=frozenset({Order.NEWEST}),
            max_batch=100,
            max_ids=50,
        )
    async with serving() as upstream, opened(upstream, definition("list = {}")) as it:
        assert it.supports[Collection.RESOURCES] == Supports(total=True, max_ids=1)
        with pytest.raises(SourceMalformed, match="not_offered"):
            await read(it, Query(collection=Collection.LIVE))
        with pytest.raises(SourceMalformed, match="not_offered"):
            await read(it, Query(ids=("1",)))


STORE = {each: {"id": each, "title": f"资源 {each}"} for each in ("1", "2", "3", "a/b", "a,b", "é ?#%", "..", "A")}


def by_ids(asked: Asked) -> Any:
    wanted = asked.params.get("ids", [])
    if len(wanted) == 1 and wanted[0].startswith("["):
        wanted = json.loads(wanted[0])
    elif asked.path == "/comma":
        wanted = wanted[0].split(",")
    return {"rows": [STORE[each] for each in reversed(wanted) if each in STORE] + [{"id": "stranger"}]}


@pytest.mark.parametrize("joiner", ["comma", "repeat", "list"])
async def test_keys_are_fetched_together(joiner: str) -> None:
    section = f'list = {{}}\nitems = "rows"\nids = {{ path = "{joiner}", param = "ids", joiner = "{joiner}", max_ids = 3 }}'
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = by_ids
        assert keys(await read(connector, Query(ids=("3", "nope", "1", "3")))) == ["3", "1"]
        assert len(upstream.asked) == 1
        upstream.asked.clear()
        batches = await read(connector, Query(ids=("1", "2", "3", "A", "b"), limit=100))
        assert [len(batch.items) for batch in batches] == [3, 1]
        assert len(upstream.asked) == 2
        assert keys(await read(connector, Query(ids=("1", "2", "3", "A", "b"), cursor=batches[0].cursor))) == ["A"]
        upstream.asked.clear()
        assert await read(connector, Query(ids=())) == [batch for batch in await read(connector, Query(ids=())) if not batch.items]
        assert upstream.asked == []
        found = keys(await read(connector, Query(ids=("a,b",))))
        assert found == ([] if joiner == "comma" else ["a,b"])


async def test_keys_in_a_json_body_are_a_list() -> None:
    section = 'list = {}\nids = { method = "POST", param = "where.id_in" }'
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = lambda asked: [STORE[each] for each in asked.json["where"]["id_in"]]
        assert keys(await read(connector, Query(ids=("a,b", "1")))) == ["a,b", "1"]


def one(asked: Asked) -> Any:
    key = asked.path.removeprefix("/rows/")
    return {"content": STORE[key]} if key in STORE else Answer({"message": "没有"}, 404)


async def test_keys_are_fetched_one_by_one_a_few_at_a_time() -> None:
    section = 'ids = { path = "rows/{id}", items = "content" }'
    document = definition(section).replace("[connection]", "[limits]\nconcurrency = 2\n[connection]")
    pair = asyncio.Barrier(2)

    async def in_pairs(asked: Asked) -> Any:
        await pair.wait()
        return one(asked)

    async with serving() as upstream, opened(upstream, document) as connector:
        upstream.handler = in_pairs
        wanted = ("1", "a/b", "nope", "é ?#%", "..", ".", "3", "A")
        assert keys(await read(connector, Query(ids=wanted))) == ["1", "a/b", "é ?#%", "3", "A"]
        assert upstream.most_under_way == 2
        assert len(upstream.asked) == 6
        assert {asked.target for asked in upstream.asked} >= {"/rows/a%2Fb", "/rows/%C3%A9%20%3F%23%25"}
        with pytest.raises(SourceMalformed, match="not_offered"):
            await read(connector)


async def test_parts_of_a_key_have_their_places() -> None:
    section = 'list = {}\nids = { path = "{0}/items/{1}" }'
    async with serving() as upstream, opened(upstream, definition(section, identifier='["bucket", "no"]')) as connector:
        upstream.handler = lambda asked: {"bucket": asked.path.split("/")[1], "no": int(asked.path.split("/")[3])}
        assert keys(await read(connector, Query(ids=(("a b", "7"), ("c", "8"), "plain", ("x", "y", "z"))))) == [("a b", "7"), ("c", "8")]
        assert len(upstream.asked) == 2


async def test_one_item_that_cannot_be_read_spoils_itself_alone() -> None:
    section = 'ids = { path = "rows/{id}", items = "content" }'
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = lambda asked: Answer(b"<html>") if asked.path.endswith("2") else one(asked)
        (batch,) = await read(connector, Query(ids=("1", "2", "3")))
        assert keys([batch]) == ["1", "3"]
        assert batch.spoiled == [Spoiled("2", "html")]
        with pytest.raises(SourceMalformed, match="html"):
            await read(connector, Query(ids=("2",)))
        upstream.handler = lambda asked: Answer({}, 503) if asked.path.endswith("2") else one(asked)
        with pytest.raises(SourceUnavailable, match="server_error"):
            await read(connector, Query(ids=("1", "2", "3")))


async def test_visibility_narrows_a_fetch_by_key_too() -> None:
    section = 'list = {}\nids = { param = "ids" }\nfilters.visibility = { param = "level", values = { pub = 0, member = 1 } }'
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        await read(connector, Query(ids=("1",), keys=frozenset({"pub", "member"}), filter=ResourceFilter(kinds=("book",))))
        assert upstream.asked[0].params == {"level": ["1,0"], "ids": ["1"]}
        (batch,) = await read(connector, Query(ids=("1",), keys=frozenset({"p:33"})))
        assert not batch.items
        assert len(upstream.asked) == 1
    silent = section.replace('"ids" }', '"ids", visibility = false }')
    async with serving() as upstream, opened(upstream, definition(silent)) as connector:
        await read(connector, Query(ids=("1",)))
        assert upstream.asked[0].params == {"ids": ["1"]}


async def test_numbers_beyond_every_machine_stay_exact() -> None:
    numbers = [2**53 + 1, 572553304968331265, 2**64 + 1, 10**30 + 7, -(2**70) - 1]
    async with serving() as upstream, opened(upstream, definition("list = {}")) as connector:
        upstream.handler = lambda _asked: Answer(json.dumps([{"id": each} for each in numbers]).encode())
        assert keys(await read(connector)) == [str(each) for each in numbers]
        upstream.handler = lambda _asked: Answer(b'[{"id": 1e30}, {"id": 7.0}, {"id": 7.5}]')
        (batch,) = await read(connector)
        assert keys([batch]) == ["7"]
        assert batch.spoiled == [Spoiled(None, "no_identifier")] * 2
        upstream.handler = lambda _asked: Answer(b'[{"id": ' + b"9" * 5000 + b"}]")
        with pytest.raises(SourceMalformed, match="malformed"):
            await read(connector)


async def test_items_without_a_key_are_left_out_and_told() -> None:
    async with serving() as upstream, opened(upstream, definition("list = {}")) as connector:
        upstream.handler = lambda _asked: [
            {"id": "1"},
            "text",
            None,
            {},
            {"id": ""},
            {"id": True},
            {"id": ["x"]},
            {"id": "a\x1fb"},
            {"id": 2},
        ]
        (batch,) = await read(connector)
    assert keys([batch]) == ["1", "2"]
    assert [each.reason for each in batch.spoiled] == ["not_an_object"] * 2 + ["no_identifier"] * 5


async def test_lists_in_buckets_are_one_list_whose_items_know_their_bucket() -> None:
    section = 'list = { method = "POST", path = "gjzyjy/index/getData" }\nitems = "content"\nbucket = "bucket"'
    async with serving() as upstream, opened(upstream, definition(section, identifier='["bucket", "id"]')) as connector:
        upstream.handler = lambda _asked: {"content": {"index_zyzyk": [{"id": 1}], "index_zxjpk": [{"id": 1}, {"id": 2}], "index_jck": []}}
        batches = await read(connector)
        assert items(batches)[0] == Item(("index_zyzyk", "1"), {"id": 1, "bucket": "index_zyzyk"})
        assert keys(batches)[1:] == [("index_zxjpk", "1"), ("index_zxjpk", "2")]
        upstream.handler = lambda _asked: {"content": {"index_zyzyk": None}}
        with pytest.raises(SourceMalformed, match="shape"):
            await read(connector)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("", "write `list`, `ids` or both"),
        ('list = { method = "GET", json = { a = 1 } }', "a GET has no body"),
        ('list = {}\nids = { path = "rows" }', "write `param`"),
        ('list = {}\nids = { path = "rows/{name}" }', "{id}"),
        ('list = {}\nids = { path = "rows/{" }', "no other braces"),
        ('list = {}\nfilters.colour = { param = "c" }', "there is no filter 'colour'"),
        ('list = {}\nfilters.published = { param = "c" }', "is a range"),
        ('list = {}\nfilters.kinds = { from = "c" }', "is no range"),
        ("list = {}\nfilters.kinds = { }", "name the argument"),
        ('list = {}\nfilters.visibility = { param = "c" }', "needs `values`"),
        ('list = { method = "POST" }\npaging = { style = "link" }', "links are followed by GET"),
        ('list = { method = "POST" }\ntext = { param = "a[0]" }', "names joined by dots"),
        ('list = {}\nsince = { param = "s", zone = "Asia/Atlantis" }', "there is no time zone"),
        ('list = {}\npaging = { style = "scroll" }', "page"),
        ("list = {}\norders = { fastest = { a = 1 } }", "newest"),
    ],
)
def test_a_section_that_cannot_work_is_refused_with_a_fix(section: str, told: str) -> None:
    with pytest.raises(DefinitionInvalid) as refused:
        parse_definition(definition(section))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('url = "ftp://example.com"', "begins with https://"),
        ('url = "https://u:p@example.com"', "user-info"),
        ('url = "https://example.com"\nheaders = { Authorization = "Bearer x" }', "secret"),
        ('url = "https://example.com"\nheaders = { X-A = "a\\r\\nb" }', "control characters"),
        ('url = "https://example.com"\nencoding = "klingon"', "there is no encoding"),
    ],
)
def test_a_connection_that_cannot_work_is_refused(line: str, told: str) -> None:
    with pytest.raises(DefinitionInvalid) as refused:
        parse_definition(definition("list = {}").replace('url = "{url}"\nheaders = { X-Client = "huiju" }', line))
    assert told in str(refused.value)


async def test_no_hostile_shape_raises_anything_but_source_errors() -> None:
    section = 'list = {}\nitems = "a.rows"\ntotal = "a.total"\npaging = { style = "cursor", next = "a.next", more = "a.more" }'
    answers: list[Any] = [None, 1, "x", [], {}, {"a": None}, {"a": []}, {"a": {"rows": {}}}, {"a": {"rows": [1], "next": {}}}]
    answers += [
        {"a": {"rows": [{"id": {}}], "next": [1]}},
        {"a": {"rows": [[]], "next": True}},
        {"a": {"rows": [{"id": "1"}], "total": {}}},
    ]
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        for answer in answers:
            upstream.handler = lambda _asked, answer=answer: answer
            try:
                await read(connector)
            except SourceError as error:
                assert error.reason == "shape"  # noqa: PT017 - some answers are lists after all
