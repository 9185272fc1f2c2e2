"""Passwords: argon2id in a thread, a few at a time, and as slow for a name that does not exist as for one that does."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MOST_AT_ONCE = 2
LONGEST = 200
"""Characters of a password, at most."""
SHORTEST = 10


class Passwords:
    """Makes and compares argon2id hashes (RFC 9106, 4: the second recommended option)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def holds(self, kept: str | None, password: str) -> bool:
        """Tell whether `password` is the one kept; None (nobody of that name) takes as long and is never right."""
        if len(password) > LONGEST:
            return False
        async with self._turn:
            return await asyncio.to_thread(self._compare, kept, password)

    def _compare(self, kept: str | None, password: str) -> bool:
        if kept is None and self._nobodys is None:
            self._nobodys = self._hasher.hash("nobody")
        try:
            return self._hasher.verify(kept or self._nobodys or "", password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False
