"""What a process holds open, and what it does by itself while it is open."""

from federation.accounts import measure
from federation.arrangement import Arrangement, Document, arrange
from federation.background import tidy, work_in_background
from federation.errors import StoreRefused
from federation.federation import Federation, prepare
from federation.following import Following
from federation.indexing import rebuild_index
from federation.processes import Role, Supervisor, stopping
from federation.schedule import harvest_now, harvest_source, replay_now
from federation.signing_on import EMBEDDED, sign_on_of

__all__ = [
    "EMBEDDED",
    "Arrangement",
    "Document",
    "Federation",
    "Following",
    "Role",
    "StoreRefused",
    "Supervisor",
    "arrange",
    "harvest_now",
    "harvest_source",
    "measure",
    "prepare",
    "rebuild_index",
    "replay_now",
    "sign_on_of",
    "stopping",
    "tidy",
    "work_in_background",
]
