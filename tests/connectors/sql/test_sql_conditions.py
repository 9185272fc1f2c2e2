"""What a caller asks reaches the database as conditions, which never leave out a row that should be there."""

import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.functions import FUNCTIONS, Place
from connectors.protocol import Collection, Query
from store.filters import MajorCondition, ResourceFilter, overlaps
from store.identity import library_id
from store.ordering import Order
from tests.connectors.sql.conftest import Open
from tests.connectors.sql.databases import keys_of, open_sql, walk, write_rows

TABLE = "CREATE TABLE resource (id TEXT PRIMARY KEY, title, type, major, scope, library, made, changed, seconds)"
SECTION = """
table = "resource"
identifier = "id"
mapping.title = "title"
text = {columns = ["title", "type"]}
orders.newest = {column = "changed"}
[resources.filters]
kinds = {column = "type", values = {video = ["02", "09"], document = "03"}}
majors = {column = "major"}
libraries = {column = "library"}
published = {column = "made"}
updated = {column = "changed"}
duration_seconds = {column = "seconds"}
visibility = {column = "scope", values = {pub = "公开", "s:4133010001" = ["本校", "公开"]}}
"""
ROWS = [
    ("a", "数控车床编程", "02", "460103", "公开", "L1", "2023-05-17", "2023-05-17 08:00:00", 90),
    ("b", "100% 护理_基础", "09", "520201", "公开", "L2", "2023", None, "1000"),
    ("c", "100x 护理X基础", "03", "460104", "公开", None, "2024-01-02 10:00:00", "2024-01-02 10:00:00", None),
    ("d", "校内实训", "02", None, "本校", "L1", None, "2022-01-01 00:00:00", 30),
]
EVERYBODY = frozenset({"pub"})
STUDENT = frozenset({"pub", "member", "s:4133010001"})


@pytest.fixture
def school(tmp_path: Path) -> None:
    write_rows(tmp_path / "school.db", TABLE, "INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", ROWS)


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({}, "abcd"),
        ({"kinds": ("video",)}, "abd"),
        ({"kinds": ("video", "unheard of")}, "abd"),
        ({"kinds": ("unheard of",)}, ""),
        ({"kinds": ()}, ""),
        ({"majors": (MajorCondition(2021, "46"),)}, "ac"),
        ({"majors": (MajorCondition(2021, "460103"), MajorCondition(2021, "5202"))}, "ab"),
        ({"libraries": (library_id("abcdefgh", "L1"), "not an id")}, "ad"),
        ({"published": ("2023", "2023")}, "ab"),
        ({"published": ("2023-05", None)}, "abc"),
        ({"published": (None, "2023-05-16")}, "b"),
        ({"published": ("0001", "9999")}, "abc"),
        ({"updated": (datetime(2023, 5, 17, tzinfo=UTC), None)}, "ac"),
        ({"updated": (None, datetime(2023, 5, 17, tzinfo=UTC))}, "ad"),
        ({"updated": (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))}, "acd"),
        ({"duration_seconds": (60, None)}, "ab"),
        ({"duration_seconds": (None, 90)}, "ad"),
        ({"kinds": ("video",), "duration_seconds": (0, 100)}, "ad"),
        ({"languages": ("zh",)}, "abcd"),
    ],
)
async def test_filters_are_pushed_down(school: None, opened: Open, asked: dict[str, Any], keys: str) -> None:
    connector = await opened(SECTION)
    assert await keys_of(connector, Query(filter=ResourceFilter(**asked), keys=STUDENT)) == list(keys)


async def test_the_callers_keys_narrow_what_is_read(school: None, opened: Open) -> None:
    connector = await opened(SECTION)
    assert "visibility" in connector.supports[Collection.RESOURCES].filters
    assert await keys_of(connector, Query(keys=EVERYBODY)) == list("abc")
    assert await keys_of(connector, Query(keys=STUDENT)) == list("abcd")
    assert await keys_of(connector, Query(keys=STUDENT, text="实训")) == ["d"]
    assert await keys_of(connector, Query(keys=EVERYBODY, text="实训")) == []


async def test_a_caller_for_whom_the_source_has_nothing_costs_no_call(opened: Open) -> None:
    connector = await opened(SECTION)  # there is no file at all: a call would raise
    (batch,) = await walk(connector, Query(keys=frozenset({"p:44"})))
    assert (list(batch.items), batch.cursor) == ([], None)


async def test_a_harvest_reads_for_everybody(school: None, opened: Open) -> None:
    connector = await opened(SECTION, mode="harvest")
    assert "visibility" not in connector.supports[Collection.RESOURCES].filters
    assert await keys_of(connector, Query(keys=EVERYBODY)) == list("abcd")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("数控", "a"),
        ("100%", "b"),
        ("护理_基础", "b"),
        ("护理 100", "bc"),
        ("09 护理", "b"),
        ("\\", ""),
        ("  ", "abcd"),
        ("' OR 1=1 --", ""),
    ],
)
async def test_words_are_searched_as_they_are(school: None, opened: Open, text: str, keys: str) -> None:
    assert await keys_of(await opened(SECTION), Query(text=text, keys=STUDENT)) == list(keys)


async def test_a_search_of_any_size_is_answered(school: None, opened: Open) -> None:
    connector = await opened(SECTION)
    for text in ("汉" * 100_000, "a " * 5_000, "\ud800", "\0编程\0没有", string.punctuation * 50):
        assert await keys_of(connector, Query(text=text, order=Order.NEWEST)) == []


PARTS = st.tuples(st.integers(2019, 2023), st.integers(1, 12), st.integers(1, 28), st.integers(0, 2)).map(
    lambda drawn: (f"{drawn[0]}", f"{drawn[0]}-{drawn[1]:02}", f"{drawn[0]}-{drawn[1]:02}-{drawn[2]:02}")[drawn[3]]
)


@settings(max_examples=60)
@given(
    moments=st.lists(st.datetimes(datetime(2019, 1, 1), datetime(2023, 12, 31)), max_size=8),  # noqa: DTZ001 - local times of the source
    partials=st.lists(PARTS, max_size=8),
    start=st.none() | PARTS,
    end=st.none() | PARTS,
    form=st.sampled_from(["text", "iso", "date", "seconds", "milliseconds"]),
    zone=st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York"]),
)
async def test_no_row_of_the_asked_time_is_left_out(
    moments: list[datetime], partials: list[str], start: str | None, end: str | None, form: str, zone: str
) -> None:
    source = ZoneInfo(zone)
    aware = [moment.replace(microsecond=0, tzinfo=source) for moment in moments]
    stored: list[Any] = [_written(moment, form) for moment in aware]
    local = [moment.astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat() for moment in aware]
    if form == "date":
        local = [moment.date().isoformat() for moment in aware]
    if form in ("text", "iso") and zone == "Asia/Shanghai":
        stored, local = stored + partials, local + partials
    with TemporaryDirectory() as directory:
        path = Path(directory)
        write_rows(
            path / "school.db",
            "CREATE TABLE resource (id INTEGER PRIMARY KEY, made)",
            "INSERT INTO resource VALUES (?, ?)",
            enumerate(stored),
        )
        column = f"{{column = 'made', form = '{form}', zone = '{zone}'}}"
        connector = await open_sql(
            path, f"table = 'resource'\nidentifier = 'id'\nmapping.title = 'id'\nfilters.published = {column}\nfilters.updated = {column}"
        )
        try:
            found = set(await keys_of(connector, Query(filter=ResourceFilter(published=(start, end)))))
            assert {str(n) for n, day in enumerate(local) if overlaps(day, start, end)} <= found
            for low in aware[:2]:
                span = (low, low + timedelta(days=40))
                found = set(await keys_of(connector, Query(filter=ResourceFilter(updated=span))))
                shown = [moment.replace(hour=0, minute=0, second=0) if form == "date" else moment for moment in aware]
                assert {str(n) for n, moment in enumerate(shown) if span[0] <= moment <= span[1]} <= found
        finally:
            await connector.aclose()


def _written(moment: datetime, form: str) -> str | int:
    match form:
        case "seconds":
            return int(moment.timestamp())
        case "milliseconds":
            return int(moment.timestamp() * 1000)
        case "date":
            return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat("T" if form == "iso" else " ")


def test_the_written_forms_are_those_that_the_mapping_reads() -> None:
    moment = datetime(2023, 5, 17, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    for form in ("text", "iso", "seconds", "milliseconds"):
        assert FUNCTIONS["datetime"].call(_written(moment, form), Place()) == moment
