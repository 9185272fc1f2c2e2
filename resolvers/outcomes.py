"""Outcomes: what became of one source in one answer, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.errors import SourceError, SourceTimeout
from store.codes import Label


class Status(StrEnum):
    """How a source took part."""

    OK = "ok"
    STALE = "stale"
    PARTIAL = "partial"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One source in one answer.

    `source` is its immutable key; `reason` a slug of `REASONS`; `count` the records it gave to this page; `latency` seconds.
    """

    source: str
    status: Status = Status.OK
    code: str | None = None
    reason: str = "ok"
    as_of: datetime | None = None
    count: int | None = None
    retryable: bool = False
    latency: float | None = None

    def message(self) -> Label:
        """What to tell people, in Chinese and English."""
        return REASONS.get(self.reason) or REASONS["other"]


def failure(source: str, error: SourceError, *, latency: float | None = None) -> Outcome:
    """The outcome of a source that gave nothing because of `error`."""
    status = Status.TIMEOUT if isinstance(error, SourceTimeout) else Status.UNAVAILABLE
    return Outcome(source=source, status=status, code=error.code, reason=error.reason, count=0, retryable=error.retryable, latency=latency)


REASONS: Mapping[str, Label] = {
    "ok": Label("正常", "answered"),
    "stale": Label(
        "收割或推送已超过计划时间的两倍，显示的是上一次完整的内容", "its harvest or push is overdue; shown is the last complete one"
    ),
    "copy": Label("来源暂时没有答复，显示的是稍早的副本", "the source does not answer now; shown is an earlier copy"),
    "timeout": Label("来源在时限内没有答复", "the source did not answer in time"),
    "drip": Label("来源答复过慢", "the source answered too slowly"),
    "statement_timeout": Label("来源的数据库查询超时", "the source's database took too long"),
    "row_cap": Label("来源的数据库返回行数过多", "the source's database gave too many rows"),
    "locked": Label("来源的数据库被锁定", "the source's database is locked"),
    "dns": Label("来源的域名无法解析", "the source's name cannot be resolved"),
    "refused_connection": Label("来源拒绝连接", "the source refuses connections"),
    "unreachable": Label("无法连接到来源", "the source cannot be reached"),
    "tls": Label("来源的安全连接不可信", "the source's secure connection cannot be trusted"),
    "proxy": Label("代理不放行到来源的连接", "the proxy does not let connections to the source through"),
    "reset": Label("来源中断了连接", "the source broke the connection off"),
    "http": Label("来源没有按 HTTP 答复", "the source does not speak HTTP correctly"),
    "closed": Label("来源已停用", "the source is out of service"),
    "gone": Label("来源的数据库不存在", "the source's database is gone"),
    "unreadable": Label("来源的数据库无法读取", "the source's database cannot be read"),
    "not_a_database": Label("来源的文件不是数据库", "the source's file is not a database"),
    "server_error": Label("来源内部出错", "the source reports an internal error"),
    "busy": Label("来源要求放慢请求", "the source asks for fewer requests"),
    "refused": Label("来源不接受访问", "the source does not accept us"),
    "secret_missing": Label("尚未设置来源的密钥", "a secret of the source is not set"),
    "secret_unreadable": Label("来源的密钥无法打开", "the secrets of the source cannot be opened"),
    "secret_unusable": Label("来源的密钥含有不能发送的字符", "a secret of the source holds characters that cannot be sent"),
    "token_refused": Label("来源不发放令牌", "the source gives us no token"),
    "token_unavailable": Label("来源暂时不能发放令牌", "the source cannot give tokens now"),
    "token_timeout": Label("来源没有及时发放令牌", "the source was late with a token"),
    "token_answer": Label("来源发放令牌的答复无法使用", "what the source answered for a token cannot be used"),
    "rejected": Label("来源不接受这一请求", "the source rejects the request"),
    "error_inside": Label("来源在成功的答复里报告了错误", "the source reports an error inside a successful answer"),
    "graphql_errors": Label("来源的 GraphQL 接口报告了错误", "the source's GraphQL interface reports errors"),
    "status": Label("来源的答复状态不明", "the source answered with an unexpected status"),
    "not_found": Label("来源的接口地址不存在", "the source's address is not found there"),
    "not_offered": Label("来源不提供这一内容", "the source does not offer this"),
    "foreign_link": Label("来源的下一页指向别处", "the source's next page points elsewhere"),
    "forbidden_address": Label("来源指向不允许访问的地址", "the source points to an address that is not allowed"),
    "scheme": Label("来源的地址不是 https", "the source's address is not https"),
    "userinfo": Label("来源的地址含有用户名", "the source's address holds a user name"),
    "url": Label("来源的地址无法使用", "the source's address cannot be used"),
    "redirects": Label("来源重定向次数过多", "the source redirects too often"),
    "redirected_body": Label("来源把请求内容转到了别处", "the source redirects what it is sent elsewhere"),
    "outside_directory": Label("来源的文件不在允许的目录中", "the source's file lies outside the allowed directory"),
    "not_a_file": Label("来源的文件不是普通文件", "the source's file is not a plain file"),
    "statement": Label("来源的查询语句不被允许", "the source's statement is not allowed"),
    "html": Label("来源答复的是网页，不是数据", "the source answered a web page instead of data"),
    "empty": Label("来源的答复是空的", "the source's answer is empty"),
    "truncated": Label("来源的答复不完整", "the source's answer breaks off"),
    "malformed": Label("来源的答复无法解析", "the source's answer cannot be read"),
    "encoding": Label("来源的文字编码与其声明不符", "the source's text is not in the encoding that it declares"),
    "unknown_encoding": Label("来源声明了未知的文字编码", "the source declares an unknown encoding"),
    "undecodable": Label("来源的数据库含有无法解码的文字", "the source's database holds text that cannot be decoded"),
    "compression": Label("来源的压缩数据损坏", "the source's compressed data is damaged"),
    "content_coding": Label("来源使用了不支持的压缩方式", "the source compresses in a way that was not asked for"),
    "too_large": Label("来源的答复过大", "the source's answer is too large"),
    "record_too_large": Label("来源的一条记录过大", "one record of the source is too large"),
    "gzip_bomb": Label("来源的压缩数据异常膨胀", "the source's answer expands beyond measure"),
    "too_deep": Label("来源的数据嵌套过深", "the source's data is nested too deeply"),
    "entities": Label("来源的 XML 含有不允许的实体声明", "the source's XML declares entities, which is not allowed"),
    "loop": Label("来源的翻页循环往复", "the source's paging goes round in circles"),
    "not_recorded": Label("录制中没有这一问题", "the recording does not hold this question"),
    "ended_early": Label("来源的列表提前结束，少于其自称的总数", "the source's list ends long before the number that it tells"),
    "shape": Label("来源的数据结构与其登记不符", "the source's data is not shaped as its definition says"),
    "schema": Label("来源的表或列与其登记不符", "the source's tables or columns are not as its definition says"),
    "catalog": Label("目录库暂时不可用", "the catalog cannot be read now"),
    "cursor": Label("来源不再认识翻页位置，请从第一页重新开始", "the source no longer knows this position; start from the first page"),
    "saturated": Label("等待该来源的请求过多", "too many requests are waiting for the source"),
    "breaker": Label("来源连续出错，暂停询问片刻", "the source kept failing and is not asked for a moment"),
    "internal": Label("读取来源时出现内部错误", "an internal error while reading the source"),
    "dropped": Label("部分条目无法识别，已略去", "some items could not be read and were left out"),
    "hidden": Label("来源发来了不应显示的条目，已略去", "the source sent items that must not be shown; they were left out"),
    "filter_bound": Label("来源不能自行筛选，只检查了前一部分", "the source cannot filter by itself; only its first part was examined"),
    "order_bound": Label("来源不能自行排序，只整理了前一部分", "the source cannot order by itself; only its first part was ordered"),
    "cut_short": Label("来源中途失败，只得到一部分", "the source failed half-way; shown is what it gave before"),
    "index": Label("检索索引正在重建，暂时只有实时来源的结果", "the search index is being made: only live sources answer for now"),
    "no_text": Label("来源不能按文字检索", "the source cannot search text"),
    "text_bound": Label("只取了来源给出的前 50 条", "only the first 50 hits of the source take part"),
    "relevance_bound": Label("按相关度最多列出 1,000 条：请缩小查询范围", "by relevance the list ends at 1,000 hits: narrow the query"),
    "no_visibility": Label("来源不能按可见范围筛选", "the source cannot filter by who may see"),
    "maintenance": Label("来源正在维护（已公告）", "the source is under announced maintenance"),
    "no_time": Label("轮到该来源时，本次请求的时间已用完", "the request's own time was used up before this source's turn"),
    "position_lost": Label("翻页位置过长，无法继续：请缩小查询范围", "its position is too long to go on from: narrow the query"),
    "stored_only": Label("实时来源已由管理员暂停询问", "live sources are not asked now, by order of the operator"),
    "too_many": Label("一次最多询问 32 个实时来源", "at most 32 live sources are asked at once"),
    "other": Label("来源没有给出可用的答复", "the source gave no usable answer"),
}
"""Every reason with its words."""
