"""Every guard around a real source is a connector like any other: the conformance suite sees no difference."""

from collections.abc import AsyncIterator, Callable

import pytest

from connectors.cache import Namespace
from connectors.guards import LIVE_RETRY, Breaker, Breaking, Bulkhead, Health, Retried, Shared, Tolerance, Watched
from connectors.protocol import Connector
from connectors.testing import conforms
from federation.accounts import Account
from federation.guarding import breaker_of, guard_harvest, guard_live
from tests.connectors.guards.shelf import DOCUMENT, ROWS, definition, shelf
from tests.connectors.loopback import Upstream, opened, serving

NAMESPACE = Namespace("src1", 1, lambda: 0)

GUARDS: dict[str, Callable[[Connector], Connector]] = {
    "watched": lambda inner: Watched(inner, (), patience=2.0),
    "bulkhead": lambda inner: Bulkhead(inner, concurrency=3, queue=100, rate=5000),
    "breaking": lambda inner: Breaking(inner, Breaker("shelf", Tolerance()), limit=2.0),
    "retried": lambda inner: Retried(inner, LIVE_RETRY),
    "shared": Shared,
    "live": lambda inner: guard_live(inner, definition(), breaker_of(definition()), Account("shelf", Health()), 3.0, NAMESPACE),
    "harvest": lambda inner: guard_harvest(inner, definition(), Account("shelf", Health()), NAMESPACE),
}


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with serving() as served:
        served.handler = shelf
        yield served


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
async def test_a_guarded_source_conforms(upstream: Upstream, guard: Callable[[Connector], Connector]) -> None:
    async with opened(upstream, DOCUMENT) as connector:

        async def opener() -> Connector:
            return guard(connector)

        report = await conforms(opener, expected=[str(row["id"]) for row in ROWS], limit=4)
    assert {"resumes", "fetches_by_ids", "stops_early", "reads_concurrently", "closes"} <= set(report.checks)
