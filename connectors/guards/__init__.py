"""Guards: wrappers that are themselves connectors, each with one idea, composed per source in `federation/guarding.py`."""

from connectors.guards.breaker import Breaker, BreakerState, Breaking, Tolerance
from connectors.guards.bulkhead import Bulkhead
from connectors.guards.health import Failure, Health, HealthState
from connectors.guards.quota import Quota
from connectors.guards.retry import HARVEST_RETRY, LIVE_RETRY, Retried, Retry
from connectors.guards.sharing import Shared
from connectors.guards.watching import Call, Observer, Watched

__all__ = [
    "HARVEST_RETRY",
    "LIVE_RETRY",
    "Breaker",
    "BreakerState",
    "Breaking",
    "Bulkhead",
    "Call",
    "Failure",
    "Health",
    "HealthState",
    "Observer",
    "Quota",
    "Retried",
    "Retry",
    "Shared",
    "Tolerance",
    "Watched",
]
