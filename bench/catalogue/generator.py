"""The catalogue at its real size: 1,173 libraries, 6,757 courses, 2,222 open courses, 510,000 videos, 150,000 documents, from a seed.

Provinces, majors and things are skewed as in life: a few have most. Every item knows what it was drawn as, so that answers can be judged
by what a resource is about and not by the words it is found by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from bench.catalogue.trades import ACTIONS, TRADES, Trade

SEED = 20_240_517
LIBRARIES = 1173
COUNTS = {"course": 6757, "open_course": 2222, "video": 510_000, "document": 150_000}
WHOLE = sum(COUNTS.values())
"""Records of the whole catalogue."""

LATEST = datetime(2026, 11, 20, tzinfo=UTC)

PROVINCES = (
    *("32", "37", "33", "44", "41", "43", "42", "51", "13", "34", "36", "50", "61", "35", "21", "45"),
    *("31", "12", "11", "53", "52", "14", "22", "23", "15", "65", "62", "46", "64", "63", "54"),
)
"""GB/T 2260, those with most resources first."""

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = ("示例一", "示例二", "示例三", "示例四", "示例五", "示例六")
_SUMMARIES = (
    "本资源围绕{thing}的典型工作任务展开，讲解{action}的步骤与要点，适用于{major}专业学生和企业员工培训。",
    "以真实生产项目为载体，学习{course}中{thing}的{action}，配有操作视频与课后练习。",
    "{course}课程资源：{thing}。对接岗位需求，按照任务导入、知识学习、技能训练、考核评价组织内容。",
    "由校企双方共同开发，介绍{thing}{action}的质量要求、常见缺陷和安全规范，对接职业技能等级标准。",
)
_VIDEO = (
    *("{thing}{action}", "{course}：{thing}", "{thing}的{action}（第{number}讲）"),
    *("微课 {thing}{action}", "任务{number} {thing}{action}"),
)
_DOCUMENT = (
    *("{thing}{action}教学课件", "{course}电子教案（{thing}）", "{thing}学习指南"),
    *("{course}技能操作手册：{thing}", "{thing}{action}实训指导书"),
)
_COURSE = ("{course}", "《{course}》在线精品课程", "{course}（{school}）", "{course}与技能训练")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One item as its source sends it, and what it is about."""

    native: dict[str, Any]
    trade: Trade
    course: str
    thing: str


def draw(size: int = WHOLE, seed: int = SEED) -> Iterator[Drawn]:
    """Draw `size` items, in the proportions of the whole; always the same for the same arguments, with flat memory."""
    random = Random(f"{seed} {size}")
    shares = {kind: count / WHOLE for kind, count in COUNTS.items()}
    trades = _skewed(len(TRADES), 0.8)
    provinces = _skewed(len(PROVINCES), 0.7)
    schools = _skewed(90, 0.6)
    kinds, weights = list(shares), list(shares.values())
    for number in range(size):
        trade = random.choices(TRADES, cum_weights=trades)[0]
        province = random.choices(PROVINCES, cum_weights=provinces)[0]
        school = f"41{province}01{random.choices(range(90), cum_weights=schools)[0] + 1:04}"
        yield _item(random, number, random.choices(kinds, weights)[0], trade, province, school)


def _item(random: Random, number: int, kind: str, trade: Trade, province: str, school: str) -> Drawn:
    course, action = random.choice(trade.courses), random.choice(ACTIONS)
    thing = trade.things[min(int(random.expovariate(3 / len(trade.things))), len(trade.things) - 1)]
    forms = _COURSE if "course" in kind else _VIDEO if kind == "video" else _DOCUMENT
    words = {"thing": thing, "action": action, "course": course, "major": trade.name, "number": random.randint(1, 16)}
    title = random.choice(forms).format(**words, school=f"示例{school[-4:]}学院")
    updated = LATEST - timedelta(seconds=int(random.betavariate(1.2, 3) * 6 * 365 * 86_400))
    visible = random.random()
    native = {
        "id": f"{number:07}",
        "title": title,
        "summary": random.choice(_SUMMARIES).format(**words) if random.random() < 0.8 else None,
        "keywords": list(dict.fromkeys((course, thing, *random.sample(("1+X证书", "课程思政", "技能大赛", "校企合作", "双高计划"), 1)))),
        "kind": {"open_course": "video", "course": "course"}.get(kind, kind),
        "major": trade.code,
        "major_name": trade.name,
        "library": f"zyk{(int(trade.code) * 31 + int(province) * 7 + random.randrange(3)) % LIBRARIES:04}",
        "province": province,
        "school": school,
        "people": [random.choice(_FAMILY) + random.choice(_GIVEN)] if random.random() < 0.7 else [],
        "visibility": "public" if visible < 0.8 else "members" if visible < 0.88 else "province" if visible < 0.95 else "school",
        "seconds": random.randint(120, 2700) if kind == "video" else None,
        "published": (updated - timedelta(days=random.randint(0, 400))).strftime(random.choice(("%Y", "%Y-%m-%d"))),
        "updated": updated.isoformat(),
    }
    return Drawn(native, trade, course, thing)


def _skewed(count: int, power: float) -> list[float]:
    """Weights by rank (Zipf), added up."""
    return list(accumulate(1 / (rank + 1) ** power for rank in range(count)))
