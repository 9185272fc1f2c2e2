"""Why a push is refused as a whole: the status, the words and the fix, in Chinese and English (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from starlette.responses import Response

from store.codes import Label
from transport.language import Language


class Told(NamedTuple):
    """What is said of a problem."""

    status: int
    title: Label
    fix: Label


PROBLEMS: Mapping[str, Told] = {
    "unauthenticated": Told(
        401,
        Label("没有这个推送来源，或推送密钥不对", "there is no such feed, or the push secret is wrong"),
        Label(
            "请求头写 Authorization: Bearer 推送密钥；密钥由管理员以 huiju source secret 生成",
            "send Authorization: Bearer SECRET; the administrator makes one by huiju source secret",
        ),
    ),
    "parameter": Told(
        400,
        Label("参数 {name} 不对：{value}", "the parameter {name} is wrong: {value}"),
        Label("可用的值：{known}", "known are {known}"),
    ),
    "collection": Told(
        404,
        Label("来源的定义中没有 {collection}", "the definition of this source has no {collection}"),
        Label("可用的有 {known}", "there are {known}"),
    ),
    "media-type": Told(
        415,
        Label("不接受这种内容：{type}", "this content is not accepted: {type}"),
        Label("Content-Type 可用 {known}", "a Content-Type of {known}"),
    ),
    "content-encoding": Told(
        415,
        Label("不接受压缩的内容", "compressed bodies are not accepted"),
        Label("请去掉 Content-Encoding", "send it without Content-Encoding"),
    ),
    "charset": Told(
        415,
        Label("不接受编码 {charset}", "the encoding {charset} is not accepted"),
        Label("请用 UTF-8 或 GB18030", "use UTF-8 or GB18030"),
    ),
    "read-only": Told(
        503,
        Label("系统暂时只读，未接收任何内容", "nothing is taken now, by order of the operator"),
        Label("请稍后重发同一请求", "send the same request again later"),
    ),
    "content-length": Told(
        400,
        Label("Content-Length 不是数字", "Content-Length is not a number"),
        Label("请改正或去掉", "correct it or leave it out"),
    ),
    "too-large": Told(
        413,
        Label("内容超过 {most} 字节", "the body has more than {most} bytes"),
        Label(
            "分成几部分：push=编号&part=1、part=2……，最后一部分加 last=true",
            "send it in parts: push=ID&part=1, part=2 …, the last with last=true",
        ),
    ),
    "rows": Told(
        413,
        Label("超过 {most} 行", "there are more than {most} rows"),
        Label("分成几部分推送", "send it in parts"),
    ),
    "too-slow": Told(
        408,
        Label("内容来得太慢", "the body came too slowly"),
        Label("检查网络后再推送；已处理的行不受影响", "look at the network and push again; rows that were taken stay"),
    ),
    "header": Told(
        400,
        Label("第一行不是可用的表头", "the first line is no header that could be used"),
        Label("第一行写列名，每列都要有名称", "write the names of the columns into it, each column has one"),
    ),
    "header-twice": Told(
        400,
        Label("列 {column} 出现了两次", "the column {column} stands there twice"),
        Label("每个列名只能出现一次", "every name once"),
    ),
    "header-encoding": Told(
        400,
        Label("表头含有不属于所用编码的字节", "the header holds bytes that do not belong to the encoding"),
        Label("以 UTF-8 或 GB18030 保存，并写明 charset", "save it as UTF-8 or GB18030, and say which by charset"),
    ),
    "columns": Told(
        400,
        Label("有 {count} 列，最多 {most} 列", "there are {count} columns, {most} at most"),
        Label("只推送需要的列", "push the columns that are needed"),
    ),
    "array": Told(
        400,
        Label("第 {row} 行之后不是 JSON 数组", "behind row {row} this is no JSON array"),
        Label("写成 [{{…}}, {{…}}]，或以 NDJSON 推送", "write [{{…}}, {{…}}], or push NDJSON"),
    ),
    "array-open": Told(
        400,
        Label("JSON 数组在第 {row} 行之后中断", "the JSON array breaks off behind row {row}"),
        Label("补全后再推送；已处理的行不受影响", "complete it and push again; rows that were taken stay"),
    ),
    "array-trailing": Told(
        400,
        Label("JSON 数组之后还有内容", "something follows the JSON array"),
        Label("一次推送一个数组", "push one array at a time"),
    ),
    "workbook": Told(
        400,
        Label("不是可用的 XLSX 工作簿：{detail_zh}", "this is no workbook (XLSX) that could be used: {detail}"),
        Label("用表格软件另存为 .xlsx，或改用 CSV", "save it as .xlsx by a spreadsheet program, or use CSV"),
    ),
    "push-complete": Told(
        409,
        Label("推送 {push} 已经结束", "the push {push} is over"),
        Label("换一个编号", "choose another id"),
    ),
    "push-abandoned": Told(
        409,
        Label("推送 {push} 已被后来的推送取代", "another push has begun since {push}"),
        Label("换一个编号，从第 1 部分重新推送", "begin again with part 1 under another id"),
    ),
    "push-settings": Told(
        409,
        Label("推送 {push} 先前的部分使用了另外的 mode 或 collection", "the parts before of {push} had another mode or collection"),
        Label("各部分保持一致", "let all parts have the same"),
    ),
    "push-order": Told(
        409,
        Label("推送 {push} 的下一部分是第 {expected} 部分", "of {push} part {expected} comes next"),
        Label(
            "按顺序推送；GET 同一地址加 ?push={push} 可查询进度",
            "push parts in order; GET the same address with ?push={push} tells how far it is",
        ),
    ),
    "part-differs": Told(
        409,
        Label("推送 {push} 的第 {part} 部分先前内容不同", "part {part} of {push} came before with another content"),
        Label("换一个编号，或从下一部分继续", "choose another id, or go on with the next part"),
    ),
    "busy": Told(
        409,
        Label("另一次推送或整理正在进行", "another push to this source, or a reading of it, is under way"),
        Label("{seconds} 秒后再试", "try again after {seconds} seconds"),
    ),
    "taken-over": Told(
        409,
        Label("推送中断太久，已由别人接手", "the push was silent for too long and somebody else took over"),
        Label("换一个编号重新推送", "push again under another id"),
    ),
    "sweep-refused": Told(
        409,
        Label(
            "快照将删除 {total} 条中的 {unmet} 条，已停下，什么也没有删除",
            "the snapshot would delete {unmet} of {total}; it was stopped, nothing is deleted",
        ),
        Label("确认快照完整后，加 confirm=true 重发最后一部分", "if the snapshot is whole, send the last part again with confirm=true"),
    ),
    "rate": Told(
        429,
        Label("推送太频繁：每分钟最多 {most} 次", "pushes come too fast: {most} a minute at most"),
        Label("{seconds} 秒后再试", "try again after {seconds} seconds"),
    ),
    "crowded": Told(
        429,
        Label("同时推送的来源过多", "too many sources push at once"),
        Label("{seconds} 秒后再试", "try again after {seconds} seconds"),
    ),
    "unknown-push": Told(
        404,
        Label("没有推送 {push} 的这一部分", "there is no such part of a push {push}"),
        Label("检查编号", "check the id"),
    ),
    "store-unavailable": Told(
        503,
        Label("目录库暂时无法使用", "the catalog cannot be used now"),
        Label("稍后以同一编号重发：已处理的行不会改变", "send it again later under the same id: rows that were taken do not change"),
    ),
    "internal": Told(
        500,
        Label("内部错误", "an internal error"),
        Label("稍后以同一编号重发：已处理的行不会改变", "send it again later under the same id: rows that were taken do not change"),
    ),
}


class FeedProblem(Exception):
    """A push that is refused as a whole; `details` fill its words and stand beside them."""

    def __init__(self, code: str, *, retry_after: int | None = None, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.details = details if retry_after is None else {"seconds": retry_after, **details}

    def response(self, lang: Language, docs: str) -> Response:
        """The answer."""
        told = PROBLEMS[self.code]
        body = {
            "type": f"{docs}#refusals",
            "status": told.status,
            "code": self.code,
            "title": getattr(told.title, lang).format(**self.details),
            "fix": getattr(told.fix, lang).format(**self.details),
            **{name: value for name, value in self.details.items() if not name.startswith("detail")},
        }
        headers = {"cache-control": "no-store", "vary": "accept-language"}
        if self.retry_after is not None:
            headers["retry-after"] = str(self.retry_after)
        if told.status == 401:
            headers["www-authenticate"] = 'Bearer realm="feeds"'
        if told.status in (401, 408, 413):
            headers["connection"] = "close"
        return Response(orjson.dumps(body, default=str), told.status, headers, "application/problem+json")
