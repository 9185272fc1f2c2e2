"""From bytes to one GraphQL request: GraphQL over HTTP, its GET and POST."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import orjson

from transport.errors import BodyTooLarge, BodyTooSlow, MediaTypeRefused, MethodRefused, RequestMalformed

MAX_JSON_DEPTH: Final = 64
_PARAMETERS: Final = frozenset({"query", "variables", "operationName", "extensions"})


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What the client asks: `query` is absent only where `extensions` may name a stored one."""

    query: str | None
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    extensions: dict[str, Any] = field(default_factory=dict)


async def read_body(stream: AsyncGenerator[bytes, None], headers: Mapping[str, str], limit: int = 256_000, deadline: float = 10.0) -> bytes:
    """The whole body of a POST, at most `limit` bytes, complete within `deadline` seconds.

    `headers` are asked for lower-case names. Raises MediaTypeRefused before a byte is read, BodyTooLarge as soon as
    the size is known or passed, BodyTooSlow. What the stream itself raises (a client that went away) passes through.
    """
    _refuse_media_type(headers)
    _refuse_announced_size(headers.get("content-length"), limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(deadline) as timer, aclosing(stream):
            async for part in stream:
                size += len(part)
                if size > limit:
                    raise BodyTooLarge(limit)
                parts.append(part)
    except TimeoutError as error:
        if timer.expired():
            raise BodyTooSlow(deadline) from error
        raise
    return b"".join(parts)


def parse_request(method: str, body: bytes, query_params: Iterable[tuple[str, str]]) -> GraphQLRequest:
    """The request in a POST's `body`, or in a GET's decoded `query_params`. Raises RequestMalformed, MethodRefused.

    Names that GraphQL over HTTP does not define are passed over, as its "Request Parameters" asks of servers.
    A mutation by GET is not refused here: only the document tells.
    """
    if method == "POST":
        decoded = _decode(body, "请求体", "The body")
        if isinstance(decoded, list):
            raise RequestMalformed(
                "不接受批量请求（JSON 数组）；请逐个发送操作。",
                "Batches (a JSON array) are not accepted; send one operation at a time.",
            )
        if not isinstance(decoded, dict):
            raise RequestMalformed("请求体必须是 JSON 对象；请发送 {“query”: …}。", 'The body must be a JSON object; send {"query": …}.')
        return _request(decoded)
    if method == "GET":
        return _request(_from_query_string(query_params))
    raise MethodRefused


def _refuse_media_type(headers: Mapping[str, str]) -> None:
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise MediaTypeRefused(
            "不接受压缩的请求体；请去掉 Content-Encoding。",
            "Compressed bodies are not accepted; send it without Content-Encoding.",
        )
    essence, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    if essence != "application/json":
        raise MediaTypeRefused(
            "请求体必须是 JSON；请设置 Content-Type: application/json。",
            "The body must be JSON; set Content-Type: application/json.",
        )
    charsets = [parameter[8:].strip('"') for parameter in parameters if parameter.startswith("charset=")]
    if any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise MediaTypeRefused("请求体必须使用 UTF-8；请改用 charset=utf-8。", "The body must be UTF-8; send charset=utf-8.")


def _refuse_announced_size(length: str | None, limit: int) -> None:
    if length is None:
        return
    if not (length.isascii() and length.isdigit()):
        raise RequestMalformed("Content-Length 不是数字；请改正后重试。", "Content-Length is not a number; correct it and try again.")
    if len(length) > 18 or int(length) > limit:
        raise BodyTooLarge(limit)


def _from_query_string(query_params: Iterable[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in query_params:
        if name not in _PARAMETERS:
            continue
        if name in found:
            _refuse_duplicate(name)
        found[name] = value
    for name in ("variables", "extensions"):
        if text := found.get(name):
            # surrogatepass: a lone surrogate reaches the decoder as bytes that are not UTF-8, and is refused there
            found[name] = _decode(text.encode("utf-8", "surrogatepass"), f"参数 {name}", f"The parameter {name}")
        elif text == "":
            del found[name]
    return found


def _request(found: dict[str, Any]) -> GraphQLRequest:
    query = _typed(found, "query", str, "字符串", "a string")
    extensions = _typed(found, "extensions", dict, "对象", "an object") or {}
    if query is None and not extensions:
        raise RequestMalformed("请求中没有 query；请把查询放在 query 里。", "There is no query; put it into `query`.")
    return GraphQLRequest(
        query=query,
        variables=_typed(found, "variables", dict, "对象", "an object") or {},
        operation_name=_typed(found, "operationName", str, "字符串", "a string") or None,
        extensions=extensions,
    )


def _typed(found: dict[str, Any], name: str, kind: type, zh: str, en: str) -> Any:
    value = found.get(name)
    if value is not None and not isinstance(value, kind):
        raise RequestMalformed(f"{name} 必须是{zh}或 null；请改正后重试。", f"{name} must be {en} or null; correct it and try again.")
    return value


def _decode(text: bytes, zh: str, en: str) -> Any:
    """JSON as RFC 8259 and I-JSON (RFC 7493) have it: UTF-8, no NaN, no lone surrogates, no name twice."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestMalformed(
            f"{zh}不是合法的 UTF-8 JSON（第 {error.lineno} 行，第 {error.colno} 列）；请改正后重试。",
            f"{en} is not JSON in UTF-8 (line {error.lineno}, column {error.colno}); correct it and try again.",
        ) from None
    if text.count(b"[") + text.count(b"{") > MAX_JSON_DEPTH and _deeper_than(value, MAX_JSON_DEPTH):
        raise RequestMalformed(
            f"{zh}的 JSON 嵌套超过 {MAX_JSON_DEPTH} 层；请改为更扁平的结构。",
            f"{en} is JSON nested more than {MAX_JSON_DEPTH} deep; send a flatter structure.",
        )
    # orjson keeps the last of two equal names in silence, and two readers of one body must not see two requests.
    _NAMES_ONCE.decode(text.decode())
    return value


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            inner for outer in level if isinstance(outer, (dict, list)) for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def _refuse_names_twice(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) == len({name for name, _ in pairs}):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            _refuse_duplicate(name)
        seen.add(name)


def _refuse_duplicate(name: str) -> NoReturn:
    raise RequestMalformed(f"名称“{name[:80]}”出现了两次；请只保留一个。", f'The name "{name[:80]}" stands there twice; keep one.')


_NAMES_ONCE: Final = json.JSONDecoder(
    object_pairs_hook=_refuse_names_twice,
    parse_int=len,  # numbers are not needed, and int() of 200,000 digits is slow
    parse_float=len,
)
