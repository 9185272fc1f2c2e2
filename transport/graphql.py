"""GraphQL over HTTP: guard the bytes, prepare the document, build the context, execute, answer."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from graphql import ExecutionResult, GraphQLSchema, OperationType, execute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from resolvers.context import Context
from resolvers.tracing import TRACE
from schema.build import reader_of
from transport.answer import INTERNAL, LATE, answer, refusal, trouble
from transport.body import GraphQLRequest, parse_request, read_body
from transport.caching import headers_of, is_known
from transport.documents import Documents, Prepared
from transport.errors import MethodRefused, RequestRefused, Unauthenticated
from transport.execution import Shapes, executor_for, is_awaitable
from transport.language import Language, preferred

RESPONSE_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"
UNKNOWN: Final = {"zh": "没有保存这个查询：请连同查询全文再发送一次", "en": "this query is not stored: send it again with its text"}
READ_ONLY: Final = {
    "zh": "系统暂时只读，未作任何更改：请稍后重试",
    "en": "nothing can be changed now, by order of the operator: try again later",
}
GRACE: Final = 1.0
"""Seconds beyond the request's budget after which an answer that still is not whole is given up."""

_log = logging.getLogger(__name__)


class GraphQLEndpoint:
    """POST and GET of one endpoint. `context_for` builds the context of a request, given its language."""

    def __init__(
        self,
        schema: GraphQLSchema,
        documents: Documents,
        context_for: Callable[[Request, Language], Awaitable[Context]],
        *,
        language: Language,
    ) -> None:
        self._schema = schema
        self._executor = executor_for(schema, reader_of)
        self._shapes = Shapes()
        self._documents = documents
        self._context_for = context_for
        self._language = language

    async def respond(self, request: Request) -> Response:
        """Answer a request; nothing that a caller sends makes this raise."""
        lang = preferred(request.headers.get("accept-language"), self._language)
        media_type = RESPONSE_JSON if RESPONSE_JSON in request.headers.get("accept", "") else JSON
        more: dict[str, str] = {}
        kept = public = False
        docs = f"{str(request.base_url).rstrip('/')}/docs/errors"
        try:
            asked = await self._read(request)
            if asked.query is None and "persistedQuery" in asked.extensions:
                raise RequestRefused("PERSISTED_QUERY_NOT_FOUND", UNKNOWN["zh"], UNKNOWN["en"], 200)
            prepared = self._documents.prepare(asked.query or "", asked.operation_name, asked.variables)
            if request.method == "GET" and prepared.operation.operation is not OperationType.QUERY:
                raise MethodRefused
            context = await self._context_for(request, lang)
            if prepared.operation.operation is OperationType.MUTATION and context.read_only:
                raise RequestRefused("READ_ONLY", READ_ONLY["zh"], READ_ONLY["en"], 503)
            if context.trace is not None:
                TRACE.set(context.trace)
            async with asyncio.timeout(max(0.0, context.remaining()) + GRACE):
                result = await self._execute(prepared, asked, context)
            body = answer(result, context, lang, docs)
            status = 400 if result.data is None and media_type == RESPONSE_JSON and not _ran(result) else 200
            whole = not result.errors and not context.outcomes
            kept = request.method == "GET" and not result.errors and context.trace is None
            public = whole and context.grant.holder is None
        except Unauthenticated as refused:
            body, status, more = refusal(refused, lang, docs), refused.status, {"www-authenticate": refused.challenge}
        except RequestRefused as refused:
            body = refusal(refused, lang, docs)
            status = 200 if refused.well_formed and media_type == JSON else refused.status
            more = {"allow": "GET, POST"} if status == 405 else {}
        except TimeoutError:
            body, status = trouble("DEADLINE_EXCEEDED", LATE, lang, docs), 200
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:  # noqa: BLE001 - the last word: no input may end in a traceback
            _log.exception("a request could not be answered")
            body, status = trouble("INTERNAL", INTERNAL, lang, docs), 500
        headers = {**more, **headers_of(body, kept=kept, public=public)}
        if is_known(headers, request.headers):
            return Response(status_code=304, headers=headers)
        return Response(body, status, headers, f"{media_type}; charset=utf-8")

    async def _read(self, request: Request) -> GraphQLRequest:
        body = await read_body(request.stream(), request.headers) if request.method == "POST" else b""
        return parse_request(request.method, body, request.query_params.multi_items())

    async def _execute(self, prepared: Prepared, asked: GraphQLRequest, context: Context) -> ExecutionResult:
        result = execute(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            executor_class=self._executor,
            is_awaitable=is_awaitable,
            shape=self._shapes.of(prepared.document) if prepared.measured.directives == 0 else None,
        )
        return await result if inspect.isawaitable(result) else result


def _ran(result: ExecutionResult) -> bool:
    """Tell whether execution began: an error with a path comes from a field."""
    return any(error.path for error in result.errors or ())
