"""What is remembered weighs no more than it may, and what was asked for last stays."""

from hypothesis import given
from hypothesis import strategies as st

from store.search.remembering import Remembered


def test_what_nobody_asked_for_longest_is_forgotten_first() -> None:
    held: Remembered[str, int] = Remembered(3)
    for place, question in enumerate(("a", "b", "c")):
        held.keep(question, place)
    assert held.get("a") == 0
    held.keep("d", 3)
    assert [held.get(question) for question in ("a", "b", "c", "d")] == [0, None, 2, 3]
    held.keep("e", 4, weight=4)
    assert [held.get(question) for question in ("a", "c", "d", "e")] == [0, 2, 3, None]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12))), st.integers(0, 20))
def test_all_answers_together_weigh_no_more_than_they_may(kept: list[tuple[int, int]], most: int) -> None:
    held: Remembered[int, int] = Remembered(most)
    weights: dict[int, int] = {}
    for question, weight in kept:
        held.keep(question, weight, weight)
        weights[question] = weight
        answers = {each: found for each in weights if (found := held.get(each)) is not None}
        assert sum(answers.values()) <= most
        assert answers.items() <= weights.items(), "an answer is the latest that was kept"
