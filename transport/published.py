"""What is published beside the endpoint: the schema, its possible types, the meaning of every error code, and the first page."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from itertools import pairwise
from typing import Final

import orjson
from graphql import GraphQLSchema, is_abstract_type
from markdown_it import MarkdownIt
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE: Final = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


class Published:
    """Bytes that stay the same while the server runs, with an ETag (RFC 9110, 8.8.3)."""

    def __init__(self, body: bytes, media_type: str, *, policy: str = "default-src 'none'", cache: str = "public, max-age=300") -> None:
        self._body = body
        self._media_type = media_type
        self._headers = {
            **_SAFE,
            "etag": f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"',
            "cache-control": cache,
            "content-security-policy": policy,
        }

    async def respond(self, request: Request) -> Response:
        """The bytes, or 304 where the caller has them."""
        known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
        if self._headers["etag"] in known or "*" in known:
            return Response(status_code=304, headers=self._headers)
        return Response(self._body, 200, self._headers, self._media_type)


def published_routes(schema: GraphQLSchema, sdl: str) -> list[Route]:
    """Routes of everything that is the same for everybody."""
    pages = files("transport") / "pages"
    return [
        Route("/start", Published(pages.joinpath("start.html").read_bytes(), "text/html; charset=utf-8", policy=POLICY).respond),
        Route("/start.js", Published(pages.joinpath("start.js").read_bytes(), "text/javascript; charset=utf-8").respond),
        Route("/start.css", Published(pages.joinpath("start.css").read_bytes(), "text/css; charset=utf-8").respond),
        Route("/schema.graphql", Published(sdl.encode(), "application/graphql; charset=utf-8").respond),
        Route("/possible-types.json", Published(possible_types(schema), "application/json").respond),
        Route("/docs/errors", Published(explained("errors").encode(), "text/html; charset=utf-8", policy=POLICY).respond),
        Route("/docs/feeds", Published(explained("feeds").encode(), "text/html; charset=utf-8", policy=POLICY).respond),
    ]


def possible_types(schema: GraphQLSchema) -> bytes:
    """Interfaces and unions with their object types, in the form that Apollo Client's `possibleTypes` takes."""
    found = {
        name: sorted(each.name for each in schema.get_possible_types(kind))
        for name, kind in schema.type_map.items()
        if is_abstract_type(kind)
    }
    return orjson.dumps(found)


def explained(name: str) -> str:
    """A page of `docs/`; every heading is an anchor in lower case, which is what answers point at."""
    text = files("transport").joinpath("pages", f"{name}.md").read_text("utf-8")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for opening, title in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", title.content.lower().replace(" ", "-"))
    body = markdown.renderer.render(tokens, markdown.options, {})
    style = '<link rel="stylesheet" href="/start.css">'
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Huiju: {name}</title>{style}'
    return f'<!doctype html><html lang="zh-CN"><head>{head}</head><body><main>{body}</main></body></html>'
