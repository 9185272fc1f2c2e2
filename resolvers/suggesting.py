"""Suggestions: terms of the catalog and names of libraries, of what the caller sees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.search import check_first
from store.codes import Label
from store.record import Library
from store.search.errors import IndexUnavailable
from store.search.suggesting import MOST, suggest
from store.search.view import Question, View
from store.search.wording import as_written, has_capitals

MAX_PREFIX = 100
"""Characters."""

_LIBRARIES = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to search for; `kind` is a code of the list `suggestion`, `node` the library that has this name."""

    text: str
    kind: str
    node: Library | None = None


async def suggestions(context: Context, prefix: str, first: int) -> list[Suggestion]:
    """What may have been meant by `prefix`: hanzi, pinyin (`shukong`) or initials (`sk`). Raises BadInput.

    Where nothing can be searched now there is nothing to suggest.
    """
    check_first(first, MOST)
    if len(prefix) > MAX_PREFIX:
        raise BadInput(Label(f"prefix 最多 {MAX_PREFIX} 个字符", f"prefix has at most {MAX_PREFIX} characters"))
    stored = frozenset(source.key for source in context.sources if not source.live)
    question = Question(keys=context.grant.keys, sources=stored)
    try:
        terms = await _as_written(context, await context.index.ask(lambda view: _suggest(view, question, prefix, first, context.blocked)))
    except IndexUnavailable:
        terms = []
    named = await context.reader.libraries(names=(prefix.strip(),), sources=stored, limit=_LIBRARIES) if prefix.strip() else []
    libraries = [Suggestion(library.name, "library", library) for library in named]
    return [*(Suggestion(term, "term") for term in terms[: first - len(libraries)]), *libraries][:first]


def _suggest(view: View, question: Question, prefix: str, first: int, blocked: Collection[str]) -> list[tuple[str, int | None]]:
    """Terms, with the number of a record that holds them where it may write them with capitals."""
    terms = [term.text for term in suggest(view, question, prefix, first, blocked)]
    return [(term, view.example(question.keys, "terms", term) if has_capitals(term) else None) for term in terms]


async def _as_written(context: Context, terms: Sequence[tuple[str, int | None]]) -> list[str]:
    numbers = [number for _, number in terms if number is not None]
    records = await context.reader.by_numbers(numbers) if numbers else {}
    written = [as_written(term, records[number]) if number in records else term for term, number in terms]
    return list(dict.fromkeys(written))
