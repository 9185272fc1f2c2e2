"""A live record gets the score that the index would give it, and is found where the index would find it."""

from random import Random

import pytest

from demo.data.generator import draw
from store.identity import resource_id
from store.record import Creator, MajorRef, Record
from store.search.scoring import Scorer, Statistics
from store.search.segmentation import ask
from store.search.view import Question, View
from tests.store.search.test_matching import view_of

KEYS = frozenset({"pub"})
TEXTS = (
    *("数控车床编程", "护理", "電子商務運營", "PLC应用技术", "460103"),
    *("1+X证书", "怎么检修新能源汽车的动力电池", "课", "c++", "虚拟仿真实训"),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[View, list[Record]]:
    held = [
        Record(
            id=resource_id("abcdefgh", str(sample.number)),
            source="abcdefgh",
            key=str(sample.number),
            title=sample.title.replace("\0", ""),
            kind=sample.kind,
            tier="school",
            access="public",
            visibility=("pub",),
            summary=sample.summary,
            keywords=sample.keywords,
            majors=(MajorRef(sample.major.name, sample.major.code, 2021),),
            creators=tuple(Creator(name) for name in sample.people),
        )
        for sample in draw("scores", 600)
    ]
    return view_of(held, tmp_path_factory.mktemp("index")), held


@pytest.mark.parametrize("text", TEXTS)
def test_both_find_the_same_and_score_alike(library: tuple[View, list[Record]], text: str) -> None:
    view, held = library
    asked = ask(text)
    scorer = Scorer(asked, view.statistics(Question(keys=KEYS, text=text)))
    hits = view.hits(Question(keys=KEYS, text=text))
    live = {number: score for number, record in enumerate(held, 1) if (score := scorer.score(record))}
    assert set(hits.numbers) == set(live)
    # tantivy keeps the length of a field in one byte, so scores differ a little.
    for number, score in zip(hits.numbers, hits.scores, strict=True):
        assert live[number] == pytest.approx(score, rel=0.12), held[number - 1].title


def test_random_words_of_the_records_find_the_same_in_both(library: tuple[View, list[Record]]) -> None:
    view, held = library
    random = Random(11)
    for _ in range(150):
        title = random.choice(held).title
        start = random.randrange(len(title))
        text = title[start : start + random.randint(1, 12)]
        asked = ask(text)
        scorer = Scorer(asked, view.statistics(Question(keys=KEYS, text=text)))
        hits = view.hits(Question(keys=KEYS, text=text))
        assert set(hits.numbers) == {number for number, record in enumerate(held, 1) if scorer.score(record)}, text


def test_without_statistics_the_weights_alone_put_the_title_first() -> None:
    scorer = Scorer(ask("数控"), Statistics())
    fixed = {"source": "abcdefgh", "key": "1", "kind": "video", "tier": "school", "access": "public", "visibility": ("pub",)}
    titled = Record(id="r1", title="数控编程", **fixed)
    told = Record(id="r2", title="编程", summary="数控编程", **fixed)
    other = Record(id="r3", title="烹饪", **fixed)
    assert scorer.score(titled) > scorer.score(told) > scorer.score(other) == 0
