"""What is wrong with a question, told to the caller.

CallerError
├── BadInput          BAD_USER_INPUT
├── CursorExpired     CURSOR_EXPIRED
├── Forbidden         FORBIDDEN
├── OutOfPlace        FORBIDDEN
└── SourceFailed      a single lookup that a source's failure turned to null: SOURCE_*
"""

from __future__ import annotations

from datetime import datetime

from store.codes import Label


class CallerError(Exception):
    """An error that the caller is told: a stable code and a text in Chinese and English that says what to do."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: Label) -> None:
        super().__init__(message.en)
        self.message = message

    def details(self) -> dict[str, object]:
        """What goes into `extensions` beside the code."""
        return {}


class BadInput(CallerError):
    """The arguments cannot be used."""


class CursorExpired(CallerError):
    """A cursor older than 24 hours."""

    code = "CURSOR_EXPIRED"


class Forbidden(CallerError):
    """A field whose scope the caller does not have."""

    code = "FORBIDDEN"

    def __init__(self, scope: str) -> None:
        super().__init__(
            Label(f"需要权限 {scope}：请用带有该权限的令牌登录", f"this needs the scope {scope}: sign in with a token that has it")
        )
        self.scope = scope

    def details(self) -> dict[str, object]:
        return {"scope": self.scope}


class OutOfPlace(CallerError):
    """The scope would do, and the object belongs to another province or school."""

    code = "FORBIDDEN"


class SourceFailed(CallerError):
    """The one source that could answer did not."""

    def __init__(self, code: str, message: Label, source: str, *, retryable: bool, as_of: datetime | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.source = source
        self.retryable = retryable
        self.as_of = as_of

    def details(self) -> dict[str, object]:
        return {"source": self.source, "retryable": self.retryable, "asOf": self.as_of.isoformat() if self.as_of else None}
