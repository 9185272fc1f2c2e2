"""Have every node forget what it keeps of live sources, on behalf of a caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resolvers.charge import actor, answers_for
from resolvers.context import Context
from resolvers.errors import BadInput, OutOfPlace
from resolvers.sources import OpenSource
from store.codes import Label

MAX_SOURCES = 100


@dataclass(frozen=True, slots=True)
class Purged:
    """The sources of which nothing is kept any longer."""

    sources: list[OpenSource]


async def purge(context: Context, names: Sequence[str]) -> Purged:
    """Empty the cache of sources. Raises BadInput, and OutOfPlace for sources outside the caller's province or school."""
    if not 1 <= len(names) <= MAX_SOURCES:
        raise BadInput(Label(f"一次 1 到 {MAX_SOURCES} 个来源", f"between 1 and {MAX_SOURCES} sources at once"))
    found = [_of_the_caller(context, name) for name in dict.fromkeys(names)]
    await context.forget([source.key for source in found], actor(context.grant.holder))
    return Purged(found)


def _of_the_caller(context: Context, name: str) -> OpenSource:
    source = context.sources.by_name(name)
    if source is None:
        raise BadInput(Label(f"没有来源 {name[:80]}：名称见 sources", f"there is no source {name[:80]}: sources lists their names"))
    if not answers_for(context.grant.holder, source):
        raise OutOfPlace(Label(f"{source.name} 不是您的省份或学校的来源", f"{source.name} is no source of your province or school"))
    return source
