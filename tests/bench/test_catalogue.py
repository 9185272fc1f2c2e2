"""The large catalogue is the same on every machine, its golden queries ask for what is in it, and their answers stay good."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from statistics import fmean

import pytest

from bench.catalogue.engine import make, opened
from bench.catalogue.generator import WHOLE, Drawn, draw
from bench.catalogue.golden import GOLDEN
from bench.catalogue.questions import mix
from bench.catalogue.reference import Reference
from bench.catalogue.relevance import judged, whole_term_recall
from bench.catalogue.trades import TRADES
from store.search.view import View

SIZE = 4000


@pytest.fixture(scope="module")
def drawn() -> dict[int, Drawn]:
    return dict(enumerate(draw(SIZE), 1))


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    directory = tmp_path_factory.mktemp("catalogue") / "index"
    make(directory, SIZE)
    return opened(directory)


def test_the_same_seed_draws_the_same() -> None:
    assert [item.native for item in islice(draw(WHOLE), 50)] == [item.native for item in islice(draw(WHOLE), 50)]
    assert [item.native for item in draw(50)] != [item.native for item in draw(50, seed=1)]


def test_golden_queries_ask_for_what_there_is() -> None:
    known = {value for trade in TRADES for value in (trade.code, *trade.courses, *trade.things)}
    assert len(GOLDEN) >= 60
    assert {each.form for each in GOLDEN} == {
        *("code", "whole term", "half term", "synonym", "homophone"),
        *("pinyin", "mixed", "traditional", "question"),
    }
    assert [(each.text, value) for each in GOLDEN for value in (*each.best, *each.close, *each.trade) if value not in known] == []


def test_answers_stay_good(view: View, drawn: dict[int, Drawn]) -> None:
    scores = [(each.golden.form, each.ndcg) for each in judged(view, drawn)]
    assert fmean(score for form, score in scores if form in ("code", "whole term")) >= 0.9
    assert fmean(score for _, score in scores) >= 0.75
    assert whole_term_recall(view, drawn) >= 0.99


def test_few_questions_of_the_mix_are_broad(view: View) -> None:
    questions = mix(200)
    assert sum(1 for question in questions if view.count(question) > SIZE / 5) <= 10


def test_the_reference_answers_the_same_questions(drawn: dict[int, Drawn], tmp_path: Path) -> None:
    reference = Reference(tmp_path / "fts5.sqlite3", drawn.items())
    assert any(reference.ask(question) for question in mix(20))
    reference.close()
