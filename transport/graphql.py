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

from egress.spans import spanned
from resolvers.context import Context
from resolvers.tracing import TRACE
from schema.build import reader_of
from store.away import RETRY_AFTER, unusable
from transport.answer import AWAY, AWAY_CODE, INTERNAL, LATE, answer, refusal, trouble
from transport.body import GraphQLRequest, parse_request, read_body
from transport.caching import headers_of, is_known
from transport.documents import Documents, Prepared
from transport.errors import MethodRefused, RequestRefused, Unauthenticated, Unverifiable
from transport.execution import Shapes, executor_for, is_awaitable
from transport.flights import Flights
from transport.language import Language, preferred
from transport.metrics import Metrics
from transport.operations import Given, OperationAccount, Told
from transport.priced import estimate, priced
from transport.requests import REQUEST_ID, request_id
from transport.wishes import only_estimated

RESPONSE_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"
UNKNOWN: Final = {"zh": "没有保存这个查询：请连同查询全文再发送一次", "en": "this query is not stored: send it again with its text"}
READ_ONLY: Final = {
    "zh": "系统暂时只读，未作任何更改：请稍后重试",
    "en": "nothing can be changed now, by order of the operator: try again later",
}
GRACE: Final = 1.0
"""Seconds beyond the request's budget after which an answer that still is not whole is given up."""

DECIDING: Final = ("huiju-deadline-ms", "huiju-cache", "huiju-demo-fault")
"""Headers that decide an answer, beside the language."""
OF_THE_CALLER: Final = "rateLimit"
"""A field that tells anonymous callers apart."""

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
        metrics: Metrics | None = None,
    ) -> None:
        self._schema = schema
        self._executor = executor_for(schema, reader_of)
        self._shapes = Shapes()
        self._documents = documents
        self._context_for = context_for
        self._language = language
        self._account = OperationAccount(metrics)
        self._flights: Flights[Given] = Flights()

    async def respond(self, request: Request) -> Response:
        """Answer a request; nothing that a caller sends makes this raise."""
        lang = preferred(request.headers.get("accept-language"), self._language)
        media_type = RESPONSE_JSON if RESPONSE_JSON in request.headers.get("accept", "") else JSON
        more: dict[str, str] = {"huiju-request-id": request_id(request.headers.get("x-request-id"))}
        REQUEST_ID.set(more["huiju-request-id"])
        kept = public = False
        told = Told()
        docs = f"{str(request.base_url).rstrip('/')}/docs/errors"
        try:
            raw = await read_body(request.stream(), request.headers) if request.method == "POST" else request.url.query.encode()
            asked = parse_request(request.method, raw, request.query_params.multi_items())
            if asked.query is None and "persistedQuery" in asked.extensions:
                raise RequestRefused("PERSISTED_QUERY_NOT_FOUND", UNKNOWN["zh"], UNKNOWN["en"], 200)
            prepared = self._documents.prepare(asked.query or "", asked.operation_name, asked.variables)
            told.kind, told.cost = prepared.operation.operation.value, prepared.measured.cost
            if request.method == "GET" and prepared.operation.operation is not OperationType.QUERY:
                raise MethodRefused
            if only_estimated(request.headers):
                body = estimate(prepared.measured, self._documents.limits.cost)
                return Response(body, 200, {**more, **headers_of(body, kept=False, public=False)}, f"{media_type}; charset=utf-8")
            context = await self._context_for(request, lang)
            if prepared.operation.operation is OperationType.MUTATION and context.read_only:
                raise RequestRefused("READ_ONLY", READ_ONLY["zh"], READ_ONLY["en"], 503)
            if context.trace is not None:
                TRACE.set(context.trace)
            own = context.grant.holder is not None or context.trace is not None
            if own or prepared.operation.operation is not OperationType.QUERY or OF_THE_CALLER in (asked.query or ""):
                given = await self._answered(prepared, asked, context, lang, docs)
            else:
                key = (request.method, raw, lang, docs, *(request.headers.get(name) for name in DECIDING))
                given = await self._flights.share(key, lambda: self._answered(prepared, asked, context, lang, docs))
            body = given.body
            told.result, told.codes, told.troubled = given.result, given.codes, given.troubled
            status = 400 if given.empty and media_type == RESPONSE_JSON else 200
            # Personal data stay nowhere but where they are shown: each look at them is written down.
            kept = request.method == "GET" and not given.codes and context.trace is None and not context.looks
            public = given.result == "ok" and context.grant.holder is None
        except Unauthenticated as refused:
            body, status = refusal(refused, lang, docs), refused.status
            more["www-authenticate"] = refused.challenge
            told.refuse(refused.code)
        except RequestRefused as refused:
            body = refusal(refused, lang, docs)
            status = 200 if refused.well_formed and media_type == JSON else refused.status
            told.refuse(refused.code)
            if status == 405:
                more["allow"] = "GET, POST"
            if isinstance(refused, Unverifiable):
                more["retry-after"] = str(refused.seconds)
        except TimeoutError:
            body, status = trouble("DEADLINE_EXCEEDED", LATE, lang, docs), 200
            told.fail("DEADLINE_EXCEEDED")
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:  # noqa: BLE001 - the last word: no input may end in a traceback
            _log.exception("a request could not be answered")
            if unusable(error) is None:
                body, status = trouble("INTERNAL", INTERNAL, lang, docs), 500
                told.fail("INTERNAL")
            else:
                body, status = trouble(AWAY_CODE, AWAY, lang, docs), 503
                more["retry-after"] = str(RETRY_AFTER)
                told.fail(AWAY_CODE)
        self._account.add(told, len(body))
        headers = {**more, **headers_of(body, kept=kept, public=public)}
        if is_known(headers, request.headers):
            return Response(status_code=304, headers=headers)
        return Response(body, status, headers, f"{media_type}; charset=utf-8")

    async def _answered(self, prepared: Prepared, asked: GraphQLRequest, context: Context, lang: Language, docs: str) -> Given:
        """Execute, and encode what came of it. Raises TimeoutError where it is not whole in time."""
        with spanned(prepared.operation.operation.value) as span:
            async with asyncio.timeout(max(0.0, context.remaining()) + GRACE):
                result = await self._execute(prepared, asked, context)
            cost = priced(prepared.measured, self._documents.limits.cost, context.trace)
            body = answer(result, context, lang, docs, cost)
            given = Given.of(result, context, body, empty=result.data is None and not _ran(result))
            if span is not None:
                span.note(cost=prepared.measured.cost, result=given.result, troubled=given.troubled, codes=",".join(given.codes))
            return given

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
