"""From an execution result to the bytes of an answer: errors that tell callers what to do, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from graphql import ExecutionResult, GraphQLError

from resolvers.context import Context
from resolvers.errors import CallerError
from resolvers.outcomes import Outcome
from store.away import unusable
from transport.errors import MESSAGE_LENGTH, RequestRefused
from transport.language import Language
from transport.waterfall import waterfall

AWAY_CODE: Final = "SOURCE_UNAVAILABLE"
AWAY: Final = {"zh": "目录库暂时无法使用，请稍后重试", "en": "the catalog cannot be used now; try again later"}
"""Our own catalog is what cannot be reached; why is the operator's business, and in the log."""

INTERNAL: Final = {"zh": "内部错误，请稍后重试", "en": "an internal error; try again later"}
LATE: Final = {
    "zh": "答复超过了时限：减少一次查询的内容",
    "en": "the answer was not ready in time: ask for less at once",
}

_log = logging.getLogger(__name__)


def answer(result: ExecutionResult, context: Context, lang: Language, docs: str, cost: Mapping[str, Any] | None = None) -> bytes:
    """Encode a result; `docs` is the address that codes are explained at, `cost` what is told of it beside a trace."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_error(error, lang, docs) for error in result.errors]
    if context.outcomes:
        body["extensions"] = {"outcomes": outcomes(context, lang)}
    if context.trace is not None:
        body.setdefault("extensions", {})["trace"] = waterfall(context.trace)
        body["extensions"]["cost"] = cost
    return orjson.dumps(body)


def refusal(refused: RequestRefused, lang: Language, docs: str) -> bytes:
    """Encode why nothing was executed."""
    message = refused.message_zh if lang == "zh" else refused.message_en
    extensions = {"code": refused.code, "docs": _docs(docs, refused.code), **refused.extensions}
    errors: list[dict[str, Any]] = [
        {
            "message": problem.message if refused.code == "GRAPHQL_VALIDATION_FAILED" else f"{message} {problem.message}".strip(),
            "locations": [{"line": line, "column": column} for line, column in problem.locations],
            "extensions": extensions,
        }
        for problem in refused.problems
    ]
    return orjson.dumps({"errors": errors or [{"message": message, "extensions": extensions}]})


def trouble(code: str, texts: Mapping[str, str], lang: Language, docs: str) -> bytes:
    """Encode an answer that holds nothing but one error."""
    return orjson.dumps({"data": None, "errors": [{"message": texts[lang], "extensions": {"code": code, "docs": _docs(docs, code)}}]})


def outcomes(context: Context, lang: Language) -> list[dict[str, Any]]:
    """Every outcome that is not OK, one per source and reason."""
    told: dict[tuple[str, str, str], Outcome] = {(each.source, each.status, each.reason): each for each in context.outcomes}
    return [_outcome(each, context, lang) for each in told.values()]


def _outcome(outcome: Outcome, context: Context, lang: Language) -> dict[str, Any]:
    source = context.sources.by_key(outcome.source)
    message = outcome.message()
    return {
        "source": source.name if source is not None else outcome.source,
        "status": outcome.status.name,
        "code": outcome.code,
        "message": message.zh if lang == "zh" else message.en,
        "asOf": outcome.as_of,
        "retryable": outcome.retryable,
    }


def _error(error: GraphQLError, lang: Language, docs: str) -> dict[str, Any]:
    told: dict[str, Any] = {"message": error.message}
    if error.locations:
        told["locations"] = [location.formatted for location in error.locations]
    if error.path:
        told["path"] = error.path
    original = error.original_error
    if isinstance(original, CallerError):
        told["message"] = original.message.zh if lang == "zh" else original.message.en
        told["extensions"] = {"code": original.code, "docs": _docs(docs, original.code), **original.details()}
    elif (original is None or isinstance(original, GraphQLError)) and (not error.path or error.message.startswith("Argument ")):
        # graphql-core's own words about variables and arguments: they quote the caller, nobody else.
        told["message"] = error.message if len(error.message) <= MESSAGE_LENGTH else f"{error.message[:MESSAGE_LENGTH]}…"
        told["extensions"] = {"code": "BAD_USER_INPUT", "docs": _docs(docs, "BAD_USER_INPUT")}
    elif (away := unusable(original)) is not None:
        _log.error("%s: %s (%s)", _path(error.path), away.en, type(original).__name__)
        told["message"] = AWAY[lang]
        told["extensions"] = {"code": AWAY_CODE, "docs": _docs(docs, AWAY_CODE), "retryable": True}
    else:
        _log.error("unexpected error at %s", _path(error.path), exc_info=original)
        told["message"] = INTERNAL[lang]
        told["extensions"] = {"code": "INTERNAL", "docs": _docs(docs, "INTERNAL")}
    return told


def _docs(docs: str, code: str) -> str:
    return f"{docs}#{code.lower()}"


def _path(path: Sequence[str | int] | None) -> str:
    return ".".join(map(str, path or ()))
