"""Receipts: what became of each row of a push, in words and with a fix, in Chinese and English."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import orjson

from connectors.feed.rows import Fault
from store.codes import Label

Status = Literal["accepted", "unchanged", "stale", "deleted", "rejected"]
STATUSES: tuple[Status, ...] = ("accepted", "unchanged", "stale", "deleted", "rejected")

EXCERPT = 80
"""Characters of a value that a receipt repeats."""


class Line(NamedTuple):
    """What became of one row; a row that is not accepted as it is has a fault."""

    row: int
    key: str | None
    status: Status
    fault: Fault | None = None


class Rule(NamedTuple):
    """What is said of rows that break it, and what to do."""

    message: Label
    fix: Label


RULES: Mapping[str, Rule] = {
    "not-json": Rule(
        Label("第 {column} 列起不是合法的 JSON", "this is no JSON from column {column} on"),
        Label("检查引号、逗号和转义；每行一个对象", "check quotes, commas and escapes; one object a line"),
    ),
    "not-an-object": Rule(Label("这一行不是 JSON 对象", "the row is no JSON object"), Label("写成 {{…}}", "write {{…}}")),
    "too-deep": Rule(
        Label("嵌套超过 {most} 层", "it is nested more than {most} deep"), Label("改为更扁平的结构", "send a flatter structure")
    ),
    "row-too-long": Rule(
        Label("这一行超过 {most} 个字符", "the row has more than {most} characters"),
        Label("缩短最长的值；CSV 中检查是否有未闭合的引号", "shorten its longest value; in CSV look for a quote that is not closed"),
    ),
    "encoding": Rule(
        Label("含有不属于所用编码的字节", "it holds bytes that do not belong to the encoding"),
        Label("以 UTF-8 或 GB18030 保存，并在 Content-Type 中写明 charset", "save it as UTF-8 or GB18030, and say which by charset"),
    ),
    "not-csv": Rule(Label("这一行不是合法的 CSV", "the row is no CSV"), Label("按 RFC 4180 写引号和换行", "quote as RFC 4180 says")),
    "quote-open": Rule(
        Label("引号没有闭合", "a quote is not closed"),
        Label("补上引号，或把值中的引号写成两个", "close it, or double quotes inside of values"),
    ),
    "cells": Rule(
        Label("有 {cells} 个单元格，表头只有 {columns} 列", "it has {cells} cells, the header {columns} columns"),
        Label("含分隔符的值要加引号", "quote values that hold the separator"),
    ),
    "formula": Rule(
        Label("单元格是没有结果的公式", "a cell is a formula without a result"),
        Label("在表格软件中计算并保存，或把公式粘贴为值", "have the program compute and save it, or paste it as a value"),
    ),
    "cell-error": Rule(
        Label("单元格的公式出错", "the formula of a cell failed"), Label("修正公式，或填写值", "mend the formula, or write the value")
    ),
    "key-missing": Rule(Label("缺少主键", "the key is missing"), Label("每行都要有主键", "every row has its key")),
    "key-inexact": Rule(
        Label("主键是无法准确表示的数字", "the key is a number that was rounded on its way"), Label("把主键写成文本", "write keys as texts")
    ),
    "key-unfit": Rule(
        Label(
            "主键不能使用：超过 {most} 字节，或含有不允许的字符",
            "the key cannot be used: over {most} bytes, or characters that are not allowed",
        ),
        Label("换用较短的、只含普通字符的主键", "use a shorter key of ordinary characters"),
    ),
    "op-unknown": Rule(
        Label("不知道要对这一行做什么", "it does not say what is to be done with it"), Label("可用的值：{known}", "known are {known}")
    ),
    "keep-unknown": Rule(
        Label("没有这一主键的内容可以保留", "there is nothing of this key to keep"),
        Label("连同内容推送这一行", "push the row with its content"),
    ),
    "keep-in-delta": Rule(
        Label("只有快照才能用 keep", "only a snapshot can keep rows"),
        Label("改用 mode=snapshot，或省去这一行", "use mode=snapshot, or leave it out"),
    ),
    "version-unreadable": Rule(
        Label("版本无法识别", "the version cannot be read"),
        Label("写成时间（如 2024-05-01 08:00:00）或数字", "write a time such as 2024-05-01 08:00:00, or a number"),
    ),
    "older": Rule(Label("已有更新的版本", "a newer version is here already"), Label("无需处理", "nothing is to be done")),
    "value-missing": Rule(Label("此项必填", "this has to be filled in"), Label("补上这一项", "fill it in")),
    "value-too-long": Rule(
        Label("有 {length} 个字符，最多 {most} 个", "it has {length} characters, {most} at most"), Label("缩短这一项", "shorten it")
    ),
    "value-form": Rule(Label("格式不符", "it does not have the form asked for"), Label("应匹配 {pattern}", "it has to match {pattern}")),
    "value-unknown": Rule(Label("没有这个值", "there is no such value"), Label("可用的值：{known}", "known are {known}")),
    "record": Rule(
        Label("不能成为记录：{message}", "it cannot become a record: {message}"),
        Label(
            "补全或改正这一项；若定义有误，请告知汇聚的管理员",
            "complete or correct it; where the definition is wrong, tell the administrator of Huiju",
        ),
    ),
    "visibility": Rule(
        Label("可见范围超出本来源的权限", "it would be seen by people whom this source may not open records to"),
        Label("只能开放给所有人、登录用户、教师，以及本校或本省", "open it to everybody, members, teachers, or the own school or province"),
    ),
    "public-violated": Rule(
        Label("本来源只接受公开的内容", "this source holds public content only"),
        Label("不要推送，或请管理员修改定义中的 all_public", "do not push it, or have all_public taken out of the definition"),
    ),
    "unstorable": Rule(
        Label("含有数据库无法保存的值", "it holds a value that no database keeps"),
        Label("去掉控制字符和过大的数字", "take out control characters and huge numbers"),
    ),
}


def pack(lines: Sequence[Line]) -> bytes:
    """Lines as they are stored, without words: those come in the language of whoever reads them."""
    plain = [
        [line.row, line.key, line.status]
        if line.fault is None
        else [line.row, line.key, line.status, line.fault.rule, line.fault.place, excerpt(line.fault.value), dict(line.fault.details)]
        for line in lines
    ]
    return zlib.compress(orjson.dumps(plain), 3)


def unpack(body: bytes) -> Iterator[Line]:
    """Undo `pack`."""
    for row, key, status, *rest in orjson.loads(zlib.decompress(body)):
        yield Line(row, key, status, Fault(*rest) if rest else None)


def told(line: Line, lang: Literal["zh", "en"], report: str | None = None) -> dict[str, Any]:
    """A line as the pusher reads it; under `report` what it writes back into its own row (上报状态: 1 已上报, 2 失败)."""
    plain: dict[str, Any] = {"row": line.row, "key": line.key, "status": line.status}
    if report is not None:
        plain[report] = "2" if line.status == "rejected" else "1"
    if line.fault is not None:
        rule = RULES[line.fault.rule]
        plain |= {
            "rule": line.fault.rule,
            "place": line.fault.place,
            "value": excerpt(line.fault.value),
            "message": getattr(rule.message, lang).format(**line.fault.details),
            "fix": getattr(rule.fix, lang).format(**line.fault.details),
        }
    return plain


def reason(fault: Fault) -> str:
    """What is wrong, in English, for the quarantine."""
    return f"{fault.rule}: {RULES[fault.rule].message.en.format(**fault.details)}"


def excerpt(value: object) -> str | None:
    """The beginning of a value at fault, sound text whatever was sent."""
    if value is None:
        return None
    text = str(value)[: EXCERPT + 1].encode(errors="replace").decode()
    clean = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return clean if len(clean) <= EXCERPT else f"{clean[:EXCERPT]}…"


def counted(lines: Iterable[Line]) -> dict[str, int]:
    """How many lines there are of each status."""
    counts: dict[str, int] = dict.fromkeys(STATUSES, 0)
    for line in lines:
        counts[line.status] += 1
    return counts
