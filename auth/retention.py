"""How long sign-on keeps what has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from store.attempts import Attempts
from store.browser_sessions import BrowserSessions
from store.clients import Clients
from store.clock import Clock, utc_now
from store.database import Database
from store.pseudonym_salts import PseudonymSalts
from store.tokens import Tokens

ENDED: Final = timedelta(days=7)
"""How long codes, tokens and sessions are kept after they ended: long enough to look into an incident."""

REVOKED: Final = timedelta(days=90)
"""How long an application is shown to its owner after it was revoked."""

ATTEMPTS: Final = timedelta(days=1)
"""How long the counters of failed attempts are kept, which stand under pseudonyms."""

ADDRESSES: Final = timedelta(days=184)
"""How long the pseudonyms of addresses in the audit log can be told apart from chance: the six months of 《网络安全法》 21 (3)."""


async def purge(database: Database, clock: Clock = utc_now) -> dict[str, int]:
    """Delete what is past its time; how many rows of each kind."""
    now = clock()
    return {
        "tokens": await Tokens(database, clock).purge(now - ENDED),
        "sessions": await BrowserSessions(database, clock).purge(now - ENDED),
        "clients": await Clients(database, clock).purge(now - REVOKED),
        "attempts": await Attempts(database, ATTEMPTS, clock).purge(now - ATTEMPTS),
        "pseudonyms": await PseudonymSalts(database).purge((now - ADDRESSES).date()),
    }
