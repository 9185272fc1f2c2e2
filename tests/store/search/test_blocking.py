"""Blocked terms are kept in search form, and can be allowed again."""

from store.database import Database
from store.search.blocking import Blocklist


async def test_terms_are_blocked_in_search_form_until_they_are_allowed(database: Database) -> None:
    blocked = Blocklist(database)
    assert await blocked.all() == frozenset()
    assert await blocked.change(block=["數控", " ＡＢＣ ", "", "\0"]) == {"数控", "abc"}
    assert await blocked.change(allow=["数控", "nothing"]) == {"abc"}
    assert await blocked.all() == {"abc"}
