"""What one operation may ask for, and the refusal when it asks for more."""

from dataclasses import dataclass
from typing import Final

from transport.errors import TooExpensive


@dataclass(frozen=True, slots=True)
class Limits:
    """The most an operation may have of each figure; every one is checked before anything is executed.

    tokens: lexical tokens of the document; comments and characters have limits of their own.
    depth: nested fields. aliases, directives, selections: with each fragment counted where it is spread.
    fragments, operations: definitions in the document.
    rows, calls: counted within `cost`. values: estimated fields of the answer, which is what executing costs the CPU.
    introspection_depth, introspection_values: the same below `__schema` and `__type`, which count nowhere else.
    """

    tokens: int = 4_000
    comments: int = 1_000
    characters: int = 256_000
    operations: int = 50
    fragments: int = 50
    depth: int = 12
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    selections: int = 20_000
    values: int = 100_000
    cost: int = 5_000
    introspection_depth: int = 20
    introspection_values: int = 400_000


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one operation with its variables; all saturate at `cost.CEILING`.

    rows: rows asked for. calls: upstream calls they need. cost: rows and calls in one figure.
    """

    depth: int
    aliases: int
    root_fields: int
    directives: int
    selections: int
    values: int
    rows: int
    calls: int
    cost: int
    introspection_depth: int
    introspection_values: int


_ADVICE: Final = {
    "tokens": ("请缩短文档，把常量移到变量中", "shorten the document and move constants into variables"),
    "comments": ("请删去注释", "leave out comments"),
    "characters": ("请缩短文档，把长文本移到变量中", "shorten the document and move long texts into variables"),
    "operations": ("请把操作分到多个文档中", "spread the operations over several documents"),
    "fragments": ("请合并片段", "merge fragments"),
    "depth": ("请减少嵌套，或分成两次查询", "nest less, or ask in two queries"),
    "aliases": ("请减少别名，用 nodes(ids:) 代替重复的查询", "use fewer aliases; nodes(ids:) replaces repeated lookups"),
    "root_fields": ("请把根字段分到多次请求中", "spread the root fields over several requests"),
    "directives": ("请减少指令", "use fewer directives"),
    "selections": ("请减少字段，少重复展开片段", "select fewer fields and spread fragments less often"),
    "values": ("请减小 first 或减少字段", "ask for a smaller `first` or fewer fields"),
    "cost": ("请减小 first 或减少嵌套列表", "ask for a smaller `first` or nest fewer lists"),
    "introspection_depth": ("请下载 /schema.graphql", "download /schema.graphql instead"),
    "introspection_values": ("请下载 /schema.graphql", "download /schema.graphql instead"),
}
_MEASURED: Final = (
    "root_fields",
    "depth",
    "aliases",
    "directives",
    "selections",
    "introspection_depth",
    "introspection_values",
    "cost",
    "values",
)


def too_expensive(limits: Limits, name: str, figure: int) -> TooExpensive:
    """The error that names the limit `name`, the figure that passed it, and what to do."""
    return TooExpensive(name, figure, getattr(limits, name), *_ADVICE[name])


def refuse_over(limits: Limits, measured: Measured) -> None:
    """Raises TooExpensive for the first figure of `measured` that is over its limit."""
    for name in _MEASURED:
        figure: int = getattr(measured, name)
        if figure > getattr(limits, name):
            raise too_expensive(limits, name, figure)
