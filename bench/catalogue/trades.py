"""The trades that the large catalogue is drawn from: majors with their courses, and what each trade works on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Trade(NamedTuple):
    """A major of the catalogue of 2021: code, name, courses, and the things that lessons of it are about."""

    code: str
    name: str
    courses: tuple[str, ...]
    things: tuple[str, ...]


def _read() -> tuple[Trade, ...]:
    blocks = (Path(__file__).parent / "trades.txt").read_text("utf-8").strip().split("\n\n")[1:]
    lines = [[tuple(line.split()) for line in block.splitlines()] for block in blocks]
    return tuple(Trade(code, name, courses, things) for (code, name), courses, things in lines)


TRADES = _read()
"""In the order of how many resources they have: the first has the most."""

ACTIONS = ("操作", "检测", "安装与调试", "常见问题", "原理", "案例分析", "工艺流程", "安全规范", "考核要点", "应用", "入门", "技能训练")
"""What is done with a thing, or told about it."""
