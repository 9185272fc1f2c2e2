"""The query mix: what people type, drawn from a seed, with the filters and the keys that they have.

Of a hundred: 27 courses, 23 things, 15 a thing with what is done with it, 10 half words, 5 codes, 6 majors, 6 questions, 5 in pinyin,
3 broad words; three in ten filter by kind or province, four in ten see more than the public.
At most one in twenty matches over a fifth of all records.
"""

from __future__ import annotations

from random import Random

from bench.catalogue.generator import PROVINCES, SEED
from bench.catalogue.trades import ACTIONS, TRADES
from store.filters import EVERYTHING, ResourceFilter
from store.search.view import Question

_FORMS = ("course", "thing", "action", "half", "code", "major", "question", "pinyin", "broad")
_SHARES = (27, 23, 15, 10, 5, 6, 6, 5, 3)
_BROAD = ("教学课件", "技能训练", "课程思政", "微课")
_PINYIN = ("shukong", "huli", "dianzishangwu", "jixie", "fadongji", "sk", "hanjie")
_KEYS = (
    frozenset({"pub"}),
    frozenset({"pub", "member"}),
    frozenset({"pub", "member", "p:33"}),
    frozenset({"pub", "member", "p:33", "s:4133010001", "r:teacher", "r:teacher@s:4133010001"}),
)


def mix(count: int, seed: int = SEED) -> list[Question]:
    """Draw `count` questions."""
    random = Random(f"questions {seed}")
    return [Question(keys=random.choices(_KEYS, (60, 15, 15, 10))[0], wanted=_filter(random), text=_text(random)) for _ in range(count)]


def _text(random: Random) -> str:
    trade = random.choice(TRADES)
    course, thing = random.choice(trade.courses), random.choice(trade.things)
    match random.choices(_FORMS, _SHARES)[0]:
        case "course":
            return course
        case "thing":
            return thing
        case "action":
            return f"{thing}{random.choice(ACTIONS)}"
        case "half":
            return random.choice((course, thing))[:3]
        case "code":
            return trade.code
        case "major":
            return trade.name
        case "question":
            return f"怎样学习{course}中的{thing}？"
        case "pinyin":
            return random.choice(_PINYIN)
        case _:
            return random.choice(_BROAD)


def _filter(random: Random) -> ResourceFilter:
    match random.randrange(20):
        case 0 | 1 | 2:
            return ResourceFilter(kinds=("video",))
        case 3 | 4 | 5:
            return ResourceFilter(provinces=(random.choice(PROVINCES[:10]),))
        case _:
            return EVERYTHING
