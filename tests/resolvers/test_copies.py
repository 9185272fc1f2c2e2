"""A live source that fails is spoken for by its copy, and the answer says so."""

from datetime import UTC, datetime, timedelta

import connectors.cache as cache
from connectors.errors import SourceUnavailable
from connectors.protocol import Collection
from connectors.pruning import pruner
from resolvers.outcomes import Status
from resolvers.search import search
from resolvers.sources import OpenSource, bind
from store.filters import EVERYTHING
from store.ordering import Order
from tests.resolvers.test_walks import Shelf, context, definition, rows


async def test_a_copy_is_shown_as_stale_with_its_age_and_the_page_is_not_complete() -> None:
    said, shelf = definition("south"), Shelf(rows("south", range(30)))
    kept = {Collection.RESOURCES: cache.Kept(pruner(said.resources), shared=False)}
    cached = cache.Cached(
        shelf, cache.Shelf(cache.Memory(1_000_000)), cache.Namespace("southaaa", 1, lambda: 0), cache.Windows(stale=600), kept
    )
    source = OpenSource("southaaa", said, bind("southaaa", said, version=1, keys_by_name={}), cached)
    good = await search(context(source), EVERYTHING, Order.NEWEST, 20, None, None)
    assert good.complete
    shelf.fails = SourceUnavailable("reset")
    stale = await search(context(source), EVERYTHING, Order.NEWEST, 20, None, None)
    assert [record.id for record in stale.nodes] == [record.id for record in good.nodes]
    (outcome,) = stale.outcomes
    assert (outcome.status, outcome.reason, outcome.count) == (Status.STALE, "copy", 20)
    assert outcome.as_of is not None
    assert datetime.now(UTC) - outcome.as_of < timedelta(minutes=1)
    assert not stale.complete
