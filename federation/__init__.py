"""What a process holds open, and what it does by itself while it is open."""

from federation.accounts import measure_harvests
from federation.arrangement import Arrangement, Document, arrange
from federation.background import work_in_background
from federation.errors import StoreRefused
from federation.federation import Federation, prepare
from federation.following import Following
from federation.indexing import rebuild_index
from federation.orders import Orders, Switch, forget, read_orders, turn
from federation.processes import Role, Supervisor, stopping
from federation.schedule import harvest_now, harvest_source, replay_now
from federation.signing_on import EMBEDDED, sign_on_of

__all__ = [
    "EMBEDDED",
    "Arrangement",
    "Document",
    "Federation",
    "Following",
    "Orders",
    "Role",
    "StoreRefused",
    "Supervisor",
    "Switch",
    "arrange",
    "forget",
    "harvest_now",
    "harvest_source",
    "measure_harvests",
    "prepare",
    "read_orders",
    "rebuild_index",
    "replay_now",
    "sign_on_of",
    "stopping",
    "turn",
    "work_in_background",
]
