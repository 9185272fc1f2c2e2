"""Suggestions by hanzi, pinyin and initials, homophones, and nothing of what the caller may not see."""

import pytest

from store.record import Record
from store.search.suggesting import did_you_mean, suggest
from store.search.view import Question, View
from tests.store.search.test_matching import view_of

PUBLIC = frozenset({"pub"})


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    titles = {"数控车床编程": 30, "数控铣床操作": 5, "静脉穿刺": 25, "护理伦理": 3, "空调维修": 1}
    held = [
        Record(
            id=f"r{title}{number}", source="abcdefgh", key=f"{title}{number}", title=title, kind="video", tier="school", access="public",
            visibility=("pub",), keywords=(title[:2], title),
        )
        for title, count in titles.items()
        for number in range(count)
    ]  # fmt: skip
    secret = Record(
        id="rsecret", source="abcdefgh", key="secret", title="数控秘密工艺", kind="video", tier="school", access="public",
        visibility=("s:4133010001",), keywords=("数控秘密", "互利"),
    )  # fmt: skip
    return view_of([*held, secret], tmp_path_factory.mktemp("index"))


@pytest.mark.parametrize("prefix", ["sk", "shukong", "SHUKONG", "shu kong", "数控", "數控", "ｓｋ"])
def test_numerical_control_is_found_by_hanzi_pinyin_and_initials(view: View, prefix: str) -> None:
    found = suggest(view, Question(keys=PUBLIC), prefix, 5)
    assert found[0].text == "数控"
    assert found[0].times == 35
    assert all(term.text.startswith("数控") for term in found)


def test_terms_of_hidden_records_are_suggested_to_those_who_see_them_only(view: View) -> None:
    assert "数控秘密" not in [term.text for term in suggest(view, Question(keys=PUBLIC), "shukongm", 20)]
    mine = Question(keys=PUBLIC | {"s:4133010001"})
    assert "数控秘密" in [term.text for term in suggest(view, mine, "shukongm", 20)]


def test_blocked_terms_are_never_suggested(view: View) -> None:
    found = suggest(view, Question(keys=PUBLIC), "sk", 5, frozenset({"数控"}))
    assert found
    assert "数控" not in [term.text for term in found]
    assert did_you_mean(view, Question(keys=PUBLIC, text="数空"), frozenset({"数控"})) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("数空", "数控"),
        ("静脉船次", "静脉穿刺"),
        ("數空", "数控"),
        ("静脉互利", "静脉护理"),
        ("数控", None),
        ("空调", None),
        ("完全没有", None),
        ("abc", None),
        ("", None),
    ],
)
def test_homophones(view: View, text: str, meant: str | None) -> None:
    assert did_you_mean(view, Question(keys=PUBLIC, text=text)) == meant


@pytest.mark.parametrize("prefix", ["", " ", "\x1f", "*", "\0", "\ud800", "🚗", "a" * 100, "数" * 100])
def test_any_prefix_has_an_answer(view: View, prefix: str) -> None:
    assert suggest(view, Question(keys=PUBLIC), prefix, 5) == []


def test_pinyin_is_searched_where_the_letters_stand_nowhere(view: View) -> None:
    assert view.hits(Question(keys=PUBLIC, text="shukong")).total == 35
    assert view.hits(Question(keys=PUBLIC, text="jmcc")).total == 25
    assert view.hits(Question(keys=PUBLIC, text="qqqq")).total == 0
