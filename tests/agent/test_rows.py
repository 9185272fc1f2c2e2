"""A record that goes through the row of a canonical feed is the same record at its end."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import rows
from connectors.definition import Definition, parse_definition
from connectors.mapping import ItemSpoiled, Mapper, compile_mapping
from connectors.protocol import Collection, Item
from resolvers.sources import bind
from store.identity import library_id, native_key, parse_id, resource_id
from tests.agent.schools import CANONICAL

HERE = """
name = "here"
title = "示例"
tier = "school"
institution = "4133010001"
connector = "rest"
mode = "harvest"
connection = { url = "https://here.example" }
catalogue_year = 2021
resources.identifier = ["a", "b"]
resources.list = {}
libraries.identifier = "a"
libraries.list = {}
libraries.mapping = { name = "name", visibility = "visibility", resource_count = "count" }

[resources.mapping]
title = "title"
title_en = "title_en"
summary = "summary"
keywords = "keywords"
library = "library"
institution_name = "school"
majors = { members = { name = "major", code = { path = "code", function = "major_code" } } }
creators = "creators"
languages = "languages"
license = { members = { code = "license", text = "terms" } }
access = "access"
format = "format"
duration_seconds = "duration"
size_bytes = "size"
url = "url"
published = "published"
updated_at = "updated"
part_of = "part_of"
visibility = "visibility"
"""

LEVELS = ["public", "members", "teachers", "province", "province_teachers", "school", "school_teachers", "nobody"]
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20) | st.sampled_from(
    ["a<b", "&lt;i&gt;x&lt;/i&gt;", "张三、李四", "TCP/IP"]
)
KEY = st.text(st.sampled_from("aZ0/%. -_课"), min_size=1, max_size=8)
NATIVE = st.fixed_dictionaries(
    {"a": KEY, "b": KEY, "title": TEXT.filter(str.strip), "visibility": st.lists(st.sampled_from(LEVELS), min_size=1, max_size=3)},
    optional={
        "title_en": TEXT,
        "summary": TEXT | TEXT.map(lambda text: f"<p>{text}</p><br>&amp;"),
        "keywords": TEXT | st.lists(TEXT, max_size=4),
        "library": KEY,
        "school": TEXT,
        "major": TEXT,
        "code": st.sampled_from(["460103", "51", "6103"]),
        "creators": TEXT,
        "languages": st.sampled_from(["zh", "中文", "en"]),
        "license": st.sampled_from(["CC-BY-4.0", "CC0-1.0"]),
        "terms": TEXT,
        "access": st.sampled_from(["public", "members", "restricted"]),
        "format": TEXT,
        "duration": st.integers(1, 10**6),
        "size": st.integers(1, 10**12),
        "url": st.sampled_from(["https://a.example/课 程?x=1&y=2", "//b.example/1", "c.example"]),
        "published": st.sampled_from(["2023", "2023-05", "2023-05-17", "2023年5月"]),
        "updated": st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1990 < moment.year < 2090).map(str),
        "part_of": st.lists(KEY, max_size=2),
    },
)


def mapper(definition: Definition, key: str, collection: Collection) -> Mapper:
    section: Any = definition.section(collection)
    return compile_mapping(collection, section.mapping, bind(key, definition, version=1, keys_by_name={}))


SOURCE, THERE = parse_definition(HERE), parse_definition(CANONICAL.read_text("utf-8"))
MADE = mapper(SOURCE, "aaaaaaaa", Collection.RESOURCES)
TAKEN = mapper(THERE, "bbbbbbbb", Collection.RESOURCES)


def quiet(_field: str, _message: str) -> None:
    """Values that cannot be read are not what this is about."""


@given(NATIVE)
def test_a_record_arrives_as_it_left(native: dict[str, Any]) -> None:
    key = (native["a"], native["b"])
    try:
        left = MADE(Item(key, native), quiet)
    except ItemSpoiled:
        return
    row = orjson.loads(rows.upsert(native_key(key), left))
    assert row["key"] == rows.key_of(native_key(key))
    arrived = TAKEN(Item(row["key"], row), pytest.fail)
    there: dict[str, Any] = {"id": resource_id("bbbbbbbb", row["key"]), "source": "bbbbbbbb", "key": row["key"]}
    if left.library is not None:
        there["library"] = type(left.library)("bbbbbbbb", rows.key_of(left.library.key))
    parts = [found.key for part in left.part_of if (found := parse_id(part)) is not None]
    there["part_of"] = tuple(resource_id("bbbbbbbb", rows.key_of(part)) for part in parts)
    assert arrived == msgspec.structs.replace(left, **there)


def test_keys_of_several_parts_never_meet() -> None:
    assert rows.key_of("a\x1fb") == "a/b"
    assert rows.key_of("a/b\x1fc") != rows.key_of("a\x1fb/c")
    assert rows.key_of("a/b") == "a/b"


def test_people_of_another_school_cannot_be_named() -> None:
    made = MADE(Item(("1", "2"), {"a": "1", "b": "2", "title": "x", "visibility": ["school"]}), quiet)
    foreign = msgspec.structs.replace(made, visibility=("s:4144010001",))
    with pytest.raises(rows.Inexpressible, match="s:4144010001"):
        rows.upsert("1", foreign)


def test_a_library_arrives_as_it_left() -> None:
    make, take = mapper(SOURCE, "aaaaaaaa", Collection.LIBRARIES), mapper(THERE, "bbbbbbbb", Collection.LIBRARIES)
    left = make(Item("k1", {"a": "k1", "name": "示例", "visibility": ["school"], "count": 7}), quiet)
    row = orjson.loads(rows.upsert("k1", left))
    arrived = take(Item("k1", row), pytest.fail)
    assert arrived == msgspec.structs.replace(left, id=library_id("bbbbbbbb", "k1"), source="bbbbbbbb")
