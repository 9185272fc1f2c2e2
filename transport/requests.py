"""The name of the request under way, for logs and for whoever asks about it later."""

from __future__ import annotations

import re
from contextvars import ContextVar
from secrets import token_hex

REQUEST_ID: ContextVar[str | None] = ContextVar("REQUEST_ID", default=None)
"""Set while a request is answered."""

_SOUND = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id(given: str | None) -> str:
    """The id that the caller's proxy gave (X-Request-Id), or a new one where it gave none that is sound."""
    return given if given is not None and _SOUND.fullmatch(given) else token_hex(8)
