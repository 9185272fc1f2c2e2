"""The example records: repeatable, plausible and recognisable as examples."""

import re
from collections import Counter

from demo.data.generator import LATEST, YEARS, draw
from demo.data.majors import MAJORS
from demo.data.people import INSTITUTIONS, PEOPLE
from store.codes import ACCESS, FORMATS, KINDS, LANGUAGES
from store.provinces import PROVINCES

SAMPLES = draw("test", 2000)


def test_one_seed_gives_the_same_records_and_another_seed_others() -> None:
    assert draw("test", 2000) == SAMPLES
    assert draw("other", 2000) != SAMPLES
    assert draw("test", 100) == SAMPLES[:100]


def test_codes_are_those_of_the_lists() -> None:
    assert {sample.kind for sample in SAMPLES} == KINDS.keys() - {"other"}
    assert {sample.access for sample in SAMPLES} <= ACCESS.keys()
    assert {sample.language for sample in SAMPLES} <= LANGUAGES.keys()
    assert {sample.format for sample in SAMPLES} <= FORMATS.keys()


def test_every_visibility_occurs_and_most_records_are_public() -> None:
    levels = Counter(sample.visibility for sample in SAMPLES)
    assert levels.keys() == {"public", "members", "teachers", "province", "school", "school_teachers"}
    assert levels["public"] > 1000
    assert min(levels.values()) > 50
    assert all(sample.institution for sample in SAMPLES if sample.visibility != "public")


def test_majors_carry_codes_of_the_catalogue_of_2021() -> None:
    assert len({major.code for major in MAJORS}) == len(MAJORS) >= 40
    assert all(re.fullmatch(r"[457]\d{5}", major.code) and 41 <= int(major.code[:2]) <= 79 for major in MAJORS)


def test_institutions_and_people_are_marked_as_examples() -> None:
    assert all("示例" in institution.name for institution in INSTITUTIONS)
    assert all("示例" in person for person in PEOPLE)
    assert all(re.fullmatch(r"\d{10}", institution.code) and institution.province in PROVINCES for institution in INSTITUTIONS)


def test_times_spread_over_three_years_and_some_are_equal() -> None:
    times = [sample.updated for sample in SAMPLES if sample.updated]
    assert max(times) <= LATEST
    assert (LATEST - min(times)).days in range(YEARS * 365 - 30, YEARS * 365 + 1)
    assert Counter(times).most_common(1)[0][1] > 20
    assert any(sample.updated is None for sample in SAMPLES)
    assert all(sample.updated or not sample.published for sample in SAMPLES)


def test_awkward_titles_and_missing_fields_occur() -> None:
    titles = [sample.title for sample in SAMPLES]
    assert any("<img src=x onerror=" in title for title in titles)
    assert any("\u202e" in title for title in titles)
    assert max(map(len, titles)) > 60
    for name in ("institution", "summary", "licence", "published", "rating", "seconds", "size"):
        assert any(getattr(sample, name) is None for sample in SAMPLES), name
