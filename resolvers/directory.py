"""Lists of what Huiju itself keeps: sources by name, institutions by code."""

from __future__ import annotations

from dataclasses import dataclass

from resolvers.context import Context
from resolvers.listing import Listed, last_key, listed
from resolvers.pagination import fingerprint
from resolvers.search import check_first
from resolvers.sources import OpenSource
from store.harvests import RUNS_KEPT, HarvestRun, Harvests


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConditions:
    """Conditions on sources; None = no condition."""

    tiers: tuple[str, ...] | None = None
    provinces: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    connectors: tuple[str, ...] | None = None
    modes: tuple[str, ...] | None = None

    def met_by(self, source: OpenSource) -> bool:
        """Tell whether a source meets them all."""
        said = source.definition
        return all(
            wanted is None or value in wanted
            for value, wanted in (
                (said.tier, self.tiers),
                (said.province, self.provinces),
                (said.name, self.names),
                (said.connector, self.connectors),
                (said.mode, self.modes),
            )
        )


def sources(context: Context, wanted: SourceConditions, first: int, after: str | None) -> Listed:
    """A page of sources, by name. Raises BadInput or CursorExpired."""
    check_first(first)
    question = fingerprint("sources", wanted)
    last = last_key(context, question, after)
    found = sorted((source for source in context.sources if wanted.met_by(source)), key=lambda source: source.name)
    rest = [source for source in found if last is None or source.name > last]
    entries = [(source.name, source) for source in rest[:first]]
    return listed(context, question, entries, more=len(rest) > first, resumed=after is not None, total=len(found))


async def institutions(
    context: Context,
    provinces: tuple[str, ...] | None,
    codes: tuple[str, ...] | None,
    names: tuple[str, ...] | None,
    first: int,
    after: str | None,
) -> Listed:
    """A page of institutions, by code. Raises BadInput or CursorExpired."""
    check_first(first)
    question = fingerprint("institutions", provinces, codes, names)
    found = await context.reader.institutions(provinces, codes, names, last_key(context, question, after), first + 1)
    total = await context.reader.count_institutions(provinces, codes, names)
    entries = [(each.code, each) for each in found[:first]]
    return listed(context, question, entries, more=len(found) > first, resumed=after is not None, total=total)


async def harvests(context: Context, source: OpenSource, first: int) -> list[HarvestRun]:
    """The latest runs of a source, the newest first. Raises BadInput."""
    check_first(first, RUNS_KEPT)
    return await Harvests(context.catalog.database).last_runs(source.key, first)
