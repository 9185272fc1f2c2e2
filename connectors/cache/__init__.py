"""The record cache: what a live source gave lately, kept whole, per source and class of callers."""

from connectors.cache.cached import Cached, Found, Kept, Windows
from connectors.cache.keys import Namespace
from connectors.cache.memory import Memory
from connectors.cache.remote import Remote
from connectors.cache.shelf import Shelf

__all__ = ["Cached", "Found", "Kept", "Memory", "Namespace", "Remote", "Shelf", "Windows"]
