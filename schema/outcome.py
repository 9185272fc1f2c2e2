"""What became of each source in an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers.context import Context
from resolvers.lookup import source_of
from resolvers.outcomes import Outcome
from schema.enums import Lang, OutcomeStatus
from schema.fields import resolved
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.source import Source


def _message(outcome: Outcome, _context: Context, lang: Lang = Lang.ZH) -> str:
    found = outcome.message()
    return found.zh if lang is Lang.ZH else found.en


def _latency(outcome: Outcome, _context: Context) -> int | None:
    return round(outcome.latency * 1000) if outcome.latency is not None else None


@strawberry.type(description="What became of one source in this answer. A source that fails is told here, not in `errors`.")
class SourceOutcome:
    source: Annotated[Source, strawberry.lazy("schema.source")] = resolved(
        lambda outcome, context: source_of(context, outcome.source), text="The source."
    )
    status: OutcomeStatus = resolved(lambda outcome, _: OutcomeStatus(outcome.status), text="OK, or how much is missing.")
    code: str | None = resolved(text="SOURCE_TIMEOUT, SOURCE_UNAVAILABLE, SOURCE_REFUSED or SOURCE_MALFORMED; null where nothing failed.")
    message: str = resolved(_message, text="The reason in words, to show to people.")
    as_of: DateTime | None = resolved(text="The age of what is shown: the last complete harvest.")
    count: int | None = resolved(text="The records that it gave to this page.")
    retryable: bool = resolved(text="Asking again later may help.")
    latency_ms: int | None = resolved(_latency, text="How long it took, in milliseconds.")
