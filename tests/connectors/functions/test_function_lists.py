"""Names and keywords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.functions.lists import keywords, names
from connectors.functions.place import Place

PLACE = Place()


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("张三、李四，王五;赵六；钱七/孙八|周九\n吴十", ("张三", "李四", "王五", "赵六", "钱七", "孙八", "周九", "吴十")),
        ("买买提·艾力，古丽", ("买买提·艾力", "古丽")),
        ("张三、李四等", ("张三", "李四")),
        ("张三 等人", ("张三",)),
        ("Jens Lechtenbörger et al.", ("Jens Lechtenbörger",)),
        ("张三;;李四; 张三;", ("张三", "李四")),
        (["Smith, John", "张三、李四"], ("Smith, John", "张三", "李四")),
        (["张三", None, " "], ("张三",)),
        ([], None),
        ("无", None),
        ("、", None),
        (None, None),
    ],
)
def test_names_are_divided_as_people_write_them(native: object, expected: tuple[str, ...] | None) -> None:
    assert names(native, PLACE) == expected


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("数控, 车床;编程", ("数控", "车床", "编程")),
        ("CAD/CAM、数控/车床", ("CAD/CAM", "数控", "车床")),
        ("1,2-二氯乙烷,有机化学", ("1,2-二氯乙烷", "有机化学")),
        ("男女平等、高等数学", ("男女平等", "高等数学")),
        (["Computer Science", "Operation Systems"], ("Computer Science", "Operation Systems")),
        ("", None),
    ],
)
def test_keywords_keep_terms_that_hold_a_slash_or_a_comma(native: object, expected: tuple[str, ...] | None) -> None:
    assert keywords(native, PLACE) == expected


@pytest.mark.parametrize("native", [{"name": "张三"}, [["张三"]], b"a", object()])
def test_what_is_no_list_of_texts_is_refused(native: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        names(native, PLACE)


@given(st.text(st.sampled_from("张三李四等人A1 、，,;；/|\n·."), max_size=40))
def test_a_divided_list_holds_no_repeat_and_no_blank(native: str) -> None:
    for function in (names, keywords):
        pieces = function(native, PLACE) or ()
        assert len(set(pieces)) == len(pieces)
        assert all(piece == piece.strip() != "" for piece in pieces)
