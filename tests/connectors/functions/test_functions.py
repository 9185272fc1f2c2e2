"""What holds for every named function: the registry, arbitrary values, hostile lengths, values of real sources."""

import csv
import datetime as dt
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.functions import FUNCTIONS, Place

SAMPLES = Path(os.environ.get("CORPUS", Path(__file__).parents[4] / "shared" / "samples"))
PLACE = Place(base_url="https://a.cn/", catalogue_year=2021)
BARE = Place()


def sample(name: str) -> str:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("the samples of real sources are not beside the checkout; CORPUS=DIR names their folder")
    return path.read_text("utf-8")


def complaint(name: str, native: object, place: Place) -> str | None:
    """Why a value is refused, or None; anything but a plain ValueError is a crash."""
    try:
        FUNCTIONS[name].call(native, place)
    except ValueError as refused:
        if type(refused) is not ValueError:  # a UnicodeError says what broke inside, not what is expected
            raise
        return str(refused)
    return None


def test_each_function_is_registered_by_name_with_a_line_in_both_languages() -> None:
    assert len(FUNCTIONS) == 23
    for name, function in FUNCTIONS.items():
        assert function.name == name
        assert re.fullmatch(r"[a-z_]+", name)
        assert function.en
        assert function.en.isascii() or "12万" in function.en
        assert re.search("[\u4e00-\u9fff]", function.zh)
        assert function.call.__doc__


NATIVE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary(max_size=8)
    | st.decimals()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.builds(object)
    | st.complex_numbers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
# Strings near what the functions read, so that more than the first check is tried.
_BITS = "2023 05 0 9999 - / . : T Z +08 年 月 日 时 分 P H M S 1e9 MB 万 , 97 X zh _ Hant K BEGIN:VCARD FN: N: \\ ; < > <p & # http @ { [ ]"
NEARLY = st.lists(st.sampled_from(_BITS.split()) | st.sampled_from(' \n"'), max_size=9).map("".join)


@pytest.mark.parametrize("name", FUNCTIONS)
@given(native=NATIVE | NEARLY)
@settings(max_examples=150)
def test_any_value_is_read_or_refused_with_a_reason(name: str, native: object) -> None:
    for place in (PLACE, BARE):
        reason = complaint(name, native, place)
        assert reason is None or 10 < len(reason) < 300


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("absent", [None, "", "  \n", "\u3000", float("nan")])
def test_an_absent_value_is_none(name: str, absent: object) -> None:
    assert FUNCTIONS[name].call(absent, PLACE) is None


LONG: list[Callable[[int], str]] = [
    lambda n: "1" * n,
    lambda n: "1," * (n // 2),
    lambda n: " " * n + "x",
    lambda n: "x" + " " * n + "x",
    lambda n: "张三、" * (n // 3),
    lambda n: "张三" + " " * n + "等",
    lambda n: "/" * n,
    lambda n: ":" * n,
    lambda n: "a." * (n // 2),
    lambda n: "http://" * (n // 7),
    lambda n: "&amp;" * (n // 5),
    lambda n: "×" * n,
    lambda n: "token" * (n // 5),
    lambda n: "%25" * (n // 3),
    lambda n: "[" * n,
    lambda n: '"' + "\\" * n,
    lambda n: "BEGIN:VCARD" + " N" * (n // 2),
    lambda n: "BEGIN:VCARD\nN:" + "\\;" * (n // 2),
    lambda n: "\ufdfa" * n,
    lambda n: "a\u0300" * (n // 2),
    lambda n: "\u0300\u0316" * (n // 2),
    lambda n: "\ud800" * n,
    lambda n: "等" * n,
]


@pytest.mark.parametrize("make", LONG, ids=lambda make: ascii(make(14)))
@pytest.mark.parametrize("length", [64, 7_990, 400_000])
def test_no_length_makes_a_function_slow(make: Callable[[int], str], length: int) -> None:
    native = make(length)
    for function in FUNCTIONS.values():
        started = time.process_time()
        complaint(function.name, native, PLACE)
        assert time.process_time() - started < 2, function.name


def test_the_dates_and_sizes_of_a_real_course_cell_are_read() -> None:
    cell = json.loads(sample("icve/mooc_courseCell_netdates.json"))["courseCell"]
    read = {name: function.call for name, function in FUNCTIONS.items()}
    assert read["datetime"](cell["DateCreated"], BARE) == dt.datetime(2022, 1, 7, 11, 45, 20, tzinfo=dt.UTC)
    assert read["datetime"](cell["DateModified"], BARE) is None
    assert read["size"](cell["DocSize"], BARE) == 28672
    assert read["duration"](cell["VideoTimeLong"], BARE) is None
    assert read["text"](cell["ExternalLinkUrl"], BARE) is None
    assert read["boolean"](cell["IsAllowDownLoad"], BARE) is False


def test_the_links_of_the_national_portal_are_kept_but_for_the_one_with_a_key_and_a_person() -> None:
    items = json.loads(sample("smartedu/voc_smartedu_index_sample_2026.json"))["sample"]
    read = {item["url"]: FUNCTIONS["url"].call(item["url"], BARE) for item in items}
    dropped = [native for native, link in read.items() if link is None]
    assert len(dropped) == 1
    assert "accessKey=" in dropped[0]
    assert all(link == native for native, link in read.items() if link is not None)


def test_every_real_institution_code_and_province_is_read() -> None:
    elsewhere = []
    for college in json.loads(sample("codes/colleges_moe_2919.json")):
        assert FUNCTIONS["institution_code"].call(college["moeCode"], BARE) == college["moeCode"]
        if FUNCTIONS["province_code"].call(college["province"], BARE) != college["moeCode"][2:4]:
            elsewhere.append(college["moeCode"])
    assert elsewhere == ["4111012802"], "a college that moves to another province keeps its code"


def test_nearly_every_address_that_real_institutions_publish_is_kept() -> None:
    colleges = json.loads(sample("codes/colleges_moe_2919.json"))
    sites = [college[key] for college in colleges for key in ("officialWebsite", "admissionUrl") if college.get(key)]
    refused = [site for site in sites if complaint("url", site, BARE) is not None]
    assert not [site for site in sites if site not in refused and FUNCTIONS["url"].call(site, BARE) is None]
    assert all(" " in site for site in refused), "refused is only what has a title before its address"
    assert len(refused) < len(sites) / 100


def test_every_code_of_the_real_catalogue_is_read() -> None:
    rows = list(csv.DictReader(sample("codes/voc_majors_moe_standards_2025.tsv").splitlines(), delimiter="\t"))
    assert len(rows) > 700
    assert all(FUNCTIONS["major_code"].call(row["code"], PLACE) == row["code"] for row in rows)


def test_durations_and_times_of_real_schema_org_records_are_read() -> None:
    video = json.loads(sample("lrmi/amb_valid_videoWithEncodings.json"))
    assert FUNCTIONS["duration"].call(video["duration"], BARE) == 47 * 60 + 58
    assert FUNCTIONS["size"].call(video["encoding"][0]["contentSize"], BARE) == 568_000_000
    course = json.loads(sample("lrmi/amb_valid_dateTime.json"))
    assert FUNCTIONS["date"].call(course["dateModified"], BARE) == "2022-03-26"
    assert FUNCTIONS["language"].call(course["inLanguage"][0], BARE) == "fr"
