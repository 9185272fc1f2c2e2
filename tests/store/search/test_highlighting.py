"""Highlights are plain text with ranges that a browser can cut by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.record import Record
from store.search.highlighting import SNIPPET, highlights
from store.search.normal import aligned, normal
from store.search.segmentation import ask


def record(title: str, summary: str | None = None, keywords: tuple[str, ...] = ()) -> Record:
    return Record(
        id="r1", source="abcdefgh", key="1", title=title, kind="video", tier="school", access="public", visibility=("pub",),
        summary=summary, keywords=keywords,
    )  # fmt: skip


def cut(text: str, start: int, end: int) -> str:
    """What JavaScript's slice gives."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


@pytest.mark.parametrize(
    ("title", "text", "marked"),
    [
        ("數控車床編程", "数控车床", ["數控車床"]),
        ("🔧🚗数控车床", "数控车床", ["数控车床"]),
        ("ＰＬＣ应用", "plc", ["ＰＬＣ"]),
        ("数控车床与数控铣床", "数控", ["数控", "数控"]),
        ("滚珠丝杠", "珠丝", ["珠丝"]),
        ("<b>数控</b>", "数控", ["数控"]),
        ("Café 数控", "cafe", ["Café"]),
        ("㈱数控", "数控", ["数控"]),
        ("烹饪", "数控", []),
    ],
)
def test_the_places_of_words(title: str, text: str, marked: list[str]) -> None:
    found = list(highlights(record(title), ask(text)))
    assert [cut(each.text, *span) for each in found for span in each.ranges] == marked


def test_of_a_long_summary_the_part_around_the_first_hit_is_shown() -> None:
    (found,) = highlights(record("题", "长" * 500 + "数控车床" + "文" * 500), ask("数控车床"))
    assert (found.field, len(found.text)) == ("summary", SNIPPET)
    assert [cut(found.text, *span) for span in found.ranges] == ["数控车床"]


def test_every_keyword_that_holds_a_word_is_told_by_itself() -> None:
    found = list(highlights(record("题", None, ("数控技术", "烹饪", "数控编程")), ask("数控")))
    assert [(each.field, each.text) for each in found] == [("keywords", "数控技术"), ("keywords", "数控编程")]


def test_of_words_that_belong_together_a_text_that_holds_all_is_told_before_one_that_holds_some() -> None:
    asked = ask("人工智能")
    both = highlights(record("智能语音应用", None, ("人工智能技术应用",)), asked)
    assert [(each.field, [cut(each.text, *span) for span in each.ranges]) for each in both] == [("keywords", ["人工智能"])]
    apart = highlights(record("智能语音应用", None, ("人工标注",)), asked)
    assert [each.field for each in apart] == ["title", "keywords"]


def test_what_was_heard_in_letters_is_told_too() -> None:
    (found,) = highlights(record("数控车床编程"), ask("shukong"), [("数控",)])
    assert [cut(found.text, *span) for span in found.ranges] == ["数控"]


@given(st.text(max_size=80), st.text(max_size=20))
def test_ranges_lie_in_the_text_in_order_and_apart(title: str, text: str) -> None:
    if "\ud800" <= max(title, default="") <= "\udfff":
        return
    for found in highlights(record(title, title), ask(text)):
        flat = [place for span in found.ranges for place in span]
        assert flat == sorted(set(flat))
        assert flat[-1] <= len(found.text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.text(max_size=80))
def test_the_aligned_form_is_the_form(text: str) -> None:
    form, places = aligned(text)
    assert form == normal(text)
    assert normal(form) == form
    assert len(places) == len(form)
    assert places == sorted(places)
