"""ISBN, languages, majors, provinces and institutions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.functions.isbns import isbn
from connectors.functions.languages import language
from connectors.functions.majors import major_code
from connectors.functions.place import Place
from connectors.functions.regions import institution_code, province_code
from store.provinces import PROVINCES

PLACE = Place()
OF_2021 = Place(catalogue_year=2021)


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("9787040500004", "9787040500004"),
        (9787040500004, "9787040500004"),
        (9787040500004.0, "9787040500004"),
        ("978-7-04-050000-4", "9787040500004"),
        ("ISBN：９７８-7-04-050000-4（精装）", "9787040500004"),
        ("urn:isbn:0306406152", "9780306406157"),
        ("ISBN-13: 978-0-306-40615-7", "9780306406157"),
        ("0-8044-2957-x", "9780804429573"),
        ("0000000000000", None),
        ("暂无", None),
        (None, None),
    ],
)
def test_an_isbn_has_thirteen_digits(native: object, expected: str | None) -> None:
    assert isbn(native, PLACE) == expected


@pytest.mark.parametrize(
    ("native", "complaint"),
    [
        ("9787040500001", "wrong check digit: 4"),  # as one real catalogue holds it
        ("0306406153", "wrong check digit: 2"),
        ("15010·0123", "no ISBN"),  # 统一书号, used until 1987
        ("9770306406157", "no ISBN"),
        ("978704050000", "no ISBN"),
    ],
)
def test_a_wrong_isbn_is_refused(native: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        isbn(native, PLACE)


@given(st.from_regex(r"97[89][0-9]{9}", fullmatch=True))
def test_exactly_one_check_digit_fits_and_reading_twice_changes_nothing(start: str) -> None:
    good = []
    for digit in "0123456789":
        try:
            good.append(isbn(start + digit, PLACE))
        except ValueError:
            continue
    assert len(good) == 1
    assert isbn(good[0], PLACE) == good[0]


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("zh-CN", "zh"), ("zh_CN", "zh"), ("zh_CN.UTF-8", "zh"), ("chi", "zh"), ("zho", "zh"), ("cmn", "zh"), ("ZH", "zh"),
        ("zh-cmn-Hans-CN", "zh"), ("中文", "zh"), ("汉语", "zh"), ("中文（简体）", "zh"), ("Chinese (Simplified)", "zh"),
        ("zh-Hant", "zh-Hant"), ("zh-TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant"), ("繁體中文", "zh-Hant"), ("zh-yue", "yue"),
        ("en", "en"), ("en-US", "en"), ("eng", "en"), ("英语", "en"), ("English", "en"), ("de", "de"), ("fr", "fr"), ("藏语", "bo"),
        ("维吾尔语", "ug"), ("uz", "uz"), ("x-none", None), ("und", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_language_is_a_short_tag(native: object, expected: str | None) -> None:
    assert language(native, PLACE) == expected


@pytest.mark.parametrize("native", ["klingon", "qq", "中英双语", "语", 7])
def test_an_unknown_language_is_refused(native: object) -> None:
    with pytest.raises(ValueError, match="no language"):
        language(native, PLACE)


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("510101", "510101"),
        (460103, "460103"),
        ("4601", "4601"),
        ("46", "46"),
        ("080717TK", "080717"),
        ("010103K", "010103"),
        ("080901t", "080901"),
        ("", None),
    ],
)
def test_a_major_is_digits_of_its_catalogue(native: object, expected: str | None) -> None:
    assert major_code(native, OF_2021) == expected


def test_a_major_without_a_catalogue_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match="declare catalogue_year"):
        major_code("510101", PLACE)


@pytest.mark.parametrize("native", ["510101K", "46010", "数控技术", "46-01", "4601031", "21级"])
def test_what_is_no_code_of_a_major_is_refused(native: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        major_code(native, OF_2021)


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("330000", "33"), ("33", "33"), (33, "33"), ("3301", "33"), ("330106", "33"), ("330106001", "33"), ("浙江", "33"),
        ("浙江省", "33"), ("浙江省杭州市", "33"), ("广西", "45"), ("广西壮族自治区", "45"), ("内蒙古", "15"), ("新疆", "65"),
        ("新疆生产建设兵团", "66"), ("兵团", "66"),
        ("北京市海淀区", "11"), ("香港", "81"), ("Zhejiang", "33"), ("全国", None), ("000000", None), (None, None),
    ],
)  # fmt: skip
def test_a_province_is_two_digits(native: object, expected: str | None) -> None:
    assert province_code(native, PLACE) == expected


@pytest.mark.parametrize("native", ["99", "990000", "海南州", "杭州市", "331", "3", "Atlantis"])
def test_what_is_no_province_is_refused(native: object) -> None:
    with pytest.raises(ValueError, match="province"):
        province_code(native, PLACE)


@given(st.sampled_from(sorted(PROVINCES)))
def test_every_province_is_known_by_code_and_by_each_name(code: str) -> None:
    province = PROVINCES[code]
    assert {province_code(form, PLACE) for form in (code, code + "0000", province.zh, province.en)} == {code}


@pytest.mark.parametrize(
    ("native", "expected"), [("4133010001", "4133010001"), (4133010001, "4133010001"), (" 3644012345 ", "3644012345"), ("", None)]
)
def test_an_institution_has_ten_digits(native: object, expected: str | None) -> None:
    assert institution_code(native, PLACE) == expected


@pytest.mark.parametrize("native", ["413301000", "4199010001", "41330100011", "A133010001", "浙江大学"])
def test_what_is_no_institution_code_is_refused(native: str) -> None:
    with pytest.raises(ValueError, match="no institution code"):
        institution_code(native, PLACE)
