"""The example data of the measurement: three libraries of fifty records each, the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

SEED = 20_240_517
COUNT = 50
"""Records of each source."""

TIERS = {"nation": "NATIONAL", "province": "PROVINCIAL", "school": "SCHOOL"}
SOURCES = tuple(TIERS)
"""The sources by name; what tier each is."""

LIBRARY_HOLDER = "province"
INSTITUTION_HOLDER = "nation"
"""The sources that libraries and institutions are looked up in."""

KINDS = {"K1": "course", "K2": "video", "K3": "document", "K4": "courseware", "K5": "virtual_training"}
"""Native kinds, and what they are in the schema."""

_INSTITUTIONS = 24
_TRADES = ("数控技术", "护理", "新能源汽车", "电子商务", "建筑工程", "工业机器人", "现代农业", "学前教育", "烹饪工艺", "轨道交通")
_FORMS = ("实训操作", "项目案例", "微课", "虚拟仿真", "教学课件", "技能大赛真题", "企业生产实录", "岗位标准解读")
_WORDS = ("安全规范", "工艺流程", "双语", "产教融合", "技能等级", "思政", "数字孪生", "质量检验", "岗课赛证", "实训基地")
_CLAUSES = (
    "面向高职一年级学生，按照岗位任务组织内容",
    "配有操作视频与课后练习，可在手机上观看",
    "由校企双方共同编写，案例来自真实生产现场",
    "对接职业技能等级标准，每节附有评分要点",
    "包含三维模型与交互步骤，支持反复练习",
)


@cache
def records(source: str) -> tuple[Mapping[str, Any], ...]:
    """The native items of a source, newest first: twelve members each."""
    drawn = random.Random(f"{SEED} {source}")
    newest = datetime(2024, 5, 17, 8, tzinfo=UTC)
    return tuple(_record(source, number, newest - timedelta(minutes=37 * number + len(source)), drawn) for number in range(COUNT))


@cache
def libraries() -> Mapping[str, Mapping[str, Any]]:
    """Native libraries by their key."""
    return {
        key: {"id": key, "name": f"{_TRADES[number % len(_TRADES)]}专业教学资源库（{number + 1}）"} for number, key in enumerate(_keys())
    }


@cache
def institutions() -> Mapping[str, Mapping[str, Any]]:
    """Native institutions by their ten-digit code."""
    return {code: {"code": code, "name": f"示例第{number + 1}职业技术学院"} for number, code in enumerate(_codes())}


def _keys() -> list[str]:
    return [f"zyk{number + 1:02}" for number in range(len(_TRADES))]


def _codes() -> list[str]:
    return [f"41{(33, 44, 11, 51)[number % 4]}01{number + 1:04}" for number in range(_INSTITUTIONS)]


def _record(source: str, number: int, changed: datetime, drawn: random.Random) -> Mapping[str, Any]:
    trade, form = drawn.choice(_TRADES), drawn.choice(_FORMS)
    return {
        "id": f"{source}-{572_553_304 + number * 1_024}",
        "name": f"{trade}{form}（第{number + 1}讲）",
        "intro": f"{trade}课程资源：{'；'.join(drawn.sample(_CLAUSES, 2))}。",
        "tags": [trade, *drawn.sample(_WORDS, 3)],
        "type": drawn.choice(tuple(KINDS)),
        "seconds": drawn.randrange(60, 7_200),
        "bytes": drawn.randrange(1 << 20, 1 << 33),
        "link": f"https://{source}.example.com/resource/{drawn.randrange(10**9)}",
        "released": (date(2024, 5, 1) - timedelta(days=drawn.randrange(1, 2_000))).isoformat(),
        "changed": changed.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "library": drawn.choice(_keys()),
        "school": drawn.choice(_codes()),
    }
