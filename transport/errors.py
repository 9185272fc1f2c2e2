"""Why a GraphQL request is refused before anything is executed.

RequestRefused
├── BodyRefused              the bytes are no GraphQL-over-HTTP request
│   ├── BodyTooLarge         413
│   ├── BodyTooSlow          408
│   ├── MediaTypeRefused     415: compressed, or not JSON
│   └── RequestMalformed     400: not JSON, a batch, a wrong type
├── MethodRefused            405
├── Unauthenticated          401, or 403 where a cookie comes without what shows that a page of ours sent it
├── Unverifiable             503: who asks cannot be told now
└── DocumentRefused          the request is well-formed, its document is not run
    ├── DocumentUnparsable   GRAPHQL_PARSE_FAILED
    ├── DocumentInvalid      GRAPHQL_VALIDATION_FAILED
    ├── OperationUnknown     BAD_USER_INPUT
    └── TooExpensive         OPERATION_TOO_EXPENSIVE

Nothing here holds an upstream body, an internal address or a stack: every text is safe to send.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

MESSAGE_LENGTH: Final = 300  # characters; a document's own names may be 250 kB long


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a document: an English text and its places as (line, column), both from 1."""

    message: str
    locations: tuple[tuple[int, int], ...] = ()


class RequestRefused(Exception):
    """A request that is answered without being executed.

    `status` is the HTTP status under `application/graphql-response+json`. `well_formed` tells the layer above that
    under `application/json` the answer is 200 all the same (GraphQL over HTTP, "application/json", examples).
    """

    well_formed: ClassVar[bool] = False

    def __init__(
        self,
        code: str,
        message_zh: str,
        message_en: str,
        status: int,
        extensions: Mapping[str, Any] | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message_en)
        self.code: Final = code
        self.message_zh: Final = message_zh
        self.message_en: Final = message_en
        self.status: Final = status
        self.extensions: Final[Mapping[str, Any]] = extensions or {}
        self.problems: Final = problems


class BodyRefused(RequestRefused):
    """The bytes, or their headers, are no GraphQL-over-HTTP request."""

    status_code: ClassVar[int] = 400

    def __init__(self, message_zh: str, message_en: str) -> None:
        super().__init__("BAD_USER_INPUT", message_zh, message_en, self.status_code)


class BodyTooLarge(BodyRefused):
    """More bytes than allowed (RFC 9110, 15.5.14)."""

    status_code = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"请求体超过 {limit} 字节；请缩短查询，或把大的值拆到多次请求中。",
            f"The body is larger than {limit} bytes; shorten the query or spread large values over several requests.",
        )


class BodyTooSlow(BodyRefused):
    """The body was not complete in time (RFC 9110, 15.5.9)."""

    status_code = 408

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"请求体未能在 {seconds:g} 秒内收完；请检查网络后重试。",
            f"The body was not complete within {seconds:g} seconds; check the network and send it again.",
        )


class MediaTypeRefused(BodyRefused):
    """A body that is compressed or is not JSON (RFC 9110, 15.5.16)."""

    status_code = 415


class RequestMalformed(BodyRefused):
    """A body or query string that is no request."""


class MethodRefused(RequestRefused):
    """Neither GET nor POST (RFC 9110, 15.5.6)."""

    def __init__(self) -> None:
        super().__init__(
            "BAD_USER_INPUT",
            "此地址只接受 GET 和 POST；请用 POST 发送 JSON。",
            "Only GET and POST are understood here; send JSON by POST.",
            405,
            {"allow": "GET, POST"},
        )


class Unauthenticated(RequestRefused):
    """A token or session that is not accepted (RFC 6750, 3); `challenge` is the WWW-Authenticate header."""

    def __init__(self, message_zh: str, message_en: str, status: int, challenge: str) -> None:
        super().__init__("UNAUTHENTICATED" if status == 401 else "FORBIDDEN", message_zh, message_en, status)
        self.challenge: Final = challenge


class Unverifiable(RequestRefused):
    """A token that nobody can verify now; it may hold, and is worth sending again after `seconds` (RFC 9110, 10.2.3)."""

    def __init__(self, message_zh: str, message_en: str, seconds: int) -> None:
        super().__init__("ISSUER_UNAVAILABLE", message_zh, message_en, 503, {"retryable": True})
        self.seconds: Final = seconds


class DocumentRefused(RequestRefused):
    """A well-formed request whose document is not run."""

    well_formed = True


class DocumentUnparsable(DocumentRefused):
    """The text is no GraphQL document; what and where stands in the one problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(
            "GRAPHQL_PARSE_FAILED",
            "查询不是合法的 GraphQL；请改正后重试。",
            "The query is not GraphQL; correct it and try again.",
            400,
            problems=(problem,),
        )


class DocumentInvalid(DocumentRefused):
    """The document does not fit the schema; `problems` has at least one entry."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            "GRAPHQL_VALIDATION_FAILED",
            "查询不符合模式；请对照 /schema.graphql 改正。",
            "The query does not fit the schema; compare it with /schema.graphql.",
            400,
            problems=problems,
        )


class OperationUnknown(DocumentRefused):
    """The operation to run cannot be told (GraphQL, GetOperation)."""

    def __init__(self, name: str | None, count: int) -> None:
        if count == 0:
            zh, en = "文档中没有操作；请加入一个 query。", "The document holds no operation; add a query."
        elif name is None:
            zh = f"文档中有 {count} 个操作；请用 operationName 指明一个。"
            en = f"The document holds {count} operations; name one of them in operationName."
        else:
            shown = name[:MESSAGE_LENGTH]
            zh = f"文档中没有名为“{shown}”的操作；请检查 operationName。"
            en = f'The document holds no operation named "{shown}"; check operationName.'
        super().__init__("BAD_USER_INPUT", zh, en, 400)


class TooExpensive(DocumentRefused):
    """The operation passes one of the limits: which, its figure (saturating) and what is allowed."""

    def __init__(self, limit: str, figure: int, allowed: int, advice_zh: str, advice_en: str) -> None:
        super().__init__(
            "OPERATION_TOO_EXPENSIVE",
            f"操作超出限制 {limit}：{figure}，最多 {allowed}；{advice_zh}。",
            f"The operation passes the limit {limit}: {figure}, at most {allowed}; {advice_en}.",
            400,
            {"limit": limit, "figure": figure, "allowed": allowed},
        )
