"""What can be wrong with a source.

SourceError
├── SourceTimeout        late, or too slow
├── SourceUnavailable    cannot be reached, reset, 429, 5xx
├── SourceRefused        401, 403, a token that is not accepted
├── SourceMalformed      HTML, bad JSON or XML, another shape, over size, a paging loop
└── CursorLost           the source no longer knows the position: read again from the start of the window
DefinitionInvalid        a definition with problems, each with its place and fix
"""

from __future__ import annotations

from dataclasses import dataclass


class SourceError(Exception):
    """A source did not give what it was asked for.

    `reason` is a short slug from the table in `docs/errors.md`. Neither text ever holds what the source sent or where it lives.
    """

    code = "SOURCE_UNAVAILABLE"
    retryable = True

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class SourceTimeout(SourceError):
    """The source was late."""

    code = "SOURCE_TIMEOUT"


class SourceUnavailable(SourceError):
    """The source could not be reached or says that it cannot answer now."""


class SourceRefused(SourceError):
    """The source does not accept us."""

    code = "SOURCE_REFUSED"
    retryable = False


class SourceMalformed(SourceError):
    """The source answered something that is not what its definition says."""

    code = "SOURCE_MALFORMED"
    retryable = False


class CursorLost(SourceMalformed):
    """The source refused a position that it gave out itself."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a definition: where (`resources.mapping.title`), what was found, what to write instead."""

    place: str
    found: str
    message: str
    fix: str


class DefinitionInvalid(ValueError):
    """A definition cannot be used; `problems` names every place and its fix."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{each.place}: {each.message} ({each.fix})" for each in problems))
        self.problems = problems
