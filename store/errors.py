"""What can go wrong in the store.

StoreError
├── DatabaseRefused      an address of a kind that the store does not run on
├── SchemaTooNew         the tables were made by a later version of Huiju
├── NameTaken            another source has this name
├── LeaseHeld            somebody else harvests this source now
├── LeaseLost            the lease ran out and somebody else took it
├── SecretUnreadable     a sealed secret that no key of the key file opens
├── PushRefused          a part of a push that does not follow on the parts before
└── Unstorable           a value that no database keeps: NUL, half a surrogate pair, a number over 64 bits
"""

from __future__ import annotations

from datetime import datetime


class StoreError(Exception):
    """Something that the store cannot do; the text says what to do next."""


class DatabaseRefused(StoreError, ValueError):
    """The address names no database that the store runs on. The text never repeats the address: it may hold a password."""


class SchemaTooNew(StoreError):
    """The tables were made by a later version."""


class NameTaken(StoreError):
    """Names of sources are unique."""


class LeaseHeld(StoreError):
    """One source is harvested by one run at a time; `until` is when the other run's lease ends unless it goes on."""

    def __init__(self, source: str, until: datetime) -> None:
        super().__init__(
            f"the source {source} is being harvested by another run; wait for it to end, or, if it was killed, until {until:%H:%M:%S} UTC"
        )
        self.until = until


class LeaseLost(StoreError):
    """The run was silent for longer than its lease and another one may have started: nothing more is written."""


class SecretUnreadable(StoreError):
    """A sealed secret does not open: its key is missing, or it was changed."""


class PushRefused(StoreError):
    """A part does not follow on what is known of its push.

    `reason` is `complete` (the push is over), `abandoned` (another one has begun since), `settings` (the parts before were of another
    collection or mode) or `order` (the part `expected` comes next).
    """

    def __init__(self, reason: str, expected: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.expected = expected


class Unstorable(StoreError, ValueError):
    """A value cannot be kept; `field` is the canonical field where it is known."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field
