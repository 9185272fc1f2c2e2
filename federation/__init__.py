"""What a process holds open, and what it does by itself while it is open."""

from federation.arrangement import Arrangement, Document, arrange
from federation.errors import StoreRefused
from federation.federation import Federation
from federation.schedule import Schedule, harvest_now, harvest_source

__all__ = ["Arrangement", "Document", "Federation", "Schedule", "StoreRefused", "arrange", "harvest_now", "harvest_source"]
