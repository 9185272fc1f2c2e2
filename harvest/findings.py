"""What a check of a source can find: each rule with its words and its fix, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from connectors.errors import Problem, SourceError
from connectors.feed.rows import BodyUnreadable


class Rule(NamedTuple):
    """One thing that a check looks for; `blocks`: a source that breaks it cannot be used."""

    blocks: bool
    zh: str
    en: str
    fix_zh: str
    fix_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that is broken: where in the definition, by which value of the source, in words, and what to do."""

    rule: str
    blocks: bool
    place: str
    value: str | None
    zh: str
    en: str
    fix_zh: str
    fix_en: str


RULES: Mapping[str, Rule] = {
    "definition": Rule(True, "定义有误：{message_zh}", "the definition is wrong: {message}", "{repair_zh}", "{repair}"),
    "source-failed": Rule(
        True,
        "来源没有给出可用的答复（{code}，{reason}）",
        "the source gave no usable answer ({code}, {reason})",
        "{fix_zh}",
        "{fix_en}",
    ),
    "rows-unreadable": Rule(
        True,
        "样例文件无法读取（{reason}）",
        "the file of rows cannot be read ({reason})",
        "见 docs/feeds.zh-CN.md 的“拒绝”",
        "see Refusals in docs/feeds.md",
    ),
    "probe-failed": Rule(
        True,
        "定义称支持“{claim}”，但这样提问时来源出错（{code}，{reason}）",
        "the definition claims {claim}, and asked so the source fails ({code}, {reason})",
        "{fix_zh}；若来源并不支持，请从定义中删去",
        "{fix_en}; where the source cannot do it, leave it out of the definition",
    ),
    "empty": Rule(
        True,
        "没有读到任何条目",
        "not one item was read",
        "检查 items 路径、固定参数和 filters.visibility.values",
        "check the path `items`, constant arguments and filters.visibility.values",
    ),
    "slow": Rule(
        False,
        "第一页用了 {seconds} 秒，超过实时来源的时限 {limit} 秒",
        "the first page took {seconds} s, more than the {limit} s that a live source has",
        "减小 max_batch，加大 limits.timeout，或改用 mode = \"harvest\"",
        "lower max_batch, raise limits.timeout, or use mode = \"harvest\"",
    ),
    "duplicate-key": Rule(
        True,
        "{count} 个主键出现不止一次",
        "{count} keys come more than once",
        "identifier 须在整个集合内唯一：必要时写多个路径；或检查 paging 是否按稳定的顺序翻页",
        "an identifier is unique in the whole collection: name several paths if need be; or check that paging walks in a stable order",
    ),
    "items-unreadable": Rule(
        True,
        "{count} / {all} 条无法成为记录：{message}",
        "{count} of {all} items cannot become records: {message}",
        "对照样例检查该路径和 required",
        "compare the path, and `required`, with the items below",
    ),
    "items-left-out": Rule(
        False,
        "{count} / {all} 条无法成为记录，将被隔离：{message}",
        "{count} of {all} items cannot become records and will be put into quarantine: {message}",
        "请来源补全，或为该字段写 first、default",
        "have the source complete them, or give the field `first` or `default`",
    ),
    "value-unreadable": Rule(
        False,
        "{count} 条的这一字段无法识别，已留空：{message}",
        "in {count} items this field cannot be read and is left empty: {message}",
        "换用合适的 function，或写 table",
        "choose another function, or map it by a table",
    ),
    "table-unknown": Rule(
        False,
        "对照表 {table} 没有这些值：{values}",
        "the table {table} does not know these values: {values}",
        "把它们加入 [tables.{table}]，或写 default",
        "add them to [tables.{table}], or write a default",
    ),
    "field-empty": Rule(
        False,
        "已映射，但 {all} 条样例中全为空",
        "it is mapped, and empty in all {all} items",
        "检查路径的写法；来源没有此项时请删去",
        "check the spelling of the path; leave it out where the source has none",
    ),
    "resume-broken": Rule(
        True,
        "从第一页之后的位置重新读取，得到的不是同一页",
        "read again from the position after the first page, another page came",
        "检查 identifier 在整个集合内是否唯一，以及 paging：编号从 0 还是 1 开始，排序是否稳定",
        "check that the identifier is unique in the whole collection; and paging: whether it counts from 0 or 1, in a stable order",
    ),
    "ids-broken": Rule(
        True,
        "按主键读取 {asked} 条，缺 {missing} 条",
        "asked for {asked} items by key, {missing} are missing",
        "检查 ids 的参数与 identifier 是否是同一个键",
        "check that `ids` asks by the same key as `identifier`",
    ),
    "total-wrong": Rule(
        False,
        "来源称共 {total} 条，实际读到 {seen} 条",
        "the source counts {total} items, {seen} were read",
        "检查 total 的路径",
        "check the path `total`",
    ),
    "items-missing": Rule(
        True,
        "来源称共 {total} 条，读到末尾只得到 {seen} 个不同的主键",
        "the source counts {total} items, and read to its end gave {seen} different keys",
        "identifier 须在整个集合内唯一；或检查 paging 是否过早结束、total 的路径是否正确",
        "an identifier is unique in the whole collection; or check whether paging ends too early, and the path `total`",
    ),
    "order-broken": Rule(
        True,
        "结果没有按 {order} 排列",
        "the items do not come in the order {order}",
        "修正 orders.{order} 的参数，或删去它：没有它时由汇聚排序",
        "mend the arguments of orders.{order}, or leave it out: Huiju orders by itself then",
    ),
    "since-ignored": Rule(
        False,
        "按时间提问，仍得到更早的条目",
        "asked for what changed since a moment, the source sends older items",
        "检查 since 的参数和 format；不支持时请删去",
        "check the argument and the format of `since`; leave it out where the source cannot do it",
    ),
    "since-loses": Rule(
        True,
        "按时间提问，缺少 {count} 条其后更新的条目",
        "asked for what changed since a moment, {count} items that changed later are missing",
        "检查 since 的 format 和 zone：差 8 小时往往是时区写错",
        "check format and zone of `since`: eight hours too late is a wrong zone",
    ),
    "filter-ignored": Rule(
        False,
        "筛选没有起作用：不符合的条目也在其中",
        "the filter does not filter: items that do not match are among the answer",
        "检查参数名；不支持时请删去，由汇聚筛选",
        "check the name of the argument; leave it out where the source cannot do it, and Huiju filters",
    ),
    "filter-loses": Rule(
        True,
        "筛选丢失了符合条件的条目",
        "the filter loses items that match",
        "检查 values 是否与对照表方向相反且一致，列表参数的写法是否正确",
        "check that `values` mirrors the lookup table, and how several values are written",
    ),
    "filter-values": Rule(
        True,
        "values 缺少样例中出现的代码：{codes}；按它们筛选将一无所得",
        "`values` lacks codes that the items have: {codes}; filtering by them finds nothing",
        "补上这些代码，或删去这一筛选",
        "add them, or leave the filter out",
    ),
    "visibility-violated": Rule(
        True,
        "只持有 {key} 的人得到了 {count} 条不该看到的条目",
        "who holds {key} only was sent {count} items that it does not open",
        "filters.visibility.values 与 mapping.visibility 的对照表须一致",
        "let filters.visibility.values agree with the table of mapping.visibility",
    ),
    "public-violated": Rule(
        True,
        "all_public = true，但有 {count} 条不是公开的",
        "all_public = true, and {count} items are not public",
        "去掉 all_public，并声明 filters.visibility",
        "take all_public out, and declare filters.visibility",
    ),
    "visibility-unfiltered": Rule(
        True,
        "实时来源不能按可见范围筛选：查询时会略过它",
        "a live source that cannot filter by who may see is left out of every answer",
        "声明 filters.visibility；全部公开时写 all_public = true；否则改用 mode = \"harvest\"",
        "declare filters.visibility, write all_public = true where everything is public, or use mode = \"harvest\"",
    ),
    "hidden": Rule(
        False,
        "{count} / {all} 条对任何人都不可见",
        "{count} of {all} items are shown to nobody",
        "补全 mapping.visibility 的对照表，或补上学校、省份代码",
        "complete the table of mapping.visibility, or the codes of school and province",
    ),
    "text-loses": Rule(
        False,
        "用样例标题中的词全文检索，一无所得",
        "a word from the title of an item finds nothing",
        "检查 text 的参数",
        "check the argument of `text`",
    ),
    "reference-unknown": Rule(
        False,
        "引用的来源 {source} 没有登记",
        "it refers to the source {source}, which is not registered",
        "先登记该来源，或改正名称",
        "register that source too, or mend the name",
    ),
}  # fmt: skip

_SECRET = re.compile(r"secret|token|passw|api_?key|authorization|cookie", re.IGNORECASE)
_USER = re.compile(r"//[^/@\s]*@")

_FIXES: Mapping[str, tuple[str, str]] = {
    "forbidden_address": (
        "不是公网地址：由管理员把 地址:端口 加入 HUIJU_ALLOW_PRIVATE",
        "it is no public address: have address:port added to HUIJU_ALLOW_PRIVATE",
    ),
    "scheme": ("请改用 https，或由管理员加入 HUIJU_ALLOW_PRIVATE", "use https, or have address:port added to HUIJU_ALLOW_PRIVATE"),
    "dns": ("检查主机名的写法", "check the spelling of the host name"),
    "refused_connection": ("检查端口，以及来源是否在运行", "check the port, and whether the source is up"),
    "unreachable": ("检查网络和来源的防火墙", "check the network and the source's firewall"),
    "tls": ("检查来源的证书", "check the source's certificate"),
    "timeout": ("减小 max_batch，或改用 mode = \"harvest\"", "lower max_batch, or use mode = \"harvest\""),
    "html": ("答复的是网页：检查接口地址", "a web page came: check the address of the interface"),
    "malformed": ("答复无法解析：请来源改正，或检查接口地址", "it cannot be parsed: have the source corrected, or check the address"),
    "shape": ("对照答复检查 items、total、field", "compare `items`, `total` and `field` with an answer"),
    "not_recorded": (
        "录制中没有这一问题：定义与录制时不同，请用现在的定义重新录制",
        "the recording does not hold this question: the definition asks otherwise than when it was made; record anew with the one of today",
    ),
    "loop": ("检查 paging", "check paging"),
    "ended_early": (
        "检查 paging 和 total 的路径；来源只给出估计数时请删去 total",
        "check paging and the path `total`; leave `total` out where the source only estimates it",
    ),
    "refused": ("检查访问权限", "mend the access"),
    "not_found": ("检查 path", "check `path`"),
    "error_inside": ("见 connection.error", "see connection.error"),
    "graphql_errors": ("对照来源的模式检查字段与参数", "check fields and arguments against the source's schema"),
    "secret_missing": ("设置密钥：huiju source credential set", "set the secret: huiju source credential set"),
    "token_refused": (
        "检查密钥，以及 credentials.request 的参数与签名",
        "check the secrets, and the arguments and signature of credentials.request",
    ),
    "token_answer": (
        "检查 credentials.request 的地址和 credentials.answer",
        "check the address of credentials.request, and credentials.answer",
    ),
    "schema": ("对照数据库检查表名和列名", "compare the names of tables and columns with the database"),
    "gone": ("检查 connection.url 和 HUIJU_SQLITE_DIR", "check connection.url and HUIJU_SQLITE_DIR"),
    "not_a_database": ("该文件不是 SQLite 数据库", "the file is no SQLite database"),
}  # fmt: skip

_IN_CHINESE = (
    (re.compile(r"there is no such key"), "没有这个键"),
    (re.compile(r"this secret is not set"), "尚未设置这项密钥"),
    (re.compile(r"(huiju source credential set \S+ \S+), or (--credentials FILE)"), r"运行 \1，或使用 \2"),
    (re.compile(r"there is no such field"), "没有这个字段"),
    (re.compile(r"there is no such connector kind"), "没有这种连接器"),
    (re.compile(r"there is no such part"), "没有这个部分"),
    (re.compile(r"this key is missing"), "缺少这个键"),
    (re.compile(r"did you mean (`.*`)\?"), r"是否想写 \1？"),
    (re.compile(r"known are (.*)", re.DOTALL), r"可用的有 \1"),
    (re.compile(r"write (\S+) = …"), r"请写 \1 = …"),
    (re.compile(r"the repository does not offer this format"), "资料库不提供这种元数据格式"),
    (re.compile(r"the repository has no sets"), "资料库没有集合"),
    (re.compile(r"leave `set` out"), "请删去 `set`"),
    (re.compile(r"write one of (.*)"), r"请写下列之一：\1"),
    (re.compile(r"write a value of that form"), "请写成那种形式"),
    (re.compile(r"this is not TOML: (.*)", re.DOTALL), r"不是 TOML：\1"),
    (re.compile(r"save the file as UTF-8"), "请把文件存为 UTF-8"),
    (re.compile(r"mend the line it names"), "请修改它所指的那一行"),
)
"""The fixed parts of what is said of definitions; the rest stays in English."""


def finding(rule: str, place: str, value: object = None, *, blocks: bool | None = None, **details: object) -> Finding:
    """Say that `rule` is broken at `place`; `details` fill its words."""
    about = RULES[rule]
    return Finding(
        rule=rule,
        blocks=about.blocks if blocks is None else blocks,
        place=place,
        value=None if value is None else str(value),
        zh=about.zh.format(**details),
        en=about.en.format(**details),
        fix_zh=about.fix_zh.format(**details),
        fix_en=about.fix_en.format(**details),
    )


def of_problem(problem: Problem) -> Finding:
    """A problem of a definition, without what may be a secret."""
    found = None if _SECRET.search(problem.place) else _USER.sub("//***@", problem.found) or None
    message, fix = _USER.sub("//***@", problem.message), _USER.sub("//***@", problem.fix)
    words: dict[str, Any] = {"message": message, "repair": fix, "message_zh": _in_chinese(message), "repair_zh": _in_chinese(fix)}
    return finding("definition", problem.place, found, **words)


def of_failure(error: SourceError, place: str, claim: str | None = None) -> Finding:
    """A source that failed when it was read, or asked as it is claimed that it can be."""
    fix_zh, fix_en = _FIXES.get(error.reason, ("见 docs/errors.md 中的这一原因", "see this reason in docs/errors.md"))
    words: dict[str, Any] = {"code": error.code, "reason": error.reason, "fix_zh": fix_zh, "fix_en": fix_en}
    return finding("source-failed", place, **words) if claim is None else finding("probe-failed", place, claim=claim, **words)


def of_rows(error: BodyUnreadable) -> Finding:
    """A file of rows that breaks off: it would be refused as a push."""
    return finding("rows-unreadable", "rows", reason=error.rule)


def _in_chinese(text: str) -> str:
    for pattern, words in _IN_CHINESE:
        if pattern.fullmatch(text):
            return pattern.sub(words, text)
    return text
