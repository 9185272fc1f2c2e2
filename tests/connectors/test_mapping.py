"""A mapping makes canonical records of native items, and an error spoils no more than one field or one item."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.functions import Place
from connectors.mapping import Binding, FieldSpecification, ItemSpoiled, compile_mapping
from connectors.mapping.paths import getter, parse_path
from connectors.protocol import Collection, Item
from store.record import Creator, MajorRef, Record, Reference

TABLES = {"kinds": {"精品课": "course"}, "levels": {"公开": "public", "本校": "school", "教师": "school_teachers"}}
BINDING = Binding(
    source="abcdefgh",
    tier="school",
    institution="4133010001",
    all_public=True,
    place=Place(catalogue_year=2021),
    tables=TABLES,
    keys_by_name={"portal": "zzzzzzzz"},
)


def record_of(mapping: Mapping[str, Any], native: dict[str, Any], **changes: Any) -> tuple[Record, dict[str, str]]:
    binding = Binding(**{**{name: getattr(BINDING, name) for name in BINDING.__slots__}, **changes})
    specifications = {
        name: FieldSpecification.model_validate(each if isinstance(each, dict) else {"path": each}) for name, each in mapping.items()
    }
    complaints: dict[str, str] = {}
    mapper = compile_mapping(Collection.RESOURCES, specifications, binding)
    return mapper(Item("7", native), complaints.__setitem__), complaints


def test_a_whole_item_becomes_a_record() -> None:
    record, complaints = record_of(
        {
            "title": {"first": ["kcmc", "ziymc"]},
            "kind": {"path": "lb", "table": "kinds"},
            "library": {"path": "zyk.id", "source": "portal"},
            "majors": {"members": {"name": "zy", "code": "zydm"}},
            "creators": {"each": "people", "members": {"name": "n", "role": {"value": "teacher"}}},
            "keywords": "tags[].name",
            "updated_at": "gxsj",
            "summary": {"join": ["a", "b"], "separator": " / "},
            "languages": {"value": "zh"},
        },
        {
            "kcmc": "",
            "ziymc": " 数控车床编程 ",
            "lb": "精品课",
            "zyk": {"id": 90071992547409931},
            "zy": "数控技术",
            "zydm": "460103",
            "people": [{"n": "示例教师甲"}, {"n": None}],
            "tags": [{"name": "车床"}, {"name": "编程"}, {"name": "车床"}],
            "gxsj": "2023年5月17日",
            "a": "上",
            "b": "下",
        },
    )
    assert complaints == {}
    assert record.title == "数控车床编程"
    assert record.kind == "course"
    assert record.library == Reference("zzzzzzzz", "90071992547409931")
    assert record.majors == (MajorRef("数控技术", "460103", 2021),)
    assert record.creators == (Creator("示例教师甲", "teacher"),)
    assert record.keywords == ("车床", "编程")
    assert record.updated_at == datetime(2023, 5, 16, 16, tzinfo=UTC)
    assert record.summary == "上 / 下"
    assert record.languages == ("zh",)
    assert (record.province, record.institution, record.visibility, record.access) == ("33", "4133010001", ("pub",), "public")


def test_an_unreadable_optional_field_is_empty_and_complained_about() -> None:
    record, complaints = record_of(
        {"title": "t", "updated_at": "u", "kind": {"path": "k", "table": "kinds"}}, {"t": "x", "u": "gestern", "k": "?"}
    )
    assert record.updated_at is None
    assert record.kind == "other"
    assert set(complaints) == {"updated_at", "kind"}


@pytest.mark.parametrize("native", [{}, {"t": ""}, {"t": "\x00 \n"}, {"t": {"zh": "x"}}, {"t": ["x", "y"]}])
def test_an_item_without_a_readable_title_is_spoiled(native: dict[str, Any]) -> None:
    with pytest.raises(ItemSpoiled, match="title"):
        record_of({"title": "t"}, native)


@pytest.mark.parametrize(
    ("level", "keys"),
    [
        ("公开", ("pub",)),
        ("本校", ("s:4133010001",)),
        ("教师", ("r:teacher@s:4133010001",)),
        ("谁知道", ("s:4133010001",)),
        (None, ("s:4133010001",)),
    ],
)
def test_unknown_visibility_means_the_own_school_never_everybody(level: str | None, keys: tuple[str, ...]) -> None:
    record, _ = record_of({"title": "t", "visibility": {"path": "v", "table": "levels"}}, {"t": "x", "v": level}, all_public=False)
    assert record.visibility == keys


@pytest.mark.parametrize("level", [None, "?", ""])
def test_all_public_does_not_open_what_a_mapped_visibility_leaves_in_doubt(level: str | None) -> None:
    record, _ = record_of({"title": "t", "visibility": {"path": "v", "table": "levels"}}, {"t": "x", "v": level}, all_public=True)
    assert record.visibility == ("s:4133010001",)


def test_where_no_school_is_known_an_unknown_visibility_shows_the_record_to_nobody() -> None:
    record, _ = record_of({"title": "t", "visibility": "v"}, {"t": "x", "v": "?"}, all_public=False, institution=None)
    assert record.visibility == ("none",)


def test_a_code_of_a_major_without_its_catalogue_is_refused() -> None:
    record, complaints = record_of({"title": "t", "majors": {"members": {"code": "c"}}}, {"t": "x", "c": "510101"}, place=Place())
    assert record.majors == ()
    assert "catalogue_year" in complaints["majors"]


@pytest.mark.parametrize(("sent", "kept"), [(3_000_000_000, None), (-1, None), (2**31 - 1, 2**31 - 1)])
def test_a_number_that_the_schema_cannot_hold_is_empty(sent: int, kept: int | None) -> None:
    mapping = {name: FieldSpecification(path=name) for name in ("name", "resource_count")}
    mapper = compile_mapping(Collection.LIBRARIES, mapping, BINDING)
    assert mapper(Item("1", {"name": "n", "resource_count": sent}), lambda *_: None).resource_count == kept


def test_a_text_of_a_megabyte_is_cut() -> None:
    record, _ = record_of({"title": "t"}, {"t": "长" * 1_000_000})
    assert len(record.title) == 50_000


def test_only_wanted_fields_are_read_beside_identity_and_visibility() -> None:
    mapping = {name: FieldSpecification(path=name) for name in ("title", "summary", "url")}
    mapper = compile_mapping(Collection.RESOURCES, mapping, BINDING, frozenset({"url"}))
    record = mapper(Item("1", {"title": "t", "summary": "s", "url": "https://example.edu.cn/1"}), lambda *_: None)
    assert (record.title, record.summary, record.url) == ("t", None, "https://example.edu.cn/1")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.dictionaries(st.sampled_from(["t", "u", "k", "s", "d", "z", "p"]), _JSON))
def test_whatever_a_source_sends_gives_a_record_or_a_spoiled_item(native: dict[str, Any]) -> None:
    mapping = {"title": "t", "updated_at": "u", "keywords": "k[].n", "size_bytes": "s", "duration_seconds": "d", "url": "z", "part_of": "p"}
    try:
        record, _ = record_of(mapping, native)
    except ItemSpoiled:
        return
    assert record.title
    assert record.visibility == ("pub",)


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a[0].b", ("a", 0, "b")),
        ("a[].b", ("a", None, "b")),
        (r"x\.y", ("x.y",)),
        ("dc:title", ("dc:title",)),
    ],
)
def test_paths_are_read(path: str, steps: tuple[str | int | None, ...]) -> None:
    assert parse_path(path) == steps


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a]b[", "[0]a"])
def test_a_path_that_cannot_be_read_is_refused_in_words(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse_path(path)


@given(_JSON, st.sampled_from(["a", "a.b", "a[0]", "a[].b", "a[].b[].c"]))
def test_following_a_path_never_fails(item: Any, path: str) -> None:
    getter(path)(item)
